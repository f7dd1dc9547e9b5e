//! The windows that were computed and are not decided yet.

use alloc::{collections::VecDeque, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex, MAX_SPAN};

use crate::round::Computed;

/// Successive windows, and since when each of them has been there.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ready {
	first: WindowIndex,
	windows: VecDeque<(Computed, BlockNumber)>,
}

impl Ready {
	/// The lowest window that was not computed.
	pub fn end(&self) -> WindowIndex {
		self.first.saturating_add(self.windows.len() as u64)
	}

	/// Drops the windows below one. If those from there on were dropped before, all are computed anew.
	pub fn begin(&mut self, first: WindowIndex) {
		if first < self.first || first > self.end() {
			self.windows.clear();
			self.first = first;
		}
		while self.first < first {
			self.windows.pop_front();
			self.first = self.first.saturating_add(1);
		}
	}

	/// Adds the next window.
	pub fn push(&mut self, computed: Computed, now: BlockNumber) {
		if computed.window == self.end() {
			self.windows.push_back((computed, now));
		}
	}

	/// Whether those from one on are there, to another that is none of them.
	pub fn has(&self, first: WindowIndex, end: WindowIndex) -> bool {
		self.first <= first && end <= self.end()
	}

	/// How many of those from one on, to another that is none of them, are there and are not null.
	pub fn results(&self, first: WindowIndex, end: WindowIndex) -> usize {
		let all = self.from(first, end);
		all.filter(|(computed, _)| computed.result.is_some())
			.count()
	}

	/// Those from one on, to another that is none of them. None if one of them is not there.
	pub fn windows(&self, first: WindowIndex, end: WindowIndex) -> Option<Vec<Computed>> {
		self.has(first, end).then(|| {
			self.from(first, end)
				.map(|(computed, _)| *computed)
				.collect()
		})
	}

	/// How far a round can go that begins with a window, if it has so many results and windows at most; and whether it can
	/// go no further, however long one waits.
	pub fn reach(&self, first: WindowIndex, results: u32, windows: u32) -> (WindowIndex, bool) {
		let longest = first.saturating_add(windows.clamp(1, MAX_SPAN).into());
		let mut left = results;
		for (computed, _) in self.from(first, longest) {
			if computed.result.is_some() {
				left = left.saturating_sub(1);
				if left == 0 {
					return (computed.window.saturating_add(1), true);
				}
			}
		}
		let end = self.end().clamp(first, longest);
		(end, end == longest)
	}

	/// Since when the first window of some has been there that is not null.
	pub fn waiting(&self, first: WindowIndex, end: WindowIndex) -> Option<BlockNumber> {
		let mut all = self.from(first, end);
		let found = all.find(|(computed, _)| computed.result.is_some());
		found.map(|(_, since)| *since)
	}

	/// Since when the window before one has been there.
	pub fn since(&self, end: WindowIndex) -> Option<BlockNumber> {
		let place = end.checked_sub(self.first)?.checked_sub(1)?;
		let found = self.windows.get(usize::try_from(place).ok()?);
		found.map(|(_, since)| *since)
	}

	fn from(
		&self,
		first: WindowIndex,
		end: WindowIndex,
	) -> impl Iterator<Item = &(Computed, BlockNumber)> {
		let skipped = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
		let all = self.windows.iter().skip(skipped);
		all.take_while(move |(computed, _)| computed.window < end)
	}
}
