//! A runtime of nothing but channels and what they need, and the people and keys of the tests.

use frame_support::{
	traits::{Authorize, ConstU64},
	weights::{Weight, WeightToFee},
};
use frame_system::RawOrigin;
use sp_core::{Pair, H256};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::{Dispatchable, IdentifyAccount},
	transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
	DispatchResult, MultiSignature, MultiSigner,
};
use syngraph_primitives::{
	ChannelId, ClientId, Group, Membership, Payer, Payload, Receipt, SignedReceipt,
};
use syngraph_test_kit::mock_runtime;

use crate as pallet_channels;
use crate::{ChannelOf, Channels as Stored};

/// Alice deposits into the tests' channels, Bob is their payee, Charlie is somebody else.
pub use syngraph_test_kit::people::{alice, bob, charlie, ed25519_key as key};

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

mock_runtime! {
	pallet: pallet_channels as Channels,
	endowed: [alice(), bob(), charlie(), pot()].map(|who| (who, ENDOWMENT)).into(),
	pot: Sr25519Keyring::Dave.to_account_id(),
	system: {},
	balances: {
		type ExistentialDeposit = ConstU64<MINIMUM>;
	},
}

/// A unit for each of so many steps of what it measures.
pub struct OnePer<const STEPS: u64>;

impl<const STEPS: u64> WeightToFee for OnePer<STEPS> {
	type Balance = u64;

	fn weight_to_fee(weight: &Weight) -> u64 {
		weight.ref_time() / STEPS
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
