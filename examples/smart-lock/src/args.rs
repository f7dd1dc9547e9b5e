//! The command line.

use std::{path::PathBuf, time::Duration};

use anyhow::{ensure, Context, Error, Result};
use clap::{value_parser, Parser};
use sp_core::{sr25519, Pair};
use syngraph_client::secret::{self, WellKnown};
use syngraph_primitives::{WindowShape, MAX_INTERMEDIARIES, MAX_WINDOW_MESSAGES};
use syngraph_runtime::{Balance, MICRO_SYN, SYN};

use crate::network::most_locks;

/// Streams real bicycle trips as signed lock messages to the intermediaries of a Syngraph network, and
/// checks that every rental second of every full window is settled and paid for.
///
/// A rental service and its insurer agree that the insurer is paid for every second for which a bicycle
/// is unlocked: one agreement for each lock, and one more for the first three together. Ends with an
/// error if any figure on chain differs from what the trip file says.
#[derive(Parser, Debug)]
#[command(name = "smart-lock", version)]
pub struct Args {
	/// The WebSocket address of an intermediary's node; give it once for each, the first is also used
	/// for everything else.
	#[arg(
		long = "node",
		value_name = "URL",
		default_value = "ws://127.0.0.1:9944",
		value_parser = address
	)]
	pub nodes: Vec<String>,

	/// The trips: a CSV file with the columns bike_id, start_time, end_time and duration_sec.
	#[arg(
		long,
		value_name = "FILE",
		default_value = "examples/smart-lock/data/trips.csv"
	)]
	pub trips: PathBuf,

	/// How many bicycles to stream, the busiest of the file.
	#[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..=most_locks().into()))]
	pub bikes: u32,

	/// How many messages of each lock a window holds; a trip makes two. One more than `--slide`, and every
	/// trip is in one window, whatever else the lock says.
	#[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..=MAX_WINDOW_MESSAGES.into()))]
	pub size: u32,

	/// By how many messages the next window is further on.
	#[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u32).range(1..=MAX_WINDOW_MESSAGES.into()))]
	pub slide: u32,

	/// How many times faster than in reality time passes; 0 sends everything without a pause.
	#[arg(long, value_name = "FACTOR", default_value_t = 10_000, value_parser = value_parser!(u32))]
	pub speed: u32,

	/// What the insurer is paid per rental second, in the smallest unit (10^-12 SYN); at most 1 SYN.
	#[arg(long, value_name = "AMOUNT", default_value_t = 100 * MICRO_SYN, value_parser = rate)]
	pub rate: Balance,

	/// The secret of the account that funds the two users.
	#[arg(long, value_name = "SECRET", default_value = "//Alice")]
	pub suri: String,

	/// The secret of an intermediary's protocol key, which its node must hold in its keystore; give it
	/// once for each, at least twice. The account of the same secret operates the intermediary.
	#[arg(
		long = "intermediary-suri",
		value_name = "SECRET",
		default_values = ["//Alice", "//Bob"]
	)]
	pub intermediaries: Vec<String>,

	/// After how many seconds without any progress to give up.
	#[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = value_parser!(u64).range(1..=86_400))]
	pub patience: u64,

	/// Where to write all figures as JSON.
	#[arg(long, value_name = "FILE")]
	pub out: Option<PathBuf>,

	/// Only check what was given, the trip file included. Connects to nothing and writes nothing.
	#[arg(long)]
	pub check: bool,
}

impl Args {
	/// Whether the secrets are some, and enough.
	pub fn check_secrets(&self) -> Result<()> {
		secret(&self.suri).context("--suri")?;
		let mut keys = Vec::new();
		for suri in &self.intermediaries {
			keys.push(secret(suri).context("--intermediary-suri")?.public());
		}
		keys.sort();
		keys.dedup();
		ensure!(
			keys.len() == self.intermediaries.len(),
			"--intermediary-suri: one secret is given twice"
		);
		ensure!(
			(2..=MAX_INTERMEDIARIES as usize).contains(&keys.len()),
			"--intermediary-suri: each of the two users needs an intermediary, and all have at most \
			 {MAX_INTERMEDIARIES}; {} given",
			keys.len()
		);
		Ok(())
	}

	/// The windows' shape.
	pub fn shape(&self) -> WindowShape {
		WindowShape {
			size: self.size,
			slide: self.slide,
		}
	}

	/// How long nothing may happen.
	pub fn patience(&self) -> Duration {
		Duration::from_secs(self.patience)
	}
}

/// The key of a secret, which everybody may know: the example is for development chains. What was meant as a
/// secret is not repeated in an error.
pub fn secret(suri: &str) -> Result<sr25519::Pair> {
	let key = secret::key(suri, WellKnown::Accepted);
	key.map(|key| key.pair).map_err(Error::msg)
}

fn address(text: &str) -> Result<String, String> {
	let host = text.strip_prefix("ws://").or(text.strip_prefix("wss://"));
	match host {
		Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(text.into()),
		_ => Err("not an address like ws://127.0.0.1:9944".into()),
	}
}

fn rate(text: &str) -> Result<Balance, String> {
	match text.parse() {
		Ok(rate) if (1..=SYN).contains(&rate) => Ok(rate),
		Ok(_) => Err(format!("not in 1..={SYN}")),
		Err(error) => Err(format!("no amount: {error}")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Args::command().debug_assert();
	}

	#[test]
	fn nodes_and_intermediaries_can_be_given_several_times() {
		let args = Args::parse_from(["smart-lock", "--node", "ws://a", "--node", "ws://b"]);
		assert_eq!(args.nodes, ["ws://a", "ws://b"]);
		assert_eq!(args.intermediaries, ["//Alice", "//Bob"]);
	}

	#[test]
	fn every_number_has_a_range() {
		let parse = |name: &str, value: &str| {
			let argument = format!("{name}={value}");
			Args::try_parse_from(["smart-lock", &argument]).map_err(|error| error.to_string())
		};
		for (name, bad, good) in [
			("--bikes", ["0", "2048", "-1", "x"], ["1", "2047"]),
			("--size", ["0", "4097", "4.0", ""], ["1", "4096"]),
			("--slide", ["0", "4097", "1e3", " 1"], ["1", "4096"]),
			(
				"--speed",
				["-1", "4294967296", "x", ""],
				["0", "4294967295"],
			),
			(
				"--rate",
				["0", "1000000000001", "-1", "0.1"],
				["1", "1000000000000"],
			),
			("--patience", ["0", "86401", "-1", "x"], ["1", "86400"]),
			(
				"--node",
				["", "127.0.0.1:9944", "http://a", "ws://"],
				["ws://a", "wss://a:1"],
			),
		] {
			for value in bad {
				let error = parse(name, value).unwrap_err();
				assert!(
					error.contains(&format!("for '{name} <")),
					"{name} {value}: {error}"
				);
			}
			for value in good {
				assert!(parse(name, value).is_ok(), "{name} {value}");
			}
		}
	}

	#[test]
	fn each_user_needs_an_intermediary_of_its_own() {
		let check = |suris: &[&str]| {
			let suris = suris.iter().flat_map(|suri| ["--intermediary-suri", suri]);
			let args = Args::parse_from(["smart-lock"].into_iter().chain(suris));
			args.check_secrets().map_err(|error| format!("{error:#}"))
		};
		assert_eq!(check(&[]), Ok(()), "there are some by default");
		assert!(check(&["//A"]).unwrap_err().ends_with("1 given"));
		assert!(check(&["//A", "//B", "//A"])
			.unwrap_err()
			.ends_with("given twice"));
		let many: Vec<_> = (0..17).map(|n| format!("//{n}")).collect();
		let many: Vec<_> = many.iter().map(String::as_str).collect();
		assert!(check(&many).unwrap_err().ends_with("17 given"));
		assert_eq!(check(&many[1..]), Ok(()));
		let odd = check(&["//A", "quite secret"]).unwrap_err();
		assert!(
			odd.starts_with("--intermediary-suri: holds neither a seed nor a phrase"),
			"{odd}"
		);
		assert!(!odd.contains("quite"));
		let empty = check(&["//A", ""]).unwrap_err();
		assert!(
			empty.starts_with("--intermediary-suri: is empty"),
			"{empty}"
		);
	}
}
