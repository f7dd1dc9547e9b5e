// What polkadot.js must be told about a Syngraph node: the types of what never occurs on chain, as sensors'
// messages do, and the node's own RPC. Pass it to `ApiPromise.create`.

import { readFileSync } from 'node:fs';

/** The types that the how-to has its readers paste into the polkadot.js UI. */
const types = new URL('../../../docs/how-to/polkadot-js.types.json', import.meta.url);

export const definitions = {
	types: JSON.parse(readFileSync(types, 'utf8')),
	rpc: {
		channels: {
			watch: {
				description: 'Hands over the last receipt of a channel, SCALE-encoded, to a watchtower',
				params: [{ name: 'receipt', type: 'Bytes' }],
				type: 'u32',
			},
		},
		sensor: {
			submit: {
				description: 'Hands over messages of sensors, each SCALE-encoded and signed',
				params: [{ name: 'messages', type: 'Vec<Bytes>' }],
				type: 'Vec<SensorReceipt>',
			},
			head: {
				description: "The number of the sensor's message that the node expects next",
				params: [{ name: 'sensor', type: 'u64' }],
				type: 'u64',
			},
		},
	},
	// The first transaction extension of the chain; nothing for a signer to add.
	signedExtensions: { AuthorizeCall: { extrinsic: {}, payload: {} } },
};
