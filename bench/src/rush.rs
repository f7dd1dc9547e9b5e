//! How many windows settle in a block if each of very many agreements has one ready.
//!
//! Both members' workers and the chain run as they do in tests: on the real runtime, compiled natively, with everything
//! in memory. A block is as full as its weight allows; that the machines come to the end of their work within a slot is
//! computed from the time that they took.

use serde::Serialize;
use syngraph_tests::rush::Rush;

use crate::goals::Goal;

/// For so many agreements it is measured.
const AGREEMENTS: [u32; 3] = [10, 100, 1_000];
/// How long a slot is.
const SLOT_MILLIS: f64 = 2_000.0;

/// What it takes that all settle.
#[derive(Debug, Serialize)]
pub struct ReadyWindows {
	/// How many agreements have a window ready.
	pub agreements: u32,
	/// In how many blocks these settled.
	pub blocks: usize,
	/// How many settled in one block at most.
	pub most: u32,
	/// How long one member's worker took for each window, in milliseconds.
	pub worker_millis: f64,
	/// How long the chain took for each, in milliseconds.
	pub chain_millis: f64,
	/// How many settle in a block if each member's machine has a slot of one core for both, as far as blocks have room.
	pub per_block: f64,
}

/// Measures it.
pub fn measure() -> Vec<ReadyWindows> {
	AGREEMENTS.map(of).into()
}

fn of(agreements: u32) -> ReadyWindows {
	let mut rush = Rush::new(agreements);
	// By the first one each brings its joint key into force.
	rush.settle(0);
	let ticks = rush.settle(1);
	let blocks = ticks.iter().filter(|tick| tick.settled > 0).count();
	let most = ticks.iter().map(|tick| tick.settled).max().unwrap_or(0);
	let chain: f64 = ticks.iter().map(|tick| tick.chain.as_secs_f64()).sum();
	let workers: f64 = ticks.iter().map(|tick| tick.workers.as_secs_f64()).sum();
	let each = |seconds: f64| seconds * 1_000.0 / f64::from(agreements);
	let (worker_millis, chain_millis) = (each(workers / 2.0), each(chain));
	ReadyWindows {
		agreements,
		blocks,
		most,
		worker_millis,
		chain_millis,
		per_block: (SLOT_MILLIS / (worker_millis + chain_millis)).min(most.into()),
	}
}

/// What is wanted for the most agreements.
pub fn goals(all: &[ReadyWindows]) -> Vec<Goal> {
	let last = all.iter().max_by_key(|ready| ready.agreements);
	let goal = |ready: &ReadyWindows| {
		let what = format!(
			"windows settled per block, {} agreements with one ready",
			ready.agreements
		);
		Goal::at_least(what, ready.per_block, 300.0)
	};
	last.map(goal).into_iter().collect()
}
