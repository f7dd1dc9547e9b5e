//! The windows that were computed, apart from the rest of a session: they may be thousands, and are never changed. So
//! whoever stores sessions need not write all of them again whenever something else has changed.

use alloc::vec::Vec;
use core::ops::Range;
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::Session;
use crate::round::Computed;

/// A window that was computed, and the block since which it has been there.
pub type Dated = (Computed, BlockNumber);

impl Session {
	/// Which windows are computed and not decided. None of them changes before [`Session::renewals`] does.
	pub fn computed(&self) -> Range<WindowIndex> {
		self.ready.first()..self.ready.end()
	}

	/// How often all windows were dropped, and computed anew.
	pub fn renewals(&self) -> u32 {
		self.ready.renewals()
	}

	/// Those of some windows that are computed and not decided.
	pub fn shown(&self, windows: Range<WindowIndex>) -> Vec<Dated> {
		self.ready
			.from(windows.start, windows.end)
			.copied()
			.collect()
	}

	/// Takes the windows below one out. What is left is no session before they are laid back.
	pub fn lift(&mut self, end: WindowIndex) -> Vec<Dated> {
		self.ready.lift(end)
	}

	/// Lays windows back that were taken out, or are read from where they were stored. If one is lacking those after it
	/// are lost, and computed again.
	pub fn lay_back(&mut self, windows: Vec<Dated>) {
		self.ready.lay_back(windows);
	}
}
