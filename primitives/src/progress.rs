//! How far an agreement has come.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::WindowIndex;

/// Which windows of an agreement are decided. Rounds are decided in order, so that state can be carried from one to the
/// next: what is decided is all windows below the *base*.
#[derive(
	Clone,
	Copy,
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
pub struct Progress {
	/// The lowest window that is not decided: the first of the next round.
	pub base: WindowIndex,
	/// How many rounds were decided. Members take turns by it.
	pub rounds: u64,
}

impl Progress {
	/// Takes all windows below one for decided. Does nothing if they are.
	pub fn decide(&mut self, end: WindowIndex) {
		if end > self.base {
			self.base = end;
			self.rounds = self.rounds.saturating_add(1);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn it_never_goes_back() {
		let mut progress = Progress::default();
		for (end, base, rounds) in [
			(0, 0, 0),
			(3, 3, 1),
			(2, 3, 1),
			(3, 3, 1),
			(u64::MAX, u64::MAX, 2),
		] {
			progress.decide(end);
			assert_eq!((progress.base, progress.rounds), (base, rounds));
		}
	}
}
