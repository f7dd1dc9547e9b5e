//! The best chain goes from one branch to another, which knows other things.

use std::collections::BTreeSet;

use syngraph_protocol::{Phase, HEARTBEAT, KEEP, KEEP_UNTIL_FINAL, LISTEN, TURN};

use crate::{
	chain::{Chain, ANSWER},
	versions::assert_clean,
	world::{World, FAIR},
};

impl World {
	/// Goes on with another branch, whose blocks are as high.
	fn switch(&mut self, branch: Chain) {
		let number = self.chain.number;
		self.switch_back(Chain { number, ..branch });
	}

	/// Goes on with a chain that was there before.
	fn switch_back(&mut self, branch: Chain) {
		self.chain = branch;
		self.lose_pool();
		self.nodes.iter_mut().for_each(|node| node.turn = 0);
	}
}

/// The best chain goes from one branch to another and back, and each has learnt as much as the other, and
/// something else. Nobody is held on the one to what it said on the other, and everybody goes on, on either, with
/// what it said there.
#[test]
fn branches_that_know_different_things_do_not_meet() {
	let mut phases = BTreeSet::new();
	for ticks in 0..30 {
		let mut world = World::new(3, ticks, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		let parted = world.chain.sources.clone();
		let branches = [false, true].map(|second| {
			world.chain.unlearn(parted.clone());
			world.chain.learn_either(second);
			world.chain.sources.clone()
		});
		let versions = [0, 1].map(|branch| branches[branch].version());
		assert_eq!(versions[0].changes, versions[1].changes);
		assert_ne!(versions[0], versions[1]);
		for branch in [0, 1, 0, 1, 0] {
			world.chain.unlearn(branches[branch].clone());
			// Blocks come to one node before they come to another.
			let ticks = world.random.below(ticks + 1);
			world.run_ticks(ticks);
			phases.insert(format!("{:?}", world.phase(0)));
			if !world.chain.settled.is_empty() {
				break;
			}
		}
		world.settle_all(2 * HEARTBEAT);
		let version = world.chain.settled[0].round.version;
		assert!(versions.contains(&version));
		assert_clean(&world);
	}
	for phase in [Phase::Committing, Phase::Revealing, Phase::Agreed] {
		assert!(phases.contains(&format!("{:?}", Some(phase))), "{phases:?}");
	}
}

/// A member has said something about a version that only another branch knows, and loses its state: what it says
/// now on the present branch tells that there was more.
#[test]
fn what_was_said_on_another_branch_is_not_said_otherwise_once_the_state_is_lost() {
	let cases = [(None, 0), (Some(1), 0), (Some(1), 1)];
	for (empty, (back, again)) in [true, false]
		.map(|empty| cases.map(|case| (empty, case)))
		.concat()
	{
		let mut world = World::new(3, 7, FAIR);
		world.nodes[1].dead = true;
		world.run(LISTEN + 1);
		let fresh = world.nodes[0].session.clone();
		world.provide(2);
		world.run(1);
		// The state knows what was said on neither branch, or nothing at all.
		let old = if empty {
			fresh
		} else {
			world.nodes[0].session.clone()
		};
		let parted = world.chain.sources.clone();
		let branches = [false, true].map(|second| {
			world.chain.unlearn(parted.clone());
			world.chain.learn_either(second);
			world.chain.sources.clone()
		});
		for known in [Some(0), back] {
			let known = known.map_or(&parted, |branch| &branches[branch]);
			world.chain.unlearn(known.clone());
			world.run(2);
			assert!(world.phase(0).is_some());
		}
		world.return_to(0, old);
		world.run(LISTEN + 1);
		// The world fails if it says two things in one attempt at a round.
		world.chain.unlearn(branches[again].clone());
		world.run(4);
		assert_eq!(world.phase(0), None);
	}
}

/// The chain goes on a branch that knows of a change and of no dispute, where all commit anew, and comes back to one
/// that knows of the dispute and of no change: who is honest files and shows what it said there.
#[test]
fn a_dispute_is_answered_after_another_branch_had_another_version() {
	for (complaint, away) in [false, true]
		.map(|complaint| [1, 2, 3].map(|away| (complaint, away)))
		.concat()
	{
		let mut world = World::with_spares(3, 1, 1, FAIR);
		world.run(LISTEN + 1);
		world.provide(1);
		match complaint {
			true => world.nodes[0].dead = true,
			false => world.nodes[0].lies(|computed| syngraph_protocol::Computed {
				result: Some(999),
				..computed
			}),
		}
		let before = world.chain.clone();
		assert!(world.run_until(4 * ANSWER, |world| world.chain.docket.is_some()));
		let disputed = world.chain.clone();
		world.switch(before);
		world.chain.convict(0);
		world.run(away);
		world.switch_back(disputed);
		world.settle_all(8 * ANSWER);
		world.assert_just();
		let failed = world.faults().len() + world.absent().len();
		assert!(failed >= 1, "{away}");
	}
}

/// The block in which a round settled is retracted, and those in which the next one did.
#[test]
fn rounds_that_settled_settle_again_if_their_blocks_are_retracted() {
	for blocks in 1..8 {
		let mut world = World::new(3, u64::from(blocks), FAIR);
		world.chain.terms.most = 2;
		world.run(LISTEN + 1);
		world.provide(12);
		world.run(2);
		let before = world.chain.clone();
		world.run(blocks);
		let settled = world.chain.settled.len();
		world.switch(before);
		world.settle_all(10 * HEARTBEAT);
		assert_clean(&world);
		assert!(settled > 0 || blocks < 3);
	}
}

/// The block with a settlement is retracted long after it, when the messages are gone everywhere.
#[test]
fn a_round_settles_again_however_late_its_block_is_retracted_before_it_is_final() {
	for away in [KEEP + 2, KEEP_UNTIL_FINAL - 4] {
		let mut world = World::new(3, 1, FAIR);
		world.run(LISTEN + 1);
		let branch = world.chain.clone();
		world.final_block = Some(branch.number);
		world.provide(3);
		world.run(away);
		let settled = world.chain.settled.clone();
		assert_eq!(settled.len(), 1);
		for node in &mut world.nodes {
			node.dropped = 3;
		}
		world.switch_back(branch);
		world.run(2 * TURN);
		assert_eq!(world.chain.settled, settled, "{away}");
		assert!(world.chain.verdicts.is_empty() && world.chain.complaints == 0);
	}
}

/// Two members resign at once, and one leaves on each of two branches: the rosters that are left have one number, and
/// not the same members. What was said to the members of the one is not said to those of the other.
#[test]
fn two_rosters_with_one_number_are_two() {
	for reveal in [false, true] {
		let mut world = World::new(3, 1, FAIR);
		world.run(LISTEN + 1);
		let before = world.chain.clone();
		let leave = |world: &mut World, place: usize| {
			let roster = &mut world.chain.roster;
			roster.members.remove(place);
			roster.number += 1;
		};
		leave(&mut world, 2);
		world.provide(3);
		world.nodes[1].honest = false;
		match reveal {
			true => assert!(world.run_until(8, |world| world.phase(0) == Some(Phase::Agreed))),
			false => world.run(1),
		}
		world.switch_back(before);
		leave(&mut world, 1);
		world.settle_all(4 * ANSWER);
		world.run(2 * HEARTBEAT);
		world.assert_sound();
		assert!(world.faults().is_empty());
		assert!(world.absent().is_empty());
	}
}

/// A verdict is retracted, and another one comes in its stead: what was said under the roster that there is not any
/// more is not said otherwise under the one that has its number.
#[test]
fn a_roster_that_was_retracted_binds_nobody_and_is_not_forgotten() {
	for (back, later) in (1..KEEP).flat_map(|back| [0, 1, 3].map(|later| (back, later))) {
		let mut world = World::new(2, u64::from(back), FAIR);
		world.restorable = true;
		world.run(LISTEN + 1);
		world.provide(8);
		world.nodes[1].dead = true;
		let mut chains = Vec::new();
		while world.chain.roster.number == 0 {
			chains.push(world.chain.clone());
			world.run(1);
		}
		world.nodes[1].dead = false;
		world.run(later);
		let branch = chains[chains.len() - back.saturating_sub(later).max(1) as usize].clone();
		world.switch_back(branch);
		if later > 0 {
			world.restore(0);
		}
		world.restorable = false;
		world.settle_all(8 * ANSWER);
		assert!(world.faults().is_empty());
	}
}

/// In attempts that the chain begins an honest member may say one thing on each branch, and nobody holds it against it.
#[test]
fn attempts_that_the_chain_begins_differ_from_branch_to_branch() {
	for away in 1..KEEP {
		let mut world = World::with_spares(3, 1, 1, FAIR);
		world.run(LISTEN + 1);
		for (node, data) in [6, 2, 4].into_iter().enumerate() {
			world.nodes[node].data = data;
			world.nodes[node].withholds = true;
		}
		world.run(TURN);
		assert!(world.run_until(8 * ANSWER, |world| {
			let docket = world.chain.docket.as_ref();
			docket.is_some_and(|docket| docket.attempt == 1)
		}));
		let branch = world.chain.clone();
		world.run(away);
		world.nodes[2].data = 6;
		world.switch_back(branch);
		let done = world.run_until(20 * ANSWER, |world| world.chain.progress.base > 2);
		world.assert_sound();
		assert!(done, "{away}: {:?}", world.chain.docket);
		assert!(world.faults().is_empty());
	}
}
