// What can go wrong with a network: nodes that are down or elsewhere, and how to watch them.

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { wasm } from './built.mjs';
import { waitFor } from './chain.mjs';
import { SOON, addresses, crash, logs, rpc, scratch } from './network.mjs';

/** Waits until a node answers, and makes sure that it has as many peers as it should. */
export async function isUp(name, peers) {
	await waitFor(`${name} is up, with ${peers} peers`, SOON, async () => {
		const health = await rpc(name, 'system_health').catch(() => undefined);
		return health?.peers === peers;
	});
}

/** Kills a node and starts it again at once, changed as `restart` of {@link crash} can change it. */
export async function reboot(name, change) {
	const restart = await crash(name);
	await restart(change);
}

/**
 * Options for a node that lies: it executes the runtime of tests/liar in the place of the chain's own, which must not
 * be able to lie.
 */
export async function lying() {
	const mark = 'syngraph-liar';
	for (const [name, lies] of [['syngraph-runtime', false], ['syngraph-liar', true]]) {
		assert.equal((await readFile(wasm(name))).includes(mark), lies, `${name} is not what it should be`);
	}
	const folder = await mkdtemp(scratch('liar-'));
	await copyFile(wasm('syngraph-liar'), join(folder, 'liar.wasm'));
	return ['--wasm-runtime-overrides', folder];
}

/** Follows what a node writes to its log, across restarts. */
export class Log {
	/** The log of a node from now on. */
	static async of(name) {
		const log = new Log();
		log.name = name;
		log.files = logs(name).map((path) => ({ path, at: 0, rest: '' }));
		log.lines = [];
		await log.read();
		log.lines = [];
		return log;
	}

	/** Waits for a line that matches. It, and those before it, will not be found again. */
	async until(pattern, seconds = SOON) {
		const end = Date.now() + seconds * 1000;
		for (;;) {
			await this.read();
			const found = this.lines.findIndex((line) => pattern.test(line));
			if (found >= 0) return this.lines.splice(0, found + 1).at(-1);
			if (Date.now() > end) throw new Error(`${this.name} did not log ${pattern} in ${seconds} s`);
			await sleep(5);
		}
	}

	async read() {
		for (const file of this.files) {
			file.handle ??= await open(file.path).catch(() => undefined);
			if (!file.handle) continue;
			const buffer = Buffer.alloc(64 * 1024);
			for (;;) {
				const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, file.at);
				if (bytesRead === 0) break;
				file.at += bytesRead;
				const lines = (file.rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
				file.rest = lines.pop();
				this.lines.push(...lines);
			}
		}
	}

	/** Stops following. */
	close() {
		return Promise.all(this.files.map(({ handle }) => handle?.close()));
	}
}

/** Does something to each edge between two groups of nodes, from both its ends. */
const edges = (left, right, change) =>
	Promise.all(
		left.flatMap((one) => right.flatMap((other) => [change(one, other), change(other, one)])),
	);

/**
 * Cuts the network in two, so that nothing passes from the nodes of one group to those of the other. What
 * comes back joins it again. Needs nodes with the option `--reserved-only`.
 */
export async function part(left, right) {
	const peerId = (name) => addresses[name].split('/').at(-1);
	const whole = left.length + right.length - 1;
	const all = (peers) => [
		...left.map((name) => isUp(name, peers(left))),
		...right.map((name) => isUp(name, peers(right))),
	];
	await edges(left, right, (one, other) => rpc(one, 'system_removeReservedPeer', peerId(other)));
	await Promise.all(all((half) => half.length - 1));
	return async () => {
		await edges(left, right, (one, other) => rpc(one, 'system_addReservedPeer', addresses[other]));
		await Promise.all(all(() => whole));
	};
}
