//! What is done under one roster.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, Progress, Roster, RosterNumber, WindowIndex};

use super::{Session, KEEP};
use crate::round::{Phase, Round};

/// A round and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	pub round: Round,
	/// How far it had come when it was last looked at.
	pub phase: Phase,
	/// The block since which it has been there.
	pub since: BlockNumber,
	/// The block in which something was last submitted.
	pub tried: Option<BlockNumber>,
	/// The block in which the window was first seen to be decided.
	pub decided: Option<BlockNumber>,
}

impl Entry {
	/// A round that begins.
	pub fn new(round: Round, now: BlockNumber) -> Self {
		Self {
			phase: round.phase(),
			round,
			since: now,
			tried: None,
			decided: None,
		}
	}

	/// Whether its author still needs others' statements about it.
	pub fn is_done(&self) -> bool {
		self.decided.is_some() || self.phase == Phase::Null
	}

	/// Notes how far the round has come.
	pub fn look(&mut self, now: BlockNumber) {
		let phase = self.round.phase();
		if phase != self.phase {
			(self.phase, self.since) = (phase, now);
		}
	}
}

/// What is done under one roster.
///
/// It is remembered when another roster takes over: disputes under it may be open, and if the block in
/// which that happened is retracted, nothing may be said that contradicts what was said before.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Tenure {
	pub roster: Roster,
	/// The lowest window that was never opened.
	pub next: WindowIndex,
	/// For every member, the window below which it has done with all.
	pub below: Vec<WindowIndex>,
	pub rounds: BTreeMap<WindowIndex, Entry>,
	/// The block in which another roster was first seen to have taken over.
	pub left: Option<BlockNumber>,
}

impl Tenure {
	/// A tenure in which nothing has been done yet.
	pub fn new(roster: Roster) -> Self {
		Self {
			next: roster.since,
			below: vec![0; roster.members.len()],
			roster,
			rounds: BTreeMap::new(),
			left: None,
		}
	}

	/// Takes it up again. If a retracted block had given the number to another roster, windows that were
	/// opened under that one are passed over.
	pub fn resume(self, roster: Roster) -> Self {
		if self.roster == roster {
			return Self { left: None, ..self };
		}
		Self {
			next: self.next.max(roster.since),
			..Self::new(roster)
		}
	}

	/// The lowest window that is not done with.
	pub fn below(&self) -> WindowIndex {
		let mut open = self.rounds.iter().filter(|(_, entry)| !entry.is_done());
		open.next().map_or(self.next, |(window, _)| *window)
	}

	/// The lowest window that some other member than the one at `place` has not done with.
	pub fn others_below(&self, place: Option<usize>) -> WindowIndex {
		let others = self.below.iter().enumerate();
		let others = others.filter(|(other, _)| Some(*other) != place);
		others.map(|(_, below)| *below).min().unwrap_or(0)
	}

	/// The rounds whose windows are not decided.
	pub fn open(&self) -> impl Iterator<Item = (WindowIndex, &Entry)> {
		let all = self.rounds.iter();
		all.filter(|(_, entry)| entry.decided.is_none())
			.map(|(window, entry)| (*window, entry))
	}

	/// Notes which windows are decided.
	pub fn decide(&mut self, progress: &Progress, now: BlockNumber) {
		for (window, entry) in &mut self.rounds {
			entry.decided = match progress.is_decided(*window) {
				true => entry.decided.or(Some(now)),
				false => None,
			};
		}
	}

	/// Forgets the rounds that nobody needs any more, but none for which `is_kept`.
	pub fn forget(
		&mut self,
		others_below: WindowIndex,
		now: BlockNumber,
		is_kept: impl Fn(WindowIndex) -> bool,
	) {
		let since = self.left;
		self.rounds.retain(|window, entry| {
			let over = entry.decided.or(since);
			let recent = over.map_or_else(
				|| entry.phase != Phase::Null || *window >= others_below,
				|at| now < at.saturating_add(KEEP),
			);
			recent || is_kept(*window)
		});
	}
}

impl Session {
	/// Goes on under a roster.
	pub(super) fn enter(&mut self, roster: &Roster) {
		if self.tenure.roster == *roster {
			return;
		}
		let entered = Tenure::new(roster.clone());
		let mut left = core::mem::replace(&mut self.tenure, entered);
		left.left = Some(self.now);
		self.former.insert(left.roster.number, left);
		if let Some(known) = self.former.remove(&roster.number) {
			self.tenure = known.resume(roster.clone());
		}
		self.behind = None;
	}

	/// Forgets what nobody needs any more. What is in dispute is kept.
	pub(super) fn forget(&mut self) {
		let (now, cases) = (self.now, &self.cases);
		let kept = |window: WindowIndex, tenure: RosterNumber| {
			cases.get(&window).is_some_and(|case| case.roster == tenure)
		};
		let place = self.tenure.roster.place(self.intermediary);
		let others_below = self.tenure.others_below(place);
		let number = self.tenure.roster.number;
		self.tenure
			.forget(others_below, now, |window| kept(window, number));
		for (number, tenure) in &mut self.former {
			tenure.forget(0, now, |window| kept(window, *number));
		}
	}
}
