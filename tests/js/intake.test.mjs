// The intake of a node that is killed at any moment, $KILLS times, and is asked for too much.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYN, offer, terms } from './lib/agreement.mjs';
import { account, agreementId, blockNumber, connect, create, find, send } from './lib/chain.mjs';
import { Device } from './lib/device.mjs';
import { DevNode, freePort } from './lib/node.mjs';
import { areAlive, giveKey, registerIntermediary, registerSensor, registerUser } from './lib/registry.mjs';
import { post, request } from './lib/rpc.mjs';
import { Steps } from './lib/steps.mjs';

const KILLS = Number(process.env.KILLS ?? 8);
const LANES = 4;
const BATCH = 20;
const PEER_RATE = 50;

describe('the intake of messages', { timeout: 3_600_000 }, () => {
	let node;
	let api;
	const steps = new Steps();
	const step = steps.take;
	const [bob, charlie, dave, ferdie] = ['Bob', 'Charlie', 'Dave', 'Ferdie'].map(account);
	const [rental, insurer, operators] = [charlie, dave, [bob, ferdie]];
	const devices = Array.from({ length: LANES }, (_, i) => new Device(`lock ${i}`));

	let address;
	before(async () => {
		address = `127.0.0.1:${await freePort()}`;
		node = await DevNode.start(`--sensor-listen=${address}`, `--sensor-peer-rate=${PEER_RATE}`);
		api = await connect(node.url);
	});

	after(async () => {
		await api?.disconnect();
		await node?.stop(steps.failed);
	});

	const ask = async (method, params) => {
		const answer = await post(node.url, JSON.stringify(request(method, params)));
		assert.ok(!answer.error, JSON.stringify(answer.error));
		return answer.result;
	};

	step('begins with an agreement', async () => {
		await Promise.all([registerUser(api, rental, 'Rental'), registerUser(api, insurer, 'Insurer')]);
		const intermediaries = [];
		const generous = offer({ penalty: 100n * SYN, windowMessages: 4096 });
		for (const [i, name] of ['Alice', 'Bob'].entries()) {
			const intermediary = await registerIntermediary(api, name, operators[i]);
			await send(api, api.tx.registry.publishOffer(intermediary, generous), operators[i]);
			intermediaries.push(intermediary);
			await giveKey(api, name);
		}
		await areAlive(api, intermediaries);
		for (const device of devices) await registerSensor(api, rental, device);
		const now = await blockNumber(api);
		const [{ sensor }] = devices;
		// No window is filled.
		const agreed = terms(
			{ rental, insurer, intermediaries, sensor, now },
			{
				sensors: devices.map((device) => ({ sensor: device.sensor, start: 0 })),
				window: { size: 1_000, slide: 1_000 },
				reaction: [],
				penalty: 80n * SYN,
			},
		);
		agreed.limits.answer = 120;
		const events = await send(api, create(api, [rental, insurer], agreed), rental);
		assert.equal(find(events, 'agreements', 'Activated').agreement.toHex(), agreementId(api, agreed));
		// The chain's own last blocks may be lost with a node.
		await sleep(20_000);
	});

	step(`loses nothing that it accepted, killed at once ${KILLS} times`, async () => {
		await api.disconnect();
		const accepted = new Map(devices.map(({ sensor }) => [sensor, 0]));
		for (let kill = 0; kill < KILLS; kill += 1) {
			const batches = devices.map((device) =>
				Array.from({ length: 1 + ((kill * 7) % BATCH) }, (_, i) => device.turn(api, 1_000 * i, i % 2 === 0)),
			);
			const answers = batches.map(async (batch, i) => {
				const receipts = await ask('sensor_submit', [batch]);
				assert.ok(receipts.every(({ status }) => status === 'accepted'), JSON.stringify(receipts));
				const { sensor } = devices[i];
				accepted.set(sensor, accepted.get(sensor) + batch.length);
				return sensor;
			});
			// As soon as one is answered, with the others on their way.
			await Promise.any(answers);
			const killed = node.crash();
			await killed;
			await Promise.allSettled(answers);
			for (const device of devices) {
				const head = await ask('sensor_head', [device.sensor]);
				assert.ok(head >= accepted.get(device.sensor), `sensor ${device.sensor}: ${head}, kill ${kill}`);
				accepted.set(device.sensor, head);
				device.sequence = head;
			}
		}
		assert.ok([...accepted.values()].every((count) => count > 0));
		api = await connect(node.url);
	});

	step('keeps an address to its limit, whatever way it comes', async () => {
		const url = `http://${address}`;
		const head = JSON.stringify(request('sensor_head', [devices[0].sensor]));
		const code = ({ error }) => error?.code ?? 0;
		const count = (codes, which) => codes.filter((one) => one === which).length;
		const burst = 256;

		// There is nothing else to be had there.
		assert.equal(code(await post(url, JSON.stringify(request('author_rotateKeys', [])))), -32601);

		const one = [];
		for (let i = 0; i < 400; i += 1) one.push(code(await post(url, head)));
		assert.ok(count(one, 7001) > 0, 'requests one after the other');
		assert.equal(count(one, 0) + count(one, 7001), one.length);
		assert.ok(count(one, 0) >= burst, 'what is allowed is answered');

		const calls = Array.from({ length: 30 }, (_, id) => request('sensor_head', [devices[0].sensor], id));
		const begun = Date.now();
		// One answer if the whole of it is too much.
		const batch = [await post(url, JSON.stringify(calls))].flat();
		assert.ok(Date.now() - begun < 1_000, 'a batch is answered at once');
		assert.ok(batch.length === calls.length || batch.length === 1);
		assert.ok(count(batch.map(code), 7001) > 0);

		// Others are not affected: the node's own RPC has but the limit for all.
		assert.equal(typeof (await ask('sensor_head', [devices[0].sensor])), 'number');
	});

	step('refuses what is no transaction, and says so', async () => {
		const call = api.tx.registry.registerUser('a'.repeat(32), rental.address, null);
		const good = (await call.signAsync(rental, { nonce: -1 })).toHex();
		const bad = good.replace('80' + '61'.repeat(32), '84' + '61'.repeat(33));
		assert.notEqual(bad, good);
		// The length before it all grows, too.
		const bytes = Buffer.from(bad.slice(2), 'hex').subarray(2);
		const length = Buffer.alloc(2);
		length.writeUInt16LE((bytes.length << 2) | 1);
		const whole = `0x${Buffer.concat([length, bytes]).toString('hex')}`;
		const submit = JSON.stringify(request('author_submitExtrinsic', [whole]));
		const { error } = await post(node.url, submit);
		assert.deepEqual([error.code, error.message], [1010, 'Invalid Transaction']);
		assert.match(error.data, /call is not expected/);
	});

	step('refuses to watch over channels without a worker', () => {
		const options = ['--dev', '--tmp', '--offchain-worker=never', '--watchtower', rental.address];
		const { status, stderr } = spawnSync(process.env.NODE_BIN ?? 'syngraph-node', options, {
			encoding: 'utf8',
			timeout: 60_000,
		});
		assert.notEqual(status, 0);
		assert.match(stderr, /--watchtower needs the off-chain worker/);
	});
});
