//! The life of an agreement, as a state machine without any storage: proposed, active, ended.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::ensure;
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{
	Feeds, IntermediaryId, Progress, Roster, SensorId, Source, TimeLimits, Timestamp,
	MAX_INTERMEDIARIES, MAX_USERS,
};
use syngraph_protocol::History;

use crate::{
	accrual::{Accrued, Prices},
	UserSet,
};

/// Why an agreement ended.
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
pub enum EndReason {
	/// A user cancelled the proposal.
	Cancelled,
	/// Not all users signed in time.
	Unsigned,
	/// The last block of its terms passed.
	Expired,
	/// A user gave notice.
	Notice,
	/// All users consented to end it.
	Consent,
	/// A user's escrow could no longer pay for another window and another dispute.
	EscrowExhausted,
	/// An intermediary failed or left, there was no spare to take its place, and either the terms say so or
	/// its user would have had nobody left.
	Failure,
}

/// How far an agreement is in its life.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Phase<BlockNumber> {
	/// Some users have not signed.
	Proposed {
		/// Those who have.
		signed: UserSet,
	},
	/// All users have signed: rounds settle.
	Active {
		/// The users who consented to end it.
		consents: UserSet,
		/// Its last block. What its members have begun by then may settle in the blocks after it that they have to
		/// answer.
		ends: BlockNumber,
		/// Why that is its last block.
		reason: EndReason,
	},
	/// It is over, and all escrow is back with the users but for what open disputes may still cost.
	Ended {
		/// Why.
		reason: EndReason,
		/// The block in which it ended.
		at: BlockNumber,
	},
}

/// Why a phase does not allow something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhaseError {
	/// All have signed already, or it has ended.
	NotProposed,
	/// Not all have signed, or it has ended.
	NotActive,
	/// It has ended.
	Ended,
	/// The last block in which a user may sign has passed.
	SigningOver,
	/// The user has signed already.
	AlreadySigned,
	/// Its last block has passed, or that in which a round may settle: then it can only be closed.
	Over,
	/// The last block in which a user may sign, or a round may settle, has not passed.
	NotOver,
	/// A notice, or that somebody leaves, would not end it any earlier.
	NoEarlierEnd,
	/// The user has consented already.
	AlreadyConsented,
}

impl<BlockNumber> Default for Phase<BlockNumber> {
	fn default() -> Self {
		let signed = UserSet::default();
		Self::Proposed { signed }
	}
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Phase<BlockNumber> {
	/// The phase that begins when all users have signed.
	pub fn active(limits: &TimeLimits<BlockNumber>) -> Self {
		Self::Active {
			consents: UserSet::default(),
			ends: limits.ends_at,
			reason: EndReason::Expired,
		}
	}

	/// The user at `index` signs. Tells whether now all of so many users have; then it is active.
	pub fn sign(
		&mut self,
		index: usize,
		users: usize,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<bool, PhaseError> {
		let Self::Proposed { signed } = self else {
			return Err(PhaseError::NotProposed);
		};
		ensure!(now <= limits.sign_by, PhaseError::SigningOver);
		ensure!(signed.insert(index), PhaseError::AlreadySigned);
		let all = signed.is_complete(users);
		if all {
			*self = Self::active(limits);
		}
		Ok(all)
	}

	/// A user cancels the proposal.
	pub fn cancel(&self) -> Result<EndReason, PhaseError> {
		ensure!(
			matches!(self, Self::Proposed { .. }),
			PhaseError::NotProposed
		);
		Ok(EndReason::Cancelled)
	}

	/// Its last block, if it is in force.
	pub fn check_in_force(&self, now: BlockNumber) -> Result<BlockNumber, PhaseError> {
		let Self::Active { ends, .. } = self else {
			return Err(PhaseError::NotActive);
		};
		ensure!(now <= *ends, PhaseError::Over);
		Ok(*ends)
	}

	/// Whether rounds may settle, and disputes about them be opened: it is in force, or its last block has passed so
	/// lately that its members may still have to answer.
	pub fn check_settling(
		&self,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<(), PhaseError> {
		let Self::Active { ends, .. } = self else {
			return Err(PhaseError::NotActive);
		};
		ensure!(now <= last(*ends, limits), PhaseError::Over);
		Ok(())
	}

	/// A user gives notice. Returns its last block from now on.
	pub fn give_notice(
		&mut self,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<BlockNumber, PhaseError> {
		let before = self.check_in_force(now)?;
		let after = now.saturating_add(limits.notice);
		ensure!(after < before, PhaseError::NoEarlierEnd);
		if let Self::Active { ends, reason, .. } = self {
			(*ends, *reason) = (after, EndReason::Notice);
		}
		Ok(after)
	}

	/// The user at `index` consents to the end. Tells whether now all of so many users have: then this is its last
	/// block.
	pub fn consent(
		&mut self,
		index: usize,
		users: usize,
		now: BlockNumber,
	) -> Result<bool, PhaseError> {
		self.check_in_force(now)?;
		let Self::Active {
			consents,
			ends,
			reason,
		} = self
		else {
			return Err(PhaseError::NotActive);
		};
		ensure!(consents.insert(index), PhaseError::AlreadyConsented);
		let all = consents.is_complete(users);
		if all {
			(*ends, *reason) = (now, EndReason::Consent);
		}
		Ok(all)
	}

	/// Somebody leaves without whom it cannot go on: this is its last block. If it is that already, nothing comes of
	/// it, however often it is said.
	pub fn wind_up(&mut self, now: BlockNumber) -> Result<(), PhaseError> {
		let before = self.check_in_force(now)?;
		ensure!(now < before, PhaseError::NoEarlierEnd);
		if let Self::Active { ends, reason, .. } = self {
			(*ends, *reason) = (now, EndReason::Failure);
		}
		Ok(())
	}

	/// Why it can be closed, if its time has run out.
	pub fn close(
		&self,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<EndReason, PhaseError> {
		let (last, reason) = match self {
			Self::Proposed { .. } => (limits.sign_by, EndReason::Unsigned),
			Self::Active { ends, reason, .. } => (last(*ends, limits), *reason),
			Self::Ended { .. } => return Err(PhaseError::Ended),
		};
		ensure!(now > last, PhaseError::NotOver);
		Ok(reason)
	}

	/// Whether no round can settle any more: it ended, or only waits to be closed.
	pub fn is_over(&self, limits: &TimeLimits<BlockNumber>, now: BlockNumber) -> bool {
		match self {
			Self::Proposed { .. } => false,
			Self::Active { ends, .. } => now > last(*ends, limits),
			Self::Ended { .. } => true,
		}
	}
}

/// The last block in which a round may settle, if the last one of its agreement is `ends`: a round that was begun in
/// time takes no longer, unless somebody fails.
fn last<BlockNumber: AtLeast32BitUnsigned + Copy>(
	ends: BlockNumber,
	limits: &TimeLimits<BlockNumber>,
) -> BlockNumber {
	ends.saturating_add(limits.answer)
}

/// An amount for each user, in the order of the terms.
pub type Shares<Balance> = BoundedVec<Balance, ConstU32<MAX_USERS>>;

/// How often a member was silent lately, and had no spare.
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
pub struct Absences<BlockNumber> {
	/// Who was.
	pub intermediary: IntermediaryId,
	/// How often.
	pub count: u8,
	/// The block of the last time.
	pub last: BlockNumber,
}

/// An operator's notice.
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
pub struct Resignation<BlockNumber> {
	/// Whose it is.
	pub intermediary: IntermediaryId,
	/// The first block in which it can be released.
	pub due: BlockNumber,
}

/// A sensor that is to take another's place, and the users who consent to it.
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
pub struct Replacement<BlockNumber> {
	/// The sensor that is replaced.
	pub sensor: SensorId,
	/// The sensor that takes its place, and the number with which it begins.
	pub source: Source,
	/// Those who consent.
	pub consents: UserSet,
	/// The last block in which others can consent. Later it would begin with other windows than those that
	/// the first one had in mind.
	pub until: BlockNumber,
}

/// The most intermediaries of an agreement, spares included.
pub type MaxNamed = ConstU32<{ 2 * MAX_INTERMEDIARIES }>;

/// All that changes about an agreement.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Agreement<AccountId, Balance, BlockNumber> {
	/// Who put the terms on chain and gets the deposit for them back.
	pub proposer: AccountId,
	/// The deposit for the terms.
	pub deposit: Balance,
	/// What it costs, as of the proposal, and as of the last signature once all have signed.
	pub prices: Prices<Balance>,
	/// How far the agreement is in its life.
	pub phase: Phase<BlockNumber>,
	/// What each user has in escrow, in the order of the terms, with what it owes.
	pub funds: Shares<Balance>,
	/// What the users owe, but have not paid out yet.
	pub accrued: Accrued<Balance>,
	/// What payouts have taken out of each escrow so far.
	pub paid: Shares<Balance>,
	/// The block of the last payout, or the one in which the agreement came into force.
	pub paid_at: BlockNumber,
	/// The intermediaries, members or spares, whose operators consented to these terms, whatever they offer.
	pub consented: BoundedVec<IntermediaryId, MaxNamed>,
	/// Who computes. Nobody until all users have signed.
	pub roster: Roster,
	/// The members and spares that are not bound any more.
	pub left: BoundedVec<IntermediaryId, MaxNamed>,
	/// The operators' notices that have not been carried out.
	pub resignations: BoundedVec<Resignation<BlockNumber>, MaxNamed>,
	/// The members without a spare that were silent lately.
	pub absences: BoundedVec<Absences<BlockNumber>, ConstU32<MAX_INTERMEDIARIES>>,
	/// The block up to which members and spares have been paid for being bound.
	pub retained: BlockNumber,
	/// The sensors it is about now, in the order of the terms.
	pub feeds: Feeds,
	/// How many times a sensor was replaced.
	pub replaced: u32,
	/// The sensor that is to be replaced next, if all users consent.
	pub replacing: Option<Replacement<BlockNumber>>,
	/// The earliest and the latest time of a message that counts, in milliseconds.
	pub times: (Timestamp, Timestamp),
	/// The hash of these and of what the sensors declared, see [`syngraph_protocol::grounds`]. Nothing once all
	/// have signed changes either.
	pub grounds: H256,
	/// Which windows are decided.
	pub progress: Progress,
	/// All rounds that have settled. The last ones of them are stored.
	pub history: History,
	/// The block in which the dispute was opened that is open, if one is. So much of each user's escrow as it can cost
	/// is reserved then, and not part of its funds.
	pub disputed: Option<BlockNumber>,
}

impl<AccountId, Balance, BlockNumber> Agreement<AccountId, Balance, BlockNumber>
where
	BlockNumber: AtLeast32BitUnsigned + Copy,
{
	/// Whether it needs what its terms name: it is active, or a dispute about it is open.
	pub fn is_bound(&self) -> bool {
		matches!(self.phase, Phase::Active { .. }) || self.is_disputed()
	}

	/// Whether a dispute is open.
	pub fn is_disputed(&self) -> bool {
		self.disputed.is_some()
	}

	/// Whether all users have signed, be it over by now: from then on there is a roster, which never becomes empty.
	pub fn came_into_force(&self) -> bool {
		!self.roster.members.is_empty()
	}

	/// Whether nothing is lost by forgetting it.
	///
	/// Before the last block in which a user may sign, the same signatures could bring it to life again.
	pub fn is_removable(&self, limits: &TimeLimits<BlockNumber>, now: BlockNumber) -> bool {
		let ended = matches!(self.phase, Phase::Ended { .. });
		ended && !self.is_disputed() && now > limits.sign_by
	}

	/// Notes that a member without a spare was silent. Tells how often it was, with no more than `memory`
	/// blocks from one time to the next.
	pub fn count_absence(
		&mut self,
		intermediary: IntermediaryId,
		now: BlockNumber,
		memory: BlockNumber,
	) -> u8 {
		self.absences
			.retain(|known| known.last.saturating_add(memory) >= now);
		let mut all = self.absences.iter_mut();
		if let Some(known) = all.find(|known| known.intermediary == intermediary) {
			known.count = known.count.saturating_add(1);
			known.last = now;
			return known.count;
		}
		// There is room for as many as there are members.
		let _ = self.absences.try_push(Absences {
			intermediary,
			count: 1,
			last: now,
		});
		1
	}
}

#[cfg(test)]
mod tests;
