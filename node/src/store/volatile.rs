//! What the off-chain worker keeps in memory, and nowhere else.
//!
//! What it signs jointly with must be gone when the process is: no database, no backup and no copy of a disk may have
//! it, and no log either, into which the SDK would write it on its way to a database. So it is taken out before all
//! that.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use sp_core::offchain::{DbExternalities, StorageKind};
use syngraph_worker::{VOLATILE, VOLATILE_KEY};
use zeroize::Zeroizing;

/// Values by their keys, wiped when they are dropped.
type Values = BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>;

/// Values that are in memory only. Clones share them.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Values>>);

impl Kept {
	/// Nothing but what tells the worker that values are kept so: what stands for this start of the node.
	pub fn new(boot: Vec<u8>) -> Self {
		let kept = Self::default();
		kept.set(VOLATILE_KEY, boot);
		kept
	}

	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		let all = self.0.lock();
		all.get(key).map(|value| value.to_vec())
	}

	fn set(&self, key: &[u8], value: Vec<u8>) {
		self.0.lock().insert(key.to_vec(), Zeroizing::new(value));
	}

	fn remove(&self, key: &[u8]) {
		self.0.lock().remove(key);
	}

	fn compare_and_set(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		let mut all = self.0.lock();
		let same = all.get(key).map(|value| &value[..]) == old;
		if same {
			all.insert(key.to_vec(), Zeroizing::new(new.to_vec()));
		}
		same
	}
}

/// The storage of a run of the worker: some of it in memory only, the rest behind that.
pub struct Volatile<D> {
	behind: D,
	kept: Kept,
}

impl<D> Volatile<D> {
	/// Puts memory before a storage.
	pub fn new(behind: D, kept: Kept) -> Self {
		Self { behind, kept }
	}
}

fn is_volatile(key: &[u8]) -> bool {
	key.starts_with(VOLATILE)
}

impl<D: DbExternalities> DbExternalities for Volatile<D> {
	fn local_storage_set(&mut self, kind: StorageKind, key: &[u8], value: &[u8]) {
		match is_volatile(key) {
			true => self.kept.set(key, value.to_vec()),
			false => self.behind.local_storage_set(kind, key, value),
		}
	}

	fn local_storage_clear(&mut self, kind: StorageKind, key: &[u8]) {
		match is_volatile(key) {
			true => self.kept.remove(key),
			false => self.behind.local_storage_clear(kind, key),
		}
	}

	fn local_storage_compare_and_set(
		&mut self,
		kind: StorageKind,
		key: &[u8],
		old_value: Option<&[u8]>,
		new_value: &[u8],
	) -> bool {
		match is_volatile(key) {
			true => self.kept.compare_and_set(key, old_value, new_value),
			false => {
				let behind = &mut self.behind;
				behind.local_storage_compare_and_set(kind, key, old_value, new_value)
			},
		}
	}

	fn local_storage_get(&mut self, kind: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
		match is_volatile(key) {
			true => self.kept.get(key),
			false => self.behind.local_storage_get(kind, key),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::offchain::{
		storage::{InMemOffchainStorage, OffchainDb},
		OffchainStorage, STORAGE_PREFIX,
	};

	const KIND: StorageKind = StorageKind::PERSISTENT;
	const SECRET: &[u8] = b"syngraph/volatile/secret";

	fn storage(kept: &Kept) -> Volatile<OffchainDb<InMemOffchainStorage>> {
		Volatile::new(
			OffchainDb::new(InMemOffchainStorage::default()),
			kept.clone(),
		)
	}

	#[test]
	fn what_is_volatile_is_never_written_behind() {
		let kept = Kept::new(b"boot".to_vec());
		let behind = Recorded::default();
		let mut storage = Volatile::new(OffchainDb::new(behind.clone()), kept.clone());
		storage.local_storage_set(KIND, SECRET, b"1");
		assert!(storage.local_storage_compare_and_set(KIND, SECRET, Some(b"1"), b"2"));
		assert!(!storage.local_storage_compare_and_set(KIND, SECRET, Some(b"1"), b"3"));
		assert_eq!(storage.local_storage_get(KIND, SECRET), Some(b"2".to_vec()));
		storage.local_storage_set(KIND, b"open", b"4");
		let written = behind.0.lock().clone();
		assert_eq!(written, [b"open".to_vec()]);
	}

	/// Notes which keys are written.
	#[derive(Clone, Debug, Default)]
	struct Recorded(Arc<Mutex<Vec<Vec<u8>>>>);

	impl OffchainStorage for Recorded {
		fn set(&mut self, prefix: &[u8], key: &[u8], _: &[u8]) {
			assert_eq!(prefix, STORAGE_PREFIX);
			self.0.lock().push(key.to_vec());
		}
		fn remove(&mut self, _: &[u8], key: &[u8]) {
			self.0.lock().push(key.to_vec());
		}
		fn get(&self, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
			None
		}
		fn compare_and_set(&mut self, _: &[u8], key: &[u8], _: Option<&[u8]>, _: &[u8]) -> bool {
			self.0.lock().push(key.to_vec());
			true
		}
	}

	#[test]
	fn runs_of_one_process_share_it_and_it_can_be_removed() {
		let kept = Kept::new(b"boot".to_vec());
		storage(&kept).local_storage_set(KIND, SECRET, b"1");
		let mut next = storage(&kept);
		assert_eq!(next.local_storage_get(KIND, SECRET), Some(b"1".to_vec()));
		let mark = next.local_storage_get(KIND, VOLATILE_KEY);
		assert_eq!(mark, Some(b"boot".to_vec()));
		next.local_storage_clear(KIND, SECRET);
		assert_eq!(storage(&kept).local_storage_get(KIND, SECRET), None);
		// What another process kept is gone.
		let other = Kept::new(b"another".to_vec());
		assert_eq!(storage(&other).local_storage_get(KIND, SECRET), None);
	}
}
