//! Messages that some have and others lack, and disputes about windows that are far away.

use syngraph_primitives::{Statement, WindowIndex, PROGRESS_REACH};
use syngraph_protocol::{Utterance, HEARTBEAT, LISTEN, MAX_OPEN};
use syngraph_test_kit::claims::Claim;

use crate::{
	chain::{first, Transaction, ANSWER},
	world::{agreement, digest, expected, root, sign_statement, Weather, World},
};

const FAIR: Weather = Weather {
	loss: 0,
	duplication: 0,
	delay: 2,
	crash: 0,
	retract: 0,
};

#[test]
fn one_from_whom_messages_are_withheld_is_neither_absent_nor_at_fault() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.provide(1);
	world.nodes[0].data = 0;
	world.run(LISTEN + 6 * ANSWER);
	assert!(world.chain.shown.contains(&0), "the others had to show it");
	assert_eq!(world.chain.settled.get(&0), Some(&(first(), 0)));
	let verdict = &world.chain.verdicts[&0];
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	assert_eq!(world.chain.roster.number, 0);
}

#[test]
fn those_who_committed_and_do_not_show_are_absent_and_not_who_lacks() {
	let mut world = World::new(3, 1, FAIR);
	world.provide(1);
	world.nodes[0].data = 0;
	while world.chain.docket.is_none() {
		world.run(1);
	}
	let committed = |world: &World| world.chain.docket.as_ref().unwrap().committed().count();
	while committed(&world) < 2 {
		world.run(1);
	}
	world.nodes[1].dead = true;
	world.nodes[2].dead = true;
	world.run(4 * ANSWER);
	let verdict = &world.chain.verdicts[&0];
	assert_eq!(verdict.absent, [world.nodes[1].id, world.nodes[2].id]);
	assert!(verdict.faults.is_empty());
}

#[test]
fn whoever_has_the_window_goes_on_showing_it() {
	let mut world = World::new(4, 1, FAIR);
	world.provide(1);
	world.nodes[0].data = 0;
	while world.chain.showers.is_empty() {
		world.run(1);
	}
	let first = world.chain.showers[0];
	let place = world.nodes.iter().position(|node| node.id == first);
	world.nodes[place.unwrap()].dead = true;
	world.lose_pool();
	while !world.chain.shown.contains(&0) {
		world.run(1);
		assert!(world.chain.docket.is_some());
	}
	let [_, second] = world.chain.showers[..] else {
		panic!("two show one message each")
	};
	assert_ne!(first, second);
}

/// What node 0 would say about a window, with its key.
fn utterance(world: &World, window: WindowIndex) -> Utterance {
	let node = &world.nodes[0];
	let claim = Claim {
		agreement: agreement(),
		window,
		roster: 0,
		version: first(),
		member: node.id,
		result: expected(window),
		secret: [9; 32],
		root: root(window),
		digest: digest(window),
	};
	Utterance {
		commit: sign_statement(&node.pair, Statement::Commit(claim.commitment())),
		reveal: None,
	}
}

#[test]
fn a_complaint_about_a_far_window_finds_everybody_able_to_answer() {
	let far = PROGRESS_REACH - 1;
	let mut world = World::new(3, 1, FAIR);
	world.nodes[0].dead = true;
	world.provide(PROGRESS_REACH);
	world.run(LISTEN + 4);
	// They work on as many windows as they may, and wait for node 0.
	let open = |world: &World| world.nodes[1].session.open_windows().count();
	assert_eq!(open(&world), MAX_OPEN);
	let kept = utterance(&world, far);
	world.chain.apply(Transaction::Complain(kept));
	world.run(3);
	let docket = world.chain.docket.as_ref().expect("it is within reach");
	assert_eq!(docket.window, far);
	assert_eq!(docket.committed().count(), 3, "all have committed");
	world.run(2 * ANSWER);
	let verdict = &world.chain.verdicts[&far];
	assert_eq!(verdict.absent, [world.nodes[0].id], "it never reveals");
	// What is beyond reach cannot be complained of.
	let kept = utterance(&world, far + PROGRESS_REACH);
	world.chain.docket = None;
	world.chain.apply(Transaction::Complain(kept));
	assert!(world.chain.docket.is_none());
}

#[test]
fn windows_before_a_far_one_are_not_lost() {
	let far = 60;
	let mut world = World::new(3, 1, FAIR);
	world.provide(4);
	world.run(LISTEN + 1);
	world.provide(PROGRESS_REACH);
	world.chain.docket = world.chain.open(far);
	world.run(3);
	assert!(world
		.nodes
		.iter()
		.all(|node| node.session.phase(far).is_some()));
	world.run(4 * ANSWER + 20 * HEARTBEAT);
	assert!(world.missing().is_empty(), "{:?}", world.missing());
	let verdict = &world.chain.verdicts[&far];
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
}
