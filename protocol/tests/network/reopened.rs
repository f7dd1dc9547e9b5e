//! Null windows that turn out to be made of other messages, before and after all are done with them.

use sp_core::{Pair, H256};
use syngraph_primitives::{Commitment, Payload, Statement};
use syngraph_protocol::{possession, Phase, Utterance, HEARTBEAT, LISTEN};

use crate::{
	chain::{Transaction, ANSWER, MESSAGES},
	versions::{FAIR, RISES},
	world::{agreement, digest_at, genesis, root_at, sign_statement, World},
};

/// Node 0 does not declare itself done with a null window. It turns out to be made of other messages, and the others
/// compute it anew. Then node 0 has it dismissed by what they declared before.
#[test]
fn what_is_computed_anew_is_not_dismissed_by_what_was_declared_before() {
	let mut world = World::new(3, 1, FAIR);
	world.claims.insert(0, 0);
	world.run(LISTEN + 1);
	world.provide(RISES + 1);
	world.run(3);
	assert!(world.nodes[1..]
		.iter()
		.all(|node| node.session.below() > RISES));
	world.chain.convict(RISES);
	world.nodes[0].dead = true;
	world.run(2);
	let phase = |world: &World| world.nodes[1].session.phase(RISES);
	assert_eq!(phase(&world), Some(Phase::Committing));
	let all = world.nodes.iter_mut().map(|node| node.bundle().done);
	let mut declarations: Vec<_> = all.collect();
	let own = &mut declarations[0];
	(own.done.below, own.done.at) = (RISES + 1, u32::MAX);
	let bytes = own.done.signing_bytes(&genesis());
	own.signature = world.nodes[0].pair.sign(&bytes);
	assert!(declarations.iter().all(|signed| signed.done.below > RISES));
	world.chain.docket = world.chain.open(RISES);
	let dismissal = Transaction::Dismiss(RISES, declarations);
	world.chain.apply(dismissal);
	assert!(world.chain.docket.is_some(), "they are working on it");
	world.chain.docket = None;
	world.nodes[0].dead = false;
	world.claims.clear();
	// It is done with it by itself: the others complain, and it computes it anew.
	world.run(4 * ANSWER);
	assert!(world.chain.settled.contains_key(&RISES) && world.is_right());
	let mut verdicts = world.chain.verdicts.values();
	assert!(verdicts.all(|verdict| verdict.faults.is_empty() && verdict.absent.is_empty()));
}

/// All but node 0 are done with a null window and have dropped its messages. It turns out to be made of other
/// messages, and node 0 complains of it, before or after the others declare that they know.
#[test]
fn whoever_kept_a_null_window_that_changes_hurts_nobody() {
	for (blocks, shows) in [(0, true), (0, false), (HEARTBEAT, true), (HEARTBEAT, false)] {
		let mut world = World::with_spares(3, 1, 1, FAIR);
		world.run(LISTEN + 1);
		world.provide(RISES + 5);
		world.run(2 * HEARTBEAT);
		assert!(world.nodes[1..3].iter().all(|node| node.dropped > RISES));
		world.nodes[0].dead = true;
		world.chain.convict(RISES);
		world.run(blocks);
		let altered = world.chain.sources.altered(RISES);
		let mut others = world.nodes[1..3].iter_mut();
		let know = others.all(|node| node.bundle().done.done.at >= altered);
		assert_eq!(know, blocks > 0);
		let version = world.chain.version(RISES).unwrap();
		let commit = Commitment {
			agreement: agreement(),
			window: RISES,
			roster: world.chain.roster.number,
			version,
			intermediary: world.nodes[0].id,
			seal: H256::zero(),
			root: root_at(RISES, version),
			possession: possession(
				&agreement(),
				RISES,
				world.nodes[0].id,
				&digest_at(RISES, version),
			),
		};
		let commit = sign_statement(&world.nodes[0].pair, Statement::Commit(commit));
		let complaint = Utterance {
			commit,
			reveal: None,
		};
		world.chain.apply(Transaction::Complain(complaint));
		assert!(world.chain.docket.is_some());
		world.run(ANSWER / 2 + 2);
		if shows {
			for at in 0..MESSAGES {
				let (root, id) = (root_at(RISES, version), world.nodes[0].id);
				world.chain.apply(Transaction::Show(RISES, root, at, id));
			}
		}
		world.run(6 * ANSWER);
		let verdict = &world.chain.verdicts[&RISES];
		assert_eq!(verdict.absent, [world.nodes[0].id], "{blocks}, {shows}");
		assert!(verdict.faults.is_empty());
	}
}
