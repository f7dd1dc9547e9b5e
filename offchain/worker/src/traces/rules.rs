//! Which messages of a sensor count.

use sp_core::ed25519;
use syngraph_primitives::{BlockNumber, GenesisHash, SensorKeys, Sequence, SignedMessage};

/// What the chain knows now of a sensor's messages. It may have known less when they came.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
	genesis: &'a GenesisHash,
	keys: &'a SensorKeys<BlockNumber>,
	/// Whether the node has looked through what it keeps by these keys.
	is_checked: bool,
}

impl<'a> Rules<'a> {
	/// The rules for a sensor with these keys.
	pub fn new(genesis: &'a GenesisHash, keys: &'a SensorKeys<BlockNumber>) -> Self {
		Self {
			genesis,
			keys,
			is_checked: false,
		}
	}

	/// The same, where it is known whether the node has looked through what it keeps by these keys.
	pub(super) fn with_node(self, is_checked: bool) -> Self {
		Self { is_checked, ..self }
	}

	/// Whether a message with this number can count.
	pub fn has_key(&self, sequence: Sequence) -> bool {
		self.keys.key(sequence).is_some()
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

	/// Whether a message that is kept need not be looked at again: the node has, and its key is the one that the sensor was
	/// registered with.
	pub(super) fn are_known_to_be_met(&self, sequence: Sequence) -> bool {
		let periods = self.keys.history.periods();
		let first = periods.first().is_some_and(|first| first.from == 0);
		self.is_checked && first && periods.get(1).is_none_or(|second| sequence < second.from)
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
