//! Sensors that signed two messages with one number.
//!
//! One such pair is kept of each sensor, for the worker to accuse it by. It is kept as long as it convicts: an owner
//! that has paid for one number, or has given the sensor another key, pays for the next one all the same.

use alloc::vec::Vec;
use syngraph_primitives::{BlockNumber, GenesisHash, SensorId, SensorKeys, SignedMessage};

use super::Traces;
use crate::store::LocalStore;

impl<S: LocalStore> Traces<S> {
	/// Two different messages of a sensor with one number, if it was last seen to have signed such.
	pub fn contradiction(&self, sensor: SensorId) -> Option<(SignedMessage, SignedMessage)> {
		self.read(&key(sensor))
	}

	/// The same, if they convict the sensor by the keys that the chain knows now.
	pub fn evidence(
		&self,
		sensor: SensorId,
		genesis: &GenesisHash,
		keys: &SensorKeys<BlockNumber>,
	) -> Option<(SignedMessage, SignedMessage)> {
		let pair = self.contradiction(sensor)?;
		convicts(&pair, genesis, keys).then_some(pair)
	}

	/// Remembers that a sensor signed two different messages with one number. Only a pair that
	/// convicts the sensor by these keys is kept, and makes room when it does so no longer.
	pub fn contradict(
		&self,
		stored: &SignedMessage,
		other: &SignedMessage,
		genesis: &GenesisHash,
		keys: &SensorKeys<BlockNumber>,
	) {
		let sensor = stored.message.sensor;
		let pair = (stored.clone(), other.clone());
		if self.evidence(sensor, genesis, keys).is_none() && convicts(&pair, genesis, keys) {
			self.write(&key(sensor), &pair);
		}
	}
}

/// Whether the chain would convict the sensor: it answers for the number, and both messages are signed with the
/// key for it.
fn convicts(
	(left, right): &(SignedMessage, SignedMessage),
	genesis: &GenesisHash,
	keys: &SensorKeys<BlockNumber>,
) -> bool {
	let number = left.message.sequence;
	let signed = |key| [left, right].iter().all(|it| it.verify(genesis, key));
	keys.can_convict(number) && keys.key(number).is_some_and(signed)
}

/// How the key begins under which a sensor's pair is stored.
pub(super) const START: &[u8] = b"syngraph/contradiction/";

/// Where a sensor's pair is stored.
pub(super) fn key(sensor: SensorId) -> Vec<u8> {
	super::key_of(START, sensor)
}
