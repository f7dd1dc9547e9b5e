//! Where pallets meet.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, sr25519};
use sp_runtime::DispatchResult;

use crate::{AgreementId, IntermediaryId, Roster, Schema, SensorId, Sequence, Terms, WindowIndex};

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
	/// The keys by which an intermediary signed in any block from `since` to now. As keys are rotated
	/// only so often, there are two at most if `since` does not lie further back than a dispute can last.
	fn intermediary_keys(intermediary: IntermediaryId, since: BlockNumber) -> Vec<sr25519::Public>;
	/// The keys that the chain took for the one that signs a sensor's message number `sequence`, in any
	/// block from `since` to now. Two at most, as with intermediaries.
	fn sensor_keys(
		sensor: SensorId,
		sequence: Sequence,
		since: BlockNumber,
	) -> Vec<ed25519::Public>;
	/// The intermediary that `key` is or was a key of.
	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId>;
	/// Counts one more agreement that needs the entity, which cannot be deregistered until it is
	/// released as often as it was acquired. Fails if it is not registered, is revoked, or is in too
	/// many agreements; or if it is an intermediary whose bond does not cover `liability` on top of what
	/// it is liable for already. Nothing else is liable for anything.
	fn acquire(entity: &Entity<AccountId>, liability: Balance) -> DispatchResult;
	/// Counts one agreement less that needs the entity, and lowers what it is liable for.
	fn release(entity: &Entity<AccountId>, liability: Balance);
	/// Pays from an intermediary's bond, in the order of `payees`, as far as it goes; also from a part
	/// that is being unbonded. A payee that cannot receive its part is passed over. Returns what each got.
	fn slash(intermediary: IntermediaryId, payees: &[(AccountId, Balance)]) -> Vec<Balance>;
	/// Takes a fee for something that the intermediary brought on chain out of its bond. Fails, without
	/// taking anything, if the bond does not cover it.
	fn charge(intermediary: IntermediaryId, fee: Balance) -> DispatchResult;
	/// Whether the bond of an intermediary covers a fee.
	fn can_charge(intermediary: IntermediaryId, fee: Balance) -> bool;
	/// Remembers, for whoever wants to know before it names the intermediary, that it failed.
	fn record_failure(intermediary: IntermediaryId, failure: Failure);
	/// Ends the validity of a sensor's messages with number `from_sequence`, or as soon after it as its
	/// keys allow, because it signed two messages with one number. Tells whether it was valid before.
	fn convict_sensor(sensor: SensorId, from_sequence: Sequence) -> bool;
}

/// How an intermediary failed.
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
pub enum Failure {
	/// It lied, and the chain has proof.
	Lie,
	/// It did not answer in time.
	Absence,
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
pub trait Agreements<AccountId, Balance, BlockNumber> {
	/// The terms of an agreement.
	fn terms(agreement: &AgreementId) -> Option<Terms<AccountId, Balance, BlockNumber>>;
	/// Who computes for it now.
	fn roster(agreement: &AgreementId) -> Option<Roster>;
	/// Whether a dispute about a window of an agreement in force can be opened: the window is neither
	/// settled nor frozen nor too old, and the escrows cover what one more dispute can cost. `frozen`
	/// tells whether the window is to be frozen at once.
	fn can_open(agreement: &AgreementId, window: WindowIndex, frozen: bool) -> bool;
	/// Opens a dispute about a window: reserves what it can cost, and takes the deposit for what is stored
	/// about it, in equal shares of the users. If `frozen`, no result of the window can settle any more.
	fn open_dispute(agreement: &AgreementId, window: WindowIndex, frozen: bool) -> DispatchResult;
	/// Freezes a window about which a dispute is open. Does nothing to one that is decided already, or that
	/// lies where too many are frozen: evidence must be heard all the same.
	fn freeze(agreement: &AgreementId, window: WindowIndex) -> DispatchResult;
	/// Takes a fee of an open dispute out of what was reserved, in equal shares of the users.
	fn charge(agreement: &AgreementId, fee: Balance) -> DispatchResult;
	/// Pays from the escrow of one of the agreement's users, in the order of `payees`, as far as it goes. A
	/// payee that cannot receive its part is passed over.
	fn compensate(agreement: &AgreementId, user: &AccountId, payees: &[(AccountId, Balance)]);
	/// Whether a result of the window has settled.
	fn is_settled(agreement: &AgreementId, window: WindowIndex) -> bool;
	/// Closes a dispute about a window: what is left of the reserve goes back into the escrows, or to the
	/// users if the agreement has ended, and so does the deposit. Members that failed are replaced by
	/// spares of their users; if there are none, the terms tell whether the agreement ends. Tells
	/// what became of the window: if `reopen`, and every one that failed was replaced, it stays open to
	/// the new roster, else it is frozen unless it settled.
	fn close_dispute(
		agreement: &AgreementId,
		window: WindowIndex,
		failed: &[IntermediaryId],
		reopen: bool,
	) -> DispatchResult;
	/// Whether the agreement has ended.
	fn has_ended(agreement: &AgreementId) -> bool;
}

/// What disputes cost, as agreements need to know beforehand.
pub trait DisputeCosts<Balance> {
	/// The most that the users of an agreement with so many members pay together for one dispute.
	fn dispute(members: u32) -> Balance;
	/// What an intermediary advances to show a window of so many messages, which together have so many
	/// bytes.
	fn showing(messages: u32, bytes: u32) -> Balance;
}
