//! The windows that a session has computed, apart from its state.
//!
//! They may be thousands, and nothing of them changes: the state alone would be written again with every change, with
//! all windows in it. So they are stored in chunks, each of which is written once. The state names the chunks by their
//! hashes: what is not what it names counts as lost, and is computed again.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::ops::Range;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use syngraph_primitives::WindowIndex;
use syngraph_protocol::{Dated, Session};

use crate::{state, store::LocalStore, turns::Name};

/// How many windows a chunk has. The last ones, if they are fewer, are part of the state.
const CHUNK: u64 = 64;

/// The chunks of an agreement's windows, which follow one another.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Chunks {
	/// How often all windows had been computed anew.
	renewals: u32,
	/// The number of the first chunk.
	first: u64,
	/// What each of them is known by.
	hashes: Vec<H256>,
}

impl Chunks {
	/// The numbers of its chunks.
	fn numbers(&self) -> Range<u64> {
		self.first..self.first.saturating_add(self.hashes.len() as u64)
	}

	/// The first window that is in no chunk and in none before it.
	pub fn end(&self) -> WindowIndex {
		match self.hashes.is_empty() {
			true => 0,
			false => self.numbers().end.saturating_mul(CHUNK),
		}
	}

	/// Stores those chunks that the session has filled. Gives the numbers of those that are not needed any more once
	/// the state is stored.
	pub fn fill(&mut self, store: &impl LocalStore, name: &Name, session: &Session) -> Vec<u64> {
		let before = self.numbers();
		let computed = session.computed();
		let lowest = computed.start / CHUNK;
		let followed = self.numbers().contains(&lowest) && self.renewals == session.renewals();
		match followed {
			true => {
				let passed = lowest.saturating_sub(self.first) as usize;
				self.hashes.drain(..passed);
			},
			false => self.hashes.clear(),
		}
		(self.renewals, self.first) = (session.renewals(), lowest);
		// Of those that were lost, some are to be computed again.
		let filled = computed.end / CHUNK;
		let kept = filled.saturating_sub(lowest);
		self.hashes
			.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
		for number in self.numbers().end..filled {
			let windows = session.shown(span(number));
			let encoded = state::encode(&windows);
			store.set(&key(name, number), &encoded);
			self.hashes.push(hash(&encoded));
		}
		let now = self.numbers();
		before.filter(|number| !now.contains(number)).collect()
	}

	/// The windows in its chunks, as far as none is lost.
	pub fn read(&self, store: &impl LocalStore, name: &Name) -> Vec<Dated> {
		let mut windows = Vec::new();
		for (number, known) in self.numbers().zip(&self.hashes) {
			let stored = store.get(&key(name, number));
			let stored = stored.filter(|stored| hash(stored) == *known);
			let chunk = stored.and_then(|stored| state::decode::<Vec<Dated>>(&stored).ok());
			let Some(chunk) = chunk else {
				log::warn!(target: crate::LOG, "{:?}: windows are lost, and computed again", name.1);
				break;
			};
			windows.extend(chunk);
		}
		windows
	}

	/// Removes all of its chunks.
	pub fn remove(&self, store: &impl LocalStore, name: &Name) {
		self.numbers()
			.for_each(|number| remove(store, name, number));
	}
}

/// Removes a chunk.
pub fn remove(store: &impl LocalStore, name: &Name, number: u64) {
	store.remove(&key(name, number));
}

/// The windows of a chunk.
fn span(number: u64) -> Range<WindowIndex> {
	let first = number.saturating_mul(CHUNK);
	first..first.saturating_add(CHUNK)
}

fn key(name: &Name, number: u64) -> Vec<u8> {
	(b"syngraph/windows/", name, number).encode()
}

fn hash(bytes: &[u8]) -> H256 {
	H256(blake2_256(bytes))
}
