//! Which messages of a sensor count.

use sp_core::ed25519;
use syngraph_primitives::{BlockNumber, GenesisHash, SensorKeys, Sequence, SignedMessage};

/// What the chain knows now of a sensor's messages. It may have known less when they came.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
	genesis: &'a GenesisHash,
	keys: &'a SensorKeys<BlockNumber>,
}

impl<'a> Rules<'a> {
	/// The rules for a sensor with these keys.
	pub fn new(genesis: &'a GenesisHash, keys: &'a SensorKeys<BlockNumber>) -> Self {
		Self { genesis, keys }
	}

	/// Whether a number counts as never sent.
	pub fn is_void(&self, sequence: Sequence) -> bool {
		self.keys.is_void(sequence)
	}

	/// Whether a message, which was checked when it came, is signed with the key that its number has now. So are
	/// those whose number has none: nothing else could take their place.
	pub fn are_met_by(&self, checked: &SignedMessage) -> bool {
		let Some(key) = self.keys.key(checked.message.sequence) else {
			return true;
		};
		// No other key than the first was ever known for its numbers.
		let first = self.keys.history.periods().first();
		let first = first.filter(|first| first.from == 0);
		first.is_some_and(|first| first.key == *key) || checked.verify(self.genesis, key)
	}

	/// The newest key, and the first number that it signs.
	pub(super) fn newest(&self) -> (Sequence, Option<ed25519::Public>) {
		let newest = self.keys.history.periods().last();
		newest.map_or((0, None), |newest| (newest.from, Some(newest.key)))
	}
}
