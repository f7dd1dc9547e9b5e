//! Messages that some have and others lack.

use sp_core::Pair;
use syngraph_primitives::{Lack, Payload, WindowIndex};
use syngraph_protocol::{Input, Phase, Stage, ASK_AFTER, LISTEN};

use crate::{
	chain::{Transaction, ANSWER},
	world::{genesis, World, FAIR},
};

/// A world of three and a spare in which these are the windows that each member has, which it does not pass on.
fn world(data: [WindowIndex; 3], seed: u64) -> World {
	let mut world = World::with_spares(3, 1, seed, FAIR);
	world.run(LISTEN + 1);
	for (node, data) in data.into_iter().enumerate() {
		world.nodes[node].data = data;
		world.nodes[node].withholds = true;
	}
	world
}

/// Waits until so many windows have settled.
fn settles(world: &mut World, windows: WindowIndex) {
	let done = world.run_until(40 * ANSWER, |world| world.chain.progress.base >= windows);
	world.assert_nobody_failed();
	assert!(done, "{:?}, {:?}", world.chain.progress, world.chain.docket);
}

#[test]
fn messages_that_peers_have_are_passed_on_without_the_chain() {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	for node in [0, 2] {
		world.nodes[node].data = 12;
	}
	world.run(ASK_AFTER + 4);
	assert!(world.missing().is_empty());
	assert_eq!(world.nodes[1].data, 12);
	assert_eq!(world.chain.settled.len(), 1);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn one_from_whom_messages_are_withheld_is_neither_absent_nor_at_fault() {
	for lacks in 0..3 {
		let mut data = [6; 3];
		data[lacks] = 0;
		let mut world = world(data, 1);
		settles(&mut world, 1);
		assert!(world.chain.shown.contains(&0), "the others had to show it");
		assert_eq!(world.chain.outcome(0), Some(Some(0)));
		let round = world.chain.settled[0].clone();
		assert!(round.attempt >= 2);
		assert_eq!(round.end(), 1, "the range ends with what was shown");
	}
}

#[test]
fn the_range_of_a_leader_is_shortened_to_what_was_shown() {
	for (lacks, has) in [(1, 3), (2, 1), (1, 5)] {
		let mut data = [6; 3];
		data[lacks] = has;
		let mut world = world(data, 1);
		settles(&mut world, has + 1);
		let shown = world.chain.shown.iter().copied();
		assert_eq!(shown.collect::<Vec<_>>()[..1], [has]);
		let round = world.chain.settled[0].clone();
		assert_eq!((round.attempt, round.end()), (2, has + 1));
	}
}

#[test]
fn several_that_lack_other_messages_each_get_theirs() {
	for data in [[6, 2, 0], [6, 0, 2], [6, 4, 4], [6, 3, 2]] {
		let mut world = world(data, 1);
		let lowest = *data.iter().min().unwrap();
		settles(&mut world, lowest + 1);
	}
}

#[test]
fn those_that_withhold_everything_have_to_show_every_window() {
	let mut world = world([4, 4, 0], 1);
	world.chain.nulls = |_| false;
	settles(&mut world, 4);
	assert_eq!(world.chain.shown.len(), 4);
	let rounds = world.chain.settled.iter().map(|round| round.outcomes.len());
	assert!(rounds.max().unwrap() <= 2);
}

#[test]
fn those_who_committed_and_do_not_show_are_absent_and_not_who_lacks() {
	let mut world = World::with_spares(3, 2, 1, FAIR);
	world.run(LISTEN + 1);
	for node in [1, 2] {
		world.nodes[node].data = 4;
		world.nodes[node].withholds = true;
	}
	let asked = |world: &World| {
		let docket = world.chain.docket.as_ref();
		docket.is_some_and(|docket| matches!(docket.stage, Stage::Messages { .. }))
	};
	assert!(world.run_until(6 * ANSWER, asked));
	world.lose_pool();
	world.nodes[1].dead = true;
	world.nodes[2].dead = true;
	world.run(3 * ANSWER);
	assert_eq!(world.absent(), [101, 102]);
	world.assert_just();
}

#[test]
fn whoever_has_the_window_goes_on_showing_it() {
	let mut world = World::new(4, 1, FAIR);
	world.run(LISTEN + 1);
	for node in 1..4 {
		world.nodes[node].data = 2;
		world.nodes[node].withholds = true;
	}
	assert!(world.run_until(6 * ANSWER, |world| !world.chain.showers.is_empty()));
	let first = world.chain.showers[0];
	let node = world.nodes.iter().position(|node| node.id == first);
	world.nodes[node.unwrap()].dead = true;
	world.lose_pool();
	assert!(world.run_until(2 * ANSWER, |world| world.chain.shown.contains(&0)));
	let [_, second] = world.chain.showers[..] else {
		panic!("two show one message each")
	};
	assert_ne!(first, second);
}

/// It is agreed when the last message is on its way to the chain. Then all commit anew, to fewer windows.
#[test]
fn what_an_agreed_attempt_came_to_is_not_taken_for_what_the_next_comes_to() {
	let mut world = World::new(2, 1, FAIR);
	world.run(LISTEN + 1);
	world.nodes[0].honest = false;
	world.cut.insert((0, 1));
	world.provide(6);
	assert!(world.run_until(ANSWER, |world| world.phase(0) == Some(Phase::Revealing)));
	let reveals = world.nodes[0].bundle();
	world.nodes[0].dead = true;
	assert!(world.run_until(6 * ANSWER, |world| world.chain.docket.is_some()));
	let lack = Lack {
		round: world.chain.next_round(),
		window: 1,
		intermediary: 100,
	};
	let signature = world.nodes[0].pair.sign(&lack.signing_bytes(&genesis()));
	world.submit(Transaction::Lack(lack, signature));
	assert!(world.run_until(ANSWER, |world| world.chain.showers.len() == 1));
	world.chain.congested = true;
	world.step(1, Input::Received(&reveals));
	assert_eq!(world.phase(1), Some(Phase::Agreed));
	assert!(world.run_until(ANSWER, |world| world.chain.shown.contains(&1)));
	(world.nodes[0].dead, world.nodes[0].honest) = (false, true);
	world.cut.clear();
	world.run(6);
	world.chain.congested = false;
	world.settle_all(6 * ANSWER);
	world.assert_nobody_failed();
	let settled = &world.chain.settled[0];
	assert_eq!((settled.attempt, settled.end()), (2, 2));
}

/// Who says that it lacks what it has delays one round, and is held to it afterwards.
#[test]
fn one_that_pretends_to_lack_messages_gets_them_and_stops_nobody() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.run(LISTEN + 1);
	world.provide(12);
	// It takes nothing that is offered to it but what is shown.
	world.nodes[2].data = 0;
	world.nodes[2].honest = false;
	for node in [0, 1] {
		world.nodes[node].withholds = true;
	}
	world.settle_all(60 * ANSWER);
	world.assert_just();
}

#[test]
fn windows_whose_messages_lack_for_good_are_null_and_need_not_be_shown() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.chain.revoke(2);
	world.run(LISTEN + 1);
	for node in 0..3 {
		world.nodes[node].data = 2;
	}
	world.nodes[1].data = 0;
	for node in 0..3 {
		world.nodes[node].withholds = true;
	}
	settles(&mut world, 2);
}
