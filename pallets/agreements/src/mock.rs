//! A runtime of nothing but agreements and what they need, and the people of the tests.

mod directory;
mod settling;

use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::{Balanced, InspectHold},
		OnUnbalanced, Time,
	},
	weights::{Weight, WeightToFee},
};
use sp_core::{sr25519, ConstU32, ConstU64, Pair};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, MultiSignature, MultiSigner};
use syngraph_primitives::{
	AgreementId, Amount, Closing, DisputeCosts, DisputeSize, Function, IntermediaryId, OnFailure,
	Party, QualityOfService, SensorId, Source, Step, Terms, Text, TimeLimits, WindowIndex,
	WindowShape,
};

use crate as pallet_agreements;
use crate::{AgreementOf, CreditOf, HoldReason, Prices, TermsOf};

pub use directory::{lock_schema, offer, populate, MockDirectory};
pub use settling::{authorize, proof, proof_by, proof_under, refused, settle, version};

/// What everybody owns at first.
pub const ENDOWMENT: u64 = 1_000_000_000;
/// What each user of [`terms`] puts into escrow.
pub const ESCROW: u64 = 1_000_000;
/// What each intermediary of [`terms`] gets for a window.
pub const REWARD: u64 = 50;
/// The sensors of [`terms`]: Alice's and Bob's.
pub const SENSORS: [SensorId; 2] = [1, 2];
/// The intermediaries of [`terms`]: one on behalf of Alice, two on behalf of Bob.
pub const INTERMEDIARIES: [IntermediaryId; 3] = [10, 20, 21];
/// The spares of [`terms`]: two of Alice's, one of Bob's.
pub const SPARES: [IntermediaryId; 3] = [11, 12, 22];
/// What an intermediary of [`terms`] is liable for.
pub const PENALTY: u64 = 10_000;
/// What a dispute in [`terms`] costs at most, while prices are as at first.
pub const DISPUTE: u64 = 3_043;
/// What each user deposits for an open dispute.
pub const DISPUTE_DEPOSIT: u64 = 201;
/// How many blocks a day has.
pub const DAY: u64 = 40;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(2)]
	pub type Agreements = pallet_agreements::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type ExistentialDeposit = ConstU64<10>;
}

parameter_types! {
	/// What a microsecond costs. Changed by tests in which prices rise.
	pub static Price: u64 = 1;
}

/// A price for every microsecond.
pub struct PerMicrosecond;

impl WeightToFee for PerMicrosecond {
	type Balance = u64;

	fn weight_to_fee(weight: &Weight) -> u64 {
		weight.ref_time() / 1_000_000 * Price::get()
	}
}

/// A price for every byte.
pub struct PerByte;

impl WeightToFee for PerByte {
	type Balance = u64;

	fn weight_to_fee(weight: &Weight) -> u64 {
		weight.ref_time()
	}
}

/// What disputes cost, at the price of everything else.
pub struct MockCosts;

impl DisputeCosts<u64> for MockCosts {
	fn dispute(size: &DisputeSize) -> u64 {
		let showing = 10 * u64::from(size.messages) + u64::from(size.sensors);
		(1 + 1_000 * u64::from(size.members) + showing) * Price::get()
	}

	fn chunks(messages: u32) -> u32 {
		messages.div_ceil(700)
	}
}

/// A clock that shows the tenth of a second that the block's number is.
pub struct Clock;

impl Time for Clock {
	type Moment = u64;

	fn now() -> u64 {
		1_000_000 + 100 * System::block_number()
	}
}

/// Keeps all fees on one account, so that no money is lost.
pub struct Pot;

impl OnUnbalanced<CreditOf<Test>> for Pot {
	fn on_nonzero_unbalanced(fees: CreditOf<Test>) {
		Balances::resolve(&pot(), fees).expect("the pot exists");
	}
}

impl pallet_agreements::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Fees = Pot;
	type WeightToFee = PerMicrosecond;
	type LengthToFee = PerByte;
	type Directory = MockDirectory;
	type Disputes = MockCosts;
	type Signature = MultiSignature;
	type SigningKey = MultiSigner;
	type ProposalDeposit = ConstU64<1_000>;
	type ByteDeposit = ConstU64<2>;
	type ResultDeposit = ConstU64<301>;
	type DisputeDeposit = ConstU64<401>;
	type Time = Clock;
	type SlotMillis = ConstU64<100>;
	type Day = ConstU64<DAY>;
	type Lookback = ConstU64<60>;
	type MinAnswer = ConstU64<2>;
	type AnswerPerChunk = ConstU64<3>;
	type MaxAnswer = ConstU64<20>;
	type MaxDuration = ConstU64<1_000>;
	type MaxPrune = ConstU32<8>;
	type SettlementPriority = ConstU64<1_000_000>;
	type SettlementLongevity = ConstU64<64>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockDirectory;
}

/// The chain before its first block, with a keystore for the benchmarks.
pub fn new_test_ext() -> TestExternalities {
	let balances = Sr25519Keyring::iter()
		.map(|who| (who.to_account_id(), ENDOWMENT))
		.collect();
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances,
			..Default::default()
		},
		..Default::default()
	};
	let mut ext = TestExternalities::new(storage.build_storage().expect("genesis is valid"));
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext
}

/// Runs a test in block 1, where everybody is registered, and checks all invariants after it.
pub fn run(test: impl FnOnce()) {
	Price::set(1);
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		populate();
		test();
		check_state();
	});
}

/// Checks the pallet's invariants, that no money appears or disappears, and that the directory knows
/// exactly what agreements need.
pub fn check_state() {
	assert_eq!(Agreements::do_try_state(), Ok(()));
	let everybody = pallet_balances::TotalIssuance::<Test>::get();
	assert_eq!(everybody, ENDOWMENT * Sr25519Keyring::iter().count() as u64);
	let owned = frame_system::Account::<Test>::iter_values().map(|account| {
		let data = account.data;
		data.free + data.reserved
	});
	assert_eq!(owned.sum::<u64>(), everybody);
	let (mut needed, mut bound, mut liable) = (0, 0, 0);
	for (id, agreement) in crate::Agreements::<Test>::iter() {
		if agreement.is_bound() {
			let terms = crate::Terms::<Test>::get(id).expect("checked before");
			let intermediaries = crate::roster::bound::<Test>(&terms, &agreement).len();
			needed += terms.users.len() + terms.sensors.len();
			bound += intermediaries;
			liable += terms.penalty * intermediaries as u64;
		}
	}
	assert_eq!(MockDirectory::uses(), needed);
	assert_eq!(MockDirectory::liabilities(), (liable, bound));
}

pub fn alice() -> AccountId32 {
	Sr25519Keyring::Alice.to_account_id()
}

pub fn bob() -> AccountId32 {
	Sr25519Keyring::Bob.to_account_id()
}

pub fn charlie() -> AccountId32 {
	Sr25519Keyring::Charlie.to_account_id()
}

/// Who operates all intermediaries.
pub fn operator() -> AccountId32 {
	Sr25519Keyring::Dave.to_account_id()
}

/// Where all fees go.
pub fn pot() -> AccountId32 {
	Sr25519Keyring::Ferdie.to_account_id()
}

pub fn origin(who: AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn at_block(block: u64) {
	System::set_block_number(block);
}

pub fn free(who: &AccountId32) -> u64 {
	Balances::free_balance(who)
}

pub fn held(reason: HoldReason, who: &AccountId32) -> u64 {
	Balances::balance_on_hold(&reason.into(), who)
}

pub fn text(text: &str) -> Text {
	text.as_bytes().to_vec().try_into().expect("short")
}

pub fn pipeline(json: &str) -> Function {
	Function::Pipeline(json.as_bytes().to_vec().try_into().expect("short"))
}

pub fn party(
	user: AccountId32,
	intermediaries: &[IntermediaryId],
	spares: &[IntermediaryId],
) -> Party<AccountId32, u64> {
	Party {
		user,
		intermediaries: intermediaries.to_vec().try_into().expect("few"),
		spares: spares.to_vec().try_into().expect("few"),
		escrow: ESCROW,
	}
}

/// Alice pays Bob two for each unit of the result, but at most a hundred.
pub fn alice_pays_bob() -> Step<u64> {
	Step::Transfer {
		from: 0,
		to: 1,
		amount: Amount::PerUnit {
			rate: 2,
			at_most: 100,
		},
	}
}

/// Terms of Alice and Bob about a lock of each.
pub fn terms() -> TermsOf<Test> {
	let source = |sensor| Source { sensor, start: 7 };
	Terms {
		users: vec![
			party(alice(), &[10], &[11, 12]),
			party(bob(), &[20, 21], &[22]),
		]
		.try_into()
		.expect("few"),
		sensors: SENSORS.map(source).to_vec().try_into().expect("few"),
		window: WindowShape { size: 2, slide: 2 },
		function: pipeline(r#"{"take": "messages", "aggregate": "count"}"#),
		quality_of_service: QualityOfService::NoProof,
		reaction: vec![alice_pays_bob()].try_into().expect("few"),
		reward: REWARD,
		retainer: 0,
		spare_retainer: 0,
		penalty: PENALTY,
		absence_fee: 100,
		on_failure: OnFailure::GoOn,
		limits: TimeLimits {
			sign_by: 10,
			starts_at: 5,
			ends_at: 100,
			notice: 20,
			retention: 30,
			answer: 10,
			drift: u64::MAX,
		},
		nonce: 0,
	}
}

/// The id of the agreement on [`terms`].
pub fn id() -> AgreementId {
	id_of(&terms())
}

pub fn id_of(terms: &TermsOf<Test>) -> AgreementId {
	terms.id(&Agreements::genesis())
}

/// What the chain knows of the agreement on [`terms`].
pub fn agreement() -> AgreementOf<Test> {
	crate::Agreements::<Test>::get(id()).expect("it exists")
}

/// Brings an agreement of Alice and Bob into force, and goes to its first block.
pub fn activate(terms: &TermsOf<Test>) -> AgreementId {
	Agreements::propose(origin(alice()), terms.clone()).expect("valid");
	Agreements::sign(origin(bob()), id_of(terms)).expect("valid");
	at_block(System::block_number().max(terms.limits.starts_at));
	id_of(terms)
}

/// What an agreement on these terms costs now.
pub fn prices(terms: &TermsOf<Test>) -> Prices<u64> {
	let schemas = vec![lock_schema(); terms.sensors.len()];
	Agreements::prices(terms, &schemas)
}

/// The least escrow of a user of these terms now.
pub fn least_escrow(terms: &TermsOf<Test>, index: usize) -> u64 {
	Agreements::least_escrow(terms, &prices(terms), index, System::block_number())
}

/// How a dispute about a window is closed in which nobody failed and which cost nothing.
pub fn closing(window: WindowIndex) -> Closing<u64> {
	Closing {
		window,
		convicted: vec![],
		absent: vec![],
		reopen: false,
		bears: vec![0, 0],
	}
}

/// The key of an intermediary, unless it was rotated.
pub fn intermediary_key(id: IntermediaryId) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[id as u8; 32])
}

/// The events of the pallet since the last reset.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet::<crate::Event<Test>>()
}

/// The deposit for terms.
pub fn deposit_for(terms: &TermsOf<Test>) -> u64 {
	1_000 + 2 * terms.encoded_size() as u64
}
