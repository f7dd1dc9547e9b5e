//! What is to be done about a dispute that is open.
//!
//! What a member said itself it puts on file at once. What any member can do, they do in turns, so that
//! the chain is not told everything by everybody; but when a quarter of the time is over, or half of it
//! for showing a window, nobody waits for another any more. The chain takes no statements in the second
//! half of a dispute's last stage.

use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{Session, TURN};
use crate::{
	round::{Round, Sort},
	Docket,
};

/// A dispute that is open, and what the chain knows besides its docket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocketView {
	/// What was said, shown and waited for.
	pub docket: Docket<BlockNumber>,
	/// Whether a result of the window has settled.
	pub settled: bool,
	/// The places of those whose window is being shown, and how many messages of it have been.
	pub trials: Vec<(u32, u32)>,
}

/// Something to be done about a dispute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Duty {
	/// Put on file what the member at a place said.
	File(u32, Sort),
	/// Report that one member contradicts itself.
	Report,
	/// Show the messages of the own window from a position on.
	Show(u32),
	/// Have it judged.
	Judge,
	/// Have it dismissed: all have done with its window.
	Dismiss,
}

impl Session {
	/// What is to be done about a dispute in this block.
	pub(super) fn duties(&self, view: &DocketView) -> Vec<Duty> {
		let docket = &view.docket;
		let place = docket.roster.place(self.intermediary);
		let once = |due: bool, duty| if due { vec![duty] } else { Vec::new() };
		if self.is_void(docket) && !view.settled {
			// No answer is left to give, but one who kept everything may have given its own.
			return once(self.may_file(docket, place), Duty::Dismiss);
		}
		if docket.is_ripe(self.now, view.settled) {
			return once(self.may_judge(docket, place), Duty::Judge);
		}
		let round = self.round_of(docket.window, docket.roster.number);
		let (Some(place), Some(round)) = (place, round) else {
			return Vec::new();
		};
		let mut duties = self.filings(docket, place, round);
		let guilty = round
			.contradictory()
			.and_then(|guilty| docket.testimonies.get(guilty));
		if guilty.is_some_and(|testimony| testimony.fault.is_none()) {
			duties.push(Duty::Report);
		}
		duties.extend(self.showing(view, place, round).map(Duty::Show));
		duties
	}

	/// What the member at `place` is to put on file now.
	fn filings(&self, docket: &Docket<BlockNumber>, place: usize, round: &Round) -> Vec<Duty> {
		let turn = self.may_file(docket, Some(place));
		let mut duties = Vec::new();
		for (other, testimony) in docket.testimonies.iter().enumerate() {
			if testimony.fault.is_none() && (turn || other == place) {
				let unfiled = round.unfiled(other, &testimony.said).into_iter();
				duties.extend(unfiled.map(|sort| Duty::File(other as u32, sort)));
			}
		}
		duties
	}

	/// Whether it is up to the member at `place` to do what must be done in time and any member can do.
	fn may_file(&self, docket: &Docket<BlockNumber>, place: Option<usize>) -> bool {
		let rest = docket.deadline.saturating_sub(self.now);
		let urgent = rest <= self.answer.saturating_sub(self.answer / 4);
		let members = docket.roster.members.len();
		place.is_some_and(|place| urgent || self.has_turn(docket.window, place, members))
	}

	/// Whether it is up to this intermediary to have a dispute judged. Those who are no members, spares
	/// for instance, come after all members.
	fn may_judge(&self, docket: &Docket<BlockNumber>, place: Option<usize>) -> bool {
		let members = docket.roster.members.len();
		let overdue = docket.deadline.saturating_add(self.answer / 2);
		let place = place.unwrap_or(members);
		self.now > overdue || self.has_turn(docket.window, place, members.saturating_add(1))
	}

	/// The position from which on the own window is to be shown now, if it is.
	fn showing(&self, view: &DocketView, place: usize, round: &Round) -> Option<u32> {
		let docket = &view.docket;
		let own = docket.may_show(place, self.now)?;
		if !round.is_contradicted(docket) {
			return None;
		}
		let trials = || view.trials.iter();
		if let Some((_, position)) = trials().find(|(at, _)| *at as usize == place) {
			return Some(*position);
		}
		let root = |at: usize| docket.commitment(at).map(|commitment| commitment.root);
		let alike: Vec<usize> = (0..docket.testimonies.len())
			.filter(|at| root(*at) == Some(own))
			.collect();
		let slot = alike.iter().position(|at| *at == place)?;
		let under_way = trials().any(|(at, _)| alike.contains(&(*at as usize)));
		let turn = !under_way && self.has_turn(docket.window, slot, alike.len());
		let urgent = docket.deadline.saturating_sub(self.now) <= self.answer / 2;
		(urgent || turn).then_some(0)
	}

	/// Whether, of so many that take turns, it is the turn of the one in `slot`.
	pub(super) fn has_turn(&self, window: WindowIndex, slot: usize, slots: usize) -> bool {
		let turn = window.wrapping_add((self.now / TURN).into());
		turn.checked_rem(slots as u64) == Some(slot as u64)
	}
}
