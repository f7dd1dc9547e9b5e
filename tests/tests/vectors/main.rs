//! What is signed, byte by byte: `docs/vectors.json` has an example of each payload, and `docs/protocol.md` a table of
//! all tags.
//!
//! `UPDATE=1 cargo test -p syngraph-tests --test vectors` writes both. Signatures of sr25519 differ each time that they
//! are made: those that are published stay as long as they are good.

mod examples;
mod tags;
mod vector;

use std::{collections::BTreeSet, fs};

use serde_json::{json, Value};
use syngraph_tests::sources::{read, root};

use examples::vectors;
use tags::Tags;
use vector::{hex, Vector, GENESIS};

/// What is hashed, by its tag: what the hash is, and what follows the tag.
const HASHES: [(&str, &str, &str); 9] = [
	(
		"syngraph/seal/4",
		"seal",
		"agreement, window, roster, version, intermediary, result, secret",
	),
	(
		"syngraph/commitments/1",
		"commitment set",
		"the list of all seals",
	),
	(
		"syngraph/leaf/1",
		"leaf of a window's Merkle tree",
		"message",
	),
	(
		"syngraph/window/2",
		"digest of a window before its first message; after each, it is the hash of the digest so far and the message",
		"nothing",
	),
	(
		"syngraph/possession/1",
		"possession",
		"agreement, window, intermediary, digest",
	),
	(
		"syngraph/sources/1",
		"facts of a version",
		"grounds, and of each sensor where its messages begin and which are valid",
	),
	(
		"syngraph/grounds/1",
		"grounds of a version",
		"the earliest and the latest time of a message, the list of schemas",
	),
	(
		"syngraph/client/1",
		"leaf of a group's Merkle tree",
		"index, client",
	),
	(
		"syngraph/channel/1",
		"id of a channel",
		"the channel as it is opened, block, number of events before it in the block",
	),
];

const BEGIN: &str =
	"<!-- Written by `UPDATE=1 cargo test -p syngraph-tests --test vectors`; do not edit. -->\n";
const END: &str = "<!-- The end of what is written. -->\n";

fn update() -> bool {
	std::env::var_os("UPDATE").is_some()
}

/// The vectors, with the signatures that are published as far as these are good.
fn published() -> Vec<Vector> {
	let text = fs::read_to_string(root().join("docs/vectors.json")).unwrap_or_default();
	let known: Value = serde_json::from_str(&text).unwrap_or_default();
	vectors(&known["vectors"])
}

/// The tables of what is signed and of what is hashed.
fn tables(vectors: &[Vector], tags: &Tags) -> String {
	let signed = vectors
		.iter()
		.map(|vector| vector.row(&tags.signed[vector.tag()]));
	let hashed = HASHES
		.iter()
		.map(|(tag, what, of)| format!("| {what} | `{tag}` | {of} |\n"));
	let (signed, hashed): (String, String) = (signed.collect(), hashed.collect());
	format!("\n{SIGNED}{signed}\n{HASHED}{hashed}\n")
}

const SIGNED: &str = "| Payload | Tag | Signed by | Scheme | Fields in their order |
|---|---|---|---|---|
";

const HASHED: &str = "| Hash | Tag | After the tag |
|---|---|---|
";

#[test]
fn every_tag_of_the_code_has_a_vector_or_is_hashed() {
	let (tags, vectors) = (Tags::read(), published());
	let defined: BTreeSet<_> = tags.signed.into_keys().collect();
	let signed = vectors.iter().map(|vector| vector.tag().to_string());
	assert_eq!(defined, signed.collect());
	let hashed = HASHES.map(|(tag, ..)| tag.to_string());
	assert_eq!(tags.hashed, BTreeSet::from(hashed));
}

#[test]
fn the_published_vectors_are_those_of_the_code() {
	let vectors: Vec<_> = published().iter().map(Vector::json).collect();
	let whole = json!({ "genesis": hex(&GENESIS.0), "vectors": vectors });
	let text = serde_json::to_string_pretty(&whole).expect("it is JSON") + "\n";
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
	let tables = tables(&published(), &Tags::read());
	if update() {
		fs::write(&path, [before, BEGIN, &tables, END, after].concat()).expect("it can be written");
		return;
	}
	assert!(
		known == tables,
		"docs/protocol.md is out of date: run with UPDATE=1"
	);
}
