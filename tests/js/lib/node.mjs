// A development node of its own for a test.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A port that is free now. */
async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** The last lines of a log. */
export async function tail(path, lines = 40) {
	return (await readFile(path, 'utf8')).split('\n').slice(-lines).join('\n');
}

export class DevNode {
	/** Starts a fresh `--dev` chain. The caller must `stop` it. */
	static async start() {
		const node = new DevNode();
		node.folder = await mkdtemp(join(tmpdir(), 'syngraph-dev-'));
		node.log = join(node.folder, 'node.log');
		const [rpc, p2p] = [await freePort(), await freePort()];
		const log = createWriteStream(node.log);
		await new Promise((resolve) => log.once('open', resolve));
		const binary = process.env.NODE_BIN ?? 'syngraph-node';
		node.process = spawn(
			binary,
			['--dev', '--base-path', node.folder, '--no-prometheus', `--rpc-port=${rpc}`, `--port=${p2p}`],
			{ stdio: ['ignore', log, log] },
		);
		node.ended = new Promise((resolve) => {
			node.process.once('exit', resolve);
			node.process.once('error', resolve);
		});
		// The last resort, should the test process end without stopping its node.
		node.kill = () => node.process.kill('SIGKILL');
		process.once('exit', node.kill);
		node.url = `ws://127.0.0.1:${rpc}`;
		return node;
	}

	/** Ends the node and forgets its chain. */
	async stop() {
		this.process.kill('SIGTERM');
		const patience = setTimeout(this.kill, 5_000);
		await this.ended;
		clearTimeout(patience);
		process.removeListener('exit', this.kill);
		await rm(this.folder, { recursive: true, force: true });
	}
}
