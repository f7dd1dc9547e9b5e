//! What must be true of the storage after every call.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};
use syngraph_primitives::Entity;

use crate::{
	BalanceOf, Config, HoldReason, Intermediaries, Keys, NextIntermediary, NextSensor, Pallet,
	RegisteredKey, Sensors, Users,
};

impl<T: Config> Pallet<T> {
	/// Checks the storage's invariants:
	///
	/// - what is held from an owner for a reason is the sum of the deposits, or of the bonds, of its records;
	/// - a key is in [`Keys`] if and only if its entity remembers it;
	/// - nobody is liable whom no agreement needs, and no part that is being unbonded is zero;
	/// - ids are lower than the next one to be given out.
	///
	/// That a bond covers what its intermediary is liable for is not one: a slash or a fee can make it
	/// smaller.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_keys()?;
		Self::check_deposits()?;
		Self::check_bonds()?;
		let next = NextSensor::<T>::get();
		ensure!(
			Sensors::<T>::iter_keys().all(|id| id < next),
			"sensor id not given out yet"
		);
		let next = NextIntermediary::<T>::get();
		ensure!(
			Intermediaries::<T>::iter_keys().all(|id| id < next),
			"intermediary id not given out yet"
		);
		Ok(())
	}

	/// Every remembered key is indexed; as no more keys are indexed than remembered, no others are.
	fn check_keys() -> Result<(), TryRuntimeError> {
		let mut remembered = 0usize;
		let mut check = |key, entity| -> Result<(), TryRuntimeError> {
			ensure!(
				Keys::<T>::get(key) == Some(entity),
				"key not indexed under its entity"
			);
			remembered.saturating_inc();
			Ok(())
		};
		for (who, user) in Users::<T>::iter() {
			for key in user.signer.keys() {
				check(RegisteredKey::User(key.clone()), Entity::User(who.clone()))?;
			}
		}
		for (id, sensor) in Sensors::<T>::iter() {
			for key in sensor.keys.keys() {
				check(RegisteredKey::Sensor(*key), Entity::Sensor(id))?;
			}
		}
		for (id, intermediary) in Intermediaries::<T>::iter() {
			for key in intermediary.keys.keys() {
				check(RegisteredKey::Intermediary(*key), Entity::Intermediary(id))?;
			}
		}
		ensure!(
			Keys::<T>::iter_keys().count() == remembered,
			"key indexed but not remembered"
		);
		Ok(())
	}

	fn check_deposits() -> Result<(), TryRuntimeError> {
		let users = Users::<T>::iter().map(|(who, user)| (who, user.deposit));
		Self::check_held(HoldReason::User, users)?;
		let sensors = Sensors::<T>::iter_values().map(|sensor| (sensor.owner, sensor.deposit));
		Self::check_held(HoldReason::Sensor, sensors)?;
		let intermediaries =
			Intermediaries::<T>::iter_values().map(|record| (record.operator, record.deposit));
		Self::check_held(HoldReason::Intermediary, intermediaries)
	}

	fn check_bonds() -> Result<(), TryRuntimeError> {
		for record in Intermediaries::<T>::iter_values() {
			ensure!(
				record.uses > 0 || record.liable.is_zero(),
				"liable but in no agreement"
			);
			ensure!(
				!record.unbonding.iter().any(|part| part.amount.is_zero()),
				"nothing is being unbonded"
			);
		}
		let bonds =
			Intermediaries::<T>::iter_values().map(|record| (record.at_stake(), record.operator));
		Self::check_held(
			HoldReason::Bond,
			bonds.map(|(bond, operator)| (operator, bond)),
		)
	}

	fn check_held(
		reason: HoldReason,
		records: impl Iterator<Item = (T::AccountId, BalanceOf<T>)>,
	) -> Result<(), TryRuntimeError> {
		let mut deposits = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		for (owner, deposit) in records {
			deposits
				.entry(owner)
				.or_default()
				.saturating_accrue(deposit);
		}
		let reason = reason.into();
		for (owner, deposit) in deposits {
			let held = T::Currency::balance_on_hold(&reason, &owner);
			ensure!(held == deposit, "deposits are not what is held");
		}
		Ok(())
	}
}
