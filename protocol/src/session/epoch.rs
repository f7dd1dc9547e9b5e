//! What is done under one roster.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{
	BlockNumber, Progress, Roster, RosterNumber, SignedDone, SourceVersion, WindowIndex,
};

use super::{
	complaints::Pace,
	entry::Entry,
	spoken::Spoken,
	versions::{Stand, Versions},
	Session, KEEP,
};
use crate::{
	docket::Docket,
	round::{Phase, Round},
	wire::{Past, Said},
};

/// What is done under one roster.
///
/// It is remembered when another roster takes over: disputes under it may be open, and if the block in
/// which that happened is retracted, nothing may be said that contradicts what was said before.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Epoch {
	pub roster: Roster,
	/// The lowest window that was never opened.
	pub next: WindowIndex,
	/// The lowest window with which this intermediary has not declared itself done. What is declared is
	/// not taken back.
	pub declared: WindowIndex,
	/// The block as of which it declared so: what became known later of a window below may open that anew. It has
	/// not done with that then, until it declares so once more.
	pub at: BlockNumber,
	/// How often a sensor had been replaced by then.
	pub replaced: u32,
	/// What every other member declared last, by place.
	pub done: Vec<Option<SignedDone>>,
	/// How far every other member has come, by place.
	pub paces: Vec<Option<Pace>>,
	pub rounds: BTreeMap<WindowIndex, Entry>,
	/// What was said about each window below `next` that is not over. A round can be opened only about a
	/// version of which nothing was said.
	pub said: BTreeMap<WindowIndex, Spoken>,
	/// The most changes of a version about which something was said.
	pub spoken: u32,
	/// How often a round was opened about a window although the next one was.
	pub reopened: u32,
	/// The rounds of versions that are not the present ones.
	pub shelf: BTreeMap<(WindowIndex, SourceVersion), Round>,
	/// The lowest window whose messages were not dropped. Those below are computed only if they are disputed.
	pub gone: WindowIndex,
	/// The block in which another roster was first seen to have taken over.
	pub left: Option<BlockNumber>,
}

impl Epoch {
	/// An epoch in which nothing has been done yet.
	pub fn new(roster: Roster) -> Self {
		Self {
			next: roster.since,
			declared: 0,
			at: 0,
			replaced: 0,
			done: vec![None; roster.members.len()],
			paces: vec![None; roster.members.len()],
			roster,
			rounds: BTreeMap::new(),
			said: BTreeMap::new(),
			spoken: 0,
			reopened: 0,
			shelf: BTreeMap::new(),
			gone: 0,
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

	/// Whether a round can be opened about this version of a window's sources.
	pub fn can_open(&self, window: WindowIndex, version: SourceVersion) -> bool {
		let fresh = match self.said.get(&window) {
			_ if window >= self.next => true,
			Some(said) => !said.contains(version),
			None => false,
		};
		let shelved = || self.shelf.contains_key(&(window, version));
		!self.rounds.contains_key(&window) && (fresh || shelved())
	}

	/// Goes on to a window. Those that are passed over can still be opened.
	pub fn pass_to(&mut self, base: WindowIndex, next: WindowIndex) {
		for passed in self.next.max(base)..next {
			self.said.insert(passed, Spoken::default());
		}
		self.next = self.next.max(next);
	}

	/// Notes that something is said about a version of a window's sources; `again` tells that the next
	/// window was opened before.
	pub fn note(&mut self, window: WindowIndex, version: SourceVersion, again: bool) {
		let said = self.said.entry(window).or_default();
		if said.insert(version) && again {
			self.reopened = self.reopened.saturating_add(1);
		}
		self.spoken = self.spoken.max(version.changes);
	}

	/// How far it has come, as the own bundle tells in case the state is lost.
	pub fn past(&self) -> Past {
		Past {
			next: self.next,
			reopened: self.reopened,
			spoken: self.spoken,
		}
	}

	/// Takes in how far it had come. If rounds were opened of which the state does not know, and it cannot tell
	/// of which windows, then nothing more is said about any version that these may have had.
	pub fn recall_past(&mut self, past: &Past) {
		self.spoken = self.spoken.max(past.spoken);
		if past.reopened > self.reopened {
			self.reopened = past.reopened;
			for said in self.said.values_mut() {
				said.forbid(self.spoken);
			}
		}
		self.next = self.next.max(past.next);
	}

	/// Puts the round of a window on the shelf.
	pub fn shelve(&mut self, window: WindowIndex) {
		if let Some(Entry { round, .. }) = self.rounds.remove(&window) {
			self.shelf.insert((window, round.version()), round);
		}
	}

	/// Takes the round of a version from the shelf, if it is there, and puts that of another one in its place.
	pub fn take_up(&mut self, window: WindowIndex, version: SourceVersion, now: BlockNumber) {
		if let Some(round) = self.shelf.remove(&(window, version)) {
			self.shelve(window);
			self.rounds.insert(window, Entry::new(round, now));
		}
	}

	/// Takes in what is on file about a window as if it had been heard: `own` is the place of this intermediary.
	pub fn read(
		&mut self,
		docket: &Docket<BlockNumber>,
		own: Option<usize>,
		now: BlockNumber,
		versions: &Versions,
	) {
		if let Some(own) = own.and_then(|place| docket.testimonies.get(place)) {
			self.recall(docket.window, &own.said);
		}
		let Some(entry) = self.rounds.get_mut(&docket.window) else {
			return;
		};
		for (place, testimony) in docket.testimonies.iter().enumerate() {
			entry.round.read(place, &testimony.said);
		}
		self.look(now, versions);
	}

	/// Notes how far the rounds have come.
	pub fn look(&mut self, now: BlockNumber, versions: &Versions) {
		let done = self.stand();
		for (window, entry) in &mut self.rounds {
			let phase = entry.round.phase();
			// Nobody can be late with a declaration that this intermediary has not made itself.
			let held = phase == Phase::Null && !versions.is_over(*window, done);
			if phase != entry.phase || held {
				(entry.phase, entry.since) = (phase, now);
			}
		}
	}

	/// Declares all windows done with that are, but none from the lowest one on that is not over otherwise. As long
	/// as one is not over that was, because it is made of other messages now, nothing more is declared.
	pub fn declare(&mut self, pending: Option<WindowIndex>, now: BlockNumber, versions: &Versions) {
		let mut open = self.rounds.iter().filter(|(_, entry)| !entry.is_done());
		let open = open.next().map(|(window, _)| *window);
		let end = self.next.max(self.gone).max(self.declared);
		let below = open.into_iter().chain(pending).fold(end, WindowIndex::min);
		if below < self.declared {
			return;
		}
		if below > self.declared || !versions.is_known_below(below, self.stand()) {
			self.declared = below;
			self.at = self.at.max(now);
			self.replaced = self.replaced.max(versions.replaced());
		}
	}

	/// What this intermediary declares.
	pub fn stand(&self) -> Stand {
		Stand {
			below: self.declared,
			at: self.at,
			replaced: self.replaced,
		}
	}

	/// What the member at `place` declares, as far as was heard.
	pub fn stand_of(&self, place: usize) -> Stand {
		let signed = self.done.get(place).and_then(|signed| signed.as_ref());
		signed.map_or(Stand::default(), |signed| Stand {
			below: signed.done.below,
			at: signed.done.at,
			replaced: signed.done.replaced,
		})
	}

	/// What all others than the member at `place` declare together.
	pub fn others(&self, place: Option<usize>) -> Stand {
		let others = (0..self.done.len()).filter(|other| Some(*other) != place);
		let stands = others.map(|other| self.stand_of(other));
		stands.reduce(Stand::least).unwrap_or_default()
	}

	/// The lowest window whose messages may still be needed, if `reopenable` is the lowest one that can be opened
	/// although the next one was.
	pub fn needs(&self, reopenable: Option<WindowIndex>) -> WindowIndex {
		let first = self.rounds.keys().next().copied();
		let end = self.next.max(self.gone);
		first
			.into_iter()
			.chain(reopenable)
			.fold(end, WindowIndex::min)
	}

	/// Keeps what the member at `place` declares, unless it is older than what it declared last.
	pub fn hear_done(&mut self, place: usize, signed: &SignedDone) {
		let Some(known) = self.done.get_mut(place) else {
			return;
		};
		// The key may have been rotated since: of two that say the same, the later one counts.
		let rank = |signed: &SignedDone| (signed.done.below, signed.done.at);
		let older = |known: &SignedDone| rank(signed) < rank(known);
		if !known.as_ref().is_some_and(older) {
			*known = Some(signed.clone());
		}
	}

	/// Takes in what this intermediary said about a window. If the state does not know of it, it is older
	/// than that: then nothing more is said about this version of the window, lest it be something else.
	pub fn recall(&mut self, window: WindowIndex, said: &Said) {
		let Some(version) = said.version() else {
			return;
		};
		let present = self.rounds.get(&window).map(|entry| &entry.round);
		let present = present.filter(|round| round.version() == version);
		let shelved = self.shelf.get(&(window, version));
		let mut known = present.into_iter().chain(shelved);
		if known.any(|round| round.covers(said)) {
			return;
		}
		if present.is_some() {
			self.rounds.remove(&window);
		}
		self.shelf.remove(&(window, version));
		self.next = self.next.max(window.saturating_add(1));
		// Nothing is known either of what was said before, about earlier versions or on other branches.
		let said = self.said.entry(window).or_default();
		said.forbid(self.spoken.max(version.changes));
	}

	/// Takes in what this intermediary declared. If the state does not know of it, it is older than that:
	/// then it passes over what it has missed.
	pub fn recall_done(&mut self, below: WindowIndex) {
		let missed = self.declared..below;
		if missed.is_empty() {
			return;
		}
		self.rounds
			.retain(|window, entry| !missed.contains(window) || entry.is_done());
		self.said.retain(|window, _| !missed.contains(window));
		self.next = self.next.max(below);
		self.declared = below;
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

	/// Forgets the rounds that nobody needs any more, since all `have_done` with their windows, but none for which
	/// `is_kept`, and what else was said about windows below `base`.
	pub fn forget(
		&mut self,
		have_done: impl Fn(WindowIndex) -> bool,
		base: WindowIndex,
		now: BlockNumber,
		is_kept: impl Fn(WindowIndex) -> bool,
	) {
		let since = self.left;
		let said = &mut self.said;
		self.rounds.retain(|window, entry| {
			if is_kept(*window) {
				// It is over only with its dispute.
				entry.decided = entry.decided.map(|_| now);
				return true;
			}
			let kept = match entry.decided.or(since) {
				Some(at) => now < at.saturating_add(KEEP),
				None => !entry.is_void(have_done(*window)),
			};
			if let Some(said) = said.get_mut(window).filter(|_| !kept) {
				said.close();
			}
			kept
		});
		// The block that decided it may be retracted as long as its round is kept.
		let rounds = &self.rounds;
		self.said
			.retain(|window, _| *window >= base || rounds.contains_key(window));
		self.shelf
			.retain(|(window, _), _| self.said.contains_key(window));
	}
}

impl Session {
	/// Goes on under a roster.
	pub(super) fn enter(&mut self, roster: &Roster) {
		if self.epoch.roster == *roster {
			return;
		}
		let entered = Epoch::new(roster.clone());
		let mut left = core::mem::replace(&mut self.epoch, entered);
		left.left = Some(self.now);
		self.former.insert(left.roster.number, left);
		if let Some(known) = self.former.remove(&roster.number) {
			self.epoch = known.resume(roster.clone());
		}
		self.behind = None;
	}

	/// Forgets what nobody needs any more. What is in dispute is kept.
	pub(super) fn forget(&mut self) {
		let (now, base) = (self.now, self.progress.base());
		let case = self.case.as_ref();
		let kept = |window: WindowIndex, epoch: RosterNumber| {
			case.is_some_and(|case| case.window == window && case.roster == epoch)
		};
		let place = self.epoch.roster.place(self.intermediary);
		let all = self.epoch.others(place).least(self.epoch.stand());
		let number = self.epoch.roster.number;
		let versions = &self.versions;
		let over = |window| versions.is_over(window, all);
		self.epoch
			.forget(over, base, now, |window| kept(window, number));
		for (number, epoch) in &mut self.former {
			epoch.forget(|_| false, 0, now, |window| kept(window, *number));
		}
	}
}
