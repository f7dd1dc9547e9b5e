//! The command's keys, in files.

use std::{
	fs::{self, Permissions},
	os::unix::fs::PermissionsExt,
	process::Command,
};

use syngraph_client::secret::WellKnown;
use syngraph_payer::Key;

const SEED: &str = "0x7d4b1e0f7a8c9b3d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c7";

/// What the command says of a file of a key.
fn client(content: &str, mode: u32, more: &[&str]) -> Result<String, String> {
	let folder = tempfile::tempdir().unwrap();
	let file = folder.path().join("key");
	fs::write(&file, content).unwrap();
	fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
	let output = Command::new(env!("CARGO_BIN_EXE_syngraph-pay"))
		.args(["client", "--key"])
		.arg(&file)
		.args(more)
		.output()
		.unwrap();
	let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_string();
	match output.status.success() {
		true => Ok(text(output.stdout)),
		false => Err(text(output.stderr)),
	}
}

#[test]
fn a_key_of_its_own_makes_a_client() {
	for scheme in ["sr25519 ", "ed25519 ", "secp256k1 ", ""] {
		let line = format!("{scheme}{SEED}//2");
		let expected = Key::parse(&line, WellKnown::Refused).unwrap().client();
		let client = client(&format!("{line}\n"), 0o600, &[]);
		assert_eq!(client, Ok(expected.to_string()), "{scheme}");
	}
}

#[test]
fn what_is_no_secret_makes_none() {
	let commented = format!("{SEED} # mine\n");
	let two = format!("{SEED}\nsecond\n");
	for (content, reason) in [
		("", "is empty"),
		("  \n", "is empty"),
		("sr25519\n", "neither a seed nor a phrase"),
		("sr25519 //Alice\n", "publicly known"),
		("ed25519 //Alice\n", "publicly known"),
		(&*commented, "neither a seed nor a phrase"),
		(&*two, "more than one line"),
	] {
		let error = client(content, 0o600, &[]).unwrap_err();
		assert!(error.contains(reason), "{content:?}: {error}");
	}
	let error = client(SEED, 0o644, &[]).unwrap_err();
	assert!(error.contains("chmod 600"), "{error}");
	let known = client("//Alice\n", 0o600, &["--dev-keys"]);
	let alice = Key::parse("//Alice", WellKnown::Accepted).unwrap().client();
	assert_eq!(known, Ok(alice.to_string()));
}
