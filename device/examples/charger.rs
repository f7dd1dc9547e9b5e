//! A simulated charger with one plug: a password pays for a slot of charging, and the next one is
//! looked at only when that is over. So a charger that dies owes nobody more than what runs.

mod simulator;

use std::{
	process::ExitCode,
	time::{Duration, Instant},
};

use clap::Parser;
use simulator::{Appliance, Options, Simulator};

/// A simulated charger that works for one-time passwords, with a service for each speed.
#[derive(Parser)]
#[command(name = "charger")]
struct Arguments {
	#[command(flatten)]
	options: Options,
}

struct Charger {
	/// Until when the plug is in use.
	until: Instant,
}

impl Appliance for Charger {
	fn busy(&self, _: &str) -> Option<String> {
		let left = self.until.saturating_duration_since(Instant::now());
		(!left.is_zero()).then(|| format!("busy {}", left.as_secs_f64().ceil()))
	}

	fn serve(&mut self, service: &str, time: Duration) {
		self.until = Instant::now() + time;
		println!("{service}: charging for {} s", time.as_secs());
	}
}

fn main() -> ExitCode {
	Simulator::run(
		&Arguments::parse().options,
		Charger {
			until: Instant::now(),
		},
	)
}
