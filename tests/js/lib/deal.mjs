// An agreement with a lock of its own, from its first message to its end.

import assert from 'node:assert/strict';
import { blockNumber, eventually, history, send, waitFor } from './chain.mjs';
import { rpc } from './network.mjs';
import { outcomesOfRounds, resultsOfRounds } from './rounds.mjs';

/** When locks began to say something: a moment that no clock of today has anything to do with. */
const START = 1_550_000_000_000;

export class Deal {
	/**
	 * Agreements between the users `rental` and `insurer`, made at once: one for each of `drafts`, which are
	 * terms and the device that they are about.
	 */
	static async make(api, { rental, insurer }, drafts) {
		const propose = drafts.map(({ terms }) => api.tx.agreements.propose(terms));
		const events = await send(api, api.tx.utility.batchAll(propose), rental);
		const proposed = events.filter(({ method }) => method === 'Proposed');
		const deals = proposed.map(({ data }, i) => {
			return new Deal(api, data.agreement.toHex(), { rental, insurer }, drafts[i]);
		});
		const sign = deals.map(({ id }) => api.tx.agreements.sign(id));
		await send(api, api.tx.utility.batchAll(sign), insurer);
		return deals;
	}

	constructor(api, id, users, { terms, device }) {
		Object.assign(this, { api, id, users, terms, device });
		/** All that the lock has said. */
		this.messages = [];
		/** What each window must come to. */
		this.expected = [];
		this.time = START;
	}

	/** Begins to take note of events. */
	async begin() {
		this.from = await this.now();
		this.read = this.from;
		this.events = [];
	}

	/** The number of the best block. */
	now() {
		return blockNumber(this.api);
	}

	/** The lock was open for so many seconds, one window after the other. It tells these nodes. */
	async feed(seconds, names) {
		for (const open of seconds) {
			this.messages.push(this.device.turn(this.api, this.time, false));
			this.time += open * 1000;
			this.messages.push(this.device.turn(this.api, this.time, true));
			this.expected.push(BigInt(open));
		}
		await Promise.all(names.map((name) => this.deliver(name)));
	}

	/**
	 * Hands to a node what it lacks of the lock's messages, as a lock does whose node was away. A node that
	 * has not heard of the agreement yet is asked again. Peers may have been faster.
	 */
	async deliver(name) {
		const head = await eventually(`${name} knows the agreement`, 20, () =>
			rpc(name, 'sensor_head', this.device.sensor).then(Number, () => undefined),
		);
		const missing = this.messages.slice(head);
		if (missing.length === 0) return;
		const receipts = await rpc(name, 'sensor_submit', missing);
		const taken = receipts.every(({ status }) => ['accepted', 'duplicate'].includes(status));
		assert.ok(taken, `${name} does not take messages: ${JSON.stringify(receipts)}`);
	}

	/** Takes note of the events until now, without those about other agreements. */
	async news() {
		const head = await this.now();
		const fresh = await history(this.api, this.read + 1, head);
		this.read = head;
		this.events.push(...fresh.filter(({ data }) => data.agreement?.eq(this.id) ?? true));
	}

	/** The events of a kind, as of the latest news. */
	of(section, method) {
		return this.events.filter((event) => event.section === section && event.method === method);
	}

	/** Waits for an event about the agreement: the first of its kind. */
	event(section, method, seconds) {
		return eventually(`${section}.${method}`, seconds, async () => {
			await this.news();
			return this.of(section, method)[0];
		});
	}

	/** The results that are kept on chain, by window, as the node behind `api` sees them. */
	async results(api = this.api) {
		const entries = await api.query.agreements.rounds.entries(this.id);
		return new Map(resultsOfRounds(entries.map(([, value]) => value.unwrap())));
	}

	/** The place of the member that leads the next round: they take turns, and after a dispute the next one does. */
	async leader() {
		const { progress, roster } = (await this.api.query.agreements.agreements(this.id)).unwrap();
		return (progress.rounds.toNumber() + roster.number.toNumber()) % roster.members.length;
	}

	/** The windows that have settled, in the order in which events told of them, as of the latest news. */
	settled() {
		const rounds = this.of('agreements', 'Settled').map(({ data }) => data);
		return outcomesOfRounds(rounds).map(([window]) => window);
	}

	/** Waits until these windows have settled, rightly, and until no dispute is open. */
	async settles(windows, seconds) {
		await waitFor(`windows ${windows} settle`, seconds, async () => {
			const results = await this.results();
			return windows.every((window) => results.has(window));
		});
		await waitFor('no dispute is open', 120, async () =>
			(await this.api.query.disputes.disputes(this.id)).isNone,
		);
		await this.news();
		const right = windows.map((window) => [window, this.expected[window]]);
		assert.deepEqual([...(await this.results())].sort(([one], [other]) => one - other), right);
	}

	/** How far the agreement is in its life. */
	async phase() {
		return (await this.api.query.agreements.agreements(this.id)).unwrap().phase;
	}

	/** Ends the agreement by consent, unless it has ended by itself, and has everything about it forgotten. */
	async end() {
		const { agreements } = this.api.tx;
		const users = Object.values(this.users);
		const { answer, signBy } = this.terms.limits;
		if ((await this.phase()).isActive) {
			await Promise.all(users.map((user) => send(this.api, agreements.consentToEnd(this.id), user)));
			// The round that is open could still settle.
			const last = (await this.phase()).asActive.ends.toNumber() + answer;
			await waitFor('it can be closed', 2 * answer + 30, async () => (await this.now()) > last);
			await send(this.api, agreements.close(this.id), users[0]);
		}
		await waitFor('nobody can sign any more', 60, async () => (await this.now()) > signBy);
		await send(this.api, agreements.forget(this.id), users[0]);
		assert.ok((await this.api.query.agreements.terms(this.id)).isNone, 'it is not forgotten');
		await this.news();
	}
}
