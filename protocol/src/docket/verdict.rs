//! What a dispute comes to.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::{commitment_set, IntermediaryId, SignedStatement};

use super::{Docket, Fault, Stage, Testimony};
use crate::{
	evidence::{conflict, Conflict},
	window::possession,
};

/// What a dispute comes to.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Verdict {
	/// Who is proven wrong, and how.
	pub faults: Vec<(IntermediaryId, Fault)>,
	/// Who did not answer in time, or only with a set of commitments that nobody made, or said what contradicts
	/// others and nobody showed.
	pub absent: Vec<IntermediaryId>,
	/// A sensor signed two messages with one number, so that the window is void.
	pub sensor_at_fault: bool,
	/// The window can still be computed: nothing has been revealed to another roster, or all that has
	/// been said is about another version of its sources.
	pub reopen: bool,
}

impl Fault {
	/// Whether no answer can refute it: a window that others contradict can still be shown.
	fn is_final(self) -> bool {
		self != Fault::WrongWindow
	}
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// Whether there is nothing more to wait for. `over` tells that the window has settled, or that its
	/// sources are of another version than when the dispute was opened.
	pub fn is_ripe(&self, now: BlockNumber, over: bool) -> bool {
		now > self.deadline || over || self.is_null() || self.is_proven()
	}

	/// Who is wrong, who was silent, and what may become of the window.
	///
	/// Before the deadline, and when it is `over`, silence means nothing and only what no answer can refute
	/// counts: nobody has to answer about a window that has settled, or to which all must commit anew.
	pub fn judge(&self, now: BlockNumber, over: bool) -> Verdict {
		let answered = over || now <= self.deadline;
		let mut faults = match answered {
			true => self.faults(),
			false => self.faults_in_the_end(),
		};
		let mut absent = Vec::new();
		if answered {
			faults.retain(|(_, fault)| fault.is_final());
		} else {
			let faulty = |id| faults.iter().any(|(member, _)| *member == id);
			let set = self.commitments();
			let absentees = self
				.places()
				.filter(|(place, _)| self.is_silent(*place) || self.has_wrong_set(*place, set));
			let absentees = absentees.map(|(_, member)| member);
			absent.extend(absentees.filter(|id| !faulty(*id)));
		}
		let failed = !faults.is_empty() || !absent.is_empty();
		let sensor_at_fault = self.is_sensor_at_fault();
		Verdict {
			reopen: over || (failed && !self.is_revealing() && !sensor_at_fault),
			sensor_at_fault,
			faults,
			absent,
		}
	}

	/// What becomes of a dispute that is dismissed: only what no answer could refute counts, that members
	/// contradicted themselves as well as what the windows that were shown prove of those who committed to
	/// them, or of a sensor. Who committed to another one need not remember it any more.
	pub fn dismissal(&self) -> Verdict {
		let mut faults = self.faults();
		faults.retain(|(_, fault)| fault.is_final());
		Verdict {
			faults,
			sensor_at_fault: self.is_sensor_at_fault(),
			..Default::default()
		}
	}

	/// Who is wrong as far as is known now, and how.
	pub(super) fn faults(&self) -> Vec<(IntermediaryId, Fault)> {
		self.places()
			.filter_map(|(place, member)| Some((member, self.fault(place)?)))
			.collect()
	}

	/// Who is wrong once nobody can answer any more, and how.
	fn faults_in_the_end(&self) -> Vec<(IntermediaryId, Fault)> {
		let fault = |place| {
			self.fault(place)
				.or_else(|| self.fault_of_bare_reveal(place))
		};
		self.places()
			.filter_map(|(place, member)| Some((member, fault(place)?)))
			.collect()
	}

	/// How the member at `place` is wrong as far as is known now.
	fn fault(&self, place: usize) -> Option<Fault> {
		let testimony = self.testimonies.get(place)?;
		testimony.fault.or_else(|| self.fault_of_window(place))
	}

	/// What the windows that were shown prove against the member at `place`.
	fn fault_of_window(&self, place: usize) -> Option<Fault> {
		let commitment = self.commitment(place)?;
		if self.shown.is_empty() {
			return None;
		}
		let mut windows = self.shown.iter();
		let Some(shown) = windows.find(|shown| shown.root == commitment.root) else {
			// If a sensor signed different messages, nobody can tell which window is the right one.
			return (!self.is_sensor_at_fault()).then_some(Fault::WrongWindow);
		};
		let (agreement, member) = (&self.agreement, commitment.intermediary);
		if commitment.possession != possession(agreement, self.window, member, &shown.digest) {
			return Some(Fault::FalsePossession);
		}
		let reveal = self.reveal(place)?;
		(reveal.result != shown.result).then_some(Fault::WrongResult)
	}

	/// What the only window that was shown proves in the end against the member at `place`, if it revealed but
	/// did not put on file to what it had committed: then its reveal can be about no other.
	fn fault_of_bare_reveal(&self, place: usize) -> Option<Fault> {
		if self.stage != Stage::Evidence || !self.is_bare(place) || self.is_sensor_at_fault() {
			return None;
		}
		let (reveal, shown) = (self.reveal(place)?, self.shown.first()?);
		(reveal.result != shown.result).then_some(Fault::WrongResult)
	}

	/// Whether a reveal of the member at `place` is on file, but no commitment.
	fn is_bare(&self, place: usize) -> bool {
		self.reveal(place).is_some() && self.commitment(place).is_none()
	}

	/// Whether the member at `place` revealed another set of commitments than `set`, that of all on file.
	///
	/// Cannot be told if somebody contradicted itself: it may have committed to something else as well.
	/// Neither can it while any is missing, but in the end of a contested dispute: whoever revealed has
	/// heard all of them, and had the time to put them on file.
	fn has_wrong_set(&self, place: usize, set: Option<H256>) -> bool {
		let sound = self.testimonies.iter().all(|other| other.fault.is_none());
		let told = set.is_some() || self.stage == Stage::Evidence;
		let revealed = self.reveal(place).map(|reveal| reveal.commitments);
		sound && told && revealed.is_some() && revealed != set
	}

	/// The hash of all commitments, if all are on file.
	fn commitments(&self) -> Option<H256> {
		let seals: Option<Vec<H256>> = self
			.places()
			.map(|(place, _)| Some(self.commitment(place)?.seal))
			.collect();
		Some(commitment_set(&seals?))
	}

	/// Whether the member at `place` owes what the dispute waits for.
	fn is_silent(&self, place: usize) -> bool {
		match self.stage {
			Stage::Commitments => self.commitment(place).is_none(),
			Stage::Messages => self.owes_messages(place),
			Stage::Reveals => !self.has_revealed(place),
			Stage::Evidence => self.is_bare(place) || self.owes_evidence(place),
		}
	}

	/// Whether the member at `place` said what another one contradicts, and nobody showed any window.
	///
	/// Whoever contradicted itself as well contradicts nobody: nothing has to be shown because of it. Nor has
	/// anything if a sensor signed twice.
	fn owes_evidence(&self, place: usize) -> bool {
		let Some(own) = self.testimonies.get(place) else {
			return false;
		};
		let others = self.testimonies.iter().enumerate();
		let mut others = others
			.filter(|(other, testimony)| *other != place && testimony.fault.is_none())
			.flat_map(|(_, testimony)| testimony.said.statements());
		let refutable = |theirs: &SignedStatement| {
			own.said.statements().any(|own| {
				let found = conflict(&own.statement, &theirs.statement);
				found.is_some_and(Conflict::is_shown_by_messages)
			})
		};
		self.shown.is_empty() && !self.is_sensor_at_fault() && others.any(refutable)
	}

	/// Whether the member at `place` had committed when others said that they lack messages; or did neither,
	/// and has not since.
	fn owes_messages(&self, place: usize) -> bool {
		let Some(testimony) = self.testimonies.get(place) else {
			return false;
		};
		testimony.asked || (testimony.said.commit.is_none() && !testimony.lacks)
	}

	/// Whether the reveal of the member at `place` is on file, and unless it is null, the assent with it.
	fn has_revealed(&self, place: usize) -> bool {
		let assented = |revealed: &crate::Revealed| revealed.settlement.is_some();
		self.is_null_at(place) || self.revealed(place).is_some_and(assented)
	}

	fn is_null_at(&self, place: usize) -> bool {
		self.reveal(place)
			.is_some_and(|reveal| reveal.result.is_none())
	}

	/// Whether everyone revealed null, so that there is nothing to settle.
	fn is_null(&self) -> bool {
		self.stage == Stage::Reveals && self.places().all(|(place, _)| self.is_null_at(place))
	}

	/// Whether anyone's reveal is on file.
	fn is_revealing(&self) -> bool {
		let mut all = self.testimonies.iter();
		all.any(|testimony| testimony.said.reveal.is_some())
	}

	/// Whether someone is proven wrong beyond refutation, and nothing that could prove more is missing.
	fn is_proven(&self) -> bool {
		let faults = self.faults();
		let revealing = self.is_revealing();
		let is_complete = |testimony: &Testimony| {
			let said = &testimony.said;
			testimony.fault.is_some()
				|| (said.commit.is_some() && (said.reveal.is_some() || !revealing))
		};
		self.stage == Stage::Evidence
			&& !faults.is_empty()
			&& faults.iter().all(|(_, fault)| fault.is_final())
			&& self.testimonies.iter().all(is_complete)
			&& self.others_agree(&faults)
	}

	/// Whether something on file contradicts something else on file, or what was shown.
	///
	/// If so, the window had to be shown.
	pub fn is_contradicted(&self) -> bool {
		let refuted = |(place, _)| {
			let mut shown = self.shown.iter();
			let reveal = self.reveal(place);
			reveal.is_some_and(|reveal| shown.any(|shown| shown.result != reveal.result))
		};
		self.is_sensor_at_fault()
			|| !self.faults().is_empty()
			|| self.places().any(refuted)
			|| !self.others_agree(&[])
	}

	/// Whether those that are not at fault do not contradict each other.
	fn others_agree(&self, faults: &[(IntermediaryId, Fault)]) -> bool {
		let at_fault = |signed: &&SignedStatement| {
			let author = signed.statement.intermediary();
			faults.iter().any(|(member, _)| *member == author)
		};
		let statements: Vec<_> = self
			.testimonies
			.iter()
			.flat_map(|testimony| testimony.said.statements())
			.filter(|signed| !at_fault(signed))
			.map(|signed| &signed.statement)
			.collect();
		statements.iter().enumerate().all(|(index, left)| {
			let mut later = statements.iter().skip(index.saturating_add(1));
			later.all(|right| conflict(left, right).is_none())
		})
	}
}
