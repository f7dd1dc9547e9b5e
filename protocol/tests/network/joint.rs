//! Rounds are signed jointly, all but the first, until something goes wrong; and then soon again.

use syngraph_primitives::Assent;
use syngraph_protocol::{Bundle, Fault, Input, Phase, LISTEN, TURN};

use crate::{
	chain::ANSWER,
	world::{signed, Weather, World, FAIR},
};

/// A world in which all members sign jointly, and every window has a result.
fn world(members: usize, spares: usize) -> World {
	let weather = Weather { delay: 1, ..FAIR };
	let mut world = World::with_spares(members, spares, 1, weather);
	world.chain.nulls = |_| false;
	world.sign_jointly();
	world.run(LISTEN + 1);
	world
}

/// Lets so many rounds of one window settle, one after the other. Returns how many blocks the last one took.
fn settle(world: &mut World, rounds: u64) -> u32 {
	let mut begun = world.chain.number;
	for _ in 0..rounds {
		begun = world.chain.number;
		let windows = world.chain.progress.base + 1;
		world.provide(windows);
		let settled = world.run_until(30, |world| world.chain.progress.base == windows);
		assert!(settled, "{:?}", world.chain.verdicts);
	}
	world.assert_nobody_failed();
	world.chain.number - begun
}

/// How far a node has come with its reveal in the round that is open.
fn progress(world: &World, node: usize) -> u8 {
	let mut open = world.nodes[node].session.open_rounds();
	let attempts = open.next().and_then(|round| round.attempts().last());
	attempts.map_or(0, |attempt| attempt.progress())
}

/// Says nothing by which it assents jointly, and keeps to itself what comes of others' shares.
fn withhold(world: &mut World, node: usize) {
	world.nodes[node].honest = false;
	world.nodes[node].purse.as_mut().unwrap().hides = true;
	let twist = |bundle: &mut Bundle, _: &sp_core::sr25519::Pair| {
		for said in &mut bundle.utterances {
			said.reveal = said.reveal.take().filter(|it| it.assent.is_single());
		}
	};
	world.twists.insert(node, Box::new(twist));
}

#[test]
fn the_first_round_brings_the_key_and_all_others_are_signed_by_it() {
	for members in [2, 3, 5, 16] {
		let mut world = world(members, 0);
		settle(&mut world, 1);
		assert_eq!(world.chain.jointly(), 0);
		let key = world.chain.joint_key();
		assert!(key.is_some());
		assert!(settle(&mut world, 4) <= 3);
		assert_eq!(world.chain.jointly(), 4);
		assert_eq!(world.chain.joint_key(), key);
	}
}

#[test]
fn many_rounds_in_sequence_are_signed_jointly() {
	let mut world = world(3, 0);
	world.chain.terms.most = 2;
	settle(&mut world, 1);
	world.provide(41);
	world.settle_all(60);
	world.assert_nobody_failed();
	assert_eq!(world.chain.jointly(), 20);
}

/// Whoever has its turns far apart takes in what has come before it takes a share for missing.
#[test]
fn machines_that_are_busy_sign_jointly_too() {
	let mut world = world(3, 0);
	world.nodes.iter_mut().for_each(|node| node.pace = 3);
	settle(&mut world, 6);
	assert_eq!(world.chain.jointly(), 5);
}

#[test]
fn where_one_contributes_nothing_all_sign_singly() {
	let mut world = world(3, 0);
	world.nodes[1].purse = None;
	assert!(settle(&mut world, 3) <= 3);
	assert_eq!((world.chain.jointly(), world.chain.joint_key()), (0, None));
}

#[test]
fn who_withholds_its_share_delays_one_round_in_ever_more() {
	let mut world = world(3, 0);
	let usual = settle(&mut world, 2);
	assert_eq!(world.chain.jointly(), 1);
	withhold(&mut world, 0);
	let mut slow = 0;
	for _ in 0..12 {
		let blocks = settle(&mut world, 1);
		assert!(blocks <= TURN + 4, "{blocks}");
		assert_eq!(world.chain.jointly(), 0);
		slow += u32::from(blocks > usual);
	}
	assert!((1..=4).contains(&slow), "{slow} of 12");
	world.twists.clear();
	settle(&mut world, 20);
	assert!(world.chain.jointly() > 0, "it is tried again");
}

#[test]
fn a_share_that_is_bad_costs_one_message_more() {
	let mut world = world(3, 0);
	settle(&mut world, 2);
	world.nodes[0].honest = false;
	world.nodes[0].purse.as_mut().unwrap().spoils = true;
	assert!(settle(&mut world, 1) <= TURN + 4);
	assert_eq!(world.chain.jointly(), 0);
	world.nodes[0].purse.as_mut().unwrap().spoils = false;
	settle(&mut world, 4);
	assert!(world.chain.jointly() > 0);
}

/// What it kept in memory is gone, so that its share of the key is another one.
#[test]
fn who_is_started_again_brings_another_key() {
	for ticks in [0, 3, 7, 12] {
		let mut world = world(3, 0);
		settle(&mut world, 2);
		let key = world.chain.joint_key();
		world.provide(3);
		world.run_ticks(ticks);
		let session = world.nodes[0].session.clone();
		world.return_to(0, session);
		world.settle_all(20);
		settle(&mut world, 2);
		assert_ne!(world.chain.joint_key(), key);
		settle(&mut world, 3);
		assert!(world.chain.jointly() > 0, "after {ticks} ticks");
	}
}

#[test]
fn a_key_that_has_fallen_is_renewed_by_the_way() {
	let mut world = world(3, 0);
	settle(&mut world, 3);
	world.chain.joint = None;
	// All hear of it before they begin the next round.
	world.run(1);
	settle(&mut world, 1);
	assert_eq!(world.chain.jointly(), 0);
	settle(&mut world, 2);
	assert_eq!(world.chain.jointly(), 2);
}

#[test]
fn a_key_that_falls_while_it_is_signed_with_delays_nothing_for_long() {
	for progressed in [1, 2] {
		let mut world = world(3, 0);
		settle(&mut world, 2);
		world.provide(3);
		let revealed = |world: &World| {
			let all = (0..3).filter(|node| progress(world, *node) > 0);
			all.count() >= progressed
		};
		assert!(world.run_until(5, revealed));
		world.chain.joint = None;
		let settled = world.run_until(8, |world| world.chain.progress.base == 3);
		assert!(settled);
		assert_eq!(world.chain.jointly(), 0);
		settle(&mut world, 5);
		assert!(world.chain.jointly() > 0);
	}
}

/// It owes a signature of its own, whatever it said before.
#[test]
fn who_signs_jointly_and_not_singly_is_absent() {
	let mut world = world(3, 1);
	settle(&mut world, 2);
	// Another one spoils it.
	world.nodes[1].honest = false;
	world.nodes[1].purse.as_mut().unwrap().spoils = true;
	world.provide(3);
	assert!(world.run_until(5, |world| progress(world, 0) == 1));
	world.nodes[0].dead = true;
	world.settle_all(8 * ANSWER);
	assert!(world.faults().is_empty());
	assert_eq!(world.absent(), [100]);
}

/// Whoever takes part in a dispute asks for nothing.
#[test]
fn in_a_dispute_all_sign_what_all_can_sign() {
	let mut world = world(3, 0);
	settle(&mut world, 2);
	let key = world.chain.joint_key();
	assert!(key.is_some());
	// One hears nobody, and is heard through the chain alone.
	world.apart.insert(0);
	world.provide(6);
	world.settle_all(8 * ANSWER);
	world.assert_nobody_failed();
	assert!(!world.chain.verdicts.is_empty() || world.chain.docket.is_some());
	// The key stays in force, and is of use again.
	assert_eq!(world.chain.joint_key(), key);
	let jointly = world.chain.jointly();
	world.apart.clear();
	world.provide(12);
	world.settle_all(8 * ANSWER);
	settle(&mut world, 12);
	assert!(world.chain.jointly() >= jointly + 10, "{jointly}");
	assert_eq!(world.chain.joint_key(), key);
}

/// The one face contributes other nonces than the other.
#[test]
fn who_tells_two_members_of_different_nonces_gains_nothing() {
	let mut world = world(3, 0);
	settle(&mut world, 2);
	world.nodes[0].honest = false;
	let turns = std::cell::Cell::new(0u32);
	let twist = move |bundle: &mut Bundle, pair: &sp_core::sr25519::Pair| {
		turns.set(turns.get() + 1);
		for said in &mut bundle.utterances {
			let mut commitment = said.commitment().clone();
			if turns.get().is_multiple_of(2) {
				commitment.contribution = None;
			}
			said.commit = crate::world::signed(pair, commitment);
			said.reveal = None;
		}
	};
	world.twists.insert(0, Box::new(twist));
	world.provide(3);
	world.run(3 * ANSWER);
	world.twists.clear();
	world.settle_all(8 * ANSWER);
	assert!(world.faults().iter().all(|(id, _)| *id == 100));
}

/// What a member said last may be a share, of which the chain hears nothing. What it said twice proves it wrong all the
/// same: else those that heard the one could neither reveal with the other on file nor say why.
#[test]
fn who_gives_its_share_and_commits_once_more_is_convicted() {
	let mut world = world(3, 1);
	settle(&mut world, 2);
	(world.nodes[0].honest, world.chain.congested) = (false, true);
	world.provide(3);
	assert!(world.run_until(5, |world| progress(world, 0) == 1));
	let share = world.nodes[0].bundle();
	let mut other = share.clone();
	let said = other.utterances.last_mut().unwrap();
	let reveal = said.reveal.take().unwrap();
	assert!(matches!(reveal.assent, Assent::Joint(_)));
	let mut commitment = said.commitment().clone();
	commitment.seal = sp_core::H256::repeat_byte(1);
	said.commit = signed(&world.nodes[0].pair, commitment);
	world.step(1, Input::Received(&share));
	world.step(1, Input::Received(&other));
	assert_eq!(world.phase(1), Some(Phase::Disputed));
	assert!(world.run_until(3, |world| world.chain.docket.is_some()));
	world.chain.congested = false;
	world.settle_all(12 * ANSWER);
	world.assert_just();
	assert_eq!(world.faults(), [(100, Fault::Equivocation)]);
	assert!(world.absent().is_empty());
}

/// Whoever has a copy of another's memory is heard, by the registered key; then both draw anew.
#[test]
fn who_hears_itself_say_what_it_did_not_draws_another_share() {
	let mut world = world(3, 0);
	settle(&mut world, 2);
	let key = world.chain.joint_key();
	let mut other = world.nodes[0].bundle();
	let round = world.chain.next_round();
	let pair = world.nodes[0].pair.clone();
	let commitment = syngraph_primitives::Commitment {
		span: syngraph_primitives::Span {
			round,
			attempt: 0,
			end: round.first + 1,
		},
		intermediary: 100,
		seal: sp_core::H256::repeat_byte(1),
		data_root: sp_core::H256::repeat_byte(2),
		possession: sp_core::H256::repeat_byte(3),
		before: None,
		contribution: None,
	};
	other.utterances = vec![syngraph_primitives::Utterance {
		commit: crate::world::signed(&pair, commitment),
		reveal: None,
	}];
	world.nodes[0].honest = false;
	world.step(0, syngraph_protocol::Input::Received(&other));
	assert!(world.nodes[0].session.take_estrangement());
	assert!(!world.nodes[0].session.take_estrangement());
	// It is the next in its own bundles, and is not news for that.
	let again = world.nodes[0].bundle();
	world.step(0, syngraph_protocol::Input::Received(&again));
	assert!(!world.nodes[0].session.take_estrangement());
	assert_eq!(world.chain.joint_key(), key);
}

#[test]
fn a_share_is_never_taken_back_by_an_older_bundle() {
	let mut world = world(2, 0);
	settle(&mut world, 2);
	world.nodes[0].honest = false;
	world.nodes[0].purse.as_mut().unwrap().spoils = true;
	world.provide(3);
	// It leads: the other one has heard what it commits to, and reveals first.
	assert!(world.run_until(5, |world| progress(world, 1) == 1));
	let old = world.nodes[1].bundle();
	let is_joint = |bundle: &Bundle| {
		let mut said = bundle.utterances.iter().rev();
		let last = said.find_map(|said| said.reveal.as_ref());
		last.is_some_and(|reveal| matches!(reveal.assent, Assent::Joint(_)))
	};
	assert!(is_joint(&old));
	world.lose_pool();
	assert!(world.run_until(9, |world| progress(world, 0) > 1 && progress(world, 1) > 1));
	world.step(0, syngraph_protocol::Input::Received(&old));
	world.settle_all(2 * ANSWER);
	world.assert_nobody_failed();
}
