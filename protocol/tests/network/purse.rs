//! What a node keeps in memory, and nowhere else, to sign jointly.

use std::collections::BTreeMap;

use codec::Encode;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_joint::{KeyShare, Nonces, Randomness, SignatureShare};
use syngraph_primitives::{Contribution, Span};
use syngraph_protocol::{Joining, Seat};

/// The randomness of a key share, and of the nonces of each attempt that was not signed yet.
pub struct Purse {
	seed: u64,
	drawn: u64,
	share: [u8; 32],
	nonces: BTreeMap<Span, [[u8; 32]; 2]>,
	/// What was ever signed with each nonce, whatever was forgotten since.
	signed: BTreeMap<Vec<u8>, H256>,
	/// Whether it makes its shares of nonces that nobody knows.
	pub spoils: bool,
	/// Whether it submits nothing that is signed jointly.
	pub hides: bool,
}

impl Purse {
	pub fn new(seed: u64) -> Self {
		let mut purse = Self {
			seed,
			drawn: 0,
			share: [0; 32],
			nonces: BTreeMap::new(),
			signed: BTreeMap::new(),
			spoils: false,
			hides: false,
		};
		purse.forget();
		purse
	}

	fn draw(&mut self) -> [u8; 32] {
		self.drawn += 1;
		BlakeTwo256::hash_of(&("purse", self.seed, self.drawn)).0
	}

	/// What becomes of it when its node dies, or hears that another one has it.
	pub fn forget(&mut self) {
		self.share = self.draw();
		self.nonces.clear();
	}

	fn key_share(&self) -> KeyShare {
		KeyShare::new(Randomness::new(self.share)).expect("it is not zero")
	}

	fn nonces(&self, of: [[u8; 32]; 2]) -> Nonces {
		let [hiding, binding] = of.map(Randomness::new);
		Nonces::new(&self.key_share(), hiding, binding).expect("they are not zero")
	}

	/// What is contributed in an attempt.
	pub fn contribute(&mut self, seat: &Seat, span: Span) -> Contribution {
		let drawn = [self.draw(), self.draw()];
		self.nonces.insert(span, drawn);
		Contribution {
			share: self.key_share().public_share(&seat.membership()),
			nonces: self.nonces(drawn).commitments(),
		}
	}

	/// The own share of a joint signature, if it can be made. Whatever comes of it, it cannot be made again.
	pub fn sign(&mut self, seat: &Seat, joining: &Joining) -> Option<SignatureShare> {
		let mut drawn = self.nonces.remove(&joining.span)?;
		let place = seat.place()?;
		if self.spoils {
			// As if others had been told of these.
			drawn = [self.draw(), self.draw()];
			let mut other = joining.clone();
			other.contributions[place].nonces = self.nonces(drawn).commitments();
			return other.sign(seat, &self.key_share(), self.nonces(drawn));
		}
		let nonces = self.nonces(drawn);
		let name = nonces.commitments().encode();
		let message = (&joining.settlement, joining.key, &joining.contributions);
		let message = BlakeTwo256::hash_of(&message);
		let earlier = self.signed.insert(name, message);
		assert_eq!(earlier, None, "a nonce is used once");
		joining.sign(seat, &self.key_share(), nonces)
	}
}
