// Binary Merkle trees over Blake2b-256, as docs/protocol.md describes them.

import { u8aConcat, u8aEq } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

/** The hash of some bytes, one after the other. */
export const hash = (...parts) => blake2AsU8a(u8aConcat(...parts));

/** The row above a row: its nodes joined in pairs, and a last one without a partner as it is. */
function above(row) {
	const left = row.filter((_, i) => i % 2 === 0);
	return left.map((node, i) => (row[2 * i + 1] ? hash(node, row[2 * i + 1]) : node));
}

/** The rows above these nodes, and the nodes themselves, from the lowest up. */
function rise(nodes) {
	const rows = [nodes];
	while (rows.at(-1).length > 1) rows.push(above(rows.at(-1)));
	return rows;
}

/** The rows of the tree with these leaves, from the lowest up. */
export const rowsOf = (leaves) => rise(leaves.map((leaf) => hash(leaf)));

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

/** How many leaves a block of a tree has, but for the last one. */
const BLOCK = 64;

/** Leaves, block by block. */
export function inBlocks(leaves) {
	const starts = Array.from({ length: Math.ceil(leaves.length / BLOCK) }, (_, i) => i * BLOCK);
	return starts.map((start) => leaves.slice(start, start + BLOCK));
}

/** The roots of the blocks of the tree with these leaves. */
export const blocksOf = (leaves) => inBlocks(leaves).map((block) => rootOf(rowsOf(block)));

/** The root of the tree whose blocks have these roots. */
export const rootOfBlocks = (blocks) => rootOf(rise(blocks));

/** Whether a leaf is the one at a place of a tree of so many leaves with this root, as these siblings show. */
export function isAt(root, siblings, count, place, leaf) {
	const left = [...siblings];
	let node = hash(leaf);
	for (let [at, length] = [place, count]; length > 1; [at, length] = [at >> 1, Math.ceil(length / 2)]) {
		// The last one of a row may have no partner, and moves up as it is.
		if (at % 2 === 0 && at + 1 === length) continue;
		const sibling = left.shift();
		if (!sibling) return false;
		node = at % 2 === 0 ? hash(node, sibling) : hash(sibling, node);
	}
	return left.length === 0 && place < count && u8aEq(node, root);
}
