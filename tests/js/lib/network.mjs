// The network that scripts/network.sh runs beside a test.

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { post, request } from './rpc.mjs';

const folder = process.env.SYNGRAPH_NETWORK;
if (!folder) throw new Error('run this test by scripts/network.sh, as scripts/test.sh does');

const { relay, client } = JSON.parse(await readFile(join(folder, 'zombie.json'), 'utf8'));

/** Time enough for a block to be made, a statement to travel, or a node to answer; in seconds. */
export const SOON = 60;

/** A file of the network, forgotten with it. */
export const scratch = (name) => join(folder, name);

/** The files to which a node writes its log: until it is killed for the first time, and from then on. */
export const logs = (name) => [scratch(`${name}.log`), scratch(`${name}-again.log`)];

/** The WebSocket address of each node, by its name. */
export const urls = Object.fromEntries(relay.map(({ name, wsUri }) => [name, wsUri]));

/** The address of each node for its peers, by its name. */
export const addresses = Object.fromEntries(
	relay.map(({ name, multiAddress }) => [name, multiAddress]),
);

/** The process of each node that runs, and the command by which zombienet started it. */
const processes = new Map(
	await Promise.all(
		Object.keys(urls).map(async (name) => {
			const { pid } = client.processMap[name];
			const command = await commandOf(pid);
			if (!command.includes(name)) throw new Error(`process ${pid} is not ${name}, but ${command}`);
			return [name, { pid, command }];
		}),
	),
);

/** The command line of a process. */
async function commandOf(pid) {
	return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
}

/** Whether there is such a process, if only the last of its threads. */
function exists(pid) {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** Which process it is, and since when: not the same once something was started anew. */
export async function identity(pid) {
	const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
	// The program's name comes second, in brackets, and may have spaces; the start is the 22nd field.
	return `${pid} since ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

/** The process of a node, as {@link identity} tells it. Fails if it has ended. */
export const processOf = (name) => identity(processes.get(name).pid);

/** Calls a method of a node's RPC. */
export async function rpc(name, method, ...params) {
	const body = JSON.stringify(request(method, params));
	const { result, error } = await post(urls[name], body, { signal: AbortSignal.timeout(10_000) });
	if (error) throw new Error(`${method} at ${name}: ${error.message}`);
	return result;
}

/** The number of a node's best block. */
export const best = async (name) => Number((await rpc(name, 'chain_getHeader')).number);

/** The number of the last block that a node knows to be final. */
export async function finalized(name) {
	const header = await rpc(name, 'chain_getHeader', await rpc(name, 'chain_getFinalizedHead'));
	return Number(header.number);
}

/**
 * Kills a node without warning. What comes back starts it again, on the same data, with more `options` or
 * `under` another command.
 */
export async function crash(name) {
	const { pid, command } = processes.get(name);
	process.kill(pid, 'SIGKILL');
	// Until then it keeps its database locked.
	while (exists(pid)) await sleep(10);
	return async ({ options = [], under = [] } = {}) => {
		const log = openSync(scratch(`${name}-again.log`), 'a');
		const [program, ...rest] = [...under, ...command, ...options];
		const path = `${join(process.env.NODE_BIN, '..')}:${process.env.PATH}`;
		const node = spawn(program, rest, {
			detached: true,
			env: { ...process.env, PATH: path },
			stdio: ['ignore', log, log],
		});
		node.unref();
		// The command may have the node as its child: the whole group is meant.
		const group = -node.pid;
		processes.set(name, { pid: group, command });
		// So that scripts/network.sh takes it down with the others.
		await writeFile(scratch(`${name}.pid`), `${group}\n`);
	};
}
