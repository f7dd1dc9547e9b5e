// Faults on a real network: an intermediary that lies, with a spare and without, one that is killed at every step of
// the protocol, one that never comes back, one whose clock is wrong, and a network that is cut in two. After each, all
// windows have settled, whatever was disputed, or the first one if the agreement ends with a liar; and the money adds
// up.
//
// Run by scripts/network.sh with zombienet/faults.toml, as scripts/test.sh does.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addUp } from './lib/audit.mjs';
import { Cast, MAKERS, NODES } from './lib/cast.mjs';
import { blockNumber, connect, eventually, waitFor } from './lib/chain.mjs';
import { Deal } from './lib/deal.mjs';
import { Log, isUp, lying, part, reboot } from './lib/faults.mjs';
import { SOON, best, crash, finalized, rpc, urls } from './lib/network.mjs';
import { Steps } from './lib/steps.mjs';

/**
 * How many blocks intermediaries have to answer, no more than the chain asks for, and the most that a dispute between two
 * may last: eight stages, and a few blocks until somebody asks for the verdict.
 */
const ANSWER = 24;
const LONGEST = 8 * ANSWER + 5;
/** How long until what waits for a node that was started again has settled: it listens for more than a minute; in seconds. */
const BACK = 2 * SOON + 15;
/** How long until members that do not answer have been complained of, and judged; in seconds. */
const DISPUTED = 4 * ANSWER * 2 + SOON;
/** How long the network is cut in two. Shorter than intermediaries have to answer. */
const CUT_MS = 14_000;
const CUT_ANSWER = 30;
const HOUR_MS = 3_600_000;

/** What the worker logs at each step of the round that ends with a window. */
const step = {
	computed: (window) => new RegExp(`window ${window} computed`),
	revealed: (window) => new RegExp(`windows \\d+\\.\\.${window + 1} revealed`),
	settling: (window) => new RegExp(`windows \\d+\\.\\.${window + 1}: all agree, settling`),
};

describe('on a network with faults', { timeout: 3_000_000 }, () => {
	let chain;
	let alice;
	/** Dave's node is the one that has faults. */
	const cast = new Cast(6);
	const { users, ids, operators } = cast;
	let deals;
	const steps = new Steps();

	before(async () => {
		[chain, alice] = await Promise.all([connect(urls.charlie), connect(urls.alice)]);
		await cast.register(chain);
		deals = await makeDeals();
	});

	after(() => Promise.all([chain, alice].map((api) => api?.disconnect())));

	/** An agreement for each test: who computes for whom, and who is the insurer's spare. */
	async function makeDeals() {
		const lines = {
			lies: ['alice', 'dave', 'charlie'],
			rules: ['alice', 'dave'],
			dies: ['alice', 'dave'],
			vanishes: ['alice', 'dave', 'charlie'],
			errs: ['alice', 'dave'],
			parts: ['alice', 'bob'],
		};
		const now = await blockNumber(chain);
		const names = Object.keys(lines);
		const drafts = names.map((name, lock) => {
			const answer = name === 'parts' ? CUT_ANSWER : ANSWER;
			// They come one after the other.
			const draft = cast.draft(now, lock, lines[name], { answer, endsAt: now + 1_800 });
			if (name === 'rules') draft.terms.onFailure = 'Judge';
			return draft;
		});
		const made = await Deal.make(chain, users, drafts);
		return Object.fromEntries(names.map((name, i) => [name, made[i]]));
	}

	/** A test about a deal, which ends with the deal and its accounts. One that fails leaves nodes as they are. */
	const scenario = (name, which, body) =>
		steps.take(name, async () => {
			const deal = deals[which];
			await deal.begin();
			await body(deal);
			await deal.end();
			isInTime(deal);
			await addUp([deal], MAKERS, operators);
		});

	/** Checks that no dispute has lasted longer than it may. */
	function isInTime({ events }) {
		const disputes = events.filter(({ section }) => section === 'disputes');
		for (const opened of disputes.filter(({ method }) => method === 'Opened')) {
			const closed = disputes.find(
				({ block, method, data }) =>
					method === 'Judged' && block >= opened.block && data.first.eq(opened.data.first),
			);
			assert.ok(closed, `the dispute about the round from window ${opened.data.first} on is not closed`);
			assert.ok(closed.block - opened.block <= LONGEST, 'the dispute lasted too long');
		}
	}

	/** What an intermediary has at stake, by its node's name. */
	const bond = async (name) =>
		(await chain.query.registry.intermediaries(ids[name])).unwrap().bond.toBigInt();
	const bonds = () => Promise.all(NODES.map(bond));

	/** Waits for the spare in the place of Dave, who is not bound any more. */
	const stepsIn = async (deal) => {
		const { data } = await deal.event('agreements', 'RosterChanged', SOON);
		assert.deepEqual(data.roster.members.map((id) => id.toNumber()), [ids.alice, ids.charlie]);
		assert.equal(data.roster.number.toNumber(), 1);
		const released = deal.of('agreements', 'Released').map(({ data }) => data.intermediary.toNumber());
		assert.deepEqual(released, [ids.dave]);
		assert.ok((await chain.query.registry.bindings(ids.dave, deal.id)).isNone, 'Dave is still liable');
	};

	scenario('a liar is convicted, and its spare steps in', 'lies', async (deal) => {
		const before = await bond('dave');
		await reboot('dave', { options: await lying() });
		await isUp('dave', 3);
		await deal.feed([600], NODES);
		const { data } = await deal.event('disputes', 'Convicted', DISPUTED);
		assert.equal(data.intermediary.toNumber(), ids.dave);
		assert.equal(data.fault.toString(), 'WrongResult');
		await stepsIn(deal);

		// It pays for the dispute, and what is left of the penalty goes to others: no more in all.
		assert.equal(deal.of('disputes', 'Convicted').length, 1);
		assert.equal(before - (await bond('dave')), deal.terms.penalty);
		const [{ data: borne }] = deal.of('disputes', 'Borne');
		assert.deepEqual(borne.shares.map(([who]) => who.toJSON()), [{ intermediary: ids.dave }]);
		// The trees of both were opened, until it was known which window to show.
		const opened = deal.of('disputes', 'LaidOpen').map(({ data }) => data.intermediary.toNumber());
		assert.deepEqual(new Set(opened), new Set([ids.alice, ids.dave]));
		const shown = deal.of('disputes', 'Shown').map(({ data }) => [data.window.toNumber(), data.result.toJSON()]);
		assert.deepEqual(shown, [[0, 600]]);

		// The window is not lost: all commit anew.
		await deal.feed([700, 800], NODES);
		await deal.settles([0, 1, 2], DISPUTED);
	});

	/** Dave still lies. */
	scenario('what the chain finds settles although the liar was all that its user had', 'rules', async (deal) => {
		const before = await bond('dave');
		await deal.feed([500, 501], NODES);
		const { data } = await deal.event('disputes', 'Convicted', DISPUTED);
		assert.equal(data.intermediary.toNumber(), ids.dave);
		assert.equal(data.fault.toString(), 'WrongResult');
		// It rules on the first window alone, and the agreement ends with the liar.
		await deal.settles([0], SOON);
		const [{ data: ended }] = deal.of('agreements', 'Ended');
		assert.equal(ended.reason.toString(), 'Failure');
		assert.ok((await deal.phase()).isEnded, 'the agreement goes on');

		// Nobody has signed it.
		const rounds = await chain.query.agreements.rounds.entries(deal.id);
		assert.deepEqual(rounds.map(([, round]) => round.unwrap().proof.toHex()), [`0x${'00'.repeat(32)}`]);
		// The bond pays for it with the dispute, and who was wrong is not rewarded.
		const settled = deal.of('agreements', 'Settled').map(({ data }) => data.cost.toNumber());
		assert.deepEqual(settled, [0]);
		const [{ data: borne }] = deal.of('disputes', 'Borne');
		assert.deepEqual(borne.shares.map(([who]) => who.toJSON()), [{ intermediary: ids.dave }]);
		assert.equal(before - (await bond('dave')), deal.terms.penalty);
		const rewarded = deal.of('agreements', 'Rewarded').map(({ data }) => data.intermediary.toNumber());
		assert.deepEqual(rewarded, [ids.alice]);
	});

	scenario('one that is killed at every step comes back', 'dies', async (deal) => {
		await reboot('dave');
		const log = await Log.of('dave');
		const killedWhen = async (pattern) => {
			await log.until(pattern, BACK);
			await reboot('dave');
			await isUp('dave', 3);
			await deal.deliver('dave');
		};
		await isUp('dave', 3);
		await deal.feed([60], NODES);
		await killedWhen(step.computed(0));
		await deal.feed([61], NODES);
		await killedWhen(step.revealed(1));
		const all = () => [...deal.expected.keys()];
		await deal.settles(all(), BACK);
		// Members take turns to lead, and whoever leads submits first: until it is the second one's.
		for (const DAVE = 1; (await deal.leader()) !== DAVE; ) {
			await deal.feed([62], NODES);
			await deal.settles(all(), BACK);
		}
		await deal.feed([63], NODES);
		await killedWhen(step.settling(all().at(-1)));
		await deal.settles(all(), BACK);

		// It is away until a dispute is open, and killed again before it has answered.
		const restart = await crash('dave');
		await deal.feed([64], ['alice', 'bob', 'charlie']);
		await deal.event('disputes', 'Opened', DISPUTED);
		await restart();
		await isUp('dave', 3);
		await deal.deliver('dave');
		await killedWhen(step.computed(all().at(-1)));
		await deal.settles(all(), DISPUTED);
		assert.deepEqual(deal.settled(), all(), 'none settles twice');
		assert.deepEqual([...deal.of('disputes', 'Convicted'), ...deal.of('disputes', 'Absent')], []);
		await log.close();
	});

	let restart;
	scenario('the spare of one that never comes back steps in', 'vanishes', async (deal) => {
		const before = await bonds();
		restart = await crash('dave');
		await deal.feed([90, 91, 92], ['alice', 'bob', 'charlie']);
		const { data } = await deal.event('disputes', 'Absent', DISPUTED);
		assert.equal(data.intermediary.toNumber(), ids.dave);
		await stepsIn(deal);
		await deal.settles([0, 1, 2], DISPUTED);
		assert.deepEqual(deal.of('disputes', 'Convicted'), []);
		const fee = data.fee.toBigInt();
		assert.equal(fee, deal.terms.absenceFee);
		const after = before.map((bond, i) => (NODES[i] === 'dave' ? bond - fee : bond));
		assert.deepEqual(await bonds(), after, 'an absence costs the absent a small fee');
	});

	/** How a node is started whose clock is off. */
	const clock = (off) => ({ under: ['faketime', '--exclude-monotonic', '-f', off] });

	scenario('one whose clock is an hour off computes like others, or is away', 'errs', async (deal) => {
		const log = await Log.of('dave');
		await restart(clock('+1h'));
		const line = await log.until(/Imported #/);
		const ahead = Date.parse(`${line.slice(0, 23).replace(' ', 'T')}Z`) - Date.now();
		assert.ok(ahead > HOUR_MS - 60_000, `the clock is off by only ${ahead} ms`);
		await isUp('dave', 3);
		// It was away for long, and says nothing before it has listened.
		await log.until(/listened for \d+ s/, BACK);
		await log.close();
		await deal.feed([120, 121, 122], NODES);
		await deal.settles([0, 1, 2], BACK);
		assert.deepEqual(deal.of('disputes', 'Opened'), []);

		// Behind, it takes every block for one of the future, and none in.
		await reboot('dave', clock('-1h'));
		const stuck = await eventually('Dave answers', SOON, () => best('dave').catch(() => undefined));
		await deal.feed([123], ['alice', 'bob', 'charlie']);
		await deal.event('disputes', 'Opened', DISPUTED);
		assert.equal(await best('dave'), stuck, 'a block of the future was taken in');
		await reboot('dave');
		await isUp('dave', 3);
		await deal.deliver('dave');
		await deal.settles([0, 1, 2, 3], DISPUTED);
		assert.deepEqual([...deal.of('disputes', 'Convicted'), ...deal.of('disputes', 'Absent')], []);
	});

	scenario('two halves that are joined again agree', 'parts', async (deal) => {
		await deal.feed([30], NODES);
		await deal.settles([0], SOON);
		const join = await part(['alice', 'dave'], ['bob', 'charlie']);
		const cut = Math.max(...(await Promise.all(NODES.map(best))));
		await deal.feed([31, 32], NODES);
		await sleep(CUT_MS);

		// Each half makes blocks of its own, none of them final, and neither can settle.
		const own = ['alice', 'bob'].map((name) => rpc(name, 'chain_getBlockHash', cut + 1));
		const [one, other] = await Promise.all(own);
		assert.ok(one && other && one !== other, `blocks after the cut: ${one} and ${other}`);
		for (const api of [alice, chain]) assert.deepEqual([...(await deal.results(api)).keys()], [0]);
		for (const name of NODES) assert.ok((await finalized(name)) <= cut, 'a half finalizes');

		await join();
		await deal.settles([0, 1, 2], 2 * SOON);
		const head = await deal.now();
		for (const name of NODES) {
			await waitFor(`block ${head} is final at ${name}`, SOON, async () =>
				(await finalized(name)) >= head,
			);
		}
		const hashes = await Promise.all(NODES.map((name) => rpc(name, 'chain_getBlockHash', head)));
		assert.equal(new Set(hashes).size, 1, 'there is one chain');
		assert.deepEqual(deal.of('disputes', 'Convicted'), []);
	});
});
