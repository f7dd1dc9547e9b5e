//! How the language is read: a text means exactly what it says, or is refused.
//!
//! Serde's derived readers are more lenient than the language. They take `null` for a field that is not
//! there, so that a bound that says `null` would silently restrict nothing; an array of an object's values
//! for the object, so that a value would mean what its place says; and `{"sum": null}` for the word `"sum"`.

use core::{fmt, marker::PhantomData};
use serde::{
	de::{
		self,
		value::{MapAccessDeserializer, StrDeserializer},
		IntoDeserializer,
	},
	Deserialize, Deserializer,
};

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

/// Reads an object as [`object`] does, where a seed is asked for.
pub(super) struct Object<T>(pub(super) PhantomData<T>);

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

impl<'de, T: Deserialize<'de>> de::DeserializeSeed<'de> for Object<T> {
	type Value = T;

	fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
		deserializer.deserialize_any(self)
	}
}
