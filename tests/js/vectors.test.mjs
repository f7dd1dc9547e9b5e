// The published test vectors (docs/vectors.json) through the eyes of polkadot.js: another implementation of the
// encoding, the hashes and both schemes; and of the Merkle trees, in lib/merkle.mjs. What the how-tos of polkadot.js
// print is run as it stands. No node is needed.

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
import { hash, restOf, rootOf, rowsOf, siblingsOf } from './lib/merkle.mjs';

const { compactToU8a, hexToU8a, u8aConcat, u8aToHex } = util;
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
const { genesis, hashes, trees, types, vectors } = JSON.parse(readFileSync(published, 'utf8'));

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
const hashed = (name) => hashes.filter((one) => one.name.split(':')[0] === name);

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
			assert.equal(u8aToHex(hash(bytes)), one.hash);
		});
	}

	for (const { items, name, proofs, rests, root, tag } of trees) {
		const rows = rowsOf(items.map((item) => hash(domain(tag), item)));
		const hex = (nodes) => nodes.map((node) => u8aToHex(node));

		test(`${name}: the root of the Merkle tree is that of its rows`, () => {
			assert.equal(u8aToHex(rootOf(rows)), root);
		});

		test(`${name}: a proof consists of the siblings on the way to the root`, () => {
			assert.deepEqual(proofs, items.map((_, place) => hex(siblingsOf(rows, place))));
		});

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
	});

	test('an agreement is named by the hash of what its users sign', () => {
		const [id] = hashed('id of an agreement');
		assert.equal(id.bytes, find('syngraph/terms/3').bytes);
		const all = [...vectors, ...hashes].flatMap(({ fields }) => fields);
		const named = all.filter(({ name }) => name === 'agreement');
		assert.ok(named.length > 0);
		for (const { bytes } of named) assert.equal(bytes, id.hash);
	});

	test('a commitment is to the window with the message, and opened by the reveal', () => {
		const commit = find('syngraph/statement/4', 'seal');
		const reveal = find('syngraph/statement/4', 'secret');
		const { payload } = find('syngraph/message/1');
		const opened = ['agreement', 'window', 'roster', 'version', 'intermediary', 'result', 'secret'];
		isField(hash(domain('syngraph/seal/4'), bytesOf(reveal, ...opened)), commit, 'seal');
		isField(rootOf(rowsOf([hash(domain('syngraph/leaf/1'), payload)])), commit, 'root');
		const digest = hash(hash(domain('syngraph/window/2')), payload);
		const owner = bytesOf(commit, 'agreement', 'window', 'intermediary');
		isField(hash(domain('syngraph/possession/1'), owner, digest), commit, 'possession');
	});

	test('a reveal names the set of all seals', () => {
		const seals = hashed('seal');
		const [set] = hashed('commitment set');
		isField(list(seals.map((seal) => seal.hash)), set, 'seals');
		isField(seals[0].hash, find('syngraph/statement/4', 'seal'), 'seal');
		isField(set.hash, find('syngraph/statement/4', 'secret'), 'commitments');
	});

	test('the facts of a version are about its grounds', () => {
		const [[grounds], [facts]] = ['grounds of a version', 'facts of a version'].map(hashed);
		isField(grounds.hash, facts, 'grounds');
	});

	test('a settlement follows from commitment and reveal', () => {
		const settlement = find('syngraph/settlement/4');
		const commit = find('syngraph/statement/4', 'seal');
		const reveal = find('syngraph/statement/4', 'secret');
		for (const name of ['agreement', 'window', 'roster', 'version', 'root']) {
			isField(bytesOf(commit, name), settlement, name);
		}
		isField(bytesOf(reveal, 'commitments'), settlement, 'commitments');
		// One byte before it tells that there is a result.
		isField(bytesOf(reveal, 'result').subarray(1), settlement, 'result');
	});

	test('a bundle holds what its author signed besides', () => {
		const bundle = find('syngraph/bundle/7');
		const commit = find('syngraph/statement/4', 'seal');
		const reveal = find('syngraph/statement/4', 'secret');
		const there = Uint8Array.of(1);
		const revealed = u8aConcat(signed(reveal), there, find('syngraph/settlement/4').signature);
		const utterance = u8aConcat(signed(commit), there, revealed);
		isField(list([utterance]), bundle, 'utterances');
		isField(signed(find('syngraph/done/2')), bundle, 'done');
	});

	test('a showing names the hash of its messages', () => {
		const message = signed(find('syngraph/message/1'));
		isField(hash(list([message])), find('syngraph/showing/3'), 'messages');
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
			return [registry.createType('SensorReceipt', { status: 'accepted' })];
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
