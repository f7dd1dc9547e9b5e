//! What the off-chain worker sees of the node's stores.

use futures::executor::block_on;
use sp_core::offchain::OffchainStorage;
use syngraph_intake::store::Durable;
use syngraph_worker::SYNC_KEY;

use super::Store;

/// The node's own database, and behind it what blocks wrote for workers when they were executed. That lies in
/// the chain's database; the worker only reads it. What came in since a moment it asks for by a key, too.
#[derive(Clone)]
pub struct WorkerStorage<I> {
	/// Where the worker writes.
	pub own: Store,
	/// What blocks wrote.
	pub indexed: I,
}

impl<I: OffchainStorage> OffchainStorage for WorkerStorage<I> {
	fn set(&mut self, prefix: &[u8], key: &[u8], value: &[u8]) {
		self.own.set(prefix, key, value)
	}

	fn remove(&mut self, prefix: &[u8], key: &[u8]) {
		self.own.remove(prefix, key)
	}

	fn get(&self, prefix: &[u8], key: &[u8]) -> Option<Vec<u8>> {
		if let Some(news) = self.own.news(key) {
			return Some(news);
		}
		let own = self.own.get(prefix, key);
		own.or_else(|| self.indexed.get(prefix, key))
	}

	fn compare_and_set(
		&mut self,
		prefix: &[u8],
		key: &[u8],
		old: Option<&[u8]>,
		new: &[u8],
	) -> bool {
		if key == SYNC_KEY {
			return block_on(self.own.durable()).is_ok();
		}
		self.own.compare_and_set(prefix, key, old, new)
	}
}
