//! The calls about sensors.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	ensure,
	traits::{fungible::BalancedHold, Get, Imbalance, OnUnbalanced},
};
use sp_core::ed25519;
use sp_runtime::{
	traits::{Saturating, Zero},
	ArithmeticError, DispatchError, DispatchResult,
};
use syngraph_primitives::{
	Conviction, Entity, Schema, SchemaError, SensorId, SensorKeys, Sequence,
};

use crate::{
	BalanceOf, Config, Error, Event, HoldReason, Keys, NewSensor, NextSensor, Pallet,
	RegisteredKey, Sensor, SensorOf, SensorUse, Sensors,
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

	/// Returns how many agreements need the sensor.
	pub(crate) fn do_rotate_sensor_key(
		owner: T::AccountId,
		sensor: SensorId,
		from_sequence: Sequence,
		key: ed25519::Public,
		proof: ed25519::Signature,
	) -> Result<u32, DispatchError> {
		let mut record = Self::sensor_of(&owner, sensor)?;
		Self::ensure_rotatable(&record)?;
		let needed = T::SensorUse::needed(sensor);
		let forgotten = record
			.keys
			.rotate_in_use(from_sequence, Self::now(), key, needed)
			.map_err(Error::<T>::from)?;
		let deposit = Self::sensor_deposit(&record.schema)?;
		Self::adjust_deposit(HoldReason::Sensor, &owner, record.deposit, deposit)?;
		record.deposit = deposit;
		Self::claim(RegisteredKey::Sensor(key), Entity::Sensor(sensor))?;
		Self::ensure_sensor_key(&owner, &key, &proof)?;
		if let Some(old) = forgotten {
			Keys::<T>::remove(RegisteredKey::Sensor(old));
		}
		let uses = record.uses;
		Sensors::<T>::insert(sensor, record);
		Self::deposit_event(Event::SensorKeyRotated {
			sensor,
			from_sequence,
			key,
		});
		Ok(uses)
	}

	pub(crate) fn do_revoke_sensor(
		owner: T::AccountId,
		sensor: SensorId,
		from_sequence: Sequence,
	) -> DispatchResult {
		let mut record = Self::sensor_of(&owner, sensor)?;
		let now = Self::now();
		// Each one that brings the end nearer has agreements compute anew.
		if let Some(last) = record.keys.history.revoked() {
			let due = last.since.saturating_add(T::SensorRotationPeriod::get());
			ensure!(now >= due, Error::<T>::RotatedRecently);
		}
		record
			.keys
			.revoke(from_sequence, now)
			.map_err(Error::<T>::from)?;
		Sensors::<T>::insert(sensor, record);
		Self::deposit_event(Event::SensorRevoked {
			sensor,
			from_sequence,
			fee: Zero::zero(),
		});
		Ok(())
	}

	pub(crate) fn do_deregister_sensor(owner: T::AccountId, sensor: SensorId) -> DispatchResult {
		let record = Self::sensor_of(&owner, sensor)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
		for key in record.keys.history.keys() {
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
		let keys = SensorKeys::new(Self::now(), key);
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

	/// See [`Directory::convict_sensor`](syngraph_primitives::Directory::convict_sensor).
	pub(crate) fn do_convict_sensor(
		sensor: SensorId,
		sequence: Sequence,
		fee: BalanceOf<T>,
	) -> Result<Conviction, DispatchError> {
		let mut record = Sensors::<T>::get(sensor).ok_or(Error::<T>::NotRegistered)?;
		ensure!(record.keys.can_convict(sequence), Error::<T>::NothingNew);
		let conviction = record.keys.convict(sequence, Self::now());
		let fee = fee.min(record.deposit);
		let (credit, _) = T::Currency::slash(&HoldReason::Sensor.into(), &record.owner, fee);
		let fee = credit.peek();
		T::Fees::on_unbalanced(credit);
		record.deposit = record.deposit.saturating_sub(fee);
		Self::deposit_event(match record.keys.history.revoked() {
			None => Event::SensorSuspended {
				sensor,
				sequence: Some(sequence),
				fee,
			},
			Some(end) => Event::SensorRevoked {
				sensor,
				from_sequence: end.from,
				fee,
			},
		});
		Sensors::<T>::insert(sensor, record);
		Ok(conviction)
	}

	/// See [`Directory::suspend_sensor`](syngraph_primitives::Directory::suspend_sensor).
	pub(crate) fn do_suspend_sensor(sensor: SensorId, from: Sequence) {
		Sensors::<T>::mutate_extant(sensor, |record| {
			let (was_live, ended) = (
				record.keys.is_live(),
				record.keys.history.revoked().copied(),
			);
			record.keys.suspend(from, Self::now());
			match record.keys.history.revoked().copied() {
				Some(end) if ended != Some(end) => Self::deposit_event(Event::SensorRevoked {
					sensor,
					from_sequence: end.from,
					fee: Zero::zero(),
				}),
				None if was_live => Self::deposit_event(Event::SensorSuspended {
					sensor,
					sequence: None,
					fee: Zero::zero(),
				}),
				_ => (),
			}
		});
	}

	/// Refuses a rotation that comes too soon after the last, or that makes the chain forget a key which
	/// agreements may need.
	///
	/// A sensor that is suspended needs its new key at once, whatever is forgotten for it: without one, it would
	/// be lost to its agreements for as long as they may need the oldest. Windows that need that one cannot settle
	/// any more, as if its owner had revoked the sensor from their messages on.
	fn ensure_rotatable(record: &SensorOf<T>) -> Result<(), Error<T>> {
		let history = &record.keys.history;
		if record.keys.suspended().is_some() {
			return Ok(());
		}
		let period = T::SensorRotationPeriod::get();
		Self::ensure_apart(history, Self::now(), period, |last| last.since)?;
		if record.uses > 0 {
			Self::ensure_room(history, |next| next.since, T::KeyRetention::get())?;
		}
		Ok(())
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
