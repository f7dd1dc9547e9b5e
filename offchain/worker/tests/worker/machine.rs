//! A chain and the machines of its intermediaries.

use std::{
	cell::{Cell, RefCell},
	collections::BTreeMap,
	rc::Rc,
};

use codec::Decode;
use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, Function, GenesisHash, IntermediaryId, Message, MessageEncoding, Payload,
	Progress, ResultValue, Schema, Secret, SensorId, SignedMessage, SignedStatement, Source,
	Statement, Value, Variable, VariableType, WindowIndex, WindowShape,
};
use syngraph_protocol::{Proof, SignedBundle};
use syngraph_worker::{
	run,
	traces::{LocalStore, Traces},
	Chain, Host, View,
};

pub const SENSOR: SensorId = 7;
const SLOT: u64 = 2_000;

pub fn genesis() -> GenesisHash {
	H256::repeat_byte(0xee)
}

pub fn agreement() -> AgreementId {
	H256::repeat_byte(0xaa)
}

pub fn schema() -> Schema {
	let name = |text: &str| text.as_bytes().to_vec().try_into().unwrap();
	Schema {
		kind: name("meter"),
		variables: vec![Variable {
			name: name("load"),
			ty: VariableType::Integer,
		}]
		.try_into()
		.unwrap(),
		encoding: MessageEncoding::Scale,
	}
}

/// What the sensor measures as number `sequence`.
pub fn load(sequence: u64) -> i64 {
	(sequence as i64 * 37) % 11 - 2
}

/// What `f`, the sum of what is measured, gives for a window of two; null below one.
pub fn expected(window: WindowIndex) -> Option<ResultValue> {
	let sum = i128::from(load(window * 2)) + i128::from(load(window * 2 + 1));
	(sum >= 1).then_some(sum)
}

pub fn message(sequence: u64) -> SignedMessage {
	let message = Message {
		sensor: SENSOR,
		kind: schema().kind,
		sequence,
		timestamp: 1_000 * sequence,
		values: vec![Value::Integer(load(sequence))].try_into().unwrap(),
	};
	let signature = ed25519::Pair::from_seed(&[9; 32]).sign(&message.signing_bytes(&genesis()));
	SignedMessage { message, signature }
}

/// The chain, as every machine sees it.
pub struct World {
	pub number: u64,
	pub progress: Progress,
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	pub reports: Vec<(SignedStatement, SignedStatement)>,
	pub keys: Vec<sr25519::Pair>,
	pub in_force: bool,
	pub forgotten: bool,
	pool: Vec<(WindowIndex, Proof)>,
	/// What gossip keeps: the last bundle of each author, and whatever strangers publish.
	pub gossip: BTreeMap<[u8; 32], Vec<u8>>,
	pub clock: u64,
	/// Every statement ever published.
	said: BTreeMap<(IntermediaryId, WindowIndex, bool), Statement>,
}

/// The world through the eyes of one machine.
#[derive(Clone)]
pub struct Eyes(pub Rc<RefCell<World>>);

impl Chain for Eyes {
	fn number(&self) -> u64 {
		self.0.borrow().number
	}
	fn genesis(&self) -> GenesisHash {
		genesis()
	}
	fn slot_millis(&self) -> u64 {
		SLOT
	}
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		let place = self
			.0
			.borrow()
			.keys
			.iter()
			.position(|pair| pair.public() == *key)?;
		Some(place as u64)
	}
	fn key(&self, intermediary: IntermediaryId) -> Option<sr25519::Public> {
		Some(self.0.borrow().keys.get(intermediary as usize)?.public())
	}
	fn agreements(&self, _: IntermediaryId) -> Vec<AgreementId> {
		self.0
			.borrow()
			.in_force
			.then(agreement)
			.into_iter()
			.collect()
	}
	fn agreement(&self, id: &AgreementId) -> Option<View> {
		let sum = br#"{"take":{"values":"load"},"aggregate":"sum","emit_if":{"at_least":1}}"#;
		(*id == agreement()).then(|| View {
			members: (0..self.0.borrow().keys.len() as u64).collect(),
			sources: vec![(
				Source {
					sensor: SENSOR,
					start: 0,
				},
				schema(),
			)],
			shape: WindowShape { size: 2, slide: 2 },
			function: Function::Pipeline(sum.to_vec().try_into().unwrap()),
			progress: self.0.borrow().progress.clone(),
		})
	}
	fn is_forgotten(&self, _: &AgreementId) -> bool {
		self.0.borrow().forgotten
	}
	fn is_needed(&self, _: SensorId) -> bool {
		self.0.borrow().in_force
	}
	fn settle(&self, _: AgreementId, window: WindowIndex, proof: Proof) {
		self.0.borrow_mut().pool.push((window, proof));
	}
	fn report(&self, left: SignedStatement, right: SignedStatement) {
		self.0.borrow_mut().reports.push((left, right));
	}
}

/// The machine of one intermediary. Its store outlives it.
pub struct Machine {
	pub chain: Eyes,
	pub pair: sr25519::Pair,
	pub store: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
	/// After how many more writes or publications the machine dies.
	pub fuse: Cell<Option<u32>>,
	pub deaths: Cell<u32>,
	secrets: Cell<u64>,
}

impl Machine {
	fn burn(&self) {
		match self.fuse.get() {
			Some(0) => {
				self.fuse.set(None);
				self.deaths.set(self.deaths.get() + 1);
				std::panic::resume_unwind(Box::new("the machine died"));
			},
			Some(left) => self.fuse.set(Some(left - 1)),
			None => (),
		}
	}

	/// Runs the worker once, unless the machine dies in the middle.
	pub fn run(&self) {
		let chain = self.chain.clone();
		let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&chain, self)));
	}

	/// Hands it all messages up to number `end`, as its RPC would.
	pub fn receive(&self, end: u64) {
		let fuse = self.fuse.take();
		let traces = Traces::new(self);
		for sequence in traces.head(SENSOR).unwrap_or(0)..end {
			traces.append(&message(sequence), 0).unwrap();
		}
		self.fuse.set(fuse);
	}
}

impl LocalStore for Machine {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.store.borrow().get(key).cloned()
	}
	fn set(&self, key: &[u8], value: &[u8]) {
		self.burn();
		self.store.borrow_mut().insert(key.to_vec(), value.to_vec());
	}
	fn remove(&self, key: &[u8]) {
		self.burn();
		self.store.borrow_mut().remove(key);
	}
}

impl Host for Machine {
	fn keys(&self) -> Vec<sr25519::Public> {
		vec![self.pair.public()]
	}
	fn sign(&self, _: &sr25519::Public, bytes: &[u8]) -> Option<sr25519::Signature> {
		Some(self.pair.sign(bytes))
	}
	fn secret(&self) -> Secret {
		self.secrets.set(self.secrets.get() + 1);
		sp_io::hashing::blake2_256(
			&[&self.pair.public().0[..], &self.secrets.get().to_le_bytes()].concat(),
		)
	}
	fn now(&self) -> u64 {
		self.chain.0.borrow().clock
	}
	fn sleep_until(&self, time: u64) {
		self.chain.0.borrow_mut().clock = time;
	}
	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		self.burn();
		let mut store = self.store.borrow_mut();
		let matches = store.get(key).map(Vec::as_slice) == old;
		if matches {
			store.insert(key.to_vec(), new.to_vec());
		}
		matches
	}
	fn exclusively(&self, run: impl FnOnce()) -> bool {
		run();
		true
	}
	fn publish(&self, _: &AgreementId, author: &sr25519::Public, data: Vec<u8>) -> bool {
		self.burn();
		let mut world = self.chain.0.borrow_mut();
		world.check_consistent(&data);
		world.gossip.insert(author.0, data);
		true
	}
	fn published(&self, _: &AgreementId) -> Vec<Vec<u8>> {
		self.chain.0.borrow().gossip.values().cloned().collect()
	}
}

impl World {
	/// A world of `count` intermediaries and their machines.
	pub fn new(count: u8) -> (Rc<RefCell<World>>, Vec<Machine>) {
		let keys: Vec<_> = (0..count)
			.map(|i| sr25519::Pair::from_seed(&[i + 1; 32]))
			.collect();
		let world = Rc::new(RefCell::new(World {
			number: 0,
			progress: Progress::default(),
			settled: BTreeMap::new(),
			reports: Vec::new(),
			keys: keys.clone(),
			in_force: true,
			forgotten: false,
			pool: Vec::new(),
			gossip: BTreeMap::new(),
			clock: 0,
			said: BTreeMap::new(),
		}));
		let machines = keys
			.into_iter()
			.map(|pair| Machine {
				chain: Eyes(world.clone()),
				pair,
				store: Default::default(),
				fuse: Cell::new(None),
				deaths: Cell::new(0),
				secrets: Cell::new(0),
			})
			.collect();
		(world, machines)
	}

	/// Makes a block of what is in the pool.
	pub fn make_block(&mut self) {
		self.number += 1;
		self.clock = self.number * SLOT;
		let keys: Vec<_> = self
			.keys
			.iter()
			.enumerate()
			.map(|(i, pair)| (i as u64, pair.public()))
			.collect();
		for (window, proof) in std::mem::take(&mut self.pool) {
			assert_eq!(
				proof.verify(&genesis(), &agreement(), window, &keys),
				Ok(())
			);
			if self.progress.decide(window).is_ok() {
				self.settled.insert(window, proof.result);
			}
		}
	}

	/// Fails if a bundle contradicts what its author said before.
	fn check_consistent(&mut self, data: &[u8]) {
		let bundle = SignedBundle::decode(&mut &data[..]).unwrap().bundle;
		for utterance in bundle.utterances {
			let reveal = utterance.reveal.map(|revealed| revealed.statement);
			for signed in [Some(utterance.commit), reveal].into_iter().flatten() {
				let statement = signed.statement;
				let sort = matches!(statement, Statement::Reveal(_));
				let key = (statement.intermediary(), statement.window(), sort);
				let before = self.said.insert(key, statement.clone());
				assert!(
					before.is_none_or(|before| before == statement),
					"said two things"
				);
			}
		}
	}
}

/// Makes blocks, and lets every machine run once in each.
pub fn advance(world: &Rc<RefCell<World>>, machines: &[Machine], blocks: u64) {
	for _ in 0..blocks {
		world.borrow_mut().make_block();
		let clock = world.borrow().clock;
		for machine in machines {
			world.borrow_mut().clock = clock;
			machine.run();
		}
	}
}
