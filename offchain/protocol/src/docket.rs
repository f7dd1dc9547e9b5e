//! A dispute about one window, as a state machine without any storage: what the members have said, what
//! was shown, and the verdict that follows.
//!
//! A dispute opens when two statements contradict each other, or when members are silent. Whoever holds
//! what a member signed can put it on file, so that the chain stands in for a network that does not
//! deliver. If the members answer and agree, the window settles as any other. If they contradict each
//! other, the window's messages are shown and its function is run again ([`crate::Trial`]). The verdict
//! names those who are proven wrong and, apart from them, those who did not answer in time.
//!
//! An honest member that puts on file all that it holds, and shows its window when the roots or results
//! differ, is never found at fault, whatever all others do:
//!
//! - it says no two things, and what it reveals opens what it committed to;
//! - its window can be shown, since sensors signed every message of it; if others show a different one,
//!   a sensor signed twice, and neither side is at fault;
//! - its result is what the chain computes from its window;
//! - its set of commitments is the one on file, or the author of another one equivocated.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, ConstU32, H256};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{
	commitment_set, AgreementId, Commitment, IntermediaryId, ResultValue, Reveal, Roster,
	SignedStatement, Statement, WindowIndex, MAX_INTERMEDIARIES,
};

use crate::{
	evidence::{conflict, Conflict},
	window::possession,
	wire::{Revealed, Said},
};

/// What a dispute waits for.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Stage {
	/// Every member's commitment: who does not put one on file in time is absent.
	Commitments,
	/// Every member's reveal, and its assent to settle.
	Reveals,
	/// What shows who is wrong: statements, and the window's messages. The window is frozen.
	Evidence,
}

/// How a member is proven wrong.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Fault {
	/// It signed two different statements of the same sort, or assented to what it did not reveal.
	Equivocation,
	/// It revealed what does not open its commitment.
	FalseReveal,
	/// It committed to a window that signed messages contradict.
	WrongWindow,
	/// It committed to a window without having it: it copied the root.
	FalsePossession,
	/// It revealed another result than its window gives.
	WrongResult,
	/// It revealed a set of commitments that nobody made.
	WrongSet,
}

/// What is on file about one member.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Testimony {
	/// What it said.
	pub said: Said,
	/// What its statements alone prove.
	pub fault: Option<Fault>,
}

/// A window that was shown: every message, signed by its sensor.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Shown {
	/// Its Merkle root.
	pub root: H256,
	/// Its digest, see [`crate::Window::digest`].
	pub digest: H256,
	/// What the function gives for it.
	pub result: Option<ResultValue>,
}

/// Why something cannot be put on file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileError {
	/// It is about another window, agreement or roster.
	OtherRound,
	/// Its author is not a member.
	NotAMember,
	/// It is on file already, or proves nothing that is not known.
	NothingNew,
	/// The two statements do not contradict each other.
	NoConflict,
	/// The deadline has passed.
	TooLate,
}

/// What follows from something that was put on file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
	/// The dispute goes on as before.
	None,
	/// The next stage has begun.
	Advanced,
	/// Statements contradict each other from now on: the window must be frozen.
	Contested,
}

/// What a dispute comes to.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Verdict {
	/// Who is proven wrong, and how.
	pub faults: Vec<(IntermediaryId, Fault)>,
	/// Who did not answer in time.
	pub absent: Vec<IntermediaryId>,
	/// Different windows were shown, so that a sensor signed two messages with one number.
	pub sensor_at_fault: bool,
	/// Nothing has been revealed, so that another roster can still compute the window.
	pub reopen: bool,
}

/// The state of a dispute.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Docket<BlockNumber> {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The roster whose members are heard.
	pub roster: Roster,
	/// The block in which the dispute was opened.
	pub opened: BlockNumber,
	/// What it waits for.
	pub stage: Stage,
	/// The last block in which it waits for that.
	pub deadline: BlockNumber,
	/// What is on file about each member, by place.
	pub testimonies: BoundedVec<Testimony, ConstU32<MAX_INTERMEDIARIES>>,
	/// The windows that were shown; no two are the same.
	pub shown: BoundedVec<Shown, ConstU32<MAX_INTERMEDIARIES>>,
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// A dispute about a window that waits for commitments.
	pub fn new(
		agreement: AgreementId,
		window: WindowIndex,
		roster: Roster,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Self {
		let mut testimonies = BoundedVec::new();
		for _ in &roster.members {
			testimonies.force_push(Testimony::default());
		}
		Self {
			agreement,
			window,
			roster,
			opened: now,
			stage: Stage::Commitments,
			deadline: now.saturating_add(answer),
			testimonies,
			shown: BoundedVec::new(),
		}
	}

	/// Whether a statement could be put on file. The author's signature is not looked at.
	pub fn check(&self, statement: &Statement, now: BlockNumber) -> Result<usize, FileError> {
		if now > self.deadline {
			return Err(FileError::TooLate);
		}
		let same = statement.agreement() == self.agreement
			&& statement.window() == self.window
			&& statement.roster() == self.roster.number;
		if !same {
			return Err(FileError::OtherRound);
		}
		let author = statement.intermediary();
		self.roster.place(author).ok_or(FileError::NotAMember)
	}

	/// Puts a statement on file, with the assent that goes with a reveal. All signatures must have been
	/// verified, the assent's over [`crate::settlement_of`] the commitment on file and the reveal.
	pub fn file(
		&mut self,
		signed: SignedStatement,
		assent: Option<sr25519::Signature>,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let place = self.check(&signed.statement, now)?;
		let statement = signed.statement.clone();
		let testimony = self
			.testimonies
			.get_mut(place)
			.ok_or(FileError::NotAMember)?;
		if testimony.fault.is_some() {
			return Err(FileError::NothingNew);
		}
		let contradicted = testimony
			.said
			.statements()
			.find_map(|known| conflict(&known.statement, &statement));
		match contradicted {
			Some(found) => testimony.fault = Some(fault_of(found)),
			None => testimony.said.add(signed, assent)?,
		}
		let contested = contradicted.is_some() || self.contradicts_others(place, &statement);
		Ok(self.advance(contested, now, answer))
	}

	/// Puts two statements on file that contradict each other. Their signatures must have been verified.
	pub fn contest(
		&mut self,
		left: SignedStatement,
		right: SignedStatement,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let found = conflict(&left.statement, &right.statement).ok_or(FileError::NoConflict)?;
		let place = self.check(&left.statement, now)?;
		self.check(&right.statement, now)?;
		match found {
			Conflict::Equivocation { .. } | Conflict::FalseReveal { .. } => {
				let testimony = self
					.testimonies
					.get_mut(place)
					.ok_or(FileError::NotAMember)?;
				if testimony.fault.is_some() {
					return Err(FileError::NothingNew);
				}
				testimony.fault = Some(fault_of(found));
				// What it said first is kept: others may have built on it.
				let _ = testimony.said.add(left, None);
				Ok(self.advance(true, now, answer))
			},
			_ => {
				let first = self.file(left, None, now, answer);
				let second = self.file(right, None, now, answer);
				match (first, second) {
					(Err(error), Err(_)) => Err(error),
					(Ok(Effect::Contested), _) | (_, Ok(Effect::Contested)) => {
						Ok(Effect::Contested)
					},
					_ => Ok(Effect::None),
				}
			},
		}
	}

	/// Takes in that a window was shown.
	pub fn show(&mut self, shown: Shown, now: BlockNumber, answer: BlockNumber) -> Effect {
		let known = self.shown.iter().any(|other| other.root == shown.root);
		if !known && self.shown.try_push(shown).is_err() {
			return Effect::None;
		}
		let faulty = !self.judge(now).faults.is_empty();
		self.advance(faulty, now, answer)
	}

	/// Whether the window with the root to which the member at `place` committed may still be shown.
	pub fn may_show(&self, place: usize, now: BlockNumber) -> Option<H256> {
		let root = self.commitment(place)?.root;
		let open = now <= self.deadline && !self.shown.iter().any(|shown| shown.root == root);
		open.then_some(root)
	}

	/// Whether there is nothing more to wait for. `settled` tells whether the window has settled.
	pub fn is_ripe(&self, now: BlockNumber, settled: bool) -> bool {
		now > self.deadline || settled || self.is_null() || self.is_proven(now)
	}

	/// Who is wrong, who was silent, and what may become of the window, as far as is known now.
	pub fn judge(&self, now: BlockNumber) -> Verdict {
		let set = self.commitments();
		let faults: Vec<_> = self
			.places()
			.filter_map(|(place, member)| Some((member, self.fault(place, &set)?)))
			.collect();
		let late = now > self.deadline;
		let silent = |place: &usize| match self.stage {
			Stage::Commitments => self.commitment(*place).is_none(),
			Stage::Reveals => !self.is_revealed(*place),
			Stage::Evidence => false,
		};
		let absent: Vec<_> = self
			.places()
			.filter(|(place, _)| late && silent(place) && self.fault(*place, &set).is_none())
			.map(|(_, member)| member)
			.collect();
		let revealed = self
			.testimonies
			.iter()
			.any(|testimony| testimony.said.reveal.is_some());
		Verdict {
			reopen: !revealed && !(faults.is_empty() && absent.is_empty()),
			sensor_at_fault: self.shown.len() > 1,
			faults,
			absent,
		}
	}

	/// The commitment on file of the member at `place`.
	pub fn commitment(&self, place: usize) -> Option<&Commitment> {
		match &self.testimonies.get(place)?.said.commit.as_ref()?.statement {
			Statement::Commit(commitment) => Some(commitment),
			_ => None,
		}
	}

	/// The reveal on file of the member at `place`.
	pub fn reveal(&self, place: usize) -> Option<&Reveal> {
		match &self.revealed(place)?.statement.statement {
			Statement::Reveal(reveal) => Some(reveal),
			_ => None,
		}
	}

	fn revealed(&self, place: usize) -> Option<&Revealed> {
		self.testimonies.get(place)?.said.reveal.as_ref()
	}

	/// Whether all that the member at `place` owes in a round is on file.
	fn is_revealed(&self, place: usize) -> bool {
		self.revealed(place).is_some_and(|revealed| {
			let null = self
				.reveal(place)
				.is_some_and(|reveal| reveal.result.is_none());
			null || revealed.settlement.is_some()
		})
	}

	fn places(&self) -> impl Iterator<Item = (usize, IntermediaryId)> + '_ {
		self.roster.members.iter().copied().enumerate()
	}

	/// The hash of all commitments, if all are on file.
	fn commitments(&self) -> Option<H256> {
		let seals: Option<Vec<H256>> = self
			.places()
			.map(|(place, _)| Some(self.commitment(place)?.seal))
			.collect();
		Some(commitment_set(&seals?))
	}

	/// Whether a statement contradicts what another member than the one at `place` said.
	fn contradicts_others(&self, place: usize, statement: &Statement) -> bool {
		let others = self
			.testimonies
			.iter()
			.enumerate()
			.filter(|(other, _)| *other != place);
		others
			.flat_map(|(_, testimony)| testimony.said.statements())
			.any(|other| conflict(&other.statement, statement).is_some())
	}

	fn advance(&mut self, contested: bool, now: BlockNumber, answer: BlockNumber) -> Effect {
		let all_committed = self
			.places()
			.all(|(place, _)| self.commitment(place).is_some());
		let (stage, effect) = match self.stage {
			Stage::Evidence => return Effect::None,
			_ if contested => (Stage::Evidence, Effect::Contested),
			Stage::Commitments if all_committed => (Stage::Reveals, Effect::Advanced),
			Stage::Commitments | Stage::Reveals => return Effect::None,
		};
		self.stage = stage;
		self.deadline = now.saturating_add(answer);
		effect
	}

	/// How the member at `place` is wrong, as far as is known now.
	fn fault(&self, place: usize, set: &Option<H256>) -> Option<Fault> {
		let testimony = self.testimonies.get(place)?;
		testimony
			.fault
			.or_else(|| self.fault_of_window(place))
			.or_else(|| self.fault_of_set(place, set))
	}

	/// What the windows that were shown prove against the member at `place`.
	fn fault_of_window(&self, place: usize) -> Option<Fault> {
		let commitment = self.commitment(place)?;
		if self.shown.is_empty() {
			return None;
		}
		let Some(shown) = self
			.shown
			.iter()
			.find(|shown| shown.root == commitment.root)
		else {
			return Some(Fault::WrongWindow);
		};
		let (agreement, member) = (&self.agreement, commitment.intermediary);
		if commitment.possession != possession(agreement, self.window, member, &shown.digest) {
			return Some(Fault::FalsePossession);
		}
		let wrong = self
			.reveal(place)
			.is_some_and(|reveal| reveal.result != shown.result);
		wrong.then_some(Fault::WrongResult)
	}

	/// Whether the member at `place` revealed a set of commitments that nobody made. Cannot be told while
	/// any is missing, or if somebody made more than one.
	fn fault_of_set(&self, place: usize, set: &Option<H256>) -> Option<Fault> {
		let equivocated = self
			.testimonies
			.iter()
			.any(|testimony| testimony.fault == Some(Fault::Equivocation));
		let wrong = self.reveal(place)?.commitments != (*set)?;
		(wrong && !equivocated).then_some(Fault::WrongSet)
	}

	/// Whether everyone revealed null, so that there is nothing to settle.
	fn is_null(&self) -> bool {
		self.stage == Stage::Reveals
			&& self.places().all(|(place, _)| {
				self.reveal(place)
					.is_some_and(|reveal| reveal.result.is_none())
			})
	}

	/// Whether someone is proven wrong by what no answer can change, and nothing that could prove more is
	/// missing.
	fn is_proven(&self, now: BlockNumber) -> bool {
		let faults = self.judge(now).faults;
		let revealing = self
			.testimonies
			.iter()
			.any(|testimony| testimony.said.reveal.is_some());
		let complete = self.testimonies.iter().all(|testimony| {
			let said = &testimony.said;
			testimony.fault.is_some()
				|| (said.commit.is_some() && (said.reveal.is_some() || !revealing))
		});
		let is_final = |fault: &Fault| !matches!(fault, Fault::WrongWindow | Fault::WrongSet);
		self.stage == Stage::Evidence
			&& complete
			&& !faults.is_empty()
			&& faults.iter().all(|(_, fault)| is_final(fault))
			&& self.others_agree(&faults)
	}

	/// Whether those that are not at fault do not contradict each other.
	fn others_agree(&self, faults: &[(IntermediaryId, Fault)]) -> bool {
		let statements: Vec<_> = self
			.testimonies
			.iter()
			.flat_map(|testimony| testimony.said.statements())
			.map(|signed| &signed.statement)
			.filter(|statement| {
				let author = statement.intermediary();
				!faults.iter().any(|(faulty, _)| *faulty == author)
			})
			.collect();
		statements.iter().enumerate().all(|(index, left)| {
			let mut later = statements.iter().skip(index.saturating_add(1));
			later.all(|right| conflict(left, right).is_none())
		})
	}
}

/// The fault of the author who contradicted itself.
fn fault_of(found: Conflict) -> Fault {
	match found {
		Conflict::FalseReveal { .. } => Fault::FalseReveal,
		_ => Fault::Equivocation,
	}
}
