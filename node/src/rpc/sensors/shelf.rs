//! Where messages are stored.

use futures::future::BoxFuture;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use syngraph_worker::traces::LocalStore;

use crate::store::{Broken, Durable};

/// The node's persistent off-chain storage, as the off-chain worker sees it.
pub struct Shelf<S>(S);

impl<S> Shelf<S> {
	/// The storage of a backend.
	pub fn new(storage: S) -> Self {
		Self(storage)
	}
}

// The database is behind a reference that is cloned cheaply; only its interface asks for `&mut`.
impl<S: OffchainStorage> LocalStore for Shelf<S> {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.0.get(STORAGE_PREFIX, key)
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		self.0.clone().set(STORAGE_PREFIX, key, value)
	}

	fn remove(&self, key: &[u8]) {
		self.0.clone().remove(STORAGE_PREFIX, key)
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		self.0
			.clone()
			.compare_and_set(STORAGE_PREFIX, key, old, new)
	}
}

impl<S: Durable> Durable for Shelf<S> {
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>> {
		self.0.durable()
	}
}
