// The smart lock on a network of three validators, of which two are its intermediaries. One of those is
// killed in the middle and comes back. Everything is read from the third, who has no part in it.
//
// Run by scripts/network.sh, as scripts/test.sh does.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './lib/built.mjs';
import { blockNumber, connect, history, sum, waitFor, wealth } from './lib/chain.mjs';
import { crash, scratch, urls } from './lib/network.mjs';
import { resultsOfRounds } from './lib/rounds.mjs';
import { durations, windows } from './lib/trips.mjs';

const TRIPS = join(import.meta.dirname, '../../examples/smart-lock/data/trips.csv');
const BIKES = 8;
/** How many results settle before an intermediary is killed, and for how long it is away. */
const RESULTS_BEFORE_CRASH = 10;
const OUTAGE_MS = 15_000;

/** Runs the example. Ends with its exit code. */
function smartLock(out) {
	const options = ['--node', urls.alice, '--node', urls.bob, '--trips', TRIPS, '--bikes', BIKES];
	const example = spawn(program('smart-lock'), [...options, '--speed', 3_000, '--out', out].map(String), {
		stdio: ['ignore', 'inherit', 'inherit'],
	});
	const kill = () => example.kill('SIGKILL');
	process.once('exit', kill);
	return new Promise((resolve, reject) => {
		example.once('error', reject);
		example.once('exit', (code) => {
			process.removeListener('exit', kill);
			resolve(code);
		});
	});
}

describe('the smart lock', { timeout: 900_000 }, () => {
	let charlie;
	let report;
	const others = [];

	before(async () => {
		charlie = await connect(urls.charlie);
	});

	after(() => Promise.all([charlie, ...others].map((api) => api?.disconnect())));

	/** All results that are kept on chain: `[agreement and window, result]`. */
	const kept = async () => {
		const rounds = await charlie.query.agreements.rounds.entries();
		return rounds.flatMap(([{ args }, round]) =>
			resultsOfRounds([round.unwrap()]).map(([window, result]) => [`${args[0].toHex()} ${window}`, result]),
		);
	};

	const finalized = async (api) => {
		const header = await api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead());
		return header.number.toNumber();
	};

	test('comes to its end although an intermediary is killed', async () => {
		const out = scratch('smart-lock.json');
		let code;
		const run = smartLock(out).then((ended) => (code = ended));
		const settled = async () => (await kept()).length;
		await waitFor('the first results', 300, async () => {
			assert.equal(code, undefined, 'the example ended before anything could happen');
			return (await settled()) >= RESULTS_BEFORE_CRASH;
		});

		const restart = await crash('bob');
		console.log(`bob was killed when ${await settled()} results had settled`);
		await sleep(OUTAGE_MS);
		console.log(`${await settled()} results have settled; bob comes back`);
		await restart();

		assert.equal(await run, 0, 'the exit code of the example');
		report = JSON.parse(await readFile(out, 'utf8'));
		assert.equal(report.ok, true);
	});

	test('finality goes on, and all nodes agree', async () => {
		others.push(await connect(urls.alice), await connect(urls.bob));
		const head = await blockNumber(charlie);
		const hash = (await charlie.rpc.chain.getBlockHash(head)).toHex();
		for (const api of [charlie, ...others]) {
			await waitFor(`block ${head} is final`, 60, async () => (await finalized(api)) >= head);
			assert.equal((await api.rpc.chain.getBlockHash(head)).toHex(), hash);
		}
	});

	test('settles what the trip file says, all of it and nothing twice', async (context) => {
		if (!report) return context.skip('the example failed');
		const head = await finalized(charlie);
		const events = (await history(charlie, 1, head)).filter(({ section }) => section === 'agreements');
		const of = (method) => events.filter((event) => event.method === method);
		// After a dispute the roster has another number, but nobody has been replaced.
		for (const method of ['Unpaid', 'Ended', 'Released']) {
			assert.deepEqual(of(method), [], `nothing is ${method}`);
		}

		// The chain knows sensors, the trip file bicycles: the report tells which is which.
		const bikes = new Map(
			report.agreements.flatMap((row) => row.sensors.map((sensor, i) => [sensor, row.bikes[i]])),
		);
		const trips = await durations(TRIPS);
		const expected = new Map();
		const agreements = new Map();
		for (const [key, value] of await charlie.query.agreements.terms.entries()) {
			const [id, terms] = [key.args[0].toHex(), value.unwrap()];
			agreements.set(id, terms);
			const shape = { size: terms.window.size_.toNumber(), slide: terms.window.slide.toNumber() };
			const locks = terms.sensors.map(({ sensor }) => trips.get(bikes.get(sensor.toNumber())));
			windows(locks, shape).forEach((seconds, t) => expected.set(`${id} ${t}`, seconds));
		}
		assert.equal(agreements.size, BIKES + 1, 'one agreement per lock, and one for several');
		assert.ok(expected.size > 2 * RESULTS_BEFORE_CRASH);

		const settled = new Map();
		for (const { data } of of('Settled')) {
			for (const [window, result] of resultsOfRounds([data])) {
				const name = `${data.agreement.toHex()} ${window}`;
				assert.ok(!settled.has(name), `settled twice: ${name}`);
				settled.set(name, result);
			}
		}
		assert.ok(of('Settled').length < settled.size, 'no two windows settled at once');
		const sorted = (map) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
		assert.deepEqual(sorted(settled), sorted(expected));
		assert.deepEqual(sorted(await kept()), sorted(expected));

		// The money: from the block in which the last agreement came into force until now.
		const started = await charlie.at(await charlie.rpc.chain.getBlockHash(of('Activated').at(-1).block));
		const ended = await charlie.at(await charlie.rpc.chain.getBlockHash(head));
		const { users, reward, reaction } = [...agreements.values()][0];
		const { rate } = reaction[0].asTransfer.amount.asPerUnit;
		const paid = rate.toBigInt() * sum([...expected.values()]);
		const costs = of('PaidOut').map(({ data }) => data.fees.toBigInt());
		const bore = (index) => sum(of('Charged').map(({ data }) => data.shares[index].toBigInt()));
		const rewards = ({ intermediaries }) =>
			reward.toBigInt() * BigInt(intermediaries.length * expected.size);
		const change = async ({ user }) => {
			const account = { address: user.toString() };
			return (await wealth(ended, account)) - (await wealth(started, account));
		};
		const [rental, insurer] = users;
		// The fees of a payout are shared equally; the first takes what cannot be shared.
		assert.equal(
			await change(insurer),
			paid - rewards(insurer) - sum(costs.map((cost) => cost / 2n)) - bore(1),
		);
		assert.equal(
			await change(rental),
			-paid - rewards(rental) - sum(costs.map((cost) => cost - cost / 2n)) - bore(0),
		);
	});
});
