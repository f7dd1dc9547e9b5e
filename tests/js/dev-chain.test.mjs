// A development chain through the eyes of polkadot.js: is it documented, does everything decode, and
// can agreements be made and read from here?

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { stringCamelCase, u8aToHex } from '@polkadot/util';
import { SYN, offer, terms } from './lib/agreement.mjs';
import {
	account, agreementId, blockNumber, connect, consentBytes, create, domain, eventually, find, history, outcomesOf, send,
	sum, termsBytes, waitFor, wealth,
} from './lib/chain.mjs';
import { Device, hex, lockSchema } from './lib/device.mjs';
import { example } from './lib/how-to.mjs';
import { hash } from './lib/merkle.mjs';
import { documentedErrors, items } from './lib/metadata.mjs';
import { crownOf } from './lib/mountains.mjs';
import { DevNode } from './lib/node.mjs';
import { areAlive, giveKey, registerIntermediary, registerSensor, registerUser } from './lib/registry.mjs';
import { MAX_RESULT_BYTES, outcomesOfRounds } from './lib/rounds.mjs';
import { post, request } from './lib/rpc.mjs';
import { Steps } from './lib/steps.mjs';

const PALLETS = ['Registry', 'Agreements', 'Disputes', 'Channels'];

describe('a development chain', { timeout: 900_000 }, () => {
	let node;
	let api;
	const steps = new Steps();
	const step = steps.take;
	// Who takes part. Alice makes the blocks and gets the fees: she stays out of it.
	const [bob, charlie, dave, eve, ferdie] = ['Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'].map(account);
	const [rental, insurer, stranger, operators] = [charlie, dave, eve, [bob, ferdie]];
	const intermediaries = [];
	/** An intermediary whose key no node has. */
	let dead;
	const lock = new Device('lock');
	const foreign = new Device('foreign lock');

	before(async () => {
		node = await DevNode.start();
		api = await connect(node.url);
	});

	after(async () => {
		await api?.disconnect();
		await node?.stop(steps.failed);
	});

	/** The error with which the node answers a request, whatever the request may be. */
	const errorOf = async (body) => (await post(node.url, body)).error;
	const errorOfCall = (method, ...params) => errorOf(JSON.stringify(request(method, params)));

	const now = () => blockNumber(api);
	/** Terms between the two users. */
	const draft = async (change) =>
		terms({ rental, insurer, intermediaries, sensor: lock.sensor, now: await now() }, change);
	/** An agreement on these terms, signed by both users off-chain, with consents of operators. */
	const agree = (agreed, consents) => create(api, [rental, insurer], agreed, consents);
	const fundsOf = async (agreement) =>
		(await api.query.agreements.agreements(agreement)).unwrap().funds.map((funds) => funds.toBigInt());
	/** What a window came to, if it has settled and its round is kept: its result, or null. */
	const outcomeOf = async (agreement, window) => {
		const outcome = (await api.call.agreementsApi.outcome(agreement, window)).unwrapOr(undefined);
		return outcome && (outcome.result.unwrapOr(null)?.toBigInt() ?? null);
	};
	/**
	 * Closes an agreement whose last block has come, once the round that is open has had its time: anybody may. Returns the
	 * events of that.
	 */
	const closeInTime = async (agreement) => {
		const { close } = api.tx.agreements;
		assert.deepEqual(await outcomesOf(api, stranger, [close(agreement)]), ['agreements.NotOver']);
		const { phase } = (await api.query.agreements.agreements(agreement)).unwrap();
		const { answer } = (await api.query.agreements.terms(agreement)).unwrap().limits;
		const last = phase.asActive.ends.toNumber() + answer.toNumber();
		await waitFor('it can be closed', 2 * answer.toNumber() + 60, async () => (await now()) > last);
		return send(api, close(agreement), stranger);
	};
	/** Both users consent to end an agreement, and it is closed. Returns the events of that. */
	const endByConsent = async (agreement) => {
		const { consentToEnd } = api.tx.agreements;
		await Promise.all([rental, insurer].map((user) => send(api, consentToEnd(agreement), user)));
		return closeInTime(agreement);
	};

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
		// docs/errors.md has a row for each error, and for nothing else.
		const errors = (pallet) => items(api, pallet).filter(({ sort }) => sort === 'error').map(({ name }) => name);
		assert.deepEqual(documentedErrors(), Object.fromEntries(PALLETS.map((pallet) => [pallet, errors(pallet).sort()])));
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
		const users = [[rental, 'Rental'], [insurer, 'Insurer'], [stranger, 'Stranger']];
		await Promise.all(users.map(([user, name]) => registerUser(api, user, name)));
		await registerSensor(api, rental, lock);
		await registerSensor(api, stranger, foreign);

		const intermediary = (name, operator) => registerIntermediary(api, name, operator, 'http://localhost');
		// The node computes for both intermediaries. It has one of the keys to begin with.
		for (const [i, name] of ['Alice', 'Bob'].entries()) {
			const key = account(name).publicKey;
			assert.equal((await api.rpc.author.hasKey(hex(key), 'syng')).isTrue, name === 'Alice');
			await giveKey(api, name);
			intermediaries.push(await intermediary(name, operators[i]));
		}
		dead = await intermediary('Nobody', operators[0]);
		await areAlive(api, intermediaries);

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
			await outcomesOf(api, rental, expected.map(([call]) => call)),
			expected.map(([, name]) => name),
		);
	});

	step('refuses agreements that make no sense', async () => {
		const block = await now();
		const sound = await draft();
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
			[{ limits: { ...sound.limits, endsAt: block - 1 } }, 'InvalidLimits'],
			[{ limits: { ...sound.limits, answer: 23 } }, 'InvalidAnswer'],
			[{ rounds: { ...sound.rounds, most: 0 } }, 'InvalidRounds'],
			[{ rounds: { ...sound.rounds, most: 257 } }, 'InvalidRounds'],
			[{ rounds: { ...sound.rounds, kept: 0 } }, 'InvalidRounds'],
			[{ rounds: { ...sound.rounds, leader: 2 } }, 'InvalidRounds'],
			[{ penalty: SYN / 10n, absenceFee: 0n }, 'PenaltyTooLow'],
			[{ absenceFee: sound.penalty + 1n }, 'AbsenceFeeTooHigh'],
			[{ reaction: [{ Transfer: { from: 0, to: 0, amount: { Fixed: 1 } } }] }, 'InvalidTransfer'],
			[{ reaction: [{ Actuate: { sensor: foreign.sensor, command: 'beep' } }] }, 'InvalidActuation'],
		];
		assert.deepEqual(
			await outcomesOf(api, rental, expected.map(([change]) => propose(change))),
			expected.map(([, name]) => `agreements.${name}`),
		);

		// The how-to's example is one that the chain takes.
		const printed = example('terms.json');
		const users = printed.users.map((user, index) => ({ ...user, ...sound.users[index], escrow: user.escrow }));
		const { sensors, limits: { signBy, startsAt, endsAt } } = sound;
		const shown = { ...printed, users, sensors, limits: { ...printed.limits, signBy, startsAt, endsAt } };
		assert.deepEqual(await outcomesOf(api, rental, [api.tx.agreements.propose(shown)]), ['accepted']);

		// What is too little, a quote puts right.
		const poor = { ...sound, penalty: 0, absenceFee: 0, users: [{ ...mine, escrow: 0 }, { ...theirs, escrow: 0 }] };
		const quote = (await api.call.agreementsApi.quote(poor)).asOk;
		const [least, escrows] = [quote.penalty.toBigInt(), quote.escrows.map((escrow) => escrow.toBigInt())];
		const quoted = (penalty, [first, second]) =>
			propose({ penalty, absenceFee: 0n, users: [{ ...mine, escrow: first }, { ...theirs, escrow: second }] });
		assert.deepEqual(
			await outcomesOf(api, rental, [
				quoted(least - 1n, escrows),
				quoted(least, [escrows[0], escrows[1] - 1n]),
				quoted(least, escrows),
			]),
			['agreements.PenaltyTooLow', 'agreements.EscrowTooSmall', 'accepted'],
		);

		// Of what is beyond a bound it says what that is.
		const beyond = [
			[{ users: Array(9).fill(mine) }, 'TooManyUsers'],
			[{ sensors: Array(33).fill(sound.sensors[0]) }, 'TooManySensors'],
			[pipeline(' '.repeat(2_049)), 'FunctionTooLong'],
			[{ reaction: [{ Log: { label: 'a'.repeat(65) } }] }, 'ReactionTooLong'],
		];
		for (const [change, name] of beyond) {
			const answer = await api.call.agreementsApi.quote({ ...sound, ...change });
			assert.equal(api.registry.findMetaError(answer.asErr.asModule).name, name);
		}

		// Whoever proposed something takes it back, and the deposit with it.
		const proposed = (await api.query.agreements.terms.keys()).map(({ args: [id] }) => id);
		assert.deepEqual(
			await outcomesOf(api, rental, proposed.map((id) => api.tx.agreements.cancel(id))),
			['accepted', 'accepted'],
		);

		const [rightly, wrongly] = [rental, stranger].map((signer) => ({
			Sr25519: signer.sign(termsBytes(api, sound)),
		}));
		assert.deepEqual(
			await outcomesOf(api, stranger, [
				api.tx.agreements.propose(sound),
				api.tx.agreements.create(sound, [rightly], []),
				api.tx.agreements.create(sound, [rightly, wrongly], []),
			]),
			['agreements.NotAUser', 'agreements.WrongSignatureCount', 'agreements.BadSignature'],
		);

		// Terms beyond their bounds are no transaction that the runtime could decode.
		const nonce = await api.rpc.system.accountNextIndex(rental.address);
		for (const change of [pipeline(' '.repeat(2049)), { users: Array(9).fill(mine) }]) {
			const signed = await propose(change).signAsync(rental, { nonce: -1 });
			const { code, message, data } = await errorOfCall('author_submitExtrinsic', signed.toHex());
			assert.deepEqual([code, message], [1010, 'Invalid Transaction']);
			assert.match(data, /call is not expected/);
		}
		assert.deepEqual(await api.rpc.system.accountNextIndex(rental.address), nonce);

		const known = await api.query.agreements.terms.keys();
		assert.deepEqual(known.map(({ args: [id] }) => id), proposed);
		assert.equal((await api.query.registry.users(rental.address)).unwrap().uses.toNumber(), 0);
	});

	step('refuses what an operator does not offer, by name', async () => {
		const { publishOffer, withdrawOffer } = api.tx.registry;
		const [, operator] = operators;
		const [, intermediary] = intermediaries;
		const offers = (change) => send(api, publishOffer(intermediary, offer(change)), operator);
		await send(api, publishOffer(intermediary, example('offer.json')), operator);
		await offers({ retainer: SYN, windowMessages: 16, answer: 26 });
		const fitting = await draft({ retainer: SYN });
		const limits = (change) => ({ limits: { ...fitting.limits, ...change } });
		const expected = [
			[{ reward: 0n }, 'RewardTooLow'],
			[{ retainer: SYN - 1n }, 'RetainerTooLow'],
			[{ penalty: 11n * SYN }, 'PenaltyTooHigh'],
			[{ absenceFee: SYN }, 'AbsenceFeeTooHigh'],
			[{ window: { size: 17, slide: 17 } }, 'WindowNotOffered'],
			[limits({ endsAt: fitting.limits.startsAt + 3_000 }), 'DurationNotOffered'],
			[limits({ notice: 21 }), 'NoticeNotOffered'],
			[limits({ answer: 25 }), 'AnswerNotOffered'],
		];
		const calls = expected.map(([change]) => agree({ ...fitting, ...change }));
		assert.deepEqual(
			await outcomesOf(api, stranger, calls),
			expected.map(([, name]) => `agreements.${name}`),
		);
		for (const [change, name] of [
			[{ qualities: ['OnChainProof'] }, 'QualityNotOffered'],
			[{ users: [rental.address, stranger.address] }, 'UserNotWelcome'],
		]) {
			await offers(change);
			assert.deepEqual(await outcomesOf(api, stranger, [agree(fitting)]), [`agreements.${name}`]);
		}
		// So does a proposal that fitted, when the last user signs it.
		await offers({});
		const proposed = await draft({ nonce: 10 });
		const id = agreementId(api, proposed);
		await send(api, api.tx.agreements.propose(proposed), rental);
		await send(api, withdrawOffer(intermediary), operator);
		assert.deepEqual(await outcomesOf(api, insurer, [api.tx.agreements.sign(id)]), ['agreements.NoOffer']);
		await send(api, api.tx.agreements.cancel(id), rental);

		const makesNoSense = [
			[{ windowMessages: 0 }, 'InvalidOfferWindowMessages'],
			[{ qualities: [] }, 'InvalidOfferQualities'],
			[{ users: [] }, 'InvalidOfferUsers'],
		].map(([change, name]) => [publishOffer(intermediary, offer(change)), `registry.${name}`]);
		makesNoSense.push([publishOffer(intermediaries[0], offer()), 'registry.NotOwner']);
		assert.deepEqual(
			await outcomesOf(api, operator, makesNoSense.map(([call]) => call)),
			makesNoSense.map(([, name]) => name),
		);
	});

	step('names an intermediary with its operator\'s consent, which can resign', async () => {
		const [intermediary, operator] = [intermediaries[1], operators[1]];
		const { accept, propose, release, resign, sign, vacate, withdrawConsent } = api.tx.agreements;
		const agreed = await draft({ nonce: 11 });
		agreed.limits.notice = 3;
		const id = agreementId(api, agreed);
		await send(api, propose(agreed), rental);
		assert.deepEqual(await outcomesOf(api, stranger, [accept(id, intermediary)]), ['agreements.NotOperator']);
		const accepted = await send(api, accept(id, intermediary), operator);
		assert.equal(find(accepted, 'agreements', 'Accepted').intermediary.toNumber(), intermediary);
		// It can change its mind as long as not all have signed.
		const withdrawn = await send(api, withdrawConsent(id, intermediary), operator);
		assert.equal(find(withdrawn, 'agreements', 'ConsentWithdrawn').intermediary.toNumber(), intermediary);
		await send(api, accept(id, intermediary), operator);
		find(await send(api, sign(id), insurer), 'agreements', 'Activated');
		const liability = async () => (await api.query.registry.bindings(intermediary, id)).unwrapOr(undefined)?.liability;
		assert.equal((await liability()).toBigInt(), agreed.penalty);
		assert.deepEqual(
			await outcomesOf(api, stranger, [vacate(id, intermediary), release(id, intermediary), resign(id, intermediary)]),
			['agreements.Alive', 'agreements.NotResigned', 'agreements.NotOperator'],
		);

		const resigned = await send(api, resign(id, intermediary), operator);
		const due = find(resigned, 'agreements', 'Resigned').due.toNumber();
		assert.deepEqual(await outcomesOf(api, stranger, [release(id, intermediary)]), ['agreements.NoticeRunning']);
		await waitFor('the end of the notice', 30, async () => (await now()) >= due);
		// Its user has nobody else: this is the last block, and it is bound until the agreement is closed. Then all escrow is
		// back.
		const windsUp = find(await send(api, release(id, intermediary), stranger), 'agreements', 'WindsUp');
		assert.equal(windsUp.intermediary.toNumber(), intermediary);
		assert.equal((await liability()).toBigInt(), agreed.penalty);
		assert.deepEqual(await outcomesOf(api, stranger, [release(id, intermediary)]), ['agreements.Over']);
		assert.ok(find(await closeInTime(id), 'agreements', 'Ended').reason.isFailure);
		assert.equal(await liability(), undefined);
		assert.deepEqual(await fundsOf(id), [0n, 0n]);

		// The consent can be a signature as well, for the one agreement and the one intermediary.
		const another = await draft({ nonce: 12 });
		const consent = (which, agreement) => [
			[which, { Sr25519: operator.sign(consentBytes(api, agreement, which)) }],
		];
		const other = agreementId(api, another);
		assert.deepEqual(
			await outcomesOf(api, stranger, [
				agree(another),
				agree(another, consent(intermediary, id)),
				agree(another, consent(intermediaries[0], other)),
				agree(another, consent(intermediary, other)),
			]),
			['agreements.NoOffer', 'agreements.BadSignature', 'agreements.BadSignature', 'accepted'],
		);
		assert.ok(find(await endByConsent(other), 'agreements', 'Ended').reason.isConsent);
		await send(api, api.tx.registry.publishOffer(intermediary, offer()), operator);
	});

	step('names nobody who has not shown that it is alive', async () => {
		assert.ok((await api.query.registry.lastSeen(dead)).isNone);
		for (const intermediary of intermediaries) {
			const seen = (await api.query.registry.lastSeen(intermediary)).unwrap().toNumber();
			assert.ok(seen > 0 && seen <= (await now()));
		}
		const agreed = await draft({ nonce: 13 });
		const named = (index, role) => {
			const users = agreed.users.map((party, i) => (i === index ? { ...party, [role]: [dead] } : party));
			return agree({ ...agreed, users });
		};
		assert.deepEqual(
			await outcomesOf(api, stranger, [named(1, 'intermediaries'), named(0, 'spares')]),
			['agreements.NotAlive', 'agreements.NotAlive'],
		);
	});

	step('makes an agreement by proposal and ends it by consent', async () => {
		const all = [rental, insurer];
		const before = await Promise.all(all.map((user) => wealth(api, user)));
		const agreed = await draft({ nonce: 1 });
		const id = agreementId(api, agreed);

		const proposed = await send(api, api.tx.agreements.propose(agreed), rental);
		assert.equal(find(proposed, 'agreements', 'Proposed').agreement.toHex(), id);
		const signed = await send(api, api.tx.agreements.sign(id), insurer);
		assert.equal(find(signed, 'agreements', 'Activated').agreement.toHex(), id);
		const stored = (await api.query.agreements.terms(id)).unwrap();
		assert.equal(stored.users[1].user.toString(), insurer.address);
		const active = (await api.query.agreements.agreements(id)).unwrap();
		assert.ok(active.phase.isActive);
		// The deposit for rounds is taken out of the escrows: for each that is kept, and for each result that it can have.
		const share = active.prices.storageShare.toBigInt();
		const { byteDeposit, roundDeposit } = api.consts.agreements;
		const each = roundDeposit.toBigInt() + MAX_RESULT_BYTES * BigInt(agreed.rounds.most) * byteDeposit.toBigInt();
		assert.equal(2n * share, BigInt(agreed.rounds.kept) * each);
		assert.deepEqual(await fundsOf(id), [100n * SYN - share, 100n * SYN - share]);
		assert.deepEqual(await outcomesOf(api, insurer, [api.tx.agreements.sign(id)]), ['agreements.NotProposed']);

		const ended = find(await endByConsent(id), 'agreements', 'Ended');
		assert.ok(ended.reason.isConsent);
		assert.deepEqual([ended.rounds.toNumber(), ended.root.isEmpty], [0, true]);
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
		const agreed = await draft({ nonce: 2 });
		const bytes = termsBytes(api, agreed);
		// One user signs the bytes, the other has a wallet that wraps them first.
		const wrapped = Buffer.concat([Buffer.from('<Bytes>'), bytes, Buffer.from('</Bytes>')]);
		const signatures = [{ Sr25519: rental.sign(bytes) }, { Sr25519: insurer.sign(wrapped) }];
		const events = await send(api, api.tx.agreements.create(agreed, signatures, []), stranger);
		agreement = find(events, 'agreements', 'Activated').agreement.toHex();
		assert.equal(agreement, agreementId(api, agreed));
		created = agreed.limits.startsAt;
		assert.deepEqual(
			await outcomesOf(api, stranger, [
				api.tx.agreements.create(agreed, signatures, []),
				api.tx.disputes.judge(agreement),
			]),
			['agreements.AlreadyExists', 'disputes.NotOpen'],
		);
	});

	/** Hands messages to the node: its receipts, as plain objects. */
	const submit = async (...messages) =>
		(await api.rpc.sensor.submit(messages)).map((receipt) => receipt.toJSON());
	const head = async (sensor) => (await api.rpc.sensor.head(sensor)).toNumber();
	const START = 1_550_000_000_000;
	/** What the chain knows of the lock. */
	const record = async () => (await api.query.registry.sensors(lock.sensor)).unwrap();

	step('answers each bad message', async () => {
		const turn = (fault, device = lock) => device.turn(api, START, false, fault);
		const impostor = new Device('lock of somebody else');
		impostor.sensor = lock.sensor;
		const bad = {
			'the signature does not verify': [7012, 'never', turn({}, impostor)],
			'the sensor is not registered': [7003, 'later', turn({ sensor: 999 })],
			'no agreement in force needs it': [7004, 'later', turn({}, foreign)],
			"the kind is not the sensor's": [7020, 'later', turn({ kind: 'door' })],
			"a value is not of its variable's type": [7022, 'later', turn({ values: [{ Integer: 1 }] })],
			'more or fewer values than the sensor has variables': [7021, 'later', turn({ values: [] })],
			'not the encoding of a signed message': [7011, 'never', '0x00'],
			'larger than any message': [7010, 'never', `0x${'00'.repeat(100_000)}`],
		};
		assert.deepEqual(
			await submit(...Object.values(bad).map(([, , message]) => message)),
			Object.entries(bad).map(([reason, [code, retry]]) => ({ status: 'refused', code, retry, reason, expected: null })),
		);
		assert.deepEqual(await submit(turn({ sequence: 5 })), [
			{ status: 'gap', code: null, retry: null, reason: null, expected: 0 },
		]);
		assert.equal(await head(lock.sensor), 0, 'a bad message was kept');
	});

	step('refuses requests that are none', async () => {
		const [NOT_JSON, INVALID_PARAMS] = [-32700, -32602];
		assert.equal((await errorOf('unlock!')).code, NOT_JSON);
		for (const params of [['unlock!'], [['unlock!']], [[7]], [], [Array(257).fill('0x00')]]) {
			const { code, data } = await errorOfCall('sensor_submit', ...params);
			assert.deepEqual([code, data], [INVALID_PARAMS, { retry: 'never' }]);
		}
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

		const rounds = await eventually('three settled windows', 60, async () => {
			const kept = await api.call.agreementsApi.rounds(agreement);
			return outcomesOfRounds([...kept]).length === SECONDS.length ? [...kept] : undefined;
		});
		const expected = SECONDS.map((seconds, window) => [window, seconds]);
		assert.deepEqual(outcomesOfRounds(rounds), expected);
		for (const [window, seconds] of expected) assert.equal(await outcomeOf(agreement, window), seconds);
		assert.equal(await outcomeOf(agreement, SECONDS.length), undefined);
		const { number, round } = (await api.call.agreementsApi.outcome(agreement, 2)).unwrap();
		assert.equal(round.toHex(), rounds[number.toNumber()].toHex());

		const events = (await history(api, created, await now())).filter(({ section }) => section === 'agreements');
		const of = (method) => events.filter((event) => event.method === method).map(({ data }) => data);
		assert.deepEqual(outcomesOfRounds(of('Settled')), expected);
		for (const told of ['Logged', 'ActuationRequested']) {
			assert.deepEqual(of(told).map(({ window }) => window.toNumber()), [0, 1, 2]);
		}
		assert.deepEqual(of('Logged').map(({ result }) => result.toBigInt()), SECONDS);

		// The history of all rounds can be built from what is told of them.
		const accounts = (await api.call.agreementsApi.accounts(agreement)).unwrap();
		assert.deepEqual([accounts.rounds, accounts.base].map(Number), [rounds.length, SECONDS.length]);
		const leaves = rounds.map((settled) => hash(domain('syngraph/round/1'), agreement, settled.toU8a()));
		assert.equal(u8aToHex(crownOf(leaves)), accounts.root.toHex());
		// All of it is paid for at once.
		assert.deepEqual(accounts.owed.map((owed) => owed.toBigInt()), [0n, 0n]);

		// A second costs a thousandth of a SYN, a window ten SYN at most.
		const paid = SECONDS.map((seconds) => (seconds > 10_000n ? 10n * SYN : (seconds * SYN) / 1000n));
		const { prices } = (await api.query.agreements.agreements(agreement)).unwrap();
		const costs = of('PaidOut').map(({ fees }) => fees.toBigInt());
		assert.deepEqual(costs, of('Settled').map(({ cost }) => cost.toBigInt() + prices.payout.toBigInt()));
		assert.equal(sum(of('PaidOut').map(({ windows }) => windows.toBigInt())), BigInt(SECONDS.length));
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

	/** The number that the lock signed twice. */
	let twice;
	step('suspends a sensor that contradicts itself, at its owner\'s expense', async () => {
		const users = [rental, insurer];
		const before = await Promise.all(users.map((user) => wealth(api, user)));
		const [funds, deposit] = [await fundsOf(agreement), (await record()).deposit.toBigInt()];
		const started = await now();
		const sequence = await head(lock.sensor);
		const two = [0, 1].map((later) => lock.turn(api, 2 * START + later, false, { sequence }));
		assert.deepEqual(
			(await submit(...two)).map(({ status, reason }) => [status, reason]),
			[['accepted', null], ['refused', 'conflicts with the stored message']],
		);

		const events = await eventually('a conviction', 60, async () => {
			const events = await history(api, started + 1, await now());
			return events.some(({ method }) => method === 'SensorConvicted') ? events : undefined;
		});
		const convicted = find(events, 'disputes', 'SensorConvicted');
		assert.deepEqual([convicted.sensor.toNumber(), convicted.sequence.toNumber()], [lock.sensor, sequence]);
		assert.ok(convicted.conviction.isSuspended);
		const suspended = find(events, 'registry', 'SensorSuspended');
		twice = suspended.sequence.unwrap().toNumber();
		assert.deepEqual([suspended.sensor.toNumber(), twice], [lock.sensor, sequence]);

		// The owner pays, out of the sensor's deposit, and the agreement nothing.
		const fee = suspended.fee.toBigInt();
		assert.ok(fee > 0n && fee === convicted.fee.toBigInt());
		const after = await Promise.all(users.map((user) => wealth(api, user)));
		assert.deepEqual(after.map((value, i) => before[i] - value), [fee, 0n]);
		assert.equal((await record()).deposit.toBigInt(), deposit - fee);
		assert.deepEqual(await fundsOf(agreement), funds);
		assert.deepEqual(events.filter(({ method }) => method === 'Charged'), []);

		const refused = async () =>
			(await submit(lock.turn(api, 2 * START, true, { sequence: sequence + 1 })))[0].reason;
		await waitFor('a node that knows', 10, async () =>
			(await refused())?.startsWith('the sensor is suspended'),
		);
		await assert.rejects(head(lock.sensor), /suspended/);
	});

	step('takes a sensor back that has a new key', async () => {
		const from = twice + 1;
		lock.rekey('lock with a new key', from);
		const { key, proof } = lock.registration(api, rental.address);
		await send(api, api.tx.registry.rotateSensorKey(lock.sensor, from, key, proof), rental);
		const { deposit } = await record();
		assert.equal(deposit.toBigInt(), (await api.query.registry.sensors(foreign.sensor)).unwrap().deposit.toBigInt());
		await waitFor('a node that knows', 10, async () =>
			(await head(lock.sensor).catch(() => undefined)) === from,
		);

		// The number that was signed twice counts as never sent, and its window holds one message less.
		const time = 3 * START;
		const messages = [
			lock.turn(api, time, true),
			lock.turn(api, time + 1_000, false),
			lock.turn(api, time + 91_000, true),
		];
		assert.deepEqual((await submit(...messages)).map(({ status }) => status), messages.map(() => 'accepted'));
		const window = (from + 1) / 2;
		const result = await eventually('a settled window', 60, async () => outcomeOf(agreement, window));
		assert.equal(result, 90n);
		// Nothing was open in the window before, and a sum of nothing is zero.
		assert.equal(await outcomeOf(agreement, window - 1), 0n);
	});

	step('replaces a sensor when all users consent', async () => {
		const other = new Device('lock in its place');
		await registerSensor(api, rental, other);
		const { sensor } = other;
		const { replaceSensor } = api.tx.agreements;
		const replacement = (start) => replaceSensor(agreement, lock.sensor, { sensor, start });
		assert.deepEqual(await outcomesOf(api, stranger, [replacement(0)]), ['agreements.NotAUser']);
		const consented = await send(api, replacement(0), rental);
		find(consented, 'agreements', 'SensorReplacementConsented');
		const replaced = find(await send(api, replacement(0), insurer), 'agreements', 'SensorReplaced');
		assert.deepEqual([replaced.sensor.toNumber(), replaced.replacement.toNumber()], [lock.sensor, other.sensor]);
		const since = replaced.since.toNumber();

		await waitFor('a node that knows', 10, async () =>
			(await head(other.sensor).catch(() => undefined)) === 0,
		);
		// It begins with the lowest window that has not settled.
		const { progress } = (await api.query.agreements.agreements(agreement)).unwrap();
		assert.equal(progress.base.toNumber(), since);
		const messages = [45, 46, 47].flatMap((seconds, i) => {
			const time = 4 * START + i * 1_000_000;
			return [other.turn(api, time, false), other.turn(api, time + seconds * 1000, true)];
		});
		assert.deepEqual((await submit(...messages)).map(({ status }) => status), messages.map(() => 'accepted'));
		const last = await eventually('a settled window', 60, async () => outcomeOf(agreement, since + 2));
		assert.equal(last, 47n);
		assert.deepEqual([await outcomeOf(agreement, since), await outcomeOf(agreement, since + 1)], [45n, 46n]);
	});
});
