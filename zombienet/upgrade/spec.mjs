// Prints the raw specification of a chain that begins with the older runtime of this folder.

import { readFileSync } from 'node:fs';
import { COMPRESSED } from '../../tests/js/lib/built.mjs';

/** Where a chain's state has the code of its runtime: `:code`. */
const CODE = `0x${Buffer.from(':code').toString('hex')}`;

const file = (name) => readFileSync(new URL(name, import.meta.url));

const spec = JSON.parse(file('chain-1.json'));
const code = file('runtime-1.compressed.wasm').toString('hex');
const { top } = spec.genesis.raw;
if (top[CODE]) throw new Error('chain-1.json has a code of its own');
if (!code.startsWith(COMPRESSED)) throw new Error('runtime-1.compressed.wasm is not compressed as nodes expect');
top[CODE] = `0x${code}`;
process.stdout.write(`${JSON.stringify(spec, null, '\t')}\n`);
