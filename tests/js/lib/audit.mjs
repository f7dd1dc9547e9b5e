// Bookkeeping: whether events explain every change of every balance, to the last unit.

import assert from 'node:assert/strict';
import { history, sum } from './chain.mjs';
import { costsOf, outcomesIn } from './rounds.mjs';

/** What each of `count` users bears of a total: equal shares; of what cannot be divided, the first ones a unit. */
function shares(total, count) {
	const [share, undivided] = [total / BigInt(count), total % BigInt(count)];
	return Array.from({ length: count }, (_, i) => share + (BigInt(i) < undivided ? 1n : 0n));
}

/** The page of a deal: its terms and prices, who proposed it, who works for it, and what is known of the block in hand. */
class Page {
	/** The fees of the rounds that have settled and that nobody has paid. */
	fees = 0n;
	rounds = 0;

	constructor(terms, { prices, proposer }) {
		Object.assign(this, { terms, prices, proposer: proposer.toString() });
		this.members = terms.users.flatMap(({ intermediaries }) => intermediaries);
		this.turn();
	}

	/** Begins another block. */
	turn() {
		/** Who did not answer in time, and who was proven wrong, in the dispute that is being closed. */
		this.absent = new Set();
		this.convicted = new Set();
		/** Whether the chain has ruled on a window that is not paid for yet. */
		this.ruled = false;
		/** What was taken from bonds towards what disputes cost, and as a penalty, in a block. */
		this.charged = new Map();
		this.slashed = new Map();
	}

	/** The user that named an intermediary, be it as a spare. */
	patron(id) {
		const names = ({ intermediaries, spares }) => [...intermediaries, ...spares].includes(id);
		return this.terms.users.find(names).user;
	}
}

/** What the events of the deals' blocks explain, account by account. */
class Audit {
	/** How much more or less each account has. */
	changes = new Map();
	/** The fees in a block that block authors received, and those that somebody paid. */
	received = [];
	paid = [];

	/**
	 * `makers` are the accounts of block authors, `operators` those of intermediaries by their ids. Neither
	 * may be users of the deals, all of which have the same. `stored` is what the chain knew of each deal in the beginning, and
	 * `kept` the price of the root that stays when one is forgotten.
	 */
	constructor(deals, stored, kept, makers, operators) {
		Object.assign(this, { kept, makers, operators });
		this.users = deals[0].terms.users.map(({ user }) => user);
		this.pages = new Map(deals.map(({ id, terms }, i) => [id, new Page(terms, stored[i])]));
		for (const { terms } of deals) {
			assert.deepEqual(terms.users.map(({ user }) => user), this.users, 'all deals have the same users');
		}
	}

	/** The page of the deal that an event is about. */
	of(agreement) {
		const page = this.pages.get(agreement.toHex());
		assert.ok(page, `nobody adds up ${agreement.toHex()}`);
		return page;
	}

	/** Enters what the events of one block explain. */
	enter(events) {
		for (const { section, method, data } of events) {
			if (section !== 'disputes' || method !== 'Absent') continue;
			this.of(data.agreement).absent.add(data.intermediary.toNumber());
		}
		for (const { section, method, data } of events) this[`${section}.${method}`]?.(data);
		const ordered = (fees) => fees.filter((fee) => fee > 0n).map(String).sort();
		assert.deepEqual(ordered(this.received), ordered(this.paid), 'block authors get what fees are paid');
		this.received = [];
		this.paid = [];
		for (const page of this.pages.values()) page.turn();
	}

	add(who, amount) {
		this.changes.set(who, (this.changes.get(who) ?? 0n) + amount);
	}

	/** The users bear their shares of a fee. */
	bear(shares) {
		shares.forEach((share, i) => this.add(this.users[i], -share));
		this.paid.push(sum(shares));
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

	'registry.Charged'({ agreement, intermediary, fee }) {
		const [id, { charged }] = [intermediary.toNumber(), this.of(agreement)];
		this.add(this.operators.get(id), -fee.toBigInt());
		this.paid.push(fee.toBigInt());
		charged.set(id, (charged.get(id) ?? 0n) + fee.toBigInt());
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
	'registry.Slashed'({ agreement, intermediary, amount }) {
		const [liar, page] = [intermediary.toNumber(), this.of(agreement)];
		let left = amount.toBigInt();
		page.slashed.set(liar, left);
		this.add(this.operators.get(liar), -left);
		const give = (who, part) => {
			this.add(who, part);
			left -= part;
		};
		const honest = page.members.filter((id) => id !== liar && !page.absent.has(id));
		const each = left / 10n / BigInt(honest.length);
		honest.forEach((id) => give(this.operators.get(id), each));
		const harmed = this.users.filter((user) => user !== page.patron(liar));
		const share = left / BigInt(harmed.length);
		const first = left - share * BigInt(harmed.length - 1);
		harmed.forEach((user, i) => give(user, i === 0 ? first : share));
	}

	/**
	 * A round costs what was agreed on, and more for each further result. It is paid for later. A window on which the
	 * chain rules is a part of what the dispute cost.
	 */
	'agreements.Settled'({ agreement, number, outcomes, cost }) {
		const page = this.of(agreement);
		assert.equal(number.toNumber(), page.rounds, 'rounds are counted');
		page.rounds += 1;
		page.fees += cost.toBigInt();
		if (!cost.isZero()) {
			assert.ok(costsOf(page.prices, outcomes).includes(cost.toBigInt()), 'what a round costs');
			return;
		}
		assert.equal(page.terms.onFailure, 'Judge', 'the terms let the chain rule');
		assert.ok(page.convicted.size > 0, 'somebody is proven wrong');
		const all = outcomesIn(outcomes);
		assert.equal(all.length, 1, 'the chain rules on one window');
		page.ruled = all[0] !== null;
	}

	/** What is paid are the fees of all rounds since the last time, and that of the payout if a settlement brings it about. */
	'agreements.PaidOut'({ agreement, fees }) {
		const page = this.of(agreement);
		const payout = fees.toBigInt() - page.fees;
		assert.ok(payout === 0n || payout === page.prices.payout.toBigInt(), 'what a payout costs');
		page.fees = 0n;
		page.ruled = false;
		this.bear(shares(fees.toBigInt(), this.users.length));
	}

	/** The root of what has settled stays, at the expense of whoever proposed the agreement. */
	'agreements.Removed'({ agreement }) {
		const { proposer, rounds } = this.of(agreement);
		if (rounds === 0) return;
		this.add(proposer, -this.kept);
		this.paid.push(this.kept);
	}

	'agreements.Charged'({ agreement, shares }) {
		const page = this.of(agreement);
		const parts = shares.map((share) => share.toBigInt());
		assert.equal(sum(parts), page.borne ?? 0n, 'what users bore');
		page.borne = undefined;
		this.bear(parts);
	}

	'agreements.Retained'({ agreement, intermediary, operator, amount }) {
		this.add(this.of(agreement).patron(intermediary.toNumber()), -amount.toBigInt());
		this.add(operator.toString(), amount.toBigInt());
	}

	'agreements.Rewarded'({ agreement, intermediary, operator, amount }) {
		const [id, page] = [intermediary.toNumber(), this.of(agreement)];
		assert.ok(!page.ruled || !page.convicted.has(id), 'nobody is rewarded for what it was wrong about');
		this.add(page.patron(id), -amount.toBigInt());
		this.add(operator.toString(), amount.toBigInt());
	}

	'agreements.Paid'({ from, to, amount }) {
		this.add(from.toString(), -amount.toBigInt());
		this.add(to.toString(), amount.toBigInt());
	}

	'agreements.RosterChanged'({ agreement, roster }) {
		this.of(agreement).members = roster.members.map((id) => id.toNumber());
	}

	/** What a lie costs is no more than the penalty, whatever the dispute cost. */
	'disputes.Convicted'({ agreement, intermediary, taken }) {
		const [liar, page] = [intermediary.toNumber(), this.of(agreement)];
		page.convicted.add(liar);
		const parts = [page.charged, page.slashed].map((from) => from.get(liar) ?? 0n);
		assert.equal(taken.toBigInt(), sum(parts), 'what was taken from the bond');
		assert.equal(taken.toBigInt(), page.terms.penalty, 'what a lie costs');
	}

	/** An absence costs no more than the terms say. */
	'disputes.Absent'({ agreement, intermediary, fee }) {
		const { charged, terms } = this.of(agreement);
		assert.equal(fee.toBigInt(), charged.get(intermediary.toNumber()) ?? 0n, 'what an absence took');
		assert.ok(fee.toBigInt() <= terms.absenceFee, 'what an absence costs');
	}

	/** What a dispute cost is borne by somebody, all of it: bonds and users, as other events tell. */
	'disputes.Borne'({ agreement, shares: borne }) {
		const page = this.of(agreement);
		const by = (kind) => borne.filter(([who]) => who[`is${kind}`]).map(([, amount]) => amount.toBigInt());
		assert.equal(sum(by('Intermediary')), sum([...page.charged.values()]), 'what bonds bore');
		page.borne = sum(by('User'));
	}
}

/** What is in channels in a block, and on no account. */
async function inChannels(at) {
	const channels = (await at.query.channels.channels.entries()).map(([, channel]) => channel.unwrap());
	const held = ({ funds, paid, deposit }) => funds.toBigInt() - paid.toBigInt() + deposit.toBigInt();
	return sum(channels.map(held));
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
	const all = sum([...owned.values()]) + (await inChannels(at));
	assert.equal(all, issuance, 'the total issuance is what everybody has, and what is in channels');
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

/** Checks that what deals held of their users is no longer held, and nothing else was let go. */
async function areReleased(deals, before, after) {
	const stored = await Promise.all(deals.map(({ id }) => before.query.agreements.agreements(id)));
	for (const [i, { user }] of deals[0].terms.users.entries()) {
		const expected = { Escrow: 0n, Proposal: 0n, Storage: 0n, ...(await held(before, user)) };
		for (const { proposer, deposit, funds, prices } of stored.map((agreement) => agreement.unwrap())) {
			expected.Escrow -= funds[i].toBigInt();
			expected.Storage -= prices.storageShare.toBigInt();
			if (proposer.eq(user)) expected.Proposal -= deposit.toBigInt();
		}
		const left = { Escrow: 0n, Proposal: 0n, Storage: 0n, ...(await held(after, user)) };
		assert.deepEqual(left, expected, `what agreements hold of ${user}`);
	}
}

/**
 * Adds up what deals of the same users did to everybody's balance, from the block where the first began until now
 * that they are forgotten. Nothing else may have moved money meanwhile, but for the fees of transactions.
 */
export async function addUp(deals, makers, operators) {
	const [{ api }] = deals;
	const from = Math.min(...deals.map((deal) => deal.from));
	const until = await deals[0].now();
	const state = async (block) => api.at(await api.rpc.chain.getBlockHash(block));
	const [first, last] = [await state(from), await state(until)];
	const [before, after] = [await balances(first), await balances(last)];
	assert.equal(after.issuance, before.issuance, 'the total issuance is constant');

	const stored = await Promise.all(deals.map(({ id }) => first.query.agreements.agreements(id)));
	const known = stored.map((agreement) => agreement.unwrap());
	const begun = known.map(({ history: { count } }) => count.toNumber());
	assert.deepEqual(begun, deals.map(() => 0), 'nothing had settled in the beginning');
	const kept = api.consts.agreements.finalDeposit.toBigInt();
	const audit = new Audit(deals, known, kept, makers, operators);
	const events = await history(api, from + 1, until);
	for (let block = from + 1; block <= until; block += 1) {
		audit.enter(events.filter((event) => event.block === block));
	}
	const unexplained = [...new Set([...before.owned.keys(), ...after.owned.keys()])]
		.map((who) => {
			const change = (after.owned.get(who) ?? 0n) - (before.owned.get(who) ?? 0n);
			return { who, unexplained: change - (audit.changes.get(who) ?? 0n) };
		})
		.filter(({ unexplained }) => unexplained !== 0n);
	assert.deepEqual(unexplained, [], 'events explain every change of every balance');
	await areReleased(deals, first, last);
}
