//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{value_parser, Parser};
use syngraph_primitives::WindowShape;
use syngraph_runtime::{Balance, MICRO_SYN};

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
		default_value = "ws://127.0.0.1:9944"
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
	#[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
	pub bikes: u32,

	/// How many messages of each lock a window holds; a trip makes two.
	#[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u32).range(1..))]
	pub size: u32,

	/// By how many messages the next window is further on.
	#[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u32).range(1..))]
	pub slide: u32,

	/// How many times faster than in reality time passes; 0 sends everything without a pause.
	#[arg(long, value_name = "FACTOR", default_value_t = 10_000, value_parser = value_parser!(u32))]
	pub speed: u32,

	/// What the insurer is paid per rental second, in the smallest unit (10^-12 SYN).
	#[arg(long, value_name = "AMOUNT", default_value_t = 100 * MICRO_SYN)]
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
	#[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = value_parser!(u64).range(1..))]
	pub patience: u64,

	/// Where to write all figures as JSON.
	#[arg(long, value_name = "FILE")]
	pub out: Option<PathBuf>,
}

impl Args {
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
}
