// What polkadot.js must be told about a Syngraph node: the types of what never occurs on chain, as sensors'
// messages do, and the node's own RPC. Pass it to `ApiPromise.create`, or paste `types` into the
// polkadot.js UI (Settings, Developer).

export const definitions = {
	types: {
		SensorValue: { _enum: { Bool: 'bool', Integer: 'i64', Text: 'Bytes' } },
		SensorMessage: {
			sensor: 'u64',
			kind: 'Bytes',
			sequence: 'u64',
			timestamp: 'u64',
			values: 'Vec<SensorValue>',
		},
		SignedSensorMessage: { message: 'SensorMessage', signature: '[u8; 64]' },
		SensorReceipt: { status: 'Text', reason: 'Option<Text>', expected: 'Option<u64>' },
		KeyProof: {
			role: { _enum: ['User', 'Sensor', 'Intermediary'] },
			owner: 'AccountId',
		},
		Consent: { agreement: 'H256', intermediary: 'u64' },
	},
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
