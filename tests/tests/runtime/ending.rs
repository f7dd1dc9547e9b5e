//! What was computed by the end of an agreement settles, whoever falls silent.

use syngraph_primitives::{BlockNumber, WindowIndex};

use crate::scene::Scene;

/// Long enough that no round begins for it.
const PATIENCE: BlockNumber = 10_000;

/// An agreement that lasts for 150 blocks, in which there are five windows from the beginning on, and everybody is
/// patient.
fn patient() -> Scene {
	let mut scene = Scene::new(|terms| {
		terms.limits.ends_at = terms.limits.starts_at + 150;
		terms.rounds.patience = PATIENCE;
	});
	scene.send(0..10);
	scene
}

/// How many windows have settled by each of these blocks of the agreement, of which it has 150, and members have 24 to
/// answer.
fn by<const N: usize>(scene: &mut Scene, blocks: [BlockNumber; N]) -> [WindowIndex; N] {
	let begun = scene.network.chain.agreement(&scene.agreement);
	let begun = begun.expect("it is in force").retained;
	blocks.map(|block| {
		let left = (begun + block).saturating_sub(scene.network.chain.number());
		scene.network.blocks(left);
		scene.settled()
	})
}

#[test]
fn near_the_end_nobody_waits_for_more_windows() {
	assert_eq!(by(&mut patient(), [90, 120]), [0, 5]);
}

#[test]
fn a_member_that_falls_silent_before_the_end_does_not_keep_a_round_from_settling() {
	let mut scene = patient();
	assert_eq!(by(&mut scene, [90]), [0]);
	scene.network.members[1].is_up = false;
	assert_eq!(by(&mut scene, [120, 170]), [0, 5]);
}
