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
	IntermediaryOf, KeyRotation, Keys, LastSeen, NextIntermediary, Offers, Pallet, RegisteredKey,
	StatementAllowance,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_intermediary(
		operator: T::AccountId,
		key: sr25519::Public,
		proof: sr25519::Signature,
		endpoint: Endpoint,
		bond: BalanceOf<T>,
	) -> DispatchResult {
		Self::check_endpoint(&endpoint)?;
		let deposit = Self::intermediary_deposit(&endpoint, None);
		let intermediary = Self::insert_intermediary(&operator, key, endpoint, deposit, bond)?;
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
	) -> DispatchResult {
		let record = Self::intermediary_of(&operator, intermediary)?;
		Self::check_endpoint(&endpoint)?;
		let offer = Offers::<T>::get(intermediary);
		let deposit = Self::intermediary_deposit(&endpoint, offer.as_ref());
		let record = Intermediary { endpoint, ..record };
		Self::deposit_for_intermediary(intermediary, record, deposit)?;
		Self::deposit_event(Event::IntermediaryUpdated { intermediary });
		Ok(())
	}

	/// Returns to how many agreements it is bound.
	pub(crate) fn do_rotate_intermediary_key(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		from_block: BlockNumberFor<T>,
		key: sr25519::Public,
		proof: sr25519::Signature,
	) -> Result<u32, DispatchError> {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		Self::ensure_future(from_block)?;
		let period = T::RotationPeriod::get();
		Self::ensure_apart(&record.keys, Self::now(), period, |last| last.since)?;
		Self::ensure_apart(&record.keys, from_block, period, |last| last.from)?;
		if record.uses > 0 {
			Self::ensure_room(&record.keys, |next| next.from, period)?;
		}
		let forgotten = record
			.keys
			.rotate(from_block, Self::now(), key)
			.map_err(Error::<T>::from)?;
		Self::claim_intermediary_key(key, intermediary)?;
		Self::ensure_intermediary_key(&operator, &key, &proof)?;
		if let Some(old) = forgotten {
			Self::forget_intermediary_key(old);
		}
		Self::allow_publication(&record);
		let uses = record.uses;
		Intermediaries::<T>::insert(intermediary, record);
		T::KeyRotation::rotates(intermediary);
		Self::deposit_event(Event::IntermediaryKeyRotated {
			intermediary,
			from_block,
			key,
		});
		Ok(uses)
	}

	pub(crate) fn do_revoke_intermediary(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		from_block: BlockNumberFor<T>,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
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
		Offers::<T>::remove(intermediary);
		LastSeen::<T>::remove(intermediary);
		Self::return_deposit(HoldReason::Intermediary, &operator, record.deposit)?;
		Self::deposit_event(Event::IntermediaryDeregistered { intermediary });
		Ok(())
	}

	/// Records a new intermediary, whatever was deposited, bonded and proved.
	pub(crate) fn insert_intermediary(
		operator: &T::AccountId,
		key: sr25519::Public,
		endpoint: Endpoint,
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
			uses: 0,
			deposit,
			bond,
			liable: Zero::zero(),
			unbonding: Default::default(),
			lies: 0,
			absences: 0,
			registered: now,
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
		)
	}

	fn forget_intermediary_key(key: sr25519::Public) {
		Keys::<T>::remove(RegisteredKey::Intermediary(key));
		T::Allowance::set(&key, 0);
	}

	/// Lets the last two keys of an intermediary, of which the last may only be announced, publish what the
	/// agreements need that it is bound to. The one before them was replaced a rotation period ago.
	pub(crate) fn allow_publication(record: &IntermediaryOf<T>) {
		let mut keys = record.keys.periods().iter().rev().map(|period| &period.key);
		for key in keys.by_ref().take(2) {
			T::Allowance::set(key, record.uses);
		}
		if let Some(old) = keys.next() {
			T::Allowance::set(old, 0);
		}
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

	/// Refuses what is no endpoint.
	fn check_endpoint(endpoint: &Endpoint) -> Result<(), Error<T>> {
		let is_text = core::str::from_utf8(endpoint).is_ok();
		ensure!(is_text, Error::InvalidEndpoint);
		Ok(())
	}
}
