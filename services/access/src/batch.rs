//! What is collected with one transaction, and what it is worth to be in time.

use sp_runtime::{Perbill, Percent};
use syngraph_primitives::{BlockNumber, ChannelId};

use crate::{duty::Duty, Balance};

/// How many channels are collected from with one transaction,
pub(crate) const MOST: usize = pallet_channels::MAX_BATCH as usize;
/// and how many of those that press: a small one goes before large ones, and fits where they do not.
pub(crate) const PRESSING: usize = 16;

/// What is collected with one transaction.
pub(crate) struct Batch {
	/// How: by closing, or by redeeming.
	pub(crate) duty: Duty,
	/// The channels.
	pub(crate) ids: Vec<ChannelId>,
	/// Whether less than half of the time for it is left.
	pub(crate) is_pressing: bool,
	/// What it brings in beyond its fee.
	pub(crate) worth: Balance,
	/// What is to be paid beyond the fee.
	pub(crate) tip: Balance,
}

/// Of how many channels the room is that a transaction about so many takes: a small one costs time as well.
pub(crate) fn size(channels: usize) -> usize {
	channels.max(PRESSING)
}

/// What it is worth to be in time, with so many blocks `left` of a `margin`: nothing while that is half of them or
/// more, and then the more the fewer are left, up to so many percent of what it brings in.
pub(crate) fn tip(
	left: BlockNumber,
	margin: BlockNumber,
	worth: Balance,
	most_percent: u8,
) -> Balance {
	let half = margin / 2;
	let gone = half.saturating_sub(left);
	let most = Percent::from_percent(most_percent).mul_floor(worth);
	match gone {
		0 => 0,
		gone => Perbill::from_rational(gone, half).mul_floor(most),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn there_is_no_tip_while_half_of_the_time_is_left() {
		for left in [25, 26, 50, 1000, BlockNumber::MAX] {
			assert_eq!(tip(left, 50, 1_000_000, 10), 0);
		}
	}

	#[test]
	fn the_less_time_is_left_the_more_it_is() {
		let tips = [24, 20, 10, 1, 0].map(|left| tip(left, 50, 1_000_000, 10));
		assert_eq!(tips, [4_000, 20_000, 60_000, 96_000, 100_000]);
		assert!((0..50).all(|left| tip(left, 50, 777, 10) >= tip(left + 1, 50, 777, 10)));
	}

	#[test]
	fn it_is_never_more_than_the_share() {
		for worth in [0, 1, 9, 10, 999, Balance::MAX] {
			for margin in [0, 1, 2, 50, BlockNumber::MAX] {
				assert!(tip(0, margin, worth, 10) <= worth / 10);
				assert_eq!(tip(0, margin, worth, 0), 0);
			}
		}
		assert_eq!(tip(0, 50, Balance::MAX, 10), Balance::MAX / 10);
	}
}
