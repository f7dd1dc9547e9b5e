//! What is signed and hashed, byte by byte: `docs/vectors.json` has an example of each payload, hash and tree, and
//! `docs/protocol.md` tables of all tags and types.
//!
//! `UPDATE=1 cargo test -p syngraph-tests --test vectors` writes both. Signatures of sr25519 differ each time that they
//! are made: those that are published stay as long as they are good.

mod examples;
mod hashes;
mod scalars;
mod tags;
mod trees;
mod types;
mod vector;

use std::{collections::BTreeSet, fs};

use serde_json::{json, Value};
use syngraph_tests::sources::{read, root};

use examples::vectors;
use hashes::{hashes, Hashed};
use scalars::{scalars, Scalared};
use tags::Tags;
use trees::{outcome_lists, trees, OutcomeList, Tree};
use types::{hex, Types};
use vector::{Vector, GENESIS};

const BEGIN: &str =
	"<!-- Written by `UPDATE=1 cargo test -p syngraph-tests --test vectors`; do not edit. -->\n";
const END: &str = "<!-- The end of what is written. -->\n";

fn update() -> bool {
	std::env::var_os("UPDATE").is_some()
}

/// All that is published.
struct Published {
	vectors: Vec<Vector>,
	hashes: Vec<Hashed>,
	scalars: Vec<Scalared>,
	trees: Vec<Tree>,
	outcomes: Vec<OutcomeList>,
}

impl Published {
	/// What the code makes, with the signatures that are published as far as these are good.
	fn new() -> Self {
		let text = fs::read_to_string(root().join("docs/vectors.json")).unwrap_or_default();
		let known: Value = serde_json::from_str(&text).unwrap_or_default();
		Self {
			vectors: vectors(&known["vectors"]),
			hashes: hashes(),
			scalars: scalars(),
			trees: trees(),
			outcomes: outcome_lists(),
		}
	}

	/// The types of all that is signed or hashed.
	fn types(&self) -> Types {
		let mut types = Types::default();
		let signed = self.vectors.iter().map(Vector::ty);
		let hashed = self.hashes.iter().flat_map(|hashed| &hashed.parts);
		let scalared = self.scalars.iter().flat_map(|scalared| &scalared.parts);
		let all = signed.chain(hashed.chain(scalared).map(|part| &part.ty));
		all.for_each(|ty| types.add(ty));
		types
	}

	/// The text of `docs/vectors.json`.
	fn json(&self) -> String {
		let vectors: Value = self.vectors.iter().map(Vector::json).collect();
		let hashes: Value = self.hashes.iter().map(Hashed::json).collect();
		let scalars: Value = self.scalars.iter().map(Scalared::json).collect();
		let trees: Value = self.trees.iter().map(Tree::json).collect();
		let outcomes: Value = self.outcomes.iter().map(OutcomeList::json).collect();
		let whole = json!({
			"genesis": hex(&GENESIS.0),
			"hashes": hashes,
			"outcomes": outcomes,
			"scalars": scalars,
			"trees": trees,
			"types": self.types().json(),
			"vectors": vectors,
		});
		serde_json::to_string_pretty(&whole).expect("it is JSON") + "\n"
	}

	/// The tables of what is signed, of its types, and of what is hashed.
	fn tables(&self, tags: &Tags) -> String {
		let signed = self.vectors.iter();
		let signed: String = signed
			.map(|vector| vector.row(&tags.signed[vector.tag()]))
			.collect();
		let mut hashed: Vec<_> = self.hashes.iter().map(Hashed::row).collect();
		// Of a kind of which there are several examples there is one row.
		hashed.dedup();
		hashed.extend(self.scalars.iter().map(Scalared::row));
		let (types, hashed) = (self.types().rows(), hashed.concat());
		format!("\n{SIGNED}{signed}\n{TYPES}{types}\n{HASHED}{hashed}\n")
	}
}

const SIGNED: &str = "| Payload | Tag | Signed by | Scheme | Type |
|---|---|---|---|---|
";

const TYPES: &str = "| Type | | Fields in their order, or variants with their index |
|---|---|---|
";

const HASHED: &str = "| Hash | Tag | After the tag |
|---|---|---|
";

#[test]
fn every_tag_of_the_code_has_a_vector_or_is_hashed() {
	let (tags, published) = (Tags::read(), Published::new());
	let defined: BTreeSet<_> = tags.signed.into_keys().collect();
	let vectors = published.vectors.iter();
	let signed = vectors.map(|vector| vector.tag().to_string());
	assert_eq!(defined, signed.collect());
	let hashed = published.hashes.iter().filter_map(|hashed| hashed.tag);
	let scalared = published.scalars.iter().map(|scalared| scalared.tag);
	let hashed = hashed.chain(scalared);
	assert_eq!(tags.hashed, hashed.map(String::from).collect());
}

#[test]
fn the_published_vectors_are_those_of_the_code() {
	let text = Published::new().json();
	let path = root().join("docs/vectors.json");
	if update() {
		fs::write(&path, &text).expect("the vectors can be written");
	}
	let known = fs::read_to_string(&path).unwrap_or_default();
	assert!(
		known == text,
		"docs/vectors.json is out of date: run with UPDATE=1"
	);
}

#[test]
fn the_tables_of_tags_are_those_of_the_code() {
	let path = root().join("docs/protocol.md");
	let text = read(&path);
	let (before, rest) = text.split_once(BEGIN).expect("the tables begin");
	let (known, after) = rest.split_once(END).expect("the tables end");
	let tables = Published::new().tables(&Tags::read());
	if update() {
		fs::write(&path, [before, BEGIN, &tables, END, after].concat()).expect("it can be written");
		return;
	}
	assert!(
		known == tables,
		"docs/protocol.md is out of date: run with UPDATE=1"
	);
}
