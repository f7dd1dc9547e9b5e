//! A dispute about one round, as a state machine without any storage: what the members have said, what was shown, and
//! the verdict that follows.
//!
//! A dispute opens when two utterances contradict each other, or when members are silent. Whoever holds what a member
//! signed can put it on file, so that the chain stands in for a network that does not deliver. If the members answer
//! and agree, the round settles as any other. If two of them differ, their trees are opened until it is known in which
//! window; the messages of that window are shown, and its function is run again ([`crate::Trial`]). The verdict names
//! those who are proven wrong and, apart from them, those who did not answer in time.
//!
//! There is one dispute about an agreement at a time. After it all members commit anew, under a roster with another
//! number whether any of them was replaced or not: so there are no two disputes about one [`RoundId`], and no verdict
//! loses a window. A docket begins with a commitment on file, or with what contradicts each other.
//!
//! # Attempts
//!
//! Attempts 0 and 1 are those that members make without the chain too. In the first each commits to the range it can;
//! if all have, to ranges that end with different windows, the range of the leader counts in the second. What is on
//! file of the first is all that decides what the second is about.
//!
//! Later attempts exist only here. Whoever lacks messages of the range says so ([`Docket::lack`]), about the lowest
//! window of which it does. Those that committed to that window in any attempt owe the messages; once they are shown,
//! another attempt begins whose range ends with it. Its number is 2 at least: an honest member may have committed in
//! attempt 1 already, and must be able to say something else in the one that the chain begins. The windows that are
//! asked for become ever lower, and each member asks once: its range is then within what it has. If all have committed
//! before the messages are shown, whoever lacked them got them otherwise; then the range of the next attempt ends where
//! the shortest of theirs does, so that nobody lacks anything.
//!
//! # No honest member is found at fault
//!
//! Honest is who
//!
//! - puts on file, while it is waited for, what it holds of others' commitments and reveals, and its own; and what it
//!   holds, of this round or another one of the roster, that shows that one member contradicts itself;
//! - in the first attempt commits to the windows that it has, in later ones to the range; or else says that it lacks
//!   messages of the lowest window that it has not;
//! - opens the tree that it has wherever one of the sides has the same, be it another member's;
//! - shows its window when it is asked for it or claims something of it, until its own was shown.
//!
//! Whatever all others do, in whatever order, it is never proven wrong:
//!
//! - it makes no two commitments in one attempt at a round. In attempts that the chain begins it makes one for each
//!   range and what it begins from, which may be others on another branch of the chain: they are not held against each
//!   other. Those without the chain depend on others' signatures only, so that whoever makes it see two of them has
//!   contradicted itself;
//! - it assents to one set of commitments: that of those it has heard, be it jointly at first and by a signature of its
//!   own then;
//! - the hashes that are on file for its side are those of its tree, as there are no others with the root. So what it
//!   claims of a window is what it computed;
//! - its window can be shown, since sensors signed every message of it. A trial belongs to a root, and each part of it
//!   must belong to that root ([`crate::Trial::step`]): whoever shows other messages, or messages that nobody signed,
//!   leaves it where it was. If others show a different window, or only a part of it, a sensor signed twice, and nobody
//!   is at fault for its window. If nobody can, because messages are lacking for good, all know that, and claim nothing
//!   else;
//! - where two differ in digests or outcomes, they committed to the same windows, so that only one can be shown. Its
//!   digest and outcome are what the chain computes from it: what is void, and which key signs, is as it was known when
//!   the dispute was opened, which is what the docket's version stands for.
//!
//! Neither is it absent:
//!
//! - *Commitments.* It can always answer. In the first attempt it has the first window, or lacks messages of it, and
//!   somebody has committed to that from the beginning. In a later one somebody has committed to all windows of the
//!   range before the attempt began, so that it need not wait for anybody to say that it lacks one. If it has said so
//!   before, the range ends with the window that it lacked, or before. What it cannot do is commit in the second
//!   attempt if it did so before, and began from other commitments than those on file: but then it holds two of one
//!   author, since those of the first attempt stay on file;
//! - *Messages.* Only those owe them that had committed to the window when another said that it lacks it, and they have
//!   them. Who cannot commit either, and lacks a higher one, owes nothing as long as others wait;
//! - *Reveals.* Nothing is put on file that it has not said, and with any other set of commitments than that on file
//!   nobody can reveal. Whatever it revealed with before, it signs what all can sign who revealed the same, and never
//!   has to sign jointly. If it did so already because it heard another one, it holds two commitments of one author;
//! - *Opening, evidence.* It owes what bears out what it said, and has it.
//!
//! Who contradicts itself ends the dispute ([`Docket::is_ripe`]), and then nobody is absent: those that heard the one
//! thing cannot be told from those that heard the other. So it does in the last stages only if it is one of those that
//! differ, and all others that have its tree contradicted themselves, too: nothing else that is owed there depends on
//! what it said. Who is left with that tree owes no more than it did before, and has as much time.
//!
//! It always has the time to do so: each stage begins with the whole time to answer, whatever it began with and in
//! whichever block; the time stands still in blocks that had no room for answers ([`Docket::put_off`]); and nothing
//! that comes later in the stage makes anybody owe more. Nothing new is said once two members differ, so that who is to
//! show a window is known when that stage begins. What an answer could refute counts only once the deadline has passed;
//! and when the round has settled, or the sources turn out to be of another version than when the dispute was opened,
//! nobody has to answer any more.
//!
//! # Somebody is, or the round can settle
//!
//! Each stage but one ends with its deadline because somebody owes something. Two members that differ do so in one
//! window, and at most one of them is right; nobody gains by differing from an accomplice, since one of the two fails.
//! When all have revealed the same, there is time to settle before the roster gets another number: else whoever was
//! silent before could have the dispute judged at once, and have all for nothing.
//!
//! A dispute takes no longer than two times the time to answer for commitments, two for each member but one that lacks
//! messages, one for reveals, and one for the round to settle or three for two that differ: `(6 + 2·(n - 1))` times. In
//! each of these stages the time stands still for half as long at most ([`longest_stage`]), so that whoever fills all
//! blocks with answers has a dispute last half as long again, and no longer.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{
	commitment_set, lineup, longest_stage, AgreementId, Commitment, IntermediaryId, Progress,
	Reveal, Roster, RoundId, SourceVersion, Span, Utterance, WindowIndex, MAX_INTERMEDIARIES,
};

use crate::evidence::{conflict, Conflict};

mod messages;
mod opening;
mod types;
mod verdict;

pub use types::{
	Challenge, Effect, Fault, FileError, First, Hashes, Kind, Level, Pledge, Shown, Side, Stage,
	Testimony,
};
pub use verdict::Verdict;

use messages::SHORTENED;

/// The most windows that are shown to answer one question: two that differ prove that a sensor is at fault.
pub const MAX_WINDOWS: u32 = 2;

/// The state of a dispute.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Docket<BlockNumber> {
	/// The agreement.
	pub agreement: AgreementId,
	/// The roster whose members are heard.
	pub roster: Roster,
	/// The first window of the round.
	pub first: WindowIndex,
	/// Who takes part, and who leads, see [`syngraph_primitives::lineup`].
	pub lineup: H256,
	/// The version of the round's sources when the dispute was opened: only what was said of that version is put on
	/// file.
	pub version: SourceVersion,
	/// The place of the member whose range counts if those of all are not the same.
	pub leader: u8,
	/// The attempt of which utterances are put on file.
	pub attempt: u8,
	/// The first window after the range of the attempt; none if each member chooses its own.
	pub end: Option<WindowIndex>,
	/// The commitments from which the attempt begins.
	pub before: Option<H256>,
	/// The block in which the dispute was opened.
	pub opened: BlockNumber,
	/// What it waits for.
	pub stage: Stage,
	/// The last block in which it waits for that, as far as was known in the block in which it was last looked at, see
	/// [`Docket::put_off`].
	pub deadline: BlockNumber,
	/// The last block in which it ever waits for that.
	pub latest: BlockNumber,
	/// How many blocks had no room for answers until then, since the chain began.
	pub halted: BlockNumber,
	/// What is on file about each member, by place.
	pub testimonies: BoundedVec<Testimony, ConstU32<MAX_INTERMEDIARIES>>,
	/// Two members that differ, once there are any.
	pub sides: Option<[Side; 2]>,
	/// The windows that were shown as a whole because two differ; no two are the same.
	pub shown: BoundedVec<Shown, ConstU32<MAX_WINDOWS>>,
	/// The index, among the agreement's feeds, of the first sensor of which different messages with one
	/// number were shown, be it not as parts of whole windows.
	pub sensor: Option<u8>,
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// A dispute about the round that is to settle next. It waits for commitments.
	pub fn new(
		agreement: AgreementId,
		roster: Roster,
		progress: &Progress,
		version: SourceVersion,
		leader: u8,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Self {
		let mut testimonies = BoundedVec::new();
		for _ in &roster.members {
			testimonies.force_push(Testimony::default());
		}
		Self {
			agreement,
			lineup: lineup(&roster, progress.rounds),
			roster,
			first: progress.base,
			version,
			leader,
			attempt: 0,
			end: None,
			before: None,
			opened: now,
			stage: Stage::Commitments,
			deadline: now.saturating_add(answer),
			latest: now.saturating_add(longest_stage(answer)),
			halted: BlockNumber::zero(),
			testimonies,
			sides: None,
			shown: BoundedVec::new(),
			sensor: None,
		}
	}

	/// Takes in how many blocks have had no room for answers since the chain began. No deadline runs in these, so that
	/// this one is put off by as many as have come since it was last looked at, up to the latest that it can be.
	///
	/// Whoever looks at a docket in another block than the one in which it was stored says so first: nothing needs to
	/// be done about a dispute in each block. What is too late remains so, since no more blocks are added than have
	/// passed.
	pub fn put_off(&mut self, halted: BlockNumber) {
		let more = halted.saturating_sub(self.halted);
		self.halted = halted;
		self.deadline = self.deadline.saturating_add(more).min(self.latest);
	}

	/// The round that it is about.
	pub fn round(&self) -> RoundId {
		RoundId {
			agreement: self.agreement,
			roster: self.roster.number,
			first: self.first,
			version: self.version,
			lineup: self.lineup,
		}
	}

	/// The place of an utterance's author, if it is about what the dispute is about now. Its signatures are not looked
	/// at.
	pub fn check(&self, said: &Utterance, now: BlockNumber) -> Result<usize, FileError> {
		let place = self.check_author(said, now)?;
		let (span, before) = (said.span(), said.commitment().before);
		if span.round != self.round() {
			return Err(FileError::OtherRound);
		}
		let same = span.attempt == self.attempt
			&& self.end.is_none_or(|end| end == span.end)
			&& self.before == before;
		same.then_some(place).ok_or(FileError::OtherAttempt)
	}

	/// The same, whichever round of the roster the utterance is about.
	fn check_author(&self, said: &Utterance, now: BlockNumber) -> Result<usize, FileError> {
		if now > self.deadline {
			return Err(FileError::TooLate);
		}
		let round = &said.span().round;
		if (round.agreement, round.roster) != (self.agreement, self.roster.number) {
			return Err(FileError::OtherRound);
		}
		if !said.is_sound() {
			return Err(FileError::Unsound);
		}
		let mut reveal = said.reveal.iter();
		if !reveal.all(|reveal| reveal.assent.is_single()) {
			return Err(FileError::NotSingle);
		}
		self.roster
			.place(said.author())
			.ok_or(FileError::NotAMember)
	}

	/// Whether anything can be put on file that nobody is proven wrong by.
	fn check_open(&self, now: BlockNumber) -> Result<(), FileError> {
		match now > self.deadline {
			true => Err(FileError::TooLate),
			false if self.is_decided() => Err(FileError::NotAwaited),
			false => Ok(()),
		}
	}

	/// Puts an utterance on file, as much of it as is waited for: a reveal together with the commitment only if all
	/// have committed then. Its signatures must have been verified ([`Utterance::verify`]).
	pub fn file(
		&mut self,
		mut said: Utterance,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let place = self.check(&said, now)?;
		let known = self.said(place);
		if known.is_some_and(|known| conflict(known, &said).is_some()) {
			return self.convict(place);
		}
		let committed = known.is_some();
		let reveal = said.reveal.take();
		match (committed, reveal) {
			(true, None) => Err(FileError::NothingNew),
			(true, Some(reveal)) => self.file_reveal(place, reveal, now, answer),
			(false, None) => self.file_commitment(place, said, now, answer),
			(false, Some(reveal)) => {
				let committed = self.file_commitment(place, said, now, answer)?;
				let revealed = self.file_reveal(place, reveal, now, answer);
				Ok(revealed.map_or(committed, |effect| effect.max(committed)))
			},
		}
	}

	fn file_commitment(
		&mut self,
		place: usize,
		said: Utterance,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		self.check_open(now)?;
		let waits = matches!(self.stage, Stage::Commitments | Stage::Messages { .. });
		let testimony = self.testimonies.get_mut(place).filter(|_| waits);
		testimony.ok_or(FileError::NotAwaited)?.keep(said);
		let mut pledges = self
			.testimonies
			.iter()
			.filter_map(|testimony| testimony.pledge);
		let only = pledges.next().is_some() && pledges.next().is_none();
		match self.advance(now, answer) {
			// Before the first one nobody could say that it lacks messages.
			Effect::None if only && self.attempt == 0 => Ok(self.wait_for(self.stage, now, answer)),
			effect => Ok(effect),
		}
	}

	fn file_reveal(
		&mut self,
		place: usize,
		reveal: Reveal,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		self.check_open(now)?;
		if self.reveal(place).is_some() {
			return Err(FileError::NothingNew);
		}
		if self.stage != Stage::Reveals {
			return Err(FileError::NotAwaited);
		}
		if reveal.commitments != self.commitments() {
			return Err(FileError::WrongSet);
		}
		// With all of them the round can settle: they are over the same.
		if !reveal.assent.is_plain() {
			return Err(FileError::NotSingle);
		}
		let testimony = self.testimonies.get_mut(place);
		let said = testimony.and_then(|testimony| testimony.said.as_mut());
		said.ok_or(FileError::NotAwaited)?.reveal = Some(reveal);
		Ok(self.advance(now, answer))
	}

	/// Puts two utterances on file that contradict each other. Their signatures must have been verified.
	///
	/// A member that contradicts itself is proven wrong whichever round under the roster it spoke of. What two members
	/// say that contradict each other is put on file as anything else.
	pub fn contest(
		&mut self,
		left: Utterance,
		right: Utterance,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let place = self.check_author(&left, now)?;
		self.check_author(&right, now)?;
		match conflict(&left, &right) {
			None => Err(FileError::NoConflict),
			Some(Conflict::Equivocation { .. }) => self.convict(place),
			Some(_) => {
				let first = self.file(left, now, answer);
				let second = self.file(right, now, answer);
				match (first, second) {
					(Ok(first), Ok(second)) => Ok(first.max(second)),
					(Ok(effect), Err(_)) | (Err(_), Ok(effect)) => Ok(effect),
					(Err(error), Err(_)) => Err(error),
				}
			},
		}
	}

	/// Takes in that the member at `place` contradicted itself.
	fn convict(&mut self, place: usize) -> Result<Effect, FileError> {
		let testimony = self.testimonies.get_mut(place);
		let testimony = testimony.filter(|testimony| testimony.fault.is_none());
		testimony.ok_or(FileError::NothingNew)?.fault = Some(Fault::Equivocation);
		Ok(Effect::None)
	}

	/// What is on file of the member at `place` of the present attempt.
	fn said(&self, place: usize) -> Option<&Utterance> {
		self.testimonies.get(place)?.said.as_ref()
	}

	/// The commitment on file of the member at `place`.
	pub fn commitment(&self, place: usize) -> Option<&Commitment> {
		Some(self.said(place)?.commitment())
	}

	/// What the member at `place` committed to in the first attempt, if another has begun since.
	pub fn first(&self, place: usize) -> Option<Utterance> {
		let member = *self.roster.members.get(place)?;
		let first = self.testimonies.get(place)?.first.as_ref()?;
		let commit = first.by(member, self.round());
		Some(Utterance {
			commit,
			reveal: None,
		})
	}

	/// The reveal on file of the member at `place`.
	pub fn reveal(&self, place: usize) -> Option<&Reveal> {
		self.said(place)?.reveal.as_ref()
	}

	/// The set of the commitments on file: that which all reveal with, once all have committed.
	pub fn commitments(&self) -> H256 {
		let all = self.places();
		let seals = all.filter_map(|(place, _)| Some(self.commitment(place)?.seal));
		commitment_set(&seals.collect::<Vec<_>>())
	}

	fn places(&self) -> impl Iterator<Item = (usize, IntermediaryId)> + '_ {
		self.roster.members.iter().copied().enumerate()
	}

	/// Goes on to the next stage if it is time.
	fn advance(&mut self, now: BlockNumber, answer: BlockNumber) -> Effect {
		let (kind, differ) = match self.stage {
			Stage::Commitments | Stage::Messages { .. } => (
				Kind::Data,
				self.differ(|said| Some(said.commitment().data_root)),
			),
			Stage::Reveals => (
				Kind::Outcomes,
				self.differ(|said| Some(said.reveal.as_ref()?.outcomes)),
			),
			_ => return Effect::None,
		};
		if let Some(sides) = differ {
			return self.oppose(kind, sides, now, answer);
		}
		let all = |has: &dyn Fn(usize) -> bool| self.places().all(|(place, _)| has(place));
		match kind {
			Kind::Data if !all(&|place| self.commitment(place).is_some()) => Effect::None,
			Kind::Data => match (self.leading(), self.stage) {
				(None, _) => self.wait_for(Stage::Reveals, now, answer),
				(Some(_), Stage::Messages { window }) => {
					// Who lacked messages and got them otherwise cannot say once more that it lacks some: there is no
					// need to if nobody committed to less.
					let ends = self
						.places()
						.filter_map(|(place, _)| self.commitment(place));
					let shortest = ends.map(|commitment| commitment.span.end).min();
					let end = window.saturating_add(1).min(shortest.unwrap_or(0));
					self.attempt_anew(SHORTENED, end, now, answer)
				},
				(Some(end), _) => self.attempt_anew(1, end, now, answer),
			},
			_ if all(&|place| self.reveal(place).is_some()) => {
				self.wait_for(Stage::Settlement, now, answer)
			},
			_ => Effect::None,
		}
	}

	/// The end of the leader's range, if not all committed to the same one: only in the first attempt they choose.
	fn leading(&self) -> Option<WindowIndex> {
		let all = self.places();
		let mut ends = all.filter_map(|(place, _)| Some(self.commitment(place)?.span.end));
		let first = ends.next()?;
		let leader = self.commitment(self.leader.into());
		let end = leader.map_or(first, |commitment| commitment.span.end);
		ends.any(|end| end != first).then_some(end)
	}

	/// Two members that said different things of one span, as far as `what` tells.
	fn differ(&self, what: impl Fn(&Utterance) -> Option<H256>) -> Option<[Side; 2]> {
		let all = self.places().filter_map(|(place, _)| {
			let said = self.said(place)?;
			Some((place, *said.span(), what(said)?))
		});
		let all: Vec<(usize, Span, H256)> = all.collect();
		all.iter()
			.enumerate()
			.find_map(|(index, (right, span, theirs))| {
				let mut earlier = all.iter().take(index);
				let (left, _, ours) =
					earlier.find(|(_, other, ours)| other == span && ours != theirs)?;
				Some([
					Side::new(*left, Some(*ours)),
					Side::new(*right, Some(*theirs)),
				])
			})
	}

	/// Begins another attempt, from the commitments on file, with a range that ends before window `end`.
	fn attempt_anew(
		&mut self,
		attempt: u8,
		end: WindowIndex,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Effect {
		self.before = Some(self.commitments());
		self.attempt = attempt;
		self.end = Some(end);
		for testimony in self.testimonies.iter_mut() {
			let said = testimony.said.take();
			let first = said.and_then(|said| First::of(&said.commit));
			testimony.first = testimony.first.take().or(first);
		}
		self.wait_for(Stage::Commitments, now, answer)
	}

	/// Begins a stage, be it the same once more.
	fn wait_for(&mut self, stage: Stage, now: BlockNumber, answer: BlockNumber) -> Effect {
		let before = (self.stage, self.deadline, self.latest);
		self.stage = stage;
		self.deadline = now.saturating_add(answer);
		self.latest = now.saturating_add(longest_stage(answer));
		match before == (self.stage, self.deadline, self.latest) {
			true => Effect::None,
			false => Effect::Advanced,
		}
	}
}

#[cfg(test)]
mod tests;
