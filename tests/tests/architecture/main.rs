//! What docs/architecture.md says of the crates is so: who imports whom, in which order; and no modules of a crate
//! import each other in a circle.

mod comments;
mod names;
mod pure;

use std::collections::{BTreeMap, BTreeSet};

use names::{Imports, Names};
use syngraph_tests::sources::{crates, read, root};

/// The words in back quotes.
fn quoted(text: &str) -> Vec<String> {
	text.split('`').skip(1).step_by(2).map(Into::into).collect()
}

/// The rows of the table: each crate's folder, and the folders of those of ours that it imports.
fn rows() -> Vec<(String, BTreeSet<String>)> {
	let text = read(root().join("docs/architecture.md"));
	let table = text.lines().filter(|line| line.starts_with("| `"));
	let row = |line: &str| {
		let cells: Vec<_> = line.split('|').map(quoted).collect();
		(cells[1][0].clone(), cells[3].iter().cloned().collect())
	};
	table.map(row).collect()
}

/// The package's name, and the names of what it depends on outside tests.
fn manifest(folder: &str) -> (String, BTreeSet<String>) {
	let text = read(root().join(folder).join("Cargo.toml"));
	let section = |name: &str| -> Vec<&str> {
		let lines = text.lines().skip_while(|line| *line != name).skip(1);
		lines.take_while(|line| !line.starts_with('[')).collect()
	};
	let key = |line: &str| {
		let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
		line[..end].to_string()
	};
	let package = section("[package]");
	let name = package.iter().find(|line| line.starts_with("name"));
	let name = name
		.and_then(|line| line.split('"').nth(1))
		.expect("a name");
	(
		name.into(),
		section("[dependencies]").into_iter().map(key).collect(),
	)
}

#[test]
fn each_crate_imports_what_the_table_says_and_all_of_it_stands_above() {
	let rows = rows();
	let manifests: BTreeMap<_, _> = rows.iter().map(|(at, _)| (at, manifest(at))).collect();
	let mut above = BTreeSet::new();
	for (folder, stated) in &rows {
		let (_, dependencies) = &manifests[folder];
		let imported: BTreeSet<_> = manifests
			.iter()
			.filter(|(_, (name, _))| dependencies.contains(name))
			.map(|(at, _)| at.to_string())
			.collect();
		assert_eq!(&imported, stated, "{folder}");
		assert!(
			imported.is_subset(&above),
			"{folder} imports what stands below"
		);
		above.insert(folder.clone());
	}
}

#[test]
fn the_table_has_every_crate_of_the_product() {
	let rows = rows();
	let members: BTreeSet<_> = crates().into_iter().collect();
	assert_eq!(
		members,
		rows.into_iter().map(|(folder, _)| folder).collect()
	);
}

/// The modules that import themselves by way of others, of a crate whose modules have these texts.
fn circle(open: &dyn Fn(&[String]) -> String) -> BTreeSet<String> {
	let imports = Names::read(open).imports();
	let all = imports.keys();
	let caught = all.filter(|module| reaches_itself(&imports, module));
	caught.map(|module| module.join("::")).collect()
}

fn reaches_itself(imports: &Imports, module: &[String]) -> bool {
	let mut reached = BTreeSet::new();
	let mut next = vec![module];
	while let Some(from) = next.pop() {
		for other in imports.get(from).into_iter().flatten() {
			if reached.insert(&other[..]) {
				next.push(other);
			}
		}
	}
	reached.contains(module)
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
	for (folder, _) in rows() {
		let folder = root().join(&folder).join("src");
		let roots = ["lib.rs", "main.rs"].map(|name| folder.join(name));
		for first in roots.into_iter().filter(|path| path.exists()) {
			let open = |module: &[String]| match module {
				[] => read(&first),
				_ => read(folder.join(module.join("/")).with_extension("rs")),
			};
			assert_eq!(circle(&open), BTreeSet::new(), "{}", first.display());
		}
	}
}

/// The circle of a crate of these modules: of each its path and its text.
fn circle_of(modules: &[(&str, &str)]) -> Vec<String> {
	let texts: BTreeMap<_, _> = modules.iter().copied().collect();
	let open = |module: &[String]| texts[&*module.join("::")].to_string();
	circle(&open).into_iter().collect()
}

#[test]
fn a_circle_is_seen_by_whatever_names_it_goes() {
	let root =
		"mod a; mod b; mod c; pub use a::One; pub use b::{Two, Two as Second}; pub use c::*;";
	let back = [
		"use crate::b::Two;",
		"use crate::{Two as Other};",
		"use super::Second;",
		"use super::{b, c};",
		"use crate::Three;",
		"use crate::*; fn f(two: Two) {}",
		"fn f() { crate::Second::new() }",
		"fn f() { vec![super::Three] }",
		"#[error(\"{}\", crate::Two)] struct Error;",
	];
	for back in back {
		let a = format!("pub struct One; {back}");
		let modules = [
			("", root),
			("a", a.as_str()),
			("b", "use crate::One; pub struct Two;"),
			("c", "use super::a; pub struct Three;"),
		];
		let circle = circle_of(&modules);
		assert!(circle.contains(&"a".into()), "{back}: {circle:?}");
	}
}

#[test]
fn a_circle_within_a_module_is_seen() {
	let modules = [
		("", "mod p;"),
		("p", "mod a; mod b; use a::One; use b::Two;"),
		("p::a", "use super::Two; pub struct One;"),
		("p::b", "use crate::p::One; pub struct Two;"),
	];
	assert_eq!(circle_of(&modules), ["p::a", "p::b"]);
}

#[test]
fn a_module_may_use_what_is_defined_around_it() {
	let modules = [
		("", "mod a; mod b; pub use a::One; pub struct Two(One);"),
		("a", "use crate::Two; mod inner; pub struct One;"),
		("a::inner", "use super::{One, Two}; use crate::b::Three;"),
		("b", "pub struct Three; #[cfg(test)] mod tests;"),
	];
	assert!(circle_of(&modules).is_empty());
}

#[test]
fn names_that_lead_back_to_each_other_lead_nowhere() {
	let modules = [
		("", "mod a; use a::One as Two; use x::y;"),
		(
			"a",
			"pub use crate::Two as One; use super::y as x; fn f() { x::y::g() }",
		),
	];
	assert!(circle_of(&modules).is_empty());
}
