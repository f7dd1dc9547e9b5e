//! Silence, and what becomes of it: the chain stands in for a network that does not deliver, and spares
//! for those who do not answer.

use proptest::prelude::*;
use syngraph_protocol::{Phase, Stage, LISTEN, RETRY};

use crate::{
	chain::{Transaction, ANSWER},
	world::{Weather, World, FAIR},
};

#[test]
fn a_member_that_never_comes_is_replaced_by_a_spare() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(5);
	world.run(LISTEN + 4 * ANSWER);
	assert_eq!(world.absent(), [101]);
	let roster = &world.chain.roster;
	assert_eq!((roster.number, roster.since), (1, 0));
	assert_eq!(roster.members.to_vec(), [100, 103, 102]);
	assert!(world.missing().is_empty(), "the spare computed all windows");
	assert!(world.chain.docket.is_none());
	world.assert_just();
}

#[test]
fn a_member_that_dies_at_any_time_is_replaced_and_no_window_is_lost() {
	for member in 0..3 {
		for ticks in (0..40).step_by(3) {
			let mut world = World::with_spares(3, 1, ticks, FAIR);
			world.run(LISTEN + 1);
			world.provide(30);
			world.run_ticks(ticks);
			world.nodes[member].dead = true;
			world.settle_all(6 * ANSWER);
			world.assert_just();
		}
	}
}

#[test]
fn one_that_was_replaced_keeps_silent_when_it_comes_back() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(5);
	world.run(LISTEN + 4 * ANSWER);
	world.nodes[1].dead = false;
	world.provide(10);
	world.run(ANSWER);
	assert!(world.missing().is_empty());
	assert_eq!(world.nodes[1].session.open_rounds().count(), 0);
	assert_eq!(world.nodes[1].session.wanted(), None);
}

/// Nothing is lost by a silence that nobody can fill: the roster gets a new number after every dispute, and everything
/// settles once all answer.
#[test]
fn without_a_spare_the_roster_gets_another_number_and_no_window_is_lost() {
	let mut world = World::new(2, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(20);
	world.run(LISTEN + 10 * ANSWER);
	let closed = world.chain.verdicts.len();
	assert!(closed > 2, "the other complains on");
	assert_eq!(world.chain.roster.number as usize, closed);
	assert!(world.absent().iter().all(|id| *id == 101));
	assert!(world.chain.settled.is_empty());
	world.nodes[1].dead = false;
	world.settle_all(4 * ANSWER);
	world.assert_sound();
	assert_eq!(world.chain.outcome(0), Some(Some(0)));
}

#[test]
fn one_whom_the_network_does_not_reach_answers_on_chain() {
	for leads in [false, true] {
		let mut world = World::new(3, 1, FAIR);
		world.apart.insert(if leads { 0 } else { 1 });
		world.provide(10);
		world.run(LISTEN + 4 * ANSWER);
		assert!(
			!world.chain.settled.is_empty(),
			"it settled by what is on file"
		);
		world.assert_nobody_failed();
	}
}

#[test]
fn two_halves_agree_on_chain_until_they_are_joined_again() {
	let mut world = World::new(4, 1, FAIR);
	world.apart.extend([2, 3]);
	world.chain.terms.most = 3;
	world.provide(40);
	world.run(LISTEN + 6 * ANSWER);
	assert!(!world.chain.settled.is_empty());
	assert!(!world.missing().is_empty());
	world.apart.clear();
	world.settle_all(4 * ANSWER);
	world.assert_nobody_failed();
}

#[test]
fn whoever_is_late_delays_and_loses_nothing() {
	let mut world = World::new(3, 11, FAIR);
	for node in [0, 1] {
		world.nodes[node].data = 10;
		world.nodes[node].withholds = true;
	}
	world.run(LISTEN + ANSWER);
	assert!(world.chain.settled.is_empty());
	world.provide(10);
	world.settle_all(3 * ANSWER);
	world.assert_nobody_failed();
}

#[test]
fn one_that_lost_its_state_does_not_say_anew_what_is_on_file() {
	for node in [0, 1] {
		let mut world = World::with_spares(2, 1, 3, FAIR);
		world.nodes[node].data = 3;
		world.nodes[node].withholds = true;
		assert!(world.run_until(4 * ANSWER, |world| world.chain.docket.is_some()));
		// The complaint is on file, and gossip has forgotten its words.
		world.forget_gossip();
		world.lose_state(node);
		world.provide(3);
		// The world itself fails when a node says two things in an attempt.
		world.settle_all(6 * ANSWER);
		let absent = world.absent();
		assert_eq!(absent, [100 + node as u64], "it can no longer reveal");
		assert!(world.faults().is_empty());
	}
}

#[test]
fn the_round_can_settle_while_the_dispute_is_open_and_then_nobody_is_absent() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[2].dead = true;
	world.provide(4);
	assert!(world.run_until(4 * ANSWER, |world| world.chain.docket.is_some()));
	world.nodes[2].dead = false;
	world.settle_all(ANSWER);
	world.run(2 * RETRY);
	assert!(world.chain.docket.is_none(), "it is judged when it is over");
	world.assert_nobody_failed();
	assert_eq!(world.chain.roster.number, 1, "even then");
}

/// What all have revealed on chain settles, and nobody has it judged before.
#[test]
fn there_is_time_to_settle_what_was_agreed_on_chain() {
	let mut world = World::new(3, 1, FAIR);
	world.apart.insert(1);
	world.provide(6);
	world.chain.congested = true;
	let agreed = |world: &World| {
		let docket = world.chain.docket.as_ref();
		docket.is_some_and(|docket| docket.stage == Stage::Settlement)
	};
	assert!(world.run_until(6 * ANSWER, agreed));
	// A member hurries to have all for nothing.
	world.submit(Transaction::Judge);
	world.run(1);
	world.chain.congested = false;
	world.run(2 * RETRY);
	assert_eq!(world.chain.settled.len(), 1);
	world.assert_nobody_failed();
}

/// One that can answer only in the last blocks that there are for it, which others have filled with answers of theirs,
/// is not absent: these do not count.
#[test]
fn nobody_is_absent_whose_answers_find_no_room() {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	world.apart.insert(1);
	world.nodes[1].dead = true;
	world.provide(6);
	assert!(world.run_until(4 * ANSWER, |world| world.chain.docket.is_some()));
	let deadline = world.chain.docket.as_ref().unwrap().deadline;
	assert!(world.run_until(2 * ANSWER, |world| world.chain.number + 1 == deadline));
	(world.nodes[1].dead, world.chain.crowded) = (false, true);
	world.run(3);
	assert!(world.chain.number > deadline && world.chain.docket.is_some());
	world.chain.crowded = false;
	world.run(4 * ANSWER);
	assert_eq!(world.chain.halted, 3);
	assert!(!world.chain.settled.is_empty());
	world.assert_nobody_failed();
}

#[test]
fn a_round_that_is_agreed_and_does_not_settle_is_complained_of() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.congested = true;
	world.run(LISTEN + 1);
	world.provide(4);
	world.run(ANSWER);
	assert_eq!(world.chain.complaints, 0);
	assert!(world.run_until(2 * ANSWER, |world| world.chain.docket.is_some()));
	world.chain.congested = false;
	world.settle_all(4 * ANSWER);
	world.assert_nobody_failed();
}

#[test]
fn what_was_said_under_a_former_roster_means_nothing_under_the_next() {
	let mut world = World::new(3, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(4);
	world.run(LISTEN + 2);
	let old = world.nodes[0].bundle();
	assert!(world.run_until(6 * ANSWER, |world| world.chain.roster.number == 1));
	world.nodes[1].dead = false;
	world.send(0, old);
	world.settle_all(4 * ANSWER);
	assert_eq!(world.absent(), [101]);
	assert!(world.faults().is_empty());
}

#[test]
fn a_roster_of_two_goes_on_when_one_of_three_is_gone() {
	let mut world = World::new(3, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(4);
	world.settle_all(20 * ANSWER);
	world.assert_just();
	assert_eq!(world.absent(), [101, 101, 101]);
	assert_eq!(world.chain.roster.members.to_vec(), [100, 102]);
}

#[test]
fn nobody_is_complained_of_while_windows_are_yet_to_come() {
	let mut world = World::new(3, 1, FAIR);
	world.provide(4);
	world.run(10 * ANSWER);
	assert!(world.missing().is_empty());
	assert_eq!(world.phase(0), None::<Phase>);
	assert_eq!(world.chain.complaints, 0);
}

proptest! {
	#![proptest_config(crate::cases())]

	/// Spares that step in, blocks that are retracted and nodes that crash: no node ever says two things,
	/// nobody but the dead fails, and the windows settle under whichever roster.
	#[test]
	fn silence_costs_no_honest_member_anything(
		count in 2usize..6,
		spares in 1usize..3,
		windows in 1u64..40,
		seed in any::<u64>(),
		delay in 0u64..10,
		crash in 0u64..5,
		retract in 0u64..10,
	) {
		let weather = Weather { delay, crash, retract, ..Default::default() };
		let mut world = World::with_spares(count, spares, seed, weather);
		world.nodes[0].dead = true;
		world.provide(windows);
		world.settle_all(500);
		world.assert_just();
		prop_assert!(world.chain.roster.number > 0);
	}
}
