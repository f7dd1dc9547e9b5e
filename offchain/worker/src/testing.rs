//! A store for tests. The workspace's test kit offers this very file to the tests of other crates: compiled against the
//! worker, it cannot offer it to the worker's own.

use std::{cell::RefCell, collections::BTreeMap};

use crate::store::LocalStore;

/// A store in memory.
#[derive(Clone, Default)]
pub struct Memory(pub RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl LocalStore for Memory {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.0.borrow().get(key).cloned()
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
	}

	fn remove(&self, key: &[u8]) {
		self.0.borrow_mut().remove(key);
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		let is_old = self.get(key).as_deref() == old;
		if is_old {
			self.set(key, new);
		}
		is_old
	}
}
