//! When closing has to begin, so that everything can be closed in time.

use syngraph_primitives::BlockNumber;

/// What the operator decides about closing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closing {
	/// How many channels are closed per block at most: what a block takes, less what others put into it.
	pub per_block: u32,
	/// Whether also channels are closed that owe less than the fee.
	pub at_loss: bool,
	/// How many percent of what a closing brings in beyond its fee are offered as a tip at most, when little time
	/// is left.
	pub tip_percent: u8,
}

impl Closing {
	/// The most channels per block that the operator may reckon with: a block takes some 1,050.
	pub const MOST_PER_BLOCK: u32 = 1000;
}

impl Default for Closing {
	/// Half a block, at no loss, and with a tenth at most for who closes in time.
	fn default() -> Self {
		Self {
			per_block: 512,
			at_loss: false,
			tip_percent: 10,
		}
	}
}

/// Which blocks are taken: closings are laid into the last blocks that are early enough, and into earlier
/// ones when those are full.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
	/// The full blocks, as runs from a first to a last one, the latest run first.
	full: Vec<(BlockNumber, BlockNumber)>,
}

impl Plan {
	/// Lays out closings, given for each the last block in which it should begin, the latest first. Returns in
	/// the same order when each is to begin.
	pub fn new(
		latest: impl IntoIterator<Item = BlockNumber>,
		per_block: u32,
	) -> (Self, Vec<BlockNumber>) {
		let mut plan = Self::default();
		let (mut block, mut used) = (BlockNumber::MAX, 0);
		let mut starts = Vec::new();
		for latest in latest {
			if latest < block {
				(block, used) = (latest, 0);
			}
			starts.push(block);
			used += 1;
			if used >= per_block {
				plan.fill(block);
				(block, used) = (block.saturating_sub(1), 0);
			}
		}
		(plan, starts)
	}

	fn fill(&mut self, block: BlockNumber) {
		match self.full.last_mut() {
			Some((first, _)) if *first <= block.saturating_add(1) => *first = block,
			_ => self.full.push((block, block)),
		}
	}

	/// The last block up to this one in which there is room for another closing.
	pub fn room(&self, latest: BlockNumber) -> BlockNumber {
		let mut runs = self.full.iter();
		let taken = runs.find(|(first, last)| (*first..=*last).contains(&latest));
		taken.map_or(latest, |(first, _)| first.saturating_sub(1))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_fits_begins_as_late_as_it_may() {
		let (plan, starts) = Plan::new([90, 90, 80, 10], 2);
		assert_eq!(starts, [90, 90, 80, 10]);
		assert_eq!((plan.room(90), plan.room(89), plan.room(80)), (89, 89, 80));
	}

	#[test]
	fn what_does_not_fit_begins_earlier() {
		let (plan, starts) = Plan::new([90, 90, 90, 90, 89, 70], 2);
		assert_eq!(starts, [90, 90, 89, 89, 88, 70]);
		assert_eq!((plan.room(91), plan.room(90), plan.room(89)), (91, 88, 88));
	}

	#[test]
	fn never_more_than_fit_begin_in_a_block() {
		let latest = (0..10_000u32).map(|i| 1000 - i / 100);
		let (plan, starts) = Plan::new(latest.clone(), 7);
		for (start, latest) in starts.iter().zip(latest) {
			assert!(*start <= latest);
		}
		for block in 1..=1000 {
			assert!(starts.iter().filter(|start| **start == block).count() <= 7);
		}
		// No block is left free between those that are taken: nothing begins earlier than it must.
		assert_eq!(plan.room(1000), 0);
	}

	#[test]
	fn the_first_block_takes_what_comes_too_late_anyway() {
		let (plan, starts) = Plan::new([1, 1, 1, 1], 1);
		assert_eq!(starts, [1, 0, 0, 0]);
		assert_eq!(plan.room(1), 0);
	}
}
