//! Files of secrets: what every program takes, and what none does.
#![cfg(unix)]

use std::{
	fs::{self, Permissions},
	os::unix::fs::PermissionsExt,
	path::PathBuf,
	sync::LazyLock,
	time::Duration,
};

use jsonrpsee::{server::Server, RpcModule};
use serde_json::{json, Value};
use sp_core::{ecdsa, ed25519, sr25519, Pair};
use syngraph_client::{
	secret::{self, Scheme, WellKnown},
	Client,
};
use syngraph_runtime::VERSION;
use tempfile::TempDir;

/// A new phrase.
static PHRASE: LazyLock<String> = LazyLock::new(|| sr25519::Pair::generate_with_phrase(None).1);
const SEED: &str = "0x2d4b1e0f7a8c9b3d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c6";

/// A file in a folder of its own.
fn file(content: &[u8], mode: u32) -> (TempDir, PathBuf) {
	let folder = TempDir::new().unwrap();
	let path = folder.path().join("secret");
	fs::write(&path, content).unwrap();
	fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
	(folder, path)
}

/// The key of a file, as the programs read it.
fn read(content: &str) -> Result<sr25519::Pair, String> {
	let (_folder, path) = file(content.as_bytes(), 0o600);
	let key = secret::read_key(&path, |_, secret| {
		secret::key::<sr25519::Pair>(secret, WellKnown::Refused)
	});
	key.map(|key| key.pair).map_err(|error| error.to_string())
}

fn first_word() -> &'static str {
	PHRASE.split_once(' ').unwrap().0
}

/// The beginning of the phrase. Of single words some are in what the errors say: "secret", "empty", "must".
fn beginning() -> &'static str {
	let second = PHRASE.match_indices(' ').nth(1).unwrap().0;
	&PHRASE[..second]
}

fn refused(content: &str, reason: &str) {
	let error = read(content).map(|_| ()).unwrap_err();
	assert!(error.contains(reason), "{content:?}: {error}");
	// What is wrong is said without the secret.
	assert!(
		!error.contains(beginning()) && !error.contains("2d4b"),
		"{error}"
	);
}

#[test]
fn a_file_has_one_line_with_a_seed_or_a_phrase() {
	for secret in [&**PHRASE, SEED] {
		let direct = sr25519::Pair::from_string(secret, None).unwrap();
		for content in [
			secret.to_string(),
			format!("{secret}\n"),
			format!("{secret}\r\n"),
			format!("sr25519 {secret}\n"),
		] {
			assert_eq!(read(&content).unwrap().public(), direct.public());
		}
		let derived = sr25519::Pair::from_string(&format!("{secret}//rental/2"), None).unwrap();
		let found = read(&format!("{secret}//rental/2")).unwrap();
		assert_eq!(found.public(), derived.public());
	}
}

#[test]
fn what_is_empty_is_no_key() {
	for content in ["", "\n", " \n", "\t", "\r\n"] {
		refused(content, "is empty");
	}
}

#[test]
fn what_follows_a_secret_is_not_taken_for_its_path() {
	for secret in [&**PHRASE, SEED] {
		refused(&format!("{secret} # mine\n"), "neither a seed nor a phrase");
		refused(&format!("{secret}//a # mine"), "not a derivation path");
		refused(&format!("{secret}// mine"), "not a derivation path");
		refused(&format!("{secret}//"), "not a derivation path");
		refused(&format!("{secret}///password"), "not a derivation path");
		refused(&format!("{secret}\n// mine\n"), "more than one line");
		refused(&format!("{secret}\n\n"), "more than one line");
		refused(&format!("# mine\n{secret}\n"), "more than one line");
		refused(&format!(" {secret}"), "spaces around");
		refused(&format!("{secret} \n"), "spaces around");
	}
}

#[test]
fn what_is_almost_a_secret_is_none() {
	refused(&SEED[2..], "neither a seed nor a phrase");
	refused(&SEED[..65], "neither a seed nor a phrase");
	refused(&format!("{SEED}0"), "neither a seed nor a phrase");
	refused(&PHRASE.replace(' ', "  "), "neither a seed nor a phrase");
	refused(&PHRASE.to_uppercase(), "neither a seed nor a phrase");
	refused(
		PHRASE.split_once(' ').unwrap().1,
		"neither a seed nor a phrase",
	);
	refused(
		&PHRASE.replacen(first_word(), "nonsense", 1),
		"a word that is wrong",
	);
	refused("\u{feff}0x", "neither a seed nor a phrase");
}

#[test]
fn what_everybody_knows_is_no_secret() {
	let dev = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
	for content in [
		"//Alice",
		"//Somebody//else",
		dev,
		&format!("{dev}//Mine"),
		"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
		&format!("0x{}", "00".repeat(32)),
		&format!("0x{}", "aA".repeat(32)),
		&format!("0x{}//mine", "01".repeat(32)),
		// The seed behind //Alice, and the one behind them all.
		"0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a",
		"0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e//Mine",
	] {
		refused(content, "publicly known");
		refused(content, "`--dev-keys`");
		refused(content, "`dev_keys = true`");
	}
}

#[test]
fn what_everybody_knows_is_marked_where_it_is_accepted() {
	let known = |secret| {
		let sr = secret::key::<sr25519::Pair>(secret, WellKnown::Accepted).unwrap();
		let ed = secret::key::<ed25519::Pair>(secret, WellKnown::Accepted).unwrap();
		let ec = secret::key::<ecdsa::Pair>(secret, WellKnown::Accepted).unwrap();
		let direct = sr25519::Pair::from_string(secret, None).unwrap();
		assert_eq!(sr.pair.public(), direct.public());
		[sr.is_well_known, ed.is_well_known, ec.is_well_known]
	};
	assert_eq!(known("//Alice"), [true; 3]);
	assert_eq!(known(SEED), [false; 3]);
	assert_eq!(known(&PHRASE), [false; 3]);
}

#[test]
fn a_scheme_may_be_named() {
	assert_eq!(secret::scheme(SEED), (Scheme::Sr25519, SEED));
	assert_eq!(secret::scheme(&PHRASE), (Scheme::Sr25519, &**PHRASE));
	for (name, scheme) in [
		("sr25519", Scheme::Sr25519),
		("ed25519", Scheme::Ed25519),
		("secp256k1", Scheme::Secp256k1),
	] {
		assert_eq!(secret::scheme(&format!("{name} {SEED}")), (scheme, SEED));
	}
	refused(&format!("rsa {SEED}"), "neither a seed nor a phrase");
}

#[test]
fn who_else_can_read_it_is_told_how_to_prevent_that() {
	for mode in [0o644, 0o640, 0o604, 0o660, 0o602, 0o610] {
		let (_folder, path) = file(SEED.as_bytes(), mode);
		let error = secret::read(&path).unwrap_err().to_string();
		let cure = format!("chmod 600 {}", path.display());
		assert!(
			error.contains(&cure) && error.contains(&format!("{mode:03o}")),
			"{error}"
		);
	}
	for mode in [0o600, 0o400, 0o700] {
		let (_folder, path) = file(SEED.as_bytes(), mode);
		assert_eq!(secret::read(&path).unwrap()[..], *SEED.as_bytes());
	}
}

#[test]
fn a_file_that_cannot_be_a_secret_is_refused() {
	let (folder, path) = file(&[0xff, 0xfe, b'0'], 0o600);
	assert!(secret::read_line(&path)
		.unwrap_err()
		.to_string()
		.contains("UTF-8"));
	let (_other, long) = file(&vec![b'a'; 70_000], 0o600);
	assert!(secret::read(&long)
		.unwrap_err()
		.to_string()
		.contains("more than"));
	assert!(secret::read(&folder.path().join("nothing")).is_err());
	assert!(secret::read(folder.path()).is_err());
}

/// A node of a chain of some kind.
async fn node(kind: Value) -> (jsonrpsee::server::ServerHandle, Client) {
	let mut module = RpcModule::new(kind);
	let version = |_: jsonrpsee::types::Params<'_>, _: &Value, _: &jsonrpsee::Extensions| {
		json!({
			"specName": VERSION.spec_name,
			"implName": VERSION.impl_name,
			"authoringVersion": VERSION.authoring_version,
			"specVersion": VERSION.spec_version,
			"implVersion": VERSION.impl_version,
			"apis": [],
			"transactionVersion": VERSION.transaction_version,
			"stateVersion": 1,
		})
	};
	module
		.register_method("state_getRuntimeVersion", version)
		.unwrap();
	module
		.register_method("chain_getBlockHash", |_, _, _| {
			format!("0x{}", "07".repeat(32))
		})
		.unwrap();
	module
		.register_method("system_chainType", |_, kind, _| kind.clone())
		.unwrap();
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	let handle = server.start(module);
	let client = Client::connect(url, Duration::from_secs(5)).await.unwrap();
	(handle, client)
}

#[tokio::test]
async fn known_keys_are_for_development_chains() {
	for (kind, is_development) in [
		(json!("Development"), true),
		(json!("Local"), true),
		(json!("Live"), false),
		(json!({ "Custom": "Development" }), false),
	] {
		let (_handle, client) = node(kind.clone()).await;
		let checked = secret::ensure_development(&client).await;
		assert_eq!(checked.is_ok(), is_development, "{kind}");
	}
}
