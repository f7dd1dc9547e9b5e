// Users, their sensors, and intermediaries that agreements can name.

import { SYN, offer } from './agreement.mjs';
import { account, find, keyProof, send, waitFor } from './chain.mjs';
import { hex } from './device.mjs';

/** Registers a user. */
export const registerUser = (api, user, name) =>
	send(api, api.tx.registry.registerUser(name, user.address, null), user);

/** Registers a device of `owner`, and tells it which sensor it is. */
export async function registerSensor(api, owner, device) {
	const call = api.tx.registry.registerSensors([device.registration(api, owner.address)]);
	device.sensor = find(await send(api, call, owner), 'registry', 'SensorRegistered').sensor.toNumber();
}

/** Gives the key of the development account `name` to a node, which then computes as the intermediary with that key. */
export const giveKey = (api, name) => api.rpc.author.insertKey('syng', `//${name}`, hex(account(name).publicKey));

/**
 * Registers the key of the development account `name` as an intermediary of an operator, who offers to serve
 * on the usual terms. Returns its id.
 */
export async function registerIntermediary(api, name, operator, endpoint = '') {
	const key = account(name);
	const proof = keyProof(api, key, 'Intermediary', operator.address);
	const { publishOffer, registerIntermediary: register } = api.tx.registry;
	const events = await send(api, register(key.publicKey, proof, endpoint, 100n * SYN), operator);
	const { intermediary } = find(events, 'registry', 'IntermediaryRegistered');
	await send(api, publishOffer(intermediary, offer()), operator);
	return intermediary.toNumber();
}

/**
 * Waits until intermediaries have shown that they are alive, as their nodes do by themselves once they have
 * an offer: only then can an agreement that names them come into force.
 */
export async function areAlive(api, intermediaries, seconds = 60) {
	for (const intermediary of intermediaries) {
		await waitFor(`intermediary ${intermediary} shows that it is alive`, seconds, async () =>
			(await api.query.registry.lastSeen(intermediary)).isSome,
		);
	}
}
