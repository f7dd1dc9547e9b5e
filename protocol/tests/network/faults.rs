//! Nodes that break the rules: nothing wrong settles, and whoever can be proven wrong is, and nobody
//! else.

use sp_core::H256;
use syngraph_primitives::{IntermediaryId, Utterance, WindowIndex};
use syngraph_protocol::{Computed, Fault, Input, Output, Phase, Stage, LISTEN, TURN};

use crate::{
	chain::{Transaction, ANSWER},
	world::{made_up, signed, Weather, World, FAIR},
};

const SOON: Weather = Weather { delay: 1, ..FAIR };

/// A world of three that has listened.
fn world(seed: u64) -> World {
	let mut world = World::new(3, seed, SOON);
	world.run(LISTEN + 1);
	world
}

/// Makes a liar of node 0, that makes this of one window.
fn lie_about(world: &mut World, window: WindowIndex, lie: impl Fn(Computed) -> Computed + 'static) {
	world.nodes[0].lies(move |computed| match computed.window == window {
		true => lie(computed),
		false => computed,
	});
}

fn wrong_result(computed: Computed) -> Computed {
	Computed {
		result: computed.result.map_or(Some(999), |_| None),
		..computed
	}
}

fn other_digest(computed: Computed) -> Computed {
	Computed {
		digest: H256::repeat_byte(9),
		..computed
	}
}

/// Waits until all windows have settled: node 0, and nobody else, was found at fault, for one of the reasons; and
/// nobody was absent.
fn assert_convicted(world: &mut World, faults: &[Fault]) {
	world.settle_all(12 * ANSWER);
	world.assert_just();
	let [(culprit, fault)] = world.faults()[..] else {
		panic!("not one at fault: {:?}", world.chain.verdicts)
	};
	assert_eq!(culprit, world.nodes[0].id);
	assert!(faults.contains(&fault), "{fault:?}");
	assert_eq!(world.absent(), Vec::<IntermediaryId>::new());
	assert_eq!(world.chain.roster.members.to_vec(), [101, 102]);
	assert!(world.chain.docket.is_none());
}

#[test]
fn a_wrong_result_is_found_out_wherever_it_is() {
	// With more than 64 windows it takes two steps to find the one.
	for (most, windows) in [(16, 1), (16, 12), (200, 100), (200, 64), (200, 65)] {
		for window in [0, 3, 11, 63, 64, 99] {
			if window >= windows {
				continue;
			}
			let mut world = world(window);
			world.chain.terms.most = most;
			lie_about(&mut world, window, wrong_result);
			world.provide(windows);
			assert_convicted(&mut world, &[Fault::WrongResult]);
			assert_eq!(world.chain.verdicts.len(), 1, "once");
			assert_eq!(
				world.chain.shown.iter().copied().collect::<Vec<_>>(),
				[window]
			);
		}
	}
}

/// Nobody has to do anything for it: all commit anew to what comes after it.
#[test]
fn what_the_chain_rules_is_decided_for_all() {
	let mut world = world(1);
	world.chain.rules = true;
	lie_about(&mut world, 0, wrong_result);
	world.provide(12);
	assert_convicted(&mut world, &[Fault::WrongResult]);
	let (ruled, rest) = world.chain.settled.split_first().unwrap();
	assert_eq!((ruled.round.roster, ruled.end()), (0, 1));
	assert!(rest.iter().all(|settled| settled.round.roster == 1));
	assert_eq!(world.chain.verdicts.len(), 1);
}

#[test]
fn a_window_that_was_made_up_is_found_out_wherever_it_is() {
	for (most, windows) in [(16, 1), (16, 12), (200, 100)] {
		for window in [0, 3, 11, 70] {
			if window >= windows {
				continue;
			}
			let mut world = world(window);
			world.chain.terms.most = most;
			lie_about(&mut world, window, made_up);
			world.provide(windows);
			assert_convicted(&mut world, &[Fault::WrongWindow]);
		}
	}
}

#[test]
fn a_null_window_that_was_made_up_is_found_out() {
	let mut world = world(1);
	world.chain.nulls = |_| true;
	world.chain.longest = 300;
	lie_about(&mut world, 280, made_up);
	world.provide(300);
	assert!(world.run_until(20 * ANSWER, |world| !world.faults().is_empty()));
	assert_eq!(world.faults(), [(100, Fault::WrongWindow)]);
	assert!(world.absent().is_empty());
	world.assert_just();
}

#[test]
fn roots_that_were_copied_are_challenged() {
	for (most, windows, window) in [(16, 1, 0), (16, 12, 7), (200, 100, 80)] {
		let mut world = world(window);
		world.chain.terms.most = most;
		lie_about(&mut world, window, other_digest);
		world.provide(windows);
		world.run(ANSWER / 2);
		for node in 1..3 {
			assert_eq!(
				world.phase(node),
				Some(Phase::Committing),
				"nobody may reveal"
			);
		}
		assert_convicted(&mut world, &[Fault::FalsePossession]);
	}
}

#[test]
fn the_lies_of_two_that_differ_are_found_out_one_after_the_other() {
	let mut world = World::with_spares(4, 2, 3, SOON);
	world.run(LISTEN + 1);
	lie_about(&mut world, 4, wrong_result);
	world.nodes[2].lies(made_up);
	world.provide(12);
	world.settle_all(12 * ANSWER);
	world.assert_just();
	let guilty: Vec<_> = world.faults().iter().map(|(id, _)| *id).collect();
	assert_eq!(guilty.len(), 2);
	assert!(guilty.contains(&100) && guilty.contains(&102));
}

#[test]
fn accomplices_are_found_out_together() {
	let mut world = World::with_spares(4, 2, 3, SOON);
	world.run(LISTEN + 1);
	for node in [0, 2] {
		world.nodes[node].lies(|computed| match computed.window {
			5 => wrong_result(computed),
			_ => computed,
		});
	}
	world.provide(12);
	world.settle_all(12 * ANSWER);
	world.assert_just();
	assert_eq!(
		world.faults(),
		[(100, Fault::WrongResult), (102, Fault::WrongResult)]
	);
}

#[test]
fn a_lie_in_the_second_attempt_is_found_out() {
	for (lie, fault) in [
		(wrong_result as fn(Computed) -> Computed, Fault::WrongResult),
		(made_up, Fault::WrongWindow),
		(other_digest, Fault::FalsePossession),
	] {
		let mut world = world(1);
		for node in [1, 2] {
			world.nodes[node].data = 2;
		}
		world.run(TURN + 1);
		lie_about(&mut world, 3, lie);
		world.nodes[0].data = 5;
		world.run_ticks(1);
		world.provide(5);
		assert_convicted(&mut world, &[fault]);
		assert_eq!(world.chain.settled[0].round.first, 0);
	}
}

#[test]
fn a_sensor_that_signed_twice_is_nobodys_fault() {
	for window in [0, 5] {
		let mut world = world(1);
		world.chain.doubled.insert(window);
		world.nodes[1].second = true;
		world.provide(8);
		world.settle_all(8 * ANSWER);
		world.assert_nobody_failed();
		let found = world.chain.verdicts.iter();
		let found: Vec<_> = found.map(|(_, verdict)| verdict.sensor_at_fault).collect();
		assert_eq!(found, [true]);
	}
}

/// Lets node 0 say something else to node 1 than to node 2, in the same attempt, with the second face having these
/// windows; and nothing at all after so many ticks, if that is told.
fn two_faced(seed: u64, data: [WindowIndex; 2], end: Option<u64>) -> World {
	let mut world = World::with_spares(3, 1, seed, FAIR);
	let second = world.add_face(0, &[2]);
	world.run(LISTEN + 1);
	for node in 1..4 {
		world.nodes[node].data = 6;
	}
	world.nodes[0].data = data[0];
	world.nodes[second].data = data[1];
	if let Some(end) = end {
		world.run_ticks(end);
		world.nodes[0].dead = true;
		world.nodes[second].dead = true;
	}
	world.settle_all(20 * ANSWER);
	world.assert_just();
	world
}

#[test]
fn who_shows_each_peer_another_range_is_the_only_one_at_fault() {
	for seed in 0..4 {
		for data in [[6, 6], [6, 3], [3, 6], [2, 4]] {
			let world = two_faced(seed, data, None);
			assert_eq!(world.faults(), [(100, Fault::Equivocation)], "{data:?}");
			assert!(world.absent().is_empty());
		}
	}
}

/// It may not be proven, if it is silent in the end, but nobody else suffers for it.
#[test]
fn who_shows_each_peer_another_range_and_falls_silent_is_the_only_one_that_fails() {
	for seed in 0..3 {
		for data in [[6, 6], [6, 3], [3, 6]] {
			for end in (1..30).step_by(4) {
				let world = two_faced(seed, data, Some(end));
				let faults = world.faults();
				assert!(faults.iter().all(|(id, _)| *id == 100), "{data:?}");
			}
		}
	}
}

/// A second face says other things where it does not lead, too.
#[test]
fn a_follower_that_shows_each_peer_another_range_is_the_only_one_at_fault() {
	for seed in 0..4 {
		for data in [[6, 6], [6, 3], [3, 6]] {
			let mut world = World::with_spares(4, 1, seed, FAIR);
			let second = world.add_face(3, &[2]);
			world.run(LISTEN + 1);
			// It begins before the leader does.
			world.nodes[3].data = data[0];
			world.nodes[second].data = data[1];
			world.run(TURN + 1);
			for node in [0, 1, 2, 4] {
				world.nodes[node].data = 6;
			}
			world.settle_all(20 * ANSWER);
			world.assert_just();
			let faults = world.faults();
			assert_eq!(faults, [(103, Fault::Equivocation)], "{data:?}");
		}
	}
}

/// Node 1 hears two commitments of node 0 to the three windows of a round.
fn hear_two_commitments(world: &mut World) {
	world.nodes[0].honest = false;
	world.provide(3);
	world.run_until(2, |world| world.phase(1).is_some());
	let honest = world.nodes[0].bundle();
	let mut forged = honest.clone();
	let mut commitment = forged.utterances[0].commitment().clone();
	commitment.seal = H256::repeat_byte(1);
	forged.utterances[0].commit = signed(&world.nodes[0].pair, commitment);
	forged.utterances[0].reveal = None;
	world.step(1, Input::Received(&honest));
	world.step(1, Input::Received(&forged));
	assert_eq!(world.phase(1), Some(Phase::Disputed));
}

#[test]
fn two_commitments_that_one_peer_hears_are_equivocation() {
	let mut world = world(1);
	hear_two_commitments(&mut world);
	// It is told at once, before the others settle the round.
	world.run(2 * TURN);
	assert_convicted(&mut world, &[Fault::Equivocation]);
}

#[test]
fn a_contradiction_of_which_the_chain_does_not_hear_is_complained_of() {
	let mut world = world(1);
	world.chain.unreported = true;
	hear_two_commitments(&mut world);
	world.lose_pool();
	for other in [0, 2] {
		world.nodes[other].dead = true;
	}
	assert!(world.run_until(3 * ANSWER, |world| world.chain.docket.is_some()));
	assert_eq!(world.chain.complaints, 1);
}

#[test]
fn near_the_end_what_is_agreed_settles_whatever_one_member_said_besides() {
	let mut world = world(1);
	world.chain.closing = true;
	hear_two_commitments(&mut world);
	let agreed = |world: &World| {
		let mut open = world.nodes[1].session.open_rounds();
		open.any(|round| round.is_agreed())
	};
	assert!(world.run_until(3, agreed));
	// Node 1 is the only one left to settle it.
	world.lose_pool();
	for other in [0, 2] {
		world.nodes[other].dead = true;
	}
	world.run(3 * TURN);
	assert_eq!(world.chain.settled.len(), 1);
	world.chain.assert_right();
}

/// Once all have agreed, node 0 contradicts an honest member by what it told nobody, and has the round settle at once.
#[test]
fn who_contradicts_others_by_what_they_never_heard_is_found_out_though_the_round_has_settled() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	(world.nodes[0].honest, world.chain.congested) = (false, true);
	world.run(LISTEN + 1);
	world.provide(5);
	let agreed = |world: &World| (0..3).all(|node| world.phase(node) == Some(Phase::Agreed));
	assert!(world.run_until(4, agreed));
	world.chain.congested = false;
	world.lose_pool();
	let round = world.chain.next_round();
	let heard = |of: usize| world.nodes[2].bundles[&of].utterances[0].clone();
	let (own, honest) = (heard(0), heard(1));
	let mut other = own.commitment().clone();
	other.data_root = H256::repeat_byte(7);
	let lie = Utterance {
		commit: signed(&world.nodes[0].pair, other),
		reveal: None,
	};
	world.submit(Transaction::Report(round, Box::new((lie, honest))));
	let settlement = world.nodes[1].submits(&Output::Settle(round));
	world.submit(settlement.unwrap());
	world.nodes[0].dead = true;
	world.run(2 * ANSWER);
	assert_eq!(world.chain.settled.len(), 1);
	assert_eq!(world.faults(), [(100, Fault::Equivocation)]);
	world.assert_just();
}

#[test]
fn who_assents_to_two_sets_is_at_fault() {
	let mut world = world(1);
	world.nodes[0].honest = false;
	world.provide(3);
	let revealed = |world: &World| {
		let mut open = world.nodes[0].session.open_rounds();
		open.any(|round| round.attempts().any(|attempt| attempt.is_revealed()))
	};
	assert!(world.run_until(3, revealed));
	world.lose_pool();
	let mut bundle = world.nodes[0].bundle();
	let reveal = bundle.utterances[0].reveal.as_mut().unwrap();
	reveal.commitments = H256::repeat_byte(1);
	let before = world.chain.settled.len();
	let honest = world.nodes[0].bundle();
	world.step(1, Input::Received(&honest));
	world.step(1, Input::Received(&bundle));
	assert_eq!(world.chain.settled.len(), before);
	// Its signature is looked at before a bundle is taken in, and would have to be made again.
	assert_eq!(world.phase(1), Some(Phase::Disputed));
}

#[test]
fn nobody_reveals_before_all_have_committed() {
	let mut world = world(1);
	world.nodes[0].data = 3;
	world.nodes[1].data = 3;
	world.nodes[0].withholds = true;
	world.nodes[1].withholds = true;
	world.run(ANSWER);
	for node in &mut world.nodes[..2] {
		let bundle = node.bundle();
		assert_eq!(bundle.utterances.len(), 1);
		assert!(bundle.utterances[0].reveal.is_none());
	}
}

#[test]
fn a_bundle_in_anothers_name_or_agreement_is_ignored() {
	let mut world = world(1);
	world.provide(3);
	world.run_until(2, |world| world.phase(0).is_some());
	let own = world.nodes[0].bundle();
	let mut foreign = own.clone();
	foreign.agreement = H256::repeat_byte(1);
	let mut later = own.clone();
	later.roster = 1;
	let mut stranger = own.clone();
	stranger.intermediary = 12345;
	for bundle in [foreign, later, stranger] {
		world.step(1, Input::Received(&bundle));
	}
	assert_eq!(world.phase(1), None);
	world.settle_all(10);
	assert!(world.chain.verdicts.is_empty());
}

/// A world of four in which node 3, which is dead, is complained of.
fn world_with_a_complaint() -> World {
	let mut world = World::with_spares(4, 2, 1, SOON);
	world.nodes[3].dead = true;
	world.run(LISTEN + 1);
	world.provide(2);
	while world.chain.docket.is_none() {
		world.run(1);
	}
	world
}

#[test]
fn whoever_contradicts_itself_while_a_dispute_is_open_is_convicted_in_it() {
	let mut world = world_with_a_complaint();
	let opened = world.chain.docket.as_ref().unwrap().opened;
	world.nodes[0].honest = false;
	let mut bundle = world.nodes[0].bundle();
	let mut commitment = bundle.utterances[0].commitment().clone();
	commitment.seal = H256::repeat_byte(1);
	bundle.utterances[0].commit = signed(&world.nodes[0].pair, commitment);
	world.send(0, bundle);
	while world.chain.verdicts.is_empty() {
		let docket = world.chain.docket.as_ref().unwrap();
		assert_eq!(docket.opened, opened, "it is the same one");
		world.run(1);
	}
	assert_eq!(world.faults(), [(100, Fault::Equivocation)]);
	world.settle_all(8 * ANSWER);
	world.assert_just();
	let members = &world.chain.roster.members;
	assert!(!members.contains(&100) && !members.contains(&103));
}

#[test]
fn a_liar_that_falls_silent_when_it_is_found_out_is_convicted() {
	for lie in [wrong_result as fn(Computed) -> Computed, made_up] {
		let mut world = World::with_spares(3, 1, 1, SOON);
		world.run(LISTEN + 1);
		lie_about(&mut world, 2, lie);
		world.provide(6);
		let opening = |world: &World| {
			let docket = world.chain.docket.as_ref();
			docket.is_some_and(|docket| matches!(docket.stage, Stage::Opening { .. }))
		};
		assert!(world.run_until(8 * ANSWER, opening));
		world.nodes[0].dead = true;
		world.settle_all(10 * ANSWER);
		world.assert_just();
		let failed = world.faults().len() + world.absent().len();
		assert_eq!(failed, 1, "{:?}", world.chain.verdicts);
	}
}
