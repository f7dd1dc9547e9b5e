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
mod money;
mod registry;
mod rng;
mod round;
mod settled;
mod tally;
mod watch;
mod world;

use std::time::Instant;

use tally::Tally;
use world::World;

/// How many steps there are unless `STEPS` says otherwise.
const STEPS: u64 = 20_000;
/// How many steps there are before everything is wound up. Every episode has a seed of its own.
const EPISODE: u64 = 2_000;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
	let text = std::env::var(name).ok();
	text.map_or(default, |text| text.parse().expect("it is a number"))
}

#[test]
fn whatever_happens_nothing_is_lost_and_all_can_leave() {
	let mut left = number("STEPS", STEPS);
	let enough = left >= STEPS;
	let begun = Instant::now();
	let mut tally = Tally::default();
	for seed in number("SEED", 1).. {
		if left == 0 {
			break;
		}
		let steps = left.min(EPISODE);
		World::new(seed, steps, &mut tally).play();
		left -= steps;
	}
	println!("{tally}{:?}", begun.elapsed());
	let missing = tally.missing();
	assert!(
		!enough || missing.is_empty(),
		"never succeeded: {missing:?}"
	);
}
