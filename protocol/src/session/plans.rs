//! Which windows are computed, and when a round, or another attempt at it, begins with them.
//!
//! The *leader* of a round begins it: as soon as it is full, or the first window that is not null has waited long
//! enough. The others follow to the same range, and begin themselves if the leader does not in time. Nobody hurries
//! because another member has begun too early: else one that always does would have the users pay for a round of each
//! window.

use syngraph_primitives::{BlockNumber, Contribution, RoundId, Secret, Span, WindowIndex};

use super::{Entry, Session, TURN};
use crate::round::{Computed, Plan, Round};

impl Session {
	/// The next window that is to be computed, if any: as many as the next round can hold.
	pub fn wanted(&self) -> Option<WindowIndex> {
		let (_, full) = self.reach(self.fresh());
		let open = self.place().is_some() && self.in_force && !full;
		let end = self.ready.end();
		// The leader's range counts, also if it is longer than it should be.
		let due = self.due_plan().is_some_and(|plan| plan.span.end > end);
		(open || due || self.answers_beyond(end)).then_some(end)
	}

	/// Whether this intermediary has committed to a window or a later one: whatever became of what it had computed, it
	/// may have to bear out what it said.
	fn answers_beyond(&self, window: WindowIndex) -> bool {
		let attempts = self.open().flat_map(|entry| entry.round.attempts());
		attempts
			.map(|attempt| attempt.span().end)
			.any(|end| end > window)
	}

	/// The attempt that can begin now, if one can.
	pub fn plan(&self) -> Option<Plan> {
		let plan = self.due_plan()?;
		let Span { round, end, .. } = plan.span;
		let may = !self.memory.hides(&round);
		(may && end <= self.ready.end()).then_some(plan)
	}

	/// The attempt that is to begin next, though its windows may not be there yet: one that a dispute waits for, or
	/// another one at the present round, or the first at the round after it.
	pub(super) fn due_plan(&self) -> Option<Plan> {
		if self.place().is_none() || self.is_listening() {
			return None;
		}
		let plan = self.demanded().or_else(|| self.own_plan())?;
		(!self.is_early || self.is_asked_for(&plan)).then_some(plan)
	}

	/// The attempt that is to begin next, whatever a dispute waits for.
	fn own_plan(&self) -> Option<Plan> {
		if !self.in_force && self.case.is_none() {
			return None;
		}
		let retried = self.current().and_then(|entry| entry.round.next());
		retried.or_else(|| self.fresh_plan())
	}

	/// Whether a dispute waits for commitments of an attempt: what was said of another one nobody puts on file.
	fn is_asked_for(&self, plan: &Plan) -> bool {
		let asked = (plan.span.round, plan.span.attempt);
		let mut case = self.case.iter();
		case.any(|case| case.hears && (case.round, case.attempt) == asked)
	}

	/// The attempt that a dispute waits for, if it was not begun here.
	fn demanded(&self) -> Option<Plan> {
		let case = self.case.as_ref()?;
		let plan = case.demands?;
		let known = self.rounds.get(&case.round);
		let begun = known.is_some_and(|entry| {
			let round = &entry.round;
			round.attempt(plan.span.attempt, Some(&plan)).is_some()
		});
		(self.is_current(&case.round) && !begun).then_some(plan)
	}

	/// The first attempt at the round that begins where those that are open end.
	fn fresh_plan(&self) -> Option<Plan> {
		// Before its first settlement nobody could complain: nothing that is said may have to wait for longer than it
		// counts.
		if self.now.saturating_add(self.answer) < self.starts_at {
			return None;
		}
		let first = self.fresh();
		let round = self.id(first);
		let known = self.rounds.get(&round);
		let pending = known.is_some_and(|entry| entry.round.attempt(0, None).is_some());
		let end = self.end_of(&round).filter(|_| !pending)?;
		let span = Span {
			round,
			attempt: 0,
			end,
		};
		Some(Plan { span, before: None })
	}

	/// The first window of the next round to begin. If one is open and not agreed, it is that one's.
	pub(super) fn fresh(&self) -> WindowIndex {
		let agreed = |entry: &&Entry| entry.round.phase() == crate::Phase::Agreed;
		match self.current() {
			Some(current) if agreed(&current) => current.round.span().end,
			_ => self.progress.base,
		}
	}

	/// Where a round is to end that can begin now.
	fn end_of(&self, round: &RoundId) -> Option<WindowIndex> {
		let first = round.first;
		let (reach, full) = self.reach(first);
		if reach == first {
			return None;
		}
		let demanded = self.case.as_ref().is_some_and(|case| case.round == *round);
		let leads = self.place() == Some(self.leader_of(first) as usize);
		let calls = self.calls.of(round);
		let leader = calls.and_then(|calls| calls.end(self.leader_of(first)));
		if let Some((end, since)) = leader.filter(|_| !leads) {
			// Nobody commits to less than the leader did, unless that is more than a round can hold, or it is too late
			// to wait for messages: nobody may have them, and who says nothing cannot complain.
			let late = self.now >= since.saturating_add(self.answer / 2);
			return match end <= reach {
				true => Some(end),
				false => (demanded || full || late).then_some(reach),
			};
		}
		let extra = if leads { 0 } else { TURN };
		let is_due = |at: BlockNumber| self.now >= at.saturating_add(extra);
		let patience = if self.closing { 0 } else { self.terms.patience };
		let waiting = self.ready.waiting(first, reach, self.now);
		// However long it has waited, those that do not lead leave its turn to the leader when it is there.
		let patient = waiting.map(|(there, since)| since.saturating_add(patience).max(there));
		let filled = self.ready.since(reach).filter(|_| full);
		let due = demanded || patient.is_some_and(is_due) || filled.is_some_and(is_due);
		due.then_some(reach)
	}

	/// How far a round can go that begins with a window, and whether it can go no further.
	pub(super) fn reach(&self, first: WindowIndex) -> (WindowIndex, bool) {
		self.ready.reach(first, self.terms.most, self.longest)
	}

	/// The place of the leader of the round that begins with a window.
	pub(super) fn leader_of(&self, first: WindowIndex) -> u32 {
		let ahead = u64::from(first > self.progress.base);
		let rounds = self.progress.rounds.saturating_add(ahead);
		self.roster.leader(&self.terms, rounds)
	}

	/// Whether a round is the one that is to settle next.
	fn is_current(&self, round: &RoundId) -> bool {
		*round == self.id(self.progress.base)
	}

	pub(super) fn on_computed(&mut self, computed: Computed) {
		if self.wanted() == Some(computed.window) {
			self.ready.push(computed, self.now);
		}
	}

	/// Begins the attempt that can begin now.
	pub(super) fn on_open(&mut self, secret: Secret, contribution: Option<Contribution>) {
		let Some(plan) = self.plan() else { return };
		let Span { round, end, .. } = plan.span;
		let Some(windows) = self.ready.windows(round.first, end) else {
			return;
		};
		if let Some(entry) = self.rounds.get_mut(&round) {
			// What it came to in an attempt before may be about another range.
			entry.outcomes = None;
			entry.round.retry(plan, &windows, secret, contribution);
			return;
		}
		let leader = self.leader_of(round.first);
		let opened = Round::open(self.seat(), leader, plan, &windows, secret, contribution);
		self.rounds.insert(round, Entry::new(opened, self.now));
	}
}
