//! What a node asks its runtime.

use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

use crate::{Schema, SensorId, SensorKeys, Sequence, Terms};

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
	/// What a settled window costs the users together, besides the rewards and the reaction.
	pub settlement: Balance,
	/// The most that one dispute costs, whoever bears it: so much the penalty must be at least.
	pub penalty: Balance,
	/// The fewest blocks that intermediaries must have to answer.
	pub answer: u32,
	/// What each user must put into escrow at least, in the order of the terms.
	pub escrows: Vec<Balance>,
}

sp_api::decl_runtime_apis! {
	/// Tells users what an agreement costs, before they propose it.
	pub trait AgreementsApi<AccountId: Codec, Balance: Codec> {
		/// What an agreement on these terms would cost and demand, whatever penalty, absence fee, time to answer and
		/// escrows they state. An error tells what else is wrong with them.
		fn quote(terms: Terms<AccountId, Balance, u32>) -> Result<Quote<Balance>, DispatchError>;
	}

	/// Tells nodes about the sensors whose messages they receive. Whoever changes the form of the answer gives it another
	/// `api_version`: a node that was built before must not read it.
	pub trait SensorsApi {
		/// The sensor called `sensor`, if it is registered.
		fn sensor(sensor: SensorId) -> Option<SensorInfo>;
	}
}
