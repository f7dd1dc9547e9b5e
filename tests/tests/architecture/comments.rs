//! Comments are as wide as CONTRIBUTING.md says. rustfmt leaves them alone.

use std::path::{Path, PathBuf};

use syngraph_tests::sources::{read, root};

/// The most columns. A tab takes four.
const WIDTH: usize = 120;

/// The project's source files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
	let entries = folder.read_dir().expect("a folder");
	let paths = entries.map(|entry| entry.expect("an entry").path());
	let is_ours = |path: &PathBuf| {
		let name = path.file_name().expect("a name").to_string_lossy();
		!name.starts_with('.') && !["target", "node_modules"].contains(&&*name)
	};
	let (folders, files): (Vec<_>, Vec<_>) = paths.filter(is_ours).partition(|path| path.is_dir());
	let is_rust = |path: &PathBuf| path.extension().is_some_and(|it| it == "rs");
	let below = folders.iter().flat_map(|folder| sources(folder));
	files.into_iter().filter(is_rust).chain(below).collect()
}

fn is_wide(line: &str) -> bool {
	let text = line.trim_start_matches('\t');
	let tabs = line.len() - text.len();
	text.starts_with("//") && text.chars().count() + 4 * tabs > WIDTH
}

#[test]
fn no_comment_is_wider_than_a_line_may_be() {
	let mut wide = Vec::new();
	for path in sources(&root()) {
		let text = read(&path);
		let lines = text.lines().zip(1..).filter(|(line, _)| is_wide(line));
		wide.extend(lines.map(|(_, number)| format!("{}:{number}", path.display())));
	}
	assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn a_wide_comment_is_seen() {
	let wide = "x".repeat(WIDTH - 8);
	assert!(!is_wide(&format!("\t// {wide}x")));
	assert!(is_wide(&format!("\t// {wide}xx")));
	assert!(!is_wide(&format!("\tlet {wide}xxxx")));
}
