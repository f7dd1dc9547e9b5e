//! Signing jointly: when, and when not.
//!
//! All that could lead to a nonce being used twice is kept by whoever drives the session, in memory only. The session
//! asks for a contribution when it begins an attempt ([`Session::contributes`]), and for a share once all have
//! committed ([`Session::joining`]). Either may be missing: then this member signs singly.
//!
//! One member that withholds its shares, or spoils them, costs all others [`TURN`] blocks and their single signatures.
//! So after each time that it came to nothing members do without for a while, and for twice as long the next time.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_joint::SignatureShare;
use syngraph_primitives::Span;

use super::{Output, Session, TURN};
use crate::round::{Footing, Joining, Plan, Rejection};

/// For how many rounds at most nobody tries to sign jointly after it came to nothing: this power of two.
const MOST_CAUTION: u8 = 6;

/// The lowest number of an attempt that only a dispute begins, in which nobody signs jointly.
const DISPUTED: u8 = 2;

/// How often in a row a joint signature came to nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Caution {
	failures: u8,
	/// How many rounds are decided before it is tried again.
	until: u64,
}

impl Caution {
	/// Takes in that it came to nothing when so many rounds were decided.
	fn grow(&mut self, rounds: u64) {
		let more = 1u64.checked_shl(self.failures.into()).unwrap_or(u64::MAX);
		// The present round is not decided yet.
		self.until = rounds.saturating_add(1).saturating_add(more);
		self.failures = self.failures.saturating_add(1).min(MOST_CAUTION);
	}
}

impl Session {
	/// Whether this member is to contribute to a joint signature in an attempt that begins.
	pub fn contributes(&self, plan: &Plan) -> bool {
		let round = plan.span.round;
		let disputed = self.case.as_ref().is_some_and(|case| case.round == round);
		let tries = self.progress.rounds >= self.caution.until;
		tries && !disputed && plan.span.attempt < DISPUTED
	}

	/// The joint signature to which this member is to add its share, if there is one: see
	/// [`Input::Share`](super::Input).
	pub fn joining(&self) -> Option<Joining> {
		let mut open = self.open();
		let found = open.find_map(|entry| entry.round.joining());
		found.filter(|_| !self.is_listening())
	}

	/// Whether an attempt is the present one of a round that is open.
	pub fn is_open(&self, span: &Span) -> bool {
		self.open().any(|entry| entry.round.span() == *span)
	}

	/// Whether it was heard since this was last asked that this intermediary said what its state does not know of. It
	/// may have been lost; but somebody else may be at work, too, who has all that this machine has in memory.
	pub fn take_estrangement(&mut self) -> bool {
		core::mem::take(&mut self.estranged)
	}

	pub(super) fn on_share(&mut self, span: &Span, share: Option<SignatureShare>) {
		if let Some(entry) = self.rounds.get_mut(&span.round) {
			entry.round.take_share(span, share);
		}
	}

	/// Decides how to assent in the rounds about which something is to be said. A share is taken for missing only once
	/// all that peers have published is taken in, which `caught_up` says: on a machine that is busy, or to which
	/// several blocks have come at once, shares may have been there for long.
	pub(super) fn take_stances(&mut self, caught_up: bool, outputs: &mut Vec<Output>) {
		let (now, key) = (self.now, self.joint);
		let disputed = self.case.as_ref().map(|case| case.round);
		let rounds = self.progress.rounds;
		for (id, entry) in &mut self.rounds {
			if entry.closed.is_some() {
				continue;
			}
			let footing = Footing {
				key,
				late: caught_up && now >= entry.since.saturating_add(TURN),
				disputed: disputed == Some(*id),
			};
			let (hoped, agreed) = (entry.round.hopes(), entry.round.is_agreed());
			let spoilt = entry.round.take_stance(&footing);
			let rejected = |place: usize| Output::Rejected(*id, place, Rejection::BadShare);
			outputs.extend(spoilt.map(rejected));
			match (hoped, entry.round.hopes()) {
				(true, false) if !footing.disputed => self.caution.grow(rounds),
				(true, true) if !agreed && entry.round.is_agreed() => {
					self.caution = Caution::default();
				},
				_ => (),
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn it_is_tried_ever_more_rarely_and_not_never() {
		let mut caution = Caution::default();
		let mut rounds = 100;
		let pauses = (0..9).map(|_| {
			caution.grow(rounds);
			let pause = caution.until - rounds - 1;
			rounds = caution.until;
			pause
		});
		assert_eq!(pauses.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 64, 64]);
	}
}
