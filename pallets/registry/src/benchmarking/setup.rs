//! Whom and what the benchmarks need to find, also those of other pallets.

use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{Inspect, Mutate, MutateHold},
		Get,
	},
	BoundedVec,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{crypto::KeyTypeId, ed25519, sr25519};
use sp_io::crypto::{ed25519_generate, ed25519_sign, sr25519_generate, sr25519_sign};
use sp_runtime::{
	traits::{Bounded, IdentifyAccount, One, Zero},
	Saturating,
};
use syngraph_primitives::{
	AgreementId, Binding, Directory, DirectoryBenchmarkHelper, Entity, Heartbeat, IntermediaryId,
	KeyHistory, Offer, Payload, QualityOfService, Role, Schema, SensorId, Sequence, Variable,
	VariableType, MAX_KEYS, MAX_NAME, MAX_OFFER_USERS, MAX_VARIABLES, MAX_VOID,
};

use crate::*;

/// Under which the keystore keeps the keys of benchmarks.
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"benc");

/// The longest list of bytes that is valid UTF-8.
pub fn longest<const MAX: u32>() -> BoundedVec<u8, sp_core::ConstU32<MAX>> {
	BoundedVec::truncate_from(vec![b'x'; MAX as usize])
}

/// The longest schema. No two variables have one name, and they only differ in the last bytes.
pub fn longest_schema() -> Schema {
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

/// The next block.
pub fn next_block<T: Config>() -> BlockNumberFor<T> {
	Pallet::<T>::now().saturating_add(One::one())
}

/// Lets so many blocks pass.
pub fn advance<T: Config>(blocks: BlockNumberFor<T>) {
	let block = Pallet::<T>::now().saturating_add(blocks);
	frame_system::Pallet::<T>::set_block_number(block);
}

/// The caller, with means for any deposit.
pub fn funded<T: Config>() -> T::AccountId
where
	T::Currency: Mutate<T::AccountId>,
{
	let caller = whitelisted_caller();
	T::Currency::set_balance(&caller, BalanceOf::<T>::max_value() / 4u32.into());
	caller
}

/// A new signer with its proof for the user `owner`, made by a wallet that wraps what it signs:
/// it is only accepted at the second try.
pub fn new_signer<T: Config>(owner: &T::AccountId) -> (T::AccountId, Option<T::Signature>)
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
pub fn new_sensor_key<T: Config>(owner: &T::AccountId) -> (ed25519::Public, ed25519::Signature) {
	let key = ed25519_generate(KEY_TYPE, None);
	let bytes = Pallet::<T>::proof_bytes(Role::Sensor, owner);
	(
		key,
		ed25519_sign(KEY_TYPE, &key, &bytes).expect("the key was generated"),
	)
}

/// A new key with its proof for an intermediary of `operator`.
pub fn new_intermediary_key<T: Config>(
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
pub fn old_user<T: Config>() -> Result<T::AccountId, BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let user = funded::<T>();
	let (signer, proof) = new_signer::<T>(&user);
	Pallet::<T>::do_register_user(user.clone(), longest(), signer, proof)?;
	for _ in 1..MAX_KEYS {
		let (signer, proof) = new_signer::<T>(&user);
		Pallet::<T>::do_rotate_user_key(user.clone(), next_block::<T>(), signer, proof)?;
		advance::<T>(One::one());
	}
	Ok(user)
}

/// The number with which the key of an old sensor begins that has so many others before it.
pub fn first_number(keys: u32) -> Sequence {
	10 * Sequence::from(keys)
}

/// A sensor with the longest schema, a full key history, and as many numbers that count as never sent as can
/// be before the next key, but one. With each key there are two runs of such numbers, too: those for which the sensor
/// was suspended, and some of them for which it does not answer any more. Had they been all of them, one run would
/// stand for both.
pub fn old_sensor<T: Config>() -> Result<(T::AccountId, SensorId), BenchmarkError>
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
		let (last, next) = (first_number(n - 1), first_number(n));
		if n < MAX_VOID {
			Pallet::<T>::do_convict_sensor(sensor, last, One::one())?;
		} else {
			Pallet::<T>::do_suspend_sensor(sensor, last + 1);
		}
		let (key, proof) = new_sensor_key::<T>(&owner);
		Pallet::<T>::do_rotate_sensor_key(owner.clone(), sensor, next, key, proof)?;
		Pallet::<T>::disown_sensor(sensor, last + 2);
		advance::<T>(T::SensorRotationPeriod::get());
	}
	Ok((owner, sensor))
}

/// A bond that covers whatever benchmarks do, of which an account can have many.
pub fn large_bond<T: Config>() -> BalanceOf<T> {
	BalanceOf::<T>::max_value() / 65_536u32.into()
}

/// An intermediary with the longest endpoint, a full key history and a bond.
pub fn old_intermediary<T: Config>() -> Result<(T::AccountId, IntermediaryId), BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
{
	let operator = funded::<T>();
	let id = NextIntermediary::<T>::get();
	let (key, proof) = new_intermediary_key::<T>(&operator);
	let bond = large_bond::<T>();
	Pallet::<T>::do_register_intermediary(operator.clone(), key, proof, longest(), bond)?;
	for _ in 1..MAX_KEYS {
		let (key, proof) = new_intermediary_key::<T>(&operator);
		let from = next_block::<T>();
		Pallet::<T>::do_rotate_intermediary_key(operator.clone(), id, from, key, proof)?;
		advance::<T>(T::RotationPeriod::get());
	}
	Ok((operator, id))
}

/// An offer that fits all terms, for anyone.
pub fn smallest_offer<T: Config>() -> OfferOf<T> {
	let qualities = [
		QualityOfService::NoProof,
		QualityOfService::OffChainProof,
		QualityOfService::OnChainProof,
	];
	Offer {
		reward: Zero::zero(),
		retainer: Zero::zero(),
		spare_retainer: Zero::zero(),
		penalty: Bounded::max_value(),
		absence_fee: Bounded::max_value(),
		window_messages: u32::MAX,
		duration: Bounded::max_value(),
		notice: Bounded::max_value(),
		answer: One::one(),
		agreements: u32::MAX,
		agreements_per_user: u32::MAX,
		qualities: BoundedVec::truncate_from(qualities.to_vec()),
		users: None,
	}
}

/// An offer for as many users as one can name.
pub fn largest_offer<T: Config>() -> OfferOf<T> {
	let users = (0..MAX_OFFER_USERS)
		.map(|n| account("user", n, 0))
		.collect();
	Offer {
		users: Some(BoundedVec::truncate_from(users)),
		..smallest_offer::<T>()
	}
}

/// Binds an intermediary, that has an offer, to an agreement.
pub fn bind<T: Config>(user: &T::AccountId, id: IntermediaryId) -> Result<(), BenchmarkError> {
	let binding = Binding {
		agreement: AgreementId::repeat_byte(1),
		intermediary: id,
		user: user.clone(),
		consented: false,
	};
	Pallet::<T>::bind(&binding, large_bond::<T>())?;
	Ok(())
}

/// A heartbeat of an intermediary with a full key history, and its signature.
pub fn heartbeat_of<T: Config>(
) -> Result<(IntermediaryId, BlockNumberFor<T>, sr25519::Signature), BenchmarkError>
where
	T::Currency: Mutate<T::AccountId>,
{
	let (operator, id) = old_intermediary::<T>()?;
	start_unbonding::<T>(&operator, id, MAX_UNBONDING)?;
	Pallet::<T>::do_publish_offer(operator, id, largest_offer::<T>())?;
	Pallet::<T>::do_heartbeat(id, Pallet::<T>::now())?;
	advance::<T>(T::HeartbeatInterval::get());
	let at = Pallet::<T>::now();
	let key = Pallet::<T>::intermediary_key(id, at).expect("it has a key");
	let heartbeat = Heartbeat {
		intermediary: id,
		at,
	};
	let bytes = heartbeat.signing_bytes(&Pallet::<T>::genesis());
	let signature = sr25519_sign(KEY_TYPE, &key, &bytes).expect("the key was generated");
	Ok((id, at, signature))
}

/// Begins to unbond so many parts of the bond of an intermediary.
pub fn start_unbonding<T: Config>(
	operator: &T::AccountId,
	id: IntermediaryId,
	parts: u32,
) -> Result<(), BenchmarkError> {
	for _ in 0..parts {
		Pallet::<T>::do_unbond(operator.clone(), id, One::one())?;
	}
	Ok(())
}

/// Neither proofs nor deposits: benchmarks of other pallets only need somebody to be there, and bonds.
impl<T: Config> DirectoryBenchmarkHelper<T::AccountId> for Pallet<T>
where
	T::Currency: Mutate<T::AccountId>,
{
	fn register_user(who: &T::AccountId) {
		Self::insert_user(who, longest(), who.clone(), Zero::zero()).expect("not registered yet");
	}

	fn register_sensor(owner: &T::AccountId, schema: Schema, key: ed25519::Public) -> SensorId {
		let id = Self::insert_sensor(owner, schema, key, Zero::zero()).expect("not registered yet");
		// As many keys as are remembered, but one. They are the same, so that the sensor signs all with what was given.
		for _ in 2..MAX_KEYS {
			Self::follow_sensor_key(id, key);
		}
		id
	}

	fn register_intermediary(operator: &T::AccountId, key: sr25519::Public) -> IntermediaryId {
		let bond = large_bond::<T>();
		let means = bond.saturating_add(T::Currency::minimum_balance());
		T::Currency::mint_into(operator, means).expect("not that much has been issued");
		T::Currency::hold(&HoldReason::Bond.into(), operator, bond).expect("it was minted");
		let id = Self::insert_intermediary(operator, key, longest(), Zero::zero(), bond)
			.expect("not registered yet");
		Self::precede_intermediary_key(id, key);
		Offers::<T>::insert(id, smallest_offer::<T>());
		// However many blocks the benchmark lets pass.
		LastSeen::<T>::insert(id, BlockNumberFor::<T>::max_value());
		id
	}

	fn silence(intermediary: IntermediaryId) {
		LastSeen::<T>::remove(intermediary);
	}
}

/// The secret of a key that follows others. A key from a random phrase would take a hundred times as long.
fn seed() -> Vec<u8> {
	[&b"0x"[..], &[b'1'; 64]].concat()
}

/// For benchmarks of what is signed by keys that were replaced in the meantime.
impl<T: Config> Pallet<T> {
	/// Replaces the key of an intermediary from this block on. It must have been valid for a block.
	pub fn supersede_intermediary_key(id: IntermediaryId) {
		let key = sr25519_generate(KEY_TYPE, Some(seed()));
		let now = Self::now();
		Intermediaries::<T>::mutate(id, |record| {
			let keys = &mut record.as_mut().expect("it is registered").keys;
			keys.rotate(now, now, key)
				.expect("the key is older than this block");
		});
	}

	/// Lets the first key of an intermediary follow another, so that two may publish.
	fn precede_intermediary_key(id: IntermediaryId, key: sr25519::Public) {
		let now = Self::now();
		let earlier = now.saturating_sub(One::one());
		// Nobody needs its secret.
		let older = sr25519::Public::from_raw(sp_io::hashing::blake2_256(&key.0));
		let mut keys = KeyHistory::new(earlier, earlier, older);
		if keys.rotate(now, now, key).is_ok() {
			Keys::<T>::insert(RegisteredKey::Intermediary(older), Entity::Intermediary(id));
			Intermediaries::<T>::mutate_extant(id, |record| record.keys = keys);
		}
	}

	/// Replaces the key of a sensor, as its owner says only now, from the second number of the last key on. The new key
	/// is put into the keystore under `keys`. The second time the chain forgets the key of the sensor's first message.
	pub fn supersede_sensor_key(id: SensorId, keys: KeyTypeId) {
		Self::follow_sensor_key(id, ed25519_generate(keys, Some(seed())));
	}

	/// Lets a key follow the last one of a sensor, which signs one message only.
	fn follow_sensor_key(id: SensorId, key: ed25519::Public) {
		let now = Self::now();
		Sensors::<T>::mutate_extant(id, |record| {
			let history = &mut record.keys.history;
			let last = history.periods().last().expect("there is a key");
			let next = last.from.saturating_add(1);
			history.rotate(next, now, key).expect("it is the next one");
		});
	}
}
