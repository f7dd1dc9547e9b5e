// Receipts of payment channels, and the trees of groups: what docs/how-to/channels.md describes.

import { bnToU8a, compactToU8a, u8aConcat } from '@polkadot/util';
import { domain } from './chain.mjs';
import { hash, rootOf, rowsOf, siblingsOf } from './merkle.mjs';

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

/** A group of clients: what a channel's payer is, and each client's membership. */
export class Group {
	constructor(clients) {
		this.clients = clients.map(({ addressRaw }) => addressRaw);
		const tag = domain('syngraph/client/1');
		const leaf = (client, index) => hash(tag, bnToU8a(index, { bitLength: 32 }), client);
		this.rows = rowsOf(this.clients.map(leaf));
	}

	get payer() {
		return { Group: { root: rootOf(this.rows), members: this.clients.length } };
	}

	membership(index) {
		return { client: this.clients[index], index, siblings: siblingsOf(this.rows, index) };
	}
}
