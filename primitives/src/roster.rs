//! Who computes for an agreement at a time.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::{IntermediaryId, RoundTerms, WindowIndex, MAX_INTERMEDIARIES};

/// Tells apart the rosters of one agreement. The one of its terms is number zero.
pub type RosterNumber = u32;

/// The intermediaries that compute for an agreement, since the last time that a spare stepped in.
///
/// Everything they sign names the roster. So whoever goes on under a new one may, and must, commit anew to
/// windows that are still open, and cannot be blamed for it.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Roster {
	/// Its number.
	pub number: RosterNumber,
	/// The lowest window that was not decided when it was made: the first that it computes.
	pub since: WindowIndex,
	/// The members. A spare takes the place of the one it replaces, so that places belong to users for
	/// good: those of the first user come first, and so on, as in the terms.
	pub members: BoundedVec<IntermediaryId, ConstU32<MAX_INTERMEDIARIES>>,
}

impl Roster {
	/// The place of `intermediary` among the members.
	pub fn place(&self, intermediary: IntermediaryId) -> Option<usize> {
		self.members
			.iter()
			.position(|member| *member == intermediary)
	}

	/// The place of the member that leads the next round, after so many, by an agreement's terms.
	///
	/// A dispute, after which the roster has another number, hands the lead to the next one: a leader whose rounds
	/// cannot settle does not lead again at once, be it never proven wrong.
	pub fn leader<BlockNumber>(&self, terms: &RoundTerms<BlockNumber>, rounds: u64) -> u32 {
		let first = terms.leader.map_or(rounds, u64::from);
		let turn = first.wrapping_add(self.number.into());
		let members = self.members.len() as u64;
		turn.checked_rem(members).unwrap_or(0) as u32
	}
}
