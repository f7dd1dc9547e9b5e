//! What was said by keys that do not count any more.

use syngraph_protocol::{Phase, LISTEN, REPUBLISH};

use crate::{
	chain::ANSWER,
	world::{World, FAIR},
};

/// A world of three and a spare in which all have agreed, and nothing settles.
fn agreed_world() -> World {
	let mut world = World::with_spares(3, 1, 1, FAIR);
	world.run(LISTEN + 1);
	world.chain.congested = true;
	world.provide(3);
	world.run(3);
	for node in 0..3 {
		assert_eq!(world.phase(node), Some(Phase::Agreed));
	}
	world
}

/// Some nodes find that the key by which node 1 spoke does not count any more.
fn expire(world: &mut World, nodes: &[usize]) {
	let author = world.nodes[1].id;
	for node in nodes {
		let node = &mut world.nodes[*node];
		node.session.unhear(|said| said.author() != author);
		node.bundles.remove(&1);
	}
}

#[test]
fn whoever_was_heard_by_a_key_that_counts_no_longer_is_heard_anew() {
	let mut world = agreed_world();
	expire(&mut world, &[0]);
	assert_eq!(world.phase(0), Some(Phase::Revealing));
	let agreed = |world: &World| world.phase(0) == Some(Phase::Agreed);
	assert!(world.run_until(REPUBLISH + 2, agreed));
	world.chain.congested = false;
	world.settle_all(ANSWER);
	assert_eq!(world.chain.complaints, 0);
}

#[test]
fn whoever_says_nothing_more_by_a_key_that_counts_is_complained_of() {
	let mut world = agreed_world();
	world.nodes[1].dead = true;
	expire(&mut world, &[0, 2]);
	assert!(world.run_until(3 * ANSWER, |world| world.chain.docket.is_some()));
	let docket = world.chain.docket.as_ref().unwrap();
	let said = docket.testimonies.iter().map(|it| it.said.is_some());
	assert_eq!(said.collect::<Vec<_>>(), [true, false, true]);
	world.chain.congested = false;
	world.settle_all(8 * ANSWER);
	assert_eq!(world.absent(), [101]);
	world.assert_just();
}
