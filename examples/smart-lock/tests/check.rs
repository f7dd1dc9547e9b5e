//! What the program says of what it is given, before it looks for a network.

use std::{
	fs,
	path::{Path, PathBuf},
	process::{Command, Output},
};

use jsonrpsee::{
	server::{Server, ServerHandle},
	RpcModule,
};
use serde_json::{json, Value};
use syngraph_runtime::VERSION;
use tempfile::{tempdir, TempDir};

const HEADER: &str = "bike_id,start_time,end_time,duration_sec\n";
const GOOD: &str = "1,2019-11-03 10:00:00.0000,2019-11-03 10:05:00.0000,300\n\
	1,2019-11-03 11:00:00.0000,2019-11-03 11:05:00.0000,300\n\
	1,2019-11-03 12:00:00.0000,2019-11-03 12:05:00.0000,300\n";

/// Runs the program.
fn smart_lock(arguments: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_smart-lock"))
		.args(arguments)
		.output()
		.expect("it runs")
}

/// What a run with `--check` prints if it finds nothing wrong, and what it complains of if it does.
fn check(arguments: &[&str]) -> Result<String, String> {
	let output = smart_lock(&[arguments, &["--check"]].concat());
	let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
	match output.status.success() {
		true => Ok(text(output.stdout)),
		false => Err(text(output.stderr)),
	}
}

/// A trip file in a folder of its own.
fn file(contents: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
	let folder = tempdir().unwrap();
	let file = folder.path().join("trips.csv");
	fs::write(&file, contents).unwrap();
	(folder, file)
}

fn check_file(contents: impl AsRef<[u8]>) -> Result<String, String> {
	let (_folder, file) = file(contents);
	check(&["--trips", file.to_str().unwrap()])
}

#[test]
fn a_row_that_contradicts_itself_is_left_out_before_money_moves() {
	let spring = "1,2019-03-10 01:50:00.0000,2019-03-10 03:10:00.0000,1200\n";
	let said = check_file(format!("{HEADER}{spring}{GOOD}")).unwrap();
	assert!(
		said.contains(
			"trips.csv, line 2: the trip took 4800 s by its times, but 1200 s by `duration_sec`: left out"
		),
		"{said}"
	);
	assert!(said.contains("3 trips of 1 bicycles"), "{said}");
	let fall = "1,2019-11-03 01:50:00.0000,2019-11-03 01:10:00.0000,1200\n";
	let said = check_file(format!("{HEADER}{fall}{GOOD}")).unwrap();
	assert!(
		said.contains("trips.csv, line 2: the trip ends before it starts: left out"),
		"{said}"
	);
	assert!(said.contains("3 trips of 1 bicycles"), "{said}");
}

#[test]
fn of_many_bad_rows_some_are_named() {
	let bad = "1,never,2019-11-03 01:10:00.0000,1200\n".repeat(25);
	let said = check_file(format!("{HEADER}{GOOD}{bad}")).unwrap();
	assert_eq!(said.matches(": left out").count(), 20);
	assert!(
		said.contains("trips.csv: 5 more rows are left out"),
		"{said}"
	);
}

#[test]
fn a_file_that_is_no_table_of_trips_is_named_with_its_line() {
	let utf16: Vec<u8> = format!("\u{feff}{HEADER}{GOOD}")
		.encode_utf16()
		.flat_map(u16::to_le_bytes)
		.collect();
	let nul = format!("{HEADER}{}", GOOD.replacen("1,", "1\0,", 1));
	let twice = HEADER.replace("_sec", "_sec,bike_id") + &GOOD.replace('\n', ",2\n");
	for (contents, complaint) in [
		(
			utf16,
			"trips.csv: line 1: the file is in UTF-16 or UTF-32: save it in UTF-8",
		),
		(
			nul.into(),
			"trips.csv: line 2: a NUL byte: the file is damaged, or not in UTF-8",
		),
		(
			twice.into(),
			"trips.csv: line 1: the column `bike_id` occurs twice",
		),
		(HEADER.into(), "trips.csv: the file holds no trips"),
	] {
		let said = check_file(contents).unwrap_err();
		assert!(
			said.starts_with("error: ") && said.contains(complaint),
			"{said}"
		);
	}
	let said = check(&["--trips", "/nowhere/trips.csv"]).unwrap_err();
	assert!(
		said.contains("cannot open /nowhere/trips.csv: No such file"),
		"{said}"
	);
}

#[test]
fn neither_the_input_nor_an_earlier_output_is_emptied() {
	let (folder, file) = file(format!("{HEADER}{GOOD}"));
	let trips = file.to_str().unwrap();
	let said = check(&["--trips", trips, "--out", trips]).unwrap_err();
	assert!(said.contains("which would be lost"), "{said}");
	assert!(fs::read_to_string(&file).unwrap().ends_with(GOOD));

	// Not even by a run that goes on, and finds no node.
	let out = folder.path().join("figures.json");
	fs::write(&out, "earlier figures").unwrap();
	let arguments = ["--trips", trips, "--out", out.to_str().unwrap()];
	assert!(check(&arguments).is_ok());
	let nobody = ["--node", "ws://127.0.0.1:1", "--patience", "1"];
	let output = smart_lock(&[&arguments[..], &nobody].concat());
	assert!(!output.status.success());
	assert_eq!(fs::read_to_string(&out).unwrap(), "earlier figures");
	assert_eq!(
		fs::read_dir(folder.path()).unwrap().count(),
		2,
		"nothing is left"
	);

	let nowhere = folder.path().join("none/figures.json");
	let said = check(&["--trips", trips, "--out", nowhere.to_str().unwrap()]).unwrap_err();
	assert!(said.contains("cannot write"), "{said}");
}

#[test]
fn arguments_are_checked_without_a_network() {
	let (_folder, file) = file(format!("{HEADER}{GOOD}"));
	let trips = file.to_str().unwrap();
	for (name, value, complaint) in [
		("--bikes", "2048", "2048 is not in 1..=2047"),
		("--size", "5000", "5000 is not in 1..=4096"),
		("--intermediary-suri", "//Alice", "1 given"),
		("--suri", "not a secret", "--suri: holds neither a seed nor"),
		("--suri", "", "--suri: is empty"),
		("--suri", "//Alice # mine", "--suri: has something after"),
		("--suri", "//Alice ", "--suri: has something after"),
		("--intermediary-suri", "", "--intermediary-suri: is empty"),
		("--node", "localhost", "not an address like ws://"),
		("--out", "/", "cannot write /"),
	] {
		let said = check(&["--trips", trips, name, value]).unwrap_err();
		assert!(said.contains(complaint), "{name} {value}: {said}");
	}
}

/// A node of a chain that is in earnest, which says nothing but that.
async fn live_node() -> (ServerHandle, String) {
	let mut module = RpcModule::new(());
	let version = json!({
		"specName": VERSION.spec_name,
		"specVersion": VERSION.spec_version,
		"transactionVersion": VERSION.transaction_version,
	});
	let mut answer = |method, answer: Value| {
		module
			.register_method(method, move |_, _, _| answer.clone())
			.unwrap();
	};
	answer("state_getRuntimeVersion", version);
	answer(
		"chain_getBlockHash",
		json!(format!("0x{}", "07".repeat(32))),
	);
	answer("system_chainType", json!("Live"));
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	(server.start(module), url)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_everybody_knows_are_for_development_chains() {
	let (_folder, file) = file(format!("{HEADER}{GOOD}"));
	let (_handle, url) = live_node().await;
	let trips = file.to_str().unwrap();
	let output = smart_lock(&["--trips", trips, "--node", &url, "--patience", "5"]);
	let said = String::from_utf8(output.stderr).unwrap();
	assert!(!output.status.success());
	assert!(
		said.contains("the node's chain is not a development chain"),
		"{said}"
	);
}

#[test]
fn windows_that_one_message_can_shift_are_warned_of() {
	let (_folder, file) = file(format!("{HEADER}{GOOD}"));
	let trips = file.to_str().unwrap();
	let said = check(&["--trips", trips, "--size", "2", "--slide", "2"]).unwrap();
	assert!(
		said.contains("warning: by its place among the messages, a duration counts"),
		"{said}"
	);
	assert!(
		said.contains("with a window size of 3 each counts once"),
		"{said}"
	);
	assert!(!check(&["--trips", trips]).unwrap().contains("warning"));
}

#[test]
fn the_example_passes_its_own_check() {
	let trips = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/trips.csv");
	let said = check(&["--trips", trips.to_str().unwrap(), "--bikes", "24"]).unwrap();
	assert!(said.contains("389 trips of 24 bicycles"), "{said}");
}
