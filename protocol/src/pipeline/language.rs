//! The words of the language, as they stand in the JSON.

use alloc::{string::String, vec::Vec};
use core::{fmt, marker::PhantomData};
use serde::{de, Deserialize, Deserializer};
use syngraph_primitives::{Value, VariableType};

use super::strict::{object, stated, stated_object, word, Object};

/// A declarative function. See the module's documentation.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
	/// Which messages are looked at.
	#[serde(default, deserialize_with = "object")]
	pub(super) select: Select,
	/// Which numbers they give.
	pub(super) take: Take,
	/// Which of the numbers count.
	#[serde(default, deserialize_with = "object")]
	pub(super) keep: Bounds,
	/// What they are condensed to.
	#[serde(deserialize_with = "word")]
	pub(super) aggregate: Aggregate,
	/// Which results are worth emitting; all others become null.
	#[serde(default, deserialize_with = "object")]
	pub(super) emit_if: Bounds,
}

/// Which messages are looked at: those for which all that is stated holds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(super) struct Select {
	/// Only sensors of this kind.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) kind: Option<String>,
	/// Only the sensors at these indices among the agreement's sensors.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) sensors: Option<Vec<u8>>,
	/// Only messages of which this holds.
	#[serde(rename = "where", default, deserialize_with = "stated_object")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) condition: Option<Condition>,
}

/// What must hold of a message: all that is stated.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
	/// The variable that is compared.
	pub(super) variable: String,
	/// It has this value.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) is: Option<Scalar>,
	/// It is an integer no less than this.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) at_least: Option<i64>,
	/// It is an integer no greater than this.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) at_most: Option<i64>,
}

impl Condition {
	/// The bounds of the condition.
	pub(super) fn bounds(&self) -> Bounds {
		Bounds {
			at_least: self.at_least,
			at_most: self.at_most,
		}
	}
}

/// Which numbers the selected messages give.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub(super) enum Take {
	/// One for each message.
	Messages,
	/// The value of this integer variable in each message.
	Values(String),
	/// The time from one value of a variable to another.
	Durations(Durations),
}

/// What can stand under `take`.
const TAKEN: &[&str] = &["messages", "values", "durations"];

impl<'de> Deserialize<'de> for Take {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		deserializer.deserialize_any(TakeVisitor)
	}
}

struct TakeVisitor;

impl<'de> de::Visitor<'de> for TakeVisitor {
	type Value = Take;

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(r#""messages", or an object that says `values` or `durations`"#)
	}

	fn visit_str<E: de::Error>(self, word: &str) -> Result<Take, E> {
		match word {
			"messages" => Ok(Take::Messages),
			"values" | "durations" => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
			_ => Err(E::unknown_variant(word, TAKEN)),
		}
	}

	fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Take, A::Error> {
		let word: Option<String> = map.next_key()?;
		let take = match word.as_deref() {
			Some("values") => Take::Values(map.next_value()?),
			Some("durations") => Take::Durations(map.next_value_seed(Object(PhantomData))?),
			Some("messages") | None => {
				return Err(de::Error::invalid_type(de::Unexpected::Map, &self))
			},
			Some(other) => return Err(de::Error::unknown_variant(other, TAKEN)),
		};
		match map.next_key::<String>()? {
			None => Ok(take),
			Some(_) => Err(de::Error::invalid_length(2, &"one word")),
		}
	}
}

/// Pairs of messages of one sensor, and the time between them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(super) struct Durations {
	/// The variable that is watched.
	pub(super) variable: String,
	/// The value with which a duration begins.
	pub(super) from: Scalar,
	/// The value with which it ends.
	pub(super) to: Scalar,
	/// The unit in which it is counted.
	#[serde(deserialize_with = "word")]
	pub(super) unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
	/// A thousandth of a second.
	Millisecond,
	/// A second.
	Second,
	/// Sixty seconds.
	Minute,
	/// Sixty minutes.
	Hour,
}

impl Unit {
	/// How many full units there are in so many milliseconds.
	pub(super) fn in_milliseconds(self, milliseconds: u64) -> u64 {
		match self {
			Self::Millisecond => milliseconds,
			Self::Second => milliseconds / 1_000,
			Self::Minute => milliseconds / 60_000,
			Self::Hour => milliseconds / 3_600_000,
		}
	}
}

/// What many numbers are condensed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub(super) enum Aggregate {
	/// How many there are.
	Count,
	/// Their sum.
	Sum,
	/// The least of them; null if there are none.
	Min,
	/// The greatest of them; null if there are none.
	Max,
	/// Their mean, rounded down; null if there are none.
	Mean,
}

/// Limits of a number. One that is not stated does not restrict it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(super) struct Bounds {
	/// The number is no less than this.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) at_least: Option<i64>,
	/// The number is no greater than this.
	#[serde(default, deserialize_with = "stated")]
	#[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
	pub(super) at_most: Option<i64>,
}

/// A value as it stands in the JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(serde::Serialize), serde(untagged))]
pub(super) enum Scalar {
	/// True or false.
	Bool(bool),
	/// A signed 64-bit integer.
	Integer(i64),
	/// A text.
	Text(String),
}

impl Scalar {
	/// The type of the variables that it can be compared with.
	pub(super) fn ty(&self) -> VariableType {
		match self {
			Self::Bool(_) => VariableType::Bool,
			Self::Integer(_) => VariableType::Integer,
			Self::Text(_) => VariableType::Text,
		}
	}

	/// Whether a variable has this value.
	pub(super) fn equals(&self, value: &Value) -> bool {
		match (self, value) {
			(Self::Bool(left), Value::Bool(right)) => left == right,
			(Self::Integer(left), Value::Integer(right)) => left == right,
			(Self::Text(left), Value::Text(right)) => left.as_bytes() == &right[..],
			_ => false,
		}
	}
}

// By hand, because serde's untagged enums cannot say what is wrong with a value that fits none.
impl<'de> Deserialize<'de> for Scalar {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		deserializer.deserialize_any(ScalarVisitor)
	}
}

struct ScalarVisitor;

impl de::Visitor<'_> for ScalarVisitor {
	type Value = Scalar;

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("true, false, a 64-bit integer or a text")
	}

	fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
		Ok(Scalar::Bool(value))
	}

	fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
		Ok(Scalar::Integer(value))
	}

	fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
		i64::try_from(value)
			.map(Scalar::Integer)
			.map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
	}

	fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
		Ok(Scalar::Text(value.into()))
	}
}
