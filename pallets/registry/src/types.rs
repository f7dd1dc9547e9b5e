//! What the registry remembers of each entity.

use core::ops::Range;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::fungible::{Credit, Inspect},
	weights::Weight,
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_core::{ed25519, sr25519, ConstU32};
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::{
	IntermediaryId, KeyHistory, Offer, Schema, SensorId, SensorKeys, Sequence, MAX_NAME,
};

use crate::Config;

/// In how many parts an intermediary can unbond at a time.
pub const MAX_UNBONDING: u32 = 8;
/// The most bytes of an intermediary's endpoint.
pub const MAX_ENDPOINT: u32 = 128;

/// What a user calls itself, in UTF-8.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;
/// Where an intermediary can be reached, in UTF-8: a hint to devices, for example a URL.
pub type Endpoint = BoundedVec<u8, ConstU32<MAX_ENDPOINT>>;

/// The balance of the currency in which deposits and bonds are held.
pub type BalanceOf<T> =
	<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// What has been taken from an account and not yet given to another.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;
/// A user of the runtime `T`.
pub type UserOf<T> = User<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// A sensor of the runtime `T`.
pub type SensorOf<T> =
	Sensor<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// An intermediary of the runtime `T`.
pub type IntermediaryOf<T> =
	Intermediary<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// An offer in the runtime `T`.
pub type OfferOf<T> =
	Offer<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// How an intermediary is bound in the runtime `T`.
pub type BoundOf<T> = Bound<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

/// An account that may be a party of agreements.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct User<AccountId, Balance, BlockNumber> {
	/// What it calls itself.
	pub name: Name,
	/// The accounts that sign terms off-chain in its name, by the block from which each does.
	pub signer: KeyHistory<AccountId, BlockNumber>,
	/// How many agreements need it.
	pub uses: u32,
	/// What is held from it for this record.
	pub deposit: Balance,
}

/// A device that signs its messages.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Sensor<AccountId, Balance, BlockNumber> {
	/// The account that registered it and answers for it.
	pub owner: AccountId,
	/// What it declared about its messages.
	pub schema: Schema,
	/// The keys that sign its messages, and what the chain holds against it.
	pub keys: SensorKeys<BlockNumber>,
	/// How many agreements need it.
	pub uses: u32,
	/// What is held from the owner for this record: less than at first once it has paid for a proof.
	pub deposit: Balance,
}

/// A chain node whose off-chain worker computes windows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Intermediary<AccountId, Balance, BlockNumber> {
	/// The account that runs it and receives its rewards.
	pub operator: AccountId,
	/// The keys with which it signs, by the block from which each counts.
	pub keys: KeyHistory<sr25519::Public, BlockNumber>,
	/// Where devices can reach it.
	pub endpoint: Endpoint,
	/// How many agreements it is bound to.
	pub uses: u32,
	/// What is held from the operator for this record and the offer.
	pub deposit: Balance,
	/// What is held from the operator to answer with, without what is being unbonded.
	pub bond: Balance,
	/// What it is still liable for in all agreements that it is bound to, together. The bond covers it.
	pub liable: Balance,
	/// The parts of the bond that are being unbonded, oldest first; none is zero.
	pub unbonding: BoundedVec<Unbonding<Balance, BlockNumber>, ConstU32<MAX_UNBONDING>>,
	/// How many times the chain had proof that it lied.
	pub lies: u32,
	/// How many times it did not answer in time.
	pub absences: u32,
	/// The block in which it was registered, as far as that is known: of whoever was registered before this was noted,
	/// the block in which its oldest key that is remembered was made known.
	pub registered: BlockNumber,
}

impl<AccountId, Balance: AtLeast32BitUnsigned + Copy, BlockNumber>
	Intermediary<AccountId, Balance, BlockNumber>
{
	/// All that is held as its bond: what it can be liable with, and what is being unbonded.
	pub fn bonded(&self) -> Balance {
		let parts = self.unbonding.iter().map(|part| part.amount);
		parts.fold(self.bond, |sum, part| sum.saturating_add(part))
	}
}

/// How an intermediary is bound to an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Bound<AccountId, Balance> {
	/// The user that names it.
	pub user: AccountId,
	/// The most that the agreement can still take from its bond.
	pub liability: Balance,
}

/// A part of a bond that goes back to the operator.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Unbonding<Balance, BlockNumber> {
	/// How much.
	pub amount: Balance,
	/// The first block in which it can be withdrawn.
	pub due: BlockNumber,
}

/// A sensor that is about to be registered.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct NewSensor {
	/// What it declares about its messages.
	pub schema: Schema,
	/// The key that signs its messages from the first on.
	pub key: ed25519::Public,
	/// The key proof, signed with the key.
	pub proof: ed25519::Signature,
}

/// A key that belongs to somebody, so that nobody else can register it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum RegisteredKey<AccountId> {
	/// An account that signs terms for a user.
	User(AccountId),
	/// A key that signs the messages of a sensor.
	Sensor(ed25519::Public),
	/// A key with which an intermediary signs.
	Intermediary(sr25519::Public),
}

/// What agreements need of sensors.
pub trait SensorUse {
	/// Which numbers of a sensor agreements need: from the lowest that any of them does to the first that is beyond
	/// the reach of one. None if no agreement needs the sensor.
	fn needed(sensor: SensorId) -> Option<Range<Sequence>>;
	/// What it takes to find that out if so many agreements need it.
	fn weight(agreements: u32) -> Weight;
}

/// For a chain without agreements.
impl SensorUse for () {
	fn needed(_: SensorId) -> Option<Range<Sequence>> {
		None
	}

	fn weight(_: u32) -> Weight {
		Weight::zero()
	}
}

/// Who has to hear that the key of an intermediary is going to be another one.
pub trait KeyRotation {
	/// The intermediary rotates its key.
	fn rotates(intermediary: IntermediaryId);
	/// What it takes to hear that if it is bound to so many agreements.
	fn weight(agreements: u32) -> Weight;
}

/// For a chain without agreements.
impl KeyRotation for () {
	fn rotates(_: IntermediaryId) {}

	fn weight(_: u32) -> Weight {
		Weight::zero()
	}
}

/// How much intermediaries may publish in the statement store, in which every account has an allowance.
pub trait StatementAllowance {
	/// Lets `key` publish what so many agreements need, and no more, whatever it was allowed before.
	fn set(key: &sr25519::Public, agreements: u32);
}

/// For a chain without a statement store.
impl StatementAllowance for () {
	fn set(_: &sr25519::Public, _: u32) {}
}
