// Waits until nodes run, are connected to one another, and finalize blocks.
// Usage: node wait.mjs NAME=RPC_PORT...

const PATIENCE_MS = 180_000;
const nodes = process.argv.slice(2).map((argument) => argument.split('='));

async function rpc(port, method, ...params) {
	const response = await fetch(`http://127.0.0.1:${port}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
		signal: AbortSignal.timeout(2_000),
	});
	return (await response.json()).result;
}

/** What still has to be waited for, or nothing if the node is ready. */
async function missing(port) {
	try {
		const { peers } = await rpc(port, 'system_health');
		if (peers < nodes.length - 1) return `${peers} of ${nodes.length - 1} peers`;
		const header = await rpc(port, 'chain_getHeader', await rpc(port, 'chain_getFinalizedHead'));
		return Number(header.number) > 0 ? undefined : 'nothing finalized yet';
	} catch {
		return 'not up yet';
	}
}

const started = Date.now();
const waiting = new Map(nodes);
const said = new Map();
while (waiting.size > 0) {
	for (const [name, port] of waiting) {
		const reason = await missing(port);
		if (reason === undefined) waiting.delete(name);
		if (said.get(name) !== reason || reason === undefined) {
			console.error(`network: ${name}: ${reason ?? `ready at ws://127.0.0.1:${port}`}`);
			said.set(name, reason);
		}
	}
	if (Date.now() - started > PATIENCE_MS) {
		console.error(`network: gave up after ${PATIENCE_MS / 1000} s`);
		process.exit(1);
	}
	await new Promise((resolve) => setTimeout(resolve, 500));
}
