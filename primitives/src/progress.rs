//! Which windows of an agreement are decided.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::WindowIndex;

/// How many windows, counted from the lowest that is not decided, are within reach: no other can be worked
/// on, settled or disputed.
pub const PROGRESS_REACH: u64 = 128;

/// Which windows of an agreement are decided: settled, frozen, or passed over because all members declared
/// that nothing is to settle. Nothing is decided twice.
///
/// Windows may be decided out of order, but only within reach of the *base*, the lowest window that is not
/// decided. So whatever one member says about windows that nobody can have reached means nothing, and
/// whoever begins anew knows where: at the base.
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
	/// The lowest window that is not decided.
	base: WindowIndex,
	/// Bit `i` tells whether window `base + i` is decided. Bit zero never is.
	decided: u128,
}

/// Why a window cannot be decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgressError {
	/// It is decided already.
	Decided,
	/// It lies beyond reach.
	TooFarAhead,
}

impl Progress {
	/// The lowest window that is not decided.
	pub fn base(&self) -> WindowIndex {
		self.base
	}

	/// The lowest window that is beyond reach.
	pub fn end(&self) -> WindowIndex {
		self.base.saturating_add(PROGRESS_REACH)
	}

	/// Whether a window is settled, frozen or passed over.
	pub fn is_decided(&self, window: WindowIndex) -> bool {
		self.check(window) == Err(ProgressError::Decided)
	}

	/// Whether a window can be decided.
	pub fn check(&self, window: WindowIndex) -> Result<(), ProgressError> {
		let offset = window
			.checked_sub(self.base)
			.ok_or(ProgressError::Decided)?;
		let bit = Self::bit(offset).ok_or(ProgressError::TooFarAhead)?;
		match self.decided & bit {
			0 => Ok(()),
			_ => Err(ProgressError::Decided),
		}
	}

	/// Takes a window for decided.
	pub fn decide(&mut self, window: WindowIndex) -> Result<(), ProgressError> {
		self.check(window)?;
		let bit = Self::bit(window.saturating_sub(self.base));
		self.decided |= bit.unwrap_or(0);
		self.advance(self.decided.trailing_ones());
		Ok(())
	}

	/// Takes all windows below one for decided. Does nothing if they are, and fails if the window lies
	/// beyond reach.
	pub fn pass(&mut self, below: WindowIndex) -> Result<(), ProgressError> {
		let by = below.saturating_sub(self.base);
		if by > PROGRESS_REACH {
			return Err(ProgressError::TooFarAhead);
		}
		self.advance(u32::try_from(by).unwrap_or(u32::MAX));
		self.advance(self.decided.trailing_ones());
		Ok(())
	}

	/// Moves the base up.
	fn advance(&mut self, by: u32) {
		self.decided = self.decided.checked_shr(by).unwrap_or(0);
		self.base = self.base.saturating_add(by.into());
	}

	/// The bit that stands for the window so far from the base, if it is within reach.
	fn bit(offset: u64) -> Option<u128> {
		1u128.checked_shl(u32::try_from(offset).ok()?)
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
		for window in [3, 127, 2] {
			assert_eq!(progress.decide(window), Ok(()));
			assert_eq!(progress.decide(window), Err(ProgressError::Decided));
		}
		assert_eq!(progress.base(), 0);
		assert!(!progress.is_decided(1));
	}

	#[test]
	fn the_base_is_the_lowest_window_that_is_not_decided() {
		let mut progress = Progress::default();
		for (window, base) in [(1, 0), (2, 0), (0, 3), (4, 3), (3, 5)] {
			progress.decide(window).unwrap();
			assert_eq!(progress.base(), base);
		}
	}

	#[test]
	fn nothing_beyond_reach_is_decided() {
		let mut progress = Progress::default();
		assert_eq!(progress.check(127), Ok(()));
		for window in [128, u64::MAX] {
			assert_eq!(progress.decide(window), Err(ProgressError::TooFarAhead));
			assert!(!progress.is_decided(window));
		}
		progress.decide(0).unwrap();
		assert_eq!(progress.check(128), Ok(()));
	}

	#[test]
	fn what_is_passed_over_is_decided() {
		let mut progress = Progress::default();
		progress.decide(5).unwrap();
		progress.pass(5).unwrap();
		assert_eq!(progress.base(), 6);
		progress.pass(3).unwrap();
		assert_eq!(progress.base(), 6);
		assert_eq!(progress.pass(135), Err(ProgressError::TooFarAhead));
		progress.pass(134).unwrap();
		assert_eq!(progress.base(), 134);
	}

	#[test]
	fn the_last_window_is_no_exception() {
		let mut progress = Progress {
			base: u64::MAX,
			decided: 0,
		};
		assert_eq!(progress.check(u64::MAX), Ok(()));
		assert_eq!(progress.decide(u64::MAX), Ok(()));
		assert_eq!(progress.base(), u64::MAX);
	}

	proptest! {
		/// Against a model that remembers everything.
		#[test]
		fn it_forgets_nothing_that_matters(
			steps in prop::collection::vec((any::<bool>(), 0u64..400), 0..200),
		) {
			let mut progress = Progress::default();
			let mut decided = BTreeSet::new();
			for (pass, window) in steps {
				let (base, end) = (progress.base(), progress.end());
				match pass {
					true => {
						prop_assert_eq!(progress.pass(window).is_ok(), window <= end);
						if window <= end {
							decided.extend(0..window);
						}
					},
					false => {
						let possible = window >= base && window < end && !decided.contains(&window);
						prop_assert_eq!(progress.decide(window).is_ok(), possible);
						if possible {
							decided.insert(window);
						}
					},
				}
				let lowest = (0..).find(|window| !decided.contains(window));
				prop_assert_eq!(Some(progress.base()), lowest);
				for window in 0..600 {
					prop_assert_eq!(progress.is_decided(window), decided.contains(&window));
				}
			}
		}
	}
}
