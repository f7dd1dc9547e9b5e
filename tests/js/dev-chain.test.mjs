// A development chain through the eyes of polkadot.js: is it documented, does everything decode, and
// can agreements be made and read from here?

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { stringCamelCase } from '@polkadot/util';
import { SYN, terms } from './lib/agreement.mjs';
import {
	account, agreementId, connect, eventually, find, history, keyProof, send, sendAll, termsBytes, wealth,
} from './lib/chain.mjs';
import { Device, hex, lockSchema } from './lib/device.mjs';
import { items } from './lib/metadata.mjs';
import { DevNode, tail } from './lib/node.mjs';
import { Steps } from './lib/steps.mjs';

const PALLETS = ['Registry', 'Agreements', 'Disputes'];

describe('a development chain', { timeout: 600_000 }, () => {
	let node;
	let api;
	const steps = new Steps();
	const step = (name, body) => steps.take(name, body);
	// Who takes part. Alice makes the blocks and gets the fees: she stays out of it.
	const [bob, charlie, dave, eve, ferdie] = ['Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'].map(account);
	const [rental, insurer, stranger, operators] = [charlie, dave, eve, [bob, ferdie]];
	const intermediaries = [];
	const lock = new Device('lock');
	const foreign = new Device('foreign lock');

	before(async () => {
		node = await DevNode.start();
		api = await connect(node.url);
	});

	after(async () => {
		await api?.disconnect();
		if (steps.failed) console.error(`The end of the node's log:\n${await tail(node.log)}`);
		await node?.stop();
	});

	/** The error with which the node answers a request, whatever the request may be. */
	const errorOf = async (body) => {
		const response = await fetch(node.url.replace('ws:', 'http:'), {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body,
		});
		return (await response.json()).error;
	};
	const request = (method, params) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

	/** The names of the errors with which calls of one account fail. */
	const refusals = async (signer, calls) =>
		(await sendAll(api, calls, signer)).map(({ reason }) => reason?.message ?? 'accepted');

	step('is made for wallets', async () => {
		const properties = await api.rpc.system.properties();
		assert.equal(properties.tokenSymbol.toString(), '[SYN]');
		assert.equal(properties.tokenDecimals.toString(), '[12]');
		assert.equal(properties.ss58Format.toString(), api.consts.system.ss58Prefix.toString());
	});

	step('documents every item of its own pallets', () => {
		for (const pallet of PALLETS) {
			const all = items(api, pallet);
			const bare = all.filter(({ docs }) => docs === '').map(({ sort, name }) => `${sort} ${name}`);
			assert.deepEqual(bare, [], `${pallet} has items without docs`);
			for (const sort of ['call', 'event', 'error', 'storage', 'constant']) {
				assert.ok(all.some((item) => item.sort === sort), `${pallet} has no ${sort}`);
			}
		}
	});

	step('decodes every item of its own pallets', async () => {
		for (const pallet of PALLETS) {
			const section = stringCamelCase(pallet);
			for (const { sort, name, fields } of items(api, pallet)) {
				const method = stringCamelCase(name);
				const empty = fields.map(({ type }) =>
					api.registry.createType(api.registry.createLookupType(type)),
				);
				if (sort === 'call') {
					const call = api.tx[section][method](...empty);
					assert.equal(api.createType('Call', call.method.toHex()).toHex(), call.method.toHex());
				} else if (sort === 'event') {
					assert.ok(api.events[section][name], `event ${section}.${name}`);
				} else if (sort === 'error') {
					assert.ok(api.errors[section][name], `error ${section}.${name}`);
				} else if (sort === 'constant') {
					assert.ok(api.consts[section][method].toHex(), `constant ${section}.${method}`);
				} else {
					const storage = api.query[section][method];
					assert.ok(storage, `storage ${section}.${method}`);
					if (storage.creator.meta.type.isMap) assert.deepEqual(await storage.entries(), []);
					else await storage();
				}
			}
		}
	});

	step('registers users, sensors and intermediaries', async () => {
		const user = (signer, name) =>
			send(api, api.tx.registry.registerUser(name, signer.address, null), signer);
		await Promise.all([user(rental, 'Rental'), user(insurer, 'Insurer'), user(stranger, 'Stranger')]);

		const sensors = (owner, device) =>
			send(api, api.tx.registry.registerSensors([device.registration(api, owner.address)]), owner);
		for (const [owner, device] of [[rental, lock], [stranger, foreign]]) {
			const registered = find(await sensors(owner, device), 'registry', 'SensorRegistered');
			device.sensor = registered.sensor.toNumber();
		}

		// The node computes for both intermediaries. It has one of the keys to begin with.
		for (const [i, name] of ['Alice', 'Bob'].entries()) {
			const [key, operator] = [account(name), operators[i]];
			const proof = keyProof(api, key, 'Intermediary', operator.address);
			const call = api.tx.registry.registerIntermediary(key.publicKey, proof, 'http://localhost', 0, 100n * SYN);
			const registered = find(await send(api, call, operator), 'registry', 'IntermediaryRegistered');
			intermediaries.push(registered.intermediary.toNumber());
			const hasKey = await api.rpc.author.hasKey(hex(key.publicKey), 'syng');
			assert.equal(hasKey.isTrue, name === 'Alice');
			await api.rpc.author.insertKey('syng', `//${name}`, hex(key.publicKey));
		}

		const sensor = (await api.query.registry.sensors(lock.sensor)).unwrap();
		assert.equal(sensor.owner.toString(), rental.address);
		assert.equal(sensor.schema.kind.toUtf8(), 'lock');
		assert.equal((await api.query.registry.users(rental.address)).unwrap().name.toUtf8(), 'Rental');
	});

	step('refuses registrations that make no sense', async () => {
		const { registry } = api.tx;
		const device = new Device('another lock');
		const sensor = (schema) => registry.registerSensors([device.registration(api, rental.address, schema)]);
		const weak = `0x01${'00'.repeat(31)}`;
		const expected = [
			[registry.registerUser('Again', rental.address, null), 'registry.AlreadyRegistered'],
			[registry.updateUser(''), 'registry.InvalidName'],
			[registry.registerSensors([]), 'registry.EmptyBatch'],
			[sensor({ ...lockSchema, variables: [] }), 'registry.NoVariables'],
			[sensor({ ...lockSchema, kind: 'l\u043eck' }), 'registry.InvalidName'],
			[registry.updateUser('Rental\0'), 'registry.InvalidName'],
			[registry.registerSensors([device.registration(api, insurer.address)]), 'registry.InvalidProof'],
			[registry.registerSensors([lock.registration(api, rental.address)]), 'registry.KeyTaken'],
			[
				registry.registerSensors([{ ...device.registration(api, rental.address), key: weak }]),
				'registry.WeakKey',
			],
			[registry.updateSensor(foreign.sensor, lockSchema), 'registry.NotOwner'],
			[registry.revokeSensor(999, 0), 'registry.NotRegistered'],
		];
		assert.deepEqual(
			await refusals(rental, expected.map(([call]) => call)),
			expected.map(([, name]) => name),
		);
	});

	step('refuses agreements that make no sense', async () => {
		const now = (await api.query.system.number()).toNumber();
		const sound = terms({ rental, insurer, intermediaries, sensor: lock.sensor, now });
		const [mine, theirs] = sound.users;
		const propose = (change) => api.tx.agreements.propose({ ...sound, ...change });
		const pipeline = (text) => ({ function: { Pipeline: text } });
		const expected = [
			[{ users: [{ ...mine, escrow: 2_000_000n * SYN }, theirs] }, 'InsufficientFunds'],
			[{ users: [{ ...mine, escrow: 0 }, theirs] }, 'EscrowTooSmall'],
			[{ users: [mine] }, 'TooFewUsers'],
			[{ users: [mine, { ...mine, intermediaries: [intermediaries[1]] }] }, 'DuplicateUser'],
			[{ users: [mine, { ...theirs, user: ferdie.address }] }, 'UnregisteredUser'],
			[{ users: [mine, { ...theirs, intermediaries: [] }] }, 'NoIntermediary'],
			[{ users: [mine, { ...theirs, intermediaries: [intermediaries[0]] }] }, 'DuplicateIntermediary'],
			[{ users: [mine, { ...theirs, intermediaries: [99] }] }, 'UnknownIntermediary'],
			[{ sensors: [{ sensor: foreign.sensor, start: 0 }], reaction: [] }, 'ForeignSensor'],
			[{ sensors: [{ sensor: 99, start: 0 }], reaction: [] }, 'UnknownSensor'],
			[{ sensors: [], reaction: [] }, 'NoSensors'],
			[{ window: { size: 0, slide: 1 } }, 'ZeroSize'],
			[{ window: { size: 1, slide: 0 } }, 'ZeroSlide'],
			[{ window: { size: 1_000_000, slide: 1 } }, 'WindowTooLarge'],
			[pipeline('seconds'), 'FunctionNotJson'],
			[pipeline('{ "take": "everything", "aggregate": "sum" }'), 'FunctionUnknown'],
			[pipeline('{ "take": "messages", "aggregate": "sum", "keep": { "at_least": null } }'), 'FunctionMalformed'],
			[pipeline('{ "take": { "values": "weight" }, "aggregate": "sum" }'), 'FunctionNoSuchVariable'],
			[{ qualityOfService: 'OnChainProof' }, 'UnsupportedQualityOfService'],
			[{ limits: { ...sound.limits, endsAt: now - 1 } }, 'InvalidLimits'],
			[{ reaction: [{ Transfer: { from: 0, to: 0, amount: { Fixed: 1 } } }] }, 'InvalidTransfer'],
			[{ reaction: [{ Actuate: { sensor: foreign.sensor, command: 'beep' } }] }, 'InvalidActuation'],
		];
		assert.deepEqual(
			await refusals(rental, expected.map(([change]) => propose(change))),
			expected.map(([, name]) => `agreements.${name}`),
		);

		const [rightly, wrongly] = [rental, stranger].map((signer) => ({
			Sr25519: signer.sign(termsBytes(api, sound)),
		}));
		assert.deepEqual(
			await refusals(stranger, [
				api.tx.agreements.propose(sound),
				api.tx.agreements.create(sound, [rightly]),
				api.tx.agreements.create(sound, [rightly, wrongly]),
			]),
			['agreements.NotAUser', 'agreements.WrongSignatureCount', 'agreements.BadSignature'],
		);

		// Terms beyond their bounds are no transaction that the runtime could decode.
		const nonce = await api.rpc.system.accountNextIndex(rental.address);
		for (const change of [pipeline(' '.repeat(2049)), { users: Array(9).fill(mine) }]) {
			const signed = await propose(change).signAsync(rental, { nonce: -1 });
			const { code, message, data } = await errorOf(request('author_submitExtrinsic', [signed.toHex()]));
			assert.deepEqual([code, message], [1010, 'Invalid Transaction']);
			assert.match(data, /call is not expected/);
		}
		assert.deepEqual(await api.rpc.system.accountNextIndex(rental.address), nonce);

		assert.deepEqual(await api.query.agreements.terms.keys(), []);
		assert.equal((await api.query.registry.users(rental.address)).unwrap().uses.toNumber(), 0);
	});

	step('makes an agreement by proposal and ends it by consent', async () => {
		const now = (await api.query.system.number()).toNumber();
		const all = [rental, insurer];
		const before = await Promise.all(all.map((user) => wealth(api, user)));
		const agreed = terms({ rental, insurer, intermediaries, sensor: lock.sensor, now }, { nonce: 1 });
		const id = agreementId(api, agreed);

		const proposed = await send(api, api.tx.agreements.propose(agreed), rental);
		assert.equal(find(proposed, 'agreements', 'Proposed').agreement.toHex(), id);
		const signed = await send(api, api.tx.agreements.sign(id), insurer);
		assert.equal(find(signed, 'agreements', 'Activated').agreement.toHex(), id);
		const stored = (await api.query.agreements.terms(id)).unwrap();
		assert.equal(stored.users[1].user.toString(), insurer.address);
		const active = (await api.query.agreements.agreements(id)).unwrap();
		assert.ok(active.phase.isActive);
		assert.deepEqual(active.funds.map((funds) => funds.toBigInt()), [100n * SYN, 100n * SYN]);
		assert.deepEqual(await refusals(insurer, [api.tx.agreements.sign(id)]), ['agreements.NotProposed']);

		await send(api, api.tx.agreements.consentToEnd(id), rental);
		const ended = await send(api, api.tx.agreements.consentToEnd(id), insurer);
		assert.ok(find(ended, 'agreements', 'Ended').reason.isConsent);
		// The escrow is back; what is missing are the fees of a few transactions.
		for (const [i, user] of all.entries()) {
			const { data } = await api.query.system.account(user.address);
			assert.ok(before[i] - (await wealth(api, user)) < SYN);
			assert.ok(data.reserved.toBigInt() < 90n * SYN, 'escrow is still held');
		}
	});

	let agreement;
	let created;
	step('creates an agreement that was signed off-chain', async () => {
		const now = (await api.query.system.number()).toNumber();
		const agreed = terms({ rental, insurer, intermediaries, sensor: lock.sensor, now }, { nonce: 2 });
		const bytes = termsBytes(api, agreed);
		// One user signs the bytes, the other has a wallet that wraps them first.
		const wrapped = Buffer.concat([Buffer.from('<Bytes>'), bytes, Buffer.from('</Bytes>')]);
		const signatures = [{ Sr25519: rental.sign(bytes) }, { Sr25519: insurer.sign(wrapped) }];
		const events = await send(api, api.tx.agreements.create(agreed, signatures), stranger);
		agreement = find(events, 'agreements', 'Activated').agreement.toHex();
		assert.equal(agreement, agreementId(api, agreed));
		created = now;
		assert.deepEqual(
			await refusals(stranger, [
				api.tx.agreements.create(agreed, signatures),
				api.tx.disputes.judge(agreement, 0),
			]),
			['agreements.AlreadyExists', 'disputes.NotOpen'],
		);
	});

	/** Hands messages to the node: its receipts, as plain objects. */
	const submit = async (...messages) =>
		(await api.rpc.sensor.submit(messages)).map((receipt) => receipt.toJSON());
	const head = async (sensor) => (await api.rpc.sensor.head(sensor)).toNumber();
	const START = 1_550_000_000_000;

	step('answers each bad message', async () => {
		const turn = (fault, device = lock) => device.turn(api, START, false, fault);
		const impostor = new Device('lock of somebody else');
		impostor.sensor = lock.sensor;
		const bad = {
			'the signature does not verify': turn({}, impostor),
			'the sensor is not registered': turn({ sensor: 999 }),
			"no agreement in force needs the sensor's messages": turn({}, foreign),
			"the kind is not the sensor's": turn({ kind: 'door' }),
			"a value is not of its variable's type": turn({ values: [{ Integer: 1 }] }),
			'more or fewer values than the sensor has variables': turn({ values: [] }),
			'not the encoding of a signed message': '0x00',
			'larger than any message': `0x${'00'.repeat(100_000)}`,
		};
		assert.deepEqual(
			await submit(...Object.values(bad)),
			Object.keys(bad).map((reason) => ({ status: 'refused', reason, expected: null })),
		);
		assert.deepEqual(await submit(turn({ sequence: 5 })), [{ status: 'gap', reason: null, expected: 0 }]);
		assert.equal(await head(lock.sensor), 0, 'a bad message was kept');
	});

	step('refuses requests that are none', async () => {
		const code = async (body) => (await errorOf(body)).code;
		const submission = (...params) => request('sensor_submit', params);
		const [NOT_JSON, INVALID_PARAMS] = [-32700, -32602];
		assert.equal(await code('unlock!'), NOT_JSON);
		assert.equal(await code(submission('unlock!')), INVALID_PARAMS);
		assert.equal(await code(submission(['unlock!'])), INVALID_PARAMS);
		assert.equal(await code(submission(Array(257).fill('0x00'))), INVALID_PARAMS);
	});

	const SECONDS = [60n, 3_600n, 25_000n];
	step('settles what the sensor says', async () => {
		const users = [rental, insurer, ...operators];
		const before = await Promise.all(users.map((user) => wealth(api, user)));
		let time = START;
		const messages = SECONDS.flatMap((seconds) => {
			const opened = lock.turn(api, time, false);
			time += Number(seconds) * 1000;
			return [opened, lock.turn(api, time, true)];
		});
		const receipts = await submit(...messages);
		assert.deepEqual(receipts.map(({ status }) => status), messages.map(() => 'accepted'));
		assert.equal(await head(lock.sensor), messages.length);
		assert.equal((await submit(messages[0]))[0].status, 'duplicate');

		const results = await eventually('three settled windows', 60, async () => {
			const entries = await api.query.agreements.results.entries(agreement);
			return entries.length === SECONDS.length ? entries : undefined;
		});
		const byWindow = Object.fromEntries(
			results.map(([key, value]) => [key.args[1].toNumber(), value.unwrap().result.toBigInt()]),
		);
		assert.deepEqual(byWindow, { ...SECONDS });

		const now = (await api.query.system.number()).toNumber();
		const events = (await history(api, created, now)).filter(({ section }) => section === 'agreements');
		const of = (method) => events.filter((event) => event.method === method).map(({ data }) => data);
		assert.deepEqual(of('Settled').map(({ result }) => result.toBigInt()).sort(), [...SECONDS].sort());
		assert.equal(of('Logged').length, SECONDS.length);
		assert.equal(of('ActuationRequested').length, SECONDS.length);

		// A second costs a thousandth of a SYN, a window ten SYN at most.
		const paid = SECONDS.map((seconds) => (seconds > 10_000n ? 10n * SYN : (seconds * SYN) / 1000n));
		const sum = (amounts) => amounts.reduce((one, other) => one + other, 0n);
		const costs = of('Settled').map(({ cost }) => cost.toBigInt());
		const reward = (BigInt(SECONDS.length) * SYN) / 100n;
		const after = await Promise.all(users.map((user) => wealth(api, user)));
		const change = after.map((value, i) => value - before[i]);
		assert.deepEqual(change, [
			-sum(paid) - reward - sum(costs.map((cost) => cost - cost / 2n)),
			sum(paid) - reward - sum(costs.map((cost) => cost / 2n)),
			reward,
			reward,
		]);
	});

	step('convicts a sensor that contradicts itself', async () => {
		const users = [rental, insurer];
		const before = await Promise.all(users.map((user) => wealth(api, user)));
		const started = (await api.query.system.number()).toNumber();
		const sequence = await head(lock.sensor);
		const two = [0, 1].map((later) => lock.turn(api, 2 * START + later, false, { sequence }));
		assert.deepEqual(
			(await submit(...two)).map(({ status, reason }) => [status, reason]),
			[['accepted', null], ['refused', 'conflicts with the stored message']],
		);

		const events = await eventually('a conviction', 60, async () => {
			const now = (await api.query.system.number()).toNumber();
			const events = await history(api, started + 1, now);
			return events.some(({ method }) => method === 'SensorConvicted') ? events : undefined;
		});
		const convicted = find(events, 'disputes', 'SensorConvicted');
		assert.deepEqual(
			[convicted.agreement.toHex(), convicted.sensor.toNumber(), convicted.sequence.toNumber()],
			[agreement, lock.sensor, sequence],
		);
		const { shares } = find(events, 'agreements', 'Charged');
		const after = await Promise.all(users.map((user) => wealth(api, user)));
		assert.deepEqual(after.map((value, i) => before[i] - value), shares.map((share) => share.toBigInt()));

		const refused = async () => (await submit(lock.turn(api, 2 * START, true, { sequence: sequence + 1 })))[0].reason;
		await eventually('a node that knows', 10, async () =>
			(await refused()) === "the sensor's key was revoked" ? true : undefined,
		);
	});
});
