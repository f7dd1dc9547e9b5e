//! When others are silent for too long.
//!
//! Nobody can tell a member that is slow from one that is silent but by what it says. So one that visibly
//! makes progress, about whichever window, is waited for: up to [`PATIENCE_FACTOR`] times as long as the terms give
//! it to answer, from when its window is the lowest one that anybody waits for.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{entry::Entry, Output, Session, RETRY};
use crate::{round::Phase, wire::Bundle};

/// How many times as long as one that stands still a member that makes progress is waited for.
pub const PATIENCE_FACTOR: BlockNumber = 4;

/// How far a member had come when it was last seen to make progress.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Pace {
	next: WindowIndex,
	below: WindowIndex,
	/// The block in which that was.
	at: BlockNumber,
}

/// The lowest window that waits for others.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Front {
	window: WindowIndex,
	/// The block since which it is the lowest.
	since: BlockNumber,
}

impl Session {
	/// Takes in how far the member at `place` has come. `news` tells whether it said something new about a
	/// window.
	pub(super) fn follow(&mut self, place: usize, bundle: &Bundle, news: bool) {
		// Nobody gets any further than that.
		let end = self.progress.end();
		let next = bundle.past.next.min(end);
		let below = bundle.below().unwrap_or(0).min(end);
		let now = self.now;
		let Some(pace) = self.epoch.paces.get_mut(place) else {
			return;
		};
		let known = pace.as_ref();
		let (seen_next, seen_below) = known.map_or((0, 0), |pace| (pace.next, pace.below));
		if news || known.is_none() || next > seen_next || below > seen_below {
			*pace = Some(Pace {
				next: next.max(seen_next),
				below: below.max(seen_below),
				at: now,
			});
		}
	}

	/// Notes which window is the lowest that waits for others.
	pub(super) fn watch(&mut self) {
		let lowest = self
			.open()
			.find(|(window, entry)| self.silent(*window, entry).next().is_some());
		let lowest = lowest.map(|(window, _)| window);
		let since = self.now;
		match (lowest, &self.front) {
			(Some(window), Some(front)) if front.window == window => (),
			_ => self.front = lowest.map(|window| Front { window, since }),
		}
	}

	/// Complains about the lowest window for which others have been silent for too long; also about a null
	/// one that others do not declare themselves done with. Members take turns, and there is one dispute about
	/// an agreement at a time.
	pub(super) fn complain(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let tried = self.complained.map(|at| at.saturating_add(RETRY));
		let early = self.is_listening() || tried.is_some_and(|at| self.now < at);
		if early || self.case.is_some() {
			return;
		}
		let found = self.open().find_map(|(window, entry)| {
			let due = self.due(window, entry)?;
			(self.now > due).then_some((window, due))
		});
		let Some((window, due)) = found else { return };
		let urgent = self.now > due.saturating_add(self.answer / 2);
		if urgent || self.has_turn(window, place, self.epoch.roster.members.len()) {
			self.complained = Some(self.now);
			outputs.push(Output::Complain(window));
		}
	}

	/// The last block in which those that a round waits for are not complained of. None if it waits for nobody.
	fn due(&self, window: WindowIndex, entry: &Entry) -> Option<BlockNumber> {
		let paces = &self.epoch.paces;
		let moved = |place: usize| paces.get(place)?.as_ref().map(|pace| pace.at);
		let still = self
			.silent(window, entry)
			.map(|place| entry.since.max(moved(place).unwrap_or(0)))
			.min()?;
		let due = still.saturating_add(self.answer);
		let front = self.front.as_ref().filter(|front| front.window == window);
		let limit = front.map(|front| {
			let since = front.since.max(entry.since);
			since.saturating_add(self.answer.saturating_mul(PATIENCE_FACTOR))
		});
		Some(limit.map_or(due, |limit| limit.min(due)))
	}

	/// The places of those that a round waits for.
	fn silent<'a>(
		&'a self,
		window: WindowIndex,
		entry: &'a Entry,
	) -> impl Iterator<Item = usize> + 'a {
		let own = self.place();
		let others = (0..self.epoch.done.len()).filter(move |place| Some(*place) != own);
		// Nobody can be late with a declaration that this intermediary has not made itself.
		let own_done = self.versions.is_over(window, self.epoch.stand());
		let null = entry.phase == Phase::Null && own_done;
		others.filter(move |place| match null {
			true => !self.versions.is_over(window, self.epoch.stand_of(*place)),
			false => entry.round.waits_for(*place),
		})
	}
}
