//! A simulated sensor.

use sp_core::{ed25519, Pair};
use syngraph_primitives::{
	GenesisHash, Kind, Message, Payload, SensorId, Sequence, SignedMessage, Timestamp, Value,
	MAX_VARIABLES,
};

/// A sensor that counts and signs its messages.
pub struct Device {
	sensor: SensorId,
	kind: Kind,
	genesis: GenesisHash,
	key: ed25519::Pair,
	next: Sequence,
}

impl Device {
	/// The sensor that is registered as `sensor` with this kind and key, on the chain that `genesis`
	/// names. Its next message has the number `next`.
	pub fn new(
		sensor: SensorId,
		kind: Kind,
		genesis: GenesisHash,
		key: ed25519::Pair,
		next: Sequence,
	) -> Self {
		Self {
			sensor,
			kind,
			genesis,
			key,
			next,
		}
	}

	/// The sensor's id.
	pub fn sensor(&self) -> SensorId {
		self.sensor
	}

	/// The public key that its messages are signed with.
	pub fn key(&self) -> ed25519::Public {
		self.key.public()
	}

	/// The number of the next message.
	pub fn next(&self) -> Sequence {
		self.next
	}

	/// Makes the sensor's next message. `None` if it has more values than any sensor can have.
	pub fn say(&mut self, timestamp: Timestamp, values: Vec<Value>) -> Option<SignedMessage> {
		debug_assert!(values.len() <= MAX_VARIABLES as usize);
		let message = Message {
			sensor: self.sensor,
			kind: self.kind.clone(),
			sequence: self.next,
			timestamp,
			values: values.try_into().ok()?,
		};
		self.next = self.next.checked_add(1)?;
		let signature = self.key.sign(&message.signing_bytes(&self.genesis));
		Some(SignedMessage { message, signature })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::H256;

	#[test]
	fn messages_are_numbered_and_signed() {
		let key = ed25519::Pair::from_seed(&[1; 32]);
		let genesis = H256::repeat_byte(1);
		let mut device = Device::new(7, Kind::default(), genesis, key, 40);
		let said: Vec<_> = (0..3)
			.filter_map(|i| device.say(i, vec![Value::Integer(1)]))
			.collect();
		assert_eq!(
			said.iter()
				.map(|signed| signed.message.sequence)
				.collect::<Vec<_>>(),
			[40, 41, 42]
		);
		assert!(said
			.iter()
			.all(|signed| signed.verify(&genesis, &key.public()) && signed.message.sensor == 7));
		assert_eq!(device.next(), 43);
	}
}
