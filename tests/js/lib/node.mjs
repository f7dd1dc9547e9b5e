// A development node of its own for a test.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that is free now. */
export async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** Whether somebody listens at a port of this machine. */
const isOpen = (port) =>
	new Promise((resolve) => {
		const socket = createConnection(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});

/** The last lines of a log. */
async function tail(path, lines = 40) {
	return (await readFile(path, 'utf8')).split('\n').slice(-lines).join('\n');
}

export class DevNode {
	/**
	 * Starts a fresh `--dev` chain, with these options, and waits until it can be talked to. The caller must
	 * `stop` it.
	 */
	static async start(...options) {
		const folder = await mkdtemp(join(tmpdir(), 'syngraph-dev-'));
		const [rpc, p2p] = [await freePort(), await freePort()];
		const node = new DevNode(folder, rpc, p2p, options);
		await node.isReady();
		return node;
	}

	constructor(folder, rpc, p2p, options) {
		Object.assign(this, { folder, rpc, p2p, options });
		this.log = join(folder, 'node.log');
		this.url = `ws://127.0.0.1:${rpc}`;
		this.spawn();
		// The last resort, should the test end without stopping its node.
		this.kill = () => this.process.kill('SIGKILL');
		process.once('exit', this.kill);
	}

	spawn() {
		const { folder, rpc, p2p, options } = this;
		const log = openSync(this.log, 'a');
		this.end = undefined;
		this.process = spawn(
			process.env.NODE_BIN ?? 'syngraph-node',
			['--dev', '--base-path', folder, '--no-prometheus', `--rpc-port=${rpc}`, `--port=${p2p}`, ...options],
			{ stdio: ['ignore', log, log] },
		);
		closeSync(log);
		this.ended = new Promise((resolve) => {
			this.process.once('exit', (code, signal) => resolve(`by ${signal ?? `code ${code}`}`));
			this.process.once('error', resolve);
		}).then((end) => (this.end = end));
	}

	/** Waits until the node can be talked to. */
	async isReady() {
		while (!(await isOpen(this.rpc))) {
			if (this.end) throw new Error(`the node ended at once: ${this.end}\n${await tail(this.log)}`);
			await sleep(200);
		}
	}

	/** Kills the node at once and starts it again, on what it left. */
	async crash() {
		this.kill();
		await this.ended;
		this.spawn();
		await this.isReady();
	}

	/** Ends the node and forgets its chain. If the test has `failed`, it shows how the node's log ends. */
	async stop(failed) {
		if (failed) console.error(`The end of the node's log:\n${await tail(this.log)}`);
		this.process.kill('SIGTERM');
		const patience = setTimeout(this.kill, 5_000);
		await this.ended;
		clearTimeout(patience);
		process.removeListener('exit', this.kill);
		await rm(this.folder, { recursive: true, force: true });
	}
}
