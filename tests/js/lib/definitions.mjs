// What polkadot.js must be told about a Syngraph node: the types of what never occurs on chain, as sensors'
// messages do, and the node's own RPC. Pass it to `ApiPromise.create`, as docs/how-to/polkadot-js.md says.

import { readFileSync } from 'node:fs';

/** What the how-to gives its readers. */
const given = (name) =>
	JSON.parse(readFileSync(new URL(`../../../docs/how-to/polkadot-js.${name}.json`, import.meta.url), 'utf8'));

export const definitions = {
	types: given('types'),
	rpc: given('rpc'),
	// The first transaction extension of the chain; nothing for a signer to add.
	signedExtensions: { AuthorizeCall: { extrinsic: {}, payload: {} } },
};
