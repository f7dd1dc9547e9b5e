//! What is to be done about a dispute that is open.
//!
//! What a member said itself it puts on file at once. What any member can do, they do in turns, so that
//! the chain is not told everything by everybody; but when a quarter of the time is over, or half of it
//! for showing a window, nobody waits for another any more. The chain takes no statements in the second
//! half of a dispute's last stage.

use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use sp_core::H256;
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{Session, TURN};
use crate::{
	docket::Stage,
	round::{Round, Sort},
	Docket,
};

/// A dispute that is open, and what the chain knows besides its docket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DisputeState {
	/// What was said, shown and waited for.
	pub docket: Docket<BlockNumber>,
	/// Whether a result of the window has settled.
	pub settled: bool,
	/// The roots of the windows that are being shown, and how many messages of each have been.
	pub trials: Vec<(H256, u32)>,
}

/// Something to be done about a dispute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Duty {
	/// Put on file what the member at a place said.
	File(u32, Sort),
	/// Report that one member contradicts itself.
	Report,
	/// Show the messages of the window with a root from a position on.
	Show(H256, u32),
	/// Say that messages are missing.
	Lack,
	/// Have it judged.
	Judge,
	/// Have it dismissed: all are done with its window.
	Dismiss,
}

impl Session {
	/// What is to be done about a dispute in this block. `over` tells that nobody has to answer any more.
	pub(super) fn duties(&self, dispute: &DisputeState, over: bool) -> Vec<Duty> {
		let docket = &dispute.docket;
		let place = docket.roster.place(self.intermediary);
		let once = |due: bool, duty| if due { vec![duty] } else { Vec::new() };
		if self.is_void(docket) && !dispute.settled && !over {
			// No answer is left to give, but one who kept everything may have given its own.
			return once(self.may_file(docket, place), Duty::Dismiss);
		}
		if docket.is_ripe(self.now, over) {
			return once(self.may_judge(docket, place), Duty::Judge);
		}
		let round = self.case.as_ref().and_then(|case| self.round_of(case));
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
		duties.extend(self.showing(dispute, place, round));
		duties
	}

	/// What the member at `place` is to put on file now.
	fn filings(&self, docket: &Docket<BlockNumber>, place: usize, round: &Round) -> Vec<Duty> {
		let turn = self.may_file(docket, Some(place));
		let mut duties = Vec::new();
		for (other, testimony) in docket.testimonies.iter().enumerate() {
			if testimony.fault.is_none() && (turn || other == place) {
				let unfiled = round.unfiled(other, &testimony.said).into_iter();
				let taken = unfiled.filter(|sort| match sort {
					Sort::Commitment => true,
					Sort::Reveal => docket.takes_reveal_of(other),
				});
				duties.extend(taken.map(|sort| Duty::File(other as u32, sort)));
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

	/// Showing the next messages of the own window, if that is to be done now. Those that have committed to it take
	/// turns, whoever showed the first ones, until half of the time is over.
	fn showing(&self, dispute: &DisputeState, place: usize, round: &Round) -> Option<Duty> {
		let docket = &dispute.docket;
		let root = round.root();
		let called_for = docket.stage == Stage::Messages || round.is_contradicted(docket);
		if !called_for || !docket.may_show(&root, place, self.now) {
			return None;
		}
		let has_it = |at: &usize| docket.commitment(*at).is_some_and(|own| own.root == root);
		let alike: Vec<usize> = (0..docket.testimonies.len()).filter(has_it).collect();
		let slot = alike.iter().position(|at| *at == place)?;
		let urgent = docket.deadline.saturating_sub(self.now) <= self.answer / 2;
		let turn = urgent || self.has_turn(docket.window, slot, alike.len());
		let mut trials = dispute.trials.iter();
		let begun = trials.find(|(shown, _)| *shown == root);
		let position = begun.map_or(0, |(_, position)| *position);
		turn.then_some(Duty::Show(root, position))
	}

	/// Whether, of so many that take turns, it is the turn of the one in `slot`.
	pub(super) fn has_turn(&self, window: WindowIndex, slot: usize, slots: usize) -> bool {
		let turn = window.wrapping_add((self.now / TURN).into());
		turn.checked_rem(slots as u64) == Some(slot as u64)
	}
}
