//! What is submitted about windows that are not disputed yet.
//!
//! Members take turns, so that not all of them submit the same.

use alloc::{boxed::Box, vec::Vec};
use syngraph_primitives::{BlockNumber, WindowIndex, PROGRESS_REACH};

use super::{Case, Output, Session, RETRY, TURN};
use crate::round::{Phase, Round};

/// How far beyond the base the work must have come before windows are passed over.
const PASS_FROM: WindowIndex = PROGRESS_REACH / 2;
/// How many windows are passed over at once at least; the chain refuses less.
const PASS_LEAST: WindowIndex = PROGRESS_REACH / 4;

impl Session {
	/// Settlements and reports that are due.
	pub(super) fn submissions(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let now = self.now;
		let count = self.epoch.roster.members.len().max(1) as u64;
		let (case, frozen) = (self.case.as_ref(), self.frozen());
		for (window, entry) in &mut self.epoch.rounds {
			let reported =
				entry.phase == Phase::Disputed && can_report(case, *window, &entry.round);
			let over = entry.decided.is_some() || frozen == Some(*window);
			if over || !(entry.phase == Phase::Agreed || reported) {
				continue;
			}
			let turn = (place as u64 + count - window % count) % count;
			let wait = TURN.saturating_mul(turn as BlockNumber);
			let due = match entry.tried {
				None => now >= entry.since.saturating_add(wait),
				Some(at) => now >= at.saturating_add(RETRY),
			};
			if !due {
				continue;
			}
			entry.tried = Some(now);
			outputs.extend(match entry.round.exhibits() {
				Some(exhibits) => Some(Output::Report(Box::new(exhibits.clone()))),
				None => Some(Output::Settle(*window)),
			});
		}
	}

	/// Has windows passed over that all members are done with, so that null ones, which leave no trace on
	/// chain, do not hold up those to come; and at once those that all members of the former roster were done with,
	/// whose messages may be gone.
	pub(super) fn pass(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let base = self.progress.base();
		let tried = self.passed.map(|at| at.saturating_add(RETRY));
		let settling = self.epoch.rounds.get(&base);
		let settling = settling.is_some_and(|entry| entry.phase == Phase::Agreed);
		let turn = self.has_turn(base, place, self.epoch.roster.members.len());
		if !turn || settling || tried.is_some_and(|at| self.now < at) {
			return;
		}
		let number = self.epoch.roster.number.checked_sub(1);
		let former = number.and_then(|number| self.former.get(&number));
		let candidates = [
			Some((&self.epoch, PASS_LEAST))
				.filter(|_| self.epoch.next >= base.saturating_add(PASS_FROM)),
			former.map(|former| (former, 1)),
		];
		let mut candidates = candidates.into_iter().flatten();
		let found = candidates
			.find(|(epoch, least)| self.all_done(epoch).below >= base.saturating_add(*least))
			.map(|(epoch, _)| epoch);
		if let Some(number) = found.map(|epoch| epoch.roster.number) {
			self.passed = Some(self.now);
			outputs.push(Output::Pass(number));
		}
	}
}

/// Whether the chain would hear of two statements about a window: while a dispute is open, only if they
/// prove that a member contradicted itself, or if the dispute is nothing but a complaint.
fn can_report(case: Option<&Case>, window: WindowIndex, round: &Round) -> bool {
	case.is_none_or(|case| match round.contradictory() {
		// What concerns its own window is put on file.
		_ if case.window == window => false,
		Some(place) => case.roster == round.roster() && !case.proven.contains(&(place as u32)),
		None => case.is_complaint,
	})
}
