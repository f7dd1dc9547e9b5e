//! What the fuzz targets have in common.

pub mod cast;
pub mod device;
pub mod step;
pub mod world;

use codec::{Decode, Encode};
use sp_core::{ed25519, H256};
use syngraph_primitives::{
	Message, MessageEncoding, Schema, SignedMessage, Value, Variable, VariableType,
};

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
	let variables = variables.map(|(name, ty)| Variable {
		name: bytes(name),
		ty,
	});
	Schema {
		kind: bytes("lock"),
		variables: variables.to_vec().try_into().unwrap_or_default(),
		encoding: MessageEncoding::Scale,
	}
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
			values: values.try_into().unwrap_or_default(),
		},
		signature: ed25519::Signature::from_raw([0; 64]),
	}
}

fn bytes<T: TryFrom<Vec<u8>> + Default>(text: &str) -> T {
	text.as_bytes().to_vec().try_into().unwrap_or_default()
}
