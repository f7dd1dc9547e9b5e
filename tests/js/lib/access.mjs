// Paid access beside a network: an access server, a device that is simulated, and a client that pays.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Keyring } from '@polkadot/api';
import { hexToU8a } from '@polkadot/util';
import { program } from './built.mjs';
import { waitFor } from './chain.mjs';
import { identity, scratch } from './network.mjs';
import { freePort } from './node.mjs';

const DEVICE = 'lock';
const SERVICE = 'open';
/** How long a slot is, in seconds. */
const SLOT = 1;
/** How long until a block is final, in seconds. */
const FINAL = 60;

const run = promisify(execFile);

/** A secret in a file that nobody else may read. */
const secret = (path, text) => writeFile(path, text, { mode: 0o600 });

/** A new key, whose seed is written to a file. */
async function newKey(path) {
	const seed = `0x${randomBytes(32).toString('hex')}`;
	await secret(path, `${seed}\n`);
	return new Keyring({ type: 'sr25519' }).addFromSeed(hexToU8a(seed));
}

/** A program that runs until it is stopped. What it prints is in a file. */
class Daemon {
	constructor(log, path, ...args) {
		const file = openSync(log, 'a');
		this.process = spawn(path, args, { stdio: ['ignore', file, file] });
		closeSync(file);
		this.ended = new Promise((resolve) => {
			this.process.once('exit', resolve);
			this.process.once('error', resolve);
		});
		// The last resort, should the test end without stopping it.
		this.kill = () => this.process.kill('SIGKILL');
		process.once('exit', this.kill);
	}

	async stop() {
		this.process.kill('SIGTERM');
		await this.ended;
		process.removeListener('exit', this.kill);
	}
}

/** An access server that sells slots of one device, which runs beside it. */
export class Access {
	/** Starts both, with the node at `node`. A slot costs `price`. */
	static async start(node, price) {
		const access = new Access();
		const folder = await mkdtemp(scratch('access-'));
		const file = (name) => join(folder, name);
		/** The account that channels pay. */
		access.payee = await newKey(file('payee'));
		const shared = randomBytes(20).toString('hex');
		await secret(file('service'), shared);
		await secret(file('device'), `${SERVICE} ${shared}\n`);
		const ports = { server: await freePort(), admin: await freePort(), device: await freePort() };
		const at = (name) => `127.0.0.1:${ports[name]}`;
		Object.assign(access, { node, price, url: `http://${at('server')}`, device: at('device') });
		const config = file('access.toml');
		await writeFile(config, `
			node = "${node}"
			listen = "${at('server')}"
			admin = "${at('admin')}"
			payee = "payee"
			data = "data"

			[[devices]]
			name = "${DEVICE}"

			[[devices.services]]
			name = "${SERVICE}"
			secret = "service"
			price = "${price}"
			slot_seconds = ${SLOT}
		`);
		const server = program('syngraph-access');
		await run(server, ['init', '--config', config]);
		access.server = new Daemon(scratch('access.log'), server, 'serve', '--config', config);
		const options = ['--secrets', file('device'), '--state', file('counters'), '--provision', '--slot', SLOT];
		options.push('--listen', at('device'));
		access.lock = new Daemon(scratch('device.log'), program('examples/lock'), ...options.map(String));
		return access;
	}

	/** Waits until the server can sell. */
	sells(seconds) {
		return waitFor('the access server sells', seconds, async () => {
			const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
			return answer?.ok;
		});
	}

	/** The processes of the server and the device. Fails if one has ended. */
	processes() {
		return Promise.all([this.server, this.lock].map(({ process }) => identity(process.pid)));
	}

	stop() {
		return Promise.all([this.server, this.lock].map((daemon) => daemon.stop()));
	}
}

/** A client of an access server, with records of its own. */
export class Payer {
	static async make(access, name) {
		const payer = new Payer();
		const folder = await mkdtemp(scratch(`${name}-`));
		payer.files = { key: join(folder, 'key'), records: join(folder, 'records') };
		/** The client, which is also the account that opens its channels. */
		payer.key = await newKey(payer.files.key);
		payer.access = access;
		return payer;
	}

	/** What the payer's command prints. */
	async command(name, ...args) {
		const { key } = this.files;
		const words = ['--json', name, ...args, '--key', key, '--node', this.access.node];
		const { stdout } = await run(program('syngraph-pay'), words.map(String));
		return JSON.parse(stdout);
	}

	/** The same of a command that needs the records and the server. */
	deal(name, ...args) {
		const { records } = this.files;
		return this.command(name, ...args, '--server', this.access.url, '--records', records);
	}

	/** Opens a channel, for its own receipts or those of a `delegate`. Returns its id once it is final. */
	async open(funds, blocks, delegate) {
		const whose = delegate ? ['--delegate', delegate.key.address] : [];
		const { channel } = await this.deal('open', '--funds', funds, '--blocks', blocks, ...whose);
		// The command ends as soon as a block has it.
		await waitFor('the channel is final', FINAL, async () => {
			const answer = await fetch(`${this.access.url}/v1/channels/${channel}`);
			return answer.ok;
		});
		return channel;
	}

	/** Buys a slot, which the device then opens for. Returns what has been paid out of the channel in all. */
	async buy(channel) {
		const { price, device } = this.access;
		const options = ['--at-most', price, '--device', device];
		const paid = await this.deal('pay', channel, DEVICE, SERVICE, ...options);
		assert.equal(paid.password, null, 'the device has the password');
		assert.deepEqual([paid.seconds, paid.used_before], [SLOT, false]);
		return BigInt(paid.amount);
	}

	/** Asks for a channel to be closed. */
	close(channel) {
		return this.command('close', channel);
	}
}
