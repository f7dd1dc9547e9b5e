//! The cases in which members sign jointly. Every round has one result: the third one is signed jointly, since the key
//! that comes into force with the first is known by then.

use std::cell::Cell;

use codec::Decode;
use sp_core::{ed25519, Pair};
use syngraph_primitives::{Assent, BlockNumber, Reveal, Role};
use syngraph_protocol::{Assents, Bundle};
use syngraph_runtime::{Agreements, Runtime, RuntimeCall};
use syngraph_test_kit::people::{key_proof, sr25519_key};
use syngraph_tests::{actors::account, Forger, Mischief, To};
use syngraph_worker::AgreementInfo;

use crate::{
	cases::{case, Case, Equip, Expect},
	scene::Scene,
};

type RegistryCall = pallet_registry::Call<Runtime>;

/// All of them.
pub fn cases() -> Vec<Case> {
	let joint = |name, happens: Option<fn(&mut Scene)>, equip: Equip| Case {
		terms: |terms| terms.rounds.most = 1,
		happens,
		..case(name, "joint signature", Expect::Settles, equip)
	};
	let honest: Equip = |_, _, _, _| ();
	vec![
		joint(
			"withholds its share of a joint signature",
			Some(Scene::joins),
			|_, _, _, member| member.mischief = Box::new(Share::Withheld),
		),
		joint(
			"spoils its share of a joint signature",
			Some(Scene::joins),
			|_, _, _, member| member.mischief = Box::new(Share::Spoilt),
		),
		joint(
			"signs with a stale joint key",
			Some(Scene::drop_joint_key),
			|_, _, _, member| member.mischief = Box::new(Stale::default()),
		),
		joint(
			"restarts in the middle of a joint signature",
			Some(Scene::restart_joining),
			honest,
		),
		joint(
			"has signed jointly, and restores an old database",
			Some(Scene::restore_joining),
			honest,
		),
		joint(
			"is cloned in the middle of a joint signature, and hears its clone",
			Some(Scene::double_joining),
			honest,
		),
	]
}

/// What it does with its shares.
enum Share {
	/// It keeps them for itself.
	Withheld,
	/// It sends others in their place.
	Spoilt,
}

impl Share {
	fn change(&self, reveal: Reveal) -> Option<Reveal> {
		let is_joint = matches!(reveal.assent, Assent::Joint(_));
		match self {
			_ if !is_joint => Some(reveal),
			Self::Withheld => None,
			Self::Spoilt => {
				let share = Decode::decode(&mut &[1u8; 32][..]).expect("it has this length");
				Some(Reveal {
					assent: Assent::Joint(share),
					..reveal
				})
			},
		}
	}
}

impl Mischief for Share {
	fn say(&mut self, mut bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		for said in &mut bundle.utterances {
			let reveal = said.reveal.take();
			said.reveal = reveal.and_then(|reveal| self.change(reveal));
		}
		vec![(To::All, bundle)]
	}

	/// What comes of all shares it keeps for itself, too.
	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let is_joint = matches!(
			&call,
			RuntimeCall::Agreements(pallet_agreements::Call::settle { proof, .. })
				if matches!(proof.assents, Assents::Joint(_))
		);
		match is_joint {
			true => Vec::new(),
			false => vec![call],
		}
	}
}

/// Goes by the first joint key that it hears of.
#[derive(Default)]
struct Stale(Cell<Option<ed25519::Public>>);

impl Mischief for Stale {
	fn see(&self, mut agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		let first = self.0.get().or(agreement.standing.joint);
		self.0.set(first);
		agreement.standing.joint = first;
		agreement
	}
}

impl Scene {
	/// Whether the first member has begun to sign jointly, for the first time.
	fn begins_to_join(&mut self) -> bool {
		let joins = self.session(0).is_some_and(|session| {
			let mut open = session.open_rounds();
			open.any(|round| round.hopes())
		});
		let begins = joins && !self.happened;
		self.happened |= begins;
		begins
	}

	/// The first member signs jointly.
	fn joins(&mut self) {
		self.begins_to_join();
	}

	/// The key of the last member is rotated as soon as there is a joint key.
	fn drop_joint_key(&mut self) {
		let agreement = self.agreement;
		let there = self
			.network
			.chain
			.read(|| Agreements::joint_key(&agreement).is_some());
		if !there || self.happened {
			return;
		}
		self.happened = true;
		let place = self.network.members.len() - 1;
		let (fresh, operator) = (sr25519_key(79), self.operators[place].clone());
		let (genesis, owner) = (self.data.genesis, account(&operator));
		let call = RegistryCall::rotate_intermediary_key {
			intermediary: self.intermediaries[place].0,
			from_block: self.network.chain.number() + 2,
			key: fresh.public(),
			proof: key_proof(&fresh, &genesis, Role::Intermediary, &owner),
		};
		let rotated = self.network.chain.call(&operator, call);
		rotated.expect("it is its own");
		self.network.members[place].machine.keys.push(fresh);
		let key = self
			.network
			.chain
			.read(|| Agreements::joint_key(&agreement));
		assert_eq!(key, None);
	}

	/// The first member is started again when it signs jointly for the first time.
	fn restart_joining(&mut self) {
		if self.begins_to_join() {
			self.network.members[0].machine.restart();
		}
	}

	/// The same, and is given what was on its disk at first.
	fn restore_joining(&mut self) {
		if self.begins_to_join() {
			self.network.members[0].machine.restore(&self.backup);
		}
	}

	/// A second machine, which has all that the first has in memory, works for the first intermediary from when that
	/// signs jointly for the first time. Both follow the protocol.
	fn double_joining(&mut self) {
		if self.begins_to_join() {
			self.network.duplicate(0);
		}
	}
}
