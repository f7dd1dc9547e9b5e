//! What must be true of the storage after every call.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};
use syngraph_primitives::Entity;

use crate::{
	BalanceOf, Bindings, Config, HoldReason, Intermediaries, Keys, LastSeen, Named,
	NextIntermediary, NextSensor, Offers, Pallet, RegisteredKey, Sensors, Users,
};

impl<T: Config> Pallet<T> {
	/// Checks the storage's invariants:
	///
	/// - what is held from an owner for a reason is the sum of the deposits, or of the bonds, of its records;
	/// - a key is in [`Keys`] if and only if its entity remembers it;
	/// - an intermediary is liable for the sum of what its bindings are, which its bond covers, and bound as
	///   often as it says; so often is it named by their users;
	/// - only the registered have bindings, offers and heartbeats;
	/// - no part that is being unbonded is zero;
	/// - ids are lower than the next one to be given out.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_keys()?;
		Self::check_deposits()?;
		Self::check_bonds()?;
		Self::check_bindings()?;
		Self::check_registered()?;
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
			for key in sensor.keys.history.keys() {
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
				!record.unbonding.iter().any(|part| part.amount.is_zero()),
				"nothing is being unbonded"
			);
		}
		let bonds =
			Intermediaries::<T>::iter_values().map(|record| (record.bonded(), record.operator));
		Self::check_held(
			HoldReason::Bond,
			bonds.map(|(bond, operator)| (operator, bond)),
		)
	}

	/// What is bound is counted where it is bound, and covered.
	fn check_bindings() -> Result<(), TryRuntimeError> {
		for (id, record) in Intermediaries::<T>::iter() {
			let (mut uses, mut liable) = (0u32, BalanceOf::<T>::zero());
			let mut named = BTreeMap::<T::AccountId, u32>::new();
			for bound in Bindings::<T>::iter_prefix_values(id) {
				uses.saturating_inc();
				liable.saturating_accrue(bound.liability);
				named.entry(bound.user).or_default().saturating_inc();
			}
			ensure!(record.uses == uses, "not bound as often as counted");
			ensure!(record.liable == liable, "not liable for what is bound");
			ensure!(liable <= record.bond, "liable for more than the bond");
			ensure!(
				Named::<T>::iter_prefix(id).collect::<BTreeMap<_, _>>() == named,
				"not named as often as counted"
			);
		}
		Ok(())
	}

	/// Nothing is stored about intermediaries that are not registered.
	fn check_registered() -> Result<(), TryRuntimeError> {
		let bound = Bindings::<T>::iter_keys().map(|(id, _)| id);
		let named = Named::<T>::iter_keys().map(|(id, _)| id);
		let offers = Offers::<T>::iter_keys();
		let mut stored = bound
			.chain(named)
			.chain(offers)
			.chain(LastSeen::<T>::iter_keys());
		ensure!(
			stored.all(Intermediaries::<T>::contains_key),
			"stored about an intermediary that is not registered"
		);
		Ok(())
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
