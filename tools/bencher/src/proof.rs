//! How large a proof of what a benchmark reads is at the worst.

use frame_benchmarking::BenchmarkResult;
use frame_support::traits::StorageInfo;

/// A layer of the trie: at most fifteen siblings' hashes, each with its length.
const LAYER_BYTES: u32 = 15 * 33;
/// How many entries a storage map has on a large chain.
const MAP_ENTRIES: u32 = 1_000_000;
/// How many layers of the trie are above those of a single storage item.
const COMMON_LAYERS: u32 = 2;

/// What the proof of reading one value of a storage item is made of.
struct Item {
	prefix: Vec<u8>,
	value: u32,
}

/// The chain's storage items.
pub struct Proofs(Vec<Item>);

impl Proofs {
	/// For a chain with this storage.
	pub fn new(storage: Vec<StorageInfo>) -> Self {
		let items = storage.into_iter().map(|info| {
			let entries = info.max_values.unwrap_or(MAP_ENTRIES);
			Item {
				value: info.max_size.unwrap_or(0) + layers(entries) * LAYER_BYTES,
				prefix: info.prefix,
			}
		});
		Self(items.collect())
	}

	/// The bytes that prove what was read in one run, if every value is as large as it can be and every
	/// map as full as on a large chain.
	pub fn size(&self, run: &BenchmarkResult) -> u32 {
		let read = run.keys.iter().filter(|(_, reads, ..)| *reads > 0);
		read.map(|(prefix, reads, ..)| {
			let item = self.0.iter().find(|item| prefix.starts_with(&item.prefix));
			// What no pallet declares lies under a key of its own.
			let value = item.map_or(0, |item| item.value);
			reads * value + COMMON_LAYERS * LAYER_BYTES
		})
		.sum()
	}
}

/// How deep a trie of so many entries is.
fn layers(entries: u32) -> u32 {
	entries
		.saturating_sub(1)
		.checked_ilog(16)
		.map_or(0, |log| log + 1)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_trie_grows_a_layer_with_every_sixteenfold() {
		assert_eq!(
			[1, 2, 16, 17, 1_000_000, u32::MAX].map(layers),
			[0, 1, 1, 2, 5, 8]
		);
	}

	#[test]
	fn every_value_is_taken_for_as_large_as_it_can_be() {
		let info = |prefix: &[u8], max_values, max_size| StorageInfo {
			pallet_name: Vec::new(),
			storage_name: Vec::new(),
			prefix: prefix.into(),
			max_values,
			max_size,
		};
		let proofs = Proofs::new(vec![
			info(b"account", None, Some(128)),
			info(b"number", Some(1), Some(4)),
		]);
		let keys = vec![
			(b"account".to_vec(), 2, 1, false),
			(b"number".to_vec(), 1, 0, false),
			(b"written only".to_vec(), 0, 1, false),
		];
		let run = BenchmarkResult {
			keys,
			..Default::default()
		};
		let (account, number) = (2 * (128 + 5 * 495) + 2 * 495, 4 + 2 * 495);
		assert_eq!(proofs.size(&run), account + number);
	}
}
