// What a chain says about its own pallets, and what the documentation says of them.

import { readFileSync } from 'node:fs';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { definitions } from './definitions.mjs';

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

/** The types that have a variant for each pallet. They are told by their names: pallets are compared one by one. */
const OUTER = ['RuntimeCall', 'RuntimeEvent'];

/** The types of a runtime, each written out down to what its encoding is made of. */
class Types {
	constructor(lookup) {
		this.lookup = lookup;
		this.known = new Map();
	}

	/** The type with this number in the metadata, as text: two types with the same one are encoded alike. */
	of(number) {
		const key = number.toString();
		if (!this.known.has(key)) {
			this.known.set(key, undefined);
			this.known.set(key, this.write(this.lookup.getSiType(number)));
		}
		const text = this.known.get(key);
		if (text === undefined) throw new Error(`type ${key} contains itself`);
		return text;
	}

	write({ path, def }) {
		const name = path.at(-1)?.toString();
		if (OUTER.includes(name)) return name;
		if (def.isPrimitive) return def.asPrimitive.type;
		if (def.isCompact) return `compact ${this.of(def.asCompact.type)}`;
		if (def.isSequence) return `[${this.of(def.asSequence.type)}]`;
		if (def.isArray) return `[${this.of(def.asArray.type)}; ${def.asArray.len}]`;
		if (def.isTuple) return `(${def.asTuple.map((part) => this.of(part)).join(', ')})`;
		if (def.isComposite) return this.fields(def.asComposite.fields);
		if (def.isVariant) return `<${this.variants(def.asVariant).join(' | ')}>`;
		throw new Error(`a type of an unknown sort: ${def.type}`);
	}

	fields(fields) {
		const field = ({ name, type }) => (name.isSome ? `${name.unwrap()}: ` : '') + this.of(type);
		return `(${fields.map(field).join(', ')})`;
	}

	/** Each variant with its number, which comes before what it holds. */
	variants({ variants }) {
		return variants.map(({ index, name, fields }) => `${index} ${name}${this.fields(fields)}`);
	}
}

/**
 * What the users of a runtime rely on, from its metadata as `state_getMetadata` answers: what is added to each
 * transaction, in `extensions`; and of each pallet, by name, its number, and its calls and events with their numbers
 * and fields, whose types are written out. `stored(pallet, item)` is the type of what is in the pallet's storage.
 */
export function contract(hex) {
	const registry = new TypeRegistry();
	const metadata = new Metadata(registry, hex);
	registry.setMetadata(metadata, undefined, definitions.signedExtensions, true);
	// What `state_getMetadata` answers, whatever other forms a runtime knows.
	const { extrinsic, pallets } = metadata.asV14;
	const types = new Types(registry.lookup);
	const listed = (type) =>
		type.isSome ? types.variants(registry.lookup.getSiType(type.unwrap().type).def.asVariant) : [];
	const extension = ({ identifier, type, additionalSigned }) =>
		`${identifier}: ${types.of(type)}, ${types.of(additionalSigned)}`;
	const interfaces = pallets.map(({ name, index, calls, events }) => [
		name.toString(),
		{ index: index.toNumber(), calls: listed(calls), events: listed(events) },
	]);
	const stored = (pallet, item) => {
		const { storage } = pallets.find(({ name }) => name.eq(pallet));
		const { type } = storage.unwrap().items.find(({ name }) => name.eq(item));
		return types.of(type.isMap ? type.asMap.value : type.asPlain);
	};
	return {
		extensions: extrinsic.signedExtensions.map(extension),
		pallets: Object.fromEntries(interfaces),
		stored,
	};
}
