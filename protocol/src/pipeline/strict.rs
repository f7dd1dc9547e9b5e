//! How the language is read: a text means exactly what it says, or is refused.
//!
//! Serde's derived readers are more lenient than the language. They take `null` for a field that is not
//! there, so that a bound that says `null` would silently restrict nothing; an array of an object's values
//! for the object, so that a value would mean what its place says; and `{"sum": null}` for the word `"sum"`.

use alloc::string::String;
use core::{fmt, marker::PhantomData};
use serde::{
	de::{
		self,
		value::{MapAccessDeserializer, StrDeserializer},
		IntoDeserializer,
	},
	Deserialize, Deserializer,
};

use super::language::Take;

/// Reads the value of an optional field: where the field is, its value is one.
pub(super) fn stated<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
	D: Deserializer<'de>,
	T: Deserialize<'de>,
{
	T::deserialize(deserializer).map(Some)
}

/// As [`stated`], for an [`object`].
pub(super) fn stated_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
	D: Deserializer<'de>,
	T: Deserialize<'de>,
{
	object(deserializer).map(Some)
}

/// Reads what is written as an object, from nothing but an object.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
	D: Deserializer<'de>,
	T: Deserialize<'de>,
{
	deserializer.deserialize_any(Object(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Object<T> {
	type Value = T;

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("an object")
	}

	fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
		T::deserialize(MapAccessDeserializer::new(map))
	}
}

/// Reads one of several words, from nothing but a text.
pub(super) fn word<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
	D: Deserializer<'de>,
	T: Deserialize<'de>,
{
	deserializer.deserialize_any(Word(PhantomData))
}

struct Word<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Word<T> {
	type Value = T;

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("a word")
	}

	fn visit_str<E: de::Error>(self, word: &str) -> Result<T, E> {
		let word: StrDeserializer<'_, E> = word.into_deserializer();
		T::deserialize(word)
	}
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

impl<'de, T: Deserialize<'de>> de::DeserializeSeed<'de> for Object<T> {
	type Value = T;

	fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
		deserializer.deserialize_any(self)
	}
}
