//! A runtime of nothing but channels and what they need, and the people and keys of the tests.

use frame_support::{
	derive_impl,
	traits::{fungible::Balanced, Authorize, ConstU64, OnUnbalanced},
	weights::{Weight, WeightToFee},
};
use frame_system::RawOrigin;
use sp_core::{ed25519, Pair, H256};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{
	traits::{Dispatchable, IdentifyAccount, IdentityLookup},
	transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
	AccountId32, BuildStorage, DispatchResult, MultiSignature, MultiSigner,
};
use syngraph_primitives::{
	ChannelId, ClientId, Group, Membership, Payer, Payload, Receipt, SignedReceipt,
};

use crate as pallet_channels;
use crate::{ChannelOf, Channels as Stored, CreditOf};

/// What everybody owns at first.
pub const ENDOWMENT: u64 = 1_000_000;
/// What is put into the tests' channels.
pub const FUNDS: u64 = 1_000;
/// When they expire.
pub const EXPIRES: u64 = 100;
/// The least that an account holds.
pub const MINIMUM: u64 = 10;
/// The deposit for a channel.
pub const DEPOSIT: u64 = 50;
/// How long a payee has after a request to close.
pub const CLOSE_PERIOD: u64 = 20;
/// How long it takes to change the payer.
pub const CHANGE_PERIOD: u64 = 30;
/// How long before it stops counting a receipt can be rescued.
pub const TOWER_PERIOD: u64 = 15;

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
	pub type Channels = pallet_channels::Pallet<Test>;
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
	type ExistentialDeposit = ConstU64<MINIMUM>;
}

/// A unit for each of so many steps of what it measures.
pub struct OnePer<const STEPS: u64>;

impl<const STEPS: u64> WeightToFee for OnePer<STEPS> {
	type Balance = u64;

	fn weight_to_fee(weight: &Weight) -> u64 {
		weight.ref_time() / STEPS
	}
}

/// Keeps all fees on one account, so that no money is lost.
pub struct Pot;

impl OnUnbalanced<CreditOf<Test>> for Pot {
	fn on_nonzero_unbalanced(fees: CreditOf<Test>) {
		Balances::resolve(&pot(), fees).expect("the pot exists");
	}
}

impl pallet_channels::Config for Test {
	type Currency = Balances;
	type ChannelDeposit = ConstU64<DEPOSIT>;
	type ClosePeriod = ConstU64<CLOSE_PERIOD>;
	type ChangePeriod = ConstU64<CHANGE_PERIOD>;
	type Fees = Pot;
	type WeightToFee = OnePer<100_000_000>;
	type LengthToFee = OnePer<100>;
	type TowerPeriod = ConstU64<TOWER_PERIOD>;
	type RescuePriority = ConstU64<7>;
	type RescueLongevity = ConstU64<8>;
	type WeightInfo = ();
}

/// The chain before its first block, with a keystore for the benchmarks.
pub fn new_test_ext() -> TestExternalities {
	let balances = [alice(), bob(), charlie(), pot()].map(|who| (who, ENDOWMENT));
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: balances.into(),
			..Default::default()
		},
		..Default::default()
	};
	let mut ext = TestExternalities::new(storage.build_storage().expect("genesis is valid"));
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext
}

/// Runs a test in block 1 and checks all invariants after it.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		test();
		check_state();
	});
}

/// Checks the invariants, and those that only the mock can see: no money comes or goes.
pub fn check_state() {
	assert_eq!(Channels::do_try_state(), Ok(()));
	let accounts = frame_system::Account::<Test>::iter_values();
	let owned: u64 = accounts.map(|one| one.data.free + one.data.reserved).sum();
	assert_eq!(owned + held(), 4 * ENDOWMENT);
	assert_eq!(Balances::total_issuance(), 4 * ENDOWMENT);
}

/// What is in channels.
pub fn held() -> u64 {
	Stored::<Test>::iter_values().map(|one| one.held()).sum()
}

/// The last event of a channel.
pub fn last_event() -> crate::Event<Test> {
	let events = System::read_events_for_pallet::<crate::Event<Test>>();
	events.last().cloned().expect("an event was emitted")
}

/// The depositor of the tests' channels.
pub fn alice() -> AccountId32 {
	Sr25519Keyring::Alice.to_account_id()
}

/// Their payee.
pub fn bob() -> AccountId32 {
	Sr25519Keyring::Bob.to_account_id()
}

/// Someone else.
pub fn charlie() -> AccountId32 {
	Sr25519Keyring::Charlie.to_account_id()
}

/// Who gets the fees.
pub fn pot() -> AccountId32 {
	Sr25519Keyring::Dave.to_account_id()
}

pub fn origin(who: AccountId32) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// The n-th client's key.
pub fn key(n: u8) -> ed25519::Pair {
	ed25519::Pair::from_seed(&[n; 32])
}

/// The n-th client.
pub fn client(n: u8) -> ClientId {
	MultiSigner::from(key(n).public()).into_account()
}

/// The clients of the tests' group.
pub fn members() -> Vec<ClientId> {
	(10..15).map(client).collect()
}

/// The tests' group.
pub fn group() -> Payer {
	Payer::Group(Group::new(&members()).expect("there are members"))
}

/// Opens a channel of Alice's for Bob.
pub fn open(payer: Payer) -> ChannelId {
	Channels::open(origin(alice()), bob(), payer, FUNDS, EXPIRES).expect("valid");
	opened()
}

/// The channel that was just opened.
pub fn opened() -> ChannelId {
	match last_event() {
		crate::Event::Opened { channel, .. } => channel,
		event => panic!("not opened: {event:?}"),
	}
}

pub fn stored(id: ChannelId) -> ChannelOf<Test> {
	Stored::<Test>::get(id).expect("it is open")
}

/// The bytes that make up a receipt on the tests' chain.
pub fn receipt_bytes(channel: ChannelId, amount: u64) -> Vec<u8> {
	Receipt { channel, amount }.signing_bytes(&System::block_hash(0))
}

/// A receipt with this signature.
pub fn signed(
	channel: ChannelId,
	amount: u64,
	signature: impl Into<MultiSignature>,
) -> SignedReceipt<u64> {
	SignedReceipt {
		receipt: Receipt { channel, amount },
		signature: signature.into(),
		membership: None,
	}
}

/// A receipt by Alice herself.
pub fn by_alice(channel: ChannelId, amount: u64) -> SignedReceipt<u64> {
	let signature = Sr25519Keyring::Alice.sign(&receipt_bytes(channel, amount));
	signed(channel, amount, signature)
}

/// A receipt by the n-th client.
pub fn by_client(n: u8, channel: ChannelId, amount: u64) -> SignedReceipt<u64> {
	signed(
		channel,
		amount,
		key(n).sign(&receipt_bytes(channel, amount)),
	)
}

/// A receipt by the member of the tests' group with this index.
pub fn by_member(index: u8, channel: ChannelId, amount: u64) -> SignedReceipt<u64> {
	SignedReceipt {
		membership: Membership::new(&members(), index.into()),
		..by_client(10 + index, channel, amount)
	}
}

/// A hash that stands for nothing.
pub fn no_channel() -> ChannelId {
	H256::repeat_byte(0xff)
}

fn rescue_call(receipt: SignedReceipt<u64>) -> RuntimeCall {
	RuntimeCall::Channels(crate::Call::rescue { receipt })
}

/// What the transaction pool learns of a rescue.
pub fn authorize(
	receipt: SignedReceipt<u64>,
) -> Result<ValidTransaction, TransactionValidityError> {
	let authorized = rescue_call(receipt).authorize(TransactionSource::External);
	authorized
		.expect("rescues are authorised")
		.map(|(valid, _)| valid)
}

/// Rescues as a block does: authorises, then dispatches.
pub fn rescue(receipt: SignedReceipt<u64>) -> Result<DispatchResult, TransactionValidityError> {
	authorize(receipt.clone())?;
	let done = rescue_call(receipt).dispatch(RawOrigin::Authorized.into());
	Ok(done.map(drop).map_err(|failure| failure.error))
}
