//! # Registry
//!
//! Who exists, with which keys, since when: users, sensors and intermediaries.
//!
//! - A *user* may be a party of agreements. Its account signs extrinsics; its *signer* (the account
//!   itself, or another) signs terms off-chain.
//! - A *sensor* declares what its messages look like and signs each with its ed25519 key.
//! - An *intermediary* signs what it says to its peers with its sr25519 key, and may use the statement
//!   store with it as long as it is registered.
//!
//! Whoever registers a key shows that it holds the secret (see
//! [`KeyProof`](syngraph_primitives::KeyProof)), and a key belongs to one entity at most. A key is
//! rotated or revoked from a stated position on (a future block, or a sequence number for sensors), and
//! old keys are remembered, so that what was signed with them can still be verified. An entity that an
//! agreement needs can neither be deregistered nor made to forget a key. Sensors and intermediaries
//! rotate their keys only so often, so that evidence has to be checked against two keys at most.
//!
//! Every record is paid for by a deposit of its owner, returned when it is deregistered. An intermediary
//! also has a *bond*: what it can lose by a lie. It is *liable* with it for the penalties of all agreements
//! that need it; the rest can be unbonded, which takes longer than any dispute. Other pallets see the
//! registry through [`Directory`](syngraph_primitives::Directory).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod bonds;
mod deposits;
mod directory;
mod intermediaries;
mod keys;
#[cfg(test)]
mod mock;
mod sensors;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
mod users;
pub mod weights;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

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
	use syngraph_primitives::{Entity, IntermediaryId, Schema, SensorId, Sequence};

	#[pallet::pallet]
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
		/// What lets intermediaries use the statement store.
		type Allowance: StatementAllowance;
		/// The deposit for a user, on top of the bytes of its name.
		#[pallet::constant]
		type UserDeposit: Get<BalanceOf<Self>>;
		/// The deposit for a sensor, on top of the bytes of its schema.
		#[pallet::constant]
		type SensorDeposit: Get<BalanceOf<Self>>;
		/// The deposit for an intermediary, on top of the bytes of its endpoint.
		#[pallet::constant]
		type IntermediaryDeposit: Get<BalanceOf<Self>>;
		/// The deposit for a byte.
		#[pallet::constant]
		type ByteDeposit: Get<BalanceOf<Self>>;
		/// The most sensors that one call registers.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// The most agreements that an entity can be part of at a time.
		#[pallet::constant]
		type MaxAgreements: Get<u32>;
		/// How many blocks lie at least between two rotations of the keys of a sensor or an
		/// intermediary. Must be no less than how far back evidence may lie that disputes take in.
		#[pallet::constant]
		type RotationPeriod: Get<BlockNumberFor<Self>>;
		/// For how many blocks a part of a bond that is being unbonded can still be slashed. Must be
		/// longer than any dispute.
		#[pallet::constant]
		type UnbondingPeriod: Get<BlockNumberFor<Self>>;
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

	/// What happened in the registry.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A user was registered.
		UserRegistered {
			/// The user.
			user: T::AccountId,
			/// The account that signs terms off-chain in its name.
			signer: T::AccountId,
		},
		/// A user changed its name.
		UserUpdated {
			/// The user.
			user: T::AccountId,
		},
		/// A user's terms will be signed by another account.
		UserKeyRotated {
			/// The user.
			user: T::AccountId,
			/// The first block in which the new signer counts.
			from_block: BlockNumberFor<T>,
			/// The new signer.
			signer: T::AccountId,
		},
		/// Nobody will sign terms for a user any more.
		UserRevoked {
			/// The user.
			user: T::AccountId,
			/// The first block in which it has no signer.
			from_block: BlockNumberFor<T>,
		},
		/// A user was deregistered.
		UserDeregistered {
			/// The user.
			user: T::AccountId,
		},
		/// A sensor was registered.
		SensorRegistered {
			/// The sensor.
			sensor: SensorId,
			/// Its owner.
			owner: T::AccountId,
			/// The key that signs its messages.
			key: ed25519::Public,
		},
		/// A sensor's schema was replaced.
		SensorUpdated {
			/// The sensor.
			sensor: SensorId,
		},
		/// A sensor's messages will be signed with another key.
		SensorKeyRotated {
			/// The sensor.
			sensor: SensorId,
			/// The sequence number of the first message signed with the new key.
			from_sequence: Sequence,
			/// The new key.
			key: ed25519::Public,
		},
		/// No more messages of a sensor are valid: its owner said so, or it signed two messages with one
		/// number.
		SensorRevoked {
			/// The sensor.
			sensor: SensorId,
			/// The sequence number of the first message that is not valid.
			from_sequence: Sequence,
		},
		/// A sensor was deregistered.
		SensorDeregistered {
			/// The sensor.
			sensor: SensorId,
		},
		/// An intermediary was registered.
		IntermediaryRegistered {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The account that runs it.
			operator: T::AccountId,
			/// The key that signs its statements.
			key: sr25519::Public,
			/// Its bond.
			bond: BalanceOf<T>,
		},
		/// An intermediary's endpoint or asked reward was replaced.
		IntermediaryUpdated {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary's statements will be signed with another key.
		IntermediaryKeyRotated {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The first block in which the new key counts.
			from_block: BlockNumberFor<T>,
			/// The new key.
			key: sr25519::Public,
		},
		/// An intermediary's statements will not be valid any more.
		IntermediaryRevoked {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The first block in which it has no key.
			from_block: BlockNumberFor<T>,
		},
		/// An intermediary was deregistered.
		IntermediaryDeregistered {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary's bond has grown.
		Bonded {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// By how much.
			amount: BalanceOf<T>,
		},
		/// A part of an intermediary's bond is being unbonded.
		Unbonding {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much.
			amount: BalanceOf<T>,
			/// The first block in which it can be withdrawn.
			due: BlockNumberFor<T>,
		},
		/// Parts of an intermediary's bond went back to its operator.
		Withdrawn {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much in all.
			amount: BalanceOf<T>,
		},
		/// An intermediary's bond was paid to those that a verdict names.
		Slashed {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much of it in all.
			amount: BalanceOf<T>,
		},
		/// A fee was taken out of an intermediary's bond.
		Charged {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much.
			fee: BalanceOf<T>,
		},
	}

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
		/// its variables is called what [`syngraph_primitives::is_name`] refuses.
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
		/// The entity is part of as many agreements as it can be.
		TooManyAgreements,
		/// The last rotation of the key is too recent, or too near to this one.
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
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers the caller as a user called `name`, whose terms `signer` signs off-chain.
		///
		/// If the signer is another account, `proof` must be its signature over the proof of
		/// possession: role `User`, owner the caller.
		///
		/// Emits [`Event::UserRegistered`].
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
		/// Emits [`Event::UserUpdated`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::update_user())]
		pub fn update_user(origin: OriginFor<T>, name: Name) -> DispatchResult {
			Self::do_update_user(ensure_signed(origin)?, name)
		}

		/// Lets `signer` sign the terms of the caller, a user, from a future block on.
		///
		/// The proof is that of [`Pallet::register_user`].
		///
		/// Emits [`Event::UserKeyRotated`].
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
		/// Emits [`Event::UserRevoked`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::revoke_user())]
		pub fn revoke_user(origin: OriginFor<T>, from_block: BlockNumberFor<T>) -> DispatchResult {
			Self::do_revoke_user(ensure_signed(origin)?, from_block)
		}

		/// Forgets the caller, a user, and returns its deposit. It must not be part of an agreement.
		///
		/// Emits [`Event::UserDeregistered`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::deregister_user())]
		pub fn deregister_user(origin: OriginFor<T>) -> DispatchResult {
			Self::do_deregister_user(ensure_signed(origin)?)
		}

		/// Registers sensors of the caller: all of them, or none.
		///
		/// Each proof is the sensor key's signature over the proof of possession: role `Sensor`,
		/// owner the caller.
		///
		/// Emits [`Event::SensorRegistered`] for each, with ids in the order of the list.
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
		/// Emits [`Event::SensorUpdated`].
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
		/// last rotation must lie a rotation period back.
		///
		/// The proof is that of [`Pallet::register_sensors`].
		///
		/// Emits [`Event::SensorKeyRotated`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::rotate_sensor_key())]
		pub fn rotate_sensor_key(
			origin: OriginFor<T>,
			sensor: SensorId,
			from_sequence: Sequence,
			key: ed25519::Public,
			proof: ed25519::Signature,
		) -> DispatchResult {
			Self::do_rotate_sensor_key(ensure_signed(origin)?, sensor, from_sequence, key, proof)
		}

		/// Ends the validity of the messages of a sensor of the caller with message number
		/// `from_sequence`, for good. Nor can it become part of any more agreements.
		///
		/// Emits [`Event::SensorRevoked`].
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
		/// Emits [`Event::SensorDeregistered`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::deregister_sensor())]
		pub fn deregister_sensor(origin: OriginFor<T>, sensor: SensorId) -> DispatchResult {
			Self::do_deregister_sensor(ensure_signed(origin)?, sensor)
		}

		/// Registers an intermediary that the caller operates, and lets its key use the statement
		/// store.
		///
		/// The proof is the key's signature over the proof of possession: role `Intermediary`, owner
		/// the caller. `endpoint` is a hint where devices reach it, `asked_reward` the least reward
		/// per settled window for which it works, `bond` what it can be liable with at first, perhaps
		/// nothing.
		///
		/// Emits [`Event::IntermediaryRegistered`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::register_intermediary())]
		pub fn register_intermediary(
			origin: OriginFor<T>,
			key: sr25519::Public,
			proof: sr25519::Signature,
			endpoint: Endpoint,
			asked_reward: BalanceOf<T>,
			bond: BalanceOf<T>,
		) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_register_intermediary(operator, key, proof, endpoint, asked_reward, bond)
		}

		/// Replaces the endpoint and the asked reward of an intermediary of the caller. Its deposit
		/// changes with the endpoint's length. Agreements keep the reward they were made with.
		///
		/// Emits [`Event::IntermediaryUpdated`].
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::update_intermediary())]
		pub fn update_intermediary(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			endpoint: Endpoint,
			asked_reward: BalanceOf<T>,
		) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_update_intermediary(operator, intermediary, endpoint, asked_reward)
		}

		/// Gives an intermediary of the caller a new key, valid from a future block on. It may use
		/// the statement store at once. The last rotation must lie a rotation period back, and the key
		/// before the new one must have been valid for as long.
		///
		/// The proof is that of [`Pallet::register_intermediary`].
		///
		/// Emits [`Event::IntermediaryKeyRotated`].
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::rotate_intermediary_key())]
		pub fn rotate_intermediary_key(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			from_block: BlockNumberFor<T>,
			key: sr25519::Public,
			proof: sr25519::Signature,
		) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_rotate_intermediary_key(operator, intermediary, from_block, key, proof)
		}

		/// Leaves an intermediary of the caller without a key from a future block on, for good. Nor
		/// can it become part of any more agreements.
		///
		/// Emits [`Event::IntermediaryRevoked`].
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::revoke_intermediary())]
		pub fn revoke_intermediary(
			origin: OriginFor<T>,
			intermediary: IntermediaryId,
			from_block: BlockNumberFor<T>,
		) -> DispatchResult {
			Self::do_revoke_intermediary(ensure_signed(origin)?, intermediary, from_block)
		}

		/// Forgets an intermediary of the caller, returns its deposit and takes the statement store
		/// away from its keys. It must not be part of an agreement, and its bond must have been
		/// withdrawn.
		///
		/// Emits [`Event::IntermediaryDeregistered`].
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
		/// Emits [`Event::Bonded`].
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
		/// liable. It can be withdrawn after the unbonding period, and slashed until it is.
		///
		/// Emits [`Event::Unbonding`].
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
		/// Emits [`Event::Withdrawn`].
		#[pallet::call_index(17)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, intermediary: IntermediaryId) -> DispatchResult {
			Self::do_withdraw(ensure_signed(origin)?, intermediary)
		}
	}
}
