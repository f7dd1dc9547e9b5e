//! What is done under one roster.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, Progress, Roster, RosterNumber, SignedDone, WindowIndex};

use super::{Session, KEEP};
use crate::{
	round::{Phase, Round},
	wire::Said,
};

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

	/// Whether nothing more is needed about it. If it was frozen for what is known here, that may be needed
	/// again until no block that matters can be retracted.
	pub fn is_done(&self) -> bool {
		match self.phase {
			Phase::Null => true,
			Phase::Disputed => false,
			_ => self.decided.is_some(),
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
	/// The lowest window with which this intermediary has not declared itself done. What is declared is
	/// not taken back.
	pub declared: WindowIndex,
	/// What every other member declared last, by place.
	pub done: Vec<Option<SignedDone>>,
	pub rounds: BTreeMap<WindowIndex, Entry>,
	/// The block in which another roster was first seen to have taken over.
	pub left: Option<BlockNumber>,
}

impl Tenure {
	/// A tenure in which nothing has been done yet.
	pub fn new(roster: Roster) -> Self {
		Self {
			next: roster.since,
			declared: 0,
			done: vec![None; roster.members.len()],
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

	/// Notes how far the rounds have come.
	pub fn look(&mut self, now: BlockNumber) {
		let declared = self.declared;
		for (window, entry) in &mut self.rounds {
			let phase = entry.round.phase();
			// Nobody can be late with a declaration that this intermediary has not made itself.
			let held = phase == Phase::Null && *window >= declared;
			if phase != entry.phase || held {
				(entry.phase, entry.since) = (phase, now);
			}
		}
	}

	/// Declares all windows done with that are, but none from the lowest one in dispute on.
	pub fn declare(&mut self, disputed: Option<WindowIndex>) {
		let mut open = self.rounds.iter().filter(|(_, entry)| !entry.is_done());
		let below = open.next().map_or(self.next, |(window, _)| *window);
		let below = disputed.map_or(below, |disputed| disputed.min(below));
		self.declared = self.declared.max(below);
	}

	/// The lowest window that some other member than the one at `place` has not done with.
	pub fn others_below(&self, place: Option<usize>) -> WindowIndex {
		let others = self.done.iter().enumerate();
		let others = others.filter(|(other, _)| Some(*other) != place);
		let below = |signed: &Option<SignedDone>| signed.as_ref().map(|signed| signed.done.below);
		others
			.map(|(_, signed)| below(signed).unwrap_or(0))
			.min()
			.unwrap_or(0)
	}

	/// The lowest window whose messages may still be needed.
	pub fn needs(&self) -> WindowIndex {
		let mut rounds = self.rounds.keys();
		rounds.next().map_or(self.next, |first| *first)
	}

	/// Keeps what the member at `place` declares, unless it is older than what it declared last.
	pub fn hear_done(&mut self, place: usize, signed: &SignedDone) {
		let Some(known) = self.done.get_mut(place) else {
			return;
		};
		// The key may have been rotated since: of two that say the same, the later one counts.
		let older = |known: &SignedDone| signed.done.below < known.done.below;
		if !known.as_ref().is_some_and(older) {
			*known = Some(signed.clone());
		}
	}

	/// Takes in what this intermediary said about a window. If the state does not know of it, it is older
	/// than that: then the window is passed over, lest something else be said about it.
	pub fn recall(&mut self, window: WindowIndex, said: &Said) {
		let known = self.rounds.get(&window);
		let nothing = said.statements().next().is_none();
		if nothing || known.is_some_and(|entry| entry.round.covers(said)) {
			return;
		}
		self.rounds.remove(&window);
		self.next = self.next.max(window.saturating_add(1));
	}

	/// Takes in what this intermediary declared. If the state does not know of it, it is older than that:
	/// then it passes over what it has missed.
	pub fn recall_done(&mut self, below: WindowIndex) {
		if below > self.declared {
			self.rounds
				.retain(|window, entry| *window >= below || entry.is_done());
			self.next = self.next.max(below);
			self.declared = below;
		}
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
			if is_kept(*window) {
				// What was frozen is over only with its dispute.
				entry.decided = entry.decided.map(|_| now);
				return true;
			}
			let over = entry.decided.or(since);
			over.map_or_else(
				|| entry.phase != Phase::Null || *window >= others_below,
				|at| now < at.saturating_add(KEEP),
			)
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
