//! The windows that were computed and are not decided yet.
//!
//! Null windows wait for one that is not: there may be thousands of them. From some number on they are only counted, as long as
//! all are null and nobody needs them, and computed anew once somebody does.

use alloc::{collections::VecDeque, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex, MAX_SPAN};

use crate::round::Computed;

/// How many windows are kept at most if all are null and nobody needs them.
const FEW: usize = 256;

/// Successive windows, and since when each of them has been there.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ready {
	first: WindowIndex,
	windows: VecDeque<(Computed, BlockNumber)>,
	/// Those that are only counted. Then there are no others.
	counted: Option<Counted>,
	/// Whether all are kept.
	keeps: bool,
	waited: Option<Waited>,
}

/// Null windows that are not kept.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Counted {
	/// How many there are.
	count: u64,
	/// Since when the last of them has been there.
	since: BlockNumber,
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
	/// The lowest window that was not computed.
	pub fn end(&self) -> WindowIndex {
		let counted = self.counted.as_ref().map_or(0, |counted| counted.count);
		self.kept_end().saturating_add(counted)
	}

	/// The lowest window that is not kept.
	fn kept_end(&self) -> WindowIndex {
		self.first.saturating_add(self.windows.len() as u64)
	}

	/// Whether all windows are kept.
	pub fn keeps(&self) -> bool {
		self.keeps
	}

	/// Keeps all windows, until some are decided or all are computed anew for another reason. Those that were only counted have to
	/// be computed again.
	pub fn keep(&mut self) {
		self.keeps = true;
		self.counted = None;
	}

	/// Drops the windows below one. If those from there on were dropped before, all are computed anew.
	pub fn begin(&mut self, first: WindowIndex) {
		if first == self.first {
			return;
		}
		if first < self.first || first > self.end() {
			self.drop_all();
		}
		let decided = first.saturating_sub(self.first);
		let dropped = usize::try_from(decided).unwrap_or(usize::MAX);
		self.windows.drain(..dropped.min(self.windows.len()));
		let counted = self.counted.take().map(|counted| Counted {
			count: counted.count.saturating_sub(decided),
			..counted
		});
		self.counted = counted.filter(|counted| counted.count > 0);
		self.waited = self.waited.take().filter(|waited| waited.window >= first);
		(self.first, self.keeps) = (first, false);
	}

	fn drop_all(&mut self) {
		self.windows.clear();
		(self.counted, self.keeps) = (None, false);
	}

	/// Drops all windows, as other things are known of the messages. How long the first results have waited is not forgotten: else
	/// whoever owns a sensor, and has something become known of it again and again, could keep rounds from beginning.
	pub fn renew(&mut self) {
		let end = self.end();
		let first = self.first_result(self.first, end);
		let found = first.map(|(computed, since)| Waited {
			window: computed.window,
			since: *since,
			end,
		});
		self.drop_all();
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
		if computed.window != self.end() {
			return;
		}
		match &mut self.counted {
			Some(counted) if computed.result.is_none() => {
				(counted.count, counted.since) = (counted.count.saturating_add(1), now);
			},
			Some(_) => self.keep(),
			None => self.windows.push_back((computed, now)),
		}
		self.count_nulls(now);
	}

	/// Only counts what is there, if all of it is null, and more than a few windows.
	fn count_nulls(&mut self, now: BlockNumber) {
		let few = self.keeps || self.windows.len() < FEW;
		if few || self.first_result(self.first, self.end()).is_some() {
			return;
		}
		self.counted = Some(Counted {
			count: self.windows.len() as u64,
			since: now,
		});
		self.windows = VecDeque::new();
	}

	/// Whether those from one on are kept, to another that is none of them.
	pub fn has(&self, first: WindowIndex, end: WindowIndex) -> bool {
		self.first <= first && end <= self.kept_end()
	}

	/// How many of those from one on, to another that is none of them, are there and are not null.
	pub fn results(&self, first: WindowIndex, end: WindowIndex) -> usize {
		let all = self.from(first, end);
		all.filter(|(computed, _)| computed.result.is_some())
			.count()
	}

	/// Those from one on, to another that is none of them. None if one of them is not kept.
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

	/// Since when the first window of some has been there that is not null; and since when it has waited, or others have, as they
	/// were before all was computed anew. That counts once as many windows are there as there were then, or no more come.
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
		if let Some(counted) = &self.counted {
			return (end == self.end()).then_some(counted.since);
		}
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

	#[test]
	fn null_windows_that_wait_are_counted() {
		let mut ready = Ready::default();
		let all = FEW as u64 + 10;
		let nulls = |ready: &mut Ready, now| {
			(ready.end()..all).for_each(|window| ready.push(Computed::dead(window), now));
		};
		nulls(&mut ready, 7);
		assert_eq!(ready.end(), all);
		assert!(ready.encoded_size() < 100 && !ready.has(0, 1));
		assert_eq!(ready.reach(0, 5, all as u32), (all, true));
		assert_eq!((ready.since(all), ready.since(all - 1)), (Some(7), None));
		ready.begin(4);
		assert_eq!(ready.end(), all);
		// As soon as one has a result, all are kept.
		push(&mut ready, all, 8);
		assert_eq!(ready.end(), 4);
		nulls(&mut ready, 9);
		push(&mut ready, all, 9);
		assert!(ready.has(4, all + 1));
		assert_eq!(ready.waiting(4, all + 1, 9), Some((9, 9)));
	}

	#[test]
	fn null_windows_that_somebody_needs_are_kept() {
		let mut ready = Ready::default();
		ready.keep();
		let all = FEW as u64 + 10;
		(0..all).for_each(|window| ready.push(Computed::dead(window), 7));
		assert!(ready.has(0, all));
		// What is left of them when some are decided is not needed.
		ready.begin(4);
		ready.push(Computed::dead(all), 8);
		assert!(ready.end() == all + 1 && !ready.has(4, 5));
	}
}
