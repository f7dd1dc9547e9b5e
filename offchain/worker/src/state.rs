//! In which form values lie in local storage.
//!
//! Each begins with the version of its form, so that what another version of the worker wrote is known as
//! such. A value that cannot be read is as good as lost, and whoever needs it goes on as if it were; but it
//! is said loudly and counted, and what was found is kept under another key, for people to look at.

use alloc::{format, string::String, vec::Vec};
use codec::{DecodeAll, Encode};

use crate::{store::LocalStore, LOG};

/// The version of the form of everything in local storage.
pub const VERSION: u8 = 3;
/// Where it is counted how many values could not be read.
const COUNT_KEY: &[u8] = b"syngraph/unreadable";

/// What was found cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
	/// It has the form of another version.
	Version(u8),
	/// It is not the encoding of such a value.
	Garbage,
}

impl core::fmt::Display for Unreadable {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		match self {
			Self::Version(version) => write!(f, "it has version {version}, not {VERSION}"),
			Self::Garbage => write!(f, "it is damaged"),
		}
	}
}

/// A value in the form in which it is stored.
pub fn encode(value: &impl Encode) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(value.size_hint().saturating_add(1));
	bytes.push(VERSION);
	value.encode_to(&mut bytes);
	bytes
}

/// A value that was stored.
pub fn decode<T: DecodeAll>(bytes: &[u8]) -> Result<T, Unreadable> {
	match bytes.split_first() {
		Some((&VERSION, mut value)) => T::decode_all(&mut value).map_err(|_| Unreadable::Garbage),
		Some((version, _)) => Err(Unreadable::Version(*version)),
		None => Err(Unreadable::Garbage),
	}
}

/// What is stored under a key. None if nothing is, or if it cannot be read.
pub fn read<T: DecodeAll>(store: &impl LocalStore, key: &[u8]) -> Option<T> {
	interpret(store, key, &store.get(key)?)
}

/// Stores a value.
pub fn write(store: &impl LocalStore, key: &[u8], value: &impl Encode) {
	store.set(key, &encode(value));
}

/// What `bytes` mean, which were found under `key`. If they mean nothing they are kept elsewhere, since they
/// are going to be overwritten.
pub fn interpret<T: DecodeAll>(store: &impl LocalStore, key: &[u8], bytes: &[u8]) -> Option<T> {
	decode(bytes)
		.inspect_err(|why| set_aside(store, key, bytes, *why))
		.ok()
}

/// Where that is kept which was found under a key and could not be read.
pub fn aside_key(key: &[u8]) -> Vec<u8> {
	[b"syngraph/unreadable/", key].concat()
}

fn set_aside(store: &impl LocalStore, key: &[u8], bytes: &[u8], why: Unreadable) {
	let aside = aside_key(key);
	// Once is loud enough: it may be read many times before it is overwritten.
	if store.get(&aside).as_deref() == Some(bytes) {
		return;
	}
	store.set(&aside, bytes);
	count(store);
	log::error!(
		target: LOG,
		"local storage: {} cannot be read, {why}; going on as if it were lost. What was found is kept as {}",
		name(key), name(&aside),
	);
}

/// How many values could not be read since the store was begun.
pub fn unreadable(store: &impl LocalStore) -> u64 {
	counted(store.get(COUNT_KEY).as_deref())
}

fn counted(stored: Option<&[u8]>) -> u64 {
	stored
		.and_then(|bytes| decode(bytes).ok())
		.unwrap_or_default()
}

fn count(store: &impl LocalStore) {
	let before = store.get(COUNT_KEY);
	let count = counted(before.as_deref()).saturating_add(1);
	// Node and worker may count at once. What that loses is in the log all the same.
	store.replace(COUNT_KEY, before.as_deref(), &encode(&count));
}

/// A key as people can read it: its path, and the rest in hex.
fn name(key: &[u8]) -> String {
	let readable = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'/';
	let length = key.iter().take_while(|byte| readable(byte)).count();
	let (path, rest) = key.split_at(length);
	let path = String::from_utf8_lossy(path);
	format!("{path}{}", sp_core::hexdisplay::HexDisplay::from(&rest))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::Memory;

	#[test]
	fn what_was_written_is_read() {
		let memory = Memory::default();
		write(&memory, b"key", &7u64);
		assert_eq!(read(&memory, b"key"), Some(7u64));
		assert_eq!(read::<u64>(&memory, b"another"), None);
		assert_eq!(memory.0.borrow().len(), 1, "nothing is set aside");
		assert_eq!(unreadable(&memory), 0);
	}

	#[test]
	fn another_version_is_known_as_such() {
		let mut bytes = encode(&7u64);
		bytes[0] = VERSION + 1;
		assert_eq!(decode::<u64>(&bytes), Err(Unreadable::Version(VERSION + 1)));
		// One of the first worker, which wrote none, could look like any.
		assert!(decode::<u64>(&7u64.encode()).is_err());
	}

	#[test]
	fn what_is_too_short_or_too_long_is_damaged() {
		let bytes = encode(&7u64);
		let longer = [&bytes[..], &[0]].concat();
		for damaged in [&bytes[..8], &longer, &[]] {
			assert_eq!(decode::<u64>(damaged), Err(Unreadable::Garbage));
		}
	}

	#[test]
	fn what_cannot_be_read_is_kept_and_counted_once() {
		let memory = Memory::default();
		memory.set(b"syngraph/key", &[9, 9]);
		for _ in 0..2 {
			assert_eq!(read::<u64>(&memory, b"syngraph/key"), None);
			assert_eq!(unreadable(&memory), 1);
		}
		write(&memory, b"syngraph/key", &7u64);
		assert_eq!(
			memory.get(&aside_key(b"syngraph/key")),
			Some([9, 9].to_vec())
		);
		assert_eq!(read(&memory, b"syngraph/key"), Some(7u64));
		memory.set(b"syngraph/key", &[8, 8]);
		assert_eq!(read::<u64>(&memory, b"syngraph/key"), None);
		assert_eq!(unreadable(&memory), 2);
	}

	#[test]
	fn a_count_that_cannot_be_read_begins_anew() {
		let memory = Memory::default();
		memory.set(COUNT_KEY, &[9]);
		assert_eq!(unreadable(&memory), 0);
		assert_eq!(interpret::<u64>(&memory, b"syngraph/key", &[9]), None);
		assert_eq!(unreadable(&memory), 1);
	}

	#[test]
	fn keys_have_names() {
		assert_eq!(
			name(&(b"syngraph/head/", 7u64).encode()),
			"syngraph/head/0700000000000000"
		);
		let aside = aside_key(b"syngraph/head/");
		assert!(
			name(&aside).eq("syngraph/unreadable/syngraph/head/"),
			"{}",
			name(&aside)
		);
	}
}
