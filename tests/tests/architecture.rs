//! What docs/architecture.md says of the crates is so: who imports whom, in which order; and no modules of a crate
//! import each other in a circle.

use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	path::Path,
};

use syngraph_tests::sources::{crates, read, root};

/// What each module imports, by name.
type Imports = BTreeMap<String, BTreeSet<String>>;

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

/// The sources of a crate by module, without its tests.
fn modules(folder: &Path) -> BTreeMap<String, String> {
	let mut modules = BTreeMap::new();
	for entry in fs::read_dir(folder).expect("a folder") {
		let path = entry.expect("an entry").path();
		let name = path
			.file_stem()
			.expect("a name")
			.to_string_lossy()
			.to_string();
		let text = match path.is_dir() {
			true => sources(&path),
			false => read(&path),
		};
		let module: &mut String = modules.entry(name).or_default();
		*module += text.split("#[cfg(test)]").next().unwrap_or_default();
	}
	for root in ["lib", "main", "tests", "mock", "bin"] {
		modules.remove(root);
	}
	modules
}

/// All sources in a folder, without tests.
fn sources(folder: &Path) -> String {
	let entries = fs::read_dir(folder).expect("a folder");
	let paths = entries.map(|entry| entry.expect("an entry").path());
	let own = paths.filter(|path| path.file_stem().is_some_and(|name| name != "tests"));
	own.map(|path| match path.is_dir() {
		true => sources(&path),
		false => read(&path),
	})
	.collect()
}

/// Which modules each module names after `crate::`.
fn imports(modules: &BTreeMap<String, String>) -> Imports {
	let named = |text: &str| -> BTreeSet<String> {
		text.split("crate::")
			.skip(1)
			.flat_map(|rest| match rest.strip_prefix('{') {
				// Of a list, the first word of each member that is not in a list of its own.
				Some(list) => first_words(list),
				None => vec![word(rest)],
			})
			.collect()
	};
	let of = |(name, text): (&String, &String)| {
		let mut named = named(text);
		named.retain(|other| other != name && modules.contains_key(other));
		(name.clone(), named)
	};
	modules.iter().map(of).collect()
}

fn word(text: &str) -> String {
	let is_part = |letter: &char| letter.is_alphanumeric() || *letter == '_';
	text.chars().take_while(is_part).collect()
}

fn first_words(list: &str) -> Vec<String> {
	let (mut depth, mut words, mut start) = (0, Vec::new(), 0);
	for (at, letter) in list.char_indices() {
		match letter {
			'{' => depth += 1,
			'}' if depth == 0 => {
				words.push(word(list[start..at].trim_start()));
				break;
			},
			'}' => depth -= 1,
			',' if depth == 0 => {
				words.push(word(list[start..at].trim_start()));
				start = at + 1;
			},
			_ => (),
		}
	}
	words
}

/// The modules that import themselves by way of others.
fn circle(imports: &Imports) -> BTreeSet<&String> {
	let reaches = |from: &String| {
		let mut reached = BTreeSet::new();
		let mut next = vec![from];
		while let Some(module) = next.pop() {
			let new = imports[module]
				.iter()
				.filter(|other| reached.insert(*other));
			next.extend(new.collect::<Vec<_>>());
		}
		reached.contains(from)
	};
	imports.keys().filter(|module| reaches(module)).collect()
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
	for (folder, _) in rows() {
		let modules = modules(&root().join(&folder).join("src"));
		let imports = imports(&modules);
		assert_eq!(circle(&imports), BTreeSet::new(), "{folder}");
	}
}
