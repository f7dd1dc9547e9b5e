//! The worst case of every call: the longest names and schemas, full key histories, and real
//! signatures.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Get},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519};
use sp_io::crypto::{ed25519_generate, ed25519_sign, sr25519_generate, sr25519_sign};
use sp_runtime::{
	traits::{Bounded, IdentifyAccount, One, Zero},
	Saturating,
};
use syngraph_primitives::{
	DirectoryBenchmarkHelper, IntermediaryId, Role, Schema, SensorId, Variable, VariableType,
	MAX_KEYS, MAX_NAME, MAX_VARIABLES,
};

use crate::*;

/// Under which the keystore keeps the keys of benchmarks.
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"benc");

/// The longest list of bytes that is valid UTF-8.
fn longest<const MAX: u32>() -> BoundedVec<u8, sp_core::ConstU32<MAX>> {
	BoundedVec::truncate_from(vec![b'x'; MAX as usize])
}

/// The longest schema. No two variables have one name, and they only differ in the last bytes.
fn longest_schema() -> Schema {
	let variable = |n: u32| {
		let mut name = vec![b'x'; MAX_NAME as usize - 2];
		name.extend([b'a' + (n / 10) as u8, b'0' + (n % 10) as u8]);
		Variable {
			name: BoundedVec::truncate_from(name),
			ty: VariableType::Text,
		}
	};
	Schema {
		kind: longest(),
		variables: BoundedVec::truncate_from((0..MAX_VARIABLES).map(variable).collect()),
		encoding: Default::default(),
	}
}

/// The n-th block or sequence number that lies ahead.
fn ahead<T: Config>(n: u32) -> BlockNumberFor<T> {
	frame_system::Pallet::<T>::block_number().saturating_add(n.into())
}

/// The caller, with means for any deposit.
fn funded<T: Config>() -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let caller = whitelisted_caller();
	T::Currency::set_balance(&caller, BalanceOf::<T>::max_value() / 4u32.into());
	caller
}

/// A new signer with its proof for the user `owner`, made by a wallet that wraps what it signs:
/// it is only accepted at the second try.
fn new_signer<T: Config>(owner: &T::AccountId) -> (T::AccountId, Option<T::Signature>)
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let key = sr25519_generate(KEY_TYPE, None);
	let bytes = Pallet::<T>::proof_bytes(Role::User, owner);
	let wrapped = [b"<Bytes>", &bytes[..], b"</Bytes>"].concat();
	let proof = sr25519_sign(KEY_TYPE, &key, &wrapped).map(Into::into);
	(T::SigningKey::from(key).into_account(), proof)
}

/// A new key with its proof for a sensor of `owner`.
fn new_sensor_key<T: Config>(owner: &T::AccountId) -> (ed25519::Public, ed25519::Signature) {
	let key = ed25519_generate(KEY_TYPE, None);
	let bytes = Pallet::<T>::proof_bytes(Role::Sensor, owner);
	(
		key,
		ed25519_sign(KEY_TYPE, &key, &bytes).expect("the key was generated"),
	)
}

/// A new key with its proof for an intermediary of `operator`.
fn new_intermediary_key<T: Config>(
	operator: &T::AccountId,
) -> (sr25519::Public, sr25519::Signature) {
	let key = sr25519_generate(KEY_TYPE, None);
	let bytes = Pallet::<T>::proof_bytes(Role::Intermediary, operator);
	(
		key,
		sr25519_sign(KEY_TYPE, &key, &bytes).expect("the key was generated"),
	)
}

/// A user with the longest name and a full key history.
fn old_user<T: Config>() -> Result<T::AccountId, BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let user = funded::<T>();
	let (signer, proof) = new_signer::<T>(&user);
	Pallet::<T>::do_register_user(user.clone(), longest(), signer, proof)?;
	for n in 1..MAX_KEYS {
		let (signer, proof) = new_signer::<T>(&user);
		Pallet::<T>::do_rotate_user_key(user.clone(), ahead::<T>(n), signer, proof)?;
	}
	Ok(user)
}

/// A sensor with the longest schema and a full key history.
fn old_sensor<T: Config>() -> Result<(T::AccountId, SensorId), BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
{
	let owner = funded::<T>();
	let sensor = NextSensor::<T>::get();
	let (key, proof) = new_sensor_key::<T>(&owner);
	let new = NewSensor {
		schema: longest_schema(),
		key,
		proof,
	};
	Pallet::<T>::do_register_sensors(owner.clone(), vec![new])?;
	for n in 1..MAX_KEYS {
		let (key, proof) = new_sensor_key::<T>(&owner);
		Pallet::<T>::do_rotate_sensor_key(owner.clone(), sensor, n.into(), key, proof)?;
	}
	Ok((owner, sensor))
}

/// An intermediary with the longest endpoint and a full key history.
fn old_intermediary<T: Config>() -> Result<(T::AccountId, IntermediaryId), BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
{
	let operator = funded::<T>();
	let id = NextIntermediary::<T>::get();
	let (key, proof) = new_intermediary_key::<T>(&operator);
	let reward = One::one();
	Pallet::<T>::do_register_intermediary(operator.clone(), key, proof, longest(), reward)?;
	for n in 1..MAX_KEYS {
		let (key, proof) = new_intermediary_key::<T>(&operator);
		let from = ahead::<T>(n);
		Pallet::<T>::do_rotate_intermediary_key(operator.clone(), id, from, key, proof)?;
	}
	Ok((operator, id))
}

#[benchmarks(where
	T::Currency: Mutate<T::AccountId>,
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
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
			ahead::<T>(MAX_KEYS),
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
		_(RawOrigin::Signed(user.clone()), ahead::<T>(MAX_KEYS));

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
		let (key, proof) = new_sensor_key::<T>(&owner);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(owner),
			sensor,
			MAX_KEYS.into(),
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
		_(RawOrigin::Signed(owner), sensor, MAX_KEYS.into());

		assert!(Sensors::<T>::get(sensor).is_some_and(|sensor| sensor.keys.is_revoked()));
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
			One::one(),
		);

		assert!(Keys::<T>::contains_key(RegisteredKey::Intermediary(key)));
	}

	#[benchmark]
	fn update_intermediary() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;

		#[extrinsic_call]
		_(
			RawOrigin::Signed(operator),
			id,
			Endpoint::new(),
			Zero::zero(),
		);

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.endpoint.is_empty()));
		Ok(())
	}

	#[benchmark]
	fn rotate_intermediary_key() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;
		let (key, proof) = new_intermediary_key::<T>(&operator);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(operator),
			id,
			ahead::<T>(MAX_KEYS),
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
		_(RawOrigin::Signed(operator), id, ahead::<T>(MAX_KEYS));

		assert!(Intermediaries::<T>::get(id).is_some_and(|one| one.keys.is_revoked()));
		Ok(())
	}

	#[benchmark]
	fn deregister_intermediary() -> Result<(), BenchmarkError> {
		let (operator, id) = old_intermediary::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id);

		assert!(!Intermediaries::<T>::contains_key(id));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

/// Neither proofs nor deposits: benchmarks of other pallets only need somebody to be there.
impl<T: Config> DirectoryBenchmarkHelper<T::AccountId> for Pallet<T> {
	fn register_user(who: &T::AccountId) {
		Self::insert_user(who, longest(), who.clone(), Zero::zero()).expect("not registered yet");
	}

	fn register_sensor(owner: &T::AccountId, schema: Schema, key: ed25519::Public) -> SensorId {
		Self::insert_sensor(owner, schema, key, Zero::zero()).expect("not registered yet")
	}

	fn register_intermediary(operator: &T::AccountId, key: sr25519::Public) -> IntermediaryId {
		Self::insert_intermediary(operator, key, longest(), Zero::zero(), Zero::zero())
			.expect("not registered yet")
	}
}
