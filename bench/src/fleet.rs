//! How long a run of the worker takes in which nothing comes, for more and more agreements.
//!
//! The worker runs as it does in tests: on the real runtime, with its state and the machine's disk in memory. What a
//! node adds to that does not grow with agreements.

use serde::Serialize;
use syngraph_tests::fleet::Fleet;

use crate::{goals::Goal, statistics::percentile};

/// For so many agreements it is measured.
const AGREEMENTS: [u32; 3] = [10, 100, 1_000];
/// How many runs are timed.
const RUNS: u32 = 40;

/// What runs cost for a number of agreements, in milliseconds.
#[derive(Debug, Serialize)]
pub struct IdleRuns {
	/// How many agreements there are.
	pub agreements: u32,
	/// The first run, which looks at all of them.
	pub first: f64,
	/// The median of later runs, in which nothing comes.
	pub idle: f64,
	/// The 95th percentile of these.
	pub idle_p95: f64,
	/// The median of runs that look at all of them because they are not told that nothing has come.
	pub blind: f64,
}

/// Times runs.
pub fn measure() -> Vec<IdleRuns> {
	AGREEMENTS.map(time).into()
}

/// What is wanted: that 900 agreements more cost less than the first 100 did.
pub fn goals(runs: &[IdleRuns]) -> Vec<Goal> {
	let idle = |agreements| runs.iter().find(|runs| runs.agreements == agreements);
	let (Some(few), Some(many)) = (idle(100), idle(1_000)) else {
		return Vec::new();
	};
	let growth = (many.idle - few.idle) / few.idle;
	let what = "growth of a run with nothing new from 100 to 1,000 agreements, against 100 alone";
	vec![Goal::at_most(what, growth, 1.0)]
}

fn time(agreements: u32) -> IdleRuns {
	let mut fleet = Fleet::new(agreements);
	let run = |fleet: &mut Fleet| fleet.run().as_secs_f64() * 1_000.0;
	let first = run(&mut fleet);
	fleet.settle();
	let idle: Vec<_> = (0..RUNS).map(|_| run(&mut fleet)).collect();
	fleet.machine.is_blind.set(true);
	// Few are enough: they take long, and differ little.
	let blind: Vec<_> = (0..RUNS / 8).map(|_| run(&mut fleet)).collect();
	IdleRuns {
		agreements,
		first,
		idle: percentile(&idle, 50).unwrap_or(0.0),
		idle_p95: percentile(&idle, 95).unwrap_or(0.0),
		blind: percentile(&blind, 50).unwrap_or(0.0),
	}
}
