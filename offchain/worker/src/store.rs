//! Where the worker and the node keep what outlives them.

use alloc::vec::Vec;

/// A store of bytes that outlives the process.
pub trait LocalStore {
	/// What is stored under `key`.
	fn get(&self, key: &[u8]) -> Option<Vec<u8>>;
	/// Stores `value` under `key`.
	fn set(&self, key: &[u8], value: &[u8]);
	/// Removes what is stored under `key`.
	fn remove(&self, key: &[u8]);
	/// Stores `new` under `key` if `old` still is what is there. Returns whether it did.
	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool;
}

impl<S: LocalStore + ?Sized> LocalStore for &S {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		(**self).get(key)
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		(**self).set(key, value)
	}

	fn remove(&self, key: &[u8]) {
		(**self).remove(key)
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		(**self).replace(key, old, new)
	}
}
