//! The registry as other pallets see it.

use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::sr25519;
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError, DispatchResult,
};
use syngraph_primitives::{
	AgreementId, Binding, Conviction, Directory, Entity, Failure, IntermediaryId, Schema, SensorId,
	SensorKeys, Sequence,
};

use crate::{
	BalanceOf, Bindings, Config, Error, Event, Intermediaries, Keys, OfferOf, Offers, Pallet,
	RegisteredKey, Sensors, Users,
};

impl<T: Config> Directory<T::AccountId, BalanceOf<T>, BlockNumberFor<T>> for Pallet<T> {
	fn is_user(who: &T::AccountId) -> bool {
		Users::<T>::contains_key(who)
	}

	fn user_signer(who: &T::AccountId, at: BlockNumberFor<T>) -> Option<T::AccountId> {
		Users::<T>::get(who)?.signer.at(at).cloned()
	}

	fn sensor_owner(sensor: SensorId) -> Option<T::AccountId> {
		Some(Sensors::<T>::get(sensor)?.owner)
	}

	fn sensor_schema(sensor: SensorId) -> Option<Schema> {
		Some(Sensors::<T>::get(sensor)?.schema)
	}

	fn sensor_keys(sensor: SensorId) -> Option<SensorKeys<BlockNumberFor<T>>> {
		Some(Sensors::<T>::get(sensor)?.keys)
	}

	fn operator(intermediary: IntermediaryId) -> Option<T::AccountId> {
		Some(Intermediaries::<T>::get(intermediary)?.operator)
	}

	fn offer(intermediary: IntermediaryId) -> Option<OfferOf<T>> {
		Offers::<T>::get(intermediary)
	}

	fn is_alive(intermediary: IntermediaryId) -> bool {
		Self::was_seen(intermediary)
	}

	fn is_recent(block: BlockNumberFor<T>) -> bool {
		Self::still_counts(block)
	}

	fn intermediary_key(
		intermediary: IntermediaryId,
		at: BlockNumberFor<T>,
	) -> Option<sr25519::Public> {
		Intermediaries::<T>::get(intermediary)?.keys.at(at).copied()
	}

	fn intermediary_keys(
		intermediary: IntermediaryId,
		since: BlockNumberFor<T>,
	) -> Vec<sr25519::Public> {
		Intermediaries::<T>::get(intermediary)
			.map(|record| record.keys.between(since, Self::now()).copied().collect())
			.unwrap_or_default()
	}

	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId> {
		match Keys::<T>::get(RegisteredKey::Intermediary(*key))? {
			Entity::Intermediary(intermediary) => Some(intermediary),
			_ => None,
		}
	}

	fn acquire(entity: &Entity<T::AccountId>) -> DispatchResult {
		match entity {
			Entity::User(who) => Users::<T>::try_mutate(who, |record| {
				let user = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				ensure!(!user.signer.is_revoked(), Error::<T>::Revoked);
				count_use::<T>(&mut user.uses, T::MaxAgreements::get())
			}),
			Entity::Sensor(id) => Sensors::<T>::try_mutate(id, |record| {
				let sensor = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				ensure!(!sensor.keys.history.is_revoked(), Error::<T>::Revoked);
				ensure!(sensor.keys.is_live(), Error::<T>::Suspended);
				count_use::<T>(&mut sensor.uses, T::MaxAgreementsOfSensor::get())
			}),
			Entity::Intermediary(_) => Err(Error::<T>::NotRegistered.into()),
		}
	}

	fn relinquish(entity: &Entity<T::AccountId>) {
		match entity {
			Entity::User(who) => {
				Users::<T>::mutate_extant(who, |user| user.uses.saturating_dec());
			},
			Entity::Sensor(id) => {
				Sensors::<T>::mutate_extant(id, |sensor| sensor.uses.saturating_dec());
			},
			Entity::Intermediary(_) => (),
		}
	}

	fn bind(binding: &Binding<T::AccountId>, liability: BalanceOf<T>) -> DispatchResult {
		Self::do_bind(binding, liability)
	}

	fn release(agreement: &AgreementId, intermediary: IntermediaryId) {
		Self::do_release(agreement, intermediary);
	}

	fn liability(agreement: &AgreementId, intermediary: IntermediaryId) -> BalanceOf<T> {
		Bindings::<T>::get(intermediary, agreement).map_or_else(Zero::zero, |bound| bound.liability)
	}

	fn slash(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		payees: &[(T::AccountId, BalanceOf<T>)],
	) -> Vec<BalanceOf<T>> {
		Self::do_slash(agreement, intermediary, payees)
	}

	fn charge(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		fee: BalanceOf<T>,
	) -> BalanceOf<T> {
		Self::do_charge(agreement, intermediary, fee)
	}

	fn record_failure(intermediary: IntermediaryId, failure: Failure) {
		Intermediaries::<T>::mutate_extant(intermediary, |record| match failure {
			Failure::Lie => record.lies.saturating_inc(),
			Failure::Absence => record.absences.saturating_inc(),
		});
	}

	fn convict_sensor(
		sensor: SensorId,
		sequence: Sequence,
		fee: BalanceOf<T>,
	) -> Result<Conviction, DispatchError> {
		Self::do_convict_sensor(sensor, sequence, fee)
	}

	fn suspend_sensor(sensor: SensorId, from: Sequence) {
		Self::do_suspend_sensor(sensor, from);
	}

	fn disown_sensor(sensor: SensorId, from: Sequence) {
		Sensors::<T>::mutate_extant(sensor, |record| {
			record.keys.disown(from, Self::now());
			Self::deposit_event(Event::SensorDisowned {
				sensor,
				from_sequence: from,
			});
		});
	}
}

/// Counts one more agreement, of so many at most.
fn count_use<T: Config>(uses: &mut u32, most: u32) -> DispatchResult {
	ensure!(*uses < most, Error::<T>::TooManyAgreements);
	uses.saturating_inc();
	Ok(())
}
