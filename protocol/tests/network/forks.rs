//! The best chain goes from one branch to another, which knows other things of a window's sources.

use std::collections::BTreeSet;

use syngraph_protocol::{Phase, HEARTBEAT, LISTEN};

use crate::{
	chain::{Chain, ANSWER},
	versions::{assert_clean, FAIR},
	world::World,
};

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
		let versions = [0, 1].map(|branch| branches[branch].version(0).unwrap());
		assert_eq!(versions[0].changes, versions[1].changes);
		assert_ne!(versions[0], versions[1]);
		for branch in [0, 1, 0, 1, 0] {
			world.chain.unlearn(branches[branch].clone());
			// Blocks come to one node before they come to another.
			let ticks = world.random.below(ticks + 1);
			world.run_ticks(ticks);
			phases.insert(format!("{:?}", world.nodes[0].session.phase(0)));
			if world.chain.settled.contains_key(&0) {
				break;
			}
		}
		world.run(2 * HEARTBEAT);
		let version = world.chain.settled[&0].0;
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
		assert_eq!(old.phase(0).is_some(), !empty);
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
			assert!(world.nodes[0].session.phase(0).is_some());
		}
		world.return_to(0, old);
		world.run(LISTEN + 1);
		// Even if the messages come again that it dropped. The world fails if it says two things about one version.
		world.nodes[0].dropped = 0;
		world.chain.unlearn(branches[again].clone());
		world.run(4);
		assert_eq!(world.nodes[0].session.phase(0), None);
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
			false => world.compute(0, |_, _| Some(999)),
		}
		let before = world.chain.clone();
		while world.chain.docket.is_none() {
			world.run_ticks(1);
		}
		let disputed = world.chain.clone();
		let number = disputed.number;
		world.chain = Chain { number, ..before };
		world.chain.convict(0);
		world.lose_pool();
		world.run(away);
		for node in [1, 2] {
			assert!(world.nodes[node].session.phase(0).is_some());
		}
		let number = world.chain.number;
		let moved = Some(number);
		world.chain = Chain {
			number,
			moved,
			..disputed
		};
		world.lose_pool();
		world.run(4 * ANSWER);
		let verdict = &world.chain.verdicts[&0];
		let wrong = verdict.faults.iter().map(|(member, _)| member);
		let failed: Vec<_> = verdict.absent.iter().chain(wrong).copied().collect();
		assert_eq!(failed, [world.nodes[0].id], "{away}: {verdict:?}");
	}
}
