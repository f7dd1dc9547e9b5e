//! The messages of a window: who lacks them, who owes them, and what was shown.

use sp_core::H256;
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{IntermediaryId, Lack, WindowIndex};

use super::{Docket, Effect, FileError, Pledge, Shown, Stage, Testimony};
use crate::tree::verify_path;

/// The lowest number of an attempt that comes after a lack. Numbers below are for attempts that members make without
/// the chain, so that nobody has said anything yet about an attempt that the chain begins.
pub(super) const SHORTENED: u8 = 2;

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// Whether [`Self::lack`] would take in what a member says. Its signature is not looked at.
	pub fn check_lack(&self, lack: &Lack, now: BlockNumber) -> Result<usize, FileError> {
		self.check_open(now)?;
		if lack.round != self.round() {
			return Err(FileError::OtherRound);
		}
		let place = self.roster.place(lack.intermediary);
		let place = place.ok_or(FileError::NotAMember)?;
		let lacks = self.testimonies.get(place).is_some_and(|testimony| {
			!testimony.lacks && testimony.said.is_none() && !testimony.has(lack.window)
		});
		if !lacks || !self.can_ask_for(lack.window) {
			return Err(FileError::NothingNew);
		}
		let mut all = self.testimonies.iter();
		let owed = all.any(|testimony| testimony.has(lack.window));
		owed.then_some(place).ok_or(FileError::NobodyCommitted)
	}

	/// Whether the messages of a window can be asked for now: those of a lower one than all that were asked for before.
	fn can_ask_for(&self, window: WindowIndex) -> bool {
		let below = match (self.stage, self.end) {
			(Stage::Messages { window }, _) => window,
			(Stage::Commitments, None) => WindowIndex::MAX,
			// The last one was shown.
			(Stage::Commitments, Some(end)) if self.attempt >= SHORTENED => end.saturating_sub(1),
			(Stage::Commitments, Some(end)) => end,
			_ => return false,
		};
		(self.first..below).contains(&window)
	}

	/// Takes in that a member lacks messages of a window, the lowest of which it does, so that it cannot commit to the
	/// range. Its signature must have been verified.
	///
	/// Those that have committed to the window have them, and owe them.
	pub fn lack(
		&mut self,
		lack: &Lack,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let place = self.check_lack(lack, now)?;
		let window = lack.window;
		for testimony in self.testimonies.iter_mut() {
			testimony.asked = testimony.has(window);
		}
		if let Some(testimony) = self.testimonies.get_mut(place) {
			testimony.lacks = true;
		}
		Ok(self.ask_for(Stage::Messages { window }, now, answer))
	}

	/// Begins a stage in which the messages of a window are shown.
	pub(super) fn ask_for(
		&mut self,
		stage: Stage,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Effect {
		self.shown = BoundedVec::new();
		for testimony in self.testimonies.iter_mut() {
			testimony.shows = None;
		}
		self.wait_for(stage, now, answer);
		Effect::Questioned
	}

	/// The window of which messages are shown now.
	pub fn window(&self) -> Option<WindowIndex> {
		match self.stage {
			Stage::Messages { window } | Stage::Evidence { window, .. } => Some(window),
			_ => None,
		}
	}

	/// Takes in that the window was shown as a whole, see [`Self::may_show`].
	///
	/// If it was lacking, the next attempt ends with it: whoever lacked it can commit to that range, and has the time
	/// for it.
	pub fn show(&mut self, shown: Shown, now: BlockNumber, answer: BlockNumber) -> Effect {
		let known = self.shown.iter().any(|other| other.root == shown.root);
		if now > self.deadline || known {
			return Effect::None;
		}
		match self.stage {
			Stage::Messages { window } => {
				let attempt = self.attempt.saturating_add(1).max(SHORTENED);
				self.attempt_anew(attempt, window.saturating_add(1), now, answer)
			},
			Stage::Evidence { .. } => {
				// There is no need for a third one.
				let _ = self.shown.try_push(shown);
				Effect::None
			},
			_ => Effect::None,
		}
	}

	/// Whether the member at `place` may show the window with this root, or the next part of it: `path` shows that it
	/// has committed to it (see [`crate::path`]), it showed nothing else instead, be it by another commitment, and the
	/// window has not been shown as a whole.
	pub fn may_show(&self, root: &H256, path: &[H256], place: usize, now: BlockNumber) -> bool {
		let differs = |shown: &Shown| shown.root != *root && !shown.is_empty();
		self.check_open(now).is_ok()
			&& !self.has_misled(place)
			&& self.shows_no_other(root, place)
			&& self.shown.iter().all(differs)
			&& self.has_committed_to(root, path, place).unwrap_or(false)
	}

	fn shows_no_other(&self, root: &H256, place: usize) -> bool {
		let begun = self.testimonies.get(place).and_then(|it| it.shows);
		begun.is_none_or(|begun| begun == *root)
	}

	/// Takes in that the member at `place` showed a part of the window with this root, see [`Self::may_show`].
	pub fn begin_showing(&mut self, place: usize, root: H256) {
		if let Some(testimony) = self.testimonies.get_mut(place) {
			testimony.shows = Some(root);
		}
	}

	/// What the member at `place` must be able to show the window in question for: the longest range that it committed
	/// to if messages are lacking, and otherwise that of the present attempt.
	pub fn pledged(&self, place: usize) -> Option<Pledge> {
		match self.stage {
			Stage::Messages { .. } => self.testimonies.get(place)?.pledge,
			_ => {
				let commitment = self.commitment(place)?;
				Some(Pledge {
					end: commitment.span.end,
					data_root: commitment.data_root,
				})
			},
		}
	}

	/// Whether a path leads from the window in question to that.
	fn has_committed_to(&self, root: &H256, path: &[H256], place: usize) -> Option<bool> {
		let place_in = |window: WindowIndex| u32::try_from(window.checked_sub(self.first)?).ok();
		let index = place_in(self.window()?)?;
		let Pledge { end, data_root } = self.pledged(place)?;
		let count = place_in(end)?;
		Some(verify_path(&data_root, path, count, index, *root))
	}

	/// Takes in that the member at `place` showed what is no part of its window. It shows nothing more in this
	/// dispute; whoever committed to the same window still can.
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

	/// Those that had committed to the window when others last said that they lack messages.
	pub fn asked(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.members_that(|testimony| testimony.asked)
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
