//! Which windows of an agreement are decided.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::WindowIndex;

/// How many windows, counted from the base, are remembered one by one.
pub const PROGRESS_REACH: u64 = 64;
/// How many windows further ahead can be frozen at a time.
pub const MAX_FROZEN_AHEAD: u32 = 16;

/// Which windows of an agreement are decided, that is settled or frozen. Nothing is decided twice.
///
/// Windows may be decided out of order, and windows with a null result are never decided at all. So
/// the last [`PROGRESS_REACH`] windows are remembered one by one, and all windows before them, below the
/// *base*, count as too old. Only a settlement moves the base, since it takes everybody's signature: one
/// liar is enough to freeze a window, and must not be able to put all others out of reach by freezing
/// one far ahead.
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
pub struct Progress {
	/// The lowest window that is not too old.
	base: WindowIndex,
	/// Bit `i` tells whether window `base + i` is decided.
	near: u64,
	/// The frozen windows that lie further ahead.
	ahead: BoundedVec<WindowIndex, ConstU32<MAX_FROZEN_AHEAD>>,
}

/// Why a window cannot be decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgressError {
	/// It lies below the base.
	TooOld,
	/// It is decided already.
	Decided,
	/// It lies ahead of all windows that are remembered, where too many are frozen.
	TooFarAhead,
}

impl Progress {
	/// The lowest window that is not too old to be decided.
	pub fn base(&self) -> WindowIndex {
		self.base
	}

	/// Whether a window is settled, frozen or too old, so that it cannot be settled.
	pub fn is_decided(&self, window: WindowIndex) -> bool {
		self.check(window).is_err()
	}

	/// Whether a window can be settled.
	pub fn check(&self, window: WindowIndex) -> Result<(), ProgressError> {
		let offset = window.checked_sub(self.base).ok_or(ProgressError::TooOld)?;
		let decided = match Self::bit(offset) {
			Some(bit) => self.near & bit != 0,
			None => self.ahead.contains(&window),
		};
		if decided {
			return Err(ProgressError::Decided);
		}
		Ok(())
	}

	/// Whether a window can be frozen.
	pub fn check_freeze(&self, window: WindowIndex) -> Result<(), ProgressError> {
		self.check(window)?;
		if self.ahead.is_full() && Self::bit(window.saturating_sub(self.base)).is_none() {
			return Err(ProgressError::TooFarAhead);
		}
		Ok(())
	}

	/// Takes a window for settled, and moves the base if the window lies too far ahead of it.
	pub fn decide(&mut self, window: WindowIndex) -> Result<(), ProgressError> {
		self.check(window)?;
		let lowest = window.saturating_sub(PROGRESS_REACH.saturating_sub(1));
		if lowest > self.base {
			self.advance(lowest);
		}
		self.mark(window);
		Ok(())
	}

	/// Takes a window for frozen. Never moves the base.
	pub fn freeze(&mut self, window: WindowIndex) -> Result<(), ProgressError> {
		self.check_freeze(window)?;
		self.mark(window);
		Ok(())
	}

	/// Moves the base up.
	fn advance(&mut self, base: WindowIndex) {
		let by = u32::try_from(base.saturating_sub(self.base)).unwrap_or(u32::MAX);
		self.near = self.near.checked_shr(by).unwrap_or(0);
		self.base = base;
		for window in core::mem::take(&mut self.ahead) {
			if window >= base {
				self.mark(window);
			}
		}
	}

	/// Remembers that a window is decided. If it lies ahead, there must be room for it.
	fn mark(&mut self, window: WindowIndex) {
		match Self::bit(window.saturating_sub(self.base)) {
			Some(bit) => self.near |= bit,
			None => self.ahead.force_push(window),
		}
	}

	/// The bit that stands for the window so far from the base, if it is within reach.
	fn bit(offset: u64) -> Option<u64> {
		1u64.checked_shl(u32::try_from(offset).ok()?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::collections::BTreeSet;
	use proptest::prelude::*;

	#[test]
	fn windows_are_decided_once_in_any_order() {
		let mut progress = Progress::default();
		for window in [3, 0, 63, 2] {
			assert_eq!(progress.decide(window), Ok(()));
			assert_eq!(progress.decide(window), Err(ProgressError::Decided));
			assert_eq!(progress.freeze(window), Err(ProgressError::Decided));
		}
		assert_eq!(progress.base(), 0);
		assert!(!progress.is_decided(1));
	}

	#[test]
	fn a_settlement_out_of_reach_moves_the_base() {
		let mut progress = Progress::default();
		progress.decide(5).unwrap();
		progress.decide(66).unwrap();
		assert_eq!(progress.base(), 3);
		assert_eq!(progress.check(2), Err(ProgressError::TooOld));
		assert_eq!(progress.check(5), Err(ProgressError::Decided));
		assert_eq!(progress.check(4), Ok(()));
		progress.decide(u64::MAX).unwrap();
		assert_eq!(progress.base(), u64::MAX - 63);
		assert!(progress.is_decided(66));
		assert!(!progress.is_decided(u64::MAX - 1));
	}

	#[test]
	fn a_freeze_puts_no_window_out_of_reach() {
		let mut progress = Progress::default();
		progress.freeze(u64::MAX).unwrap();
		assert_eq!(progress.base(), 0);
		assert_eq!(progress.check(u64::MAX), Err(ProgressError::Decided));
		assert_eq!(progress.decide(0), Ok(()));
	}

	#[test]
	fn a_frozen_window_ahead_stays_decided_when_it_comes_within_reach() {
		let mut progress = Progress::default();
		for window in [70, 100, 1_000] {
			progress.freeze(window).unwrap();
		}
		progress.decide(140).unwrap();
		assert_eq!(progress.base(), 77);
		assert_eq!(progress.check(70), Err(ProgressError::TooOld));
		assert_eq!(progress.check(100), Err(ProgressError::Decided));
		assert_eq!(progress.check(101), Ok(()));
		assert_eq!(progress.check(1_000), Err(ProgressError::Decided));
	}

	#[test]
	fn only_so_many_windows_ahead_can_be_frozen() {
		let mut progress = Progress::default();
		for i in 0..u64::from(MAX_FROZEN_AHEAD) {
			progress.freeze(PROGRESS_REACH + i).unwrap();
		}
		assert_eq!(progress.freeze(1_000), Err(ProgressError::TooFarAhead));
		assert_eq!(progress.freeze(1), Ok(()));
		assert_eq!(progress.decide(1_000), Ok(()));
		assert_eq!(progress.freeze(2_000), Ok(()));
	}

	proptest! {
		/// Against a model that remembers everything.
		#[test]
		fn it_forgets_only_what_lies_below_the_base(
			steps in prop::collection::vec((any::<bool>(), 0u64..400), 0..200),
		) {
			let mut progress = Progress::default();
			let mut decided = BTreeSet::new();
			for (settle, window) in steps {
				let before = progress.base();
				let accepted = match settle {
					true => progress.decide(window),
					false => progress.freeze(window),
				};
				prop_assert!(accepted.is_err() || (window >= before && decided.insert(window)));
				let moved_to = match settle && accepted.is_ok() {
					true => before.max(window.saturating_sub(PROGRESS_REACH - 1)),
					false => before,
				};
				prop_assert_eq!(progress.base(), moved_to);
				for window in 0..400 {
					let expected = window < progress.base() || decided.contains(&window);
					prop_assert_eq!(progress.is_decided(window), expected);
				}
			}
		}
	}
}
