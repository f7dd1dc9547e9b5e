//! What operators publish: on which terms an intermediary may be named.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};

use crate::{AgreementId, IntermediaryId, Payload, QualityOfService, Terms};

/// The most users that an offer names.
pub const MAX_OFFER_USERS: u32 = 16;
/// The most qualities of service that an offer names: as many as there are.
pub const MAX_QUALITIES: u32 = 3;

/// The terms on which an operator lets its intermediary be named, as a member or as a spare, without being
/// asked each time.
///
/// Whoever names an intermediary in other terms needs its operator's [`Consent`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Offer<AccountId, Balance, BlockNumber> {
	/// The least reward for each settled window with a result.
	pub reward: Balance,
	/// The least fee a day while it is a member.
	pub retainer: Balance,
	/// The least fee a day while it is a spare.
	pub spare_retainer: Balance,
	/// The most that an agreement can take from its bond, for all it does.
	pub penalty: Balance,
	/// The most that one absence costs it.
	pub absence_fee: Balance,
	/// The most messages of a window, of all sensors together.
	pub window_messages: u32,
	/// The most blocks for which it is bound.
	pub duration: BlockNumber,
	/// The most blocks between its notice and its release.
	pub notice: BlockNumber,
	/// The fewest blocks that it has to answer.
	pub answer: BlockNumber,
	/// The most agreements at a time.
	pub agreements: u32,
	/// The most agreements at a time in which one user names it.
	pub agreements_per_user: u32,
	/// The qualities of service that it provides.
	pub qualities: BoundedVec<QualityOfService, ConstU32<MAX_QUALITIES>>,
	/// The users for whose agreements it works: all parties of an agreement must be among them. None is
	/// anyone.
	pub users: Option<BoundedVec<AccountId, ConstU32<MAX_OFFER_USERS>>>,
}

/// Why terms do not fit an offer.
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
pub enum Misfit {
	/// The reward for a settled window with a result is too low.
	Reward,
	/// The fee a day, as a member or as a spare, is too low.
	Retainer,
	/// The penalty is too high.
	Penalty,
	/// The fee for an absence is too high.
	AbsenceFee,
	/// A window has too many messages.
	WindowMessages,
	/// The agreement lasts too long.
	Duration,
	/// The notice is too long.
	Notice,
	/// There are too few blocks to answer.
	Answer,
	/// The quality of service is not provided.
	Quality,
	/// A party is not among the users for whom it works.
	User,
}

impl<AccountId, Balance, BlockNumber> Offer<AccountId, Balance, BlockNumber>
where
	AccountId: Ord + Encode,
	Balance: AtLeast32BitUnsigned + Copy + Encode,
	BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
{
	/// Whether an agreement with these terms that comes into force in block `now` may name the intermediary,
	/// as a spare or as a member.
	pub fn check(
		&self,
		terms: &Terms<AccountId, Balance, BlockNumber>,
		is_spare: bool,
		now: BlockNumber,
	) -> Result<(), Misfit> {
		let (least, paid) = match is_spare {
			true => (self.spare_retainer, terms.spare_retainer),
			false => (self.retainer, terms.retainer),
		};
		let limits = &terms.limits;
		let welcome = |user: &AccountId| match &self.users {
			Some(users) => users.contains(user),
			None => true,
		};
		let demands = [
			(terms.reward >= self.reward, Misfit::Reward),
			// Whoever may have to step in must be content with a member's fee, too.
			(
				paid >= least && terms.retainer >= self.retainer,
				Misfit::Retainer,
			),
			(terms.penalty <= self.penalty, Misfit::Penalty),
			(terms.absence_fee <= self.absence_fee, Misfit::AbsenceFee),
			(
				terms.window_messages() <= self.window_messages,
				Misfit::WindowMessages,
			),
			(
				limits.ends_at.saturating_sub(now) <= self.duration,
				Misfit::Duration,
			),
			(limits.notice <= self.notice, Misfit::Notice),
			(limits.answer >= self.answer, Misfit::Answer),
			(
				self.qualities.contains(&terms.quality_of_service),
				Misfit::Quality,
			),
			(
				terms.users.iter().all(|party| welcome(&party.user)),
				Misfit::User,
			),
		];
		match demands.iter().find(|(met, _)| !met) {
			Some((_, misfit)) => Err(*misfit),
			None => Ok(()),
		}
	}
}

/// What an operator signs to let its intermediary be named in one agreement, whatever its offer says.
///
/// It is not the signature over the terms, which the same account may have made as a user.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Consent {
	/// The agreement, and with it its terms.
	pub agreement: AgreementId,
	/// Who may be named.
	pub intermediary: IntermediaryId,
}

impl Payload for Consent {
	const TAG: &'static [u8] = b"syngraph/consent/1";
}

/// What an intermediary signs, once in a while, to show that it is alive.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Heartbeat<BlockNumber> {
	/// Who is alive.
	pub intermediary: IntermediaryId,
	/// In which block it was.
	pub at: BlockNumber,
}

impl<BlockNumber: Encode> Payload for Heartbeat<BlockNumber> {
	const TAG: &'static [u8] = b"syngraph/heartbeat/1";
}
