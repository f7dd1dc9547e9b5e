//! The open dispute: hearing what is on file, and doing what is to be done about it.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, Lack, RosterNumber, SourceVersion, WindowIndex};

use super::{
	duties::{DisputeState, Duty},
	Output, Session, RETRY,
};
use crate::{docket::Stage, Docket};

/// An open dispute and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Case {
	pub(super) window: WindowIndex,
	/// The number of the roster whose members are heard.
	pub(super) roster: RosterNumber,
	/// The version of the window's sources that it is about.
	pub(super) version: SourceVersion,
	pub(super) opened: BlockNumber,
	/// Whether nothing contradicts anything on file so far.
	pub(super) is_complaint: bool,
	/// The places of those that are proven to have contradicted themselves.
	pub(super) proven: Vec<u32>,
	/// The first block in which it is time to say that messages are missing here, if that can be said.
	lack_from: Option<BlockNumber>,
	/// The blocks in which duties were last done.
	tried: BTreeMap<Duty, BlockNumber>,
}

impl Case {
	/// Whether it is about the same dispute as a docket.
	fn is_about(&self, docket: &Docket<BlockNumber>) -> bool {
		(self.window, self.roster, self.version, self.opened)
			== (
				docket.window,
				docket.roster.number,
				docket.version,
				docket.opened,
			)
	}

	/// Whether a duty is due, which is then taken for done in block `now`.
	fn is_due(&mut self, duty: Duty, now: BlockNumber) -> bool {
		let tried = self.tried.get(&duty);
		let due = tried.is_none_or(|at| now >= at.saturating_add(RETRY));
		if due {
			self.tried.insert(duty, now);
		}
		due
	}
}

impl Session {
	/// The window that is frozen: as long as the dispute about it is open, nothing of it settles.
	pub(super) fn frozen(&self) -> Option<WindowIndex> {
		let case = self.case.as_ref()?;
		(!case.is_complaint).then_some(case.window)
	}

	pub(super) fn open_case(&mut self, dispute: Option<&DisputeState>) {
		let known = self.case.take();
		let Some(DisputeState { docket, .. }) = dispute else {
			return;
		};
		self.take_up(docket);
		let known = known.filter(|case| case.is_about(docket));
		let proven = docket.testimonies.iter().enumerate();
		let proven = proven.filter(|(_, testimony)| testimony.fault.is_some());
		self.case = Some(Case {
			window: docket.window,
			roster: docket.roster.number,
			version: docket.version,
			opened: docket.opened,
			is_complaint: docket.stage != Stage::Evidence,
			proven: proven.map(|(place, _)| place as u32).collect(),
			lack_from: self.lack_from(docket),
			tried: known.map(|case| case.tried).unwrap_or_default(),
		});
	}

	/// Goes on with what was said about the version that a dispute is about, if that is on the shelf and still is
	/// the window's version: what is said about another one was said on another branch. Nothing has to be computed for
	/// it, and nothing could be, since the window may be frozen.
	fn take_up(&mut self, docket: &Docket<BlockNumber>) {
		let (window, version, now) = (docket.window, docket.version, self.now);
		let Some((epoch, versions)) = self.epoch_mut(docket.roster.number) else {
			return;
		};
		if versions.of(window) == Some(version) {
			epoch.take_up(window, version, now);
		}
	}

	/// The first block in which it is time to say that messages of a disputed window are missing, if that can
	/// be said: peers may still pass them on in the first half of the time there is.
	fn lack_from(&self, docket: &Docket<BlockNumber>) -> Option<BlockNumber> {
		let lack = Lack {
			agreement: self.agreement,
			window: docket.window,
			roster: docket.roster.number,
			intermediary: self.intermediary,
		};
		let can = docket.check_lack(&lack, self.now).is_ok();
		can.then(|| docket.deadline.saturating_sub(self.answer / 2))
	}

	/// Says on chain that messages of the disputed window are missing, if it is time.
	pub(super) fn lack(&mut self, window: WindowIndex, outputs: &mut Vec<Output>) {
		let (now, disputed) = (self.now, self.disputed() == Some(window));
		let Some(case) = self.case.as_mut().filter(|_| disputed) else {
			return;
		};
		let time = case.lack_from.is_some_and(|from| now >= from);
		if time && case.is_due(Duty::Lack, now) {
			outputs.push(Output::Lack(window));
		}
	}

	/// Takes in what is on file as if it had been heard from the peers.
	pub(super) fn read(&mut self, dispute: &DisputeState) {
		let docket = &dispute.docket;
		let (own, now) = (docket.roster.place(self.intermediary), self.now);
		if let Some((epoch, versions)) = self.epoch_mut(docket.roster.number) {
			epoch.read(docket, own, now, versions);
		}
	}

	/// Does what is to be done about a dispute. `over` tells that nobody has to answer any more.
	pub(super) fn attend(&mut self, dispute: &DisputeState, over: bool, outputs: &mut Vec<Output>) {
		let window = dispute.docket.window;
		let duties = self.duties(dispute, over);
		let now = self.now;
		let Some(mut case) = self.case.take() else {
			return;
		};
		let round = self.round_of(&case);
		for duty in duties {
			if !case.is_due(duty, now) {
				continue;
			}
			outputs.extend(match duty {
				Duty::File(place, sort) => Some(Output::File(window, place, sort)),
				Duty::Show(root, position) => Some(Output::Show(window, root, position)),
				Duty::Lack => Some(Output::Lack(window)),
				Duty::Judge => Some(Output::Judge(window)),
				Duty::Dismiss => Some(Output::Dismiss(window, case.roster)),
				Duty::Report => {
					let exhibits = round.and_then(|round| round.exhibits().cloned());
					exhibits.map(Box::new).map(Output::Report)
				},
			});
		}
		self.case = Some(case);
	}
}
