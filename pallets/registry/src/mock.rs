//! A runtime of nothing but the registry and what it needs, and the people and keys of the tests.

use std::{collections::BTreeMap, ops::Range};

use codec::Encode;
use frame_support::{
	parameter_types, storage_alias,
	traits::{ConstU32, ConstU64},
	weights::Weight,
	Twox64Concat,
};
use sp_core::{ed25519, sr25519, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{AccountId32, MultiSignature, MultiSigner};
use syngraph_primitives::{
	AgreementId, Binding, Heartbeat, QualityOfService, Role, Schema, SensorId, VariableType,
};
use syngraph_test_kit::{bounded, bytes, mock_runtime, people::sign};

use crate as pallet_registry;
use crate::{Endpoint, Intermediaries, Name, NewSensor, OfferOf, StatementAllowance};

pub use syngraph_test_kit::people::{
	alice, bob, ed25519_key as sensor_key, sr25519_key as intermediary_key,
};

/// What everybody owns at first.
pub const ENDOWMENT: u64 = 1_000_000;
/// The least that an account owns.
pub const EXISTENTIAL_DEPOSIT: u64 = 5;
/// How many blocks lie between rotations of an intermediary's keys.
pub const ROTATION_PERIOD: u64 = 100;
/// How many blocks lie between rotations of a sensor's keys.
pub const SENSOR_ROTATION_PERIOD: u64 = 30;
/// For how many blocks a replaced key of a sensor is remembered.
pub const KEY_RETENTION: u64 = 400;
/// How often an intermediary shows that it is alive.
pub const HEARTBEAT_INTERVAL: u64 = 200;
/// The priority of heartbeats.
pub const HEARTBEAT_PRIORITY: u64 = 7;
/// How many blocks it takes to unbond.
pub const UNBONDING_PERIOD: u64 = 50;

mock_runtime! {
	pallet: pallet_registry as Registry,
	endowed: Sr25519Keyring::iter().map(|who| (who.to_account_id(), ENDOWMENT)).collect(),
	pot: Sr25519Keyring::Ferdie.to_account_id(),
	system: {
		type DbWeight = frame_support::weights::constants::ParityDbWeight;
	},
	balances: {
		type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
		type FreezeIdentifier = ();
		type MaxFreezes = ConstU32<1>;
	},
}

parameter_types! {
	pub static MaxAgreements: u32 = 64;
	pub static MaxAgreementsOfSensor: u32 = 16;
	/// The numbers that agreements need of each sensor.
	pub static Needed: Option<Range<u64>> = None;
	/// The intermediaries that rotated their keys.
	pub static Rotated: Vec<u64> = Vec::new();
}

impl pallet_registry::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Signature = MultiSignature;
	type SigningKey = MultiSigner;
	type Fees = Pot;
	type Allowance = Grants;
	type SensorUse = Uses;
	type KeyRotation = Rotations;
	type UserDeposit = ConstU64<100>;
	type SensorDeposit = ConstU64<200>;
	type IntermediaryDeposit = ConstU64<300>;
	type ByteDeposit = ConstU64<1>;
	type MaxBatch = ConstU32<64>;
	type MaxAgreements = MaxAgreements;
	type MaxAgreementsOfSensor = MaxAgreementsOfSensor;
	type RotationPeriod = ConstU64<ROTATION_PERIOD>;
	type SensorRotationPeriod = ConstU64<SENSOR_ROTATION_PERIOD>;
	type KeyRetention = ConstU64<KEY_RETENTION>;
	type HeartbeatInterval = ConstU64<HEARTBEAT_INTERVAL>;
	type HeartbeatPriority = ConstU64<HEARTBEAT_PRIORITY>;
	type UnbondingPeriod = ConstU64<UNBONDING_PERIOD>;
	type WeightInfo = ();
}

/// What agreements need, as the tests say.
pub struct Uses;

impl crate::SensorUse for Uses {
	fn needed(_: SensorId) -> Option<Range<u64>> {
		Needed::get()
	}

	fn weight(agreements: u32) -> Weight {
		Weight::from_parts(agreements.into(), 0)
	}
}

/// Notes who announces another key.
pub struct Rotations;

impl crate::KeyRotation for Rotations {
	fn rotates(intermediary: u64) {
		Rotated::mutate(|all| all.push(intermediary));
	}

	fn weight(agreements: u32) -> Weight {
		Weight::from_parts(agreements.into(), 0)
	}
}

/// Remembers, in the chain's own storage so that it is rolled back with it, who may publish how much.
#[storage_alias]
type Granted = StorageMap<Mock, Twox64Concat, sr25519::Public, u32>;

pub struct Grants;

impl Grants {
	/// For how many agreements each key may publish, without those that may not publish at all.
	pub fn all() -> BTreeMap<sr25519::Public, u32> {
		Granted::iter().collect()
	}
}

impl StatementAllowance for Grants {
	fn set(key: &sr25519::Public, agreements: u32) {
		match agreements {
			0 => Granted::remove(key),
			agreements => Granted::insert(key, agreements),
		}
	}
}

/// Runs a test in block 1 and checks all invariants after it.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		test();
		check_state();
	});
}

/// Checks the registry's invariants, and those that only the mock can see.
pub fn check_state() {
	assert_eq!(Registry::do_try_state(), Ok(()));
	let records = crate::Users::<Test>::iter_values().map(|user| user.deposit);
	let records = records.chain(crate::Sensors::<Test>::iter_values().map(|one| one.deposit));
	let records =
		records.chain(Intermediaries::<Test>::iter_values().map(|one| one.deposit + one.bonded()));
	let held = pallet_balances::Holds::<Test>::iter_values()
		.flatten()
		.map(|hold| hold.amount);
	assert_eq!(
		held.sum::<u64>(),
		records.sum::<u64>(),
		"held for no record"
	);

	let mut allowed = BTreeMap::new();
	for record in Intermediaries::<Test>::iter_values().filter(|one| one.uses > 0) {
		let last = record.keys.periods().iter().rev().take(2);
		allowed.extend(last.map(|period| (period.key, record.uses)));
	}
	assert_eq!(
		Grants::all(),
		allowed,
		"the last two keys may publish as much as the agreements need"
	);
}

pub fn name(text: &str) -> Name {
	bytes(text)
}

pub fn endpoint(text: &str) -> Endpoint {
	bytes(text)
}

/// A signer's proof for the user `owner`.
pub fn signer_proof(signer: Sr25519Keyring, owner: &AccountId32) -> Option<MultiSignature> {
	Some(
		signer
			.sign(&Registry::proof_bytes(Role::User, owner))
			.into(),
	)
}

/// The n-th sensor key's proof for a sensor of `owner`.
pub fn sensor_proof(n: u8, owner: &AccountId32) -> ed25519::Signature {
	sensor_key(n).sign(&Registry::proof_bytes(Role::Sensor, owner))
}

/// The n-th intermediary key's proof for an intermediary of `operator`.
pub fn intermediary_proof(n: u8, operator: &AccountId32) -> sr25519::Signature {
	intermediary_key(n).sign(&Registry::proof_bytes(Role::Intermediary, operator))
}

/// The schema of a lock with these variables.
pub fn schema(variables: &[&str]) -> Schema {
	let variables = variables.iter().map(|name| (*name, VariableType::Bool));
	syngraph_test_kit::schema("lock", &variables.collect::<Vec<_>>())
}

/// The deposit for a sensor with the schema.
pub fn sensor_deposit(schema: &Schema) -> u64 {
	200 + schema.encoded_size() as u64
}

/// A lock of `owner` with the n-th key.
pub fn new_sensor(n: u8, owner: &AccountId32) -> NewSensor {
	NewSensor {
		schema: schema(&["open"]),
		key: sensor_key(n).public(),
		proof: sensor_proof(n, owner),
	}
}

/// Registers Alice as a user that signs in her own name.
pub fn register_alice() {
	Registry::register_user(origin(alice()), name("Alice"), alice(), None).expect("valid");
}

/// Registers a lock of Alice's with the first key.
pub fn register_lock() -> SensorId {
	let sensors = bounded(vec![new_sensor(1, &alice())]);
	let id = crate::NextSensor::<Test>::get();
	Registry::register_sensors(origin(alice()), sensors).expect("valid");
	id
}

/// Registers an intermediary of Alice's with the first key and no bond.
pub fn register_intermediary() -> u64 {
	register_bonded(0)
}

/// Registers an intermediary of Alice's with the first key and a bond.
pub fn register_bonded(bond: u64) -> u64 {
	let id = crate::NextIntermediary::<Test>::get();
	let (key, proof) = (
		intermediary_key(1).public(),
		intermediary_proof(1, &alice()),
	);
	Registry::register_intermediary(origin(alice()), key, proof, endpoint("tcp"), bond)
		.expect("valid");
	id
}

/// An offer with room for much, for anyone.
pub fn offer() -> OfferOf<Test> {
	OfferOf::<Test> {
		reward: 5,
		retainer: 2,
		spare_retainer: 1,
		penalty: 1_000,
		absence_fee: 10,
		window_messages: 100,
		duration: 10_000,
		notice: 100,
		answer: 10,
		agreements: 8,
		agreements_per_user: 4,
		qualities: bounded(vec![QualityOfService::NoProof]),
		users: None,
	}
}

/// Registers an intermediary of Alice's with the first key, a bond and an offer.
pub fn register_offering(bond: u64) -> u64 {
	let id = register_bonded(bond);
	Registry::publish_offer(origin(alice()), id, offer()).expect("valid");
	id
}

/// The n-th agreement.
pub fn agreement(n: u8) -> AgreementId {
	AgreementId::repeat_byte(n)
}

/// That Alice names an intermediary in the n-th agreement.
pub fn binding(n: u8, intermediary: u64) -> Binding<AccountId32> {
	Binding {
		agreement: agreement(n),
		intermediary,
		user: alice(),
		consented: false,
	}
}

/// The n-th intermediary key's signature over a heartbeat.
pub fn heartbeat_signature(n: u8, intermediary: u64, at: u64) -> sr25519::Signature {
	let heartbeat = Heartbeat { intermediary, at };
	sign(&intermediary_key(n), &Registry::genesis(), &heartbeat)
}

/// Lets so many blocks pass.
pub fn advance(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}
