// Bookkeeping: whether events explain every change of every balance, to the last unit.

import assert from 'node:assert/strict';
import { history } from './chain.mjs';

const sum = (amounts) => amounts.reduce((one, other) => one + other, 0n);

/** What each of `count` users bears of a total: equal shares; of what cannot be divided, the first ones a unit. */
function shares(total, count) {
	const [share, undivided] = [total / BigInt(count), total % BigInt(count)];
	return Array.from({ length: count }, (_, i) => share + (BigInt(i) < undivided ? 1n : 0n));
}

/** What the events of a deal's blocks explain, account by account. */
class Books {
	/** How much more or less each account has. */
	changes = new Map();
	/** Who did not answer in time, or was proven wrong, in the dispute that is being closed. */
	absent = new Set();
	/** What was taken from bonds towards what disputes cost, and as a penalty, in a block. */
	charged = new Map();
	slashed = new Map();
	/** The fees in a block that block authors received, and those that somebody paid. */
	received = [];
	paid = [];

	/**
	 * `makers` are the accounts of block authors, `operators` those of intermediaries by their ids. Neither
	 * may be users of the deal. `prices` are what the deal costs, as the chain has it.
	 */
	constructor({ terms }, prices, makers, operators) {
		Object.assign(this, { terms, prices, makers, operators });
		this.users = terms.users.map(({ user }) => user);
		this.members = terms.users.flatMap(({ intermediaries }) => intermediaries);
	}

	/** Enters what the events of one block explain. */
	enter(events) {
		this.absent = new Set(
			events
				.filter(({ section, method }) => section === 'disputes' && method === 'Absent')
				.map(({ data }) => data.intermediary.toNumber()),
		);
		for (const { section, method, data } of events) this[`${section}.${method}`]?.(data);
		const ordered = (fees) => fees.filter((fee) => fee > 0n).map(String).sort();
		assert.deepEqual(ordered(this.received), ordered(this.paid), 'block authors get what fees are paid');
		this.received = [];
		this.paid = [];
		this.charged.clear();
		this.slashed.clear();
	}

	add(who, amount) {
		this.changes.set(who, (this.changes.get(who) ?? 0n) + amount);
	}

	/** The users bear their shares of a fee. */
	bear(shares) {
		shares.forEach((share, i) => this.add(this.users[i], -share));
		this.paid.push(sum(shares));
	}

	/** The user that named an intermediary, be it as a spare. */
	patron(id) {
		const { users } = this.terms;
		const names = ({ intermediaries, spares }) => [...intermediaries, ...spares].includes(id);
		return this.users[users.findIndex(names)];
	}

	'balances.Deposit'({ who, amount }) {
		if (!this.makers.includes(who.toString())) return;
		this.add(who.toString(), amount.toBigInt());
		this.received.push(amount.toBigInt());
	}

	'transactionPayment.TransactionFeePaid'({ who, actualFee }) {
		this.add(who.toString(), -actualFee.toBigInt());
		this.paid.push(actualFee.toBigInt());
	}

	'registry.Charged'({ intermediary, fee }) {
		const id = intermediary.toNumber();
		this.add(this.operators.get(id), -fee.toBigInt());
		this.paid.push(fee.toBigInt());
		this.charged.set(id, (this.charged.get(id) ?? 0n) + fee.toBigInt());
	}

	/** The owner of a sensor pays, out of the sensor's deposit, for the proof that it contradicts itself. */
	'registry.SensorSuspended'({ fee }) {
		this.add(this.users[0], -fee.toBigInt());
		this.paid.push(fee.toBigInt());
	}

	/**
	 * Of a penalty, a tenth goes to the operators of those who did not fail, and the rest to the users who did
	 * not name the liar. There is one liar here at a time.
	 */
	'registry.Slashed'({ intermediary, amount }) {
		const liar = intermediary.toNumber();
		let left = amount.toBigInt();
		this.slashed.set(liar, left);
		this.add(this.operators.get(liar), -left);
		const give = (who, part) => {
			this.add(who, part);
			left -= part;
		};
		const honest = this.members.filter((id) => id !== liar && !this.absent.has(id));
		const each = left / 10n / BigInt(honest.length);
		honest.forEach((id) => give(this.operators.get(id), each));
		const harmed = this.users.filter((user) => user !== this.patron(liar));
		const share = left / BigInt(harmed.length);
		const first = left - share * BigInt(harmed.length - 1);
		harmed.forEach((user, i) => give(user, i === 0 ? first : share));
	}

	'agreements.Settled'({ cost }) {
		this.bear(shares(cost.toBigInt(), this.users.length));
	}

	'agreements.Charged'({ shares }) {
		const parts = shares.map((share) => share.toBigInt());
		assert.equal(sum(parts), this.borne ?? 0n, 'what users bore');
		this.borne = undefined;
		this.bear(parts);
	}

	'agreements.Passed'() {
		this.bear(shares(this.prices.pass.toBigInt(), this.users.length));
	}

	'agreements.Retained'({ intermediary, operator, amount }) {
		this.add(this.patron(intermediary.toNumber()), -amount.toBigInt());
		this.add(operator.toString(), amount.toBigInt());
	}

	'agreements.Rewarded'({ intermediary, operator, amount }) {
		this.add(this.patron(intermediary.toNumber()), -amount.toBigInt());
		this.add(operator.toString(), amount.toBigInt());
	}

	'agreements.Paid'({ from, to, amount }) {
		this.add(from.toString(), -amount.toBigInt());
		this.add(to.toString(), amount.toBigInt());
	}

	'agreements.RosterChanged'({ roster }) {
		this.members = roster.members.map((id) => id.toNumber());
	}

	/** What a lie costs is no more than the penalty, whatever the dispute cost. */
	'disputes.Convicted'({ intermediary, taken }) {
		const liar = intermediary.toNumber();
		const parts = [this.charged, this.slashed].map((from) => from.get(liar) ?? 0n);
		assert.equal(taken.toBigInt(), sum(parts), 'what was taken from the bond');
		assert.equal(taken.toBigInt(), this.terms.penalty, 'what a lie costs');
	}

	/** An absence costs no more than the terms say. */
	'disputes.Absent'({ intermediary, fee }) {
		assert.equal(fee.toBigInt(), this.charged.get(intermediary.toNumber()) ?? 0n, 'what an absence took');
		assert.ok(fee.toBigInt() <= this.terms.absenceFee, 'what an absence costs');
	}

	/** What a dispute cost is borne by somebody, all of it: bonds and users, as other events tell. */
	'disputes.Borne'({ shares: borne }) {
		const by = (kind) => borne.filter(([who]) => who[`is${kind}`]).map(([, amount]) => amount.toBigInt());
		assert.equal(sum(by('Intermediary')), sum([...this.charged.values()]), 'what bonds bore');
		this.borne = sum(by('User'));
	}
}

/** What everybody has in a block, held or not, by account. */
async function balances(at) {
	const entries = await at.query.system.account.entries();
	const owned = new Map(
		entries.map(([key, { data }]) => [
			key.args[0].toString(),
			data.free.toBigInt() + data.reserved.toBigInt(),
		]),
	);
	const issuance = (await at.query.balances.totalIssuance()).toBigInt();
	assert.equal(sum([...owned.values()]), issuance, 'the total issuance is what everybody has');
	return { owned, issuance };
}

/** What agreements hold of an account in a block, by the reason. */
async function held(at, account) {
	const holds = await at.query.balances.holds(account);
	const ours = holds.filter(({ id }) => id.isAgreements);
	return Object.fromEntries(
		ours.map(({ id, amount }) => [id.asAgreements.toString(), amount.toBigInt()]),
	);
}

/** Checks that what a deal held of its users is no longer held, and nothing else was let go. */
async function isReleased(deal, before, after) {
	const { proposer, deposit, funds } = (await before.query.agreements.agreements(deal.id)).unwrap();
	for (const [i, { user }] of deal.terms.users.entries()) {
		const expected = { Escrow: 0n, Proposal: 0n, ...(await held(before, user)) };
		expected.Escrow -= funds[i].toBigInt();
		if (proposer.eq(user)) expected.Proposal -= deposit.toBigInt();
		const left = { Escrow: 0n, Proposal: 0n, ...(await held(after, user)) };
		assert.deepEqual(left, expected, `what agreements hold of ${user}`);
	}
}

/**
 * Adds up what a deal did to everybody's balance, from the block where it began until now that it is
 * forgotten. Nothing else may have moved money meanwhile, but for the fees of transactions.
 */
export async function addUp(deal, makers, operators) {
	const { api, from } = deal;
	const until = await deal.now();
	const state = async (block) => api.at(await api.rpc.chain.getBlockHash(block));
	const [first, last] = [await state(from), await state(until)];
	const [before, after] = [await balances(first), await balances(last)];
	assert.equal(after.issuance, before.issuance, 'the total issuance is constant');

	const { prices } = (await first.query.agreements.agreements(deal.id)).unwrap();
	const books = new Books(deal, prices, makers, operators);
	const events = await history(api, from + 1, until);
	for (let block = from + 1; block <= until; block += 1) {
		books.enter(events.filter((event) => event.block === block));
	}
	const unexplained = [...new Set([...before.owned.keys(), ...after.owned.keys()])]
		.map((who) => {
			const change = (after.owned.get(who) ?? 0n) - (before.owned.get(who) ?? 0n);
			return { who, unexplained: change - (books.changes.get(who) ?? 0n) };
		})
		.filter(({ unexplained }) => unexplained !== 0n);
	assert.deepEqual(unexplained, [], 'events explain every change of every balance');
	await isReleased(deal, first, last);
}
