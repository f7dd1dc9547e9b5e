// Bookkeeping: whether events explain every change of every balance, to the last unit.

import assert from 'node:assert/strict';
import { history } from './chain.mjs';

const sum = (amounts) => amounts.reduce((one, other) => one + other, 0n);

/** What each of `count` users bears of a total: equal shares, and the first what cannot be divided. */
function shares(total, count) {
	const share = total / BigInt(count);
	const first = total - share * BigInt(count - 1);
	return Array.from({ length: count }, (_, i) => (i === 0 ? first : share));
}

/** What the events of a deal's blocks explain, account by account. */
class Books {
	/** How much more or less each account has. */
	changes = new Map();
	/** What each intermediary advanced to show a window, and who has shown one to the end. */
	advances = new Map();
	shown = new Set();
	/** The fees in a block that block authors received, and those that somebody paid. */
	received = [];
	paid = [];

	/**
	 * `makers` are the accounts of block authors, `operators` those of intermediaries by their ids. Neither
	 * may be users of the deal.
	 */
	constructor({ terms }, makers, operators) {
		Object.assign(this, { terms, makers, operators });
		this.users = terms.users.map(({ user }) => user);
		this.members = terms.users.flatMap(({ intermediaries }) => intermediaries);
	}

	/** Enters what the events of one block explain. */
	enter(events) {
		for (const { section, method, data } of events) this[`${section}.${method}`]?.(data);
		const ordered = (fees) => fees.filter((fee) => fee > 0n).map(String).sort();
		assert.deepEqual(ordered(this.received), ordered(this.paid), 'block authors get what fees are paid');
		this.received = [];
		this.paid = [];
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
		this.advances.set(id, (this.advances.get(id) ?? 0n) + fee.toBigInt());
	}

	'agreements.Settled'({ cost }) {
		this.bear(shares(cost.toBigInt(), this.users.length));
	}

	'agreements.Charged'({ shares }) {
		this.bear(shares.map((share) => share.toBigInt()));
	}

	'agreements.Rewarded'({ intermediary, operator, amount }) {
		this.add(this.patron(intermediary.toNumber()), -amount.toBigInt());
		this.add(operator.toString(), amount.toBigInt());
	}

	'agreements.Paid'({ from, to, amount }) {
		this.add(from.toString(), -amount.toBigInt());
		this.add(to.toString(), amount.toBigInt());
	}

	'agreements.SteppedIn'({ failed, spare }) {
		this.members[this.members.indexOf(failed.toNumber())] = spare.toNumber();
	}

	'disputes.Shown'({ intermediary }) {
		this.shown.add(intermediary.toNumber());
	}

	/**
	 * A penalty gives back what others advanced to show the window, a tenth of the rest to their operators,
	 * and what is left to the users who did not name the liar. There is one liar here at a time.
	 */
	'disputes.Convicted'({ intermediary, taken }) {
		const liar = intermediary.toNumber();
		const honest = this.members.filter((id) => id !== liar);
		let left = taken.toBigInt();
		assert.equal(left, this.terms.penalty, 'what was taken from the bond');
		this.add(this.operators.get(liar), -left);
		const give = (who, amount) => {
			this.add(who, amount);
			left -= amount;
		};
		for (const id of honest.filter((id) => this.shown.has(id))) {
			give(this.operators.get(id), this.advances.get(id));
		}
		const each = left / 10n / BigInt(honest.length);
		honest.forEach((id) => give(this.operators.get(id), each));
		const harmed = this.users.filter((user) => user !== this.patron(liar));
		shares(left, harmed.length).forEach((share, i) => give(harmed[i], share));
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

	const books = new Books(deal, makers, operators);
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
