//! What two nodes must agree on depends on nothing but its inputs, and runs without a standard library.

use std::path::{Path, PathBuf};

use syngraph_tests::sources::{read, root};

/// What is executed as part of the chain.
const ON_CHAIN: [&str; 9] = [
	"joint",
	"primitives",
	"protocol",
	"pallets/registry",
	"pallets/agreements",
	"pallets/disputes",
	"pallets/channels",
	"offchain/worker",
	"runtime",
];
/// Clocks, chance, threads, disks, networks, orders that differ from run to run, and numbers that differ from machine
/// to machine.
const STRANGE: [&str; 10] = [
	"std::",
	"HashMap",
	"HashSet",
	"Instant",
	"SystemTime",
	"rand::",
	"rand_core",
	"f32",
	"f64",
	"thread",
];

/// The crate's source files, but for those that only tests and benchmarks have.
fn files(folder: &Path) -> Vec<PathBuf> {
	let entries = folder.read_dir().expect("a folder");
	let paths = entries.map(|entry| entry.expect("an entry").path());
	let is_product = |path: &PathBuf| {
		let name = path.file_stem().expect("a name").to_string_lossy();
		!["tests", "mock", "testing", "benchmarking", "benchmarks"].contains(&&*name)
	};
	paths
		.filter(is_product)
		.flat_map(|path| match path.is_dir() {
			true => files(&path),
			false => vec![path],
		})
		.collect()
}

/// What a file compiles to in the product: neither comments nor the tests at its end.
fn code(text: &str) -> String {
	let product = text.split("#[cfg(test)]\nmod tests {").next();
	let lines = product.expect("there is always one").lines();
	let code = lines.map(|line| line.split("//").next().expect("there is always one"));
	code.collect::<Vec<_>>().join("\n")
}

/// Those of the strange words that are in a text as words.
fn strange(text: &str) -> Vec<&'static str> {
	let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
	let is_word = |at: usize, word: &str| {
		let before = text[..at].chars().next_back();
		let after = text[at + word.len()..].chars().next();
		let ends = word.ends_with(':') || !after.is_some_and(part_of_word);
		ends && !before.is_some_and(part_of_word)
	};
	let found = |word: &&str| text.match_indices(*word).any(|(at, _)| is_word(at, word));
	STRANGE.into_iter().filter(found).collect()
}

#[test]
fn what_is_executed_on_chain_depends_on_nothing_strange() {
	for folder in ON_CHAIN {
		for path in files(&root().join(folder).join("src")) {
			let found = strange(&code(&read(&path)));
			assert!(found.is_empty(), "{}: {found:?}", path.display());
		}
	}
}

#[test]
fn strange_words_are_seen() {
	assert_eq!(strange("use std::time::Instant;"), ["std::", "Instant"]);
	assert_eq!(strange("let x: f64 = 0.0;"), ["f64"]);
	assert!(strange("Instantly and understd::ood, xf64").is_empty());
	assert!(strange(&code(
		"fn f() {} // a HashMap\n#[cfg(test)]\nmod tests {\nuse std::fs;"
	))
	.is_empty());
}

#[test]
fn what_runs_on_chain_or_on_a_device_needs_no_standard_library() {
	for folder in ON_CHAIN.into_iter().chain(["device"]) {
		let text = read(root().join(folder).join("src/lib.rs"));
		let says_so = text
			.lines()
			.any(|line| line.starts_with("#![") && line.contains("no_std"));
		assert!(says_so, "{folder}");
	}
	let device = files(&root().join("device/src"));
	assert!(
		device
			.iter()
			.all(|path| !code(&read(path)).contains("alloc::")),
		"it allocates"
	);
}
