// What a chain says about its own pallets, and what the documentation says of them.

import { readFileSync } from 'node:fs';

const errors = new URL('../../../docs/errors.md', import.meta.url);

/** The variants of an enum type that the metadata describes: calls, events or errors. */
const variants = (api, type) =>
	type.isSome
		? api.registry.lookup
				.getSiType(type.unwrap().type)
				.def.asVariant.variants.map(({ name, docs, fields }) => ({ name, docs, fields }))
		: [];

/** Everything that a pallet offers: `{ sort, name, docs, fields }` of each item. */
export function items(api, pallet) {
	const found = api.runtimeMetadata.asLatest.pallets.find(({ name }) => name.eq(pallet));
	if (!found) throw new Error(`the chain has no pallet ${pallet}`);
	const storage = found.storage.isSome ? found.storage.unwrap().items : [];
	const sorts = {
		call: variants(api, found.calls),
		event: variants(api, found.events),
		error: variants(api, found.errors),
		storage,
		constant: found.constants,
	};
	return Object.entries(sorts).flatMap(([sort, list]) =>
		[...list].map(({ name, docs, fields = [] }) => ({
			sort,
			name: name.toString(),
			docs: docs.map(String).join(' ').trim(),
			fields,
		})),
	);
}

/** The errors that docs/errors.md has rows for, by the heading that they are under. */
export function documentedErrors() {
	const sections = readFileSync(errors, 'utf8').split(/^## /m).slice(1);
	const rows = (section) => [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
	const named = sections.map((section) => [section.split('\n', 1)[0], rows(section).sort()]);
	return Object.fromEntries(named.filter(([, names]) => names.length > 0));
}
