//! What is to be done about a dispute that is open.
//!
//! What a member said itself it puts on file at once. What any member can do, they do in turns, so that
//! the chain is not told everything by everybody; but when a quarter of the time is over, or half of it
//! for showing a window, nobody waits for another any more.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_core::H256;
use syngraph_primitives::{BlockNumber, RoundId, WindowIndex};

use super::{Session, TURN};
use crate::{
	docket::{Kind, Side, Stage},
	round::{Attempt, Round},
	Docket,
};

/// A dispute that is open, and what the chain knows besides its docket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DisputeState {
	/// What was said, shown and waited for, and until when as far as is known now, see [`Docket::put_off`].
	pub docket: Docket<BlockNumber>,
	/// The roots of the windows that are being shown, and how many messages of each have been.
	pub trials: Vec<(H256, u32)>,
}

/// Something to be done about a dispute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Duty {
	/// Put on file what the member at a place said.
	File(u32),
	/// Report that one member contradicts itself about a round.
	Report(RoundId),
	/// Challenge the member at a place to show that it has the windows.
	Challenge(u32),
	/// Lay open the tree of the member at a place.
	Open(u32),
	/// Show the messages of a window with a root from a position on.
	Show(WindowIndex, H256, u32),
	/// Say that messages are missing, from a window on.
	Lack(WindowIndex),
	/// Have it judged.
	Judge,
}

impl Session {
	/// What is to be done about a dispute in this block. `over` tells that nobody has to answer any more.
	pub(super) fn duties(&self, dispute: &DisputeState, over: bool) -> Vec<Duty> {
		let docket = &dispute.docket;
		let place = docket.roster.place(self.intermediary);
		if docket.is_ripe(self.now, over) {
			// Who contradicts itself pays for it, also when the round has settled all the same.
			let reports = place.is_some() && self.now <= docket.deadline;
			let report = self.contradiction(docket).filter(|_| reports);
			let judge = self.may_judge(docket, place).then_some(Duty::Judge);
			return report.into_iter().chain(judge).collect();
		}
		let Some(place) = place else {
			return Vec::new();
		};
		let mut duties: Vec<_> = self.lacking(docket).into_iter().collect();
		let entry = self.rounds.get(&docket.round());
		if let Some(round) = entry.map(|entry| &entry.round) {
			let attempt = self.disputed();
			duties.extend(
				attempt
					.into_iter()
					.flat_map(|it| self.filings(docket, place, round, it)),
			);
		}
		duties.extend(self.reporting(docket, place));
		duties.extend(self.openings(docket, place));
		duties.extend(self.showing(dispute, place));
		duties
	}

	/// Saying that messages are missing, if nothing can be said instead: peers may still pass them on in the first half
	/// of the time there is.
	fn lacking(&self, docket: &Docket<BlockNumber>) -> Option<Duty> {
		let window = self.ready.end();
		let can = docket.check_lack(&self.lack(window)?, self.now).is_ok();
		let time = self.now >= docket.deadline.saturating_sub(self.answer / 2);
		let speechless = self.disputed().is_none() && self.plan().is_none();
		(can && time && speechless).then_some(Duty::Lack(window))
	}

	/// What the member at `place` is to put on file now.
	fn filings(
		&self,
		docket: &Docket<BlockNumber>,
		place: usize,
		round: &Round,
		attempt: &Attempt,
	) -> Vec<Duty> {
		let turn = self.may_file(docket, place);
		let mut duties = Vec::new();
		for (other, testimony) in docket.testimonies.iter().enumerate() {
			let filed = testimony.said.as_ref();
			let awaited = match docket.stage {
				Stage::Commitments | Stage::Messages { .. } => filed.is_none(),
				Stage::Reveals => filed.is_some(),
				_ => false,
			};
			let mine = turn || other == place;
			let adds = || round.adds(attempt, other, filed);
			if testimony.fault.is_none() && awaited && mine && adds() {
				duties.push(Duty::File(other as u32));
			}
		}
		duties
	}

	/// What the member at `place` is to accuse others of now: of what they said twice, or of having copied roots.
	fn reporting(&self, docket: &Docket<BlockNumber>, place: usize) -> Option<Duty> {
		let contradiction = self.contradiction(docket);
		if contradiction.is_some() {
			return contradiction;
		}
		let attempt = self.disputed()?;
		let reveals = docket.stage == Stage::Reveals && self.may_file(docket, place);
		let mut places = 0..docket.testimonies.len();
		let copied = places.find(|other| reveals && attempt.is_copied(*other));
		copied.map(|other| Duty::Challenge(other as u32))
	}

	/// Reporting what a member said twice, whichever round of the roster that was about.
	fn contradiction(&self, docket: &Docket<BlockNumber>) -> Option<Duty> {
		let known = |place: usize| {
			docket
				.testimonies
				.get(place)
				.is_none_or(|it| it.fault.is_some())
		};
		let mut rounds = self.rounds.iter();
		let contradicted = rounds.find(|(id, entry)| {
			let guilty = entry.round.contradictory();
			id.roster == docket.roster.number && guilty.is_some_and(|guilty| !known(guilty))
		});
		contradicted.map(|(round, _)| Duty::Report(*round))
	}

	/// The sides that the member at `place` is to lay open now: each of which it has the tree.
	fn openings(&self, docket: &Docket<BlockNumber>, place: usize) -> Vec<Duty> {
		let (Stage::Opening { kind, .. }, Some(attempt)) = (docket.stage, self.disputed()) else {
			return Vec::new();
		};
		let turn = self.may_file(docket, place);
		let sides = docket.sides.iter().flatten();
		let due = sides.filter(|side| {
			let own = usize::from(side.place) == place;
			side.hashes.is_none() && (own || turn) && has_tree(docket, kind, side, attempt, own)
		});
		due.map(|side| Duty::Open(side.place.into())).collect()
	}

	/// Whether it is up to the member at `place` to do what must be done in time and any member can do.
	fn may_file(&self, docket: &Docket<BlockNumber>, place: usize) -> bool {
		let rest = docket.deadline.saturating_sub(self.now);
		let urgent = rest <= self.answer.saturating_sub(self.answer / 4);
		urgent || self.has_turn(place, docket.roster.members.len())
	}

	/// Whether it is up to this intermediary to have a dispute judged. Those who are no members, spares
	/// for instance, come after all members.
	fn may_judge(&self, docket: &Docket<BlockNumber>, place: Option<usize>) -> bool {
		let members = docket.roster.members.len();
		let overdue = docket.deadline.saturating_add(self.answer / 2);
		let place = place.unwrap_or(members);
		self.now > overdue || self.has_turn(place, members.saturating_add(1))
	}

	/// Showing the next messages of the window in question, if that is to be done now. Those that can take turns,
	/// whoever showed the first ones, until half of the time is over.
	fn showing(&self, dispute: &DisputeState, place: usize) -> Option<Duty> {
		let docket = &dispute.docket;
		let window = docket.window()?;
		let root = self.windows_of(window.checked_add(1)?)?.last()?.root;
		let path = self.path(window, docket.pledged(place)?.end)?;
		let owes = docket.owes(place) || docket.claim(place) == Some(root);
		if !owes || !docket.may_show(&root, &path, place, self.now) {
			return None;
		}
		let can = |other: &usize| *other == place || shares(docket, *other, &root);
		let slots = (0..docket.testimonies.len()).filter(can);
		let slot = slots.clone().take_while(|other| *other != place).count();
		let urgent = docket.deadline.saturating_sub(self.now) <= self.answer / 2;
		let turn = urgent || self.has_turn(slot, slots.count());
		let mut trials = dispute.trials.iter();
		let begun = trials.find(|(shown, _)| *shown == root);
		let position = begun.map_or(0, |(_, position)| *position);
		turn.then_some(Duty::Show(window, root, position))
	}

	/// Whether, of so many that take turns, it is the turn of the one in `slot`.
	pub(super) fn has_turn(&self, slot: usize, slots: usize) -> bool {
		let turn = self.progress.rounds.wrapping_add((self.now / TURN).into());
		turn.checked_rem(slots as u64) == Some(slot as u64)
	}
}

/// Whether the member at `place` can show a window with this root, as far as is known.
fn shares(docket: &Docket<BlockNumber>, place: usize, root: &H256) -> bool {
	match docket.stage {
		Stage::Evidence {
			kind: Kind::Data, ..
		} => docket.claim(place) == Some(*root),
		_ => docket.owes(place),
	}
}

/// Whether a side has the tree of an own attempt.
fn has_tree(
	docket: &Docket<BlockNumber>,
	kind: Kind,
	side: &Side,
	attempt: &Attempt,
	own: bool,
) -> bool {
	let place = side.place.into();
	match kind {
		Kind::Data => docket
			.commitment(place)
			.is_some_and(|theirs| theirs.data_root == attempt.commitment().data_root),
		Kind::Digests => own,
		Kind::Outcomes => docket
			.reveal(place)
			.is_some_and(|theirs| theirs.outcomes == attempt.outcomes()),
	}
}
