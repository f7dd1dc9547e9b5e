//! What the chain remembers of a round.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;

use crate::{Outcomes, ResultValue, WindowIndex};

/// A round that the chain accepted.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SettledRound<BlockNumber> {
	/// Its first window.
	pub first: WindowIndex,
	/// What its windows came to, in order.
	pub outcomes: Outcomes,
	/// The root over the roots of the windows that the members signed, by which a message can be shown to belong to one
	/// of them.
	pub data_root: H256,
	/// How many windows that root is over: more than settled, if the escrows covered the front only.
	pub signed: u32,
	/// The hash of the proof of computation. Zero if there is none, since it settled by a [`Ruling`].
	pub proof: H256,
	/// The block in which it settled.
	pub at: BlockNumber,
}

impl<BlockNumber> SettledRound<BlockNumber> {
	/// The first window after it.
	pub fn end(&self) -> WindowIndex {
		self.first.saturating_add(self.outcomes.len().into())
	}

	/// The place of a window in it.
	pub fn place(&self, window: WindowIndex) -> Option<u32> {
		let place = u32::try_from(window.checked_sub(self.first)?).ok()?;
		(place < self.outcomes.len()).then_some(place)
	}
}

/// What the chain itself computed of a window in a dispute, where the terms have that settle: a member was proven wrong
/// by it for which there is no spare, see [`OnFailure::Judge`](crate::OnFailure::Judge).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ruling {
	/// What the window comes to.
	pub outcome: Option<ResultValue>,
	/// The root over the root of the window alone, by which a message can be shown to belong to it.
	pub data_root: H256,
}

impl Ruling {
	/// The round of this window alone.
	pub fn settled<BlockNumber>(
		&self,
		window: WindowIndex,
		at: BlockNumber,
	) -> SettledRound<BlockNumber> {
		SettledRound {
			first: window,
			outcomes: Outcomes::new([self.outcome]).unwrap_or_default(),
			data_root: self.data_root,
			signed: 1,
			proof: H256::zero(),
			at,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_ruling_is_a_round_of_one_window() {
		for outcome in [None, Some(-7)] {
			let data_root = H256::repeat_byte(3);
			let settled = Ruling { outcome, data_root }.settled(5, 9u32);
			assert_eq!((settled.first, settled.end(), settled.signed), (5, 6, 1));
			assert_eq!(settled.outcomes.at(0), Some(outcome));
			assert!(settled.proof.is_zero());
		}
	}
}
