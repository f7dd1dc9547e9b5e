//! Whatever the order of events, honest nodes settle what `f` gives, once each, and nothing else.

use proptest::prelude::*;
use syngraph_protocol::LISTEN;

use crate::world::{Weather, World, FAIR};

/// Runs a world until all `windows` should have settled, and checks that they have.
fn settles_all(count: usize, windows: u64, seed: u64, weather: Weather, blocks: u32) -> World {
	let mut world = World::new(count, seed, weather);
	// Messages come to each node at its own pace.
	for window in 1..=windows {
		for node in 0..count {
			let lag = world.random.below(3);
			let data = &mut world.nodes[node].data;
			*data = window.saturating_sub(lag).max(*data);
		}
		world.run(1);
	}
	world.provide(windows);
	world.settle_all(blocks);
	world.assert_nobody_failed();
	world
}

#[test]
fn in_fair_weather_a_window_settles_within_three_blocks() {
	let mut world = World::new(3, 1, Weather { delay: 1, ..FAIR });
	world.run(LISTEN + 1);
	world.provide(1);
	world.run(3);
	assert_eq!(world.chain.outcome(0), Some(Some(0)));
	assert_eq!(world.chain.settled[0].attempt, 0);
}

#[test]
fn members_take_turns_and_hardly_ever_submit_in_vain() {
	let weather = Weather { delay: 3, ..FAIR };
	let world = settles_all(5, 40, 7, weather, 100);
	let (wasted, settled) = (world.chain.wasted, world.chain.settled.len());
	assert!(wasted <= 2, "{wasted} settlements in vain beside {settled}");
}

#[test]
fn nodes_forget_what_is_done_with() {
	let weather = Weather { delay: 5, ..FAIR };
	let mut world = settles_all(4, 30, 3, weather, 200);
	world.run(40);
	for node in &world.nodes {
		assert_eq!(node.session.open_rounds().count(), 0);
		assert_eq!(node.session.needs(), Some(world.chain.progress.base));
	}
}

#[test]
fn sixteen_members_settle() {
	let weather = Weather {
		loss: 10,
		delay: 8,
		..FAIR
	};
	settles_all(16, 6, 2, weather, 300);
}

proptest! {
	#![proptest_config(crate::cases())]

	#[test]
	fn any_interleaving_ends_in_the_same_results(
		count in 2usize..6,
		windows in 1u64..25,
		seed in any::<u64>(),
		loss in 0u64..50,
		duplication in 0u64..40,
		delay in 0u64..40,
		crash in 0u64..10,
		retract in 0u64..20,
	) {
		let weather = Weather { loss, duplication, delay, crash, retract };
		settles_all(count, windows, seed, weather, 3_000);
	}
}
