// What it costs in time that whoever leads is killed once a minute: its node is started again at once, no window is lost,
// nobody is absent, and hardly any window settles later than others.
//
// Run by scripts/network.sh with zombienet/faults.toml, as scripts/test-all.sh does. MINUTES says for how long.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addUp } from './lib/audit.mjs';
import { Cast, MAKERS } from './lib/cast.mjs';
import { blockNumber, connect, waitFor } from './lib/chain.mjs';
import { Deal } from './lib/deal.mjs';
import { isUp, reboot } from './lib/faults.mjs';
import { SOON, urls } from './lib/network.mjs';
import { outcomesOfRounds } from './lib/rounds.mjs';

const MINUTES = Number(process.env.MINUTES ?? 10);
/** How often the lock says enough for a window: every second block. */
const WINDOW_MS = 4_000;
const MINUTE_MS = 60_000;
/** How many blocks may pass from a window's last message to its settlement, for 95 of 100 windows. */
const MOST_BLOCKS = 4;
/** The members, in the order of the terms. */
const MEMBERS = ['alice', 'dave'];

let chain;
const cast = new Cast(1);

before(async () => {
	chain = await connect(urls.charlie);
	await cast.register(chain);
});

after(() => chain?.disconnect());

/** The value below which so many of a hundred lie. */
const percentile = (values, percent) =>
	values.toSorted((one, other) => one - other)[Math.ceil((values.length * percent) / 100) - 1];

/** Brings the lock's messages to a node, again and again as long as `goesOn`, as a lock does whose node is away at times. */
async function carry(deal, name, goesOn) {
	while (goesOn()) {
		await deal.deliver(name).catch(() => undefined);
		await sleep(100);
	}
}

test('who leads is killed every minute', { timeout: (MINUTES + 10) * MINUTE_MS }, async () => {
	const now = await blockNumber(chain);
	const draft = cast.draft(now, 0, MEMBERS, { answer: 24, endsAt: now + 1_800 });
	const [deal] = await Deal.make(chain, cast.users, [draft]);
	await deal.begin();
	let goesOn = true;
	const carriers = MEMBERS.map((name) => carry(deal, name, () => goesOn));
	// The first window waits for members that have not heard of the agreement yet.
	await deal.feed([59], []);
	await waitFor('the first window settles', SOON, async () => (await deal.results()).has(0));

	/** The block that was the best one when all of a window was said. */
	const said = [];
	const end = Date.now() + MINUTES * MINUTE_MS;
	let kills = 0;
	let killing;
	for (let next = Date.now() + MINUTE_MS / 2; Date.now() < end; ) {
		await deal.feed([60 + said.length], []);
		said.push(await deal.now());
		if (Date.now() >= next) {
			next += MINUTE_MS;
			kills += 1;
			killing = reboot(MEMBERS[await deal.leader()]);
		}
		await Promise.all([killing, sleep(WINDOW_MS)]);
	}
	const last = said.length;
	await waitFor('the last window settles', 2 * SOON, async () => (await deal.results()).has(last));
	goesOn = false;
	await Promise.all(carriers);
	for (const name of MEMBERS) await isUp(name, 3);

	await deal.news();
	const settled = deal.of('agreements', 'Settled').flatMap(({ block, data }) =>
		outcomesOfRounds([data]).map(([window, outcome]) => ({ window, outcome, block })),
	);
	assert.deepEqual(settled.map(({ outcome }) => outcome), deal.expected, 'each window settles once, and rightly');
	for (const what of ['Convicted', 'Absent']) assert.deepEqual(deal.of('disputes', what), []);
	const blocks = settled.slice(1).map(({ block }, i) => block - said[i]);
	const [median, most] = [50, 95].map((percent) => percentile(blocks, percent));
	const opened = deal.of('disputes', 'Opened').length;
	console.log(`${kills} kills, ${blocks.length} windows, ${opened} disputes: after ${median} blocks, 95 % after ${most}`);
	console.log(`blocks: ${blocks.join(' ')}`);
	await deal.end();
	await addUp([deal], MAKERS, cast.operators);
	assert.ok(most <= MOST_BLOCKS, `95 % settle after ${most} blocks`);
});
