//! Who is worked for when there is not enough time for all.

use alloc::vec::Vec;
use syngraph_primitives::{AgreementId, BlockNumber, IntermediaryId};

use crate::{chain::Chain, host::Host, state, store::LocalStore};

/// Where the node says which block is the newest: its number, in little-endian order. It does so at once, also
/// while a run is under way.
pub const NEWEST_KEY: &[u8] = b"syngraph/newest";
/// Where the node says which block is the last that no fork can take back, in the same way.
pub const FINAL_KEY: &[u8] = b"syngraph/final";
/// Where it is noted with whom the next run has to begin.
const NEXT_KEY: &[u8] = b"syngraph/next";

/// What tells apart those who are worked for.
pub type Name = (IntermediaryId, AgreementId);

/// The number of the last block that no fork can take back; zero if the node does not say.
pub fn finalized(store: &impl LocalStore) -> BlockNumber {
	let known = store.get(FINAL_KEY).and_then(|bytes| bytes.try_into().ok());
	known.map_or(0, BlockNumber::from_le_bytes)
}

/// The time that a run has.
pub struct Time<'a, H> {
	host: &'a H,
	block: BlockNumber,
	begun: u64,
	slot: u64,
}

impl<'a, H: Host> Time<'a, H> {
	/// A run begins on the state of a block.
	pub fn new(chain: &impl Chain, host: &'a H) -> Self {
		Self {
			host,
			block: chain.number(),
			begun: host.now(),
			slot: chain.slot_millis(),
		}
	}

	/// Milliseconds since it began.
	pub fn taken(&self) -> u64 {
		self.host.now().saturating_sub(self.begun)
	}

	/// Whether the run must end now: there is a newer block, or there should be.
	pub fn is_over(&self) -> bool {
		let newest = self.host.get(NEWEST_KEY);
		let newer = newest.is_some_and(|number| number != self.block.to_le_bytes());
		newer || !self.is_within(self.host.now(), self.slot)
	}

	/// Waits for `millis` milliseconds. Not if that is too long: then the rest of the slot is left to the
	/// making of blocks. Tells whether it waited, and there still is time.
	pub fn rest(&self, millis: u64) -> bool {
		let until = self.host.now().saturating_add(millis);
		if self.is_over() || !self.is_within(until, self.slot.saturating_mul(17) / 20) {
			return false;
		}
		self.host.sleep_until(until);
		!self.is_over()
	}

	/// A clock that is set back takes the run out of its time, too.
	fn is_within(&self, time: u64, length: u64) -> bool {
		(self.begun..self.begun.saturating_add(length)).contains(&time)
	}
}

/// The order in which all have their turns.
pub struct Turns<'a, S> {
	store: &'a S,
	names: Vec<Name>,
	/// Whose turn it is.
	next: usize,
}

impl<'a, S: LocalStore> Turns<'a, S> {
	/// The turns of these, who are in the order of their names. None if there is nobody.
	///
	/// Those come first to whom the run before did not come.
	pub fn new(store: &'a S, names: impl Iterator<Item = Name>) -> Option<Self> {
		let names: Vec<_> = names.collect();
		let next = match state::read::<Name>(store, NEXT_KEY) {
			Some(name) => names.partition_point(|other| *other < name),
			None => 0,
		};
		let next = next.checked_rem(names.len())?;
		Some(Self { store, names, next })
	}

	/// Lets `work` do something for each of them, named by its place. If the time is over before all have had
	/// their turns, the next run begins with those who had none. Tells whether all had.
	///
	/// One turn at least is taken, so that there is progress however little time there is.
	pub fn round(&mut self, is_over: impl Fn() -> bool, mut work: impl FnMut(usize)) -> bool {
		for left in (0..self.names.len()).rev() {
			work(self.next);
			self.next = self.next.saturating_add(1) % self.names.len().max(1);
			if left > 0 && is_over() {
				if let Some(name) = self.names.get(self.next) {
					state::write(self.store, NEXT_KEY, name);
				}
				return false;
			}
		}
		true
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::Memory;
	use alloc::{collections::BTreeMap, vec};
	use core::cell::{Cell, RefCell};

	fn name(number: u8) -> Name {
		(0, AgreementId::repeat_byte(number))
	}

	/// Who had a turn in a run that has time for so many, and whether all had.
	fn run(memory: &Memory, names: &[u8], time: usize) -> (Vec<u8>, bool) {
		let mut turns = Turns::new(memory, names.iter().copied().map(name)).unwrap();
		let (had, left) = (RefCell::new(vec![]), Cell::new(time));
		let all = turns.round(
			|| left.get() == 0,
			|place| {
				left.set(left.get().saturating_sub(1));
				had.borrow_mut().push(names[place]);
			},
		);
		(had.into_inner(), all)
	}

	#[test]
	fn with_time_enough_all_have_their_turns() {
		let memory = Memory::default();
		for time in [4, 9] {
			assert_eq!(run(&memory, &[1, 2, 3, 4], time), (vec![1, 2, 3, 4], true));
		}
		assert!(memory.0.borrow().is_empty(), "nothing has to be noted");
	}

	#[test]
	fn with_too_little_time_each_run_goes_on_where_the_last_one_ended() {
		let memory = Memory::default();
		let names = [1, 2, 3, 4, 5];
		let mut count = BTreeMap::<u8, u32>::new();
		for _ in 0..5 {
			let (had, all) = run(&memory, &names, 2);
			assert!(!all && had.len() == 2);
			had.into_iter()
				.for_each(|name| *count.entry(name).or_default() += 1);
		}
		assert!(count.values().all(|turns| *turns == 2), "{count:?}");
	}

	#[test]
	fn with_no_time_at_all_one_has_its_turn() {
		let memory = Memory::default();
		let had: Vec<_> = (0..4).map(|_| run(&memory, &[1, 2, 3], 0).0).collect();
		assert_eq!(had, [[1], [2], [3], [1]]);
	}

	#[test]
	fn whoever_is_gone_leaves_its_turn_to_the_next() {
		let memory = Memory::default();
		assert_eq!(run(&memory, &[1, 2, 3, 4], 1).0, [1]);
		assert_eq!(run(&memory, &[1, 3, 4], 1).0, [3]);
		assert_eq!(run(&memory, &[1, 3], 1).0, [1]);
		assert_eq!(run(&memory, &[1, 2], 1).0, [1]);
		assert!(Turns::new(&memory, core::iter::empty()).is_none());
	}
}
