//! A directory that believes whatever tests tell it. Kept in the chain's storage, so that it is rolled
//! back with it.

use frame_support::{storage_alias, Blake2_128Concat};
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{AccountId32, DispatchError, DispatchResult};
use syngraph_primitives::{
	Directory, Entity, Failure, IntermediaryId, Schema, SensorId, Sequence, Variable, VariableType,
};

use super::{alice, bob, charlie, intermediary_key, operator, INTERMEDIARIES, SENSORS, SPARES};

/// The bond of every intermediary, unless it is changed: enough for two agreements of the tests.
pub const BOND: u64 = 2 * super::PENALTY;

/// The accounts that sign for users; none once revoked.
#[storage_alias]
type Signers = StorageMap<Mock, Blake2_128Concat, AccountId32, Option<AccountId32>>;
#[storage_alias]
type Sensors = StorageMap<Mock, Blake2_128Concat, SensorId, (AccountId32, Schema)>;
/// Operators, keys (none once revoked), and asked rewards of intermediaries.
#[storage_alias]
type Intermediaries =
	StorageMap<Mock, Blake2_128Concat, IntermediaryId, (AccountId32, Option<sr25519::Public>, u64)>;
#[storage_alias]
type Uses = StorageMap<Mock, Blake2_128Concat, Entity<AccountId32>, u32>;
/// The bonds that tests changed.
#[storage_alias]
type Bonds = StorageMap<Mock, Blake2_128Concat, IntermediaryId, u64>;
/// What entities are liable for.
#[storage_alias]
type Liabilities = StorageMap<Mock, Blake2_128Concat, Entity<AccountId32>, u64>;

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
		let key = intermediary_key(intermediary).public();
		MockDirectory::set_intermediary(intermediary, &operator(), Some(key), 5);
	}
}

/// What locks report.
pub fn lock_schema() -> Schema {
	let name = |text: &str| text.as_bytes().to_vec().try_into().expect("short");
	let locked = Variable {
		name: name("locked"),
		ty: VariableType::Bool,
	};
	Schema {
		kind: name("lock"),
		variables: vec![locked].try_into().expect("few"),
		encoding: Default::default(),
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
		Sensors::insert(sensor, (owner, schema));
	}

	pub fn set_intermediary(
		intermediary: IntermediaryId,
		operator: &AccountId32,
		key: Option<sr25519::Public>,
		asked: u64,
	) {
		Intermediaries::insert(intermediary, (operator, key, asked));
	}

	/// Gives an intermediary a bond.
	pub fn set_bond(intermediary: IntermediaryId, bond: u64) {
		Bonds::insert(intermediary, bond);
	}

	/// What all entities together are liable for.
	pub fn liabilities() -> u64 {
		Liabilities::iter_values().sum()
	}

	/// How often anything was acquired and not released yet.
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
		Sensors::get(sensor).map(|(owner, _)| owner)
	}

	fn sensor_schema(sensor: SensorId) -> Option<Schema> {
		Sensors::get(sensor).map(|(_, schema)| schema)
	}

	fn sensor_key(sensor: SensorId, _sequence: Sequence) -> Option<ed25519::Public> {
		Sensors::contains_key(sensor)
			.then(|| ed25519::Pair::from_seed(&[sensor as u8; 32]).public())
	}

	fn operator(intermediary: IntermediaryId) -> Option<AccountId32> {
		Intermediaries::get(intermediary).map(|(operator, ..)| operator)
	}

	fn asked_reward(intermediary: IntermediaryId) -> Option<u64> {
		Intermediaries::get(intermediary).map(|(_, _, asked)| asked)
	}

	fn intermediary_key(intermediary: IntermediaryId, _at: u64) -> Option<sr25519::Public> {
		Intermediaries::get(intermediary)?.1
	}

	fn intermediary_by_key(key: &sr25519::Public) -> Option<IntermediaryId> {
		Intermediaries::iter()
			.find(|(_, (_, own, _))| own.as_ref() == Some(key))
			.map(|(id, _)| id)
	}

	fn acquire(entity: &Entity<AccountId32>, liability: u64) -> DispatchResult {
		let liable = Liabilities::get(entity).unwrap_or_default() + liability;
		let (sound, bond) = match entity {
			Entity::User(user) => (Signers::get(user).flatten().is_some(), 0),
			Entity::Sensor(sensor) => (Sensors::contains_key(sensor), 0),
			Entity::Intermediary(id) => (
				Self::intermediary_key(*id, 0).is_some(),
				Bonds::get(id).unwrap_or(BOND),
			),
		};
		if !sound {
			return Err(DispatchError::Other("revoked"));
		}
		if liable > bond {
			return Err(DispatchError::Other("bond too small"));
		}
		Liabilities::insert(entity, liable);
		Uses::mutate(entity, |uses| *uses = Some(uses.unwrap_or_default() + 1));
		Ok(())
	}

	fn release(entity: &Entity<AccountId32>, liability: u64) {
		Liabilities::mutate(entity, |liable| {
			let left = liable.unwrap_or_default().checked_sub(liability);
			*liable = Some(left.expect("liable for what is released"));
		});
		Uses::mutate_exists(entity, |uses| {
			*uses = uses
				.expect("released but not acquired")
				.checked_sub(1)
				.filter(|uses| *uses > 0);
		});
	}

	fn intermediary_keys(_: IntermediaryId, _: u64) -> Vec<sr25519::Public> {
		unimplemented!("for disputes")
	}

	fn sensor_keys(_: SensorId, _: Sequence, _: u64) -> Vec<ed25519::Public> {
		unimplemented!("for disputes")
	}

	fn slash(_: IntermediaryId, _: &[(AccountId32, u64)]) -> Vec<u64> {
		unimplemented!("for disputes")
	}

	fn charge(_: IntermediaryId, _: u64) -> DispatchResult {
		unimplemented!("for disputes")
	}

	fn can_charge(_: IntermediaryId, _: u64) -> bool {
		unimplemented!("for disputes")
	}

	fn record_failure(_: IntermediaryId, _: Failure) {
		unimplemented!("for disputes")
	}

	fn convict_sensor(_: SensorId, _: Sequence) -> bool {
		unimplemented!("for disputes")
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl syngraph_primitives::DirectoryBenchmarkHelper<AccountId32> for MockDirectory {
	fn register_user(who: &AccountId32) {
		Self::set_signer(who, Some(who.clone()));
	}

	fn register_sensor(owner: &AccountId32, schema: Schema, _key: ed25519::Public) -> SensorId {
		let sensor = 1_000 + Sensors::iter_keys().count() as SensorId;
		Self::set_sensor(sensor, owner, schema);
		sensor
	}

	fn register_intermediary(operator: &AccountId32, key: sr25519::Public) -> IntermediaryId {
		let intermediary = 1_000 + Intermediaries::iter_keys().count() as IntermediaryId;
		Self::set_intermediary(intermediary, operator, Some(key), 0);
		Self::set_bond(intermediary, u64::MAX);
		intermediary
	}
}
