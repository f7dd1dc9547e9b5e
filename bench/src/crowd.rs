//! How long it takes to execute a settlement on a chain with very many agreements, against a chain on which its own is
//! alone.
//!
//! That is measured time, not weight: of the real runtime, compiled natively, on a Merkle trie in memory.

use serde::Serialize;
use syngraph_tests::crowd::{Crowd, Timed};

use crate::{goals::Goal, statistics::percentile};

/// How many agreements there are.
const AGREEMENTS: u32 = 100_000;
/// How often the settlement is timed.
const TIMES: u32 = 200;

/// How long a settlement takes, in microseconds: the median.
#[derive(Debug, Serialize)]
pub struct Execution {
	/// How many agreements there are.
	pub agreements: u32,
	/// Executing it.
	pub executed: f64,
	/// With the root of the state after it, as if its block had nothing else.
	pub with_root: f64,
}

/// Measures it for an agreement that is alone and for one among very many, by turns.
pub fn measure() -> [Execution; 2] {
	let mut crowds = [1, AGREEMENTS].map(|agreements| (agreements, Crowd::new(agreements), vec![]));
	for _ in 0..TIMES {
		for (_, crowd, times) in &mut crowds {
			times.push(crowd.time());
		}
	}
	crowds.map(|(agreements, _, times)| Execution {
		agreements,
		executed: median(&times, |timed| timed.executed.as_secs_f64()),
		with_root: median(&times, |timed| timed.with_root.as_secs_f64()),
	})
}

/// In microseconds.
fn median(times: &[Timed], of: impl Fn(&Timed) -> f64) -> f64 {
	let seconds: Vec<_> = times.iter().map(of).collect();
	percentile(&seconds, 50).unwrap_or(f64::NAN) * 1e6
}

/// What is wanted.
pub fn goals([alone, among]: &[Execution; 2]) -> Vec<Goal> {
	let what = format!(
		"time to execute a settlement among {} agreements, against an empty chain",
		among.agreements
	);
	vec![Goal::at_most(what, among.executed / alone.executed, 1.1)]
}
