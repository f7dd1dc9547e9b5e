//! When others are silent for too long.
//!
//! Nobody can tell a member that is slow from one that is silent but by what it says. So one that visibly
//! makes progress, about whichever window, is waited for: up to [`PATIENCE_FACTOR`] times as long as the terms give
//! it to answer, from when its round is the one that is to settle next.
//!
//! A round that only the chain keeps from going on is complained of, too: one that is agreed and does not settle, or in
//! which a contradiction was found and no dispute begins. What its members said may not count any more, or not for the
//! chain; and after a dispute all commit anew.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, RoundId, WindowIndex, DISPUTE_ANSWERS, HEARING};

use super::{entry::Entry, Output, Session, RETRY, TURN};
use crate::round::Phase;

/// How many times as long as one that stands still a member that makes progress is waited for.
pub const PATIENCE_FACTOR: BlockNumber = 4;

/// For how many times as long as an answer a former key counts at least after it is heard no more.
const UNHEARD: BlockNumber = DISPUTE_ANSWERS - DISPUTE_ANSWERS.div_ceil(HEARING);

/// How many times as long as an answer full blocks count at most.
///
/// What a member answers to a former key binds it, so that key must count for as long as a round can wait until it
/// comes before the chain: behind one on which all agree, for its own reveals, perhaps in a second attempt, and once
/// all agree on it, too. With `a` for an answer, `n` members and `f` for this constant that is at most `2·((1 + f)·a +
/// 2·n) + 2·4·a + 1.5·a`, which is less than [`UNHEARD`] answers.
const MOST_FULL: BlockNumber = 4;
/// In halves of an answer, of which four times the members are at most six.
const _: () = assert!(4 * (1 + MOST_FULL) + 4 * PATIENCE_FACTOR + 3 + 6 <= 2 * UNHEARD);

/// How far a member had come when it was last seen to make progress.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Pace {
	ready: WindowIndex,
	/// The block in which that was.
	at: BlockNumber,
}

/// The round that waits for others.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Stalled {
	round: RoundId,
	/// The block since which it does.
	since: BlockNumber,
}

impl Session {
	/// Takes in how far the member at `place` has come. `news` tells whether it said something new about a round.
	pub(super) fn follow(&mut self, place: usize, ready: WindowIndex, news: bool) {
		// Nobody gets any further than this one, as far as it can tell.
		let ready = ready.min(self.ready.end());
		let now = self.now;
		let Some(pace) = self.paces.get_mut(place) else {
			return;
		};
		let seen = pace.as_ref().map_or(0, |pace| pace.ready);
		if news || pace.is_none() || ready > seen {
			*pace = Some(Pace {
				ready: ready.max(seen),
				at: now,
			});
		}
	}

	/// Notes whether the round that is to settle next waits for others.
	pub(super) fn watch(&mut self) {
		let waits = self
			.current()
			.filter(|entry| self.silent(entry).next().is_some());
		let waits = waits.map(|entry| entry.round.id());
		let since = self.now;
		match (waits, &self.stalled) {
			(Some(round), Some(stalled)) if stalled.round == round => (),
			_ => self.stalled = waits.map(|round| Stalled { round, since }),
		}
	}

	/// Complains about the round for which others have been silent for too long. Members take turns, and there is one
	/// dispute about an agreement at a time.
	pub(super) fn complain(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let tried = self.complained.map(|at| at.saturating_add(RETRY));
		let early = self.is_listening() || tried.is_some_and(|at| self.now < at);
		if early || self.case.is_some() {
			return;
		}
		let Some((round, due)) = self.overdue().filter(|(_, due)| self.now > *due) else {
			return;
		};
		let urgent = self.now > due.saturating_add(self.answer / 2);
		if urgent || self.has_turn(place, self.roster.members.len()) {
			self.complained = Some(self.now);
			outputs.push(Output::Complain(round));
		}
	}

	/// The round that is to settle next, and the last block in which those that it waits for are not complained of.
	///
	/// Of a round about which this intermediary can say nothing more it complains, too: if all have lost their states
	/// nobody else does, and after a dispute all commit anew.
	fn overdue(&self) -> Option<(RoundId, BlockNumber)> {
		let round = self.id(self.progress.base);
		match self.current() {
			Some(entry) => Some((round, self.due(entry)?)),
			None => {
				self.memory.said_first(&round)?;
				Some((round, self.began?.saturating_add(self.answer)))
			},
		}
	}

	/// The last block in which those that a round waits for are not complained of. None if it waits for nobody. One
	/// that is agreed and has more results than can settle waits for a dispute, after which another member leads.
	fn due(&self, entry: &Entry) -> Option<BlockNumber> {
		match entry.round.phase() {
			Phase::Agreed if self.is_overlong(entry) => return Some(entry.since),
			Phase::Agreed | Phase::Disputed => return Some(self.patience_with_chain(entry)),
			_ => (),
		}
		let moved = |place: usize| self.paces.get(place)?.as_ref().map(|pace| pace.at);
		let still = self
			.silent(entry)
			.map(|place| entry.since.max(moved(place).unwrap_or(0)))
			.min()?;
		let due = still.saturating_add(self.answer);
		let stalled = self.stalled.as_ref();
		let stalled = stalled.filter(|stalled| stalled.round == entry.round.id());
		let limit = stalled.map(|stalled| {
			let longest = self.answer.saturating_mul(PATIENCE_FACTOR);
			stalled.since.saturating_add(longest)
		});
		Some(limit.map_or(due, |limit| limit.min(due)))
	}

	/// The last block in which the chain is waited for, which should have heard of a round: each member has had its
	/// turn to tell it, and all have had the time to answer, in blocks that had room for it.
	fn patience_with_chain(&self, entry: &Entry) -> BlockNumber {
		let turns = TURN.saturating_mul(self.roster.members.len() as BlockNumber);
		let since = entry.since.max(self.starts_at);
		let patience = turns.saturating_add(self.answer);
		let full = self.full.min(self.answer.saturating_mul(MOST_FULL));
		since.saturating_add(patience).saturating_add(full)
	}

	/// Whether a round has more results than can settle.
	pub(super) fn is_overlong(&self, entry: &Entry) -> bool {
		let span = entry.round.span();
		self.ready.results(span.round.first, span.end) > self.terms.most as usize
	}

	/// The places of those that a round waits for.
	fn silent<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = usize> + 'a {
		let places = 0..self.roster.members.len();
		places.filter(|place| entry.round.waits_for(*place))
	}
}
