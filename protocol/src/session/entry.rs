//! One round among those that are known.

use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, Outcomes};

use crate::round::{Phase, Round};

/// A round and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	/// The round, with what has been said in it.
	pub round: Round,
	/// How far it had come when it was last looked at, and in which attempt.
	phase: (u8, Phase),
	/// The block since which it has been there.
	pub since: BlockNumber,
	/// What it came to, once it is agreed.
	pub outcomes: Option<Outcomes>,
	/// The block in which something was last submitted.
	pub tried: Option<BlockNumber>,
	/// The block since which nothing more is to be said about it: it is decided, or everybody commits anew.
	pub closed: Option<BlockNumber>,
}

impl Entry {
	/// A round that begins.
	pub fn new(round: Round, now: BlockNumber) -> Self {
		Self {
			phase: (round.span().attempt, round.phase()),
			round,
			since: now,
			outcomes: None,
			tried: None,
			closed: None,
		}
	}

	/// Notes how far it has come.
	pub fn look(&mut self, now: BlockNumber) {
		let phase = (self.round.span().attempt, self.round.phase());
		if phase != self.phase {
			(self.phase, self.since, self.tried) = (phase, now, None);
		}
	}
}
