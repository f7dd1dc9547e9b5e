//! Long random sequences of calls of all pallets, on the real runtime.
//!
//! People register and leave, make agreements, settle, lie, complain, judge, open channels and pay, in any
//! order and often wrongly. After every step the invariants of all pallets hold, every hold is accounted for, no money
//! was made or lost, and what has settled is owed, paid and remembered as it should be. After every episode all that is
//! open can be closed, everybody can leave, and then nothing is left but the roots of what has settled.
//!
//! `STEPS` says how many steps there are, and `SEED` where they begin. All follows from the seed:
//! `SEED=7 STEPS=2000 cargo test --workspace --test random -- --nocapture`. `make test-all SECTION=random` takes a
//! million.

mod agreements;
mod bound;
mod cast;
mod channels;
mod checks;
mod disputes;
mod ending;
mod heard;
mod money;
mod registry;
mod rng;
mod round;
mod rulings;
mod settled;
mod tally;
mod watch;
mod world;

use std::{
	sync::atomic::{AtomicUsize, Ordering},
	thread,
	time::Instant,
};

use parking_lot::Mutex;

use tally::Tally;
use world::World;

/// How many steps there are unless `STEPS` says otherwise.
const STEPS: u64 = 40_000;
/// How many steps there are before everything is wound up. Every episode has a seed of its own.
const EPISODE: u64 = 2_000;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
	let text = std::env::var(name).ok();
	text.map_or(default, |text| text.parse().expect("it is a number"))
}

/// The seeds of the episodes, each with its steps.
fn episodes(steps: u64, first: u64) -> Vec<(u64, u64)> {
	let starts = (0..steps).step_by(EPISODE as usize);
	let lengths = starts.map(|start| EPISODE.min(steps - start));
	(first..).zip(lengths).collect()
}

/// Plays episodes, as many at a time as the machine has cores. They know nothing of each other.
fn play(episodes: &[(u64, u64)]) -> Tally {
	let next = AtomicUsize::new(0);
	let all = Mutex::new(Tally::default());
	let work = || {
		while let Some((seed, steps)) = episodes.get(next.fetch_add(1, Ordering::Relaxed)) {
			let mut tally = Tally::default();
			World::new(*seed, *steps, &mut tally).play();
			println!("seed {seed}: {steps} steps, {} blocks", tally.blocks);
			all.lock().add(tally);
		}
	};
	let threads = thread::available_parallelism().map_or(1, usize::from);
	thread::scope(|scope| {
		(0..threads).for_each(|_| {
			scope.spawn(work);
		});
	});
	all.into_inner()
}

#[test]
fn whatever_happens_nothing_is_lost_and_all_can_leave() {
	let steps = number("STEPS", STEPS);
	let begun = Instant::now();
	let tally = play(&episodes(steps, number("SEED", 1)));
	println!("{tally}{:?}", begun.elapsed());
	let missing = tally.missing();
	assert!(
		steps < STEPS || missing.is_empty(),
		"never succeeded: {missing:?}"
	);
}
