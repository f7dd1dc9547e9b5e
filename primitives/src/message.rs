//! What sensors say.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, ConstU32};
use sp_runtime::{traits::Verify, BoundedVec};

use crate::{GenesisHash, Payload, SensorId, Sequence, Timestamp};

/// The most bytes of a kind's or a variable's name.
pub const MAX_NAME: u32 = 32;
/// The most bytes of a text value.
pub const MAX_TEXT: u32 = 64;
/// The most variables of a sensor.
pub const MAX_VARIABLES: u32 = 16;

/// What sort of device a sensor is, for example `lock`: a name as [`is_name`] wants it.
pub type Kind = BoundedVec<u8, ConstU32<MAX_NAME>>;
/// A short text in UTF-8.
pub type Text = BoundedVec<u8, ConstU32<MAX_TEXT>>;

/// The type of a variable.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum VariableType {
	/// True or false.
	Bool,
	/// A signed 64-bit integer. Measurements are scaled to integers; there are no floats.
	Integer,
	/// At most [`MAX_TEXT`] bytes of UTF-8.
	Text,
}

/// A variable that a sensor reports.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Variable {
	/// Its name, by which functions refer to it: one as [`is_name`] wants it.
	pub name: BoundedVec<u8, ConstU32<MAX_NAME>>,
	/// Its type.
	pub ty: VariableType,
}

/// The value of a variable.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Value {
	/// Of a [`VariableType::Bool`].
	Bool(bool),
	/// Of a [`VariableType::Integer`].
	Integer(i64),
	/// Of a [`VariableType::Text`].
	Text(Text),
}

impl Value {
	/// The type of variable that this is a value of.
	pub fn ty(&self) -> VariableType {
		match self {
			Value::Bool(_) => VariableType::Bool,
			Value::Integer(_) => VariableType::Integer,
			Value::Text(_) => VariableType::Text,
		}
	}
}

/// How a sensor writes its messages.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum MessageEncoding {
	/// The SCALE encoding of a [`SignedMessage`].
	#[default]
	Scale,
}

/// What a sensor declares about its messages.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Schema {
	/// The kind of device.
	pub kind: Kind,
	/// The variables, in the order in which every message carries their values.
	pub variables: BoundedVec<Variable, ConstU32<MAX_VARIABLES>>,
	/// How messages are encoded.
	pub encoding: MessageEncoding,
}

/// Whether a kind or a variable may be called this: a lower-case ASCII letter, and after it any number of
/// lower-case ASCII letters, digits, `_`, `-` and `.`, in all at most [`MAX_NAME`] bytes.
///
/// Functions find what they select by comparing names byte for byte, and users sign what they read. So no
/// two names may look alike and differ: as they could in capitals, in letters of several scripts, in what
/// is not seen at all, or in the two ways in which Unicode writes an accent.
pub fn is_name(name: &[u8]) -> bool {
	let goes_on = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
	name.len() <= MAX_NAME as usize
		&& name.first().is_some_and(u8::is_ascii_lowercase)
		&& name.iter().all(goes_on)
}

/// How a message or a declaration violates a schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaError {
	/// The kind or a variable is called what [`is_name`] refuses.
	InvalidName,
	/// Two variables have one name.
	DuplicateVariable,
	/// There are no variables.
	NoVariables,
	/// The message's kind is not the sensor's.
	WrongKind,
	/// The message has more or fewer values than the sensor has variables.
	WrongCount,
	/// A value is not of its variable's type.
	WrongType,
	/// A text value is not UTF-8.
	InvalidText,
}

impl Schema {
	/// Whether the declaration itself makes sense.
	pub fn check(&self) -> Result<(), SchemaError> {
		if self.variables.is_empty() {
			return Err(SchemaError::NoVariables);
		}
		for (i, variable) in self.variables.iter().enumerate() {
			if !is_name(&variable.name) {
				return Err(SchemaError::InvalidName);
			}
			if self
				.variables
				.iter()
				.skip(i + 1)
				.any(|other| other.name == variable.name)
			{
				return Err(SchemaError::DuplicateVariable);
			}
		}
		is_name(&self.kind)
			.then_some(())
			.ok_or(SchemaError::InvalidName)
	}

	/// Whether `message` is one that a sensor with this schema may send.
	pub fn check_message(&self, message: &Message) -> Result<(), SchemaError> {
		if message.kind != self.kind {
			return Err(SchemaError::WrongKind);
		}
		if message.values.len() != self.variables.len() {
			return Err(SchemaError::WrongCount);
		}
		for (value, variable) in message.values.iter().zip(&self.variables) {
			if value.ty() != variable.ty {
				return Err(SchemaError::WrongType);
			}
			if matches!(value, Value::Text(text) if core::str::from_utf8(text).is_err()) {
				return Err(SchemaError::InvalidText);
			}
		}
		Ok(())
	}

	/// The position and type of the variable called `name`.
	pub fn variable(&self, name: &[u8]) -> Option<(usize, VariableType)> {
		self.variables
			.iter()
			.enumerate()
			.find(|(_, variable)| &variable.name[..] == name)
			.map(|(i, variable)| (i, variable.ty))
	}
}

/// What a sensor measured at one moment.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Message {
	/// The sensor that says it.
	pub sensor: SensorId,
	/// The sensor's kind.
	pub kind: Kind,
	/// The message's place in the sensor's trace: each one higher than the last, the first is zero.
	pub sequence: Sequence,
	/// When it was measured, by the sensor's clock.
	pub timestamp: Timestamp,
	/// The values of the sensor's variables, in the order of its schema.
	pub values: BoundedVec<Value, ConstU32<MAX_VARIABLES>>,
}

impl Payload for Message {
	const TAG: &'static [u8] = b"syngraph/message/1";
}

/// A message with its sensor's signature.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedMessage {
	/// What is said.
	pub message: Message,
	/// The sensor's signature. More than one signature may be valid for one message: never use it to
	/// tell messages apart.
	pub signature: ed25519::Signature,
}

impl SignedMessage {
	/// Whether the holder of `key` signed the message for the chain that `genesis` names.
	pub fn verify(&self, genesis: &GenesisHash, key: &ed25519::Public) -> bool {
		let bytes: Vec<u8> = self.message.signing_bytes(genesis);
		self.signature.verify(&bytes[..], key)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{Pair, H256};

	fn name(text: &str) -> Kind {
		text.as_bytes().to_vec().try_into().unwrap()
	}

	fn schema() -> Schema {
		Schema {
			kind: name("lock"),
			variables: vec![
				Variable {
					name: name("locked"),
					ty: VariableType::Bool,
				},
				Variable {
					name: name("note"),
					ty: VariableType::Text,
				},
			]
			.try_into()
			.unwrap(),
			encoding: MessageEncoding::Scale,
		}
	}

	fn message(values: Vec<Value>) -> Message {
		Message {
			sensor: 1,
			kind: name("lock"),
			sequence: 0,
			timestamp: 0,
			values: values.try_into().unwrap(),
		}
	}

	/// The bytes that stand in the block of the how-to for devices with an index, counted from that about bytes.
	fn shown(block: usize) -> Vec<u8> {
		let text = include_str!("../../docs/how-to/device.md");
		let (_, text) = text.split_once("## Bytes").unwrap();
		let block = text.split("```").nth(2 * block + 1).unwrap();
		let bytes = block.split_whitespace().filter(|word| word.len() == 2);
		bytes
			.map(|byte| u8::from_str_radix(byte, 16).unwrap())
			.collect()
	}

	#[test]
	fn the_how_to_for_devices_shows_what_is_signed_and_sent() {
		let message = Message {
			sensor: 7,
			sequence: 3,
			timestamp: 1_700_000_000_000,
			..message(vec![
				Value::Bool(true),
				Value::Integer(80),
				Value::Text(b"quay".to_vec().try_into().unwrap()),
			])
		};
		assert_eq!(shown(0), message.encode());
		let key = sp_core::ed25519::Pair::from_seed(&[0x2a; 32]);
		let bytes = message.signing_bytes(&H256::repeat_byte(7));
		assert_eq!(shown(1), key.sign(&bytes).0);
	}

	#[test]
	fn a_message_must_fit_the_schema() {
		let text = |bytes: &[u8]| Value::Text(bytes.to_vec().try_into().unwrap());
		let check = |values| schema().check_message(&message(values));
		assert_eq!(check(vec![Value::Bool(true), text(b"ok")]), Ok(()));
		assert_eq!(check(vec![Value::Bool(true)]), Err(SchemaError::WrongCount));
		assert_eq!(
			check(vec![Value::Integer(1), text(b"")]),
			Err(SchemaError::WrongType)
		);
		assert_eq!(
			check(vec![Value::Bool(true), text(b"\xff")]),
			Err(SchemaError::InvalidText)
		);
		let mut other = message(vec![Value::Bool(true), text(b"")]);
		other.kind = name("door");
		assert_eq!(schema().check_message(&other), Err(SchemaError::WrongKind));
	}

	#[test]
	fn a_schema_must_make_sense() {
		assert_eq!(schema().check(), Ok(()));
		let mut twice = schema();
		twice.variables[1].name = name("locked");
		assert_eq!(twice.check(), Err(SchemaError::DuplicateVariable));
		let mut empty = schema();
		empty.variables = Default::default();
		assert_eq!(empty.check(), Err(SchemaError::NoVariables));
	}

	#[test]
	fn no_two_names_look_alike() {
		let check = |text: &str| {
			let (mut kind, mut variable) = (schema(), schema());
			kind.kind = name(text);
			variable.variables[1].name = name(text);
			assert_eq!(kind.check(), variable.check());
			kind.check()
		};
		for good in [
			"a",
			"lock",
			"t1",
			"cabin.temperature_max-2",
			&"x".repeat(32),
		] {
			assert_eq!(check(good), Ok(()), "{good}");
		}
		for bad in [
			"",
			// An accent in one piece and in two, and letters of other scripts.
			"caf\u{e9}",
			"cafe\u{301}",
			"l\u{43e}ck",
			"\u{ff4c}ock",
			// What is not seen.
			"lock ",
			" lock",
			"lo\u{200b}ck",
			"lock\0",
			"lock\n",
			"\u{feff}lock",
			"lo\u{ad}ck",
			// Capitals, and what would read as a number, an operator or a quotation.
			"Lock",
			"1",
			"_lock",
			"-1",
			".lock",
			"lo/ck",
			"lo\"ck",
		] {
			assert_eq!(check(bad), Err(SchemaError::InvalidName), "{bad:?}");
		}
		let mut torn = schema();
		torn.variables[1].name = vec![0xff].try_into().unwrap();
		assert_eq!(torn.check(), Err(SchemaError::InvalidName));
		assert!(!is_name(&[b'x'; 33]));
	}

	#[test]
	fn a_signature_holds_for_one_chain_and_one_message() {
		let pair = ed25519::Pair::from_seed(&[1; 32]);
		let (here, elsewhere) = (H256::repeat_byte(1), H256::repeat_byte(2));
		let message = message(vec![Value::Bool(true)]);
		let signature = pair.sign(&message.signing_bytes(&here));
		let mut signed = SignedMessage { message, signature };
		assert!(signed.verify(&here, &pair.public()));
		assert!(!signed.verify(&elsewhere, &pair.public()));
		signed.message.sequence = 1;
		assert!(!signed.verify(&here, &pair.public()));
	}
}
