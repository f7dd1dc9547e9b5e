// Payment channels through the eyes of polkadot.js, on a development chain whose node is a watchtower.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Keyring } from '@polkadot/api';
import { SYN } from './lib/agreement.mjs';
import { account, blockNumber, connect, find, history, outcomesOf, send, sum, waitFor, wealth } from './lib/chain.mjs';
import { Group, receipt, receiptHex } from './lib/channels.mjs';
import { DevNode } from './lib/node.mjs';
import { Steps } from './lib/steps.mjs';

const FUNDS = 20n * SYN;
/** The blocks that the watchtower leaves to others: the last but so many. */
const LAST_BLOCKS = 40;

/** A client, which has a key and nothing on the chain. */
const client = (name, type) => new Keyring({ type }).addFromUri(`//client//${name}`);

describe('payment channels', { timeout: 600_000 }, () => {
	let node;
	let api;
	const steps = new Steps();
	const step = steps.take;
	// Alice makes the blocks and gets the fees: she stays out of it.
	const [depositor, payee, stranger, other] = ['Bob', 'Charlie', 'Dave', 'Eve'].map(account);
	const meter = client('meter', 'ed25519');
	const members = ['sr25519', 'ed25519', 'ecdsa', 'ed25519', 'sr25519'].map((type, i) => client(i, type));
	const group = new Group(members);

	before(async () => {
		node = await DevNode.start('--watchtower', payee.address);
		api = await connect(node.url);
	});

	after(async () => {
		await api?.disconnect();
		await node?.stop(steps.failed);
	});

	const now = () => blockNumber(api);
	const deposit = () => api.consts.channels.channelDeposit.toBigInt();
	const stored = async (id) => (await api.query.channels.channels(id)).unwrapOr(undefined);
	const feeOf = (events) =>
		find(events, 'transactionPayment', 'TransactionFeePaid').actualFee.toBigInt();
	const totals = (...who) => Promise.all(who.map((one) => wealth(api, one)));
	const changes = (later, earlier) => later.map((amount, i) => amount - earlier[i]);

	/** Opens a channel that expires in so many blocks. */
	const open = async (payer, blocks, to = payee) => {
		const call = api.tx.channels.open(to.address, payer, FUNDS, (await now()) + blocks);
		const events = await send(api, call, depositor);
		const opened = find(events, 'channels', 'Opened');
		assert.equal(opened.depositor.toString(), depositor.address);
		assert.equal(opened.payee.toString(), to.address);
		return { id: opened.channel.toU8a(), fee: feeOf(events) };
	};

	const kinds = {
		direct: ['Direct', () => depositor],
		delegated: [{ Delegated: meter.addressRaw }, () => meter],
		group: [group.payer, (i) => members[i], (i) => group.membership(i)],
	};
	for (const [kind, [payer, signer, membership = () => null]] of Object.entries(kinds)) {
		step(`a ${kind} channel pays what its receipts say, to the unit`, async () => {
			const [redeem, close] = [api.tx.channels.redeem, api.tx.channels.close];
			const parties = [depositor, payee, stranger];
			const before = await totals(...parties);
			const { id, fee } = await open(payer, 1_000);
			const by = (i, amount) => receipt(api, signer(i), id, amount, membership(i));

			const redeemed = await send(api, redeem(by(1, 3n * SYN)), stranger);
			assert.equal(find(redeemed, 'channels', 'Redeemed').paid.toBigInt(), 3n * SYN);
			assert.equal((await stored(id)).paid.toBigInt(), 3n * SYN);
			const again = await send(api, redeem(by(4, 4n * SYN + 1n)), stranger);
			assert.equal(find(again, 'channels', 'Redeemed').paid.toBigInt(), 4n * SYN + 1n);

			const closed = await send(api, close(by(2, 5n * SYN)), payee);
			const { paid, returned } = find(closed, 'channels', 'Closed');
			assert.equal(paid.toBigInt(), 5n * SYN);
			assert.equal(returned.toBigInt(), FUNDS - 5n * SYN + deposit());
			assert.equal(await stored(id), undefined);
			assert.deepEqual(changes(await totals(...parties), before), [
				-5n * SYN - fee,
				5n * SYN - feeOf(closed),
				-feeOf(redeemed) - feeOf(again),
			]);
		});
	}

	step('each bad receipt is refused by name and changes nothing', async () => {
		const { id } = await open({ Delegated: meter.addressRaw }, 1_000);
		const { id: shared } = await open(group.payer, 1_000);
		const good = receipt(api, meter, id, 3n * SYN);
		await send(api, api.tx.channels.redeem(good), stranger);
		const image = async () => [(await stored(id)).toHex(), (await stored(shared)).toHex()];
		const before = [await image(), await totals(depositor, payee)];

		const over = (amount) => receipt(api, meter, id, amount);
		const member = (i, proof) => receipt(api, members[i], shared, SYN, proof);
		const proof = group.membership(1);
		const elsewhere = { genesisHash: api.registry.createType('Hash', `0x${'77'.repeat(32)}`) };
		const expected = [
			['forged', receipt(api, stranger, id, 4n * SYN), 'InvalidSignature'],
			['altered', { ...over(4n * SYN), receipt: { channel: id, amount: 5n * SYN } }, 'InvalidSignature'],
			['of another chain', receipt(elsewhere, meter, id, 4n * SYN), 'InvalidSignature'],
			[
				'of another channel',
				{ ...receipt(api, meter, shared, 4n * SYN), receipt: { channel: id, amount: 4n * SYN } },
				'InvalidSignature',
			],
			['of no channel', receipt(api, meter, new Uint8Array(32), SYN), 'UnknownChannel'],
			['replayed', good, 'Stale'],
			['stale', over(2n * SYN), 'Stale'],
			['overdrawn', over(FUNDS + 1n), 'Overdrawn'],
			['with a proof for nothing', { ...over(4n * SYN), membership: proof }, 'InvalidMembership'],
			['without proof', member(1, null), 'InvalidMembership'],
			["with another's proof", member(0, proof), 'InvalidSignature'],
			['at another place', member(1, { ...proof, index: 2 }), 'InvalidMembership'],
			['with half a proof', member(1, { ...proof, siblings: proof.siblings.slice(1) }), 'InvalidMembership'],
		];
		const calls = expected.map(([, bad]) => api.tx.channels.redeem(bad));
		const answers = await outcomesOf(api, stranger, calls);
		assert.deepEqual(
			answers.map((answer, i) => [expected[i][0], answer]),
			expected.map(([what, , name]) => [what, `channels.${name}`]),
		);
		assert.deepEqual(await outcomesOf(api, stranger, [api.tx.channels.close(over(4n * SYN))]), ['channels.NotPayee']);
		assert.deepEqual([await image(), await totals(depositor, payee)], before);

		// One bad receipt of many does not keep the others from being paid.
		const batch = [over(4n * SYN), receipt(api, stranger, shared, SYN)];
		const events = await send(api, api.tx.channels.closeBatch(batch), payee);
		assert.equal(find(events, 'channels', 'Closed').paid.toBigInt(), 4n * SYN);
		const { error } = find(events, 'channels', 'NotClosed');
		assert.equal(api.registry.findMetaError(error.asModule).name, 'InvalidMembership');
		await send(api, api.tx.channels.close(member(1, proof)), payee);
	});

	step('a depositor who asks to close gives the payee time', async () => {
		const { id } = await open({ Delegated: meter.addressRaw }, 100_000);
		assert.deepEqual(await outcomesOf(api, stranger, [api.tx.channels.requestClose(id)]), ['channels.NotDepositor']);
		const asked = await send(api, api.tx.channels.requestClose(id), depositor);
		const expires = find(asked, 'channels', 'CloseRequested').expires.toNumber();
		const left = expires - (await now());
		const period = api.consts.channels.closePeriod.toNumber();
		assert.ok(period - 5 < left && left <= period, `${left} blocks are left`);
		assert.deepEqual(await outcomesOf(api, depositor, [api.tx.channels.claim(id)]), ['channels.NotExpired']);
		const closed = await send(api, api.tx.channels.close(receipt(api, meter, id, FUNDS)), payee);
		assert.equal(find(closed, 'channels', 'Closed').returned.toBigInt(), deposit());
	});

	step('after expiry anybody gives the depositor the rest', async () => {
		const before = await totals(depositor, payee);
		const { id, fee } = await open({ Delegated: meter.addressRaw }, 8);
		await send(api, api.tx.channels.redeem(receipt(api, meter, id, SYN)), stranger);
		const { expires } = await stored(id);
		await waitFor('expiry', 60, async () => (await now()) >= expires.toNumber());
		const late = [
			api.tx.channels.redeem(receipt(api, meter, id, 2n * SYN)),
			api.tx.channels.close(receipt(api, meter, id, 2n * SYN)),
		];
		assert.deepEqual(await outcomesOf(api, stranger, late), ['channels.Expired', 'channels.NotPayee']);
		const claimed = await send(api, api.tx.channels.claim(id), stranger);
		assert.equal(find(claimed, 'channels', 'Closed').returned.toBigInt(), FUNDS - SYN + deposit());
		assert.deepEqual(changes(await totals(depositor, payee), before), [-SYN - fee, SYN]);
	});

	/** Hands a receipt over to the watchtower. What it answers, or with which words it refuses. */
	const watch = (bad) =>
		api.rpc.channels.watch(receiptHex(api, bad)).then(
			(until) => until.toNumber(),
			// The code goes before, and after it what to do.
			({ message }) => message.replace(/^\d+: /, '').replace(/: \{"retry":"\w+"\}$/, ''),
		);

	step('the watchtower takes good receipts only', async () => {
		const { id } = await open({ Delegated: meter.addressRaw }, 1_000);
		const { id: foreign } = await open({ Delegated: meter.addressRaw }, 1_000, other);
		const by = (signer, channel, amount) => watch(receipt(api, signer, channel, amount));
		assert.equal(await by(stranger, id, SYN), 'the signature does not verify');
		assert.equal(await by(meter, foreign, SYN), "the node does not watch for the channel's payee");
		assert.equal(await by(meter, new Uint8Array(32), SYN), 'there is no such channel');
		assert.equal(await by(meter, id, FUNDS + 1n), 'the receipt is for more than was put in');
		const expires = (await stored(id)).expires.toNumber();
		assert.equal(await by(meter, id, 2n * SYN), expires);
		assert.equal(await by(meter, id, 2n * SYN), expires);
		assert.equal(
			await by(meter, id, SYN),
			'as much has been paid, or a receipt for more was handed over',
		);
	});

	step('the watchtower has an absent payee paid', async (context) => {
		const { closePeriod, towerPeriod } = api.consts.channels;
		// One whose depositor asks to close, one that is about to expire, and one that has nothing to fear.
		const channels = [
			await open({ Delegated: meter.addressRaw }, 2 * closePeriod.toNumber()),
			await open(group.payer, LAST_BLOCKS + 8),
			await open('Direct', 2 * closePeriod.toNumber()),
		];
		const ids = channels.map(({ id }) => id);
		const amounts = [3n * SYN, 4n * SYN, 5n * SYN];
		const receipts = [
			receipt(api, meter, ids[0], amounts[0]),
			receipt(api, members[2], ids[1], amounts[1], group.membership(2)),
			receipt(api, depositor, ids[2], amounts[2]),
		];
		for (const one of receipts) assert.equal(typeof (await watch(one)), 'number');
		const from = await now();
		await send(api, api.tx.channels.requestClose(ids[0]), depositor);
		const before = await totals(depositor, payee);
		const ends = await Promise.all(ids.map(async (id) => (await stored(id)).expires.toNumber()));

		await waitFor('the rescues', 150, async () => {
			const found = await Promise.all(ids.slice(0, 2).map(stored));
			return found.every(({ paid }) => paid.toBigInt() > 0n);
		});
		const events = (await history(api, from, await now())).filter(({ section }) => section === 'channels');
		const charged = ids.slice(0, 2).map((id, i) => {
			const own = events.filter(({ data }) => data.channel?.eq(id));
			const { block, data } = own.find(({ method }) => method === 'Redeemed');
			assert.equal(data.paid.toBigInt(), amounts[i]);
			const earliest = ends[i] - [towerPeriod.toNumber(), LAST_BLOCKS][i];
			assert.ok(block >= earliest && block <= earliest + 10, `rescued in block ${block}, not ${earliest}`);
			return own.find(({ method }) => method === 'Charged').data.fee.toBigInt();
		});
		assert.equal((await stored(ids[2])).paid.toBigInt(), 0n, 'nobody needed that');
		const income = amounts[0] + amounts[1];
		assert.ok(charged.every((fee) => fee > 0n && fee < SYN / 10n), `fees of ${charged}`);
		// What is in channels is on no account: a depositor's changes when they are closed.
		assert.deepEqual(changes(await totals(depositor, payee), before), [0n, income - sum(charged)]);
		context.diagnostic(`rescues cost ${charged.map((fee) => Number(fee) / Number(SYN))} SYN`);
	});
});
