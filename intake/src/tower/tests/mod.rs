//! What becomes of good and bad receipts.

mod intake;
mod rpc;

use codec::Encode;
use parking_lot::Mutex;
use sp_core::{offchain::testing::TestPersistentOffchainDB, Pair, H256};
use std::{collections::BTreeMap, sync::Arc};
use syngraph_primitives::{BlockNumber, ChannelId, Group, Membership, Payer, Payload, Receipt};
use syngraph_runtime::{AccountId, Runtime, SYN};
use syngraph_test_kit::people::sr25519_key as key;
use syngraph_worker::tower::{self, Tower};

use super::{
	channels::{Channel, Channels, Head},
	intake::Intake,
	metrics::Metrics,
	refusal::Refusal,
};
use crate::store::Persistent;

/// The chain on which the tests play.
const GENESIS: H256 = H256::repeat_byte(7);
/// The best block; the last final one is two behind.
const BEST: BlockNumber = 50;
/// The first block in which the tests' channels have expired.
const EXPIRES: BlockNumber = 100;
/// What was put into them, in SYN, as are all amounts here.
const FUNDS: u128 = 1_000;

/// The channels of both heads.
#[derive(Default)]
struct State {
	best: BTreeMap<ChannelId, Channel>,
	finalized: BTreeMap<ChannelId, Channel>,
	number: BlockNumber,
	unavailable: bool,
}

/// A chain that knows what the test says.
#[derive(Clone, Default)]
struct FakeChain(Arc<Mutex<State>>);

impl Channels for FakeChain {
	fn channel(
		&self,
		id: &ChannelId,
		head: Head,
	) -> Result<Option<(BlockNumber, Channel)>, Refusal> {
		let state = self.0.lock();
		let (channels, number) = match head {
			_ if state.unavailable => return Err(Refusal::Unavailable),
			Head::Best => (&state.best, state.number),
			Head::Finalized => (&state.finalized, state.number - 2),
		};
		Ok(channels.get(id).map(|channel| (number, channel.clone())))
	}

	fn least_rescued(&self, receipt: &tower::SignedReceipt) -> u128 {
		pallet_channels::Pallet::<Runtime>::least_rescued(receipt)
	}
}

impl FakeChain {
	/// Puts a channel into both heads.
	fn open(&self, id: ChannelId, channel: Channel) {
		let mut state = self.0.lock();
		state.finalized.insert(id, channel.clone());
		state.best.insert(id, channel);
	}

	/// Changes a channel in the best block.
	fn change(&self, id: ChannelId, change: impl FnOnce(&mut Channel)) {
		let mut state = self.0.lock();
		change(state.best.get_mut(&id).expect("the channel is open"));
	}
}

type TestIntake = Intake<FakeChain, Persistent<TestPersistentOffchainDB>>;

/// An intake with an empty store that watches for [`payee`], and a chain with a channel of client 1.
fn setup() -> (TestIntake, FakeChain, TestPersistentOffchainDB) {
	let chain = FakeChain::default();
	chain.0.lock().number = BEST;
	chain.open(id(1), channel(Payer::Delegated(account(1))));
	let store = TestPersistentOffchainDB::new();
	let metrics = Metrics::register(None).expect("the names are good");
	let persistent = Persistent::new(store.clone());
	let intake = Intake::new(GENESIS, vec![payee()], chain.clone(), persistent, metrics);
	(intake, chain, store)
}

fn id(number: u64) -> ChannelId {
	H256::from_low_u64_be(number)
}

fn payee() -> AccountId {
	[0xee; 32].into()
}

fn account(client: u8) -> AccountId {
	key(client).public().into()
}

fn channel(payer: Payer) -> Channel {
	Channel {
		depositor: account(9),
		payee: payee(),
		payer,
		change: None,
		funds: FUNDS * SYN,
		paid: 0,
		expires: EXPIRES,
		deposit: 1,
	}
}

/// A receipt of a client.
fn receipt(client: u8, channel: ChannelId, amount: u128) -> tower::SignedReceipt {
	let amount = amount * SYN;
	let receipt = Receipt { channel, amount };
	let signature = key(client).sign(&receipt.signing_bytes(&GENESIS));
	tower::SignedReceipt {
		receipt,
		signature: signature.into(),
		membership: None,
	}
}

/// What the node keeps of a channel.
fn kept(store: &TestPersistentOffchainDB, id: ChannelId) -> Option<u128> {
	let watched = Tower::new(Persistent::new(store.clone())).watched(&id)?;
	Some(watched.receipt.receipt.amount / SYN)
}
