//! Which messages of a sensor count.

use codec::{Decode, Encode};
use core::ops::Range;
use sp_core::{ed25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{BlockNumber, Schema, SensorKeys, Sequence, SignedMessage};

/// What the chain knows now of a sensor's messages. It may have known other things when they came, and on another
/// branch it may know others still.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
	keys: &'a SensorKeys<BlockNumber>,
	schema: &'a Schema,
}

/// A message as it is kept: with the key by which its signature was checked when it came. It counts as long as that is
/// the key of its number, so that nobody has to check the signature again.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Kept {
	/// The key.
	pub key: ed25519::Public,
	/// The message.
	pub signed: SignedMessage,
}

impl<'a> Rules<'a> {
	/// The rules for a sensor that has these keys and declared this schema.
	pub fn new(keys: &'a SensorKeys<BlockNumber>, schema: &'a Schema) -> Self {
		Self { keys, schema }
	}

	/// The key that signs the message with a number, if there can be one.
	pub fn key(&self, sequence: Sequence) -> Option<&'a ed25519::Public> {
		self.keys.key(sequence)
	}

	/// Whether a number counts as never sent.
	pub fn is_void(&self, sequence: Sequence) -> bool {
		self.keys.is_void(sequence)
	}

	/// Those of some numbers that do not count as never sent.
	pub(super) fn sent(self, numbers: Range<Sequence>) -> impl Iterator<Item = Sequence> + 'a {
		self.keys.sent(numbers)
	}

	/// Whether a message that is kept counts: its signature was checked by the key that its number has now, and it is
	/// what the sensor declares now. As for keys, so do those whose number has none: nothing else could take their
	/// place.
	pub(super) fn are_met_by(&self, kept: &Kept) -> bool {
		let message = &kept.signed.message;
		let key = self.keys.key(message.sequence);
		key.is_none_or(|key| *key == kept.key) && self.schema.check_message(message).is_ok()
	}

	/// Tells these rules apart from others.
	pub(super) fn hash(&self) -> H256 {
		H256(blake2_256(
			&(self.keys.history.periods(), self.schema).encode(),
		))
	}
}
