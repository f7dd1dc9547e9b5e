//! Which windows a round holds: who says so, and what becomes of the others.

use std::collections::BTreeSet;

use syngraph_primitives::{WindowIndex, MAX_SPAN};
use syngraph_protocol::{Phase, LISTEN, TURN};

use crate::{
	chain::ANSWER,
	world::{made_up, World, FAIR},
};

/// Where the rounds end that have settled.
fn ends(world: &World) -> Vec<WindowIndex> {
	let settled = world.chain.settled.iter();
	settled.map(|settled| settled.end()).collect()
}

/// A world of three in which all but the first leader have begun a round of two windows.
fn world_with_a_late_leader() -> World {
	let mut world = World::new(3, 1, FAIR);
	world.run(LISTEN + 1);
	for node in [1, 2] {
		world.nodes[node].data = 2;
	}
	world.run(TURN + 1);
	for node in [1, 2] {
		assert_eq!(world.phase(node), Some(Phase::Committing));
	}
	assert_eq!(world.phase(0), None);
	world
}

#[test]
fn ranges_that_differ_lead_to_a_second_attempt_with_that_of_the_leader() {
	for end in [1, 5] {
		let mut world = world_with_a_late_leader();
		world.nodes[0].data = end;
		world.run_ticks(1);
		world.provide(5);
		world.run(4);
		let first = &world.chain.settled[0];
		assert_eq!((first.attempt, first.end()), (1, end));
		world.settle_all(ANSWER);
		assert!(world.chain.verdicts.is_empty());
	}
}

#[test]
fn who_follows_takes_over_the_range_of_the_leader() {
	let mut world = World::new(4, 1, FAIR);
	world.run(LISTEN + 1);
	// The others have other windows each.
	for node in 0..4 {
		world.nodes[node].data = [5, 9, 7, 5][node];
	}
	world.run(3);
	let first = &world.chain.settled[0];
	assert_eq!((first.attempt, first.end()), (0, 5));
}

#[test]
fn when_the_leader_is_silent_the_next_ones_step_in_and_nothing_is_lost() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.nodes[0].dead = true;
	world.provide(40);
	world.run(LISTEN + 2 * TURN);
	for node in [1, 2] {
		assert_eq!(world.phase(node), Some(Phase::Committing));
	}
	world.settle_all(6 * ANSWER);
	world.assert_just();
	assert_eq!(world.absent(), [100]);
	assert_eq!(world.chain.outcome(0), Some(Some(0)));
}

#[test]
fn one_that_is_to_lead_and_comes_late_delays_and_loses_nothing() {
	let mut world = world_with_a_late_leader();
	world.run(ANSWER / 2);
	world.provide(2);
	world.run(3);
	assert_eq!(ends(&world), [2]);
	assert_eq!(world.chain.settled[0].attempt, 0);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn one_that_begins_with_single_windows_shortens_the_rounds_that_it_leads_and_no_others() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.nulls = |_| false;
	// It would rather have single windows, and follows where others lead.
	world.nodes[1].sees(|standing| {
		let leader = standing
			.roster
			.leader(&standing.rounds, standing.progress.rounds);
		if leader == 1 {
			standing.rounds.most = 1;
		}
	});
	world.run(LISTEN + 1);
	world.provide(100);
	world.settle_all(100);
	world.assert_nobody_failed();
	let ends = ends(&world);
	let single = ends
		.windows(2)
		.filter(|pair| pair[1] == pair[0] + 1)
		.count();
	assert!(single * 3 <= ends.len() + 3, "{ends:?}");
	assert!(ends.len() < 14, "{ends:?}");
}

#[test]
fn one_that_always_commits_to_single_windows_stops_nobody() {
	for stubborn in [false, true] {
		let mut world = World::with_spares(3, 1, 1, FAIR);
		world.chain.nulls = |_| false;
		world.nodes[1].sees(move |standing| {
			standing.rounds.most = 1;
			// It takes itself for the leader, always.
			if stubborn {
				let count = standing.roster.members.len() as u32;
				let place = (1 + count - standing.roster.number % count) % count;
				standing.rounds.leader = Some(place as u8);
			}
		});
		world.run(LISTEN + 1);
		world.provide(60);
		world.settle_all(40 * ANSWER);
		world.assert_just();
	}
}

#[test]
fn a_round_holds_so_many_results_as_the_terms_say() {
	for most in [1, 16] {
		let mut world = World::new(3, 1, FAIR);
		world.chain.terms.most = most;
		world.run(LISTEN + 1);
		world.provide(50);
		world.settle_all(200);
		assert_eq!(world.chain.complaints, 0);
		let counts = world.chain.settled.iter();
		let counts: Vec<_> = counts
			.map(|settled| settled.outcomes.results().count())
			.collect();
		let (last, full) = counts.split_last().unwrap();
		assert!(
			full.iter().all(|count| *count == most as usize),
			"{counts:?}"
		);
		assert!(*last <= most as usize);
	}
}

#[test]
fn the_largest_round_has_256_results_and_null_windows_between_them() {
	let mut world = World::new(2, 1, FAIR);
	world.chain.terms.most = 256;
	world.chain.nulls = |window| window % 16 != 5;
	world.run(LISTEN + 1);
	world.provide(u64::from(MAX_SPAN) + 10);
	world.run(6);
	let first = &world.chain.settled[0];
	assert_eq!(first.outcomes.results().count(), 256);
	assert_eq!(first.end(), 255 * 16 + 6);
	world.settle_all(10);
}

#[test]
fn a_long_run_of_null_windows_settles_by_itself() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.nulls = |window| window != 4100;
	world.run(LISTEN + 1);
	// A few wait for what comes after them.
	world.provide(100);
	world.run(ANSWER);
	assert!(world.chain.settled.is_empty());
	world.provide(4101);
	world.run(8);
	assert_eq!(ends(&world), [u64::from(MAX_SPAN), 4101]);
	assert_eq!(world.chain.complaints, 0);
	world.chain.assert_right();
}

#[test]
fn a_round_is_full_if_there_is_no_room_for_more_messages() {
	let mut world = World::new(3, 1, FAIR);
	(world.chain.longest, world.chain.terms.patience) = (40, ANSWER);
	world.chain.nulls = |window| window % 32 != 5;
	world.run(LISTEN + 1);
	world.provide(100);
	world.run(8);
	assert_eq!(ends(&world), [40, 80]);
	assert_eq!(world.chain.complaints, 0);
	world.chain.assert_right();
}

#[test]
fn the_round_after_one_that_is_agreed_opens_before_that_has_settled() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.terms.most = 4;
	world.run(LISTEN + 1);
	world.provide(20);
	for _ in 0..40 {
		world.run_ticks(1);
		world.lose_pool();
	}
	assert!(world.chain.settled.is_empty());
	for node in &world.nodes {
		let open: Vec<_> = node.session.open_rounds().map(|round| round.id()).collect();
		let firsts: Vec<_> = open.iter().map(|round| round.first).collect();
		assert_eq!(firsts, [0, 5], "two rounds are open, and no more");
		for round in &open {
			assert_eq!(node.session.phase(round), Some(Phase::Agreed));
		}
	}
	world.settle_all(40);
	assert_eq!(ends(&world)[..2], [5, 10]);
	assert!(world.chain.wasted <= 2, "{} in vain", world.chain.wasted);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn windows_wait_for_others_as_long_as_the_terms_say() {
	let mut world = World::new(3, 1, FAIR);
	world.chain.terms.patience = 10;
	world.run(LISTEN + 1);
	for windows in 1..=44 {
		world.provide(windows);
		world.run(1);
	}
	world.settle_all(20);
	let ends = ends(&world);
	let lengths: BTreeSet<_> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
	assert!((4..7).contains(&ends.len()), "{ends:?}");
	assert!(lengths.iter().all(|length| *length < 14), "{ends:?}");
	assert_eq!(world.chain.complaints, 0);
	// A round that can hold no more does not wait, and nothing waits when the end is near.
	let rounds = world.chain.settled.len();
	world.provide(200);
	world.run(4);
	assert!(world.chain.settled.len() > rounds);
	world.chain.closing = true;
	world.provide(201);
	world.settle_all(60);
}

/// The leader commits to windows that nobody has, nor can have.
#[test]
fn a_leader_that_pretends_to_have_what_is_yet_to_come_does_not_hold_anybody_up() {
	for speaks in [true, false] {
		let mut world = World::with_spares(3, 1, 1, FAIR);
		world.run(LISTEN + 1);
		let pretends = |computed: syngraph_protocol::Computed| match computed.window < 10 {
			true => computed,
			false => made_up(computed),
		};
		world.nodes[0].lies(pretends);
		world.nodes[0].data = 14;
		world.nodes[0].withholds = true;
		for node in 1..4 {
			world.nodes[node].data = 10;
		}
		if !speaks {
			// It says its commitment and nothing else.
			world.run_until(2, |world| {
				world.phase(1).is_some() || world.phase(0).is_some()
			});
			world.run_ticks(4);
			world.nodes[0].dead = true;
		}
		world.settle_all(30 * ANSWER);
		world.assert_just();
	}
}

/// The leader commits to more windows than others can keep the messages of.
#[test]
fn a_leader_that_commits_to_more_windows_than_there_is_room_for_counts_as_silent() {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	(world.chain.longest, world.chain.terms.patience) = (40, ANSWER);
	world.chain.nulls = |window| window % 32 != 5;
	world.nodes[0].sees(|standing| standing.longest = 100);
	world.run(LISTEN + 1);
	world.provide(100);
	world.settle_all(20 * ANSWER);
	world.assert_just();
	assert_eq!(world.absent(), [100]);
	assert_eq!(ends(&world), [40, 80]);
}

/// The leader commits to more results than a round can have.
#[test]
fn a_leader_with_too_long_a_range_does_not_hold_anybody_up() {
	for spares in [0, 1] {
		let mut world = World::with_spares(3, spares, 1, FAIR);
		world.nodes[0].sees(|standing| standing.rounds.most = 100);
		world.run(LISTEN + 1);
		world.provide(70);
		world.settle_all(60 * ANSWER);
		world.assert_just();
	}
}
