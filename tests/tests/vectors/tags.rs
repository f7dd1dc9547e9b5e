//! The tags that stand in the sources.

use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	path::{Path, PathBuf},
};

use syngraph_tests::sources::{crates, read, root};

/// All tags of the product's crates.
pub struct Tags {
	/// The tag of each signed payload, with the file that defines it.
	pub signed: BTreeMap<String, String>,
	/// The others, which stand before what is hashed.
	pub hashed: BTreeSet<String>,
}

impl Tags {
	/// Reads the sources.
	pub fn read() -> Self {
		let (mut signed, mut all) = (BTreeMap::new(), BTreeSet::new());
		for path in crates().iter().flat_map(|folder| files(folder)) {
			let text = read(root().join(&path));
			let text = text
				.split("#[cfg(test)]\nmod tests {")
				.next()
				.unwrap_or_default();
			all.extend(tags(text));
			for tag in defined(text) {
				let other = signed.insert(tag.clone(), path.clone());
				assert_eq!(other, None, "{tag} belongs to two payloads");
			}
		}
		let hashed = all.into_iter().filter(|tag| !signed.contains_key(tag));
		Self {
			hashed: hashed.collect(),
			signed,
		}
	}
}

/// The Rust files of a crate but its tests and benchmarks, as paths from the repository's folder.
fn files(folder: &str) -> Vec<String> {
	let text = |path: PathBuf| {
		let path = path.strip_prefix(root()).expect("it is in the repository");
		path.to_str().expect("it is a text").to_string()
	};
	let all = walk(&root().join(folder).join("src"));
	all.into_iter().map(text).collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
	let entries = fs::read_dir(folder).expect("a folder");
	let paths = entries.map(|entry| entry.expect("an entry").path());
	let own = paths.filter(|path| {
		path.file_stem()
			.is_some_and(|name| name != "tests" && name != "benchmarking")
	});
	own.flat_map(|path| match path.is_dir() {
		true => walk(&path),
		false => vec![path],
	})
	.filter(|path| path.extension() == Some("rs".as_ref()))
	.collect()
}

/// All strings in a text that are tags: they end with the number of a version.
fn tags(text: &str) -> BTreeSet<String> {
	let strings = text
		.match_indices("\"syngraph/")
		.filter_map(|(at, _)| text[at + 1..].split('"').next());
	let is_tag = |string: &&str| {
		let version = string.rsplit('/').next().unwrap_or_default();
		!version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
	};
	strings.filter(is_tag).map(Into::into).collect()
}

/// The tags that a text defines for payloads.
fn defined(text: &str) -> Vec<String> {
	let definitions = text.split("const TAG").skip(1);
	definitions
		.filter_map(|rest| rest.split(';').next())
		// The trait itself has none.
		.filter(|definition| definition.contains('='))
		.map(|definition| definition.split('"').nth(1).expect("a string").into())
		.collect()
}
