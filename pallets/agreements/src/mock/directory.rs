//! A directory that believes whatever tests tell it. Kept in the chain's storage, so that it is rolled
//! back with it.

use frame_support::{storage_alias, Blake2_128Concat};
use sp_core::{sr25519, Pair};
use sp_runtime::{AccountId32, DispatchError, DispatchResult};
use syngraph_primitives::{
	AgreementId, Binding, Conviction, Directory, Entity, Failure, IntermediaryId, Offer,
	QualityOfService, Schema, SensorId, SensorKeys, Sequence, VariableType,
};
use syngraph_test_kit::{bounded, people::ed25519_key, schema};

use super::{
	alice, bob, charlie, intermediary_key, operator, System, INTERMEDIARIES, SENSORS, SPARES,
};

/// The bond of every intermediary, unless it is changed: enough for two agreements of the tests.
pub const BOND: u64 = 2 * super::PENALTY;
/// For how many blocks whoever was alive counts as alive.
pub const RECENT: u64 = 15;

/// An operator and its keys, latest first; no key once they are revoked.
type Operated = (AccountId32, Vec<sr25519::Public>);

/// The accounts that sign for users; none once revoked.
#[storage_alias]
type Signers = StorageMap<Mock, Blake2_128Concat, AccountId32, Option<AccountId32>>;
#[storage_alias]
type Sensors = StorageMap<Mock, Blake2_128Concat, SensorId, (AccountId32, Schema, SensorKeys<u64>)>;
#[storage_alias]
type Intermediaries = StorageMap<Mock, Blake2_128Concat, IntermediaryId, Operated>;
/// The keys that are announced, with the block from which each is in force.
#[storage_alias]
type Announced = StorageMap<Mock, Blake2_128Concat, IntermediaryId, (u64, sr25519::Public)>;
#[storage_alias]
type Offers = StorageMap<Mock, Blake2_128Concat, IntermediaryId, Offer<AccountId32, u64, u64>>;
/// Those that are not alive.
#[storage_alias]
type Dead = StorageMap<Mock, Blake2_128Concat, IntermediaryId, ()>;
#[storage_alias]
type Uses = StorageMap<Mock, Blake2_128Concat, Entity<AccountId32>, u32>;
/// The bonds that tests changed.
#[storage_alias]
type Bonds = StorageMap<Mock, Blake2_128Concat, IntermediaryId, u64>;
/// What intermediaries are liable for, and whether their operators consented.
#[storage_alias]
type Bindings =
	StorageMap<Mock, Blake2_128Concat, (IntermediaryId, AgreementId), (u64, bool, AccountId32)>;
/// How often each was absent.
#[storage_alias]
type Failures = StorageMap<Mock, Blake2_128Concat, IntermediaryId, u32>;

pub struct MockDirectory;

/// Registers everybody whom the tests know.
pub fn populate() {
	for user in [alice(), bob(), charlie()] {
		MockDirectory::set_signer(&user, Some(user.clone()));
	}
	for (sensor, owner) in SENSORS.into_iter().zip([alice(), bob()]) {
		MockDirectory::set_sensor(sensor, &owner, lock_schema());
	}
	for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
		MockDirectory::add_intermediary(intermediary);
	}
}

/// What locks report.
pub fn lock_schema() -> Schema {
	schema("lock", &[("locked", VariableType::Bool)])
}

/// An offer that the terms of the tests fit.
pub fn offer() -> Offer<AccountId32, u64, u64> {
	Offer {
		reward: 5,
		retainer: 0,
		spare_retainer: 0,
		penalty: u64::MAX,
		absence_fee: u64::MAX,
		window_messages: u32::MAX,
		duration: 1_000,
		notice: 50,
		answer: 2,
		agreements: 100,
		agreements_per_user: 100,
		qualities: bounded(vec![QualityOfService::NoProof]),
		users: None,
	}
}

impl MockDirectory {
	pub fn set_signer(user: &AccountId32, signer: Option<AccountId32>) {
		Signers::insert(user, signer);
	}

	pub fn remove_user(user: &AccountId32) {
		Signers::remove(user);
	}

	pub fn set_sensor(sensor: SensorId, owner: &AccountId32, schema: Schema) {
		let key = ed25519_key(sensor as u8).public();
		Sensors::insert(sensor, (owner, schema, SensorKeys::new(0, key)));
	}

	/// Changes what is known of a sensor's keys.
	pub fn change_sensor(sensor: SensorId, change: impl FnOnce(&mut SensorKeys<u64>)) {
		Sensors::mutate(sensor, |known| {
			change(&mut known.as_mut().expect("registered").2)
		});
	}

	/// Registers an intermediary with the key that the tests give it, and a generous offer.
	pub fn add_intermediary(intermediary: IntermediaryId) {
		let key = intermediary_key(intermediary).public();
		Self::set_keys(intermediary, &[key]);
		Offers::insert(intermediary, offer());
	}

	/// Sets the keys of an intermediary, latest first.
	pub fn set_keys(intermediary: IntermediaryId, keys: &[sr25519::Public]) {
		Intermediaries::insert(intermediary, (operator(), keys.to_vec()));
	}

	/// Announces that an intermediary signs with another key from a block on.
	pub fn announce(intermediary: IntermediaryId, from: u64, key: &sr25519::Public) {
		Announced::insert(intermediary, (from, *key));
	}

	/// Lets another account operate an intermediary.
	pub fn set_operator(intermediary: IntermediaryId, operator: &AccountId32) {
		Intermediaries::mutate(intermediary, |known| {
			known.as_mut().expect("registered").0 = operator.clone()
		});
	}

	pub fn set_offer(intermediary: IntermediaryId, offer: Option<Offer<AccountId32, u64, u64>>) {
		match offer {
			Some(offer) => Offers::insert(intermediary, offer),
			None => Offers::remove(intermediary),
		}
	}

	pub fn set_alive(intermediary: IntermediaryId, alive: bool) {
		match alive {
			true => Dead::remove(intermediary),
			false => Dead::insert(intermediary, ()),
		}
	}

	/// Gives an intermediary a bond.
	pub fn set_bond(intermediary: IntermediaryId, bond: u64) {
		Bonds::insert(intermediary, bond);
	}

	/// What all intermediaries together are liable for, and how many bindings there are.
	pub fn liabilities() -> (u64, usize) {
		let bindings = Bindings::iter_values();
		bindings.fold((0, 0), |(sum, count), (liable, ..)| {
			(sum + liable, count + 1)
		})
	}

	/// Whether an operator consented to a binding, and which user named its intermediary.
	pub fn binding(id: AgreementId, intermediary: IntermediaryId) -> Option<(bool, AccountId32)> {
		let (_, consented, user) = Bindings::get((intermediary, id))?;
		Some((consented, user))
	}

	/// How often an intermediary failed.
	pub fn failures(intermediary: IntermediaryId) -> u32 {
		Failures::get(intermediary).unwrap_or_default()
	}

	/// How often any user or sensor was acquired and not relinquished yet.
	pub fn uses() -> usize {
		Uses::iter_values().sum::<u32>() as usize
	}
}

impl Directory<AccountId32, u64, u64> for MockDirectory {
	fn is_user(who: &AccountId32) -> bool {
		Signers::contains_key(who)
	}

	fn user_signer(who: &AccountId32, _at: u64) -> Option<AccountId32> {
		Signers::get(who)?
	}

	fn sensor_owner(sensor: SensorId) -> Option<AccountId32> {
		Sensors::get(sensor).map(|(owner, ..)| owner)
	}

	fn sensor_schema(sensor: SensorId) -> Option<Schema> {
		Sensors::get(sensor).map(|(_, schema, _)| schema)
	}

	fn sensor_keys(sensor: SensorId) -> Option<SensorKeys<u64>> {
		Sensors::get(sensor).map(|(.., keys)| keys)
	}

	fn operator(intermediary: IntermediaryId) -> Option<AccountId32> {
		Intermediaries::get(intermediary).map(|(operator, _)| operator)
	}

	fn offer(intermediary: IntermediaryId) -> Option<Offer<AccountId32, u64, u64>> {
		Offers::get(intermediary)
	}

	fn is_alive(intermediary: IntermediaryId) -> bool {
		!Dead::contains_key(intermediary)
	}

	fn is_recent(block: u64) -> bool {
		System::block_number() - block <= RECENT
	}

	fn intermediary_key(intermediary: IntermediaryId, at: u64) -> Option<sr25519::Public> {
		let announced = Announced::get(intermediary).filter(|(from, _)| *from <= at);
		let known = || Intermediaries::get(intermediary)?.1.first().copied();
		announced.map(|(_, key)| key).or_else(known)
	}

	fn intermediary_keys(intermediary: IntermediaryId, _: u64) -> Vec<sr25519::Public> {
		Intermediaries::get(intermediary)
			.map(|(_, keys)| keys)
			.unwrap_or_default()
	}

	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId> {
		Intermediaries::iter()
			.find(|(_, (_, keys))| keys.contains(key))
			.map(|(id, _)| id)
	}

	fn acquire(entity: &Entity<AccountId32>) -> DispatchResult {
		let sound = match entity {
			Entity::User(user) => Signers::get(user).flatten().is_some(),
			Entity::Sensor(sensor) => Sensors::contains_key(sensor),
			Entity::Intermediary(_) => unreachable!("intermediaries are bound"),
		};
		if !sound {
			return Err(DispatchError::Other("revoked"));
		}
		Uses::mutate(entity, |uses| *uses = Some(uses.unwrap_or_default() + 1));
		Ok(())
	}

	fn relinquish(entity: &Entity<AccountId32>) {
		Uses::mutate_exists(entity, |uses| {
			*uses = uses
				.expect("relinquished but not acquired")
				.checked_sub(1)
				.filter(|uses| *uses > 0);
		});
	}

	fn bind(binding: &Binding<AccountId32>, liability: u64) -> DispatchResult {
		let Binding {
			agreement,
			intermediary,
			user,
			consented,
		} = binding;
		if Self::intermediary_key(*intermediary, 0).is_none() {
			return Err(DispatchError::Other("revoked"));
		}
		let bound = Bindings::iter().filter(|((id, _), _)| id == intermediary);
		let liable: u64 = bound.map(|(_, (liable, ..))| liable).sum();
		if liable + liability > Bonds::get(intermediary).unwrap_or(BOND) {
			return Err(DispatchError::Other("bond too small"));
		}
		assert!(!Bindings::contains_key((intermediary, agreement)));
		Bindings::insert((intermediary, agreement), (liability, consented, user));
		Ok(())
	}

	fn release(agreement: &AgreementId, intermediary: IntermediaryId) {
		let bound = Bindings::take((intermediary, agreement));
		assert!(bound.is_some(), "released but not bound");
	}

	fn liability(agreement: &AgreementId, intermediary: IntermediaryId) -> u64 {
		Bindings::get((intermediary, agreement)).map_or(0, |(liable, ..)| liable)
	}

	fn slash(_: &AgreementId, _: IntermediaryId, _: &[(AccountId32, u64)]) -> Vec<u64> {
		unimplemented!("for disputes")
	}

	fn charge(_: &AgreementId, _: IntermediaryId, _: u64) -> u64 {
		unimplemented!("for disputes")
	}

	fn record_failure(intermediary: IntermediaryId, _: Failure) {
		Failures::mutate(intermediary, |count| {
			*count = Some(count.unwrap_or_default() + 1)
		});
	}

	fn convict_sensor(_: SensorId, _: Sequence, _: u64) -> Result<Conviction, DispatchError> {
		unimplemented!("for disputes")
	}

	fn suspend_sensor(_: SensorId, _: Sequence) {
		unimplemented!("for disputes")
	}

	fn disown_sensor(_: SensorId, _: Sequence) {
		unimplemented!("for disputes")
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl syngraph_primitives::DirectoryBenchmarkHelper<AccountId32> for MockDirectory {
	fn register_user(who: &AccountId32) {
		Self::set_signer(who, Some(who.clone()));
	}

	fn register_sensor(
		owner: &AccountId32,
		schema: Schema,
		_: sp_core::ed25519::Public,
	) -> SensorId {
		let sensor = 1_000 + Sensors::iter_keys().count() as SensorId;
		Self::set_sensor(sensor, owner, schema);
		sensor
	}

	fn register_intermediary(operator: &AccountId32, key: sr25519::Public) -> IntermediaryId {
		let intermediary = 1_000 + Intermediaries::iter_keys().count() as IntermediaryId;
		Intermediaries::insert(intermediary, (operator.clone(), vec![key]));
		Self::set_offer(intermediary, Some(offer()));
		Self::set_bond(intermediary, u64::MAX);
		intermediary
	}

	fn silence(intermediary: IntermediaryId) {
		Self::set_alive(intermediary, false);
	}
}
