//! The operator's way back when a device and its server are out of step, as the program prints it.

use std::{convert::Infallible, path::Path};

use syngraph_device::{Config, CounterStore, Secret, State, Verifier, VerifyError};
use tempfile::TempDir;

use super::{prepare, run, CONFIG, DEVICE};
use crate::pretended::Node;

/// A device's memory, in which number zero is the next.
struct New;

impl CounterStore for New {
	type Error = Infallible;

	fn load(&mut self) -> Result<State, Infallible> {
		Ok(State::default())
	}

	fn store(&mut self, _: &State) -> Result<(), Infallible> {
		Ok(())
	}
}

fn device() -> Verifier<New> {
	let secret = Secret::from_hex(DEVICE.trim()).unwrap();
	Verifier::open(secret, Config::default(), New, 0).unwrap()
}

/// A data folder of a server whose node is there, and the path of its configuration.
async fn begun(folder: &Path) -> (Node, String) {
	let node = Node::start().await;
	let config = CONFIG.replace("ws://127.0.0.1:9944", &node.url());
	let path = prepare(folder, &config);
	let (success, text) = run(&["init", "--config", &path]);
	assert!(success && text.contains("password number 0"), "{text}");
	// It may take a while, so it says what it waits for.
	let asked = format!("asking the node at {}", node.url());
	assert!(text.contains(&asked), "{text}");
	(node, path)
}

const DOOR: [&str; 4] = ["--device", "door", "--service", "open"];

/// What follows on a line that begins so.
fn after<'a>(text: &'a str, begin: &str) -> &'a str {
	let mut lines = text.lines().filter_map(|line| line.strip_prefix(begin));
	lines.next().unwrap_or_else(|| panic!("{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_brings_a_device_back_that_is_far_behind() {
	let folder = TempDir::new().unwrap();
	let (_node, path) = begun(folder.path()).await;
	let config = ["--config", &path];
	let (success, text) = run(&[&["skip", "--slots", "250000"][..], &config].concat());
	assert!(success, "{text}");
	let pair = [&["pair"][..], &DOOR, &config].concat();
	let mut device = device();
	for first in [250_000, 250_002] {
		let (success, text) = run(&pair);
		assert!(success, "{text}");
		let line = after(&text, &format!("{first} "));
		let (one, two) = line.split_once(' ').unwrap();
		if first == 250_000 {
			assert_eq!(device.check(first, one, 0), Err(VerifyError::TooFar(0)));
		}
		assert_eq!(device.check_pair(first, [one, two], 0), Ok(()));
		assert_eq!(device.state().counter, first + 2);
		// Each once.
		assert_eq!(
			device.check(first + 1, two, 0),
			Err(VerifyError::Passed(first + 2))
		);
	}
	// Of what there is not, there is none.
	let nothing = ["pair", "--device", "door", "--service", "lock"];
	let (success, text) = run(&[&nothing[..], &config].concat());
	assert!(!success && text.contains("no such service"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn skipping_goes_forward_to_a_number_and_not_back() {
	let folder = TempDir::new().unwrap();
	let (_node, path) = begun(folder.path()).await;
	let skip = |to: &str| {
		let arguments = [&["skip", "--to", to][..], &DOOR, &["--config", &path]];
		run(&arguments.concat())
	};
	for to in ["1000", "1000", "1001"] {
		let (success, text) = skip(to);
		assert!(success, "{text}");
		assert_eq!(after(&text, "door open: the next password is number "), to);
	}
	for lower in ["1000", "0"] {
		let (success, text) = skip(lower);
		assert!(
			!success && text.contains("the next password is number 1001 already"),
			"{text}"
		);
	}
	// It is the next that is given.
	let (success, text) = run(&[&["pair"][..], &DOOR, &["--config", &path]].concat());
	assert!(success, "{text}");
	let (one, _) = after(&text, "1001 ").split_once(' ').unwrap();
	assert_eq!(device().check(1001, one, 0), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_skipped_to_where_numbers_end() {
	let folder = TempDir::new().unwrap();
	let (_node, path) = begun(folder.path()).await;
	let skip = |how: &str, number: &str| {
		let arguments = [&["skip", how, number][..], &DOOR, &["--config", &path]];
		run(&arguments.concat())
	};
	let (last, after_last) = ("9007199254740991", "9007199254740992");
	let refused = |how: &str, number: &str| {
		let (success, text) = skip(how, number);
		let reason = format!("door open: no passwords after number {last}");
		assert!(!success && text.contains(&reason), "{text}");
	};
	refused("--to", "18446744073709551615");
	refused("--slots", "18446744073709551615");
	refused("--to", after_last);
	let (success, text) = skip("--to", last);
	assert!(success, "{text}");
	refused("--slots", "1");
}
