// Receipts of payment channels, and the trees of groups: what docs/how-to/channels.md describes.

import { bnToU8a, compactToU8a, u8aConcat } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';
import { domain } from './chain.mjs';

const SCHEMES = { sr25519: 'Sr25519', ed25519: 'Ed25519', ecdsa: 'Ecdsa' };

/** A client's receipt over all that a channel owes; of a member of a group, with its membership. */
export function receipt(api, client, channel, amount, membership = null) {
	const owed = u8aConcat(channel, compactToU8a(amount));
	const bytes = u8aConcat(domain('syngraph/receipt/1'), api.genesisHash.toU8a(), owed);
	const signature = { [SCHEMES[client.type]]: client.sign(bytes) };
	return { receipt: { channel, amount }, signature, membership };
}

/** The hex of a receipt, as a watchtower takes it. */
export const receiptHex = (api, receipt) =>
	api.registry.createType(api.tx.channels.redeem.meta.args[0].type.toString(), receipt).toHex();

const join = (...parts) => blake2AsU8a(u8aConcat(...parts));

/** A group of clients: what a channel's payer is, and each client's membership. */
export class Group {
	constructor(clients) {
		this.clients = clients.map(({ addressRaw }) => addressRaw);
		const tag = domain('syngraph/client/1');
		const leaf = (client, index) => join(tag, bnToU8a(index, { bitLength: 32 }), client);
		this.rows = [this.clients.map(leaf).map((one) => join(one))];
		while (this.top.length > 1) this.rows.push(Group.above(this.top));
	}

	get top() {
		return this.rows.at(-1);
	}

	/** The row above a row: its nodes joined in pairs, and a last one without a partner as it is. */
	static above(row) {
		const left = row.filter((_, i) => i % 2 === 0);
		return left.map((node, i) => (row[2 * i + 1] ? join(node, row[2 * i + 1]) : node));
	}

	get payer() {
		return { Group: { root: this.top[0], members: this.clients.length } };
	}

	membership(index) {
		const siblings = this.rows.map((row, level) => row[(index >> level) ^ 1]);
		return { client: this.clients[index], index, siblings: siblings.filter(Boolean) };
	}
}
