// A connection to a node, and the few things every test does with it.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { compactAddLength, stringToU8a, u8aConcat } from '@polkadot/util';
import { blake2AsHex, cryptoWaitReady } from '@polkadot/util-crypto';
import { definitions } from './definitions.mjs';

/** Connects to the node at `url`. */
export async function connect(url) {
	await cryptoWaitReady();
	const provider = new WsProvider(url, 500);
	return ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: false, ...definitions });
}

/** The development accounts, by name: `account('Alice')`. */
const keyring = new Keyring({ type: 'sr25519' });
export const account = (name) => keyring.addFromUri(`//${name}`);

/** `Pallet.Error`, or the dispatch error in words. */
function nameOf(api, error) {
	if (!error.isModule) return error.toString();
	const { section, name } = api.registry.findMetaError(error.asModule);
	return `${section}.${name}`;
}

/**
 * Signs and submits a call, and waits until it is in a block.
 *
 * Throws an error whose message is the name of the call's error, such as `agreements.Ended`, if the
 * call fails, and what the pool says if it never comes so far.
 */
export function send(api, call, signer, nonce = -1) {
	return new Promise((resolve, reject) => {
		const follow = ({ status, events, dispatchError }) => {
			if (dispatchError) reject(new Error(nameOf(api, dispatchError)));
			else if (status.isInBlock) resolve(events.map(({ event }) => event));
			else if (status.isError) reject(new Error(`the pool gave it up: ${status.type}`));
		};
		call.signAndSend(signer, { nonce }, follow).catch(reject);
	});
}

/** Submits several calls of one account at once. What became of each, as by `Promise.allSettled`. */
async function sendAll(api, calls, signer) {
	const first = (await api.rpc.system.accountNextIndex(signer.address)).toNumber();
	return Promise.allSettled(calls.map((call, i) => send(api, call, signer, first + i)));
}

/** What becomes of several calls of one account: the names of the errors with which they fail. */
export async function outcomesOf(api, signer, calls) {
	const outcomes = await sendAll(api, calls, signer);
	return outcomes.map(({ reason }) => reason?.message ?? 'accepted');
}

/** The number of the best block. */
export const blockNumber = async (api) => (await api.query.system.number()).toNumber();

/**
 * All events of these blocks, as `{ block, section, method, data }`. Those of each block are read as the runtime
 * means them that made it, whatever the chain runs now.
 */
export async function history(api, from, to) {
	const events = [];
	for (let block = from; block <= to; block += 1) {
		const { query } = await api.at(await api.rpc.chain.getBlockHash(block));
		for (const { event } of await query.system.events()) {
			events.push({ block, section: event.section, method: event.method, data: event.data });
		}
	}
	return events;
}

/** What an account owns, what is held from it included. */
export async function wealth(api, { address }) {
	const { data } = await api.query.system.account(address);
	return data.free.toBigInt() + data.reserved.toBigInt();
}

/** What amounts come to. */
export const sum = (amounts) => amounts.reduce((one, other) => one + other, 0n);

/** The data of the one event of this kind among `events`, by field name. */
export function find(events, section, method) {
	const found = events.filter((event) => event.section === section && event.method === method);
	if (found.length !== 1) throw new Error(`${found.length} events ${section}.${method}`);
	return found[0].data;
}

/** Waits until `probe` returns something other than undefined, looking once a second. */
export async function eventually(what, seconds, probe) {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const found = await probe();
		if (found !== undefined) return found;
		if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
		await new Promise((resolve) => setTimeout(resolve, 1000));
	}
}

/** Waits until a condition is true, looking once a second. */
export const waitFor = (what, seconds, condition) =>
	eventually(what, seconds, async () => ((await condition()) ? true : undefined));

/** A domain tag, as it stands before what is hashed or signed. */
export const domain = (tag) => compactAddLength(stringToU8a(tag));

/** The bytes that are signed for a payload: the domain tag, the genesis hash, the payload. */
export const signingBytes = (api, tag, payload) =>
	u8aConcat(domain(tag), api.genesisHash.toU8a(), payload.toU8a());

/** A key's signature that shows `owner` that it may be registered in this role. */
export function keyProof(api, pair, role, owner) {
	const proof = api.registry.createType('KeyProof', { role, owner });
	return pair.sign(signingBytes(api, 'syngraph/key/1', proof));
}

/** What users sign off-chain to agree to the terms. */
export function termsBytes(api, terms) {
	const type = api.tx.agreements.propose.meta.args[0].type.toString();
	return signingBytes(api, 'syngraph/terms/4', api.registry.createType(type, terms));
}

/** What an operator signs off-chain to let its intermediary be named in one agreement, whatever it offers. */
export function consentBytes(api, agreement, intermediary) {
	const consent = api.registry.createType('Consent', { agreement, intermediary });
	return signingBytes(api, 'syngraph/consent/1', consent);
}

/** A call that makes an agreement on these terms, which `users` sign off-chain, with consents of operators. */
export function create(api, users, terms, consents = []) {
	const bytes = termsBytes(api, terms);
	const signatures = users.map((user) => ({ Sr25519: user.sign(bytes) }));
	return api.tx.agreements.create(terms, signatures, consents);
}

/** The id of the agreement with these terms. */
export const agreementId = (api, terms) => blake2AsHex(termsBytes(api, terms), 256);
