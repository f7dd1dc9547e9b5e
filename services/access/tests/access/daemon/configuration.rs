//! What is refused before anything begins.

use std::{
	fs::{self, Permissions},
	os::unix::fs::PermissionsExt,
};

use sp_core::{sr25519, Pair};
use tempfile::TempDir;

use super::{certificate, check, prepare, private, run, CONFIG, DEVICE, SEED};

#[test]
fn it_checks_its_configuration() {
	let folder = TempDir::new().unwrap();
	let (success, text) = check(folder.path(), CONFIG);
	assert!(success, "{text}");
	assert!(
		text.contains("door open: 1000000000000000000000 for 30 s"),
		"{text}"
	);
	for margin in ["margin = 36\nstale_seconds = 59", "stale_seconds = 87"] {
		let (success, text) = check(folder.path(), &format!("{margin}\n{CONFIG}"));
		assert!(success, "{text}");
	}
	let price = |price: &str| CONFIG.replace("1000000000000000000000", price);
	let slot =
		|seconds: &str| CONFIG.replace("slot_seconds = 30", &format!("slot_seconds = {seconds}"));
	let quota =
		|lines: &str| CONFIG.replacen("[[devices]]", &format!("[quota]\n{lines}\n[[devices]]"), 1);
	let top = |line: &str| format!("{line}\n{CONFIG}");
	let twice = CONFIG.split_once("[[devices]]").unwrap().1;
	let service = CONFIG.split_once("[[devices.services]]").unwrap().1;
	let tower = "tower = \"ws://127.0.0.1:1\"";
	for (config, complaint) in [
		(price("0"), "price = 0: must be from 1 to"),
		(price(&"9".repeat(28)), "must be from 1 to"),
		(price("+5"), "must be decimal digits"),
		(price(""), "must be decimal digits"),
		(price(&"9".repeat(50)), "must be decimal digits"),
		(slot("0"), "slot_seconds = 0: must be from 1 to 604800"),
		(slot("604801"), "slot_seconds = 604801: must be"),
		(slot("-1"), "slot_seconds = -1"),
		(CONFIG.replace("\"secret\"", "\"nothing\""), "No such file"),
		(CONFIG.replace("slot_seconds", "slot"), "unknown field"),
		(top("margin = 0"), "margin = 0: must be from 36 to 1799"),
		(top("margin = 35"), "margin = 35: must be from 36 to 1799"),
		(
			top("margin = 35"),
			"begins anew when a node has lost a close",
		),
		(
			top("margin = 1800"),
			"margin = 1800: must be from 36 to 1799",
		),
		(
			top(&format!("{tower}\nmargin = 40")),
			"margin = 40: must be from 41",
		),
		(
			top("closings_per_block = 0"),
			"closings_per_block = 0: must be from 1 to 1000",
		),
		(
			top("closings_per_block = 1001"),
			"closings_per_block = 1001: must be",
		),
		(
			top("stale_seconds = 0"),
			"stale_seconds = 0: must be from 6 to 3600",
		),
		(
			top("stale_seconds = 88"),
			"stale_seconds = 88: with margin = 50 must be at most 87",
		),
		(
			top("margin = 36"),
			"stale_seconds = 60: with margin = 36 must be at most 59",
		),
		(
			top("tip_percent = 51"),
			"tip_percent = 51: must be from 0 to 50",
		),
		(top("stale_seconds = 3601"), "stale_seconds = 3601: must be"),
		(
			top("connections = 0"),
			"connections = 0: must be from 1 to 65536",
		),
		(top("connections = 65537"), "connections = 65537: must be"),
		(
			top("connections_per_address = 0"),
			"connections_per_address = 0: must be from 1 to 1024",
		),
		(
			top("connections = 5\nconnections_per_address = 6"),
			"connections_per_address = 6: must be from 1 to 5",
		),
		(top("tower = \"\""), "tower = \"\": must be a ws://"),
		(
			CONFIG.replace("ws://127.0.0.1:9944", "http://a"),
			"node = \"http://a\": must be a ws://",
		),
		(
			CONFIG.replace("ws://127.0.0.1:9944", "ws://"),
			"must be a ws://",
		),
		(
			CONFIG.replace("127.0.0.1:1\"", "127.0.0.1:0\""),
			"the port of listen = 0: must be from 1",
		),
		(
			CONFIG.replace("127.0.0.1:1\"", "127.0.0.1:65535\""),
			"the port of admin",
		),
		(
			top("admin = \"127.0.0.1:1\""),
			"must have a different port from listen",
		),
		(
			quota("slots = 0\nseconds = 1"),
			"quota.slots = 0: must be from 1 to 1000000",
		),
		(
			quota("slots = 1\nseconds = 0"),
			"quota.seconds = 0: must be from 1 to 2678400",
		),
		(
			format!("{CONFIG}digits = 9\n"),
			"digits = 9: must be from 6 to 8",
		),
		(format!("{CONFIG}digits = 5\n"), "digits = 5: must be"),
		(
			CONFIG.replace("\"open\"", "\"\""),
			"name = \"\": must be 1 to 64",
		),
		(
			CONFIG.replace("\"open\"", "\"open it\""),
			"name = \"open it\": must be",
		),
		(
			CONFIG.replace("\"door\"", "\"d\\u0000r\""),
			"must be 1 to 64 letters",
		),
		(
			CONFIG.replace("\"door\"", &format!("\"{}\"", "d".repeat(65))),
			"must be 1 to 64",
		),
		(
			format!("{CONFIG}[[devices]]{twice}"),
			"device \"door\" occurs twice",
		),
		(
			format!("{CONFIG}[[devices.services]]{service}"),
			"service \"open\" occurs twice",
		),
		(
			CONFIG.split_once("[[devices.").unwrap().0.to_string() + "services = []",
			"nothing is sold",
		),
		(
			CONFIG.split_once("[[devices]]").unwrap().0.to_string() + "devices = []",
			"nothing is sold",
		),
		(
			format!(
				"{CONFIG}[[devices.services]]{}",
				service.replace("\"open\"", "\"lock\"")
			),
			"is also that of service \"open\" of device \"door\"",
		),
		(
			CONFIG.replace("\"secret\"", "\"payee\""),
			"is also that of the payee",
		),
	] {
		let (success, text) = check(folder.path(), &config);
		assert!(!success && text.contains(complaint), "{complaint}: {text}");
		// Whatever reads a configuration checks it alike.
		let path = folder.path().join("access.toml");
		for command in ["serve", "init"] {
			let (success, text) = run(&[command, "--config", path.to_str().unwrap()]);
			assert!(
				!success && text.contains(complaint),
				"{command}: {complaint}: {text}"
			);
		}
	}
}

/// Every secret that is empty, odd, known to all or open to all is refused, by whatever reads it.
#[test]
fn it_does_not_take_what_is_no_secret() {
	let folder = TempDir::new().unwrap();
	let tls = "[tls]\ncertificate = \"certificate\"\nkey = \"key\"\n[[devices]]";
	let config = CONFIG.replacen("[[devices]]", tls, 1);
	certificate(folder.path());
	let path = prepare(folder.path(), &config);
	let all = |complaint: &str| {
		for command in ["check", "serve"] {
			let (success, text) = run(&[command, "--config", &path]);
			assert!(
				!success && text.contains(complaint),
				"{command}: {complaint}: {text}"
			);
		}
	};
	let commented = format!("{} # mine\n", SEED.trim());
	let two = format!("{SEED}//mine\n");
	for (content, complaint) in [
		("", "is empty"),
		("\n", "is empty"),
		("//Alice\n", "publicly known"),
		(&*commented, "neither a seed nor a phrase"),
		(&*two, "more than one line"),
		("ed25519 0x7d4b\n", "sr25519"),
	] {
		private(&folder.path().join("payee"), content);
		all(complaint);
	}
	private(&folder.path().join("payee"), SEED);
	let zero = "00".repeat(20);
	let commented = format!("{} # mine\n", DEVICE.trim());
	for (content, complaint) in [
		("", "is empty"),
		(&*zero, "anyone would guess"),
		(
			"3132333435363738393031323334353637383930\n",
			"anyone would guess",
		),
		("0x1234\n", "holds 2 bytes: a secret has 16 to 64"),
		(&*commented, "hexadecimal"),
	] {
		private(&folder.path().join("secret"), content);
		all(complaint);
	}
	private(&folder.path().join("secret"), DEVICE);
	for name in ["payee", "secret", "key"] {
		let file = folder.path().join(name);
		fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
		all(&format!("chmod 600 {}", file.display()));
		fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
	}
	assert!(run(&["check", "--config", &path]).0);
}

/// Two secrets that make the same passwords are one, however they are written; and what the payee's key is made of is
/// for no device.
#[test]
fn no_secret_is_there_twice() {
	const PHRASE: &str =
		"legal winner thank year wave sausage worth useful legal winner thank yellow";
	let folder = TempDir::new().unwrap();
	let service = CONFIG.split_once("[[devices.services]]").unwrap().1;
	let second = service
		.replace("\"open\"", "\"lock\"")
		.replace("\"secret\"", "\"other\"");
	let path = prepare(
		folder.path(),
		&format!("{CONFIG}[[devices.services]]{second}"),
	);
	let refused = |payee: &str, other: &str, owner: &str| {
		private(&folder.path().join("payee"), &format!("{payee}\n"));
		private(&folder.path().join("other"), &format!("{other}\n"));
		let (success, text) = run(&["check", "--config", &path]);
		assert!(
			!success && text.contains(&format!("is also that of {owner}")),
			"{payee} {other}: {text}"
		);
	};
	let (device, seed) = (DEVICE.trim(), SEED.trim());
	for same in [
		format!("{device}00"),
		format!("{}0000000000", device.to_uppercase().replace("0X", "0x")),
		format!("{}{}", &device[2..], "00".repeat(44)),
	] {
		refused(seed, &same, "service \"open\" of device \"door\"");
	}
	let (pair, entropy) = sr25519::Pair::from_phrase(PHRASE, None).unwrap();
	assert_eq!(pair.public(), sr25519::Pair::from_seed(&entropy).public());
	let of_phrase = array_bytes::bytes2hex("", entropy);
	for (payee, same) in [
		(seed.to_string(), &seed[2..]),
		(seed.to_string(), &format!("{seed}00")),
		(format!("sr25519 {seed}//charging/2"), seed),
		(format!("{seed}/charging"), seed),
		(PHRASE.to_string(), &of_phrase),
		(format!("{PHRASE}//charging"), &of_phrase),
	] {
		refused(&payee, same, "the payee");
	}
	private(&folder.path().join("payee"), SEED);
	private(&folder.path().join("other"), &format!("{}01\n", device));
	let (success, text) = run(&["check", "--config", &path]);
	assert!(success, "{text}");
}

#[test]
fn a_known_key_is_for_development_only_if_it_says_so() {
	let folder = TempDir::new().unwrap();
	let path = prepare(folder.path(), &format!("dev_keys = true\n{CONFIG}"));
	private(&folder.path().join("payee"), "//Alice\n");
	let (success, text) = run(&["check", "--config", &path]);
	assert!(
		success && text.contains("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
		"{text}"
	);
}
