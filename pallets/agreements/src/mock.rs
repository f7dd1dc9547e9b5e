//! A runtime of nothing but agreements and what they need, and the people of the tests.

mod directory;
mod settling;

use codec::Encode;
use frame_support::{
	parameter_types,
	traits::{fungible::InspectHold, Time},
	weights::{Weight, WeightToFee},
};
use sp_core::{sr25519, ConstU64};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{AccountId32, DispatchResult, MultiSignature, MultiSigner};
use syngraph_primitives::{
	AgreementId, Amount, Closing, DisputeCosts, DisputeSize, IntermediaryId, RoundTerms, SensorId,
	Source, Step, Terms, TimeLimits,
};
use syngraph_test_kit::{
	bounded, mock_runtime,
	people::sr25519_key,
	terms::{self as kit, transfer},
};

use crate as pallet_agreements;
use crate::{AgreementOf, EndReason, Event, HoldReason, Prices, TermsOf};

pub use directory::{lock_schema, offer, populate, MockDirectory, RECENT};
pub use settling::{
	authorize, decide, further, joint_key, joint_proof, outcomes, proof, proof_by, proof_for,
	proof_of, proof_under, refused, settle, settled, version,
};
pub use syngraph_test_kit::{
	bytes as text,
	people::{alice, bob, charlie},
	pipeline,
	proofs::singles,
	terms::party,
};

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
/// What each user of [`terms`] deposits for the rounds that are kept: four, of sixteen results of 21 bytes each.
pub const ROUNDS_DEPOSIT: u64 = 4 * (301 + 2 * 16 * 21) / 2;
/// What is kept of the deposit for terms for the root of the history.
pub const FINAL_DEPOSIT: u64 = 80;
/// What each user of [`terms`] has in escrow once the agreement is in force.
pub const FUNDS: u64 = ESCROW - ROUNDS_DEPOSIT;
/// In how many blocks intermediaries of [`terms`] have to answer. A round may settle so many blocks after the last one.
pub const ANSWER: u64 = 10;
/// How many blocks a day has.
pub const DAY: u64 = 40;

mock_runtime! {
	pallet: pallet_agreements as Agreements,
	endowed: Sr25519Keyring::iter().map(|who| (who.to_account_id(), ENDOWMENT)).collect(),
	pot: Sr25519Keyring::Ferdie.to_account_id(),
	system: {},
	balances: {
		type ExistentialDeposit = ConstU64<10>;
	},
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
	type RoundDeposit = ConstU64<301>;
	type FinalDeposit = ConstU64<FINAL_DEPOSIT>;
	type DisputeDeposit = ConstU64<401>;
	type Time = Clock;
	type SlotMillis = ConstU64<100>;
	type Day = ConstU64<DAY>;
	type MinAnswer = ConstU64<2>;
	type AnswerPerChunk = ConstU64<3>;
	type MaxAnswer = ConstU64<20>;
	type MaxDuration = ConstU64<1_000>;
	type SettlementPriority = ConstU64<1_000_000>;
	type SettlementLongevity = ConstU64<64>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockDirectory;
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

/// Who operates all intermediaries.
pub fn operator() -> AccountId32 {
	Sr25519Keyring::Dave.to_account_id()
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

/// Alice pays Bob two for each unit of the result, but at most a hundred.
pub fn alice_pays_bob() -> Step<u64> {
	transfer(Amount::PerUnit {
		rate: 2,
		at_most: 100,
	})
}

/// Terms of Alice and Bob about a lock of each.
pub fn terms() -> TermsOf<Test> {
	let users = vec![
		party(alice(), &[10], &[11, 12], ESCROW),
		party(bob(), &[20, 21], &[22], ESCROW),
	];
	let sensors = SENSORS.map(|sensor| Source { sensor, start: 7 });
	Terms {
		reaction: bounded(vec![alice_pays_bob()]),
		reward: REWARD,
		penalty: PENALTY,
		absence_fee: 100,
		rounds: RoundTerms {
			most: 16,
			kept: 4,
			..kit::rounds()
		},
		limits: TimeLimits {
			notice: 20,
			payout: 30,
			answer: ANSWER,
			..kit::limits()
		},
		..kit::terms(users, sensors.into())
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

/// Asks for a payout, as somebody who has no part in it.
pub fn pay_out(id: AgreementId) -> DispatchResult {
	let paid = Agreements::payout(origin(charlie()), id);
	paid.map(|_| ()).map_err(|refused| refused.error)
}

/// Forgets an agreement.
pub fn forget(id: AgreementId) -> DispatchResult {
	let forgotten = Agreements::forget(origin(charlie()), id);
	forgotten.map(|_| ()).map_err(|refused| refused.error)
}

/// What users of an agreement owe.
pub fn owed(id: AgreementId) -> Vec<u64> {
	Agreements::accounts(&id).expect("it exists").owed
}

/// The event that tells that an agreement has ended.
pub fn ended(id: AgreementId, reason: EndReason) -> Event<Test> {
	let agreement = crate::Agreements::<Test>::get(id).expect("it exists");
	let history = agreement.history;
	Event::Ended {
		agreement: id,
		reason,
		rounds: history.count(),
		root: history.root(),
	}
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

/// How a dispute is closed in which nobody failed and which cost nothing.
pub fn closing() -> Closing<u64> {
	Closing {
		convicted: vec![],
		absent: vec![],
		bears: vec![0, 0],
		ruling: None,
	}
}

/// The key of an intermediary, unless it was rotated.
pub fn intermediary_key(id: IntermediaryId) -> sr25519::Pair {
	sr25519_key(id as u8)
}

/// The deposit for terms.
pub fn deposit_for(terms: &TermsOf<Test>) -> u64 {
	1_000 + 2 * terms.encoded_size() as u64
}
