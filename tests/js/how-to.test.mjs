// The script of docs/how-to/polkadot-js.md does what it says, as it is printed there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scripts } from './lib/how-to.mjs';
import { DevNode } from './lib/node.mjs';
import { Steps } from './lib/steps.mjs';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const HOW_TO = here('../../docs/how-to');
/** The node's address in the script. */
const PRINTED = 'ws://127.0.0.1:9944';

describe('the how-to for polkadot.js', { timeout: 300_000 }, () => {
	let node;
	let folder;
	const steps = new Steps();
	const step = steps.take;

	before(async () => {
		node = await DevNode.start();
		folder = await mkdtemp(join(tmpdir(), 'syngraph-how-to-'));
	});

	after(async () => {
		await node?.stop(steps.failed);
		await rm(folder, { recursive: true, force: true });
	});

	step('has a script that registers everybody, makes an agreement and sees a window settle', async () => {
		const script = scripts('polkadot-js').join('\n');
		assert.ok(script.includes(PRINTED));
		// Beside the `docs` folder, as the how-to has it.
		await mkdir(join(folder, 'docs'));
		await cp(HOW_TO, join(folder, 'docs/how-to'), { recursive: true });
		await symlink(here('node_modules'), join(folder, 'node_modules'));
		await writeFile(join(folder, 'sign.mjs'), script.replace(PRINTED, node.url));
		const { stdout } = await run(process.execPath, ['sign.mjs'], { cwd: folder, timeout: 240_000 });
		assert.match(stdout, /status: 'accepted'.*status: 'accepted'.*result: '60'/s);
	});
});
