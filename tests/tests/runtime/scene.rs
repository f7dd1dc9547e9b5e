//! An agreement of two members and a spare, and their machines.

use sp_core::H256;
use syngraph_primitives::WindowIndex;
use syngraph_runtime::SYN;
use syngraph_test_kit::people::sr25519_key;
use syngraph_tests::{
	actors::{agreement_terms, endow, enter, register_intermediary, ChainTerms},
	Actors, Chain, Network,
};

use crate::cast::{message, settled};

/// Two members, and a spare of the second. Each window has two messages.
pub struct Scene {
	pub network: Network,
	pub actors: Actors,
	pub agreement: H256,
}

impl Scene {
	/// An agreement that has just come into force, on terms that are somewhat changed.
	pub fn new(change: impl FnOnce(&mut ChainTerms)) -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let [operator, key] = [200, 100].map(sr25519_key);
		endow(&mut chain, &operator);
		let spare = register_intermediary(&mut chain, &operator, &key);
		let mut terms = agreement_terms(&chain, &actors);
		terms.users[1].spares = vec![spare].try_into().expect("one is allowed");
		terms.users[1].escrow = 100 * SYN;
		change(&mut terms);
		let agreement = enter(&mut chain, &actors, terms);
		let members = [
			(actors.intermediaries[0], actors.keys[0].clone()),
			(actors.intermediaries[1], actors.keys[1].clone()),
			(spare, key),
		];
		let network = Network::new(chain, &members);
		Self {
			network,
			actors,
			agreement,
		}
	}

	/// The lock sends messages.
	pub fn send(&mut self, numbers: std::ops::Range<u64>) {
		let (genesis, lock) = (self.network.chain.genesis(), self.actors.lock);
		let messages: Vec<_> = numbers
			.map(|number| message(genesis, lock, number))
			.collect();
		for member in &self.network.members {
			member.machine.receive(&messages);
		}
	}

	/// How many windows are decided.
	pub fn settled(&mut self) -> WindowIndex {
		settled(&mut self.network.chain, self.agreement)
	}
}
