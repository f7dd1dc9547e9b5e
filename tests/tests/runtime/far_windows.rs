//! What is said about windows that nobody can have reached means nothing, and what is said about one window
//! costs no other.

use sp_core::H256;
use syngraph_primitives::{Statement, WindowIndex};
use syngraph_protocol::Utterance;
use syngraph_runtime::{Runtime, SYN};
use syngraph_test_kit::people::sr25519_key;
use syngraph_tests::{
	actors::{agreement_terms, endow, enter, register_intermediary},
	Actors, Chain, Network,
};

use crate::cast::{message, report, settled, sign, Promise};

type Call = pallet_disputes::Call<Runtime>;

/// Two members, and a spare of the second.
struct Scene {
	network: Network,
	actors: Actors,
	agreement: H256,
}

impl Scene {
	fn new() -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let [operator, key] = [200, 100].map(sr25519_key);
		endow(&mut chain, &operator);
		let spare = register_intermediary(&mut chain, &operator, &key);
		let mut terms = agreement_terms(&chain, &actors);
		terms.users[1].spares = vec![spare].try_into().expect("one is allowed");
		terms.users[1].escrow = 100 * SYN;
		terms.limits.ends_at = chain.number() + 2_000;
		let agreement = enter(&mut chain, &actors, terms);
		let members = [
			(actors.intermediaries[0], actors.keys[0].clone()),
			(actors.intermediaries[1], actors.keys[1].clone()),
			(spare, key),
		];
		let network = Network::new(chain, &members);
		let mut scene = Self {
			network,
			actors,
			agreement,
		};
		scene.send(0..10);
		scene.network.blocks(20);
		assert_eq!(scene.settled(), 5);
		scene
	}

	/// The lock sends messages.
	fn send(&mut self, numbers: std::ops::Range<u64>) {
		let (genesis, lock) = (self.network.chain.genesis(), self.actors.lock);
		let messages: Vec<_> = numbers
			.map(|number| message(genesis, lock, number))
			.collect();
		for member in &self.network.members {
			member.machine.receive(&messages);
		}
	}

	fn settled(&mut self) -> usize {
		settled(&mut self.network.chain, self.agreement)
	}

	/// A promise of a member about a window. What is not within reach has no version, but a liar may say any.
	fn promise(&mut self, place: usize, window: WindowIndex, secret: u8) -> Promise {
		Promise {
			agreement: self.agreement,
			window,
			roster: 0,
			member: self.actors.intermediaries[place],
			result: Some(1),
			secret,
		}
	}

	/// The second member contradicts itself about a window, and is never seen again.
	fn lie(&mut self, window: WindowIndex) {
		let promises = [1, 2].map(|secret| self.promise(1, window, secret));
		let chain = &mut self.network.chain;
		let [left, right] = promises.map(|it| it.to(chain, H256::zero(), H256::zero()));
		let key = &self.actors.keys[1];
		let call = report(chain.genesis(), (key, left), (key, right), vec![]);
		self.network.submit(call);
		self.network.blocks(2);
		self.network.members[1].is_up = false;
	}

	/// How many windows settle of fifteen, and from which one on the spare computes.
	fn outcome(mut self) -> (usize, Option<WindowIndex>) {
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
	let mut scene = Scene::new();
	scene.network.members[1].is_up = false;
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn a_lie_about_a_window_far_away_changes_nothing() {
	let mut scene = Scene::new();
	scene.lie(1_000_000);
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn a_lie_about_a_window_within_reach_costs_none_in_which_nobody_revealed() {
	let mut scene = Scene::new();
	scene.lie(9);
	assert_eq!(scene.outcome(), (15, Some(5)));
}

#[test]
fn nobody_is_made_silent_about_a_window_far_away() {
	let mut scene = Scene::new();
	let window = 1_000_000;
	let promise = scene.promise(0, window, 3);
	let chain = &mut scene.network.chain;
	let commit = promise.to(chain, H256::zero(), H256::zero());
	let genesis = chain.genesis();
	let key = &scene.actors.keys[0];
	let head = message(genesis, scene.actors.lock, 2 * window + 1);
	let call = Call::complain {
		utterance: Box::new(Utterance {
			commit: sign(genesis, key, Statement::Commit(commit)),
			reveal: None,
		}),
		heads: vec![head].try_into().expect("one is allowed"),
	};
	scene.network.submit(call);
	assert_eq!(scene.outcome(), (15, None));
}
