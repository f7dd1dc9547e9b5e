// An upgrade on a real network: a chain that runs an older runtime, with agreements at work, an open dispute and
// open channels, gets the current one. Nothing is lost, and nothing is started again: neither nodes, nor an access
// server, nor this test's connection.
//
// Run by scripts/network.sh with zombienet/upgrade.toml, as scripts/test.sh does.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Access, Payer } from './lib/access.mjs';
import { SYN } from './lib/agreement.mjs';
import { addUp } from './lib/audit.mjs';
import { compressed } from './lib/built.mjs';
import { Cast, MAKERS, NODES, VALIDATORS } from './lib/cast.mjs';
import { account, blockNumber, connect, history, send, sum, waitFor, wealth } from './lib/chain.mjs';
import { Deal } from './lib/deal.mjs';
import { contract } from './lib/metadata.mjs';
import { SOON, best, crash, finalized, logs, processOf, rpc, urls } from './lib/network.mjs';
import { registerIntermediary } from './lib/registry.mjs';
import { costsOf } from './lib/rounds.mjs';
import { prefix, storage, versionKey } from './lib/state.mjs';
import { Steps } from './lib/steps.mjs';

/** Dave's node sleeps through the upgrade. The others are never away. */
const AWAKE = VALIDATORS;
const PALLETS = ['Registry', 'Agreements', 'Disputes', 'Channels'];
/** The runtimes' versions, and the versions of the registry's storage. */
const OLD = { spec: 1, registry: '0x0100' };
const NEW = { spec: 2, registry: '0x0200' };
/** How long until a member that does not answer has been complained of, or judged; in seconds. */
const SILENT = 30 * 2 + SOON;
/** How long until all nodes, on a machine that they share, have compiled the new runtime; in seconds. */
const COMPILED = 240;
/** The most windows that are fed while the upgrade goes on: fewer than are kept. */
const MEANWHILE = 30;
const PRICE = SYN / 10n;
const FUNDS = 5n * SYN;
const LASTS = 3_000;

/** What the nodes' own code and their runtime say of mistakes and of what they do, in a log. */
const LINE = /^\S+ \S+ +(ERROR|DEBUG) \S+ (?:syngraph|runtime)\S*: (.*)/;
/** What is said as long as the new code stands beside state that is not migrated yet. */
const EXPECTED = /^block (\d+): pallet Registry: the chain has StorageVersion\(1\), this runtime needs StorageVersion\(2\)/;

describe('a chain that is upgraded', { timeout: 1_800_000 }, () => {
	let chain;
	let fresh;
	/** How often the connection that was open before was lost. */
	let lost = 0;
	const cast = new Cast(4);
	const { users, ids, operators, devices } = cast;
	/** Whoever upgrades makes no blocks: fees that come back to it are not taken for fees that it earned. */
	const [root, funder] = [account('Ferdie//stash'), account('Eve//stash')];
	let deals;
	/** The blocks that brought the new runtime, and with which its migration was over. */
	let set;
	let over;
	let running;
	let restart;
	const steps = new Steps();
	const step = steps.take;

	before(async () => {
		chain = await connect(urls.charlie);
		chain.on('disconnected', () => (lost += 1));
		assert.equal(chain.runtimeVersion.specVersion.toNumber(), OLD.spec, 'the chain begins with the old runtime');
		await send(chain, chain.tx.sudo.setKey(root.address), account('Alice'));
		await cast.register(chain);
		deals = await makeDeals();
	});

	after(async () => {
		await Promise.all([chain, fresh].map((api) => api?.disconnect()));
		await access?.stop();
	});

	const now = () => blockNumber(chain);

	/** One agreement that rests while the chain is upgraded, one whose lock is in use, and one in dispute. */
	async function makeDeals() {
		const lines = [['alice', 'bob'], ['alice', 'charlie'], ['alice', 'dave', 'charlie']];
		const begin = await now();
		const drafts = lines.map((nodes, lock) => cast.draft(begin, lock, nodes));
		const [resting, busy, disputed] = await Deal.make(chain, users, drafts);
		return { resting, busy, disputed };
	}

	const isFinal = (block, name) =>
		waitFor(`block ${block} is final at ${name}`, COMPILED, async () =>
			(await finalized(name).catch(() => 0)) >= block,
		);
	const hashOf = (block) => rpc('charlie', 'chain_getBlockHash', block);
	/** What all intermediaries have at stake, as far as it is theirs to lose. */
	const bonds = async () => {
		const records = await Promise.all(NODES.map((name) => chain.query.registry.intermediaries(ids[name])));
		return records.map((record) => record.unwrap().bond.toBigInt());
	};
	/** What must be the same process afterwards. */
	const processes = async () => [await Promise.all(AWAKE.map(processOf)), await access.processes()];

	let access;
	let payer;
	let meter;
	/** The channels, by whose receipts count, and what each client has paid out of its own so far. */
	const channels = {};
	const paid = { direct: 0n, delegated: 0n };

	/** Buys a slot out of each channel. Each costs its price, on top of what was paid before. */
	async function buy() {
		for (const [kind, client] of Object.entries({ direct: payer, delegated: meter })) {
			paid[kind] += PRICE;
			assert.equal(await client.buy(channels[kind]), paid[kind]);
		}
	}

	step('before, slots are sold', async () => {
		access = await Access.start(urls.alice, PRICE);
		[payer, meter] = [await Payer.make(access, 'payer'), await Payer.make(access, 'meter')];
		const { transferKeepAlive } = chain.tx.balances;
		const endowed = [[access.payee, 10n * SYN], [payer.key, 50n * SYN]];
		const transfers = endowed.map(([{ address }, amount]) => transferKeepAlive(address, amount));
		await send(chain, chain.tx.utility.batchAll(transfers), funder);
		await access.sells(SOON);
		channels.direct = await payer.open(FUNDS, LASTS);
		channels.delegated = await payer.open(FUNDS, LASTS, meter);
		await buy();
		await buy();
		// Nothing of it is on the chain yet.
		for (const id of Object.values(channels)) {
			assert.equal((await chain.query.channels.channels(id)).unwrap().paid.toBigInt(), 0n);
		}
	});

	step('before, windows settle', async () => {
		for (const deal of Object.values(deals)) await deal.begin();
		const { resting, busy } = deals;
		await Promise.all([resting.feed([60, 61], NODES), busy.feed([30], NODES)]);
		await resting.settles([0, 1], SOON);
		await busy.settles([0], SOON);
	});

	let staked;
	step('before, a dispute is open', async () => {
		staked = await bonds();
		restart = await crash('dave');
		await deals.disputed.feed([90, 91], AWAKE);
		const { data } = await deals.disputed.event('disputes', 'Opened', SILENT);
		assert.equal(data.first.toNumber(), 0);
	});

	/** Hands over what nodes lack of a lock's messages, as often as it takes. */
	const insist = (deal) =>
		waitFor('the nodes take the messages', SOON, async () => {
			const deliveries = AWAKE.map((name) => deal.deliver(name));
			const outcomes = await Promise.allSettled(deliveries);
			return outcomes.every(({ status }) => status === 'fulfilled');
		});

	/** A lock is in use until `isOver` says so. Its messages are all taken in the end. */
	async function use(deal, isOver) {
		for (let i = 0; i < MEANWHILE && !isOver(); i += 1) {
			await deal.feed([31 + i], []);
			await Promise.allSettled(AWAKE.map((name) => deal.deliver(name)));
			await sleep(2_000);
		}
		await insist(deal);
	}

	step('the upgrade takes effect everywhere', async () => {
		running = await processes();
		const code = `0x${compressed('syngraph-runtime').toString('hex')}`;
		const fed = deals.busy.expected.length;
		let isOver = false;
		const using = use(deals.busy, () => isOver);
		try {
			await upgrade(code);
		} finally {
			isOver = true;
			await using;
		}
		assert.ok(deals.busy.expected.length > fed, 'nothing happened meanwhile');
	});

	/** Gives the chain this code, and waits until every node has it and has migrated the state. */
	async function upgrade(code) {
		const { sudo, system } = chain.tx;
		const from = await now();
		const signed = await sudo.sudo(system.setCode(code)).signAsync(root, { nonce: -1 });
		await chain.rpc.author.submitExtrinsic(signed);
		for (const name of AWAKE) {
			await waitFor(`${name} has migrated`, COMPILED, async () => {
				const version = await rpc(name, 'state_getRuntimeVersion').catch(() => undefined);
				const stored = await rpc(name, 'state_getStorage', versionKey('Registry')).catch(() => undefined);
				return version?.specVersion === NEW.spec && stored === NEW.registry;
			});
		}
		// Nobody tells the connection. It takes version and metadata up at once.
		await waitFor('the connection knows the new runtime', SOON, () => chain.runtimeVersion.specVersion.eq(NEW.spec));
		await waitFor('no migration is under way', SOON, async () =>
			(await chain.query.multiBlockMigrations.cursor()).isNone,
		);
		const head = await now();
		for (const name of AWAKE) await isFinal(head, name);
		// polkadot.js remembers which block it read last by which runtime, and reads that one by the new runtime once it has
		// taken it up. So what was before is read by a connection that was not there before.
		fresh = await connect(urls.bob);
		for (const deal of Object.values(deals)) deal.api = fresh;
		const seen = await history(fresh, from + 1, head);
		const { sudoResult } = seen.find(({ method }) => method === 'Sudid').data;
		assert.ok(sudoResult.isOk, `refused: ${sudoResult}`);
		const blockOf = (section, method) => {
			const found = seen.filter((event) => event.section === section && event.method === method);
			assert.equal(found.length, 1, `${section}.${method}`);
			return found[0].block;
		};
		set = blockOf('system', 'CodeUpdated');
		over = blockOf('multiBlockMigrations', 'UpgradeCompleted');
		assert.ok(seen.some(({ method }) => method === 'MigrationCompleted'), 'there was nothing to migrate');
		assert.ok(set < over);
	}

	step('nothing but the clock was in the blocks of the migration', async () => {
		for (let block = set + 1; block <= over; block += 1) {
			const { block: { extrinsics } } = await rpc('charlie', 'chain_getBlock', await hashOf(block));
			assert.equal(extrinsics.length, 1, `block ${block}`);
		}
	});

	step('nothing in storage is lost or changed but what is migrated', async () => {
		for (const name of AWAKE) {
			for (const pallet of PALLETS) {
				const [old, migrated] = [await storage(name, pallet, set), await storage(name, pallet, over)];
				assert.deepEqual([...migrated.keys()].sort(), [...old.keys()].sort(), `what ${pallet} stores`);
				const changed = [...old.keys()].filter((key) => old.get(key) !== migrated.get(key));
				const records = [...old.keys()].filter((key) => key.startsWith(prefix('Registry', 'Intermediaries')));
				const due = pallet === 'Registry' ? [...records, versionKey('Registry')] : [];
				assert.deepEqual(changed.sort(), due.sort(), `what changes of ${pallet}`);
				const count = (item) => [...old.keys()].filter((key) => key.startsWith(prefix(pallet, item))).length;
				const expected = {
					Registry: { Users: 2, Sensors: devices.length, Intermediaries: NODES.length, Offers: NODES.length },
					Agreements: { Terms: 3, Agreements: 3 },
					Disputes: { Disputes: 1 },
					Channels: { Channels: 2 },
				};
				const items = Object.keys(expected[pallet]);
				const counted = Object.fromEntries(items.map((item) => [item, count(item)]));
				assert.deepEqual(counted, expected[pallet], `what there was of ${pallet}`);
				if (pallet !== 'Registry') continue;
				assert.equal(old.get(versionKey(pallet)), OLD.registry);
				assert.equal(migrated.get(versionKey(pallet)), NEW.registry);
			}
		}
	});

	step('intermediaries know when they were registered', async () => {
		const all = await history(fresh, 1, set);
		const registrations = all.filter(({ method }) => method === 'IntermediaryRegistered');
		assert.equal(registrations.length, NODES.length);
		const states = await Promise.all([set, over].map(async (block) => fresh.at(await hashOf(block))));
		for (const { block, data } of registrations) {
			const read = async (api) => (await api.query.registry.intermediaries(data.intermediary)).unwrap().toJSON();
			const [old, migrated] = await Promise.all(states.map(read));
			assert.ok(!('registered' in old));
			assert.deepEqual(migrated, { ...old, registered: block });
			// The connection that was open before, and the one that is new, read the same.
			for (const api of [chain, fresh]) assert.equal((await read(api)).registered, block);
		}
		assert.equal(lost, 0, 'the connection was lost');
	});

	step('calls and events are what the versions say', async () => {
		const read = async (method, block) => rpc('charlie', method, await hashOf(block));
		const versions = await Promise.all([set - 1, over].map((block) => read('state_getRuntimeVersion', block)));
		assert.deepEqual(versions.map(({ specVersion }) => specVersion), [OLD.spec, NEW.spec]);
		// As long as this is so, no program that signs or reads events has to be replaced.
		assert.equal(versions[1].transactionVersion, versions[0].transactionVersion);
		const [old, current] = await Promise.all(
			[set - 1, over].map(async (block) => contract(await read('state_getMetadata', block))),
		);
		assert.deepEqual(current.extensions, old.extensions, 'what is added to transactions');
		for (const [name, pallet] of Object.entries(old.pallets)) {
			assert.deepEqual(current.pallets[name], pallet, `the pallet ${name}`);
		}
		for (const name of PALLETS) {
			assert.ok(old.pallets[name].calls.length > 0 && old.pallets[name].events.length > 0, name);
		}
		// What did change is seen: what is stored.
		const records = [old, current].map(({ stored }) => stored('Registry', 'Intermediaries'));
		assert.match(records[1], /\bregistered: U32\b/);
		assert.doesNotMatch(records[0], /\bregistered\b/);
	});

	step('the dispute goes on, and is decided rightly', async () => {
		const { disputed } = deals;
		for (const block of [set, over]) {
			const { query } = await fresh.at(await hashOf(block));
			assert.ok((await query.disputes.disputes(disputed.id)).isSome, `no dispute is open in block ${block}`);
		}
		const judged = await disputed.event('disputes', 'Judged', 2 * SILENT);
		assert.ok(judged.block > over);
		assert.equal(judged.data.first.toNumber(), 0);
		const absent = disputed.of('disputes', 'Absent').map(({ data }) => data.intermediary.toNumber());
		assert.deepEqual(absent, [ids.dave]);
		assert.deepEqual(disputed.of('disputes', 'Convicted'), []);
		const [{ data: { roster } }] = disputed.of('agreements', 'RosterChanged');
		assert.deepEqual(roster.members.map((id) => id.toNumber()), [ids.alice, ids.charlie]);
		// Nobody pays but the one that was silent, and the user that named it.
		const [{ data: { shares } }] = disputed.of('disputes', 'Borne');
		assert.ok(shares.length > 0);
		for (const [who] of shares) {
			if (who.isIntermediary) assert.equal(who.asIntermediary.toNumber(), ids.dave);
			else assert.equal(who.asUser.toString(), users.insurer.address);
		}
		const { absenceFee } = disputed.terms;
		const left = staked.map((bond, i) => (NODES[i] === 'dave' ? bond - absenceFee : bond));
		assert.deepEqual(await bonds(), left);
		await disputed.settles([0, 1], SILENT);
	});

	step('the old agreements go on, at the prices that they began with', async () => {
		const { resting, busy } = deals;
		await busy.settles([...busy.expected.keys()], SILENT);
		await resting.feed([62, 63], AWAKE);
		await resting.settles([0, 1, 2, 3], SOON);
		for (const deal of Object.values(deals)) {
			const { query } = await fresh.at(await hashOf(deal.from));
			const { prices } = (await query.agreements.agreements(deal.id)).unwrap();
			const rounds = deal.of('agreements', 'Settled');
			assert.deepEqual(deal.settled(), [...deal.expected.keys()], 'each window settles once');
			assert.ok(rounds.some(({ block }) => block > over), 'none settled after the upgrade');
			for (const { data } of rounds) {
				assert.ok(costsOf(prices, data.outcomes).includes(data.cost.toBigInt()), 'what a round costs');
			}
		}
		for (const deal of Object.values(deals)) await deal.end();
		await addUp(Object.values(deals), MAKERS, operators);
	});

	step('slots are sold out of the same channels, and paid', async () => {
		await access.sells(SOON);
		await buy();
		const from = await now();
		const earlier = await wealth(chain, access.payee);
		for (const id of Object.values(channels)) await payer.close(id);
		await waitFor('the channels are closed', 2 * SOON, async () => {
			const open = await Promise.all(Object.values(channels).map((id) => chain.query.channels.channels(id)));
			return open.every((channel) => channel.isNone);
		});
		const events = await history(chain, from + 1, await now());
		const of = (section, method) =>
			events.filter((event) => event.section === section && event.method === method).map(({ data }) => data);
		for (const [kind, id] of Object.entries(channels)) {
			const [closed] = of('channels', 'Closed').filter(({ channel }) => channel.eq(id));
			assert.equal(closed.paid.toBigInt(), paid[kind], `what the ${kind} channel paid`);
		}
		const fees = of('transactionPayment', 'TransactionFeePaid').filter(({ who }) => who.eq(access.payee.address));
		const cost = sum(fees.map(({ actualFee }) => actualFee.toBigInt()));
		assert.ok(cost > 0n, 'the server did not close them itself');
		assert.equal((await wealth(chain, access.payee)) - earlier, sum(Object.values(paid)) - cost);
	});

	step('a node that was away follows, and works for a new agreement', async () => {
		await restart();
		const head = await now();
		await waitFor('dave is in step', COMPILED, async () => (await best('dave').catch(() => 0)) >= head);
		assert.equal(await rpc('dave', 'chain_getBlockHash', over), await hashOf(over));

		const late = await registerIntermediary(chain, 'Eve//late', funder);
		const { block } = (await history(chain, head + 1, await now())).find(
			({ method, data }) => method === 'IntermediaryRegistered' && data.intermediary.eq(late),
		);
		const record = (await chain.query.registry.intermediaries(late)).unwrap();
		assert.equal(record.registered.toNumber(), block);

		const [deal] = await Deal.make(chain, users, [cast.draft(await now(), 3, ['alice', 'dave'])]);
		await deal.begin();
		await deal.feed([120, 121], NODES);
		await deal.settles([0, 1], SILENT);
		await deal.end();
		await addUp([deal], MAKERS, operators);
	});

	step('nobody was started again, and nobody complained for longer than that', async () => {
		assert.deepEqual(await processes(), running);
		assert.equal(lost, 0, 'the connection was lost');
		for (const name of NODES) {
			const said = await readLog(name);
			assert.ok(said.some(({ level }) => level === 'DEBUG'), `${name} says nothing`);
			const errors = said.filter(({ level }) => level === 'ERROR').map(({ text }) => text);
			const wrong = errors.filter((text) => !(Number(EXPECTED.exec(text)?.[1]) < over));
			assert.deepEqual(wrong, [], `what ${name} complains of`);
		}
	});

	/** What a node has said. */
	async function readLog(name) {
		const texts = await Promise.all(logs(name).map((path) => readFile(path, 'utf8').catch(() => '')));
		const lines = texts.flatMap((text) => text.split('\n'));
		const found = lines.map((line) => LINE.exec(line)).filter((match) => match !== null);
		return found.map(([, level, text]) => ({ level, text }));
	}
});
