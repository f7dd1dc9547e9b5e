//! The registry as other pallets see it.

use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{ed25519, sr25519};
use sp_runtime::DispatchResult;
use syngraph_primitives::{
	Directory, Entity, IntermediaryId, KeyHistory, Schema, SensorId, Sequence,
};

use crate::{
	BalanceOf, Config, Error, Intermediaries, Keys, Pallet, RegisteredKey, Sensors, Users,
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
				count_use::<T, _, _>(&mut user.uses, &user.signer)
			}),
			Entity::Sensor(id) => Sensors::<T>::try_mutate(id, |record| {
				let sensor = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				count_use::<T, _, _>(&mut sensor.uses, &sensor.keys)
			}),
			Entity::Intermediary(id) => Intermediaries::<T>::try_mutate(id, |record| {
				let intermediary = record.as_mut().ok_or(Error::<T>::NotRegistered)?;
				count_use::<T, _, _>(&mut intermediary.uses, &intermediary.keys)
			}),
		}
	}

	fn release(entity: &Entity<T::AccountId>) {
		let discount = |uses: &mut u32| *uses = uses.saturating_sub(1);
		match entity {
			Entity::User(who) => {
				Users::<T>::mutate_extant(who, |user| discount(&mut user.uses));
			},
			Entity::Sensor(id) => {
				Sensors::<T>::mutate_extant(id, |sensor| discount(&mut sensor.uses));
			},
			Entity::Intermediary(id) => {
				Intermediaries::<T>::mutate_extant(id, |record| discount(&mut record.uses));
			},
		}
	}
}

/// Counts one more agreement that needs the entity with these keys.
fn count_use<T: Config, Key: Clone, Position: Copy + Ord>(
	uses: &mut u32,
	keys: &KeyHistory<Key, Position>,
) -> DispatchResult {
	ensure!(!keys.is_revoked(), Error::<T>::Revoked);
	ensure!(
		*uses < T::MaxAgreements::get(),
		Error::<T>::TooManyAgreements
	);
	*uses = uses.saturating_add(1);
	Ok(())
}
