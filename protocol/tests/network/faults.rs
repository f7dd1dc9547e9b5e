//! Nodes that break the rules: nothing wrong settles, and whoever can be proven wrong is, and nobody
//! else.

use sp_core::{sr25519, H256};
use syngraph_primitives::{seal, Commitment, Statement};
use syngraph_protocol::{Bundle, Fault, Input, Past, Phase, Stage, Utterance, LISTEN, TURN};

use crate::{
	chain::ANSWER,
	world::{agreement, expected_at, sign_statement, Weather, World},
};

/// A world of three in which the messages of window zero have come.
fn world() -> World {
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
	world
}

/// Lets node 0 say what `change` makes of its next bundle, and shows it to the others as well.
fn misbehave(world: &mut World, change: impl Fn(&mut Utterance, &sr25519::Pair)) {
	let pair = world.nodes[0].pair.clone();
	let mut bundle = world.nodes[0].bundle();
	for utterance in &mut bundle.utterances {
		change(utterance, &pair);
	}
	world.send(0, bundle);
}

/// Waits for the verdict about window zero: node 0, and nobody else, is at fault for one of the reasons.
fn assert_convicted(world: &mut World, faults: &[Fault]) {
	world.run(3 * ANSWER);
	let verdict = world.chain.verdicts.get(&0).expect("there is a verdict");
	let [(culprit, fault)] = &verdict.faults[..] else {
		panic!("not one at fault: {verdict:?}")
	};
	assert_eq!(*culprit, world.nodes[0].id);
	assert!(faults.contains(fault), "{fault:?}");
	assert!(verdict.absent.is_empty());
	assert!(world.chain.settled.is_empty());
	assert!(world.chain.docket.is_none());
}

#[test]
fn a_different_result_is_found_out() {
	for (index, wrong) in [Some(999), None].into_iter().enumerate() {
		let mut world = world();
		world.compute(0, |_, _| wrong);
		world.run(2 + index as u32);
		assert_convicted(&mut world, &[Fault::WrongResult]);
	}
}

#[test]
fn later_windows_settle_beside_a_frozen_one() {
	let mut world = world();
	world.compute(0, |_, _| Some(999));
	world.provide(3);
	world.run(20);
	assert_eq!(
		world.chain.settled.keys().copied().collect::<Vec<_>>(),
		vec![1, 2]
	);
}

#[test]
fn a_different_window_is_found_out() {
	let mut world = world();
	for node in 1..3 {
		world.compute(node, expected_at);
	}
	// What it would say honestly reaches nobody.
	world.weather.loss = 100;
	world.compute(0, expected_at);
	world.weather.loss = 0;
	misbehave(&mut world, |utterance, pair| {
		let Statement::Commit(commit) = &mut utterance.commit.statement else {
			unreachable!()
		};
		commit.root = H256::repeat_byte(1);
		utterance.commit = sign_statement(pair, utterance.commit.statement.clone());
	});
	world.nodes[0].dead = true;
	assert_convicted(&mut world, &[Fault::WrongWindow]);
}

#[test]
fn two_commitments_are_equivocation() {
	let mut world = world();
	for node in 0..3 {
		world.compute(node, expected_at);
	}
	// Node 1 hears both before anybody has revealed.
	let honest = world.nodes[0].bundle();
	let pair = world.nodes[0].pair.clone();
	let mut forged = honest.clone();
	let Statement::Commit(mut commit) = forged.utterances[0].commit.statement.clone() else {
		unreachable!()
	};
	commit.seal = H256::repeat_byte(1);
	forged.utterances[0].commit = sign_statement(&pair, Statement::Commit(commit));
	world.step(1, Input::Received(&honest));
	world.step(1, Input::Received(&forged));
	assert_convicted(&mut world, &[Fault::Equivocation]);
}

#[test]
fn whoever_shows_each_peer_another_commitment_is_the_only_one_at_fault() {
	let mut world = world();
	for node in 0..3 {
		world.compute(node, expected_at);
	}
	let honest = world.nodes[0].bundle();
	let pair = world.nodes[0].pair.clone();
	let mut forged = honest.clone();
	let Statement::Commit(mut commit) = forged.utterances[0].commit.statement.clone() else {
		unreachable!()
	};
	commit.seal = H256::repeat_byte(1);
	forged.utterances[0].commit = sign_statement(&pair, Statement::Commit(commit));
	// Both go on to reveal, each with the set of commitments that it saw.
	world.step(1, Input::Received(&honest));
	world.step(2, Input::Received(&forged));
	world.nodes[0].dead = true;
	assert_convicted(&mut world, &[Fault::Equivocation]);
}

#[test]
fn a_reveal_of_something_else_is_the_authors_fault() {
	let mut world = world();
	world.weather.loss = 100;
	for node in 0..3 {
		world.compute(node, expected_at);
	}
	// All commitments arrive, and node 0 reveals what it did not commit to.
	let bundles: Vec<_> = world.nodes.iter_mut().map(|node| node.bundle()).collect();
	for (from, bundle) in bundles.into_iter().enumerate() {
		for to in (0..3).filter(|to| *to != from) {
			world.step(to, Input::Received(&bundle));
		}
	}
	world.weather.loss = 0;
	misbehave(&mut world, |utterance, pair| {
		let revealed = utterance.reveal.as_mut().expect("all have committed");
		let Statement::Reveal(reveal) = &mut revealed.statement.statement else {
			unreachable!()
		};
		reveal.secret = [9; 32];
		let forged = seal(
			&reveal.agreement,
			0,
			reveal.roster,
			reveal.version,
			reveal.intermediary,
			reveal.result,
			&[9; 32],
		);
		let Statement::Commit(commit) = &utterance.commit.statement else {
			unreachable!()
		};
		assert_ne!(forged, commit.seal);
		revealed.statement = sign_statement(pair, revealed.statement.statement.clone());
	});
	assert_convicted(&mut world, &[Fault::FalseReveal, Fault::Equivocation]);
}

/// Lets node 0, which has no messages, commit to a peer's root with a possession it cannot know.
fn copy_root(world: &mut World) {
	world.nodes[0].data = 0;
	for node in 1..3 {
		world.compute(node, expected_at);
	}
	let peer = world.nodes[1].bundle();
	let pair = world.nodes[0].pair.clone();
	let Statement::Commit(mut commit) = peer.utterances[0].commit.statement.clone() else {
		unreachable!()
	};
	commit.intermediary = world.nodes[0].id;
	let commit = sign_statement(&pair, Statement::Commit(commit));
	let bundle = Bundle {
		agreement: agreement(),
		intermediary: world.nodes[0].id,
		roster: 0,
		done: world.nodes[0].bundle().done,
		heard: vec![],
		past: Past::default(),
		utterances: vec![Utterance {
			commit,
			reveal: None,
		}],
		asks: vec![],
	};
	world.send(0, bundle);
}

#[test]
fn a_copied_root_without_the_window_convinces_nobody() {
	let mut world = world();
	copy_root(&mut world);
	world.run(ANSWER);
	assert!(world.chain.settled.is_empty());
	assert!(world.chain.frozen.is_empty(), "nothing contradicts yet");
	for node in 1..3 {
		let phase = world.nodes[node].session.phase(0);
		assert_eq!(phase, Some(Phase::Committing), "nobody may reveal");
	}
	assert_convicted(&mut world, &[Fault::FalsePossession]);
}

#[test]
fn nobody_reveals_before_all_have_committed() {
	let mut world = world();
	world.compute(0, expected_at);
	world.compute(1, expected_at);
	world.nodes[2].data = 0;
	world.run(ANSWER);
	for node in &mut world.nodes[..2] {
		let bundle = node.bundle();
		assert_eq!(bundle.utterances.len(), 1);
		assert!(bundle.utterances[0].reveal.is_none());
	}
}

#[test]
fn a_bundle_in_anothers_name_or_agreement_is_ignored() {
	let mut world = world();
	for node in 0..3 {
		world.compute(node, expected_at);
	}
	let mut foreign = world.nodes[0].bundle();
	foreign.agreement = H256::repeat_byte(1);
	world.send(0, foreign);
	let mut later = world.nodes[0].bundle();
	later.roster = 1;
	world.send(0, later);
	// A declaration of node 0 in a bundle of node 1.
	let mut lent = world.nodes[1].bundle();
	lent.done = world.nodes[0].bundle().done;
	world.send(1, lent);
	let mut stranger = world.nodes[0].bundle();
	stranger.intermediary = 12345;
	world.send(0, stranger);
	// Statements of node 0 inside a bundle of node 1.
	let mut mixed = world.nodes[0].bundle();
	mixed.intermediary = world.nodes[1].id;
	world.send(1, mixed);
	world.run(10);
	assert!(world.missing().is_empty());
	assert!(world.chain.frozen.is_empty());
}

/// A world of four in which windows zero and one have been computed, and node 3, which is dead, is complained
/// of.
fn world_with_a_complaint() -> World {
	let weather = Weather {
		delay: 1,
		..Default::default()
	};
	let mut world = World::with_spares(4, 2, 1, weather);
	world.nodes[3].dead = true;
	world.run(LISTEN + 1);
	world.provide(2);
	while world.chain.docket.is_none() {
		world.run(1);
	}
	world
}

/// Lets node 0 commit to window one anew, with what `change` makes of it.
fn commit_anew(world: &mut World, change: impl Fn(&mut Commitment)) {
	misbehave(world, |utterance, pair| {
		let Statement::Commit(commit) = &mut utterance.commit.statement else {
			unreachable!()
		};
		if commit.window == 1 {
			change(commit);
			utterance.commit = sign_statement(pair, utterance.commit.statement.clone());
		}
	});
}

#[test]
fn whoever_contradicts_itself_about_another_window_is_convicted_in_the_open_dispute() {
	let mut world = world_with_a_complaint();
	let (liar, dead) = (world.nodes[0].id, world.nodes[3].id);
	let opened = world.chain.docket.as_ref().unwrap().opened;
	commit_anew(&mut world, |commit| commit.seal = H256::repeat_byte(1));
	world.run(TURN * 4);
	let docket = world.chain.docket.as_ref().expect("it goes on");
	assert_eq!(
		(docket.window, docket.opened),
		(0, opened),
		"it is the same one"
	);
	let proven = docket.testimonies.iter().map(|testimony| testimony.fault);
	let proven: Vec<_> = proven.collect();
	assert_eq!(proven, [Some(Fault::Equivocation), None, None, None]);
	while !world.chain.verdicts.contains_key(&0) {
		world.run(1);
	}
	assert_eq!(
		world.chain.verdicts[&0].faults,
		[(liar, Fault::Equivocation)]
	);
	world.run(6 * ANSWER);
	assert!(
		world.missing().is_empty(),
		"a new roster settles the disputed window, too: nobody had revealed"
	);
	let members = &world.chain.roster.members;
	assert!(!members.contains(&liar) && !members.contains(&dead));
}

#[test]
fn a_conflict_about_another_window_takes_the_place_of_a_complaint() {
	let weather = Weather {
		delay: 1,
		..Default::default()
	};
	let mut world = World::with_spares(4, 2, 1, weather);
	world.nodes[3].dead = true;
	world.nodes[0].data = 1;
	world.run(LISTEN + 1);
	for node in [1, 2] {
		world.nodes[node].data = 2;
	}
	while world.chain.docket.is_none() {
		world.run(1);
	}
	// Node 0 says nothing about window one but this, with another root.
	world.nodes[0].data = 2;
	world.weather.loss = 100;
	world.compute(0, expected_at);
	world.weather.loss = 0;
	commit_anew(&mut world, |commit| commit.root = H256::repeat_byte(1));
	let liar = world.nodes[0].id;
	world.nodes[0].dead = true;
	world.run(TURN * 4);
	let docket = world.chain.docket.as_ref().expect("there is a dispute");
	assert_eq!((docket.window, docket.stage), (1, Stage::Evidence));
	world.run(2 * ANSWER);
	assert_eq!(
		world.chain.verdicts[&1].faults,
		[(liar, Fault::WrongWindow)]
	);
	world.run(4 * ANSWER);
	assert!(
		world.chain.settled.contains_key(&0),
		"the complaint comes again"
	);
}

#[test]
fn a_conflict_about_another_window_waits_for_a_dispute_that_goes_deeper() {
	let weather = Weather {
		delay: 1,
		..Default::default()
	};
	let mut world = World::new(3, 1, weather);
	world.run(LISTEN + 1);
	world.provide(2);
	// The chain of this world fails when a node reports what is not heard while a dispute is open.
	world.compute(0, |_, _| Some(999));
	world.run(8 * ANSWER);
	for window in 0..2 {
		let verdict = &world.chain.verdicts[&window];
		assert_eq!(verdict.faults, [(world.nodes[0].id, Fault::WrongResult)]);
	}
}
