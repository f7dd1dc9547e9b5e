//! Null windows leave no trace on chain, and hold nothing up: the base passes over them.

use syngraph_primitives::PROGRESS_REACH;
use syngraph_protocol::{HEARTBEAT, LISTEN};

use crate::{
	chain::ANSWER,
	world::{expected, Weather, World},
};

const FAIR: Weather = Weather {
	loss: 0,
	duplication: 0,
	delay: 2,
	crash: 0,
	retract: 0,
};

#[test]
fn null_windows_do_not_hold_up_those_to_come() {
	let mut world = World::new(3, 1, FAIR);
	let windows = PROGRESS_REACH + 32;
	world.provide(windows);
	world.run(10 * HEARTBEAT);
	assert!(world.missing().is_empty(), "{:?}", world.missing());
	assert!(world.chain.progress.base() > windows - PROGRESS_REACH / 2);
	assert!(world.chain.verdicts.is_empty());
}

#[test]
fn a_liar_that_has_done_with_everything_passes_over_nothing() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.claims.insert(0, u64::MAX);
	world.provide(100);
	world.run(10 * HEARTBEAT);
	let chain = &world.chain;
	assert!(world.missing().is_empty(), "{:?}", world.missing());
	assert!(chain.progress.base() > 64, "null windows were passed over");
	assert!(chain.frozen.is_empty());
}

/// Node 1 dies after all were done with null window 3, and the others have dropped its messages.
fn world_after_a_death() -> World {
	assert_eq!(expected(3), None);
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.run(LISTEN + 1);
	world.provide(8);
	world.run(2 * HEARTBEAT);
	assert_eq!(world.chain.progress.base(), 3);
	assert!(world
		.nodes
		.iter()
		.take(3)
		.all(|node| node.session.needs() == Some(8)));
	world.nodes[1].dead = true;
	world.provide(12);
	world
}

#[test]
fn a_new_roster_is_not_held_up_by_what_the_former_had_done_with() {
	let mut world = world_after_a_death();
	while world.chain.roster.number == 0 {
		world.run(1);
	}
	assert_eq!(
		world.chain.roster.since, 3,
		"the lowest window that is not decided"
	);
	world.run(ANSWER);
	assert!(world.missing().is_empty(), "{:?}", world.missing());
	assert!(
		world.chain.progress.base() >= 8,
		"what all were done with is passed over"
	);
	let absent: Vec<_> = world.chain.verdicts.values().collect();
	assert_eq!(
		absent.len(),
		1,
		"nobody is silent about what is gone: {absent:?}"
	);
	assert_eq!(absent[0].absent, [world.nodes[1].id]);
}

#[test]
fn a_spare_that_complains_of_what_is_gone_has_to_show_it() {
	let mut world = world_after_a_death();
	// Nobody passes over it, and the spare complains of those that dropped the messages.
	world.passes = false;
	while world.chain.roster.number == 0 {
		world.run(1);
	}
	// What comes after it does not wait for that.
	world.run(ANSWER / 2);
	assert_eq!(world.chain.complaints, 1, "of the one that died");
	assert!((9..12).all(|window| world.chain.settled.contains_key(&window)));
	world.run(6 * ANSWER);
	assert!(world.chain.complaints > 1);
	assert!(
		world.chain.shown.contains(&3),
		"those that dropped it asked for it"
	);
	let verdicts = world.chain.verdicts.values();
	let mut absent = verdicts.flat_map(|verdict| verdict.absent.clone());
	assert!(absent.all(|member| member == world.nodes[1].id));
}

#[test]
fn nothing_beyond_reach_is_worked_on() {
	let mut world = World::new(3, 1, FAIR);
	world.nodes[2].dead = true;
	world.provide(3 * PROGRESS_REACH);
	for _ in 0..6 * ANSWER {
		world.run(1);
		let end = world.chain.progress.end();
		for node in &world.nodes[..2] {
			assert!(node.session.wanted().all(|window| window < end));
			assert!(node.session.open_windows().all(|window| window < end));
		}
	}
}
