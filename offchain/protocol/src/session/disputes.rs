//! Disputes: opening them, hearing what is on file, and doing what is to be done about them.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, RosterNumber};

use super::{
	duties::{DocketView, Duty},
	tenure::Entry,
	Output, Session, RETRY,
};
use crate::{docket::Stage, round::Phase};

/// An open dispute and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Case {
	/// The number of the roster whose members are heard.
	pub(super) roster: RosterNumber,
	/// The blocks in which duties were last done.
	tried: BTreeMap<Duty, BlockNumber>,
}

impl Session {
	pub(super) fn open_cases(&mut self, dockets: &[DocketView]) {
		let mut known = core::mem::take(&mut self.cases);
		for DocketView { docket, .. } in dockets {
			let roster = docket.roster.number;
			let case = known.remove(&docket.window);
			let case = case.filter(|case| case.roster == roster).unwrap_or(Case {
				roster,
				tried: BTreeMap::new(),
			});
			self.cases.insert(docket.window, case);
		}
	}

	/// Takes in what is on file as if it had been heard from the peers.
	pub(super) fn read(&mut self, view: &DocketView) {
		let docket = &view.docket;
		let tenure = match self.tenure.roster.number == docket.roster.number {
			true => &mut self.tenure,
			false => match self.former.get_mut(&docket.roster.number) {
				Some(tenure) => tenure,
				None => return,
			},
		};
		let own = docket.roster.place(self.intermediary);
		if let Some(own) = own.and_then(|place| docket.testimonies.get(place)) {
			tenure.recall(docket.window, &own.said);
		}
		let Some(entry) = tenure.rounds.get_mut(&docket.window) else {
			return;
		};
		for (place, testimony) in docket.testimonies.iter().enumerate() {
			entry.round.read(place, &testimony.said);
		}
		tenure.look(self.now);
	}

	/// Does what is to be done about a dispute.
	pub(super) fn attend(&mut self, view: &DocketView, outputs: &mut Vec<Output>) {
		let window = view.docket.window;
		let duties = self.duties(view);
		let exhibits = self
			.round_of(window, view.docket.roster.number)
			.and_then(|round| round.exhibits().cloned());
		let Some(case) = self.cases.get_mut(&window) else {
			return;
		};
		for duty in duties {
			let tried = case.tried.get(&duty);
			if tried.is_some_and(|at| self.now < at.saturating_add(RETRY)) {
				continue;
			}
			case.tried.insert(duty, self.now);
			outputs.extend(match duty {
				Duty::File(place, sort) => Some(Output::File(window, place, sort)),
				Duty::Show(position) => Some(Output::Show(window, position)),
				Duty::Judge => Some(Output::Judge(window)),
				Duty::Dismiss => Some(Output::Dismiss(window)),
				Duty::Report => exhibits.clone().map(Box::new).map(Output::Report),
			});
		}
	}

	/// Complains about the lowest window for which others have been silent for too long; also about a null
	/// one that others do not declare themselves done with. Members take turns, and one complaint at a time
	/// is enough for an agreement.
	pub(super) fn complain(&mut self, dockets: &[DocketView], outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let waits = |view: &DocketView| !view.settled && view.docket.stage != Stage::Evidence;
		let retry = self.complained.map(|at| at.saturating_add(RETRY));
		if dockets.iter().any(waits) || retry.is_some_and(|at| self.now < at) {
			return;
		}
		let waits_for_others =
			|entry: &Entry| !matches!(entry.phase, Phase::Agreed | Phase::Disputed);
		let late = |entry: &Entry, blocks: BlockNumber| {
			waits_for_others(entry) && self.now > entry.since.saturating_add(blocks)
		};
		let mut open = self.tenure.open();
		let found = open
			.find(|(window, entry)| late(entry, self.answer) && !self.cases.contains_key(window));
		let Some((window, entry)) = found else { return };
		let urgent = late(entry, self.answer.saturating_add(self.answer / 2));
		if urgent || self.has_turn(window, place, self.tenure.roster.members.len()) {
			self.complained = Some(self.now);
			outputs.push(Output::Complain(window));
		}
	}
}
