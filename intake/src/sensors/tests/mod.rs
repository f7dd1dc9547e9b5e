//! What becomes of good and bad messages.

mod intake;
mod rpc;

use codec::Encode;
use futures::{future::BoxFuture, FutureExt};
use parking_lot::Mutex;
use sp_core::{ed25519, offchain::testing::TestPersistentOffchainDB, Pair, H256};
use std::{cell::Cell, collections::BTreeMap, sync::Arc};
use syngraph_primitives::{
	Message, SensorId, SensorInfo, SensorKeys, Sequence, SignedMessage, Text, Value, VariableType,
};
use syngraph_test_kit::{
	bounded, bytes,
	people::{ed25519_key, signed_message},
	schema,
};

use super::{Account, Answer, Intake, Refusal, Sensors, Unavailable};

use crate::store::{Broken, Durable, Persistent};

/// The tests' disk is their memory.
impl Durable for TestPersistentOffchainDB {
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>> {
		std::future::ready(Ok(())).boxed()
	}
}

/// The chain on which the tests play.
const GENESIS: H256 = H256::repeat_byte(7);
/// The sensor that most tests are about.
const LOCK: SensorId = 3;

/// A chain that knows what the test says.
#[derive(Clone, Default)]
struct FakeChain(Arc<Mutex<BTreeMap<SensorId, SensorInfo>>>, Arc<Mutex<bool>>);

impl Sensors for FakeChain {
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable> {
		if *self.1.lock() {
			return Err(Unavailable);
		}
		Ok(self.0.lock().get(&id).cloned().map(Arc::new))
	}
}

impl FakeChain {
	/// Changes what the chain knows of a sensor.
	fn change(&self, id: SensorId, change: impl FnOnce(&mut SensorInfo)) {
		self.0
			.lock()
			.get_mut(&id)
			.map(change)
			.expect("the sensor is registered")
	}

	/// Makes the chain's state readable or not.
	fn set_unavailable(&self, unavailable: bool) {
		*self.1.lock() = unavailable;
	}
}

type TestIntake = Intake<FakeChain, Persistent<TestPersistentOffchainDB>>;

/// An intake with an empty store, on a chain that knows sensors 3 and 4.
fn setup() -> (TestIntake, FakeChain) {
	let (intake, chain, _) = setup_with_store();
	(intake, chain)
}

fn setup_with_store() -> (TestIntake, FakeChain, TestPersistentOffchainDB) {
	let chain = FakeChain::default();
	for id in [LOCK, 4] {
		chain.0.lock().insert(id, info(id));
	}
	let store = TestPersistentOffchainDB::new();
	(
		Intake::new(GENESIS, chain.clone(), Persistent::new(store.clone())),
		chain,
		store,
	)
}

/// The first key of a sensor.
fn key(sensor: SensorId) -> ed25519::Pair {
	ed25519_key(sensor as u8)
}

fn info(sensor: SensorId) -> SensorInfo {
	let variables = [("open", VariableType::Bool), ("place", VariableType::Text)];
	SensorInfo {
		keys: SensorKeys::new(0, key(sensor).public()),
		schema: schema("lock", &variables),
		first: Some(0),
	}
}

fn message(sensor: SensorId, sequence: Sequence) -> Message {
	Message {
		sensor,
		kind: bytes("lock"),
		sequence,
		timestamp: sequence,
		values: bounded(vec![Value::Bool(true), Value::Text(bytes("station"))]),
	}
}

fn sign(message: Message, pair: &ed25519::Pair) -> SignedMessage {
	signed_message(pair, &GENESIS, message)
}

/// A good message.
fn good(sensor: SensorId, sequence: Sequence) -> SignedMessage {
	sign(message(sensor, sequence), &key(sensor))
}

/// The message number `sequence` of the lock after `change`, signed.
fn changed(sequence: Sequence, change: impl FnOnce(&mut Message)) -> SignedMessage {
	let mut message = message(LOCK, sequence);
	change(&mut message);
	sign(message, &key(LOCK))
}

/// Bears everything until so much was for nothing, and counts it.
struct Tally {
	checked: Cell<u32>,
	wasted: Cell<u32>,
	most: u32,
}

impl Tally {
	fn up_to(most: u32) -> Self {
		Self {
			checked: Cell::new(0),
			wasted: Cell::new(0),
			most,
		}
	}

	/// Bears everything.
	fn endless() -> Self {
		Self::up_to(u32::MAX)
	}

	/// How many signatures were checked, and how much was for nothing.
	fn counted(&self) -> (u32, u32) {
		(self.checked.get(), self.wasted.get())
	}
}

impl Account for Tally {
	fn allow(&self) -> bool {
		let allowed = !self.owes();
		self.checked.set(self.checked.get() + u32::from(allowed));
		allowed
	}

	fn owes(&self) -> bool {
		self.wasted.get() > self.most
	}

	fn waste(&self) {
		self.wasted.set(self.wasted.get() + 1);
	}
}

/// Hands messages over in one batch.
fn submit(intake: &TestIntake, messages: &[SignedMessage]) -> Vec<Answer> {
	submit_for(intake, messages, &Tally::endless())
}

/// The same, at the expense of an account.
fn submit_for(intake: &TestIntake, messages: &[SignedMessage], account: &Tally) -> Vec<Answer> {
	let encoded: Vec<_> = messages.iter().map(Encode::encode).collect();
	intake.take(encoded.iter().map(|bytes| &bytes[..]), account)
}

/// Which message comes next.
fn head<D: Sensors>(
	intake: &Intake<D, Persistent<TestPersistentOffchainDB>>,
	sensor: SensorId,
) -> Result<Sequence, Refusal> {
	intake.head(sensor, &Tally::endless())
}

/// Hands one message over.
fn submit_one(intake: &TestIntake, message: SignedMessage) -> Answer {
	submit(intake, &[message])[0]
}

fn refused(reason: Refusal) -> Answer {
	Answer::Refused { reason }
}
