//! What the fuzz targets have in common.

pub mod cast;
pub mod device;
pub mod step;
pub mod world;

use codec::{Decode, Encode};
use sp_core::{ed25519, H256};
use syngraph_primitives::{Message, Schema, SignedMessage, Value, VariableType};
use syngraph_test_kit::{bounded, bytes, schema};

/// The chain that everything is signed for.
pub const GENESIS: H256 = H256::repeat_byte(1);

/// Reads a value from any bytes. What is read must be what was written: nothing has two encodings.
pub fn read<T: Decode + Encode>(data: &mut &[u8]) -> Option<T> {
	let before = *data;
	let value = T::decode(data).ok()?;
	let length = before.len().saturating_sub(data.len());
	assert_eq!(value.encode(), before[..length]);
	Some(value)
}

/// A lock that reports whether it is locked, its battery, and who used it.
pub fn lock() -> Schema {
	let variables = [
		("locked", VariableType::Bool),
		("battery", VariableType::Integer),
		("tenant", VariableType::Text),
	];
	schema("lock", &variables)
}

/// A message of the lock with the number `sequence`, not signed.
pub fn message(sequence: u64) -> SignedMessage {
	let values = vec![
		Value::Bool(sequence % 2 == 1),
		Value::Integer(sequence as i64),
		Value::Text(bytes("ann")),
	];
	SignedMessage {
		message: Message {
			sensor: 1,
			kind: bytes("lock"),
			sequence,
			timestamp: 1_000 * sequence,
			values: bounded(values),
		},
		signature: ed25519::Signature::from_raw([0; 64]),
	}
}
