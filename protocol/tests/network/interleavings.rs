//! Whatever the order of events, honest nodes settle what `f` gives, once each, and nothing else.

use proptest::prelude::*;
use syngraph_protocol::{Verdict, LISTEN, MAX_OPEN};

use crate::{
	chain::first,
	world::{Weather, World},
};

/// Runs a world until all `windows` should have settled, and checks that they have.
fn settles_all(count: usize, windows: u64, seed: u64, weather: Weather, blocks: u32) -> World {
	let mut world = World::new(count, seed, weather);
	// Messages come to each node at its own pace.
	for window in 1..=windows {
		for node in 0..count {
			let lag = world.random.below(3);
			world.nodes[node].data = window.saturating_sub(lag);
		}
		world.run(1);
	}
	world.provide(windows);
	for _ in 0..blocks {
		if world.missing().is_empty() {
			break;
		}
		world.run(1);
	}
	assert!(
		world.missing().is_empty(),
		"not settled: {:?}",
		world.missing()
	);
	let at_fault = |verdict: &Verdict| !verdict.faults.is_empty() || !verdict.absent.is_empty();
	let verdicts = &world.chain.verdicts;
	assert!(!verdicts.values().any(at_fault), "{verdicts:?}");
	assert!(world.is_right());
	world
}

#[test]
fn in_fair_weather_a_window_settles_within_three_blocks() {
	let mut world = World::new(
		3,
		1,
		Weather {
			delay: 1,
			..Default::default()
		},
	);
	world.run(LISTEN + 1);
	world.provide(1);
	world.run(3);
	assert_eq!(world.chain.settled.get(&0), Some(&(first(), 0)));
}

#[test]
fn members_take_turns_and_hardly_ever_submit_in_vain() {
	let weather = Weather {
		delay: 3,
		..Default::default()
	};
	let world = settles_all(5, 40, 7, weather, 100);
	assert!(
		world.chain.wasted <= 2,
		"{} settlements in vain",
		world.chain.wasted
	);
}

#[test]
fn nodes_forget_what_is_done_with() {
	let mut world = settles_all(
		4,
		30,
		3,
		Weather {
			delay: 5,
			..Default::default()
		},
		200,
	);
	world.run(40);
	for node in &world.nodes {
		assert_eq!(node.session.below(), 30);
		assert_eq!(node.session.open_windows().count(), 0);
	}
}

/// Some null windows are over, the last one among them, and have left no trace on chain; then node 0 loses its
/// state.
fn lost_after(gossip: impl Fn(&mut World)) -> World {
	let weather = Weather {
		delay: 2,
		..Default::default()
	};
	let mut world = settles_all(3, 24, 5, weather, 200);
	world.run(40);
	gossip(&mut world);
	world.lose_state(0);
	world.provide(35);
	world.run(60);
	assert!(world.missing().is_empty());
	world
}

#[test]
fn a_node_that_lost_its_state_passes_over_what_it_has_done_with() {
	let world = lost_after(|_| ());
	assert!(world.chain.verdicts.is_empty());
}

#[test]
fn its_peers_remember_what_it_has_done_with() {
	let world = lost_after(|world| world.forget_gossip_of(0));
	assert!(world.chain.verdicts.is_empty());
}

#[test]
fn a_node_that_lost_its_state_in_the_middle_never_contradicts_itself() {
	// The world itself fails when a node says two things about a window.
	for seed in 0..20 {
		let mut world = World::new(
			3,
			seed,
			Weather {
				delay: 9,
				loss: 20,
				..Default::default()
			},
		);
		world.provide(8);
		let blocks = world.random.below(8) as u32 + LISTEN;
		world.run(blocks);
		world.lose_state(0);
		world.provide(40);
		world.run(100);
		let mut verdicts = world.chain.verdicts.values();
		assert!(verdicts.all(|verdict| verdict.faults.is_empty()));
		assert!(world
			.missing()
			.iter()
			.all(|window| *window < 8 + MAX_OPEN as u64));
		assert!(world.chain.settled.contains_key(&39));
	}
}

#[test]
fn a_node_that_was_given_an_old_state_says_nothing_before_it_has_listened() {
	let mut world = World::new(3, 1, Weather::default());
	world.run(LISTEN + 1);
	world.provide(2);
	world.run(1);
	assert!(!world.nodes[0].states.is_empty());
	world.restore(0);
	world.provide(20);
	world.run(LISTEN - 1);
	assert_eq!(world.nodes[0].session.wanted().next(), None);
	world.run(20);
	assert!(world.chain.settled.contains_key(&19));
}

#[test]
fn sixteen_members_settle() {
	settles_all(
		16,
		6,
		2,
		Weather {
			loss: 10,
			delay: 8,
			..Default::default()
		},
		300,
	);
}

proptest! {
	#![proptest_config(crate::cases())]

	/// The world itself fails when a node says two things about a window.
	#[test]
	fn a_node_with_any_earlier_state_never_contradicts_itself(
		count in 2usize..5,
		seed in any::<u64>(),
		loss in 0u64..30,
		delay in 0u64..20,
		retract in 0u64..10,
	) {
		let weather = Weather { loss, delay, retract, ..Default::default() };
		let mut world = World::with_spares(count, 1, seed, weather);
		let mut windows = 0;
		for _ in 0..5 {
			windows += world.random.below(8);
			world.provide(windows);
			let blocks = world.random.below(20) as u32 + 1;
			world.run(blocks);
			world.restore(0);
		}
		world.run(100);
		for verdict in world.chain.verdicts.values() {
			prop_assert!(verdict.faults.is_empty());
			prop_assert!(verdict.absent.iter().all(|member| *member == world.nodes[0].id));
		}
	}

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
