// What has been built, where scripts/env.sh says that it is.

import { join } from 'node:path';

const built = (...path) => join(process.env.TARGET_DIR, 'debug', ...path);

/** The path of a program. */
export const program = (name) => built(name);

/** The path of a runtime's wasm, by the name of its crate. */
export const wasm = (name) => built('wbuild', name, `${name.replace('-', '_')}.wasm`);
