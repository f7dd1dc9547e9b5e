//! The registry as other pallets see it.

use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{ed25519, sr25519};
use sp_runtime::{
	traits::{CheckedAdd, Saturating},
	DispatchResult,
};
use syngraph_primitives::{
	Directory, Entity, Failure, IntermediaryId, KeyHistory, Schema, SensorId, Sequence,
};

use crate::{
	BalanceOf, Config, Error, Event, Intermediaries, IntermediaryOf, Keys, Pallet, RegisteredKey,
	Sensors, Users,
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

	fn sensor_key(sensor: SensorId, sequence: Sequence) -> Option<ed25519::Public> {
		Sensors::<T>::get(sensor)?.keys.at(sequence).copied()
	}

	fn operator(intermediary: IntermediaryId) -> Option<T::AccountId> {
		Some(Intermediaries::<T>::get(intermediary)?.operator)
	}

	fn asked_reward(intermediary: IntermediaryId) -> Option<BalanceOf<T>> {
		Some(Intermediaries::<T>::get(intermediary)?.asked_reward)
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

	fn sensor_keys(
		sensor: SensorId,
		sequence: Sequence,
		since: BlockNumberFor<T>,
	) -> Vec<ed25519::Public> {
		Sensors::<T>::get(sensor)
			.map(|record| record.keys.known_since(sequence, since).copied().collect())
			.unwrap_or_default()
	}

	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId> {
		match Keys::<T>::get(RegisteredKey::Intermediary(*key))? {
			Entity::Intermediary(intermediary) => Some(intermediary),
			_ => None,
		}
	}

	fn acquire(entity: &Entity<T::AccountId>, liability: BalanceOf<T>) -> DispatchResult {
		match entity {
			Entity::User(who) => Users::<T>::try_mutate(who, |record| {
				let user = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				count_use::<T, _, _>(&mut user.uses, &user.signer)
			}),
			Entity::Sensor(id) => Sensors::<T>::try_mutate(id, |record| {
				let sensor = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				count_use::<T, _, _>(&mut sensor.uses, &sensor.keys)
			}),
			Entity::Intermediary(id) => Intermediaries::<T>::try_mutate(id, |record| {
				let intermediary = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				count_use::<T, _, _>(&mut intermediary.uses, &intermediary.keys)?;
				add_liability::<T>(intermediary, liability)
			}),
		}
	}

	fn release(entity: &Entity<T::AccountId>, liability: BalanceOf<T>) {
		let discount = |uses: &mut u32| uses.saturating_dec();
		match entity {
			Entity::User(who) => {
				Users::<T>::mutate_extant(who, |user| discount(&mut user.uses));
			},
			Entity::Sensor(id) => {
				Sensors::<T>::mutate_extant(id, |sensor| discount(&mut sensor.uses));
			},
			Entity::Intermediary(id) => {
				Intermediaries::<T>::mutate_extant(id, |record| {
					discount(&mut record.uses);
					record.liable.saturating_reduce(liability);
				});
			},
		}
	}

	fn slash(
		intermediary: IntermediaryId,
		payees: &[(T::AccountId, BalanceOf<T>)],
	) -> Vec<BalanceOf<T>> {
		Self::do_slash(intermediary, payees)
	}

	fn charge(intermediary: IntermediaryId, fee: BalanceOf<T>) -> DispatchResult {
		Self::do_charge(intermediary, fee)
	}

	fn can_charge(intermediary: IntermediaryId, fee: BalanceOf<T>) -> bool {
		Intermediaries::<T>::get(intermediary).is_some_and(|record| fee <= record.bond)
	}

	fn record_failure(intermediary: IntermediaryId, failure: Failure) {
		Intermediaries::<T>::mutate_extant(intermediary, |record| match failure {
			Failure::Lie => record.lies.saturating_inc(),
			Failure::Absence => record.absences.saturating_inc(),
		});
	}

	fn convict_sensor(sensor: SensorId, from_sequence: Sequence) -> bool {
		let Some(mut record) = Sensors::<T>::get(sensor) else {
			return false;
		};
		let begun = record.keys.periods().first().map_or(0, |first| first.from);
		let from_sequence = from_sequence.max(begun.saturating_add(1));
		if record.keys.revoke(from_sequence, Self::now()).is_err() {
			return false;
		}
		Sensors::<T>::insert(sensor, record);
		Self::deposit_event(Event::SensorRevoked {
			sensor,
			from_sequence,
		});
		true
	}
}

/// Counts one more agreement that needs the entity with these keys.
fn count_use<T: Config, Key: Clone, Position: Copy + Ord>(
	uses: &mut u32,
	keys: &KeyHistory<Key, Position, BlockNumberFor<T>>,
) -> DispatchResult {
	ensure!(!keys.is_revoked(), Error::<T>::Revoked);
	ensure!(
		*uses < T::MaxAgreements::get(),
		Error::<T>::TooManyAgreements
	);
	uses.saturating_inc();
	Ok(())
}

/// Makes an intermediary liable for one more agreement, if its bond covers all of them.
fn add_liability<T: Config>(
	intermediary: &mut IntermediaryOf<T>,
	liability: BalanceOf<T>,
) -> DispatchResult {
	intermediary.liable = intermediary
		.liable
		.checked_add(&liability)
		.filter(|liable| *liable <= intermediary.bond)
		.ok_or(Error::<T>::BondTooSmall)?;
	Ok(())
}
