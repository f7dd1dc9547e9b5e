//! What is known of the sources changes in the middle: everybody commits anew, windows settle by what counts,
//! and nobody says two things in one attempt at a round.

use std::collections::BTreeSet;

use proptest::prelude::*;
use syngraph_primitives::Fate;
use syngraph_protocol::{Stage, LISTEN, REPUBLISH};

use crate::{
	chain::{first, Chain, ANSWER},
	node::Node,
	world::{Weather, World, FAIR},
};

/// No dispute was needed, and what settled is right.
pub fn assert_clean(world: &World) {
	world.assert_sound();
	assert!(
		world.chain.verdicts.is_empty(),
		"{:?}",
		world.chain.verdicts
	);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn a_version_that_moves_at_any_point_of_a_round_moves_what_settles() {
	let mut phases = BTreeSet::new();
	for window in [0, 2, 3] {
		for ticks in (0..40).step_by(2) {
			let mut world = World::new(3, ticks, FAIR);
			world.run(LISTEN + 1);
			world.provide(5);
			world.run_ticks(ticks);
			phases.insert(format!("{:?}", world.phase(0)));
			let base = world.chain.progress.base;
			world.chain.convict(window);
			world.settle_all(3 * REPUBLISH);
			assert_clean(&world);
			for settled in &world.chain.settled {
				let moved = settled.round.first >= base;
				assert_eq!(settled.round.version.changes > first(), moved, "{ticks}");
			}
		}
	}
	for phase in ["Some(Committing)", "Some(Agreed)", "None"] {
		assert!(phases.contains(phase), "{phases:?}");
	}
}

/// As long as the sensor has no other key, nobody can tell what its later windows are made of: they are not given up.
#[test]
fn windows_of_a_suspended_sensor_are_waited_for() {
	let mut waited = 0;
	for ticks in 0..20 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(4);
		world.run_ticks(ticks);
		world.chain.suspend(0);
		world.run(3 * REPUBLISH);
		let base = world.chain.progress.base;
		for node in &world.nodes {
			assert!(node.session.needs() <= Some(base), "{ticks}");
		}
		let waits = world.chain.fate(base) == Fate::Waiting;
		assert!(waits || base == 0 || base >= 3, "{ticks}: {base}");
		waited += u32::from(waits);
		world.chain.end_suspension(0);
		world.settle_all(4 * REPUBLISH);
		assert_clean(&world);
	}
	assert!(waited > 5, "{waited}");
}

#[test]
fn what_is_revoked_settles_no_more_whatever_was_computed() {
	for ticks in (0..30).step_by(3) {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(6);
		world.run_ticks(ticks);
		let base = world.chain.progress.base;
		world.chain.revoke(2);
		world.run(3 * ANSWER);
		assert_clean(&world);
		for window in base.max(2)..6 {
			let outcome = world.chain.outcome(window);
			assert!(outcome.is_none_or(|outcome| outcome.is_none()), "{ticks}");
		}
		assert!(world.chain.progress.base >= 2);
	}
}

#[test]
fn a_new_key_from_a_window_on_moves_the_round_that_is_open() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.terms.most = 2;
	world.run(LISTEN + 1);
	world.provide(6);
	world.run(2);
	let base = world.chain.progress.base;
	world.chain.rotate(4);
	world.settle_all(2 * REPUBLISH);
	for settled in &world.chain.settled {
		let moved = settled.round.first >= base;
		assert_eq!(settled.round.version.changes > first(), moved);
	}
	assert_clean(&world);
}

/// The owner revokes its sensor from ever lower numbers, all of them far ahead.
#[test]
fn windows_have_waited_whatever_becomes_known_meanwhile() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.terms.patience = 40;
	world.run(LISTEN + 1);
	world.provide(2);
	for from in (1_000..1_010).rev() {
		world.run(8);
		world.chain.revoke(from);
	}
	assert_eq!(world.chain.progress.base, 2);
	assert_clean(&world);
}

#[test]
fn a_round_goes_on_if_the_block_that_moved_it_is_retracted() {
	for ticks in 0..30 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		world.run_ticks(ticks);
		if !world.chain.settled.is_empty() {
			break;
		}
		let before = world.chain.sources.clone();
		world.chain.convict(0);
		let learnt = world.random.below(12);
		world.run_ticks(learnt);
		if !world.chain.settled.is_empty() {
			continue;
		}
		world.chain.unlearn(before);
		// The world itself fails when a node says two things in one attempt at a round.
		world.settle_all(2 * REPUBLISH);
		assert_eq!(world.chain.settled[0].round.version.changes, first());
		assert_clean(&world);
	}
}

#[test]
fn a_dispute_about_a_former_version_is_over_at_once() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	for node in [0, 2] {
		world.nodes[node].data = 1;
		world.nodes[node].withholds = true;
	}
	assert!(world.run_until(4 * ANSWER, |world| world.chain.docket.is_some()));
	let deadline = world.chain.docket.as_ref().unwrap().deadline;
	world.chain.convict(0);
	world.provide(1);
	world.run(4);
	assert!(world.chain.number < deadline);
	assert!(
		world.chain.docket.is_none(),
		"it was judged before its time"
	);
	world.assert_nobody_failed();
	world.settle_all(ANSWER);
	assert!(world.chain.settled[0].round.version.changes > first());
}

#[test]
fn a_disputed_round_whose_sources_change_is_computed_anew_and_nobody_is_to_blame() {
	for later in [0, 1, 12] {
		let mut world = World::new(3, 1, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		// One of them has another result as long as nothing is known of the sensor.
		let usual = world.chain.version();
		let expected = world.chain.computed(0, false).root;
		world.nodes[0].lies(move |mut computed| {
			if computed.root == expected {
				computed.result = Some(999);
			}
			computed
		});
		let contested = |world: &World| {
			let docket = world.chain.docket.as_ref();
			docket.is_some_and(|docket| matches!(docket.stage, Stage::Opening { .. }))
		};
		assert!(world.run_until(4 * ANSWER, contested));
		world.run_ticks(later);
		assert!(world.chain.shown.is_empty(), "nothing is proven yet");
		world.chain.convict(0);
		world.settle_all(2 * ANSWER);
		world.assert_nobody_failed();
		assert_ne!(world.chain.settled[0].round.version, usual);
	}
}

/// Something becomes known of the sensor of a window from here on, or turns out not to be so after all.
fn surprise(world: &mut World, windows: u64, before: &mut Option<Chain>) {
	let window = world.random.below(windows + 1);
	match world.random.below(6) {
		0 => *before = Some(world.chain.clone()),
		1 if before.is_some() => {
			let known = before.take().map(|chain| chain.sources);
			world.chain.unlearn(known.unwrap());
		},
		2 if world.chain.sources.keys[0].is_live() => {
			world.chain.convict(window);
		},
		_ => (),
	}
}

proptest! {
	#![proptest_config(crate::cases())]

	/// Whatever becomes known at whatever time, with nodes that die whenever they have saved their state, or come
	/// back with any that they ever saved: nobody says two things, nobody is at fault, and only what its window gives
	/// settles.
	#[test]
	fn nobody_says_two_things_whatever_becomes_known(
		count in 2usize..5,
		seed in any::<u64>(),
		loss in 0u64..30,
		delay in 0u64..20,
		crash in 0u64..10,
		restored in any::<bool>(),
	) {
		let weather = Weather { loss, delay, crash, ..Default::default() };
		let mut world = World::with_spares(count, 1, seed, weather);
		world.restorable = restored;
		let (mut windows, mut before) = (0, None);
		for _ in 0..12 {
			windows += world.random.below(4);
			world.provide(windows);
			surprise(&mut world, windows, &mut before);
			let ticks = world.random.below(60);
			world.run_ticks(ticks);
			if restored && world.random.chance(30) {
				world.restore(0);
			}
		}
		world.settle_all(400);
		let restarted = world.nodes.first().map(|node: &Node| node.id);
		prop_assert!(world.absent().iter().all(|id| Some(*id) == restarted));
		prop_assert!(restored || world.absent().is_empty());
	}
}
