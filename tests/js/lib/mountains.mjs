// Histories: Merkle mountain ranges over Blake2b-256, as docs/protocol.md describes them.

import { bnToU8a, u8aEq } from '@polkadot/util';
import { domain } from './chain.mjs';
import { hash } from './merkle.mjs';

/** A node of a mountain. */
const join = (left, right) => hash(domain('syngraph/node/1'), left, right);
/** Peaks to the right, bagged, with the next one to their left. */
const bag = (right, left) => hash(domain('syngraph/peaks/1'), right, left);
/** The root, of so many leaves. */
const crown = (count, whole) =>
	hash(domain('syngraph/history/1'), bnToU8a(count, { bitLength: 64, isLe: true }), whole);

/** The sizes of the mountains over so many leaves, from left to right. */
function sizesOf(count) {
	const powers = Array.from({ length: 32 }, (_, i) => 2 ** (31 - i));
	return powers.filter((size) => Math.floor(count / size) % 2 === 1);
}

/** The peak of the mountain over these leaves, of which there are as many as a power of two. */
function peakOf(leaves) {
	if (leaves.length === 1) return leaves[0];
	const half = leaves.length / 2;
	return join(peakOf(leaves.slice(0, half)), peakOf(leaves.slice(half)));
}

/** The peaks of the mountains over these leaves, from left to right. */
export function peaksOf(leaves) {
	let start = 0;
	return sizesOf(leaves.length).map((size) => peakOf(leaves.slice(start, (start += size))));
}

/** All peaks in one. */
export const bagOf = (peaks) => peaks.reduceRight((right, left) => bag(right, left));

/** The root of a history with these leaves. */
export const crownOf = (leaves) =>
	leaves.length === 0 ? new Uint8Array(32) : crown(leaves.length, bagOf(peaksOf(leaves)));

/** Where a leaf is: how many mountains lie to its left, the size of its own, its place in that, and if any lie behind. */
function placeOf(count, number) {
	const sizes = sizesOf(count);
	let offset = number;
	const before = sizes.findIndex((size) => offset < size || ((offset -= size), false));
	return { before, size: sizes[before], offset, isLast: before === sizes.length - 1 };
}

/** What shows that the leaf with this number is one of these. */
export function prove(leaves, number) {
	const { before, size, offset, isLast } = placeOf(leaves.length, number);
	const [start, end] = [number - offset, number - offset + size];
	const proof = peaksOf(leaves.slice(0, start));
	assertLength(proof, before);
	const own = leaves.slice(start, end);
	for (let width = 1; width < size; width *= 2) {
		const sibling = Math.floor(offset / width) ^ 1;
		proof.push(peakOf(own.slice(sibling * width, (sibling + 1) * width)));
	}
	return isLast ? proof : [...proof, bagOf(peaksOf(leaves.slice(end)))];
}

function assertLength(list, length) {
	if (list.length !== length) throw new Error(`${list.length} instead of ${length}`);
}

/** Whether the leaf with this number is one of `count` leaves with this root, as the proof shows. */
export function verify(root, count, number, leaf, proof) {
	if (number >= count) return false;
	const { before, size, offset, isLast } = placeOf(count, number);
	const height = Math.log2(size);
	const [peaks, siblings, behind] = [
		proof.slice(0, before),
		proof.slice(before, before + height),
		proof.slice(before + height),
	];
	if (siblings.length !== height || behind.length !== (isLast ? 0 : 1)) return false;
	const climb = (node, sibling, level) =>
		Math.floor(offset / 2 ** level) % 2 === 0 ? join(node, sibling) : join(sibling, node);
	const peak = siblings.reduce(climb, leaf);
	const last = isLast ? peak : bag(behind[0], peak);
	return u8aEq(crown(count, peaks.reduceRight((right, left) => bag(right, left), last)), root);
}
