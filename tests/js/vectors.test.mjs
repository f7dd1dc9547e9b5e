// The published test vectors (docs/vectors.json) through the eyes of polkadot.js: another implementation of the
// encoding, the hashes and both schemes; of the Merkle trees, in lib/merkle.mjs; and of the histories of agreements, in
// lib/mountains.mjs. What the how-tos of polkadot.js print is run as it stands. No node is needed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import * as util from '@polkadot/util';
import * as utilCrypto from '@polkadot/util-crypto';
import { domain } from './lib/chain.mjs';
import { definitions } from './lib/definitions.mjs';
import { Device } from './lib/device.mjs';
import { scripts } from './lib/how-to.mjs';
import { blocksOf, hash, inBlocks, isAt, restOf, rootOf, rootOfBlocks, rowsOf, siblingsOf } from './lib/merkle.mjs';
import { bagOf, crownOf, peaksOf, prove, verify as verifyRound } from './lib/mountains.mjs';
import { outcomesIn, runsOf } from './lib/rounds.mjs';

const { bnToU8a, compactToU8a, hexToU8a, u8aConcat, u8aToHex } = util;
const { cryptoWaitReady, ed25519PairFromSeed, ed25519Verify, sr25519PairFromSeed, sr25519Verify } = utilCrypto;

const SCHEMES = {
	ed25519: { pairOf: ed25519PairFromSeed, verify: ed25519Verify },
	sr25519: { pairOf: sr25519PairFromSeed, verify: sr25519Verify },
};

/** The types of the payloads that are published as polkadot.js takes them. */
const TYPES = {
	'syngraph/key/1': 'KeyProof',
	'syngraph/message/1': 'SensorMessage',
	'syngraph/consent/1': 'Consent',
	'syngraph/receipt/1': '{"channel":"H256","amount":"Compact<u128>"}',
};

const published = new URL('../../docs/vectors.json', import.meta.url);
const { genesis, hashes, outcomes, scalars, trees, types, vectors } = JSON.parse(readFileSync(published, 'utf8'));

const registry = new TypeRegistry();
registry.register(definitions.types);

/** Knows the types that are published with the vectors, and no others of ours. */
const typed = new TypeRegistry();
typed.register(Object.fromEntries(types.map((type) => [type.name, definitionOf(type)])));

/** A published type, as polkadot.js takes it. */
function definitionOf({ fields, variants }) {
	const struct = (of) => Object.fromEntries(of.map(({ name, type }) => [name, type]));
	if (fields) return struct(fields);
	variants.forEach(({ index }, place) => assert.equal(index, place, 'indices have no holes'));
	const content = (of) => {
		if (of.length === 0) return 'Null';
		return of[0].name ? JSON.stringify(struct(of)) : of[0].type;
	};
	return { _enum: Object.fromEntries(variants.map((one) => [one.name, content(one.fields)])) };
}

/** The vectors with a tag. */
const tagged = (tag) => vectors.filter((vector) => vector.tag === tag);

/** The one vector with a tag; if there are several, the one with a field of this name. */
function find(tag, field) {
	const found = tagged(tag).filter(({ fields }) => !field || fields.some(({ name }) => name === field));
	assert.equal(found.length, 1, tag);
	return found[0];
}

/** The bytes of some fields of a vector, one after the other. */
function bytesOf(vector, ...names) {
	const one = (name) => hexToU8a(vector.fields.find((field) => field.name === name).bytes);
	return u8aConcat(...names.map(one));
}

/** What is handed over: the payload and its signature. */
const signed = ({ payload, signature }) => u8aConcat(payload, signature);

/** The bytes of all fields, one after the other. */
const whole = (fields) => u8aConcat(...fields.map((field) => field.bytes));

/** The published hashes of this name. */
const hashed = (name) => hashes.filter((one) => one.name.split(/[:,]/)[0] === name);

/** A list of things, encoded. */
const list = (things) => u8aConcat(compactToU8a(things.length), ...things);

/** Asserts that the bytes are those of one value of a published type, and nothing else. */
function isOf(type, bytes, name) {
	const value = typed.createType(type, hexToU8a(bytes));
	assert.equal(u8aToHex(value.toU8a()), bytes, `${name}: ${type}`);
}

/** Asserts that bytes, or their hex, are those of a field of a vector. */
function isField(bytes, vector, name) {
	assert.equal(u8aToHex(u8aConcat(bytes)), u8aToHex(bytesOf(vector, name)), name);
}

/** The root of what stands for nothing: a window without messages, a tree without leaves. */
const ZERO = new Uint8Array(32);

/** The root of the tree with these leaves. */
const rootOver = (leaves) => rootOf(rowsOf(leaves));

/** The order of the group of Ed25519. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** What follows an option's first byte, if there is anything. */
const some = (bytes) => u8aConcat([1], bytes);

/** What stands for an outcome in 32 bytes: null, or itself and a one. */
const outcomeLeaf = (outcome) =>
	outcome === null ? ZERO : u8aConcat(bnToU8a(outcome, WIDE), bnToU8a(1, { ...WIDE, isNegative: false }));
const WIDE = { bitLength: 128, isLe: true, isNegative: true };

/** The hash over a block of outcomes, which are written as runs. */
const overOutcomes = (outcomes) =>
	hash(domain('syngraph/outcomes/2'), typed.createType('Vec<Run>', runsOf(outcomes)).toU8a());

/** The root over outcomes. */
const rootOverOutcomes = (outcomes) => {
	const blocks = inBlocks(outcomes).map(overOutcomes);
	return blocks.length === 1 ? blocks[0] : hash(domain('syngraph/blocks/1'), compactToU8a(blocks.length), ...blocks);
};

/**
 * The windows of the round in the examples, of which the first lacks its messages for good and the last holds the one
 * message: of each its root, its digest and its outcome.
 */
function windowsOfRound() {
	const { payload } = find('syngraph/message/1');
	const [settled] = hashed('leaf of a history');
	const kept = typed.createType('SettledRound', bytesOf(settled, 'settled'));
	const outcomes = outcomesIn(kept.outcomes);
	assert.equal(outcomes.length, 2);
	assert.equal(outcomes[0], null);
	return {
		digests: [ZERO, hash(hash(domain('syngraph/window/2')), payload)],
		outcomes,
		roots: [ZERO, rootOver([hash(domain('syngraph/leaf/1'), payload)])],
	};
}

/** The parts of the span in a commitment. */
function spanOf(commitment) {
	const span = typed.createType('Span', bytesOf(commitment, 'span'));
	return { round: span.round.toU8a(), first: span.round.first.toNumber(), end: span.end.toNumber() };
}

describe('the test vectors', () => {
	before(cryptoWaitReady);

	for (const vector of vectors) {
		const { name, tag, value } = vector;
		const { pairOf, verify } = SCHEMES[vector.scheme];
		const [bytes, signature, key] = ['bytes', 'signature', 'public'].map((part) => hexToU8a(vector[part]));

		test(`${name}: the signed bytes are tag, genesis hash and fields`, () => {
			const payload = whole(vector.fields);
			assert.equal(u8aToHex(payload), vector.payload);
			assert.equal(u8aToHex(u8aConcat(domain(tag), genesis, payload)), vector.bytes);
		});

		test(`${name}: it is of the published type, and so is each field`, () => {
			isOf(vector.type, vector.payload, name);
			vector.fields.forEach((field) => isOf(field.type, field.bytes, field.name));
		});

		test(`${name}: the key is that of the seed`, () => {
			assert.equal(u8aToHex(pairOf(hexToU8a(vector.seed)).publicKey), vector.public);
		});

		test(`${name}: the signature is one over these bytes and no others`, () => {
			assert.ok(verify(bytes, signature, key));
			for (let bit = 0; bit < 8 * bytes.length; bit += 101) {
				const other = bytes.slice();
				other[bit >> 3] ^= 1 << (bit & 7);
				assert.ok(!verify(other, signature, key), `bit ${bit}`);
			}
		});

		if (value) {
			test(`${name}: polkadot.js encodes it alike`, () => {
				assert.equal(registry.createType(TYPES[tag], value).toHex(), vector.payload);
			});
		}
	}

	test('polkadot.js encodes every payload of which it knows the type', () => {
		const known = new Set(vectors.filter(({ value }) => value).map(({ tag }) => tag));
		assert.deepEqual([...known].sort(), Object.keys(TYPES).sort());
		for (const tag of known) assert.ok(tagged(tag).every(({ value }) => value), tag);
	});

	for (const one of hashes) {
		test(`${one.name}: it is the hash of tag and fields`, () => {
			one.fields.forEach(({ bytes, name, type }) => isOf(type, bytes, name));
			const bytes = u8aConcat(one.tag === null ? [] : domain(one.tag), whole(one.fields));
			assert.equal(u8aToHex(bytes), one.bytes);
			const { length } = hexToU8a(one.hash);
			const digest = utilCrypto.blake2AsU8a(bytes, length === 32 ? 256 : 128);
			assert.equal(u8aToHex(digest.slice(0, length)), one.hash);
		});
	}

	for (const one of scalars) {
		test(`${one.name}: tag and fields are hashed to it`, () => {
			one.fields.forEach(({ bytes, name, type }) => isOf(type, bytes, name));
			const bytes = u8aConcat(domain(one.tag), whole(one.fields));
			assert.equal(u8aToHex(bytes), one.bytes);
			const wide = util.u8aToBigInt(utilCrypto.blake2AsU8a(bytes, 512));
			assert.equal(util.u8aToBigInt(hexToU8a(one.scalar)), wide % ORDER);
		});
	}

	for (const { blocks, items, name, proofs, rests, root, tag } of trees) {
		// Leaves without a tag are hashes already.
		const leaves = items.map((item) => (tag === null ? hexToU8a(item) : hash(domain(tag), item)));
		const rows = rowsOf(leaves);
		const hex = (nodes) => nodes.map((node) => u8aToHex(node));

		test(`${name}: the root of the Merkle tree is that of its rows`, () => {
			assert.equal(u8aToHex(rootOf(rows)), root);
		});

		test(`${name}: a proof shows one leaf in one place`, () => {
			const count = leaves.length;
			leaves.forEach((leaf, place) => {
				const siblings = siblingsOf(rows, place);
				assert.ok(isAt(hexToU8a(root), siblings, count, place, leaf));
				assert.ok(!isAt(hexToU8a(root), siblings, count, place, hash(leaf)));
				const other = (place + 1) % count;
				// Of two null windows side by side the leaves are the same.
				const same = util.u8aEq(leaf, leaves[other]);
				assert.ok(same || !isAt(hexToU8a(root), siblings, count, other, leaf));
			});
		});

		if (proofs) {
			test(`${name}: a proof consists of the siblings on the way to the root`, () => {
				assert.deepEqual(proofs, items.map((_, place) => hex(siblingsOf(rows, place))));
			});
		}

		if (blocks) {
			test(`${name}: its blocks are trees of 64 leaves, and make up the whole`, () => {
				assert.deepEqual(blocks, hex(blocksOf(leaves)));
				assert.equal(u8aToHex(rootOfBlocks(blocks.map((block) => hexToU8a(block)))), root);
			});
		}

		if (rests) {
			test(`${name}: what follows in a showing are the complete subtrees`, () => {
				assert.deepEqual(rests, items.map((_, place) => hex(restOf(rows, place))));
			});
		}
	}

	test('there are trees of every shape', () => {
		const counts = (of) => trees.filter(({ tag }) => tag === of).map(({ items }) => items.length);
		assert.deepEqual(counts('syngraph/leaf/1'), [0, 1, 2, 3, 5]);
		assert.deepEqual(counts('syngraph/client/1'), [3]);
		// Over the windows of rounds, and of their outcomes: of both there is more than a block.
		assert.deepEqual(counts(null), [1, 3, 5, 66]);
		assert.deepEqual(outcomes.map(({ items }) => items.length), [1, 6, 66]);
	});

	for (const { blocks, items, leaves, name, root } of outcomes) {
		test(`${name}: they are hashed in blocks of 64, and the blocks once more`, () => {
			// Every third window has a result, be it zero.
			const all = items.map((_, window) => (window % 3 === 0 ? BigInt(window) : null));
			const encoded = all.map((it) => (it === null ? Uint8Array.of(0) : some(bnToU8a(it, WIDE))));
			assert.deepEqual(items, encoded.map((it) => u8aToHex(it)));
			assert.deepEqual(leaves, all.map((outcome) => u8aToHex(outcomeLeaf(outcome))));
			assert.deepEqual(blocks, inBlocks(all).map((block) => u8aToHex(overOutcomes(block))));
			assert.equal(u8aToHex(rootOverOutcomes(all)), root);
		});
	}

	test('an agreement is named by the hash of what its users sign', () => {
		const [id] = hashed('id of an agreement');
		assert.equal(id.bytes, find('syngraph/terms/4').bytes);
		const all = [...vectors, ...hashes].flatMap(({ fields }) => fields);
		const named = all.filter(({ name }) => name === 'agreement');
		assert.ok(named.length > 0);
		for (const { bytes } of named) assert.equal(bytes, id.hash);
	});

	test('a commitment is to all windows of its range, and opened by what is revealed', () => {
		const commitment = find('syngraph/commitment/6');
		const { digests, outcomes, roots } = windowsOfRound();
		const { first, end } = spanOf(commitment);
		assert.equal(end - first, roots.length);
		isField(rootOver(roots), commitment, 'data_root');
		const owner = bytesOf(commitment, 'span', 'intermediary');
		isField(hash(domain('syngraph/possession/2'), owner, rootOver(digests)), commitment, 'possession');
		const [blinding] = hashed('blinding');
		isField(bytesOf(commitment, 'contribution'), blinding, 'contribution');
		const sealed = hash(domain('syngraph/sealed/1'), bytesOf(commitment, 'span'), rootOverOutcomes(outcomes));
		const author = bytesOf(commitment, 'intermediary');
		isField(hash(domain('syngraph/seal/7'), sealed, author, blinding.hash), commitment, 'seal');
		// It is one of the first attempt, and contributes nothing to a joint signature.
		isField([0], commitment, 'before');
		isField([0], commitment, 'contribution');
	});

	test('all settle with the set of all seals', () => {
		const seals = hashed('seal');
		const [set] = hashed('commitment set');
		isField(list(seals.map((seal) => seal.hash)), set, 'seals');
		isField(seals[0].hash, find('syngraph/commitment/6'), 'seal');
		isField(set.hash, find('syngraph/settlement/6'), 'commitments');
	});

	test('a round names the line-up of its members', () => {
		const [lineup] = hashed('line-up of a round');
		const { round } = typed.createType('Span', bytesOf(find('syngraph/commitment/6'), 'span'));
		assert.equal(round.lineup.toHex(), lineup.hash);
	});

	test('the facts of a version are about its grounds', () => {
		const [[grounds], [facts]] = ['grounds of a version', 'facts of a version'].map(hashed);
		isField(grounds.hash, facts, 'grounds');
	});

	test('a settlement follows from the commitment and the outcomes', () => {
		const settlement = find('syngraph/settlement/6');
		const commitment = find('syngraph/commitment/6');
		for (const name of ['span', 'data_root']) isField(bytesOf(commitment, name), settlement, name);
		isField(rootOverOutcomes(windowsOfRound().outcomes), settlement, 'outcomes');
		const [sealed] = hashed('what all members seal');
		for (const name of ['span', 'outcomes']) isField(bytesOf(settlement, name), sealed, name);
		const seals = hashed('seal');
		assert.notEqual(seals.length, 0);
		for (const seal of seals) isField(sealed.hash, seal, 'sealed');
	});

	test('a bundle holds what its author signed besides', () => {
		const bundle = find('syngraph/bundle/9');
		const [commitment, settlement] = ['commitment', 'settlement'].map((of) => find(`syngraph/${of}/6`));
		const [blinding] = hashed('blinding');
		const opened = u8aConcat(bytesOf(settlement, 'outcomes'), bytesOf(blinding, 'secret'));
		// Signed singly, and without a joint key.
		const assent = u8aConcat([0], bytesOf(settlement, 'key'), settlement.signature);
		const reveal = u8aConcat(opened, bytesOf(settlement, 'commitments'), assent);
		isField(list([u8aConcat(signed(commitment), some(reveal))]), bundle, 'utterances');
		// The lowest window that its author has not computed.
		isField(bnToU8a(spanOf(commitment).end, { bitLength: 64, isLe: true }), bundle, 'ready');
	});

	test('what is signed in a dispute is about the same round', () => {
		const commitment = find('syngraph/commitment/6');
		const { round } = spanOf(commitment);
		for (const tag of ['complaint/1', 'lack/2', 'showing/4']) isField(round, find(`syngraph/${tag}`), 'round');
		const challenge = find('syngraph/challenge/1');
		isField(bytesOf(commitment, 'span'), challenge, 'span');
		isField(bytesOf(commitment, 'intermediary'), challenge, 'intermediary');
		isField(rootOver(windowsOfRound().digests), challenge, 'digests');
	});

	test('a showing names the hash of its messages, and the way from the window to the data root', () => {
		const [message, showing] = [find('syngraph/message/1'), find('syngraph/showing/4')];
		isField(hash(list([signed(message)])), showing, 'messages');
		const [commitment, { roots }] = [find('syngraph/commitment/6'), windowsOfRound()];
		const window = typed.createType('u64', bytesOf(showing, 'window')).toNumber();
		const place = window - spanOf(commitment).first;
		isField(roots[place], showing, 'root');
		const path = siblingsOf(rowsOf(roots), place);
		isField(list(path), showing, 'path');
		assert.ok(isAt(bytesOf(commitment, 'data_root'), path, roots.length, place, roots[place]));
	});

	test('the chain keeps what the members signed', () => {
		const [settled] = hashed('leaf of a history');
		const kept = typed.createType('SettledRound', bytesOf(settled, 'settled'));
		const commitment = find('syngraph/commitment/6');
		const { first, end } = spanOf(commitment);
		assert.deepEqual([kept.first.toNumber(), kept.signed.toNumber()], [first, end - first]);
		isField(kept.data_root.toU8a(), commitment, 'data_root');
	});

	test('a history is a range of mountains', () => {
		const [[leaf], [node], [bag], [root]] = ['leaf', 'node of a mountain', 'bag of peaks', 'root'].map((of) =>
			hashed(`${of} of a history`),
		);
		const [second, third] = [bytesOf(node, 'right'), bytesOf(bag, 'right')];
		const leaves = [hexToU8a(leaf.hash), second, third];
		isField(leaf.hash, node, 'left');
		isField(node.hash, bag, 'left');
		isField(bag.hash, root, 'bag');
		isField(bnToU8a(leaves.length, { bitLength: 64, isLe: true }), root, 'count');
		const peaks = peaksOf(leaves);
		assert.deepEqual(peaks.map((peak) => u8aToHex(peak)), [node.hash, u8aToHex(third)]);
		assert.equal(u8aToHex(bagOf(peaks)), bag.hash);
		assert.equal(u8aToHex(crownOf(leaves)), root.hash);
	});

	test('a history shows each of its rounds in one place', () => {
		assert.deepEqual(crownOf([]), ZERO);
		for (const count of [1, 2, 3, 4, 7, 8, 13]) {
			const leaves = Array.from({ length: count }, (_, i) => hash([i]));
			const root = crownOf(leaves);
			leaves.forEach((leaf, number) => {
				const proof = prove(leaves, number);
				assert.ok(verifyRound(root, count, number, leaf, proof), `${number} of ${count}`);
				assert.ok(!verifyRound(root, count, number, hash(leaf), proof));
				assert.ok(!verifyRound(root, count + 1, number, leaf, proof));
				const other = (number + 1) % count;
				assert.ok(other === number || !verifyRound(root, count, other, leaf, proof));
			});
		}
	});
});

/** The one piece of JavaScript in a how-to that matches. */
function printed(name, pattern) {
	const found = scripts(name).flatMap((code) => pattern.exec(code)?.[0] ?? []);
	assert.equal(found.length, 1, `${name}.md: ${pattern}`);
	return found[0];
}

/** Runs what is printed, with what it takes for given besides polkadot.js. Returns those of the names that it makes. */
function run(code, given, made) {
	const known = { ...util, ...utilCrypto, ...given };
	const whole = `return (async () => { ${code}; return { ${made} }; })();`;
	return new Function(...Object.keys(known), whole)(...Object.values(known));
}

describe('the how-tos of polkadot.js', () => {
	before(cryptoWaitReady);

	test('a group has the root and the memberships that are published', async () => {
		const { items, proofs, root } = trees.find(({ tag }) => tag === 'syngraph/client/1');
		// Before each client stands its number.
		const clients = items.map((item) => hexToU8a(item).subarray(4));
		const code = printed('channels', /^const clientTag .*/ms);
		const { payer, membership } = await run(code, { clients }, 'payer, membership');
		assert.equal(u8aToHex(payer.Group.root), root);
		assert.equal(payer.Group.members, clients.length);
		const siblings = clients.map((_, index) => membership(index).siblings.map((node) => u8aToHex(node)));
		assert.deepEqual(siblings, proofs);
	});

	test("a sensor's messages are signed as devices sign them", async () => {
		const submitted = [];
		const submit = async (messages) => {
			submitted.push(...messages);
			return [registry.createType('SensorAnswer', { status: 'accepted' })];
		};
		const head = async () => registry.createType('u64', 0);
		const api = {
			createType: (...args) => registry.createType(...args),
			genesisHash: registry.createType('Hash', genesis),
			registry,
			rpc: { sensor: { head, submit } },
		};
		const lock = new Device('lock');
		lock.sensor = 7;
		const code = printed('polkadot-js', /^const bytes =.*?;$/ms) + printed('polkadot-js', /^const say .*/ms);
		const given = { api, console: { log: () => undefined }, device: lock.pair, sensor: lock.sensor };
		const { opened } = await run(code, given, 'opened');
		assert.deepEqual(submitted, [lock.turn(api, opened, false), lock.turn(api, opened + 60_000, true)]);
	});
});
