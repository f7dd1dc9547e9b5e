// The chain's state as bytes, as it is stored.

import { xxhashAsHex } from '@polkadot/util-crypto';
import { rpc } from './network.mjs';

/** How many keys are asked for at once. */
const PAGE = 256;

/** What everything begins with that a pallet stores, or one of its items. */
export function prefix(pallet, item) {
	const part = (name) => xxhashAsHex(name, 128).slice(2);
	return `0x${part(pallet)}${item ? part(item) : ''}`;
}

/** Where a pallet notes the version of its storage. */
export const versionKey = (pallet) => prefix(pallet, ':__STORAGE_VERSION__:');

/** All that a pallet has stored, by its key, as a node has it after the block with this number. */
export async function storage(node, pallet, block) {
	const hash = await rpc(node, 'chain_getBlockHash', block);
	const found = new Map();
	for (let last = null; ; ) {
		const keys = await rpc(node, 'state_getKeysPaged', prefix(pallet), PAGE, last, hash);
		if (keys.length === 0) return found;
		const [{ changes }] = await rpc(node, 'state_queryStorageAt', keys, hash);
		for (const [key, value] of changes) found.set(key, value);
		last = keys.at(-1);
	}
}
