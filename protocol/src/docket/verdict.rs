//! What a dispute comes to.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::{IntermediaryId, Ruling};

use super::{Docket, Fault, Kind, Shown, Side, Stage};
use crate::tree::{outcome_leaf, root_of};

/// What a dispute comes to.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Verdict {
	/// Who is proven wrong, and how.
	pub faults: Vec<(IntermediaryId, Fault)>,
	/// Who did not answer in time, or claimed of a window what nobody showed.
	pub absent: Vec<IntermediaryId>,
	/// A sensor signed two messages with one number, so that nobody can tell which window is the right one.
	pub sensor_at_fault: bool,
}

impl Verdict {
	/// Those that are proven wrong.
	pub fn convicted(&self) -> Vec<IntermediaryId> {
		self.faults.iter().map(|(member, _)| *member).collect()
	}
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// Whether there is nothing more to wait for. `over` tells that the round has settled, or is not the agreement's
	/// next one any more: its sources are of another version than when the dispute was opened, or its roster is
	/// another.
	pub fn is_ripe(&self, now: BlockNumber, over: bool) -> bool {
		now > self.deadline || over || self.is_decided()
	}

	/// Who is wrong, and who was silent.
	///
	/// Before the deadline, when it is `over`, and when a member contradicted itself because of which others cannot be
	/// held to anything, silence means nothing, and only what no answer can refute counts.
	pub fn judge(&self, now: BlockNumber, over: bool) -> Verdict {
		let answerable = over || now <= self.deadline || self.is_released();
		let sensor_at_fault = self.is_sensor_at_fault();
		let counts = |fault: &Fault| !answerable || self.is_final(*fault);
		let faults = self.places().filter_map(|(place, member)| {
			let fault = self.fault(place).filter(counts)?;
			Some((member, fault))
		});
		let silent = |place| !answerable && !sensor_at_fault && self.owes(place);
		let absent = self.places().filter(|(place, _)| silent(*place));
		let absent = absent.filter(|(place, _)| self.fault(*place).is_none());
		Verdict {
			faults: faults.collect(),
			absent: absent.map(|(_, member)| member).collect(),
			sensor_at_fault,
		}
	}

	/// What the chain itself has found out of the first window of the round, if that may settle although not all
	/// members have signed it: by it a member is proven wrong in this verdict, and all others stand by the window.
	/// Whether the round is over already is not looked at.
	///
	/// - A later window does not settle alone, and of those before it the chain knows no outcomes: none were said, or
	///   no more than their hashes.
	/// - Who differs in digests or outcomes has committed to the same windows as everybody. Where two differ in their
	///   windows, others may not have been heard. Two accomplices, one of which takes the blame, could then show
	///   messages that a sensor signed for them alone: so there must be nobody that has not said the same as what was
	///   shown.
	pub fn ruling(&self, verdict: &Verdict) -> Option<Ruling> {
		let Stage::Evidence { kind, window } = self.stage else {
			return None;
		};
		let [shown] = self.shown.as_slice() else {
			return None;
		};
		let data = kind == Kind::Data;
		// Until the deadline another window can be shown in place of this one.
		let wrong = |(_, fault): &(IntermediaryId, Fault)| *fault == Fault::WrongWindow;
		let last = !data || verdict.faults.iter().any(wrong);
		if window != self.first || verdict.sensor_at_fault || !last {
			return None;
		}
		let convicted = verdict.convicted();
		let (wrong, right): (Vec<_>, Vec<_>) = self
			.places()
			.partition(|(_, member)| convicted.contains(member));
		let refuted = wrong
			.iter()
			.any(|(place, _)| self.refuted(*place).is_some());
		let mut right = right.iter().map(|(place, _)| self.claim(*place));
		let agreed = !data || right.all(|claim| claim == Some(shown.root));
		(refuted && agreed).then(|| Ruling {
			outcome: shown.result,
			data_root: root_of([shown.root]),
		})
	}

	/// Whether the member at `place` owes what the dispute waits for: it is absent if that does not come in time.
	///
	/// Once a window was shown nobody is absent for not showing another; but who has a claim to another one
	/// ([`Self::claim`]) is wrong if that does not come in time.
	pub fn owes(&self, place: usize) -> bool {
		let Some(testimony) = self.testimonies.get(place) else {
			return false;
		};
		let side = self.side_of(place);
		match self.stage {
			Stage::Commitments => testimony.said.is_none(),
			Stage::Messages { .. } => testimony.asked,
			Stage::Reveals => self.reveal(place).is_none(),
			Stage::Settlement => false,
			Stage::Opening { .. } => side.is_some_and(|side| side.hashes.is_none()),
			Stage::Evidence { .. } => side.is_some() && self.shown.is_empty(),
		}
	}

	/// What the member at `place` claims of the window in which two sides differ, once it is known which one that is:
	/// its root, its digest, or what stands for its outcome ([`outcome_leaf`]).
	pub fn claim(&self, place: usize) -> Option<H256> {
		match self.stage {
			Stage::Evidence { .. } => self.side_of(place)?.root,
			_ => None,
		}
	}

	/// The side whose tree the member at `place` has, be it its own or not.
	fn side_of(&self, place: usize) -> Option<&Side> {
		let (Stage::Opening { kind, .. } | Stage::Evidence { kind, .. }) = self.stage else {
			return None;
		};
		let has_tree = |side: &Side| self.have_one_tree(kind, place, side.place.into());
		let mut sides = self.sides.iter().flatten();
		sides.find(|side| side.is_at(place) || has_tree(side))
	}

	/// Whether what is on file of the members at two places is known to have one tree.
	fn have_one_tree(&self, kind: Kind, place: usize, other: usize) -> bool {
		let both = self.said(place).zip(self.said(other));
		both.is_some_and(|(one, other)| match kind {
			Kind::Data => {
				let same = one.commitment().data_root == other.commitment().data_root;
				same && one.span() == other.span()
			},
			Kind::Digests => false,
			Kind::Outcomes => {
				let both = one.reveal.as_ref().zip(other.reveal.as_ref());
				both.is_some_and(|(one, other)| one.outcomes == other.outcomes)
			},
		})
	}

	/// How the member at `place` is wrong as far as is known now.
	fn fault(&self, place: usize) -> Option<Fault> {
		let testimony = self.testimonies.get(place)?;
		testimony.fault.or_else(|| self.refuted(place))
	}

	/// What was shown of the window in question against the member at `place`.
	///
	/// Those that differ in digests or outcomes committed to the same windows, so that there are no two to be shown. If
	/// they differ in the windows, and a sensor signed different messages, nobody can tell which is the right one.
	fn refuted(&self, place: usize) -> Option<Fault> {
		let Stage::Evidence { kind, .. } = self.stage else {
			return None;
		};
		let (claim, shown) = (self.claim(place)?, self.shown.first()?);
		let (given, fault) = match kind {
			Kind::Data if self.is_sensor_at_fault() => return None,
			Kind::Data => (shown.root, Fault::WrongWindow),
			Kind::Digests => (shown.digest, Fault::FalsePossession),
			Kind::Outcomes => (outcome_leaf(shown.result), Fault::WrongResult),
		};
		(given != claim).then_some(fault)
	}

	/// Whether no answer can refute a fault: in place of a window that was shown, another one can be.
	fn is_final(&self, fault: Fault) -> bool {
		fault != Fault::WrongWindow || self.shown.iter().any(Shown::is_empty)
	}

	/// Whether what is on file decides the dispute, so that nothing else is put there but that members contradicted
	/// themselves.
	pub(super) fn is_decided(&self) -> bool {
		let answered = match self.stage {
			Stage::Evidence { kind, .. } => {
				let empty = self.shown.iter().any(Shown::is_empty);
				empty || (kind != Kind::Data && !self.shown.is_empty())
			},
			_ => false,
		};
		answered || self.is_released() || self.is_sensor_at_fault()
	}

	/// Whether a member contradicted itself, so that others may have built on what is not on file, or would have to
	/// answer to who is worth no answer.
	///
	/// Where two differ, one side must be left to members that did so. Whoever else has its tree upholds it: it owes
	/// what it owed before, what is on file of the tree stays right, and it does not matter who opens it. Otherwise one
	/// of many that share a lie could sacrifice itself for the others.
	pub(super) fn is_released(&self) -> bool {
		let faulty = |place: usize| {
			let testimony = self.testimonies.get(place);
			testimony.is_some_and(|testimony| testimony.fault.is_some())
		};
		let upheld = |side: &Side| {
			let mut all = self.places().map(|(place, _)| place);
			all.any(|place| !faulty(place) && self.side_of(place) == Some(side))
		};
		match &self.sides {
			Some(sides) => !sides.iter().all(upheld),
			None => self.places().any(|(place, _)| faulty(place)),
		}
	}
}
