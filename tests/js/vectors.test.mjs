// The published test vectors (docs/vectors.json) through the eyes of polkadot.js: another implementation of the
// encoding, the hashes and both schemes. No node is needed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import { compactToU8a, hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import {
	blake2AsU8a,
	cryptoWaitReady,
	ed25519PairFromSeed,
	ed25519Verify,
	sr25519PairFromSeed,
	sr25519Verify,
} from '@polkadot/util-crypto';
import { domain } from './lib/chain.mjs';
import { definitions } from './lib/definitions.mjs';

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
const { genesis, vectors } = JSON.parse(readFileSync(published, 'utf8'));

const registry = new TypeRegistry();
registry.register(definitions.types);

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

const hash = (...parts) => u8aToHex(blake2AsU8a(u8aConcat(...parts)));

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
			const payload = u8aConcat(...vector.fields.map((field) => field.bytes));
			assert.equal(u8aToHex(payload), vector.payload);
			assert.equal(u8aToHex(u8aConcat(domain(tag), genesis, payload)), vector.bytes);
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

	test('an agreement is named by the hash of what its users sign', () => {
		const id = hash(find('syngraph/terms/3').bytes);
		const all = vectors.flatMap(({ fields }) => fields.filter(({ name }) => name === 'agreement'));
		assert.ok(all.length > 0);
		for (const { bytes } of all) assert.equal(bytes, id);
	});

	test('a commitment is to the window with the message, and opened by the reveal', () => {
		const commit = find('syngraph/statement/4', 'seal');
		const reveal = find('syngraph/statement/4', 'secret');
		const { payload } = find('syngraph/message/1');
		const opened = ['agreement', 'window', 'roster', 'version', 'intermediary', 'result', 'secret'];
		isField(hash(domain('syngraph/seal/4'), bytesOf(reveal, ...opened)), commit, 'seal');
		isField(hash(hash(domain('syngraph/leaf/1'), payload)), commit, 'root');
		const digest = hash(hash(domain('syngraph/window/2')), payload);
		const owner = bytesOf(commit, 'agreement', 'window', 'intermediary');
		isField(hash(domain('syngraph/possession/1'), owner, digest), commit, 'possession');
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
		isField(u8aConcat(compactToU8a(1), utterance), bundle, 'utterances');
		isField(signed(find('syngraph/done/2')), bundle, 'done');
	});

	test('a showing names the hash of its messages', () => {
		const chunk = u8aConcat(compactToU8a(1), signed(find('syngraph/message/1')));
		isField(hash(chunk), find('syngraph/showing/3'), 'messages');
	});
});
