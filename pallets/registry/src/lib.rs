//! # Registry
//!
//! Who exists, with which keys, since when: users, sensors and intermediaries.
//!
//! - A *user* may be a party of agreements. Its account signs extrinsics; its *signer* (the account
//!   itself, or another) signs terms off-chain.
//! - A *sensor* declares what its messages look like and signs each with its ed25519 key.
//! - An *intermediary* signs what it says to its peers with its sr25519 key, and may publish as much in the
//!   statement store as the agreements that it is bound to need.
//!
//! Whoever registers a key shows that it holds the secret (see
//! [`KeyProof`](syngraph_primitives::KeyProof)), and a key belongs to one entity at most. A key is
//! rotated or revoked from a stated position on (a future block, or a sequence number for sensors), and
//! old keys are remembered, so that what was signed with them can still be verified. An entity that an
//! agreement needs cannot be deregistered, and forgets its oldest key only when no evidence can need it any
//! more. Sensors and intermediaries rotate their keys only so often.
//!
//! Every record is paid for by a deposit of its owner, returned when it is deregistered.
//!
//! - *Offers*: an operator publishes on which terms its intermediary may be named. Without an offer, or
//!   beyond it, an intermediary is named with its operator's consent only.
//! - *Binding*: an intermediary is bound to each agreement that names it, with a *liability*: the most that
//!   the agreement can take from its *bond*, all in all. The bond covers all liabilities together at all
//!   times, so no agreement can take what secures another; what is above them can be unbonded.
//! - *Liveness*: an intermediary that has an offer or is bound shows by a signed heartbeat, free of charge,
//!   that it is alive. Who has not been seen for two intervals counts as dead.
//! - *Suspension*: a sensor that signed two messages with one number is suspended until its owner gives it
//!   a new key; one that does so again and again is revoked. The owner pays for the proof out of the
//!   sensor's deposit.
//!
//! Other pallets see the registry through [`Directory`](syngraph_primitives::Directory).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod bindings;
mod bonds;
mod deposits;
mod directory;
mod events;
mod heartbeats;
mod intermediaries;
mod keys;
pub mod migrations;
#[cfg(test)]
mod mock;
mod offers;
mod sensors;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
mod users;
mod validity;
pub mod weights;

use frame_support::pallet_macros::import_section;

pub use heartbeats::HEARTBEAT_REACH;
pub use pallet::*;
pub use types::*;
pub use validity::ValidityError;
pub use weights::WeightInfo;

#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{BalancedHold, MutateHold},
			OnUnbalanced,
		},
	};
	use frame_system::pallet_prelude::*;
	use sp_core::{ed25519, sr25519, H256};
	use sp_runtime::traits::{IdentifyAccount, Verify};
	use syngraph_primitives::{AgreementId, Entity, IntermediaryId, Schema, SensorId, Sequence};

	/// The version of the form of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the registry needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256, RuntimeEvent: From<Event<Self>>> {
		/// The currency in which deposits and bonds are held.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ BalancedHold<Self::AccountId>;
		/// The runtime's reasons for holding funds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Who gets the fees that are taken out of bonds.
		type Fees: OnUnbalanced<CreditOf<Self>>;
		/// How a user's signer signs off-chain.
		type Signature: Verify<Signer = Self::SigningKey> + Parameter;
		/// The public key of a user's signer.
		type SigningKey: IdentifyAccount<AccountId = Self::AccountId>;
		/// How much intermediaries may publish in the statement store.
		type Allowance: StatementAllowance;
		/// What agreements need of sensors.
		type SensorUse: SensorUse;
		/// Who has to hear of rotations of intermediaries' keys.
		type KeyRotation: KeyRotation;
		/// The deposit for a user, on top of the bytes of its name.
		#[pallet::constant]
		type UserDeposit: Get<BalanceOf<Self>>;
		/// The deposit for a sensor, on top of the bytes of its schema.
		#[pallet::constant]
		type SensorDeposit: Get<BalanceOf<Self>>;
		/// The deposit for an intermediary, on top of the bytes of its endpoint and its offer.
		#[pallet::constant]
		type IntermediaryDeposit: Get<BalanceOf<Self>>;
		/// The deposit for a byte.
		#[pallet::constant]
		type ByteDeposit: Get<BalanceOf<Self>>;
		/// The most sensors that one call registers.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// The most agreements that a user or an intermediary can be part of at a time. They are counted, and nothing
		/// goes through all of them but [`Config::KeyRotation`], which whoever rotates a key pays for.
		#[pallet::constant]
		type MaxAgreements: Get<u32>;
		/// The most agreements that can be about a sensor at a time. Whoever rotates its key pays for going through all
		/// of them.
		#[pallet::constant]
		type MaxAgreementsOfSensor: Get<u32>;
		/// How many blocks lie at least between two rotations of the keys of an intermediary, and after
		/// how many a replaced key can be forgotten. Must be no less than how far back evidence may lie
		/// that disputes take in.
		#[pallet::constant]
		type RotationPeriod: Get<BlockNumberFor<Self>>;
		/// How many blocks lie at least between two rotations of the key of a sensor that is not suspended.
		#[pallet::constant]
		type SensorRotationPeriod: Get<BlockNumberFor<Self>>;
		/// After how many blocks a replaced key of a sensor can be forgotten. Windows that need messages
		/// signed with it cannot settle any more, so it must leave time to settle them.
		#[pallet::constant]
		type KeyRetention: Get<BlockNumberFor<Self>>;
		/// How many blocks it takes to unbond. What is being unbonded secures nothing any more, so it need
		/// not outlast disputes; but one sum must not stand behind one intermediary after another from block
		/// to block.
		#[pallet::constant]
		type UnbondingPeriod: Get<BlockNumberFor<Self>>;
		/// How often an intermediary shows that it is alive, in blocks. Two at least.
		#[pallet::constant]
		type HeartbeatInterval: Get<BlockNumberFor<Self>>;
		/// The priority of heartbeats among the transactions that wait for a block. They are few.
		#[pallet::constant]
		type HeartbeatPriority: Get<TransactionPriority>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why the registry holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A registered user.
		User,
		/// A registered sensor.
		Sensor,
		/// A registered intermediary.
		Intermediary,
		/// What an intermediary answers with for its lies.
		Bond,
	}

	/// The registered users.
	#[pallet::storage]
	pub type Users<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, UserOf<T>>;

	/// The registered sensors.
	#[pallet::storage]
	pub type Sensors<T: Config> = StorageMap<_, Twox64Concat, SensorId, SensorOf<T>>;

	/// The registered intermediaries.
	#[pallet::storage]
	pub type Intermediaries<T: Config> =
		StorageMap<_, Twox64Concat, IntermediaryId, IntermediaryOf<T>>;

	/// On which terms intermediaries may be named.
	#[pallet::storage]
	pub type Offers<T: Config> = StorageMap<_, Twox64Concat, IntermediaryId, OfferOf<T>>;

	/// The agreements that intermediaries are bound to.
	#[pallet::storage]
	pub type Bindings<T: Config> =
		StorageDoubleMap<_, Twox64Concat, IntermediaryId, Identity, AgreementId, BoundOf<T>>;

	/// In how many of the agreements that an intermediary is bound to a user names it.
	#[pallet::storage]
	pub type Named<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		IntermediaryId,
		Blake2_128Concat,
		T::AccountId,
		u32,
		ValueQuery,
	>;

	/// The last block in which intermediaries showed that they were alive.
	#[pallet::storage]
	pub type LastSeen<T: Config> = StorageMap<_, Twox64Concat, IntermediaryId, BlockNumberFor<T>>;

	/// The id of the next sensor.
	#[pallet::storage]
	pub type NextSensor<T> = StorageValue<_, SensorId, ValueQuery>;

	/// The id of the next intermediary.
	#[pallet::storage]
	pub type NextIntermediary<T> = StorageValue<_, IntermediaryId, ValueQuery>;

	/// Every key that is remembered, with the entity that it belongs to.
	#[pallet::storage]
	pub type Keys<T: Config> =
		StorageMap<_, Blake2_128Concat, RegisteredKey<T::AccountId>, Entity<T::AccountId>>;

	/// Why the registry refuses something.
	#[pallet::error]
	#[derive(PartialEq, Eq)]
	pub enum Error<T> {
		/// There is no such user, sensor or intermediary.
		NotRegistered,
		/// The account is registered as a user already.
		AlreadyRegistered,
		/// Only the account that registered a sensor or an intermediary can change it.
		NotOwner,
		/// The list of sensors is empty.
		EmptyBatch,
		/// A user's name is empty, not UTF-8, or contains control characters; or a sensor's kind or one of
		/// its variables is not called by a lower-case ASCII letter and up to 31 lower-case ASCII letters, digits,
		/// `_`, `-` and `.` after it.
		InvalidName,
		/// The endpoint is not UTF-8.
		InvalidEndpoint,
		/// The schema has no variables.
		NoVariables,
		/// Two variables of the schema have one name.
		DuplicateVariable,
		/// One signature of this key could fit many messages, so it proves nothing.
		WeakKey,
		/// The key belongs to somebody already, perhaps to the same entity at another time.
		KeyTaken,
		/// The proof that the caller holds the key's secret is missing or wrong.
		InvalidProof,
		/// The entity is part of agreements that have not ended.
		InUse,
		/// The key was revoked; nothing can follow.
		Revoked,
		/// The block or sequence number does not lie after the one from which the last key is valid.
		PositionNotAhead,
		/// The block does not lie in the future.
		PositionInPast,
		/// As many keys as can be remembered are, and agreements may still need the oldest.
		TooManyKeys,
		/// The entity is part of as many agreements as it can be, or as its offer allows.
		TooManyAgreements,
		/// The user names the intermediary in as many agreements as its offer allows.
		TooManyOfUser,
		/// The intermediary is bound to the agreement already.
		AlreadyBound,
		/// The intermediary has no offer, and its operator did not consent.
		NoOffer,
		/// The offer's `window_messages` is zero.
		InvalidOfferWindowMessages,
		/// The offer's `duration` is zero.
		InvalidOfferDuration,
		/// The offer's `answer` is zero.
		InvalidOfferAnswer,
		/// The offer's `agreements` is zero.
		InvalidOfferAgreements,
		/// The offer's `agreements_per_user` is zero.
		InvalidOfferAgreementsPerUser,
		/// The offer's `qualities` are empty, or one occurs twice.
		InvalidOfferQualities,
		/// The offer's `users` are given but empty, or one occurs twice.
		InvalidOfferUsers,
		/// The sensor is suspended until its key is rotated.
		Suspended,
		/// Two messages with this number prove nothing that is not known, or were signed with a key that
		/// was replaced.
		NothingNew,
		/// The last rotation of the key is too recent, or too near to this one; or a sensor was revoked lately.
		RotatedRecently,
		/// The amount is zero.
		ZeroAmount,
		/// The bond does not cover this on top of what the intermediary answers for already.
		BondTooSmall,
		/// As many parts of the bond are being unbonded as can be at a time.
		TooManyUnbonding,
		/// No part of the bond can be withdrawn yet.
		NothingDue,
		/// The intermediary has a bond, perhaps one that is being unbonded.
		Bonded,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}

		fn integrity_test() {
			// Otherwise a heartbeat would be due again in the same block.
			assert!(T::HeartbeatInterval::get() >= 2u32.into());
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers the caller as a user called `name`, whose terms `signer` signs off-chain.
		///
		/// If the signer is another account, `proof` must be its key proof: its signature over
		/// `SCALE("syngraph/key/1", genesis hash, role, owner)`, with the role `User` (the byte 0) and the caller as
		/// the owner.
		///
		/// Emits `UserRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_user())]
		pub fn register_user(
			origin: OriginFor<T>,
			name: Name,
			signer: T::AccountId,
			proof: Option<T::Signature>,
		) -> DispatchResult {
			Self::do_register_user(ensure_signed(origin)?, name, signer, proof)
		}

		/// Changes the name of the caller, a user. Its deposit changes with the name's length.
		///
		/// Emits `UserUpdated`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::update_user())]
		pub fn update_user(origin: OriginFor<T>, name: Name) -> DispatchResult {
			Self::do_update_user(ensure_signed(origin)?, name)
		}

		/// Lets `signer` sign the terms of the caller, a user, from a future block on.
		///
		/// The proof is that of `register_user`.
		///
		/// Emits `UserKeyRotated`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::rotate_user_key())]
		pub fn rotate_user_key(
			origin: OriginFor<T>,
			from_block: BlockNumberFor<T>,
			signer: T::AccountId,
			proof: Option<T::Signature>,
		) -> DispatchResult {
			Self::do_rotate_user_key(ensure_signed(origin)?, from_block, signer, proof)
		}

		/// Leaves the caller, a user, without a signer from a future block on, for good. Nor can it
		/// become part of any more agreements.
		///
		/// Emits `UserRevoked`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::revoke_user())]
		pub fn revoke_user(origin: OriginFor<T>, from_block: BlockNumberFor<T>) -> DispatchResult {
			Self::do_revoke_user(ensure_signed(origin)?, from_block)
		}

		/// Forgets the caller, a user, and returns its deposit. It must not be part of an agreement.
		///
		/// Emits `UserDeregistered`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::deregister_user())]
		pub fn deregister_user(origin: OriginFor<T>) -> DispatchResult {
			Self::do_deregister_user(ensure_signed(origin)?)
		}

		/// Registers sensors of the caller: all of them, or none.
		///
		/// Each proof is the key proof by the sensor's key: its signature over
		/// `SCALE("syngraph/key/1", genesis hash, role, owner)`, with the role `Sensor` (the byte 1) and the caller
		/// as the owner.
		///
		/// Emits `SensorRegistered` for each, with ids in the order of the list.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::register_sensors(sensors.len() as u32))]
		pub fn register_sensors(
			origin: OriginFor<T>,
			sensors: BoundedVec<NewSensor, T::MaxBatch>,
		) -> DispatchResult {
			Self::do_register_sensors(ensure_signed(origin)?, sensors.into_inner())
		}

		/// Replaces the schema of a sensor of the caller that is not part of an agreement. Its
		/// deposit changes with the schema's length.
		///
		/// Emits `SensorUpdated`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::update_sensor())]
		pub fn update_sensor(
			origin: OriginFor<T>,
			sensor: SensorId,
			schema: Schema,
		) -> DispatchResult {
			Self::do_update_sensor(ensure_signed(origin)?, sensor, schema)
		}

		/// Gives a sensor of the caller a new key, valid from message number `from_sequence` on. The
		/// last rotation must lie a rotation period of sensors back, unless the sensor is suspended, which
		/// ends so; its deposit is made up to what it was at first. The sensor answers on for what the key
		/// before signs, unless it was suspended for that: then nothing counts that was signed from the number in
		/// question up to `from_sequence`.
		///
		/// The proof is that of `register_sensors`. The fee grows with the agreements that need the sensor.
		///
		/// Emits `SensorKeyRotated`.
		#[pallet::call_index(7)]
		#[pallet::weight(
			T::WeightInfo::rotate_sensor_key()
				.saturating_add(T::SensorUse::weight(T::MaxAgreementsOfSensor::get()))
		)]
		pub fn rotate_sensor_key(
			origin: OriginFor<T>,
			sensor: SensorId,
			from_sequence: Sequence,
			key: ed25519::Public,
			proof: ed25519::Signature,
		) -> DispatchResultWithPostInfo {
			let owner = ensure_signed(origin)?;
			let uses = Self::do_rotate_sensor_key(owner, sensor, from_sequence, key, proof)?;
			let weight = T::WeightInfo::rotate_sensor_key();
			Ok(Some(weight.saturating_add(T::SensorUse::weight(uses))).into())
		}

		/// Ends the validity of the messages of a sensor of the caller with message number
		/// `from_sequence`, for good. Nor can it become part of any more agreements.
		///
		/// Emits `SensorRevoked`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::revoke_sensor())]
		pub fn revoke_sensor(
			origin: OriginFor<T>,
			sensor: SensorId,
			from_sequence: Sequence,
		) -> DispatchResult {
			Self::do_revoke_sensor(ensure_signed(origin)?, sensor, from_sequence)
		}

		/// Forgets a sensor of the caller and returns its deposit. It must not be part of an
		/// agreement.
		///
		/// Emits `SensorDeregistered`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::deregister_sensor())]
		pub fn deregister_sensor(origin: OriginFor<T>, sensor: SensorId) -> DispatchResult {
			Self::do_deregister_sensor(ensure_signed(origin)?, sensor)
		}

		/// Registers an intermediary that the caller operates.
		///
		/// The proof is the key proof: the key's signature over `SCALE("syngraph/key/1", genesis hash, role, owner)`,
		/// with the role `Intermediary` (the byte 2) and the caller as the owner. `endpoint` is a hint where devices
		/// reach it, `bond` what it can be liable with at first, perhaps nothing.
		///
		/// Emits `IntermediaryRegistered`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::register_intermediary())]
		pub fn register_intermediary(
			origin: OriginFor<T>,
			key: sr25519::Public,
			proof: sr25519::Signature,
			endpoint: Endpoint,
			bond: BalanceOf<T>,
		) -> DispatchResult {
			Self::do_register_intermediary(ensure_signed(origin)?, key, proof, endpoint, bond)
		}

		/// Replaces the endpoint of an intermediary of the caller. Its deposit changes with the
		/// endpoint's length.
		///
		/// Emits `IntermediaryUpdated`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::update_intermediary())]
		pub fn update_intermediary(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			endpoint: Endpoint,
		) -> DispatchResult {
			Self::do_update_intermediary(ensure_signed(origin)?, intermediary, endpoint)
		}

		/// Gives an intermediary of the caller a new key, valid from a future block on. It may use the statement store
		/// at once, as may the one before it. The last rotation must lie a rotation period back, and the key before the
		/// new one must have been valid for as long. The joint keys fall in which it has a part.
		///
		/// The proof is that of `register_intermediary`. The fee grows with the agreements that the intermediary is
		/// bound to.
		///
		/// Emits `IntermediaryKeyRotated`.
		#[pallet::call_index(12)]
		#[pallet::weight(
			T::WeightInfo::rotate_intermediary_key()
				.saturating_add(T::KeyRotation::weight(T::MaxAgreements::get()))
		)]
		pub fn rotate_intermediary_key(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			from_block: BlockNumberFor<T>,
			key: sr25519::Public,
			proof: sr25519::Signature,
		) -> DispatchResultWithPostInfo {
			let operator = ensure_signed(origin)?;
			let uses =
				Self::do_rotate_intermediary_key(operator, intermediary, from_block, key, proof)?;
			let weight = T::WeightInfo::rotate_intermediary_key();
			Ok(Some(weight.saturating_add(T::KeyRotation::weight(uses))).into())
		}

		/// Leaves an intermediary of the caller without a key from a future block on, for good. Nor
		/// can it become part of any more agreements. It must not be bound to any: a key that was stolen
		/// is rotated, and who wants to leave resigns from its agreements first.
		///
		/// Emits `IntermediaryRevoked`.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::revoke_intermediary())]
		pub fn revoke_intermediary(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			from_block: BlockNumberFor<T>,
		) -> DispatchResult {
			Self::do_revoke_intermediary(ensure_signed(origin)?, intermediary, from_block)
		}

		/// Forgets an intermediary of the caller with its offer, and returns its deposit. It must not be
		/// bound to an agreement, and its bond must have been withdrawn.
		///
		/// Emits `IntermediaryDeregistered`.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::deregister_intermediary())]
		pub fn deregister_intermediary(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			Self::do_deregister_intermediary(ensure_signed(origin)?, intermediary)
		}

		/// Adds to the bond of an intermediary of the caller.
		///
		/// Emits `Bonded`.
		#[pallet::call_index(15)]
		#[pallet::weight(T::WeightInfo::bond())]
		pub fn bond(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			amount: BalanceOf<T>,
		) -> DispatchResult {
			Self::do_bond(ensure_signed(origin)?, intermediary, amount)
		}

		/// Begins to unbond a part of the bond of an intermediary of the caller, for which it is not
		/// liable. It secures nothing any more, and can be withdrawn after the unbonding period.
		///
		/// Emits `Unbonding`.
		#[pallet::call_index(16)]
		#[pallet::weight(T::WeightInfo::unbond())]
		pub fn unbond(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			amount: BalanceOf<T>,
		) -> DispatchResult {
			Self::do_unbond(ensure_signed(origin)?, intermediary, amount)
		}

		/// Returns to the caller what was unbonded of the bond of an intermediary of its own a period
		/// ago or more.
		///
		/// Emits `Withdrawn`.
		#[pallet::call_index(17)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, intermediary: IntermediaryId) -> DispatchResult {
			Self::do_withdraw(ensure_signed(origin)?, intermediary)
		}

		/// Publishes on which terms an intermediary of the caller may be named, in place of its last offer.
		/// Its deposit changes with the offer's length. Agreements that name it already stay as they are.
		///
		/// An operator that works by consent alone offers for its own account alone: an intermediary
		/// without an offer that is not bound cannot show that it is alive.
		///
		/// Emits `OfferPublished`.
		#[pallet::call_index(18)]
		#[pallet::weight(T::WeightInfo::publish_offer())]
		pub fn publish_offer(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			offer: OfferOf<T>,
		) -> DispatchResult {
			Self::do_publish_offer(ensure_signed(origin)?, intermediary, offer)
		}

		/// Withdraws the offer of an intermediary of the caller, which gets the deposit for it back.
		/// Agreements that name it already stay as they are.
		///
		/// Emits `OfferWithdrawn`.
		#[pallet::call_index(19)]
		#[pallet::weight(T::WeightInfo::withdraw_offer())]
		pub fn withdraw_offer(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			Self::do_withdraw_offer(ensure_signed(origin)?, intermediary)
		}

		/// Shows that an intermediary, which has an offer or is bound, was alive in block `at`: one of the
		/// last 64, and half an interval after it was last seen at least.
		///
		/// Sent as a general transaction without a signer, free of charge. `signature` is that of the
		/// intermediary's present key over a `Heartbeat`. What is
		/// refused enters neither the pool nor a block. What is not has a share of each block that
		/// ordinary transactions, and others without a signer, cannot use up.
		#[pallet::call_index(20)]
		#[pallet::weight((T::WeightInfo::heartbeat(), DispatchClass::Operational))]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_heartbeat())]
		#[pallet::authorize(|_source, intermediary, at, signature| {
			Self::authorize_heartbeat(*intermediary, *at, signature)
		})]
		pub fn heartbeat(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			at: BlockNumberFor<T>,
			signature: sr25519::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Verified when the call was authorised.
			let _ = signature;
			Self::do_heartbeat(intermediary, at)
		}
	}
}
