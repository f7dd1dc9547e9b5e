//! What happens in cases besides what members do.

use pallet_disputes::Disputes;
use sp_core::Pair;
use syngraph_primitives::{Directory, Role};
use syngraph_runtime::{Registry, Runtime, SYN};
use syngraph_test_kit::people::{ed25519_key, key_proof, sr25519_key};
use syngraph_tests::{
	actors::{account, agreement_terms, endow, enter, register_intermediary},
	proof, Actors,
};

use crate::{scene::Scene, tricks::Whisper};

type AgreementsCall = pallet_agreements::Call<Runtime>;
type Call = pallet_disputes::Call<Runtime>;
type RegistryCall = pallet_registry::Call<Runtime>;

/// How many transactions fit into a block that is always full.
const CAPACITY: usize = 4;

impl Scene {
	fn dispute(&mut self) -> Option<pallet_disputes::DisputeOf<Runtime>> {
		let id = self.agreement;
		self.network.chain.read(|| Disputes::<Runtime>::get(id))
	}

	/// Whether it is time for what happens once in a dispute.
	fn begins(&mut self) -> bool {
		let begins = !self.happened && self.dispute().is_some();
		self.happened |= begins;
		begins
	}

	/// The users void every dispute in which a window was shown.
	pub fn reconcile(&mut self) {
		let Some(dispute) = self.dispute() else {
			return;
		};
		if dispute.docket.shown.is_empty() {
			return;
		}
		let (agreement, roster) = (self.agreement, dispute.docket.roster.number);
		for user in [&self.actors.rental, &self.actors.insurer] {
			let call = Call::reconcile { agreement, roster };
			// A verdict may come first.
			self.happened |= self.network.chain.call(user, call).is_ok();
		}
	}

	/// The users end the agreement when a dispute is open.
	pub fn end_in_dispute(&mut self) {
		if !self.begins() {
			return;
		}
		let agreement = self.agreement;
		for user in [&self.actors.rental, &self.actors.insurer] {
			let call = AgreementsCall::consent_to_end { agreement };
			self.network.chain.call(user, call).expect("it is in force");
		}
	}

	/// The last member's key is rotated when a dispute is open.
	pub fn rotate_member(&mut self) {
		if !self.begins() {
			return;
		}
		let place = self.network.members.len() - 1;
		let (fresh, operator) = (sr25519_key(77), self.operators[place].clone());
		let (genesis, owner) = (self.data.genesis, account(&operator));
		let call = RegistryCall::rotate_intermediary_key {
			intermediary: self.intermediaries[place].0,
			from_block: self.network.chain.number() + 2,
			key: fresh.public(),
			proof: key_proof(&fresh, &genesis, Role::Intermediary, &owner),
		};
		self.network
			.chain
			.call(&operator, call)
			.expect("it is its own");
		self.network.members[place].machine.keys.push(fresh);
	}

	/// The lock gets another key, with which it has signed all messages but the first, when a dispute is open;
	/// and sends these again.
	pub fn rotate_sensor(&mut self) {
		if !self.begins() {
			return;
		}
		let (fresh, owner) = (ed25519_key(78), self.actors.rental.clone());
		let proof = key_proof(&fresh, &self.data.genesis, Role::Sensor, &account(&owner));
		let call = RegistryCall::rotate_sensor_key {
			sensor: self.data.lock,
			from_sequence: 1,
			key: fresh.public(),
			proof,
		};
		self.network
			.chain
			.call(&owner, call)
			.expect("it is its own");
		self.network.block();
		let again = self.data.messages(0).into_iter().skip(1);
		let again: Vec<_> = again.map(|it| self.data.sign(it.message, 78)).collect();
		for member in &self.network.members {
			member.machine.receive(&again);
		}
	}

	/// Somebody proves that the lock signed two messages with a number of the second window.
	pub fn suspend_sensor(&mut self) {
		if self.happened {
			return;
		}
		self.happened = true;
		self.void = Some(1);
		let [left, right] = [0, 1].map(|late| Box::new(self.data.message(3, late)));
		self.network.submit(Call::accuse { left, right });
		self.network.block();
		let sensor = self.data.lock;
		let keys = self.network.chain.read(|| Registry::sensor_keys(sensor));
		assert!(keys.is_some_and(|keys| keys.suspended().is_some()));
	}

	/// Others bring more settlements than fit into blocks.
	pub fn flood(&mut self) {
		if self.others.is_none() {
			self.others = Some(self.bring_others());
			self.network.capacity = CAPACITY;
		}
		let Some((agreements, others)) = &self.others else {
			return;
		};
		let mut settled = 0;
		for agreement in agreements.iter().copied() {
			let state = self.network.chain.agreement(&agreement);
			let first = state.expect("it is known").progress.base;
			settled += first;
			let proof = proof(
				&mut self.network.chain,
				others,
				agreement,
				first,
				&[Some(0)],
			);
			self.network.submit(AgreementsCall::settle {
				agreement,
				first,
				proof,
			});
		}
		// The blocks have been full for a while.
		self.happened |= settled > 4 * CAPACITY as u64;
	}

	/// The first member begins a round, and then is given what was on its disk before it did.
	pub fn restore(&mut self) {
		let begun = self.session(0);
		let begun = begun.is_some_and(|session| session.open_rounds().next().is_some());
		if begun && !self.happened {
			self.happened = true;
			self.network.members[0].machine.restore(&self.backup);
		}
	}

	/// A second machine works for the first intermediary. Both follow the protocol, but they do not hear each other,
	/// and each is heard by others.
	pub fn split(&mut self) {
		if self.happened {
			return;
		}
		let others: Vec<_> = (1..self.intermediaries.len()).collect();
		self.double();
		let (some, rest): (Vec<_>, Vec<_>) = others.iter().partition(|place| *place % 2 == 0);
		let heard = if some.is_empty() { rest.clone() } else { some };
		let second = self.network.members.len() - 1;
		for (place, heard) in [(0, heard), (second, rest)] {
			self.network.members[place].mischief = Box::new(Whisper(heard));
		}
	}

	/// A second machine works for the first intermediary. Both follow the protocol.
	pub fn double(&mut self) {
		if !self.happened {
			self.happened = true;
			self.network.duplicate(0);
		}
	}

	/// Other agreements of the same users, whose intermediaries sign whatever they like. Of each, one round can settle
	/// in a block.
	fn bring_others(&mut self) -> (Vec<sp_core::H256>, Actors) {
		let chain = &mut self.network.chain;
		let (keys, operators) = ([31, 32].map(sr25519_key), [41, 42].map(sr25519_key));
		let mut intermediaries = [0; 2];
		for ((operator, key), id) in operators.iter().zip(&keys).zip(&mut intermediaries) {
			endow(chain, operator);
			*id = register_intermediary(chain, operator, key);
		}
		let others = Actors {
			rental: self.actors.rental.clone(),
			insurer: self.actors.insurer.clone(),
			operators,
			keys,
			intermediaries,
			lock: self.actors.lock,
		};
		let agreements = (0..2 * CAPACITY as u64).map(|nonce| {
			let mut terms = agreement_terms(chain, &others);
			terms.reaction = Default::default();
			let parties = terms.users.iter_mut();
			parties.for_each(|party| party.escrow = 100 * SYN);
			terms.limits.ends_at = chain.number() + 1_500;
			terms.nonce = nonce;
			enter(chain, &others, terms)
		});
		(agreements.collect(), others)
	}
}
