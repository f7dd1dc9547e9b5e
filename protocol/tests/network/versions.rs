//! What is known of a window's sources changes in the middle: everybody commits anew, the window settles by
//! what counts, and nobody says two things about one version.

use std::collections::BTreeSet;

use proptest::prelude::*;
use syngraph_protocol::{Phase, Stage, HEARTBEAT, LISTEN};

use crate::{
	chain::{first, Chain, ANSWER, FIRST},
	world::{expected_at, Weather, World},
};

pub const FAIR: Weather = Weather {
	loss: 0,
	duplication: 0,
	delay: 2,
	crash: 0,
	retract: 0,
};

/// A window that is not null, but would be if its version moved once, and one of which it is the other way
/// round.
const FALLS: u64 = 2;
pub const RISES: u64 = 3;

/// No dispute was needed, and what settled is right.
pub fn assert_clean(world: &World) {
	assert!(world.is_right());
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
	for window in [0, FALLS, RISES] {
		for ticks in (0..40).step_by(2) {
			let mut world = World::new(3, ticks, FAIR);
			world.run(LISTEN + 1);
			world.provide(5);
			world.run_ticks(ticks);
			phases.insert(format!("{:?}", world.nodes[0].session.phase(window)));
			let settled = world.chain.settled.contains_key(&window);
			let over = world.nodes.iter().all(|node| node.session.below() > RISES);
			world.chain.convict(window);
			world.run(3 * HEARTBEAT);
			assert_clean(&world);
			if window == RISES && over {
				// It may be over for good: all are done with it.
				continue;
			}
			let version = match settled {
				true => first(),
				false => world.chain.version(window).unwrap(),
			};
			assert_eq!(version.changes, FIRST + u32::from(!settled));
			let result = expected_at(window, version).map(|result| (version, result));
			assert_eq!(world.chain.settled.get(&window), result.as_ref(), "{ticks}");
			// It rises as well if the window before it falls.
			let mut missing = world.missing();
			assert!(!missing.remove(&RISES) || over);
			assert!(missing.is_empty());
		}
	}
	for phase in [Phase::Committing, Phase::Agreed, Phase::Null] {
		assert!(phases.contains(&format!("{:?}", Some(phase))), "{phases:?}");
	}
	assert!(phases.contains("None"), "before anything was said");
}

#[test]
fn a_null_window_that_not_all_have_done_with_is_computed_anew() {
	let phases = |world: &World| [0, 1].map(|node| world.nodes[node].session.phase(RISES));
	let mut found = 0;
	for seed in 0..20 {
		let mut world = World::new(3, seed, FAIR);
		world.run(LISTEN + 1);
		world.provide(RISES + 1);
		// Node 1 has heard that all revealed null, and node 0 has not.
		for _ in 0..10 {
			world.run_ticks(1);
			if phases(&world) == [Some(Phase::Revealing), Some(Phase::Null)] {
				break;
			}
		}
		if phases(&world) != [Some(Phase::Revealing), Some(Phase::Null)] {
			continue;
		}
		found += 1;
		world.chain.convict(RISES);
		world.run(HEARTBEAT);
		assert!(world.chain.settled.contains_key(&RISES));
		assert_clean(&world);
	}
	assert!(found > 0);
}

/// As long as the sensor has no other key, nobody can tell what its later windows are made of: they are not given up.
#[test]
fn windows_of_a_suspended_sensor_are_waited_for() {
	let mut waited = 0;
	for ticks in 0..20 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(3);
		world.run_ticks(ticks);
		world.chain.suspend(0);
		world.run(3 * HEARTBEAT);
		let open = (1..3).find(|window| !world.chain.settled.contains_key(window));
		for node in &world.nodes {
			let below = node.session.below();
			assert!(open.is_none_or(|open| below <= open), "{ticks}: {below}");
			let needs = node.session.needs();
			assert!(open.is_none_or(|open| needs.is_some_and(|needs| needs <= open)));
		}
		waited += u32::from(open.is_some());
		world.chain.end_suspension(0);
		world.provide(3);
		world.run(4 * HEARTBEAT);
		assert_clean(&world);
		assert!(world.missing().is_empty(), "{ticks}");
	}
	assert!(waited > 5, "{waited}");
}

#[test]
fn a_null_window_that_all_have_done_with_stays_over() {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	world.provide(RISES + 2);
	world.run(2 * HEARTBEAT);
	assert_eq!(world.nodes[1].session.phase(RISES), None);
	world.chain.convict(RISES);
	world.provide(10);
	world.run(3 * ANSWER);
	assert!(!world.chain.settled.contains_key(&RISES));
	assert!(world.chain.settled.contains_key(&9));
	assert_clean(&world);
}

#[test]
fn what_is_revoked_settles_no_more_whatever_was_computed() {
	for ticks in (0..30).step_by(3) {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(6);
		world.run_ticks(ticks);
		let before = world.chain.settled.clone();
		world.chain.revoke(2);
		world.run(3 * ANSWER);
		let settled = &world.chain.settled;
		assert!((0..2).all(|window| settled.contains_key(&window)));
		assert!((2..6).all(|window| settled.contains_key(&window) == before.contains_key(&window)));
		assert_clean(&world);
	}
}

#[test]
fn a_new_key_from_a_window_on_moves_all_from_there() {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	world.provide(6);
	world.run_ticks(4);
	world.chain.rotate(4);
	world.run(2 * HEARTBEAT);
	let versions = world.chain.settled.iter();
	let versions: Vec<_> = versions
		.map(|(window, (version, _))| (*window, version.changes))
		.collect();
	let moved = |window: &u64| (*window, FIRST + u32::from(*window >= 4));
	let expected: Vec<_> = [0, 1, 2, 4, 5].iter().map(moved).collect();
	assert_eq!(versions, expected);
	assert_clean(&world);
}

#[test]
fn a_round_goes_on_if_the_block_that_moved_it_is_retracted() {
	for ticks in 0..30 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		world.run_ticks(ticks);
		if world.chain.settled.contains_key(&0) {
			break;
		}
		let before = world.chain.sources.clone();
		world.chain.convict(0);
		let learnt = world.random.below(12);
		world.run_ticks(learnt);
		if world.chain.settled.contains_key(&0) {
			continue;
		}
		world.chain.unlearn(before);
		world.run(2 * HEARTBEAT);
		// The world itself fails when a node says two things about a version.
		assert_eq!(world.chain.settled.get(&0), Some(&(first(), 0)));
		assert_clean(&world);
	}
}

#[test]
fn a_dispute_about_a_former_version_is_over_at_once() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[1].data = 0;
	world.nodes[0].data = 1;
	world.nodes[2].data = 1;
	while world.chain.docket.is_none() {
		world.run(1);
	}
	let deadline = world.chain.docket.as_ref().unwrap().deadline;
	world.chain.convict(0);
	world.provide(1);
	world.run(4);
	assert!(world.chain.number < deadline);
	assert!(
		world.chain.docket.is_none(),
		"it was judged before its time"
	);
	let verdict = &world.chain.verdicts[&0];
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	world.run(ANSWER);
	assert_eq!(world.chain.settled[&0].0.changes, FIRST + 1);
}

#[test]
fn a_frozen_window_whose_sources_change_is_computed_anew() {
	for later in [0, 1] {
		let mut world = World::new(3, 1, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		world.compute(0, |_, _| Some(999));
		let contested = |world: &World| {
			let docket = world.chain.docket.as_ref();
			docket.is_some_and(|docket| docket.stage == Stage::Evidence)
		};
		while !contested(&world) {
			world.run_ticks(1);
		}
		world.run_ticks(later);
		assert!(!world.chain.shown.contains(&0), "nothing is proven yet");
		world.chain.convict(0);
		world.run(2 * ANSWER);
		let verdict = &world.chain.verdicts[&0];
		assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
		assert_eq!(world.chain.settled[&0].0.changes, FIRST + 1);
		assert!(world.chain.frozen.is_empty() && world.is_right());
	}
}

/// There are never more windows than this, with those in the gaps between keys.
const MOST: u64 = 64;

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
	/// back with any that they ever saved: nobody says two things about a version, nobody is at fault, and only
	/// what its window gives settles.
	#[test]
	fn nobody_says_two_things_about_a_version(
		count in 2usize..5,
		seed in any::<u64>(),
		loss in 0u64..30,
		delay in 0u64..20,
		crash in 0u64..10,
		restored in any::<bool>(),
	) {
		let weather = Weather { loss, delay, crash, ..Default::default() };
		let mut world = World::with_spares(count, 1, seed, weather);
		let (mut windows, mut before) = (0, None);
		let mut null = BTreeSet::new();
		for _ in 0..12 {
			windows += world.random.below(4);
			world.provide(windows);
			surprise(&mut world, windows, &mut before);
			// A gap between two keys can reach beyond the windows of which there is anything yet.
			null.extend((0..MOST).filter(|window| world.is_over(*window)));
			let ticks = world.random.below(60);
			world.run_ticks(ticks);
			if restored && world.random.chance(30) {
				world.restore(0);
			}
		}
		world.run(150);
		prop_assert!(world.is_right());
		for verdict in world.chain.verdicts.values() {
			prop_assert!(verdict.faults.is_empty());
			prop_assert!(verdict.absent.iter().all(|member| *member == world.nodes[0].id));
			prop_assert!(restored || verdict.absent.is_empty());
		}
		// What was null once may be over for good.
		let lost: Vec<_> = world.missing().difference(&null).copied().collect();
		prop_assert!(restored || lost.is_empty(), "{:?}", lost);
	}
}
