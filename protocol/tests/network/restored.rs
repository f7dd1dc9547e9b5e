//! Nodes that come back with an old state, or with none: they never say otherwise what they said before.

use proptest::prelude::*;
use syngraph_protocol::LISTEN;

use crate::{
	chain::ANSWER,
	world::{Weather, World, FAIR},
};

#[test]
fn a_node_that_lost_its_state_in_the_middle_never_contradicts_itself() {
	// The world itself fails when a node says two things.
	for seed in 0..20 {
		let weather = Weather {
			delay: 9,
			loss: 20,
			..FAIR
		};
		let mut world = World::new(3, seed, weather);
		world.provide(8);
		let blocks = world.random.below(8) as u32 + LISTEN;
		world.run(blocks);
		world.lose_state(0);
		world.provide(40);
		world.settle_all(20 * ANSWER);
		assert!(world.faults().is_empty());
		assert!(world.absent().iter().all(|id| *id == 100));
	}
}

#[test]
fn a_node_that_was_given_an_old_state_says_nothing_before_it_has_listened() {
	let mut world = World::new(3, 1, FAIR);
	world.restorable = true;
	world.run(LISTEN + 1);
	world.provide(2);
	world.run(1);
	assert!(!world.nodes[0].states.is_empty());
	world.restore(0);
	world.provide(20);
	world.run(LISTEN - 1);
	assert_eq!(world.nodes[0].session.plan(), None);
	world.settle_all(6 * ANSWER);
}

#[test]
fn one_with_an_old_state_is_mute_until_the_roster_has_another_number() {
	let mut world = World::new(2, 1, FAIR);
	world.run(LISTEN + 1);
	let old = world.nodes[0].session.clone();
	world.provide(4);
	world.nodes[1].data = 0;
	world.nodes[0].withholds = true;
	world.run(2);
	assert!(world.phase(0).is_some());
	world.return_to(0, old);
	world.provide(4);
	world.run(ANSWER / 2);
	assert_eq!(world.phase(0), None);
	world.settle_all(8 * ANSWER);
	assert_eq!(world.absent(), [100]);
	assert_eq!(world.chain.roster.number, 1);
	assert_eq!(
		world.chain.roster.members.to_vec(),
		[100, 101],
		"it is there again"
	);
}

/// All lose their states at once, and gossip alone knows what they said.
#[test]
fn when_all_have_lost_their_states_they_begin_anew_after_a_dispute() {
	for ticks in 1..30 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(30);
		world.run_ticks(ticks);
		for node in 0..3 {
			world.lose_state(node);
		}
		world.settle_all(8 * ANSWER);
		assert!(world.faults().is_empty());
	}
}

/// It listens by its clock, which does not move here.
#[test]
fn one_that_listens_for_long_answers_in_a_dispute_in_time() {
	let mut world = World::new(2, 1, FAIR);
	world.run(LISTEN + 1);
	world.nodes[0].session.start(0, true, &[]);
	world.provide(4);
	assert!(world.run_until(3 * ANSWER, |world| world.chain.docket.is_some()));
	assert_eq!(world.phase(0), None);
	world.settle_all(3 * ANSWER);
	assert_eq!(world.chain.complaints, 1);
	world.assert_nobody_failed();
}

/// It loses its state once more, and has said nothing new in the meantime.
#[test]
fn one_that_loses_its_state_again_and_again_never_contradicts_itself() {
	let mut world = World::new(2, 1, FAIR);
	world.run(LISTEN + 1);
	let old = world.nodes[0].session.clone();
	world.provide(4);
	world.nodes[1].data = 0;
	world.nodes[0].withholds = true;
	world.run(2);
	assert!(world.phase(0).is_some());
	for blocks in [1, LISTEN, LISTEN + 1, ANSWER] {
		world.return_to(0, old.clone());
		world.run(blocks);
		assert_eq!(world.phase(0), None);
	}
	world.provide(4);
	world.settle_all(8 * ANSWER);
}

#[test]
fn a_state_from_before_a_round_that_is_decided_is_as_good_as_any() {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	let old = world.nodes[0].session.clone();
	world.provide(4);
	world.settle_all(ANSWER);
	world.return_to(0, old);
	world.provide(12);
	world.settle_all(2 * ANSWER);
	assert!(world.chain.verdicts.is_empty());
}

proptest! {
	#![proptest_config(crate::cases())]

	/// The world itself fails when a node says two things.
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
		world.restorable = true;
		let mut windows = 0;
		for _ in 0..5 {
			windows += world.random.below(8);
			world.provide(windows);
			let blocks = world.random.below(20) as u32 + 1;
			world.run(blocks);
			world.restore(0);
		}
		world.restorable = false;
		world.settle_all(400);
		prop_assert!(world.faults().is_empty());
		prop_assert!(world.absent().iter().all(|id| *id == world.nodes[0].id));
	}
}
