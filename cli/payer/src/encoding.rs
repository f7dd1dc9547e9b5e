//! How amounts and binary data are written in JSON.

use codec::{Decode, DecodeAll, Encode};
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};
use sp_core::Bytes;

/// Something in SCALE encoding, written as hexadecimal text that begins with `0x`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hex<T>(pub T);

impl<T: Encode> Serialize for Hex<T> {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		Bytes(self.0.encode()).serialize(serializer)
	}
}

impl<'de, T: Decode> Deserialize<'de> for Hex<T> {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let bytes = Bytes::deserialize(deserializer)?;
		T::decode_all(&mut &bytes[..])
			.map(Self)
			.map_err(D::Error::custom)
	}
}

/// Amounts as decimal text, since JSON's numbers are too small for them.
pub mod decimal {
	use super::*;
	use syngraph_runtime::Balance;

	/// Writes an amount.
	pub fn serialize<S: Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(amount)
	}

	/// Reads an amount.
	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
		String::deserialize(deserializer)?
			.parse()
			.map_err(D::Error::custom)
	}
}
