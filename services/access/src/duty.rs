//! What there is to do about a channel.

use syngraph_primitives::BlockNumber;

use crate::{decision, Channel, Entry, Seen};

/// What there is to do about a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duty {
	/// Nothing for now.
	Wait,
	/// Redeem its receipt: the payer changes, and this one's will not count any more.
	Redeem,
	/// Close it: it expires, or its depositor has asked to.
	Close,
	/// Forget it: it is closed for good.
	Forget,
}

impl Duty {
	/// What there is to do about a channel with a receipt, `margin` blocks before it stops counting, or at once
	/// if its depositor has `asked` to close.
	pub fn of(entry: &Entry, seen: &Seen, margin: BlockNumber, asked: bool) -> Self {
		let Some(best) = &seen.best else {
			let gone = seen.finalized.is_none() && seen.heads.finalized >= entry.seen;
			return if gone { Self::Forget } else { Self::Wait };
		};
		let Some(state) = seen.safe_state() else {
			return Self::Wait;
		};
		let now = seen.heads.best;
		let is_near = |deadline: BlockNumber| deadline <= now.saturating_add(margin);
		if !is_owed(entry, best) || now >= state.expires {
			Self::Wait
		} else if asked || decision::is_closing(&state, Some(entry)) || is_near(state.expires) {
			Self::Close
		} else if state.changes.is_some_and(is_near) {
			Self::Redeem
		} else {
			Self::Wait
		}
	}
}

/// Whether a channel owes more than was paid.
fn is_owed(entry: &Entry, channel: &Channel) -> bool {
	entry.receipt.receipt.amount > channel.paid
}
