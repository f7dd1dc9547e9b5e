use super::*;
use std::os::unix::fs::symlink;
use tempfile::{tempdir, TempDir};

/// A folder with a file in it, whose text is `old`.
fn folder() -> (TempDir, PathBuf) {
	let folder = tempdir().unwrap();
	let file = folder.path().join("figures.json");
	fs::write(&file, "old").unwrap();
	(folder, file)
}

fn read(file: &Path) -> String {
	fs::read_to_string(file).unwrap()
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
	let mut names: Vec<_> = fs::read_dir(folder)
		.unwrap()
		.map(|entry| entry.unwrap().file_name().into_string().unwrap())
		.collect();
	names.sort();
	names
}

fn new(path: &Path) -> Result<Output> {
	Output::new(path, &[])
}

fn error(result: Result<Output>) -> String {
	format!("{:#}", result.unwrap_err())
}

#[test]
fn what_is_there_stays_until_the_end() {
	let (folder, file) = folder();
	let output = new(&file).unwrap();
	assert_eq!(read(&file), "old");
	assert_eq!(names(folder.path()), ["figures.json"], "nothing is left");
	output.write("new").unwrap();
	assert_eq!(read(&file), "new");
	output.write("newer").unwrap();
	assert_eq!(read(&file), "newer");
	assert_eq!(names(folder.path()), ["figures.json"]);
}

#[test]
fn a_new_file_appears_when_it_is_complete() {
	let (folder, _) = folder();
	let file = folder.path().join("new.json");
	let output = new(&file).unwrap();
	assert!(!file.exists());
	output.write("text").unwrap();
	assert_eq!(read(&file), "text");
	let made_plainly = folder.path().join("plain");
	fs::write(&made_plainly, "").unwrap();
	let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode();
	assert_eq!(mode(&file), mode(&made_plainly));
}

#[test]
fn an_output_that_is_an_input_is_refused() {
	let (folder, file) = folder();
	let (link, hard) = (folder.path().join("link"), folder.path().join("hard"));
	symlink(&file, &link).unwrap();
	fs::hard_link(&file, &hard).unwrap();
	let detour = folder
		.path()
		.join("../")
		.join(folder.path().file_name().unwrap());
	for output in [&file, &link, &hard, &detour.join("figures.json")] {
		for input in [&file, &link, &hard] {
			let error = error(Output::new(output, &[input]));
			assert!(error.contains("which would be lost"), "{error}");
		}
	}
	assert_eq!(read(&file), "old");
	// A file beside it is none, nor is one that is not there.
	assert!(Output::new(folder.path().join("other"), &[&file]).is_ok());
	assert!(Output::new(&file, &[&folder.path().join("gone")]).is_ok());
}

#[test]
fn what_cannot_be_written_is_known_before() {
	let (folder, file) = folder();
	for (path, reason) in [
		(folder.path().to_owned(), "is a directory"),
		(
			folder.path().join("gone/figures.json"),
			"No such file or directory",
		),
		(file.join("below"), "Not a directory"),
		(
			"/proc/figures.json".into(),
			"cannot write /proc/figures.json: ",
		),
	] {
		let error = error(new(&path));
		assert!(error.contains(reason), "{path:?}: {error}");
	}
	let mut permissions = fs::metadata(&file).unwrap().permissions();
	permissions.set_mode(0o444);
	fs::set_permissions(&file, permissions).unwrap();
	assert!(error(new(&file)).ends_with("permission denied"));
	assert_eq!(read(&file), "old");
}

#[test]
fn a_failure_at_the_end_leaves_what_is_there() {
	let (folder, file) = folder();
	let moved = folder.path().with_extension("moved");
	let output = new(&file).unwrap();
	fs::rename(folder.path(), &moved).unwrap();
	assert!(output.write("new").is_err());
	assert_eq!(read(&moved.join("figures.json")), "old");
	fs::rename(&moved, folder.path()).unwrap();
	output.write("new").unwrap();
	assert_eq!(read(&file), "new");
}

#[test]
fn links_and_permissions_stay() {
	let (folder, file) = folder();
	fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
	let link = folder.path().join("link");
	symlink("figures.json", &link).unwrap();
	new(&link).unwrap().write("new").unwrap();
	assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
	assert_eq!(read(&file), "new");
	assert_eq!(
		fs::metadata(&file).unwrap().permissions().mode() & 0o777,
		0o640
	);
}

#[test]
fn a_stream_is_written_into() {
	let output = new(Path::new("/dev/null")).unwrap();
	output.write("text").unwrap();
	assert!(
		!fs::metadata("/dev/null").unwrap().is_file(),
		"it is still there"
	);
}

#[test]
fn a_name_alone_is_a_file_here() {
	assert!(matches!(
		new(Path::new("figures-that-are-not-there.json")).unwrap().place,
		Place::File { folder, .. } if folder == Path::new(".")
	));
	assert!(!Path::new("figures-that-are-not-there.json").exists());
}
