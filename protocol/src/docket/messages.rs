//! The messages of the window in dispute: who lacks them, who owes them, and what was shown.

use sp_core::H256;
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::{IntermediaryId, Lack};

use super::{Docket, Effect, FileError, Shown, Stage, Testimony};

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// Whether [`Self::lack`] would take in what a member says. Its signature is not looked at.
	pub fn check_lack(&self, lack: &Lack, now: BlockNumber) -> Result<usize, FileError> {
		if now > self.deadline {
			return Err(FileError::TooLate);
		}
		let same = lack.agreement == self.agreement
			&& lack.window == self.window
			&& lack.roster == self.roster.number;
		if !same {
			return Err(FileError::OtherRound);
		}
		let place = self.roster.place(lack.intermediary);
		let place = place.ok_or(FileError::NotAMember)?;
		let waits = matches!(self.stage, Stage::Commitments | Stage::Messages);
		let lacks = self
			.testimonies
			.get(place)
			.is_some_and(|testimony| testimony.lacks);
		if !waits || !self.shown.is_empty() || lacks || self.commitment(place).is_some() {
			return Err(FileError::NothingNew);
		}
		let committed = self
			.places()
			.any(|(place, _)| self.commitment(place).is_some());
		committed.then_some(place).ok_or(FileError::NobodyCommitted)
	}

	/// Takes in that a member lacks messages of the window, so that it cannot commit to it. Its signature
	/// must have been verified.
	///
	/// Those that have committed have them, and owe them from the first time on that anybody says so.
	/// Once they are shown nobody lacks them any more.
	pub fn lack(
		&mut self,
		lack: &Lack,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let place = self.check_lack(lack, now)?;
		if let Some(testimony) = self.testimonies.get_mut(place) {
			testimony.lacks = true;
		}
		if self.stage == Stage::Messages {
			return Ok(Effect::None);
		}
		for testimony in self.testimonies.iter_mut() {
			testimony.asked = testimony.said.commit.is_some();
		}
		Ok(self.wait_for(Stage::Messages, now, answer))
	}

	/// Takes in that a window was shown as a whole, see [`Self::may_show`].
	///
	/// Whoever could not commit to it before can do so now, and has the time for it.
	pub fn show(&mut self, shown: Shown, now: BlockNumber, answer: BlockNumber) -> Effect {
		let known = self.shown.iter().any(|other| other.root == shown.root);
		if now > self.deadline || known || self.shown.try_push(shown).is_err() {
			return Effect::None;
		}
		let effect = self.advance(false, now, answer);
		let waits = matches!(self.stage, Stage::Commitments | Stage::Messages);
		match effect {
			Effect::None if waits => self.wait_for(Stage::Commitments, now, answer),
			effect => effect,
		}
	}

	/// Whether the member at `place` may show the window with this root, or the next part of it: it has
	/// committed to it, it showed nothing else instead, and it has not been shown as a whole.
	pub fn may_show(&self, root: &H256, place: usize, now: BlockNumber) -> bool {
		let committed = self.commitment(place);
		now <= self.deadline
			&& !self.shown.is_full()
			&& !self.has_misled(place)
			&& committed.is_some_and(|commitment| commitment.root == *root)
			&& !self.shown.iter().any(|shown| shown.root == *root)
	}

	/// Takes in that the member at `place` showed what is no part of its window. It shows nothing more in this
	/// dispute; whoever committed to the same root still can.
	pub fn mislead(&mut self, place: usize) {
		if let Some(testimony) = self.testimonies.get_mut(place) {
			testimony.misled = true;
		}
	}

	/// Whether the member at `place` did so.
	pub fn has_misled(&self, place: usize) -> bool {
		let testimony = self.testimonies.get(place);
		testimony.is_some_and(|testimony| testimony.misled)
	}

	/// Takes in that different messages with one number were shown of the sensor at this index of the
	/// agreement's feeds, see [`crate::Trial::differs_at`].
	pub fn expose(&mut self, sensor: usize) {
		let index = u8::try_from(sensor).unwrap_or(u8::MAX);
		self.sensor.get_or_insert(index);
	}

	/// Whether a sensor signed two messages with one number.
	pub fn is_sensor_at_fault(&self) -> bool {
		self.sensor.is_some() || self.shown.is_full()
	}

	/// Those that said that they lack messages.
	pub fn lackers(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.members_that(|testimony| testimony.lacks)
	}

	/// Those that had committed when others said that they lack messages.
	pub fn asked(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.members_that(|testimony| testimony.asked)
	}

	/// Those that have committed.
	pub fn committed(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.members_that(|testimony| testimony.said.commit.is_some())
	}

	fn members_that<'a>(
		&'a self,
		holds: impl Fn(&Testimony) -> bool + 'a,
	) -> impl Iterator<Item = IntermediaryId> + 'a {
		let members = self.roster.members.iter().zip(&self.testimonies);
		members
			.filter(move |(_, testimony)| holds(testimony))
			.map(|(member, _)| *member)
	}
}
