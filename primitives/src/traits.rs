//! Where pallets meet.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, ConstU32};
use sp_runtime::{BoundedVec, DispatchError, DispatchResult};

use crate::{
	AgreementId, Conviction, Fate, Feed, IntermediaryId, Offer, Progress, Roster, Ruling, Schema,
	SensorId, SensorKeys, Sequence, SourceVersion, Terms, Timestamp, WindowIndex, MAX_SENSORS,
};

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
	/// Which messages of a sensor are valid.
	fn sensor_keys(sensor: SensorId) -> Option<SensorKeys<BlockNumber>>;
	/// The account that operates an intermediary and receives its rewards.
	fn operator(intermediary: IntermediaryId) -> Option<AccountId>;
	/// On which terms an intermediary may be named, if on any.
	fn offer(intermediary: IntermediaryId) -> Option<Offer<AccountId, Balance, BlockNumber>>;
	/// Whether an intermediary showed lately that it is alive.
	fn is_alive(intermediary: IntermediaryId) -> bool;
	/// Whether whoever was alive in a block still counts as alive.
	fn is_recent(block: BlockNumber) -> bool;
	/// The key by which an intermediary signs in block `at`.
	fn intermediary_key(intermediary: IntermediaryId, at: BlockNumber) -> Option<sr25519::Public>;
	/// The keys by which an intermediary signed in any block from `since` to now, latest first. As keys are
	/// rotated only so often, there are two at most if `since` does not lie further back than a dispute can
	/// last.
	fn intermediary_keys(intermediary: IntermediaryId, since: BlockNumber) -> Vec<sr25519::Public>;
	/// The intermediary that `key` is or was a key of.
	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId>;
	/// Counts one more agreement that needs a user or a sensor, which cannot be deregistered until it is
	/// relinquished as often as it was acquired. Fails if it is not registered, is revoked, or is in too
	/// many agreements.
	fn acquire(entity: &Entity<AccountId>) -> DispatchResult;
	/// Counts one agreement less that needs a user or a sensor.
	fn relinquish(entity: &Entity<AccountId>);
	/// Binds an intermediary to an agreement, for which it is liable from then on. Fails if it is not
	/// registered, is revoked, is bound to it already, is in as many agreements as its offer or the chain
	/// allows, or if its bond does not cover this liability on top of all others.
	fn bind(binding: &Binding<AccountId>, liability: Balance) -> DispatchResult;
	/// Releases an intermediary from an agreement, and from what it was still liable for in it.
	fn release(agreement: &AgreementId, intermediary: IntermediaryId);
	/// What an intermediary is still liable for in an agreement.
	fn liability(agreement: &AgreementId, intermediary: IntermediaryId) -> Balance;
	/// Pays from an intermediary's bond, in the order of `payees`, as far as what it is liable for in the
	/// agreement goes, which grows less by it. A payee that cannot receive its part is passed over. Returns
	/// what each got.
	fn slash(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		payees: &[(AccountId, Balance)],
	) -> Vec<Balance>;
	/// Takes a fee out of an intermediary's bond, as far as what it is liable for in the agreement goes, which
	/// grows less by it. Returns how much.
	fn charge(agreement: &AgreementId, intermediary: IntermediaryId, fee: Balance) -> Balance;
	/// Remembers, for whoever wants to know before it names the intermediary, that it failed.
	fn record_failure(intermediary: IntermediaryId, failure: Failure);
	/// Holds against a sensor that it signed two messages with one number, see [`SensorKeys::convict`]. Its
	/// owner pays the fee out of the sensor's deposit.
	fn convict_sensor(
		sensor: SensorId,
		sequence: Sequence,
		fee: Balance,
	) -> Result<Conviction, DispatchError>;
	/// Holds against a sensor that it signed twice under a number not below `from`, see
	/// [`SensorKeys::suspend`], if it is not suspended for a lower one.
	fn suspend_sensor(sensor: SensorId, from: Sequence);
	/// Has the numbers of a sensor from one on for which it does not answer count as never sent, see
	/// [`SensorKeys::disown`].
	fn disown_sensor(sensor: SensorId, from: Sequence);
}

/// An intermediary that an agreement names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding<AccountId> {
	/// The agreement.
	pub agreement: AgreementId,
	/// The intermediary.
	pub intermediary: IntermediaryId,
	/// The user that names it.
	pub user: AccountId,
	/// Whether its operator consented to this agreement, so that the numbers of its offer do not count.
	pub consented: bool,
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
	fn register_sensor(
		owner: &AccountId,
		schema: Schema,
		key: sp_core::ed25519::Public,
	) -> SensorId;
	/// Registers an intermediary of `operator` with the key. It is alive, its bond covers whatever it may be
	/// liable for, and its offer fits all terms.
	fn register_intermediary(operator: &AccountId, key: sr25519::Public) -> IntermediaryId;
	/// Takes back that an intermediary is alive.
	fn silence(intermediary: IntermediaryId);
}

/// What disputes need to know of agreements, and do to them. There is at most one dispute about an agreement
/// at a time.
pub trait Agreements<AccountId, Balance, BlockNumber> {
	/// The terms of an agreement.
	fn terms(agreement: &AgreementId) -> Option<Terms<AccountId, Balance, BlockNumber>>;
	/// Who computes for it now.
	fn roster(agreement: &AgreementId) -> Option<Roster>;
	/// Which sensors it is about now, in the order of the terms.
	fn feeds(agreement: &AgreementId) -> Option<Feeds>;
	/// What is known of the messages of its sensors.
	fn version(agreement: &AgreementId) -> Option<SourceVersion>;
	/// Whether the messages of a window can be told to be valid.
	fn fate(agreement: &AgreementId, window: WindowIndex) -> Fate;
	/// Which windows are decided.
	fn progress(agreement: &AgreementId) -> Option<Progress>;
	/// The earliest and the latest time of a message that counts.
	fn times(agreement: &AgreementId) -> (Timestamp, Timestamp);
	/// Whether a dispute about the next round of an agreement in force can be opened: there is none, and the escrows
	/// cover what a dispute can cost.
	fn can_open(agreement: &AgreementId) -> bool;
	/// Opens a dispute about the next round: reserves what it can cost, out of the escrow of every user, since
	/// it may turn out to be the one that bears it, and takes the deposit for what is stored about it.
	fn open_dispute(agreement: &AgreementId) -> DispatchResult;
	/// The most that the open dispute can cost, reserved out of the escrow of each user.
	fn reserve(agreement: &AgreementId) -> Balance;
	/// What it costs that a [`Ruling`] settles when these members are proven wrong. None if it does not: the terms do
	/// not say so, no round can settle any more, or each of them has a spare. What is reserved covers it.
	fn ruling_fee(agreement: &AgreementId, convicted: &[IntermediaryId]) -> Option<Balance>;
	/// Closes the open dispute, see [`Closing`].
	fn close_dispute(agreement: &AgreementId, closing: &Closing<Balance>) -> DispatchResult;
	/// Whether the agreement has ended.
	fn has_ended(agreement: &AgreementId) -> bool;
}

/// The sensors of an agreement, in the order of its terms.
pub type Feeds = BoundedVec<Feed, ConstU32<MAX_SENSORS>>;

/// How a dispute is closed.
///
/// What is left of the reserve goes back into the escrows, or to the users if the agreement has ended, and so
/// does the deposit. Members that failed are replaced by spares of their users; if there are none, the
/// terms tell what becomes of the agreement. So are those whose notice has run out. Whether anybody leaves or not, the
/// roster has another number from then on, so that all commit anew to what has not settled: no window is lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing<Balance> {
	/// Members that were proven wrong.
	pub convicted: Vec<IntermediaryId>,
	/// Members that did not answer in time.
	pub absent: Vec<IntermediaryId>,
	/// What each user bears of the dispute's cost, in the order of the terms: no more than was reserved
	/// out of its escrow.
	pub bears: Vec<Balance>,
	/// What settles at once, as the next round, before anybody leaves: only if [`Agreements::ruling_fee`] tells a fee
	/// for it, which is part of the cost. All members but the convicted are rewarded for it.
	pub ruling: Option<Ruling>,
}

/// How large a dispute about a window can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DisputeSize {
	/// The members of the roster.
	pub members: u32,
	/// The sensors.
	pub sensors: u32,
	/// The messages of the window.
	pub messages: u32,
	/// The most bytes of all these messages together.
	pub bytes: u32,
}

/// What disputes cost, as agreements need to know beforehand.
pub trait DisputeCosts<Balance> {
	/// The most that one dispute costs, whoever bears it.
	fn dispute(size: &DisputeSize) -> Balance;
	/// How many transactions show a window of so many messages, one after the other.
	fn chunks(messages: u32) -> u32;
}
