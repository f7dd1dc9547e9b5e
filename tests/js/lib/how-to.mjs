// What the how-tos give their readers.

import { readFileSync } from 'node:fs';

const read = (name) => readFileSync(new URL(`../../../docs/how-to/${name}`, import.meta.url), 'utf8');

/** A file of JSON that stands beside the how-tos. */
export const example = (name) => JSON.parse(read(name));

/** The pieces of JavaScript that are printed in a how-to, in their order. */
export const scripts = (name) =>
	[...read(`${name}.md`).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
