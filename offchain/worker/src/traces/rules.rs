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

	/// Whether a message is signed with the key that its number has now. So are those whose number has none: nothing else
	/// could take their place.
	pub fn are_met_by(&self, signed: &SignedMessage) -> bool {
		let key = self.keys.key(signed.message.sequence);
		key.is_none_or(|key| signed.verify(self.genesis, key))
	}

	/// Whether a number's key is the one that the sensor was registered with.
	pub(super) fn has_first_key(&self, sequence: Sequence) -> bool {
		let periods = self.keys.history.periods();
		let first = periods.first().is_some_and(|first| first.from == 0);
		first && periods.get(1).is_none_or(|second| sequence < second.from)
	}

	/// The newest key, and the first number that it signs; none for the one that the sensor was registered with.
	pub(super) fn newest(&self) -> Newest {
		let newest = self.keys.history.periods().last();
		let newest = newest.filter(|newest| newest.from > 0);
		newest.map_or((0, None), |newest| (newest.from, Some(newest.key)))
	}
}

/// A key, and the first number that it signs.
pub(super) type Newest = (Sequence, Option<ed25519::Public>);
