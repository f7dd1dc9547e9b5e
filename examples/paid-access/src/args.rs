//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{value_parser, Parser};

/// Pays for slots of a charger and a lock out of a direct, a delegated and a group's channel, closes
/// them, and checks every figure with the chain.
///
/// `make demo-access` starts all that it needs. Ends with an error if any figure does not add up.
#[derive(Parser, Debug)]
#[command(name = "paid-access", version)]
pub struct Args {
	/// The address of a node.
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	pub node: String,

	/// The address of the access server.
	#[arg(long, value_name = "URL")]
	pub server: String,

	/// Lets the access server, the lock and the node be killed, and the server hang: the folder in which
	/// whoever looks after them writes the process of each as `access.pid`, `lock.pid` and `node.pid`, starts
	/// it again when it is dead, and keeps what the lock prints as `lock.log`.
	#[arg(long, value_name = "FOLDER")]
	pub processes: Option<PathBuf>,

	/// Where the device `charger` listens.
	#[arg(long, value_name = "HOST:PORT")]
	pub charger: String,

	/// Where the device `lock` listens.
	#[arg(long, value_name = "HOST:PORT")]
	pub lock: String,

	/// A folder for the clients' records, which must be new.
	#[arg(long, value_name = "FOLDER")]
	pub records: PathBuf,

	/// How many slots are paid for out of each channel.
	#[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=1000))]
	pub slots: u32,

	/// How many clients the group has.
	#[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
	pub members: u32,

	/// The secret of the account that funds the depositors and the access server.
	#[arg(long, value_name = "SECRET", default_value = "//Alice")]
	pub suri: String,

	/// After how many seconds without any progress to give up.
	#[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = value_parser!(u64).range(1..=86_400))]
	pub patience: u64,

	/// Where to write all figures as JSON.
	#[arg(long, value_name = "FILE")]
	pub out: Option<PathBuf>,

	/// Only check what was given. Connects to nothing and writes nothing.
	#[arg(long)]
	pub check: bool,
}

impl Args {
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
}
