//! The calls about sensors.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{ensure, traits::Get};
use sp_core::ed25519;
use sp_runtime::{
	traits::{Saturating, Zero},
	ArithmeticError, DispatchError, DispatchResult,
};
use syngraph_primitives::{Entity, KeyHistory, Schema, SchemaError, SensorId, Sequence};

use crate::{
	BalanceOf, Config, Error, Event, HoldReason, Keys, NewSensor, NextSensor, Pallet,
	RegisteredKey, Sensor, SensorOf, Sensors,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_sensors(
		owner: T::AccountId,
		sensors: Vec<NewSensor>,
	) -> DispatchResult {
		ensure!(!sensors.is_empty(), Error::<T>::EmptyBatch);
		// All that is cheap, of all sensors, before the first signature is looked at.
		let mut total = BalanceOf::<T>::zero();
		for NewSensor { schema, key, .. } in &sensors {
			let deposit = Self::sensor_deposit(schema)?;
			let sensor = Self::insert_sensor(&owner, schema.clone(), *key, deposit)?;
			total = total.saturating_add(deposit);
			Self::deposit_event(Event::SensorRegistered {
				sensor,
				owner: owner.clone(),
				key: *key,
			});
		}
		Self::hold_deposit(HoldReason::Sensor, &owner, total)?;
		for NewSensor { key, proof, .. } in &sensors {
			Self::ensure_sensor_key(&owner, key, proof)?;
		}
		Ok(())
	}

	pub(crate) fn do_update_sensor(
		owner: T::AccountId,
		sensor: SensorId,
		schema: Schema,
	) -> DispatchResult {
		let record = Self::sensor_of(&owner, sensor)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
		let deposit = Self::sensor_deposit(&schema)?;
		Self::adjust_deposit(HoldReason::Sensor, &owner, record.deposit, deposit)?;
		Sensors::<T>::insert(
			sensor,
			Sensor {
				schema,
				deposit,
				..record
			},
		);
		Self::deposit_event(Event::SensorUpdated { sensor });
		Ok(())
	}

	pub(crate) fn do_rotate_sensor_key(
		owner: T::AccountId,
		sensor: SensorId,
		from_sequence: Sequence,
		key: ed25519::Public,
		proof: ed25519::Signature,
	) -> DispatchResult {
		let mut record = Self::sensor_of(&owner, sensor)?;
		Self::ensure_apart(&record.keys, Self::now(), |last| last.since)?;
		let forgotten = Self::rotate(&mut record.keys, record.uses, from_sequence, key)?;
		Self::claim(RegisteredKey::Sensor(key), Entity::Sensor(sensor))?;
		Self::ensure_sensor_key(&owner, &key, &proof)?;
		if let Some(old) = forgotten {
			Keys::<T>::remove(RegisteredKey::Sensor(old));
		}
		Sensors::<T>::insert(sensor, record);
		Self::deposit_event(Event::SensorKeyRotated {
			sensor,
			from_sequence,
			key,
		});
		Ok(())
	}

	pub(crate) fn do_revoke_sensor(
		owner: T::AccountId,
		sensor: SensorId,
		from_sequence: Sequence,
	) -> DispatchResult {
		let mut record = Self::sensor_of(&owner, sensor)?;
		record
			.keys
			.revoke(from_sequence, Self::now())
			.map_err(Error::<T>::from)?;
		Sensors::<T>::insert(sensor, record);
		Self::deposit_event(Event::SensorRevoked {
			sensor,
			from_sequence,
		});
		Ok(())
	}

	pub(crate) fn do_deregister_sensor(owner: T::AccountId, sensor: SensorId) -> DispatchResult {
		let record = Self::sensor_of(&owner, sensor)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
		for key in record.keys.keys() {
			Keys::<T>::remove(RegisteredKey::Sensor(*key));
		}
		Sensors::<T>::remove(sensor);
		Self::return_deposit(HoldReason::Sensor, &owner, record.deposit)?;
		Self::deposit_event(Event::SensorDeregistered { sensor });
		Ok(())
	}

	/// Records a new sensor, whatever was deposited and proved.
	pub(crate) fn insert_sensor(
		owner: &T::AccountId,
		schema: Schema,
		key: ed25519::Public,
		deposit: BalanceOf<T>,
	) -> Result<SensorId, DispatchError> {
		let sensor = NextSensor::<T>::get();
		let next = sensor.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		Self::claim(RegisteredKey::Sensor(key), Entity::Sensor(sensor))?;
		NextSensor::<T>::put(next);
		let keys = KeyHistory::new(0, Self::now(), key);
		let record = Sensor {
			owner: owner.clone(),
			schema,
			keys,
			uses: 0,
			deposit,
		};
		Sensors::<T>::insert(sensor, record);
		Ok(sensor)
	}

	/// The sensor, if `owner` is its owner.
	fn sensor_of(owner: &T::AccountId, sensor: SensorId) -> Result<SensorOf<T>, Error<T>> {
		let record = Sensors::<T>::get(sensor).ok_or(Error::NotRegistered)?;
		ensure!(record.owner == *owner, Error::NotOwner);
		Ok(record)
	}

	/// The deposit for a sensor with this schema, if it is one.
	fn sensor_deposit(schema: &Schema) -> Result<BalanceOf<T>, Error<T>> {
		schema.check().map_err(|error| match error {
			SchemaError::NoVariables => Error::NoVariables,
			SchemaError::DuplicateVariable => Error::DuplicateVariable,
			// The other faults are those of messages.
			_ => Error::InvalidName,
		})?;
		Ok(Self::deposit(
			T::SensorDeposit::get(),
			schema.encoded_size(),
		))
	}
}
