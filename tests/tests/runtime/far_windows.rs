//! What is said about windows that nobody can have reached means nothing, and no lie and no silence costs a window.

use syngraph_primitives::WindowIndex;
use syngraph_runtime::Runtime;
use syngraph_test_kit::claims::{Claim, WindowClaim};
use syngraph_tests::chain::general;

use crate::{
	cast::{code, complain, made_up, message, report, Claimant},
	scene::Scene,
};

type Call = pallet_disputes::Call<Runtime>;

/// An agreement in which five windows have settled.
fn scene() -> Scene {
	let mut scene = Scene::new(|terms| terms.limits.ends_at += 2_000);
	scene.send(0..10);
	scene.network.blocks(20);
	assert_eq!(scene.settled(), 5);
	scene
}

impl Scene {
	/// What a member claims of so many windows that it made up, all of them null.
	fn claim(&mut self, place: usize, first: WindowIndex, windows: usize, secret: u8) -> Claim {
		let claimant = Claimant {
			member: self.actors.intermediaries[place],
			secret,
		};
		let null = WindowClaim {
			result: None,
			..made_up(0)
		};
		let windows = vec![null; windows];
		claimant.claims(&mut self.network.chain, self.agreement, first, &windows)
	}

	/// The second member contradicts itself about a round, and is never seen again.
	fn lie(&mut self, first: WindowIndex) {
		let genesis = self.network.chain.genesis();
		let [left, right] = [1, 2].map(|secret| {
			let claim = self.claim(1, first, 1, secret);
			claim.committed(&self.actors.keys[1], &genesis)
		});
		self.network.submit(report(left, right));
		self.network.blocks(2);
		self.network.members[1].is_up = false;
	}

	/// With what code the chain refuses a call.
	fn refused(&mut self, call: Call) -> Option<u8> {
		code(&self.network.chain.validate(general(call)))
	}

	/// How many windows settle of fifteen, and from which one on the spare computes.
	fn outcome(mut self) -> (WindowIndex, Option<WindowIndex>) {
		self.send(10..30);
		self.network.blocks(120);
		let state = self.network.chain.agreement(&self.agreement);
		let roster = state.expect("it goes on").roster;
		let since = (roster.number > 0).then_some(roster.since);
		(self.settled(), since)
	}
}

#[test]
fn the_spare_of_a_member_that_is_down_goes_on_with_all_windows() {
	let mut scene = scene();
	scene.network.members[1].is_up = false;
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn a_lie_about_a_round_far_away_costs_no_window() {
	let mut scene = scene();
	scene.lie(1_000_000);
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn neither_does_one_about_the_next_round() {
	let mut scene = scene();
	scene.lie(5);
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn nobody_is_made_silent_about_a_round_far_away() {
	let mut scene = scene();
	let far = scene.claim(0, 1_000_000, 1, 3);
	// The sensor has signed a message of it.
	let call = complain(&scene.network.chain, &scene.actors, &far);
	let other = pallet_disputes::ValidityError::OtherRound as u8;
	assert_eq!(scene.refused(call), Some(other));
	assert_eq!(scene.outcome(), (15, None));
}

#[test]
fn nobody_is_made_silent_about_windows_that_were_not_sent() {
	let mut scene = scene();
	let claim = scene.claim(0, 5, 1_000, 3);
	let (genesis, lock) = (scene.network.chain.genesis(), scene.actors.lock);
	let call = Call::complain {
		utterances: vec![claim.committed(&scene.actors.keys[0], &genesis)]
			.try_into()
			.expect("one is allowed"),
		heads: vec![message(genesis, lock, 9)]
			.try_into()
			.expect("one is allowed"),
		signature: claim.complains(&scene.actors.keys[0], &genesis),
	};
	let wrong = pallet_disputes::ValidityError::WrongHeads as u8;
	assert_eq!(scene.refused(call), Some(wrong));
	assert_eq!(scene.outcome(), (15, None));
}
