//! Where what comes in is stored.

use futures::future::BoxFuture;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use syngraph_worker::store::LocalStore;

/// The disk has failed: what was written last may not be there after a restart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Broken;

/// A store that can tell when what was written is safely on disk.
pub trait Durable {
	/// Waits until everything that was written before the call is on disk.
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>>;
}

/// A persistent off-chain storage, as the off-chain worker sees it.
pub struct Persistent<S>(S);

impl<S> Persistent<S> {
	/// The storage of a backend.
	pub fn new(storage: S) -> Self {
		Self(storage)
	}
}

// The database is behind a reference that is cloned cheaply; only its interface asks for `&mut`.
impl<S: OffchainStorage> LocalStore for Persistent<S> {
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

impl<S: Durable> Durable for Persistent<S> {
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>> {
		self.0.durable()
	}
}
