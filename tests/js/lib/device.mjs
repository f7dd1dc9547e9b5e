// A sensor: it counts and signs its messages.

import { Keyring } from '@polkadot/api';
import { u8aToHex } from '@polkadot/util';
import { keyProof, signingBytes } from './chain.mjs';

const keyring = new Keyring({ type: 'ed25519' });

/** What a lock declares about its messages. */
export const lockSchema = {
	kind: 'lock',
	variables: [{ name: 'locked', ty: 'Bool' }],
	encoding: 'Scale',
};

export class Device {
	/** A device whose key is derived from `name`; `sensor` is its id once it is registered. */
	constructor(name) {
		this.pair = keyring.createFromUri(`//${name}`);
		this.kind = lockSchema.kind;
		this.sequence = 0;
	}

	/** Gives the device a new key, derived from `name`, for its messages from a number on. */
	rekey(name, sequence) {
		this.pair = keyring.createFromUri(`//${name}`);
		this.sequence = sequence;
	}

	/** What `registry.registerSensors` needs to know. */
	registration(api, owner, schema = lockSchema) {
		return {
			schema,
			key: this.pair.publicKey,
			proof: keyProof(api, this.pair, 'Sensor', owner),
		};
	}

	/**
	 * The hex of the device's next message. Whatever is in `fault` replaces the message's fields;
	 * a message with a fault is not counted.
	 */
	say(api, timestamp, values, fault) {
		const { sensor, kind, sequence } = this;
		const fields = { sensor, kind, sequence, timestamp, values, ...fault };
		if (!fault) this.sequence += 1;
		const message = api.registry.createType('SensorMessage', fields);
		const signature = this.pair.sign(signingBytes(api, 'syngraph/message/1', message));
		return api.registry.createType('SignedSensorMessage', { message, signature }).toHex();
	}

	/** The message of a lock that was opened or closed. */
	turn(api, timestamp, locked, fault) {
		return this.say(api, timestamp, [{ Bool: locked }], fault);
	}
}

export const hex = u8aToHex;
