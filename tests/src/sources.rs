//! The repository's own files, for tests of what the documents say of the code.

use std::{
	fs,
	path::{Path, PathBuf},
};

/// The repository's folder.
pub fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file.
pub fn read(path: impl AsRef<Path>) -> String {
	let path = path.as_ref();
	fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of the product's crates and of what their tests have in common, in the order of the workspace: from the
/// bottom up.
pub fn crates() -> Vec<String> {
	let manifest = read(root().join("Cargo.toml"));
	let (_, members) = manifest.split_once("members = [").expect("members");
	let (members, _) = members.split_once(']').expect("an end");
	let beside = ["examples", "bench", "tests", "tools"];
	let of_product = |member: &&str| {
		*member == "tests/kit" || !beside.contains(&member.split('/').next().unwrap_or(""))
	};
	members
		.split('"')
		.skip(1)
		.step_by(2)
		.filter(of_product)
		.map(Into::into)
		.collect()
}
