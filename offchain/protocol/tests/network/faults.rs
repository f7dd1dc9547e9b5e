//! Nodes that break the rules: nothing wrong settles, and what can be shown is reported.

use sp_core::{Pair, H256};
use syngraph_primitives::{seal, Statement};
use syngraph_protocol::{Bundle, Conflict, Input, Utterance};

use crate::world::{expected, genesis, sign_statement, Weather, World};

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
	world.run(syngraph_protocol::LISTEN + 1);
	world.nodes.iter_mut().for_each(|node| node.data = 1);
	world
}

/// Lets node 0 say what `change` makes of its next bundle, and shows it to the others as well.
fn misbehave(world: &mut World, change: impl Fn(&mut Utterance, &sp_core::sr25519::Pair)) {
	let pair = world.nodes[0].pair.clone();
	let (below, said) = world.nodes[0].session.says();
	let utterances: Vec<_> = said
		.into_iter()
		.map(|unsigned| {
			let sign = |bytes: &[u8]| Some(pair.sign(bytes));
			let mut utterance = unsigned.sign(&genesis(), &sign).unwrap();
			change(&mut utterance, &pair);
			utterance
		})
		.collect();
	let bundle = Bundle {
		agreement: crate::world::agreement(),
		intermediary: world.nodes[0].id,
		below,
		utterances,
	};
	world.send(0, bundle);
}

#[test]
fn different_results_freeze_the_window() {
	let mut world = world();
	world.compute(0, |_| Some(999));
	world.run(10);
	assert_eq!(world.chain.frozen.get(&0), Some(&Conflict::ResultMismatch));
	assert!(world.chain.settled.is_empty());
}

#[test]
fn null_against_a_result_freezes_the_window() {
	let mut world = world();
	world.compute(0, |_| None);
	world.run(10);
	assert_eq!(world.chain.frozen.get(&0), Some(&Conflict::ResultMismatch));
}

#[test]
fn later_windows_settle_beside_a_frozen_one() {
	let mut world = world();
	world.compute(0, |_| Some(999));
	world.nodes.iter_mut().for_each(|node| node.data = 3);
	world.run(20);
	assert_eq!(
		world.chain.settled.keys().copied().collect::<Vec<_>>(),
		vec![1, 2]
	);
}

#[test]
fn different_windows_freeze() {
	let mut world = world();
	for node in 1..3 {
		world.compute(node, expected);
	}
	world.compute(0, expected);
	misbehave(&mut world, |utterance, pair| {
		let Statement::Commit(commit) = &mut utterance.commit.statement else {
			unreachable!()
		};
		commit.root = H256::repeat_byte(1);
		utterance.commit = sign_statement(pair, utterance.commit.statement.clone());
	});
	world.run(10);
	let found = world.chain.frozen.get(&0);
	let right = matches!(
		found,
		Some(Conflict::InputMismatch | Conflict::Equivocation { .. })
	);
	assert!(right, "{found:?}");
	assert!(world.chain.settled.is_empty());
}

#[test]
fn two_commitments_are_equivocation() {
	let mut world = world();
	for node in 0..3 {
		world.compute(node, expected);
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
	world.step(1, Input::Received(honest));
	world.step(1, Input::Received(forged));
	world.run(10);
	let author = world.nodes[0].id;
	assert_eq!(
		world.chain.frozen.get(&0),
		Some(&Conflict::Equivocation { author })
	);
	assert!(world.chain.settled.is_empty());
}

#[test]
fn a_reveal_of_something_else_is_the_authors_fault() {
	let mut world = world();
	world.weather.loss = 100;
	for node in 0..3 {
		world.compute(node, expected);
	}
	// All commitments arrive, and node 0 reveals what it did not commit to.
	let bundles: Vec<_> = world.nodes.iter_mut().map(|node| node.bundle()).collect();
	for (from, bundle) in bundles.into_iter().enumerate() {
		for to in (0..3).filter(|to| *to != from) {
			world.step(to, Input::Received(bundle.clone()));
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
	world.run(10);
	let author = world.nodes[0].id;
	assert_eq!(
		world.chain.frozen.get(&0),
		Some(&Conflict::FalseReveal { author })
	);
	assert!(world.chain.settled.is_empty());
}

#[test]
fn a_copied_root_without_the_window_convinces_nobody() {
	let mut world = world();
	world.nodes[0].data = 0;
	for node in 1..3 {
		world.compute(node, expected);
	}
	// Node 0 has no messages. It commits to a peer's root, with a possession it cannot know.
	let peer = world.nodes[1].bundle();
	let pair = world.nodes[0].pair.clone();
	let Statement::Commit(mut commit) = peer.utterances[0].commit.statement.clone() else {
		unreachable!()
	};
	commit.intermediary = world.nodes[0].id;
	let commit = sign_statement(&pair, Statement::Commit(commit));
	let bundle = Bundle {
		agreement: crate::world::agreement(),
		intermediary: world.nodes[0].id,
		below: 0,
		utterances: vec![Utterance {
			commit,
			reveal: None,
		}],
	};
	world.send(0, bundle);
	world.run(20);
	assert!(world.chain.settled.is_empty());
	assert!(world.chain.frozen.is_empty(), "a copy is no evidence");
	for node in 1..3 {
		let phase = world.nodes[node].session.phase(0);
		assert_eq!(
			phase,
			Some(&syngraph_protocol::Phase::Committing),
			"nobody may reveal"
		);
	}
}

#[test]
fn nobody_reveals_before_all_have_committed() {
	let mut world = world();
	world.compute(0, expected);
	world.compute(1, expected);
	world.nodes[2].data = 0;
	world.run(20);
	for node in &mut world.nodes[..2] {
		assert!(node
			.bundle()
			.utterances
			.iter()
			.all(|utterance| utterance.reveal.is_none()));
	}
}

#[test]
fn a_bundle_in_anothers_name_or_agreement_is_ignored() {
	let mut world = world();
	for node in 0..3 {
		world.compute(node, expected);
	}
	let mut foreign = world.nodes[0].bundle();
	foreign.agreement = H256::repeat_byte(1);
	world.send(0, foreign);
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
