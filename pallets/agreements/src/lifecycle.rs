//! The life of an agreement, as a state machine without any storage: proposed, active, ended.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::ensure;
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{Progress, ResultValue, Roster, TimeLimits, MAX_USERS};

use crate::UserSet;

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
	/// A user's escrow could no longer pay for another settlement and another dispute.
	EscrowExhausted,
	/// An intermediary failed, there was no spare to take its place, and the terms say so.
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
	/// All users have signed: results settle.
	Active {
		/// The users who consented to end it.
		consents: UserSet,
		/// The last block in which a result may settle.
		ends: BlockNumber,
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
	/// The last block in which a result may settle has passed: it can only be closed.
	Over,
	/// The last block in which a user may sign, or a result may settle, has not passed.
	NotOver,
	/// The notice would not end it any earlier.
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
		let (consents, ends) = (UserSet::default(), limits.ends_at);
		Self::Active { consents, ends }
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

	/// The last block in which a result may settle, if it is in force.
	pub fn check_in_force(&self, now: BlockNumber) -> Result<BlockNumber, PhaseError> {
		let Self::Active { ends, .. } = self else {
			return Err(PhaseError::NotActive);
		};
		ensure!(now <= *ends, PhaseError::Over);
		Ok(*ends)
	}

	/// A user gives notice. Returns the last block in which a result may now settle.
	pub fn give_notice(
		&mut self,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<BlockNumber, PhaseError> {
		let before = self.check_in_force(now)?;
		let after = now.saturating_add(limits.notice);
		ensure!(after < before, PhaseError::NoEarlierEnd);
		if let Self::Active { ends, .. } = self {
			*ends = after;
		}
		Ok(after)
	}

	/// The user at `index` consents to the end. Tells whether now all of so many users have.
	pub fn consent(
		&mut self,
		index: usize,
		users: usize,
		now: BlockNumber,
	) -> Result<bool, PhaseError> {
		self.check_in_force(now)?;
		let Self::Active { consents, .. } = self else {
			return Err(PhaseError::NotActive);
		};
		ensure!(consents.insert(index), PhaseError::AlreadyConsented);
		Ok(consents.is_complete(users))
	}

	/// Why it can be closed, if its time has run out.
	pub fn close(
		&self,
		limits: &TimeLimits<BlockNumber>,
		now: BlockNumber,
	) -> Result<EndReason, PhaseError> {
		let (last, reason) = match self {
			Self::Proposed { .. } => (limits.sign_by, EndReason::Unsigned),
			Self::Active { ends, .. } if *ends < limits.ends_at => (*ends, EndReason::Notice),
			Self::Active { ends, .. } => (*ends, EndReason::Expired),
			Self::Ended { .. } => return Err(PhaseError::Ended),
		};
		ensure!(now > last, PhaseError::NotOver);
		Ok(reason)
	}

	/// Whether no result can settle any more: it ended, or only waits to be closed.
	pub fn is_over(&self, now: BlockNumber) -> bool {
		match self {
			Self::Proposed { .. } => false,
			Self::Active { ends, .. } => now > *ends,
			Self::Ended { .. } => true,
		}
	}
}

/// An amount for each user, in the order of the terms.
pub type Shares<Balance> = BoundedVec<Balance, ConstU32<MAX_USERS>>;

/// All that changes about an agreement.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Agreement<AccountId, Balance, BlockNumber> {
	/// Who put the terms on chain and gets the deposit for them back.
	pub proposer: AccountId,
	/// The deposit for the terms.
	pub deposit: Balance,
	/// What each user deposits for each stored result.
	pub storage_share: Balance,
	/// What each user deposits for each open dispute.
	pub dispute_share: Balance,
	/// How far the agreement is in its life.
	pub phase: Phase<BlockNumber>,
	/// What each user has in escrow, in the order of the terms.
	pub funds: Shares<Balance>,
	/// What was taken out of the escrows, in equal shares, and set aside for what open disputes may cost.
	pub reserved: Balance,
	/// Who computes. Nobody until all users have signed.
	pub roster: Roster,
	/// How many spares of each user have stepped in, or were passed over because their keys were revoked.
	pub spares_used: BoundedVec<u8, ConstU32<MAX_USERS>>,
	/// Which windows are decided.
	pub progress: Progress,
	/// How many results are stored.
	pub results: u32,
	/// How many disputes are open.
	pub disputes: u32,
}

impl<AccountId, Balance, BlockNumber> Agreement<AccountId, Balance, BlockNumber>
where
	BlockNumber: AtLeast32BitUnsigned + Copy,
{
	/// Whether it needs what its terms name: it is active, or disputes about it are open.
	pub fn is_bound(&self) -> bool {
		matches!(self.phase, Phase::Active { .. }) || self.disputes > 0
	}

	/// Whether nothing is lost by forgetting it.
	///
	/// Before the last block in which a user may sign, the same signatures could bring it to life again.
	pub fn is_removable(&self, limits: &TimeLimits<BlockNumber>, now: BlockNumber) -> bool {
		let ended = matches!(self.phase, Phase::Ended { .. });
		ended && self.results == 0 && self.disputes == 0 && now > limits.sign_by
	}
}

/// A result that the chain accepted.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SettledResult<BlockNumber> {
	/// The result.
	pub result: ResultValue,
	/// The window's Merkle root, by which a message can be shown to belong to it.
	pub root: H256,
	/// The hash of the proof of computation.
	pub proof: H256,
	/// The block in which it settled.
	pub at: BlockNumber,
}

#[cfg(test)]
mod tests;
