//! The worst case of every call: the longest names and schemas, full key histories and lists, and real
//! signatures.

mod setup;

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Authorize, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use sp_core::sr25519;
use sp_runtime::{traits::One, transaction_validity::TransactionSource};
use syngraph_primitives::{Directory, Entity, MAX_KEYS};

use crate::*;
use setup::*;

#[benchmarks(where
	T::Currency: Mutate<T::AccountId>,
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
	<T as frame_system::Config>::RuntimeCall: From<Call<T>>,
)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_user() {
		let user = funded::<T>();
		let (signer, proof) = new_signer::<T>(&user);

		#[extrinsic_call]
		_(RawOrigin::Signed(user.clone()), longest(), signer, proof);

		assert!(Users::<T>::contains_key(user));
	}

	#[benchmark]
	fn update_user() -> Result<(), BenchmarkError> {
		let user = old_user::<T>()?;
		let name = Name::truncate_from(vec![b'x']);

		#[extrinsic_call]
		_(RawOrigin::Signed(user.clone()), name.clone());

		assert!(Users::<T>::get(user).is_some_and(|user| user.name == name));
		Ok(())
	}

	#[benchmark]
	fn rotate_user_key() -> Result<(), BenchmarkError> {
		let user = old_user::<T>()?;
		let (signer, proof) = new_signer::<T>(&user);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(user),
			next_block::<T>(),
			signer.clone(),
			proof,
		);

		assert!(Keys::<T>::contains_key(RegisteredKey::User(signer)));
		Ok(())
	}

	#[benchmark]
	fn revoke_user() -> Result<(), BenchmarkError> {
		let user = old_user::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(user.clone()), next_block::<T>());

		assert!(Users::<T>::get(user).is_some_and(|user| user.signer.is_revoked()));
		Ok(())
	}

	#[benchmark]
	fn deregister_user() -> Result<(), BenchmarkError> {
		let user = old_user::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(user.clone()));

		assert!(!Users::<T>::contains_key(user));
		Ok(())
	}

	#[benchmark]
	fn register_sensors(n: Linear<1, { T::MaxBatch::get() }>) {
		let owner = funded::<T>();
		let new = |_| {
			let (key, proof) = new_sensor_key::<T>(&owner);
			NewSensor {
				schema: longest_schema(),
				key,
				proof,
			}
		};
		let sensors = BoundedVec::truncate_from((0..n).map(new).collect::<Vec<_>>());

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), sensors);

		assert_eq!(
			Sensors::<T>::iter_values()
				.filter(|one| one.owner == owner)
				.count(),
			n as usize
		);
	}

	#[benchmark]
	fn update_sensor() -> Result<(), BenchmarkError> {
		let (owner, sensor) = old_sensor::<T>()?;
		let mut schema = longest_schema();
		schema.kind = BoundedVec::truncate_from(vec![b'x']);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), sensor, schema.clone());

		assert!(Sensors::<T>::get(sensor).is_some_and(|sensor| sensor.schema == schema));
		Ok(())
	}

	#[benchmark]
	fn rotate_sensor_key() -> Result<(), BenchmarkError> {
		let (owner, sensor) = old_sensor::<T>()?;
		// Suspended, with as many void numbers as can be, in an agreement, and its oldest key is forgotten.
		let record = Sensors::<T>::get(sensor).expect("it was registered");
		Pallet::<T>::acquire(&Entity::Sensor(sensor))?;
		Pallet::<T>::do_convict_sensor(sensor, first_number(MAX_KEYS - 1), record.deposit)?;
		advance::<T>(T::KeyRetention::get());
		let (key, proof) = new_sensor_key::<T>(&owner);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(owner),
			sensor,
			first_number(MAX_KEYS),
			key,
			proof,
		);

		assert!(Keys::<T>::contains_key(RegisteredKey::Sensor(key)));
		Ok(())
	}

	#[benchmark]
	fn revoke_sensor() -> Result<(), BenchmarkError> {
		let (owner, sensor) = old_sensor::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), sensor, first_number(MAX_KEYS));

		assert!(Sensors::<T>::get(sensor).is_some_and(|sensor| sensor.keys.history.is_revoked()));
		Ok(())
	}

	#[benchmark]
	fn deregister_sensor() -> Result<(), BenchmarkError> {
		let (owner, sensor) = old_sensor::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), sensor);

		assert!(!Sensors::<T>::contains_key(sensor));
		Ok(())
	}

	#[benchmark]
	fn register_intermediary() {
		let operator = funded::<T>();
		let (key, proof) = new_intermediary_key::<T>(&operator);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(operator),
			key,
			proof,
			longest(),
			large_bond::<T>(),
		);

		assert!(Keys::<T>::contains_key(RegisteredKey::Intermediary(key)));
	}

	#[benchmark]
	fn update_intermediary() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		Pallet::<T>::do_publish_offer(operator.clone(), id, largest_offer::<T>())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, Endpoint::new());

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.endpoint.is_empty()));
		Ok(())
	}

	#[benchmark]
	fn rotate_intermediary_key() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		Pallet::<T>::do_publish_offer(operator.clone(), id, largest_offer::<T>())?;
		bind::<T>(&operator, id)?;
		let (key, proof) = new_intermediary_key::<T>(&operator);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(operator),
			id,
			next_block::<T>(),
			key,
			proof,
		);

		assert!(Keys::<T>::contains_key(RegisteredKey::Intermediary(key)));
		Ok(())
	}

	#[benchmark]
	fn revoke_intermediary() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, next_block::<T>());

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.keys.is_revoked()));
		Ok(())
	}

	#[benchmark]
	fn deregister_intermediary() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		Pallet::<T>::do_publish_offer(operator.clone(), id, largest_offer::<T>())?;
		Pallet::<T>::do_heartbeat(id, Pallet::<T>::now())?;
		Pallet::<T>::do_unbond(operator.clone(), id, large_bond::<T>())?;
		advance::<T>(T::UnbondingPeriod::get());
		Pallet::<T>::do_withdraw(operator.clone(), id)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id);

		assert!(!Intermediaries::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn bond() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		start_unbonding::<T>(&operator, id, MAX_UNBONDING)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, large_bond::<T>());

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.bond > large_bond::<T>()));
		Ok(())
	}

	#[benchmark]
	fn unbond() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		start_unbonding::<T>(&operator, id, MAX_UNBONDING - 1)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, One::one());

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.unbonding.is_full()));
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		start_unbonding::<T>(&operator, id, MAX_UNBONDING)?;
		advance::<T>(T::UnbondingPeriod::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id);

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.unbonding.is_empty()));
		Ok(())
	}

	#[benchmark]
	fn publish_offer() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		Pallet::<T>::do_publish_offer(operator.clone(), id, smallest_offer::<T>())?;
		let offer = largest_offer::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, offer.clone());

		assert_eq!(Offers::<T>::get(id), Some(offer));
		Ok(())
	}

	#[benchmark]
	fn withdraw_offer() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		Pallet::<T>::do_publish_offer(operator.clone(), id, largest_offer::<T>())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id);

		assert!(!Offers::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn heartbeat() -> Result<(), BenchmarkError> {
		let (id, at, signature) = heartbeat_of::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Authorized, id, at, signature);

		assert_eq!(LastSeen::<T>::get(id), Some(at));
		Ok(())
	}

	#[benchmark]
	fn authorize_heartbeat() -> Result<(), BenchmarkError> {
		let (intermediary, at, signature) = heartbeat_of::<T>()?;
		let call: <T as frame_system::Config>::RuntimeCall = Call::heartbeat {
			intermediary,
			at,
			signature,
		}
		.into();

		#[block]
		{
			call.authorize(TransactionSource::External)
				.ok_or("anyone can authorise it")?
				.map_err(|_| "the call was refused")?;
		}

		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
