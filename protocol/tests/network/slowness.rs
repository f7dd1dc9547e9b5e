//! Nodes that are slow: nobody complains of them while they visibly make progress.

use proptest::prelude::*;
use syngraph_protocol::{LISTEN, PATIENCE_FACTOR};

use crate::{
	chain::ANSWER,
	world::{Weather, World},
};

/// A world in which each node has a turn in every so many blocks, and computes so many windows in it.
fn world(paces: &[u32], share: usize, seed: u64) -> World {
	let mut world = World::new(paces.len(), seed, Weather::default());
	for (node, pace) in world.nodes.iter_mut().zip(paces) {
		node.pace = *pace;
		node.share = share;
	}
	// Each has a few turns to listen.
	world.run(LISTEN * ANSWER);
	world
}

#[test]
fn slow_members_settle_without_a_single_complaint() {
	for paces in [[6, 6, 6], [1, 1, 8], [9, 1, 2], [9, 9, 9], [4, 7, 9]] {
		let mut world = world(&paces, usize::MAX, 1);
		world.provide(40);
		world.settle_all(600);
		assert_eq!(world.chain.complaints, 0, "{paces:?}");
	}
}

/// As on a machine with so many agreements that each has a turn only now and then.
#[test]
fn members_whose_turns_lie_far_apart_have_a_say() {
	let mut world = world(&[40, 40], usize::MAX, 1);
	world.provide(4);
	world.settle_all(200);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn one_that_works_through_a_backlog_is_waited_for() {
	// Node 2 takes longer for all windows of a round than anybody has to answer.
	for node in 0..3 {
		let mut paces = [1; 3];
		paces[node] = 2;
		let mut world = world(&paces, usize::MAX, 1);
		world.nodes[node].share = 1;
		world.provide(16);
		world.settle_all(10 * ANSWER);
		assert_eq!(world.chain.complaints, 0);
	}
}

/// The block in which the first complaint is made of node 2, since it had everything.
fn complained_after(world: &mut World, mut each: impl FnMut(&mut World, u32)) -> u32 {
	for block in 0..100 * ANSWER {
		if world.chain.complaints > 0 {
			return block;
		}
		each(world, block);
		world.run(1);
	}
	panic!("nobody complains")
}

#[test]
fn one_that_stands_still_is_complained_of_when_its_time_is_over() {
	let mut world = world(&[1, 1, 1], usize::MAX, 1);
	world.nodes[2].dead = true;
	world.provide(3);
	let block = complained_after(&mut world, |_, _| ());
	assert!((ANSWER..2 * ANSWER).contains(&block), "{block}");
}

#[test]
fn one_that_only_seems_to_move_is_complained_of_in_the_end() {
	let mut world = world(&[1, 1, 1], usize::MAX, 1);
	world.nodes[2].dead = true;
	world.nodes[2].honest = false;
	world.provide(60);
	let block = complained_after(&mut world, |world, block| {
		// It says that it has computed one more window, and nothing about any.
		if block.is_multiple_of(ANSWER / 2) {
			let mut bundle = world.nodes[2].bundle();
			bundle.ready = u64::from(block / (ANSWER / 2));
			world.send(2, bundle);
		}
	});
	let limit = PATIENCE_FACTOR * ANSWER;
	assert!((limit..limit + ANSWER).contains(&block), "{block}");
}

proptest! {
	#![proptest_config(crate::cases())]

	/// Whoever has a turn, at whatever time, before its time to answer is over, is never complained of, however little
	/// it gets done in each.
	#[test]
	fn nobody_who_answers_in_time_is_complained_of(
		paces in prop::collection::vec(1u32..ANSWER, 2..5),
		windows in 1u64..30,
		share in 4usize..20,
		seed in any::<u64>(),
	) {
		let mut world = world(&paces, share, seed);
		world.irregular = true;
		for window in 1..=windows {
			world.provide(window);
			let blocks = world.random.below(4) as u32;
			world.run(blocks);
		}
		world.settle_all(100 * ANSWER);
		prop_assert_eq!(world.chain.complaints, 0);
	}
}
