//! Where pallets meet.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, sr25519};
use sp_runtime::DispatchResult;

use crate::{AgreementId, IntermediaryId, Schema, SensorId, Sequence, WindowIndex};

/// Something registered.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Entity<AccountId> {
	/// A user.
	User(AccountId),
	/// A sensor.
	Sensor(SensorId),
	/// An intermediary.
	Intermediary(IntermediaryId),
}

/// Who exists, with which keys, and on which terms.
pub trait Directory<AccountId, Balance, BlockNumber> {
	/// Whether `who` is registered as a user.
	fn is_user(who: &AccountId) -> bool;
	/// The account in whose name a user signs terms off-chain in block `at`.
	fn user_signer(who: &AccountId, at: BlockNumber) -> Option<AccountId>;
	/// Who owns a sensor.
	fn sensor_owner(sensor: SensorId) -> Option<AccountId>;
	/// What a sensor declared about its messages.
	fn sensor_schema(sensor: SensorId) -> Option<Schema>;
	/// The key that signs a sensor's message number `sequence`.
	fn sensor_key(sensor: SensorId, sequence: Sequence) -> Option<ed25519::Public>;
	/// The account that operates an intermediary and receives its rewards.
	fn operator(intermediary: IntermediaryId) -> Option<AccountId>;
	/// The least reward per settled window for which an intermediary works.
	fn asked_reward(intermediary: IntermediaryId) -> Option<Balance>;
	/// The key by which an intermediary signs in block `at`.
	fn intermediary_key(intermediary: IntermediaryId, at: BlockNumber) -> Option<sr25519::Public>;
	/// The intermediary that `key` is or was a key of.
	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId>;
	/// Counts one more agreement that needs the entity, which cannot be deregistered until it is
	/// released as often as it was acquired. Fails if it is not registered, is revoked, or is in too
	/// many agreements.
	fn acquire(entity: &Entity<AccountId>) -> DispatchResult;
	/// Counts one agreement less that needs the entity.
	fn release(entity: &Entity<AccountId>);
}

/// Brings entities into being for benchmarks of pallets that need them.
#[cfg(feature = "runtime-benchmarks")]
pub trait DirectoryBenchmarkHelper<AccountId> {
	/// Registers `who` as a user that signs in its own name.
	fn register_user(who: &AccountId);
	/// Registers a sensor of `owner` with the schema.
	fn register_sensor(owner: &AccountId, schema: Schema, key: ed25519::Public) -> SensorId;
	/// Registers an intermediary of `operator` with the key.
	fn register_intermediary(operator: &AccountId, key: sr25519::Public) -> IntermediaryId;
}

/// What disputes need to know of agreements, and do to them.
pub trait Agreements<Balance> {
	/// Whether `intermediary` computes for an agreement that is in force.
	fn is_intermediary(agreement: &AgreementId, intermediary: IntermediaryId) -> bool;
	/// Whether a window of an agreement in force can still be settled or frozen, and the agreement's
	/// escrow can pay `fee`.
	fn can_freeze(agreement: &AgreementId, window: WindowIndex, fee: Balance) -> bool;
	/// Freezes a window, so that no result of it can settle. Takes `fee`, and the deposit for what is
	/// stored about it, out of the escrow in equal shares.
	fn freeze(agreement: &AgreementId, window: WindowIndex, fee: Balance) -> DispatchResult;
	/// Gives the deposit for what was stored about a frozen window back to the users.
	fn forget(agreement: &AgreementId);
	/// Whether the agreement has ended.
	fn has_ended(agreement: &AgreementId) -> bool;
}
