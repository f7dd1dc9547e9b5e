//! What devices and peers hand to a node, and what its worker does with it.

use codec::{Decode, Encode};
use sp_core::Pair;
use syngraph_primitives::{SensorId, SensorInfo, SensorKeys, Sequence};
use syngraph_test_kit::people::{ed25519_key as key, signed_message};

use crate::{lock, message, GENESIS};

/// Something that happens to the messages that a node keeps.
#[derive(Encode, Decode)]
pub enum Event {
	/// A device hands over a batch.
	Submit(Vec<Letter>),
	/// Peers pass messages on.
	Repair(Vec<Letter>),
	/// The worker drops the messages of a sensor before this one.
	Drop(u8, u8),
	/// The worker says from which message on it needs a sensor.
	Need(u8, Option<u8>),
	/// The worker forgets a sensor.
	Forget(u8),
}

/// What should be a message.
#[derive(Encode, Decode)]
pub enum Letter {
	/// Bytes.
	Bytes(Vec<u8>),
	/// A message that is signed.
	Signed {
		/// By which sensor.
		sensor: u8,
		/// Its number; the highest stands for the highest that there is.
		sequence: u8,
		/// What it says, of so many different things.
		variant: u8,
		/// What is wrong with it: the key, or what it says; nothing, if it is another number.
		flaw: u8,
	},
}

impl Letter {
	/// The bytes that are handed over.
	pub fn bytes(&self) -> Vec<u8> {
		let (sensor, sequence, variant, flaw) = match self {
			Letter::Bytes(bytes) => return bytes.clone(),
			Letter::Signed {
				sensor,
				sequence,
				variant,
				flaw,
			} => (SensorId::from(sensor % 5), *sequence, *variant, *flaw),
		};
		let sequence = match sequence {
			u8::MAX => Sequence::MAX,
			_ => sequence.into(),
		};
		let mut signed = message(variant.into());
		signed.message.sensor = sensor;
		signed.message.sequence = sequence;
		if flaw == 2 {
			signed.message.values.pop();
		}
		let seed = match (flaw, sequence) {
			(1, _) => 3,
			(_, ..ROTATION) => 1,
			_ => 2,
		};
		signed_message(&key(seed), &GENESIS, signed.message).encode()
	}
}

/// The message from which on sensors have another key.
const ROTATION: Sequence = 6;
/// The message from which on the first sensor has none.
const REVOCATION: Sequence = 12;

/// What the chain knows of a sensor: 1 is revoked at some time, 2 is needed from its fourth message on,
/// 3 is needed by nobody, and there are no others.
pub fn info(sensor: SensorId) -> Option<SensorInfo> {
	let first = match sensor {
		1 => Some(0),
		2 => Some(3),
		3 => None,
		_ => return None,
	};
	let mut keys = SensorKeys::new(0, key(1).public());
	keys.rotate(ROTATION, 1, key(2).public()).ok()?;
	if sensor == 1 {
		keys.revoke(REVOCATION, 2).ok()?;
	}
	Some(SensorInfo {
		keys,
		schema: lock(),
		first,
	})
}
