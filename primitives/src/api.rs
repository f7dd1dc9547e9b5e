//! What a node asks its runtime.

use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::DispatchError;

use crate::{
	AgreementId, Argument, ResultValue, Schema, SensorId, SensorKeys, Sequence, SettledRound,
	Terms, WindowIndex,
};

/// What a node needs to know of a sensor to accept its messages.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct SensorInfo {
	/// Which of its messages are valid.
	pub keys: SensorKeys<u32>,
	/// What it declared about its messages.
	pub schema: Schema,
	/// The first message that any agreement in force needs; none if no agreement needs any.
	pub first: Option<Sequence>,
}

/// What an agreement would cost, and what its terms would have to offer at least, if it came into force now.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Quote<Balance> {
	/// What it costs the users together to settle a round of one window, besides the rewards and the reaction.
	pub settlement: Balance,
	/// What each further window of a round that is not null adds to that, at most: a result that takes fewer bytes
	/// costs less.
	pub window: Balance,
	/// What it costs the users together to pay out what has accrued, if a settlement does it.
	pub payout: Balance,
	/// The most that one dispute costs, whoever bears it: so much the penalty must be at least.
	pub penalty: Balance,
	/// The fewest blocks that intermediaries must have to answer.
	pub answer: u32,
	/// What each user must put into escrow at least, in the order of the terms.
	pub escrows: Vec<Balance>,
}

/// The money of an agreement and how many results it has, as of a block. Lists are in the order of the users.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Accounts<Balance> {
	/// What each user has in escrow, with what it owes.
	pub escrows: Vec<Balance>,
	/// What each user owes: what the next payout takes out of its escrow.
	pub owed: Vec<Balance>,
	/// What all payouts have taken out of each user's escrow so far.
	pub paid: Vec<Balance>,
	/// For how many windows the members are still to be rewarded.
	pub windows: u32,
	/// The block of the last payout, or the one in which the agreement came into force.
	pub paid_at: u32,
	/// How many rounds have settled in all.
	pub rounds: u64,
	/// The lowest window that is not decided.
	pub base: WindowIndex,
	/// The root of the history of all rounds, by which each of them can be shown.
	pub root: H256,
}

/// What a window came to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct WindowOutcome {
	/// Its result; none is null.
	pub result: Option<ResultValue>,
	/// The number of its round among all rounds of the agreement, counted from zero.
	pub number: u64,
	/// The round.
	pub round: SettledRound<u32>,
}

sp_api::decl_runtime_apis! {
	/// Tells users what an agreement costs, before they propose it and while it lasts, and what settled.
	pub trait AgreementsApi<AccountId: Codec, Balance: Codec> {
		/// What an agreement on these terms would cost and demand, whatever penalty, absence fee, time to answer and
		/// escrows they state. An error tells what else is wrong with them, be it that they are beyond their bounds.
		fn quote(
			terms: Argument<Terms<AccountId, Balance, u32>>,
		) -> Result<Quote<Balance>, DispatchError>;
		/// What the users of an agreement have in escrow, owe and have paid, if it is known.
		fn accounts(agreement: AgreementId) -> Option<Accounts<Balance>>;
		/// The last rounds of an agreement, as many as its terms say, in the order in which they settled.
		fn rounds(agreement: AgreementId) -> Vec<SettledRound<u32>>;
		/// What a window came to, and the round that it settled with, if that is one of the last.
		fn outcome(agreement: AgreementId, window: WindowIndex) -> Option<WindowOutcome>;
	}

	/// Tells nodes about the sensors whose messages they receive. Whoever changes the form of the answer gives it
	/// another `api_version`: a node that was built before must not read it.
	#[api_version(2)]
	pub trait SensorsApi {
		/// The sensor called `sensor`, if it is registered.
		fn sensor(sensor: SensorId) -> Option<SensorInfo>;
		/// The sensors of which the block may have changed the answer. None if it may be any.
		fn changed() -> Option<Vec<SensorId>>;
	}
}
