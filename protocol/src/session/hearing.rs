//! What peers say.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, RoundId, Span, Utterance, WindowIndex};

use super::{Output, Session, LISTEN, PATIENCE};
use crate::wire::Bundle;

/// Windows that peers have and that cannot be computed here.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Behind {
	/// The lowest of them.
	window: WindowIndex,
	/// The block in which that was first seen.
	since: BlockNumber,
	/// The highest of them.
	last: WindowIndex,
}

/// Who has begun the next round, though this intermediary has not.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Calls {
	round: Option<RoundId>,
	/// Where the ranges of others end, by place, and since which block that is known.
	ends: Vec<(u32, WindowIndex, BlockNumber)>,
}

impl Calls {
	/// Those to a round, if there are any.
	pub(super) fn of(&self, round: &RoundId) -> Option<&Self> {
		(self.round.as_ref() == Some(round)).then_some(self)
	}

	/// Where the range ends to which the member at a place has committed, and since when that is known.
	pub(super) fn end(&self, place: u32) -> Option<(WindowIndex, BlockNumber)> {
		let found = self.ends.iter().find(|(from, ..)| *from == place);
		found.map(|(_, end, since)| (*end, *since))
	}

	/// The end of the longest range.
	fn longest(&self) -> Option<WindowIndex> {
		self.ends.iter().map(|(_, end, _)| *end).max()
	}

	/// Takes in that a member has committed. Tells whether that is new.
	fn note(&mut self, from: u32, said: &Utterance, now: BlockNumber) -> bool {
		let span = said.span();
		if self.round != Some(span.round) {
			(self.round, self.ends) = (Some(span.round), Vec::new());
		}
		let new = self.end(from).is_none();
		if new {
			self.ends.push((from, span.end, now));
		}
		new
	}
}

impl Session {
	/// Tells since which block the node hears of all that happens. If it was started again since the session was last
	/// told, or stood still, the state may be older than what was said: a disk may lose what it was given last. Then
	/// the session listens before it says anything; also for as long as it is told that it is too early for other
	/// reasons.
	pub fn start(&mut self, since: BlockNumber, is_early: bool) {
		self.is_early = is_early;
		if self.began.is_some_and(|began| began < since) {
			self.began = Some(since);
			self.published = None;
		}
	}

	/// Whether it is too early to say anything.
	pub(super) fn is_listening(&self) -> bool {
		let hears = |began: BlockNumber| self.now < began.saturating_add(LISTEN);
		self.began.is_none_or(hears) || (self.is_early && !self.is_pressed())
	}

	/// Whether a dispute waits for what is said about the round that is to settle next, and half of the time for it is
	/// over. By then everybody has put on file what it heard of this intermediary, so that there is nothing more to
	/// listen for.
	fn is_pressed(&self) -> bool {
		let case = self.case.as_ref();
		let case = case.filter(|case| case.round == self.id(self.progress.base));
		case.is_some_and(|case| self.now >= case.deadline.saturating_sub(self.answer / 2))
	}

	pub(super) fn on_received(&mut self, bundle: &Bundle, outputs: &mut Vec<Output>) {
		if bundle.agreement != self.agreement {
			return;
		}
		if bundle.intermediary == self.intermediary {
			self.recall_roster(bundle.roster);
			return bundle.utterances.iter().for_each(|said| self.recall(said));
		}
		let place = self.roster.place(bundle.intermediary);
		let Some(from) = place.filter(|_| bundle.roster == self.roster.number) else {
			return;
		};
		let mut news = false;
		for said in &bundle.utterances {
			news |= self.hear(from, said, outputs);
		}
		self.follow(from, bundle.ready, news);
	}

	/// Takes in what the member at a place says. Tells whether it is new.
	///
	/// Who commits to more windows than a round has says nothing: the chain does not hear that either.
	fn hear(&mut self, from: usize, said: &Utterance, outputs: &mut Vec<Output>) -> bool {
		let id = said.span().round;
		let fits = said.span().len() <= self.longest;
		if id.version != self.version || id.first < self.progress.base || !fits {
			return false;
		}
		let Some(entry) = self.rounds.get_mut(&id) else {
			return self.note_call(from, said);
		};
		let before = entry.round.heard_from(from);
		if let Err(rejection) = entry.round.receive(from, said) {
			outputs.push(Output::Rejected(id, from, rejection));
		}
		entry.round.heard_from(from) > before
	}

	/// Takes in that the member at a place has begun the next round, which was not begun here. Tells whether that is
	/// new.
	pub(super) fn note_call(&mut self, from: usize, said: &Utterance) -> bool {
		let next = *said.span()
			== Span {
				round: self.id(self.fresh()),
				attempt: 0,
				..*said.span()
			};
		next && self.calls.note(from as u32, said, self.now)
	}

	/// Notes whether peers have messages that are missing here.
	pub(super) fn fall_behind(&mut self) {
		let window = self.ready.end();
		let due = self.due_plan().map(|plan| plan.span.end);
		let called = self
			.calls
			.of(&self.id(self.fresh()))
			.and_then(Calls::longest);
		let end = due.into_iter().chain(called).max().unwrap_or(0);
		let Some(last) = end.checked_sub(1).filter(|last| *last >= window) else {
			self.behind = None;
			return;
		};
		let known = self
			.behind
			.as_ref()
			.filter(|behind| behind.window == window);
		self.behind = Some(Behind {
			window,
			since: known.map_or(self.now, |behind| behind.since),
			last,
		});
	}

	/// The windows, first and last, whose missing messages are to be asked for: a peer has them, and the
	/// sensors had the time to send them here, too.
	pub fn lacks(&self) -> Option<(WindowIndex, WindowIndex)> {
		let behind = self.behind.as_ref()?;
		let waited = self.now >= behind.since.saturating_add(PATIENCE);
		(waited && !self.is_listening()).then_some((behind.window, behind.last))
	}

	/// The lowest window whose messages may still be needed, if any. A spare needs those with which it
	/// would begin if it stepped in.
	pub fn needs(&self) -> Option<WindowIndex> {
		let own = self.in_force.then_some(self.progress.base);
		let disputed = self.case.as_ref().map(|case| case.round.first);
		own.into_iter().chain(disputed).min()
	}
}
