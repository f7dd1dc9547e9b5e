//! One round among those that are under way.

use codec::{Decode, Encode};
use syngraph_primitives::BlockNumber;

use crate::round::{Phase, Round};

/// A round and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	pub round: Round,
	/// How far it had come when it was last looked at.
	pub phase: Phase,
	/// The block since which it has been there.
	pub since: BlockNumber,
	/// The block in which something was last submitted.
	pub tried: Option<BlockNumber>,
	/// The block in which the window was first seen to be decided.
	pub decided: Option<BlockNumber>,
}

impl Entry {
	/// A round that begins.
	pub fn new(round: Round, now: BlockNumber) -> Self {
		Self {
			phase: round.phase(),
			round,
			since: now,
			tried: None,
			decided: None,
		}
	}

	/// Whether nothing more is needed about it. If it was frozen for what is known here, that may be needed
	/// again until no block that matters can be retracted.
	pub fn is_done(&self) -> bool {
		match self.phase {
			Phase::Null => true,
			Phase::Disputed => false,
			_ => self.decided.is_some(),
		}
	}

	/// Whether nothing comes of it, if all members are done with it: it is null, or it was opened anew when
	/// some did not know yet.
	pub fn is_void(&self, all_have_done: bool) -> bool {
		let waits = matches!(
			self.phase,
			Phase::Committing | Phase::Revealing | Phase::Null
		);
		all_have_done && waits
	}
}
