//! The calls about intermediaries.

use frame_support::{
	ensure,
	traits::{fungible::MutateHold, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::sr25519;
use sp_runtime::{traits::Zero, ArithmeticError, DispatchError, DispatchResult};
use syngraph_primitives::{Entity, IntermediaryId, KeyHistory};

use crate::{
	BalanceOf, Config, Endpoint, Error, Event, HoldReason, Intermediaries, Intermediary,
	IntermediaryOf, Keys, NextIntermediary, Pallet, RegisteredKey, StatementAllowance,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_intermediary(
		operator: T::AccountId,
		key: sr25519::Public,
		proof: sr25519::Signature,
		endpoint: Endpoint,
		asked_reward: BalanceOf<T>,
		bond: BalanceOf<T>,
	) -> DispatchResult {
		let deposit = Self::intermediary_deposit(&endpoint)?;
		let intermediary =
			Self::insert_intermediary(&operator, key, endpoint, asked_reward, deposit, bond)?;
		Self::hold_deposit(HoldReason::Intermediary, &operator, deposit)?;
		T::Currency::hold(&HoldReason::Bond.into(), &operator, bond)?;
		Self::ensure_intermediary_key(&operator, &key, &proof)?;
		Self::deposit_event(Event::IntermediaryRegistered {
			intermediary,
			operator,
			key,
			bond,
		});
		Ok(())
	}

	pub(crate) fn do_update_intermediary(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		endpoint: Endpoint,
		asked_reward: BalanceOf<T>,
	) -> DispatchResult {
		let record = Self::intermediary_of(&operator, intermediary)?;
		let deposit = Self::intermediary_deposit(&endpoint)?;
		Self::adjust_deposit(HoldReason::Intermediary, &operator, record.deposit, deposit)?;
		let record = Intermediary {
			endpoint,
			asked_reward,
			deposit,
			..record
		};
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::IntermediaryUpdated { intermediary });
		Ok(())
	}

	pub(crate) fn do_rotate_intermediary_key(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		from_block: BlockNumberFor<T>,
		key: sr25519::Public,
		proof: sr25519::Signature,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		Self::ensure_future(from_block)?;
		Self::ensure_apart(&record.keys, Self::now(), |last| last.since)?;
		Self::ensure_apart(&record.keys, from_block, |last| last.from)?;
		let forgotten = Self::rotate(&mut record.keys, record.uses, from_block, key)?;
		Self::claim_intermediary_key(key, intermediary)?;
		Self::ensure_intermediary_key(&operator, &key, &proof)?;
		if let Some(old) = forgotten {
			Self::forget_intermediary_key(old);
		}
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::IntermediaryKeyRotated {
			intermediary,
			from_block,
			key,
		});
		Ok(())
	}

	pub(crate) fn do_revoke_intermediary(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		from_block: BlockNumberFor<T>,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		Self::ensure_future(from_block)?;
		record
			.keys
			.revoke(from_block, Self::now())
			.map_err(Error::<T>::from)?;
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::IntermediaryRevoked {
			intermediary,
			from_block,
		});
		Ok(())
	}

	pub(crate) fn do_deregister_intermediary(
		operator: T::AccountId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
		let unbonded = record.bond.is_zero() && record.unbonding.is_empty();
		ensure!(unbonded, Error::<T>::Bonded);
		for key in record.keys.keys() {
			Self::forget_intermediary_key(*key);
		}
		Intermediaries::<T>::remove(intermediary);
		Self::return_deposit(HoldReason::Intermediary, &operator, record.deposit)?;
		Self::deposit_event(Event::IntermediaryDeregistered { intermediary });
		Ok(())
	}

	/// Records a new intermediary, whatever was deposited, bonded and proved.
	pub(crate) fn insert_intermediary(
		operator: &T::AccountId,
		key: sr25519::Public,
		endpoint: Endpoint,
		asked_reward: BalanceOf<T>,
		deposit: BalanceOf<T>,
		bond: BalanceOf<T>,
	) -> Result<IntermediaryId, DispatchError> {
		let intermediary = NextIntermediary::<T>::get();
		let next = intermediary
			.checked_add(1)
			.ok_or(ArithmeticError::Overflow)?;
		Self::claim_intermediary_key(key, intermediary)?;
		NextIntermediary::<T>::put(next);
		let now = Self::now();
		let record = Intermediary {
			operator: operator.clone(),
			keys: KeyHistory::new(now, now, key),
			endpoint,
			asked_reward,
			uses: 0,
			deposit,
			bond,
			liable: Zero::zero(),
			unbonding: Default::default(),
			lies: 0,
			absences: 0,
		};
		Intermediaries::<T>::insert(intermediary, record);
		Ok(intermediary)
	}

	fn claim_intermediary_key(
		key: sr25519::Public,
		intermediary: IntermediaryId,
	) -> Result<(), Error<T>> {
		Self::claim(
			RegisteredKey::Intermediary(key),
			Entity::Intermediary(intermediary),
		)?;
		T::Allowance::grant(&key);
		Ok(())
	}

	fn forget_intermediary_key(key: sr25519::Public) {
		Keys::<T>::remove(RegisteredKey::Intermediary(key));
		T::Allowance::withdraw(&key);
	}

	/// The intermediary, if `operator` is its operator.
	pub(crate) fn intermediary_of(
		operator: &T::AccountId,
		intermediary: IntermediaryId,
	) -> Result<IntermediaryOf<T>, Error<T>> {
		let record = Intermediaries::<T>::get(intermediary).ok_or(Error::NotRegistered)?;
		ensure!(record.operator == *operator, Error::NotOwner);
		Ok(record)
	}

	/// The deposit for an intermediary with this endpoint, if it is one.
	fn intermediary_deposit(endpoint: &Endpoint) -> Result<BalanceOf<T>, Error<T>> {
		ensure!(
			core::str::from_utf8(endpoint).is_ok(),
			Error::InvalidEndpoint
		);
		Ok(Self::deposit(T::IntermediaryDeposit::get(), endpoint.len()))
	}
}
