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
	waited: Option<Waited>,
	/// How often all were dropped, to be computed anew.
	renewals: u32,
}

/// How long results had waited when other things became known of the messages, so that all is computed anew.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Waited {
	/// The first window that had one.
	window: WindowIndex,
	/// Since when there was any.
	since: BlockNumber,
	/// The lowest window that was not computed.
	end: WindowIndex,
}

impl Ready {
	/// The lowest window that is not decided.
	pub fn first(&self) -> WindowIndex {
		self.first
	}

	/// How often all were dropped, to be computed anew.
	pub fn renewals(&self) -> u32 {
		self.renewals
	}

	/// Takes those below one out.
	pub fn lift(&mut self, end: WindowIndex) -> Vec<(Computed, BlockNumber)> {
		let count = usize::try_from(end.saturating_sub(self.first)).unwrap_or(usize::MAX);
		let count = count.min(self.windows.len());
		self.windows.drain(..count).collect()
	}

	/// Lays some back before those that are there, as far as none is lacking.
	pub fn lay_back(&mut self, windows: Vec<(Computed, BlockNumber)>) {
		let first = self.first;
		let rest = core::mem::take(&mut self.windows);
		let windows = windows.into_iter();
		let windows = windows.filter(|(computed, _)| computed.window >= first);
		let in_order = windows.chain(rest).zip(first..);
		self.windows = in_order
			.take_while(|((computed, _), window)| computed.window == *window)
			.map(|(dated, _)| dated)
			.collect();
	}

	/// Drops all.
	fn clear(&mut self) {
		self.windows.clear();
		self.renewals = self.renewals.wrapping_add(1);
	}

	/// The lowest window that was not computed.
	pub fn end(&self) -> WindowIndex {
		self.first.saturating_add(self.windows.len() as u64)
	}

	/// Drops the windows below one. If those from there on were dropped before, all are computed anew.
	pub fn begin(&mut self, first: WindowIndex) {
		if first < self.first || first > self.end() {
			self.clear();
			self.first = first;
		}
		while self.first < first {
			self.windows.pop_front();
			self.first = self.first.saturating_add(1);
		}
		self.waited = self.waited.take().filter(|waited| waited.window >= first);
	}

	/// Drops all windows, as other things are known of the messages. How long the first results have waited is not
	/// forgotten: else whoever owns a sensor, and has something become known of it again and again, could keep rounds
	/// from beginning.
	pub fn renew(&mut self) {
		let end = self.end();
		let first = self.first_result(self.first, end);
		let found = first.map(|(computed, since)| Waited {
			window: computed.window,
			since: *since,
			end,
		});
		self.clear();
		self.waited = match (self.waited.take(), found) {
			(Some(waited), Some(found)) => Some(Waited {
				window: found.window,
				since: waited.since.min(found.since),
				end: waited.end.max(found.end),
			}),
			(waited, found) => waited.or(found),
		};
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

	/// How far a round can go that begins with a window, if it has so many results and windows at most; and whether it
	/// can go no further, however long one waits.
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

	/// Since when the first window of some has been there that is not null; and since when it has waited, or others
	/// have, as they were before all was computed anew. That counts once as many windows are there as there were then,
	/// or no more come.
	pub fn waiting(
		&self,
		first: WindowIndex,
		end: WindowIndex,
		now: BlockNumber,
	) -> Option<(BlockNumber, BlockNumber)> {
		let (_, since) = *self.first_result(first, end)?;
		let waited = self.waited.as_ref();
		let waited =
			waited.filter(|waited| waited.window >= first && self.has_caught_up(waited.end, now));
		Some((
			since,
			waited.map_or(since, |waited| waited.since.min(since)),
		))
	}

	/// Whether all windows below one are there, or nothing has come in this block.
	fn has_caught_up(&self, end: WindowIndex, now: BlockNumber) -> bool {
		let last = self.windows.back();
		self.end() >= end || last.is_none_or(|(_, since)| *since < now)
	}

	/// The first window of some that is not null.
	fn first_result(
		&self,
		first: WindowIndex,
		end: WindowIndex,
	) -> Option<&(Computed, BlockNumber)> {
		let mut all = self.from(first, end);
		all.find(|(computed, _)| computed.result.is_some())
	}

	/// Since when the window before one has been there.
	pub fn since(&self, end: WindowIndex) -> Option<BlockNumber> {
		let place = end.checked_sub(self.first)?.checked_sub(1)?;
		let found = self.windows.get(usize::try_from(place).ok()?);
		found.map(|(_, since)| *since)
	}

	/// Those from one on, to another that is none of them, as far as they are there.
	pub fn from(
		&self,
		first: WindowIndex,
		end: WindowIndex,
	) -> impl Iterator<Item = &(Computed, BlockNumber)> {
		let skipped = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
		let all = self.windows.iter().skip(skipped);
		all.take_while(move |(computed, _)| computed.window < end)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Adds a window with a result.
	fn push(ready: &mut Ready, window: WindowIndex, now: BlockNumber) {
		let result = Some(1);
		let dead = Computed::dead(window);
		ready.push(Computed { result, ..dead }, now);
	}

	#[test]
	fn windows_that_are_laid_back_are_those_that_were_lifted() {
		let mut ready = Ready::default();
		ready.begin(5);
		(5..9).for_each(|window| push(&mut ready, window, 10));
		let before = ready.clone();
		let lifted = ready.lift(7);
		assert_eq!((lifted.len(), ready.windows.len()), (2, 2));
		ready.lay_back(lifted.clone());
		assert_eq!(ready, before);
		// Those that were decided meanwhile are not laid back.
		ready.begin(6);
		let rest = ready.lift(7);
		assert_eq!(rest.len(), 1);
		ready.lay_back(lifted.clone());
		assert_eq!(ready.end(), 9);
		// What comes after one that is lacking is lost.
		ready.lift(8);
		ready.lay_back(lifted);
		assert_eq!(ready.end(), 7);
		assert_eq!(ready.renewals(), before.renewals());
	}

	#[test]
	fn what_is_computed_anew_has_waited_since_it_was_there_first() {
		let mut ready = Ready::default();
		ready.begin(5);
		push(&mut ready, 5, 10);
		push(&mut ready, 6, 11);
		assert_eq!(ready.waiting(5, 7, 11), Some((10, 10)));
		for now in [20, 30] {
			ready.renew();
			assert_eq!(ready.waiting(5, 7, now), None);
			// More may come yet in this block.
			push(&mut ready, 5, now);
			assert_eq!(ready.waiting(5, 6, now), Some((now, now)));
			assert_eq!(ready.waiting(5, 6, now + 1), Some((now, 10)));
			push(&mut ready, 6, now + 1);
			assert_eq!(ready.waiting(5, 7, now + 1), Some((now, 10)));
		}
		// The next round waits for itself.
		ready.begin(6);
		assert_eq!(ready.waiting(6, 7, 40), Some((31, 31)));
	}
}
