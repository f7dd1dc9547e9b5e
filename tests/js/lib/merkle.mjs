// Binary Merkle trees over Blake2b-256, as docs/protocol.md describes them.

import { u8aConcat } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

/** The hash of some bytes, one after the other. */
export const hash = (...parts) => blake2AsU8a(u8aConcat(...parts));

/** The row above a row: its nodes joined in pairs, and a last one without a partner as it is. */
function above(row) {
	const left = row.filter((_, i) => i % 2 === 0);
	return left.map((node, i) => (row[2 * i + 1] ? hash(node, row[2 * i + 1]) : node));
}

/** The rows of the tree with these leaves, from the lowest up. */
export function rowsOf(leaves) {
	const rows = [leaves.map((leaf) => hash(leaf))];
	while (rows.at(-1).length > 1) rows.push(above(rows.at(-1)));
	return rows;
}

/** The root of a tree with these rows. */
export const rootOf = (rows) => rows.at(-1)[0] ?? new Uint8Array(32);

/** The siblings of the nodes on the way from a leaf to the root. */
export const siblingsOf = (rows, index) =>
	rows.map((row, level) => row[(index >> level) ^ 1]).filter(Boolean);

/** The roots of the subtrees from a leaf on, the largest ones first that are complete and begin where the last ended. */
export function restOf(rows, from) {
	const count = rows[0].length;
	if (from === count) return [];
	let level = 0;
	const fits = (size) => from % size === 0 && from + size <= count;
	while (fits(2 << level)) level += 1;
	return [rows[level][from >> level], ...restOf(rows, from + (1 << level))];
}
