//! What the chain remembers of a round.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;

use crate::{Outcomes, WindowIndex};

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
	/// The hash of the proof of computation.
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
