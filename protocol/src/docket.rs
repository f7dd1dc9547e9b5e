//! A dispute about one window, as a state machine without any storage: what the members have said, what
//! was shown, and the verdict that follows.
//!
//! A dispute opens when two statements contradict each other, or when members are silent. Whoever holds
//! what a member signed can put it on file, so that the chain stands in for a network that does not
//! deliver. If the members answer and agree, the window settles as any other. If they contradict each
//! other, the window's messages are shown and its function is run again ([`crate::Trial`]). The verdict
//! names those who are proven wrong and, apart from them, those who did not answer in time.
//!
//! There is one dispute about an agreement at a time. Its window is that of the complaint, or of the
//! members that contradict each other; but whoever contradicts itself about any window of the agreement is
//! proven wrong in it.
//!
//! # No honest member is found at fault
//!
//! Honest is who puts on file all that it holds; says so if it lacks messages; and shows its window when
//! that is asked for, when the roots or results on file differ, or when another's possession is wrong.
//! Whatever all others do, it is never proven wrong:
//!
//! - it says no two things about one window, roster and version of the window's sources, and what it
//!   reveals opens what it committed to;
//! - its window can be shown, since sensors signed every message of it. A trial belongs to a root, and
//!   each part of it must belong to that root ([`crate::Trial::step`]): whoever shows other messages, or
//!   messages that nobody signed, leaves it where it was. If others show a different window, or only a
//!   part of it, a sensor signed twice, and nobody is at fault for its window;
//! - its result is what the chain computes from its window: what is void, and which key signs, is as it was
//!   known when the dispute was opened, which is what the docket's version stands for.
//!
//! Neither is it absent:
//!
//! - as long as it lacks messages it owes none, and no commitment either ([`Docket::lack`]); from when
//!   the window is shown, asked for or not, it has the whole time to commit;
//! - who has committed when others lack messages owes them, and has them. Who commits later than that owes
//!   nothing more, as it may not have the time any more to show anything;
//! - whoever reveals a set of commitments that nobody made answers nothing, and counts as absent; but the
//!   set of an honest member is the one on file, or the author of another one contradicted itself. It revealed
//!   when it had heard all of them, and puts them on file: in the last stage nobody can bring in its reveal
//!   before they are, nor its reveal before its own commitment;
//! - whoever contradicts another, while no window is shown, is absent with it; but an honest member shows its
//!   window as soon as anything on file contradicts it, and has half of the last stage at least to do so. It
//!   need not because of those who contradicted themselves, nor if a sensor is found to have signed twice. Who
//!   lacks messages has committed to nothing, and contradicts nobody;
//! - when the sources turn out to be of another version than when the dispute was opened, nobody has to
//!   answer, for all commit anew, with fresh secrets. The chain knows that before any member can have
//!   said anything about the new version, and the old one it files no more.
//!
//! It always has the time to do so. What an answer could refute counts only once the deadline has passed,
//! and nothing new is put on file in the second half of the last stage, so that nobody can be surprised
//! by a window that is shown in the last block. Commitments, messages, commitments of those that lacked
//! them, reveals and evidence: a dispute is over after five times the time to answer.
//!
//! An honest member holds what was said about a window until all members have declared that they are done
//! with it, as it is known to be. From then on they can have a dispute about it dismissed
//! ([`Docket::is_dismissed_by`]), so that one who kept everything has nothing to gain. If something becomes known
//! of it later, it has said nothing about that, and answers as if it had never seen the window.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, ConstU32};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{
	AgreementId, Commitment, IntermediaryId, Reveal, Roster, SignedDone, SignedStatement,
	SourceVersion, Statement, WindowIndex, MAX_INTERMEDIARIES,
};

use crate::{
	evidence::{conflict, Conflict},
	wire::Revealed,
};

mod messages;
mod types;
mod verdict;

pub use types::{Effect, Fault, FileError, Shown, Stage, Testimony};
pub use verdict::Verdict;

/// The most windows that are shown in one dispute: two that differ prove that a sensor is at fault.
pub const MAX_WINDOWS: u32 = 2;

/// The state of a dispute.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Docket<BlockNumber> {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The version of the window's sources when the dispute was opened: only what was said of that version
	/// is put on file.
	pub version: SourceVersion,
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
	/// The windows that were shown as a whole; no two are the same.
	pub shown: BoundedVec<Shown, ConstU32<MAX_WINDOWS>>,
	/// The index, among the agreement's feeds, of the first sensor of which different messages with one
	/// number were shown, be it not as parts of whole windows.
	pub sensor: Option<u8>,
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// A dispute about a window that waits for commitments.
	pub fn new(
		agreement: AgreementId,
		window: WindowIndex,
		version: SourceVersion,
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
			version,
			roster,
			opened: now,
			stage: Stage::Commitments,
			deadline: now.saturating_add(answer),
			testimonies,
			shown: BoundedVec::new(),
			sensor: None,
		}
	}

	/// The place of a statement's author, if the statement could be put on file. The author's signature is
	/// not looked at.
	pub fn check(&self, statement: &Statement, now: BlockNumber) -> Result<usize, FileError> {
		let place = self.check_author(statement, now)?;
		let same = statement.window() == self.window && statement.version() == self.version;
		same.then_some(place).ok_or(FileError::OtherRound)
	}

	/// The same, whichever window the statement is about.
	fn check_author(&self, statement: &Statement, now: BlockNumber) -> Result<usize, FileError> {
		if now > self.deadline {
			return Err(FileError::TooLate);
		}
		let same =
			statement.agreement() == self.agreement && statement.roster() == self.roster.number;
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
		let testimony = self.testimony(place)?;
		let contradicted = testimony
			.said
			.statements()
			.find_map(|known| conflict(&known.statement, &statement));
		match contradicted {
			Some(found) => testimony.fault = Some(fault_of(found)),
			None => self.keep(place, signed, assent, now, answer)?,
		}
		let disagrees = self.contradicts_others(place, &statement);
		Ok(self.advance(disagrees, now, answer))
	}

	/// Puts two statements on file that contradict each other. Their signatures must have been verified.
	///
	/// A member that contradicts itself is proven wrong whichever window of the agreement it spoke of.
	/// What two members say that contradict each other must be about the window in dispute.
	pub fn contest(
		&mut self,
		left: SignedStatement,
		right: SignedStatement,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let found = conflict(&left.statement, &right.statement).ok_or(FileError::NoConflict)?;
		match found {
			Conflict::Equivocation { .. } | Conflict::FalseReveal { .. } => {
				let place = self.check_author(&left.statement, now)?;
				self.testimony(place)?.fault = Some(fault_of(found));
				if self.check(&left.statement, now).is_ok() {
					// What it said first is kept: others may have built on it.
					let _ = self.keep(place, left, None, now, answer);
				}
				Ok(self.advance(false, now, answer))
			},
			_ => {
				self.check(&left.statement, now)?;
				self.check(&right.statement, now)?;
				let first = self.file(left, None, now, answer);
				let second = self.file(right, None, now, answer);
				match (first, second) {
					(Ok(first), Ok(second)) => Ok(first.max(second)),
					(Ok(effect), Err(_)) | (Err(_), Ok(effect)) => Ok(effect),
					(Err(error), Err(_)) => Err(error),
				}
			},
		}
	}

	/// Whether all members have declared themselves done with the window: one declaration of each, in the order
	/// of the roster. Their signatures are not looked at.
	pub fn is_dismissed_by(&self, declarations: &[SignedDone]) -> bool {
		let members = &self.roster.members;
		let declares = |(member, signed): (&IntermediaryId, &SignedDone)| {
			let done = &signed.done;
			done.agreement == self.agreement
				&& done.roster == self.roster.number
				&& done.intermediary == *member
				&& done.below > self.window
		};
		declarations.len() == members.len() && members.iter().zip(declarations).all(declares)
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

	/// What is on file about the member at `place`, unless it is proven to have contradicted itself: then
	/// nothing it says is worth anything any more.
	fn testimony(&mut self, place: usize) -> Result<&mut Testimony, FileError> {
		let testimony = self
			.testimonies
			.get_mut(place)
			.ok_or(FileError::NotAMember)?;
		match testimony.fault {
			Some(_) => Err(FileError::NothingNew),
			None => Ok(testimony),
		}
	}

	/// Keeps what contradicts nothing that its author said.
	///
	/// Not in the second half of the last stage: it belongs to those who must show their window because of
	/// what others said. And no reveal in the last stage before the commitments are that it was made for: else
	/// others could bring in an honest one so late that its author has no time any more for these.
	fn keep(
		&mut self,
		place: usize,
		signed: SignedStatement,
		assent: Option<sr25519::Signature>,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<(), FileError> {
		let half = answer / 2u32.into();
		if self.stage == Stage::Evidence && now.saturating_add(half) > self.deadline {
			return Err(FileError::TooLate);
		}
		if matches!(signed.statement, Statement::Reveal(_)) && !self.takes_reveal_of(place) {
			return Err(FileError::CommitmentMissing);
		}
		let testimony = self
			.testimonies
			.get_mut(place)
			.ok_or(FileError::NotAMember)?;
		let is_new = testimony.said.add(signed, assent);
		is_new.then_some(()).ok_or(FileError::NothingNew)
	}

	/// Whether what the member at `place` revealed can be put on file: in the last stage, only once the commitments
	/// are of all that did not contradict themselves, unless it is already, and just lacks its assent.
	pub fn takes_reveal_of(&self, place: usize) -> bool {
		let mut all = self.testimonies.iter();
		let heard = |other: &Testimony| other.said.commit.is_some() || other.fault.is_some();
		self.stage != Stage::Evidence || self.reveal(place).is_some() || all.all(heard)
	}

	fn places(&self) -> impl Iterator<Item = (usize, IntermediaryId)> + '_ {
		self.roster.members.iter().copied().enumerate()
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

	/// Goes on to the next stage if it is time. `disagree` tells that statements of two members contradict
	/// each other; that one is proven wrong is known already.
	fn advance(&mut self, disagree: bool, now: BlockNumber, answer: BlockNumber) -> Effect {
		let all_committed = self
			.places()
			.all(|(place, _)| self.commitment(place).is_some());
		let (stage, effect) = match self.stage {
			Stage::Evidence => return Effect::None,
			_ if disagree || !self.faults().is_empty() => (Stage::Evidence, Effect::Contested),
			Stage::Commitments | Stage::Messages if all_committed => {
				(Stage::Reveals, Effect::Advanced)
			},
			Stage::Commitments | Stage::Messages | Stage::Reveals => return Effect::None,
		};
		self.stage = stage;
		self.deadline = now.saturating_add(answer);
		effect
	}

	/// Begins a stage, be it the same once more.
	fn wait_for(&mut self, stage: Stage, now: BlockNumber, answer: BlockNumber) -> Effect {
		self.stage = stage;
		self.deadline = now.saturating_add(answer);
		Effect::Advanced
	}
}

/// The fault of the author who contradicted itself.
fn fault_of(found: Conflict) -> Fault {
	match found {
		Conflict::FalseReveal { .. } => Fault::FalseReveal,
		_ => Fault::Equivocation,
	}
}

#[cfg(test)]
mod tests;
