// What has been built, where scripts/env.sh says that it is.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const built = (...path) => join(process.env.TARGET_DIR, 'debug', ...path);

/** The path of a program. */
export const program = (name) => built(name);

/** The path of a runtime's wasm, by the name of its crate. */
export const wasm = (name) => built('wbuild', name, `${name.replace('-', '_')}.wasm`);

/** What compressed code begins with, in hexadecimal digits. */
export const COMPRESSED = '52bc537646db8e05';

/** The same wasm as a transaction brings it to the chain: compressed, since it would not fit into a block otherwise. */
export function compressed(name) {
	const code = execFileSync('zstd', ['--quiet', '--stdout', wasm(name)], { maxBuffer: 2 ** 24 });
	return Buffer.concat([Buffer.from(COMPRESSED, 'hex'), code]);
}
