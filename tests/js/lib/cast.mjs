// Who takes part in the agreements of a network: two users, the first one's locks, and an intermediary for each node.

import { terms } from './agreement.mjs';
import { account, send } from './chain.mjs';
import { Device } from './device.mjs';
import { areAlive, registerIntermediary } from './registry.mjs';

/** The nodes of a network whose intermediaries are tested. Dave's is no validator, and is the one that may be away. */
export const NODES = ['alice', 'bob', 'charlie', 'dave'];
/** Those that make the blocks. */
export const VALIDATORS = NODES.slice(0, 3);

/** The name of the development account of a node. */
const nameOf = (node) => node[0].toUpperCase() + node.slice(1);

/** The accounts that receive the fees of blocks. */
export const MAKERS = VALIDATORS.map((node) => account(nameOf(node)).address);

export class Cast {
	users = { rental: account('Eve'), insurer: account('Ferdie') };
	/** The ids of intermediaries by their nodes' names, and the accounts of their operators by their ids. */
	ids = {};
	operators = new Map();

	/** A cast with so many locks. */
	constructor(locks) {
		this.devices = Array.from({ length: locks }, (_, i) => new Device(`lock ${i}`));
	}

	/** Registers everybody, and waits until the intermediaries are alive. */
	async register(api) {
		await Promise.all([this.registerUsers(api), this.registerIntermediaries(api)]);
		await areAlive(api, Object.values(this.ids));
	}

	async registerUsers(api) {
		const { rental, insurer } = this.users;
		const { registerUser, registerSensors } = api.tx.registry;
		const locks = this.devices.map((device) => device.registration(api, rental.address));
		const calls = [registerUser('Rental', rental.address, null), registerSensors(locks)];
		const [events] = await Promise.all([
			send(api, api.tx.utility.batchAll(calls), rental),
			send(api, registerUser('Insurer', insurer.address, null), insurer),
		]);
		const registered = events.filter(({ method }) => method === 'SensorRegistered');
		registered.forEach(({ data }, i) => (this.devices[i].sensor = data.sensor.toNumber()));
	}

	/** An intermediary for each node, whose operators make no blocks. */
	async registerIntermediaries(api) {
		const register = async (node) => {
			const operator = account(`${nameOf(node)}//stash`);
			const id = await registerIntermediary(api, nameOf(node), operator);
			this.ids[node] = id;
			this.operators.set(id, operator.address);
		};
		await Promise.all(NODES.map(register));
	}

	/**
	 * A draft for {@link Deal.make} about the lock with this number, from block `now` on: the first two of these nodes
	 * compute for the users, the others are the insurer's spares. Whatever is in `limits` replaces the terms' limits.
	 */
	draft(now, lock, [first, second, ...spares], limits = {}) {
		const device = this.devices[lock];
		const intermediaries = [this.ids[first], this.ids[second]];
		const draft = terms({ ...this.users, intermediaries, sensor: device.sensor, now }, { nonce: lock });
		draft.users[1].spares = spares.map((node) => this.ids[node]);
		draft.limits = { ...draft.limits, signBy: now + 15, ...limits };
		return { terms: draft, device };
	}
}
