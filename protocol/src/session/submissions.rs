//! What is submitted about the round that is to settle next.
//!
//! Members take turns, its leader first, so that not all of them submit the same.

use alloc::vec::Vec;
use syngraph_primitives::BlockNumber;

use super::{Entry, Output, Session, RETRY, TURN};

impl Session {
	/// The settlement, and the reports, that are due.
	pub(super) fn submissions(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let (now, disputed) = (self.now, self.case.is_some());
		let count = self.roster.members.len().max(1);
		let current = self.id(self.progress.base);
		let can_settle = self.current().is_some_and(|entry| self.can_settle(entry));
		for (id, entry) in &mut self.rounds {
			// What one member said twice is reported, be it about a round that is not the next one.
			let is_open = id.roster == current.roster && id.first >= current.first;
			let contradicted = is_open && entry.round.contradictory().is_some();
			if *id != current && !contradicted {
				continue;
			}
			let turn = place
				.saturating_add(count)
				.saturating_sub(entry.round.leader())
				% count;
			// Nobody else need know what contradicts itself, and it is told only as long as the round is open. Nor is
			// there time to wait in a dispute: its next step may have everybody commit anew.
			let wait = match contradicted || disputed {
				true => 0,
				false => TURN.saturating_mul(turn as BlockNumber),
			};
			let due = match entry.tried {
				None => now >= entry.since.saturating_add(wait),
				Some(at) => now >= at.saturating_add(RETRY),
			};
			let round = &entry.round;
			let settles = *id == current && can_settle;
			let output = match round.exhibits() {
				// Near the end there may be no time left for both.
				_ if settles && self.closing => Output::Settle(*id),
				Some(_) if !disputed && round.is_reportable() => Output::Report(*id),
				Some(_) if !disputed => Output::Complain(*id),
				// A dispute that is open takes in by other ways what contradicts itself.
				_ if settles => Output::Settle(*id),
				_ => continue,
			};
			if due {
				entry.tried = Some(now);
				outputs.push(output);
			}
		}
	}

	/// Whether a round is agreed and can settle, whatever else a member said. One that has more results than a round
	/// can have, or than the terms allow, cannot.
	fn can_settle(&self, entry: &Entry) -> bool {
		let outcomes = entry.outcomes.as_ref().filter(|_| entry.round.is_agreed());
		outcomes.is_some_and(|outcomes| outcomes.results().count() <= self.terms.most as usize)
	}
}
