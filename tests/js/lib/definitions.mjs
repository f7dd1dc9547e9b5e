// What polkadot.js must be told about a Syngraph node: the types of what never occurs on chain, as sensors'
// messages do, and the node's own RPC. Pass it to `ApiPromise.create`, as docs/how-to/polkadot-js.md says.

import { example } from './how-to.mjs';

export const definitions = {
	types: example('polkadot-js.types.json'),
	rpc: example('polkadot-js.rpc.json'),
	// The first transaction extension of the chain; nothing for a signer to add.
	signedExtensions: { AuthorizeCall: { extrinsic: {}, payload: {} } },
};
