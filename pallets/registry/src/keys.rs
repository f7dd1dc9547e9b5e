//! Keys: whose they are, that their holders consent, how they follow one another.

use alloc::vec::Vec;
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{ed25519, sr25519};
use sp_runtime::traits::{Saturating, Verify, Zero};
use syngraph_primitives::{
	is_sound_ed25519, verify_wrapped, Entity, GenesisHash, KeyError, KeyHistory, KeyPeriod,
	KeyProof, Payload, Role,
};

use crate::{Config, Error, Keys, Pallet, RegisteredKey};

impl<T> From<KeyError> for Error<T> {
	fn from(error: KeyError) -> Self {
		match error {
			KeyError::NotAhead => Error::PositionNotAhead,
			KeyError::Revoked => Error::Revoked,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Records that `key` belongs to `entity`, unless it belongs to somebody.
	pub(crate) fn claim(
		key: RegisteredKey<T::AccountId>,
		entity: Entity<T::AccountId>,
	) -> Result<(), Error<T>> {
		ensure!(!Keys::<T>::contains_key(&key), Error::KeyTaken);
		Keys::<T>::insert(key, entity);
		Ok(())
	}

	/// Refuses a rotation that would make the chain forget a key which was replaced less than `retention`
	/// blocks ago. `replaced` tells in which block, from the period of the key that followed it.
	///
	/// Whoever could make the chain forget a key too early could escape the evidence signed with it, or
	/// leave messages signed with it without proof. Of users, nothing that they signed is evidence later.
	pub(crate) fn ensure_room<Key, Position>(
		keys: &KeyHistory<Key, Position, BlockNumberFor<T>>,
		replaced: impl FnOnce(&KeyPeriod<Key, Position, BlockNumberFor<T>>) -> BlockNumberFor<T>,
		retention: BlockNumberFor<T>,
	) -> Result<(), Error<T>>
	where
		Key: Clone,
		Position: Copy + Ord,
	{
		if let (true, [_, next, ..]) = (keys.is_full(), keys.periods()) {
			let due = replaced(next).saturating_add(retention);
			ensure!(Self::now() >= due, Error::TooManyKeys);
		}
		Ok(())
	}

	/// Refuses a rotation in `block` if the last one, in the block that `of` tells, was less than `period`
	/// blocks earlier. A first key may be replaced at any time.
	///
	/// Whoever checks evidence thus has two keys at most to try, unless it looks back further than that.
	pub(crate) fn ensure_apart<Key, Position>(
		keys: &KeyHistory<Key, Position, BlockNumberFor<T>>,
		block: BlockNumberFor<T>,
		period: BlockNumberFor<T>,
		of: impl FnOnce(&KeyPeriod<Key, Position, BlockNumberFor<T>>) -> BlockNumberFor<T>,
	) -> Result<(), Error<T>>
	where
		Key: Clone,
		Position: Copy + Ord,
	{
		ensure!(!keys.is_revoked(), Error::Revoked);
		if let [_, .., last] = keys.periods() {
			let due = of(last).saturating_add(period);
			ensure!(block >= due, Error::RotatedRecently);
		}
		Ok(())
	}

	/// The block that is being made.
	pub(crate) fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	/// Refuses blocks in which something may have been signed already.
	pub(crate) fn ensure_future(block: BlockNumberFor<T>) -> Result<(), Error<T>> {
		ensure!(block > Self::now(), Error::PositionInPast);
		Ok(())
	}

	/// Refuses a signer that did not agree to sign for `owner`. An account's own signature on the extrinsic
	/// shows it as well as a proof does.
	pub(crate) fn ensure_signer(
		owner: &T::AccountId,
		signer: &T::AccountId,
		proof: Option<T::Signature>,
	) -> Result<(), Error<T>> {
		let proven = match proof {
			None => signer == owner,
			Some(proof) => verify_wrapped(&proof, &Self::proof_bytes(Role::User, owner), signer),
		};
		ensure!(proven, Error::InvalidProof);
		Ok(())
	}

	/// Refuses a key whose holder did not agree that a sensor of `owner` has it.
	pub(crate) fn ensure_sensor_key(
		owner: &T::AccountId,
		key: &ed25519::Public,
		proof: &ed25519::Signature,
	) -> Result<(), Error<T>> {
		ensure!(is_sound_ed25519(key), Error::WeakKey);
		let bytes = Self::proof_bytes(Role::Sensor, owner);
		ensure!(proof.verify(&bytes[..], key), Error::InvalidProof);
		Ok(())
	}

	/// Refuses a key whose holder did not agree that an intermediary of `operator` has it.
	pub(crate) fn ensure_intermediary_key(
		operator: &T::AccountId,
		key: &sr25519::Public,
		proof: &sr25519::Signature,
	) -> Result<(), Error<T>> {
		// Ristretto has one weak key: the neutral element, whose only encoding is zero.
		ensure!(key.0 != [0; 32], Error::WeakKey);
		let bytes = Self::proof_bytes(Role::Intermediary, operator);
		ensure!(proof.verify(&bytes[..], key), Error::InvalidProof);
		Ok(())
	}

	/// What a key signs to be registered by `owner` on this chain.
	pub(crate) fn proof_bytes(role: Role, owner: &T::AccountId) -> Vec<u8> {
		KeyProof {
			role,
			owner: owner.clone(),
		}
		.signing_bytes(&Self::genesis())
	}

	/// The hash of the chain's first block.
	pub(crate) fn genesis() -> GenesisHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
	}
}
