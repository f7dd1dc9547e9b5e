// The network that scripts/network.sh runs beside a test.

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env.SYNGRAPH_NETWORK;
if (!folder) throw new Error('run this test by scripts/network.sh, as scripts/test.sh does');

const { relay, client } = JSON.parse(await readFile(join(folder, 'zombie.json'), 'utf8'));

/** A file of the network, forgotten with it. */
export const scratch = (name) => join(folder, name);

/** The WebSocket address of each node, by its name. */
export const urls = Object.fromEntries(relay.map(({ name, wsUri }) => [name, wsUri]));

/** Kills a node without warning. What comes back starts it again, on the same data. */
export async function crash(name) {
	const { pid } = client.processMap[name];
	const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
	if (!command.includes(name)) throw new Error(`process ${pid} is not ${name}, but ${command}`);
	process.kill(pid, 'SIGKILL');
	return async () => {
		const log = openSync(scratch(`${name}-again.log`), 'a');
		const [binary, ...options] = command;
		const path = `${join(process.env.NODE_BIN, '..')}:${process.env.PATH}`;
		const node = spawn(binary, options, {
			detached: true,
			env: { ...process.env, PATH: path },
			stdio: ['ignore', log, log],
		});
		node.unref();
		// So that scripts/network.sh takes it down with the others.
		await writeFile(scratch(`${name}.pid`), `-${node.pid}\n`);
	};
}
