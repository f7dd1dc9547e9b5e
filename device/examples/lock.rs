//! A simulated door lock: a password opens it for a slot, and whoever comes next with another one
//! finds it open for a slot from then on.

mod simulator;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use simulator::{Appliance, Options, Simulator};

/// A simulated lock that opens for one-time passwords.
#[derive(Parser)]
#[command(name = "lock")]
struct Arguments {
	#[command(flatten)]
	options: Options,
}

struct Lock;

impl Appliance for Lock {
	fn busy(&self, _: &str) -> Option<String> {
		None
	}

	fn serve(&mut self, service: &str, time: Duration) {
		println!("{service}: open for {} s", time.as_secs());
	}
}

fn main() -> ExitCode {
	Simulator::run(&Arguments::parse().options, Lock)
}
