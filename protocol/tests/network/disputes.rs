//! Silence, and what becomes of it: the chain stands in for a network that does not deliver, and spares
//! for those who do not answer.

use proptest::prelude::*;
use sp_core::H256;
use syngraph_primitives::{Reveal, Statement, WindowIndex};
use syngraph_protocol::{Fault, Revealed, Utterance, KEEP, LISTEN};
use syngraph_test_kit::claims::Claim;

use crate::{
	chain::{first, Transaction, ANSWER},
	world::{agreement, digest, root, sign_statement, Weather, World},
};

const FAIR: Weather = Weather {
	loss: 0,
	duplication: 0,
	delay: 2,
	crash: 0,
	retract: 0,
};

/// Nobody was found at fault or absent.
fn assert_nobody_failed(world: &World) {
	for verdict in world.chain.verdicts.values() {
		assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	}
}

#[test]
fn a_member_that_never_comes_is_replaced_by_a_spare() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(5);
	world.run(LISTEN + 4 * ANSWER);
	let verdict = &world.chain.verdicts[&0];
	assert_eq!(verdict.absent, [world.nodes[1].id]);
	assert!(verdict.faults.is_empty());
	let roster = &world.chain.roster;
	assert_eq!((roster.number, roster.since), (1, 0));
	assert_eq!(roster.members.to_vec(), [100, 103, 102]);
	assert!(world.missing().is_empty(), "the spare computed all windows");
	assert!(world.chain.docket.is_none());
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
	assert_eq!(world.nodes[1].session.open_windows().count(), 0);
	assert_eq!(world.nodes[1].session.wanted().next(), None);
}

#[test]
fn without_a_spare_the_window_is_lost_and_the_others_complain_on() {
	let mut world = World::new(3, 1, FAIR);
	world.nodes[1].dead = true;
	world.provide(2);
	world.run(LISTEN + 8 * ANSWER);
	for window in 0..2 {
		assert_eq!(world.chain.verdicts[&window].absent, [world.nodes[1].id]);
	}
	assert!(world.chain.settled.is_empty());
}

#[test]
fn one_whom_the_network_does_not_reach_answers_on_chain() {
	let mut world = World::new(3, 1, FAIR);
	world.apart.insert(1);
	world.provide(1);
	world.run(LISTEN + 4 * ANSWER);
	assert!(world.missing().is_empty(), "it settled by what is on file");
	assert_nobody_failed(&world);
	assert!(world.chain.docket.is_none());
}

#[test]
fn two_halves_agree_on_chain_until_they_are_joined_again() {
	let mut world = World::new(4, 1, FAIR);
	world.apart.extend([2, 3]);
	world.provide(3);
	world.run(LISTEN + 3 * ANSWER);
	assert!(!world.chain.settled.is_empty());
	world.apart.clear();
	world.run(2 * ANSWER);
	assert!(world.missing().is_empty());
	assert_nobody_failed(&world);
}

#[test]
fn whoever_is_late_delays_and_loses_nothing() {
	let mut world = World::new(3, 11, FAIR);
	world.nodes[0].data = 10;
	world.nodes[1].data = 10;
	world.run(LISTEN + ANSWER);
	assert!(world.chain.settled.is_empty());
	world.provide(10);
	world.run(3 * ANSWER);
	assert!(world.missing().is_empty());
	assert_nobody_failed(&world);
}

#[test]
fn one_that_lost_its_state_does_not_say_anew_what_is_on_file() {
	let mut world = World::with_spares(2, 1, 3, FAIR);
	world.nodes[1].data = 1;
	world.run(LISTEN + 2 + ANSWER + ANSWER / 2);
	// The complaint of node 1 is on file, and gossip has forgotten its words.
	assert!(world.chain.docket.is_some());
	world.forget_gossip();
	world.lose_state(1);
	world.provide(3);
	world.run(4 * ANSWER);
	// The world itself fails when a node says two things about a window.
	assert!(world.chain.docket.is_none());
	let verdict = &world.chain.verdicts[&0];
	assert_eq!(verdict.absent.len(), 1, "it can no longer reveal");
	assert!(verdict.faults.is_empty());
}

/// A world in which all are done with null window 3.
fn world_past_a_null_window() -> World {
	let mut world = World::new(3, 1, FAIR);
	world.provide(8);
	world.run(LISTEN + 6);
	assert!(world.nodes.iter().all(|node| node.session.below() == 8));
	world.run(KEEP);
	assert_eq!(world.nodes[1].session.phase(3), None);
	world
}

/// Lets node 0 say, with its key, what it said about window 3 once more, with another secret.
fn second_utterance(world: &World) -> Utterance {
	let node = &world.nodes[0];
	let claim = Claim {
		agreement: agreement(),
		window: 3,
		roster: 0,
		version: first(),
		member: node.id,
		result: None,
		secret: [9; 32],
		root: root(3),
		digest: digest(3),
	};
	let reveal = Reveal {
		roster: node.session.seat().roster.number,
		..claim.reveal(H256::zero())
	};
	Utterance {
		commit: sign_statement(&node.pair, Statement::Commit(claim.commitment())),
		reveal: Some(Revealed {
			statement: sign_statement(&node.pair, Statement::Reveal(reveal)),
			settlement: None,
		}),
	}
}

#[test]
fn whoever_kept_a_null_window_that_all_have_done_with_hurts_nobody() {
	let mut world = world_past_a_null_window();
	let kept = second_utterance(&world);
	world.chain.apply(Transaction::Complain(kept.clone()));
	assert!(world.chain.docket.is_some());
	world.run(ANSWER);
	assert!(world.chain.docket.is_none());
	assert_nobody_failed(&world);
	assert!(world.chain.frozen.contains(&3), "it is void for good");
	// Two commitments of one author prove that it lied, whoever is done with what.
	let mut world = world_past_a_null_window();
	let mut other = kept.commit.statement.clone();
	if let Statement::Commit(commit) = &mut other {
		commit.seal = H256::zero();
	}
	let other = sign_statement(&world.nodes[0].pair, other);
	world.chain.apply(Transaction::Report(kept.commit, other));
	world.run(ANSWER);
	let verdict = &world.chain.verdicts[&3];
	assert_eq!(verdict.faults, [(world.nodes[0].id, Fault::Equivocation)]);
	assert!(verdict.absent.is_empty());
}

#[test]
fn whoever_never_declares_itself_done_stops_nobody() {
	let mut world = World::new(3, 1, FAIR);
	world.provide(100);
	world.claims.insert(0, 0);
	world.run(40 * ANSWER);
	assert!(world.missing().is_empty(), "{:?}", world.missing());
	assert_nobody_failed(&world);
}

#[test]
fn whoever_has_done_with_what_is_yet_to_come_is_silent() {
	let mut world = World::with_spares(3, 2, 1, FAIR);
	world.provide(5);
	world.run(1);
	for node in [1, 2] {
		world.nodes[node].data = 0;
		world.claims.insert(node, WindowIndex::MAX);
		let bundle = world.nodes[node].bundle();
		world.send(node, bundle);
	}
	world.run(LISTEN + 4 * ANSWER);
	let verdict = &world.chain.verdicts[&0];
	assert_eq!(verdict.absent, [world.nodes[1].id, world.nodes[2].id]);
	assert!(verdict.faults.is_empty());
	assert_eq!(world.chain.settled.len(), 4, "all but the null window");
}

proptest! {
	#![proptest_config(crate::cases())]

	/// Spares that step in, blocks that are retracted and nodes that crash: no node ever says two things,
	/// nobody but the dead fails, and the windows settle under whichever roster.
	#[test]
	fn silence_costs_no_honest_member_anything(
		count in 2usize..6,
		spares in 1usize..3,
		windows in 1u64..8,
		seed in any::<u64>(),
		delay in 0u64..10,
		crash in 0u64..5,
		retract in 0u64..10,
	) {
		let weather = Weather { delay, crash, retract, ..Default::default() };
		let mut world = World::with_spares(count, spares, seed, weather);
		world.nodes[0].dead = true;
		world.provide(windows);
		for _ in 0..500 {
			world.run(1);
			if world.chain.roster.number > 0 && world.missing().is_empty() {
				break;
			}
		}
		prop_assert!(world.missing().is_empty(), "not settled: {:?}", world.missing());
		for verdict in world.chain.verdicts.values() {
			prop_assert!(verdict.faults.is_empty());
			prop_assert_eq!(&verdict.absent, &[world.nodes[0].id]);
		}
	}
}
