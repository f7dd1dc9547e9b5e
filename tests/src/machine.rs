//! The machine of an intermediary, in memory.

use std::{
	cell::{Cell, RefCell},
	collections::BTreeMap,
};

use sp_core::{offchain::testing::TestPersistentOffchainDB, sr25519, Pair};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	AgreementId, BlockNumber, GenesisHash, Schema, Secret, SensorId, SensorKeys, SignedMessage,
};
use syngraph_test_kit::Memory;
use syngraph_worker::{
	store::LocalStore,
	traces::{Rules, Traces},
	Arrival, Bulletin, Channel, Host, News, BOOT_KEY, VOLATILE, VOLATILE_KEY,
};

/// Who published something about what, and where: a later one replaces it.
pub type Slot = (AgreementId, [u8; 32], Channel);

/// What an intermediary's node has besides the chain: a key, a disk, a clock, and links to others.
pub struct Machine {
	/// The keys of the intermediary that it holds.
	pub keys: Vec<sr25519::Pair>,
	/// The clock, in milliseconds.
	pub clock: Cell<u64>,
	/// The chain.
	pub genesis: GenesisHash,
	/// Which messages of the sensors on it are valid.
	pub sensors: BTreeMap<SensorId, (SensorKeys<BlockNumber>, Schema)>,
	/// Whatever it reads from its disk goes through here.
	pub sight: RefCell<Option<Sight>>,
	disk: Memory,
	/// What is in memory only, and gone when it is started again.
	memory: Memory,
	/// What blocks write to the disk of every node.
	index: TestPersistentOffchainDB,
	inbox: RefCell<BTreeMap<Slot, Vec<u8>>>,
	outbox: RefCell<Vec<(Slot, Vec<u8>)>>,
	secrets: Cell<u64>,
	/// How often it was started again.
	starts: Cell<u64>,
	/// Whether its worker is not told what came in, so that it looks at everything.
	pub is_blind: Cell<bool>,
	/// What came in.
	bulletin: RefCell<Bulletin>,
}

/// Changes what is read under a key.
pub type Sight = Box<dyn Fn(&[u8], Vec<u8>) -> Option<Vec<u8>>>;

impl Machine {
	/// A machine with nothing on its disk but what blocks write there.
	pub fn new(key: sr25519::Pair, genesis: GenesisHash, index: TestPersistentOffchainDB) -> Self {
		let machine = Self {
			keys: vec![key],
			clock: Cell::new(0),
			genesis,
			sensors: BTreeMap::new(),
			sight: RefCell::new(None),
			disk: Memory::default(),
			memory: Memory::default(),
			index,
			inbox: RefCell::default(),
			outbox: RefCell::default(),
			secrets: Cell::new(0),
			starts: Cell::new(0),
			is_blind: Cell::new(false),
			bulletin: RefCell::default(),
		};
		machine.boot();
		machine
	}

	/// Starts it, as a node does that keeps in memory only what has to be.
	fn boot(&self) {
		let boot = self.starts.get().to_le_bytes();
		self.set(BOOT_KEY, &boot);
		self.memory.0.borrow_mut().clear();
		self.set(VOLATILE_KEY, &boot);
	}

	/// Takes in messages of sensors, as a node's RPC does. Those that are not valid or do not come next are
	/// lost.
	pub fn receive(&self, messages: &[SignedMessage]) {
		messages.iter().for_each(|signed| self.take(signed));
	}

	fn take(&self, signed: &SignedMessage) {
		let message = &signed.message;
		let Some((keys, schema)) = self.sensors.get(&message.sensor) else {
			return;
		};
		let key = keys.key(message.sequence);
		if !key.is_some_and(|key| signed.verify(&self.genesis, key)) {
			return;
		}
		let traces = Traces::new(self);
		let first = traces.needed(message.sensor).unwrap_or(0);
		let rules = Rules::new(keys, schema);
		let mut trace = traces.appender(message.sensor, first, rules);
		match trace.message(message.sequence) {
			Some(stored) if stored.message != *message => {
				traces.contradict(&stored, signed, &self.genesis, keys)
			},
			_ => drop(trace.append(signed)),
		}
		trace.commit();
	}

	/// Takes in what peers passed on, as a node does.
	pub fn repair(&self) {
		let traces = Traces::new(self);
		if let Some(messages) = traces.handed_over() {
			self.receive(&messages);
			traces.take_over(&messages);
		}
	}

	/// All that is on its disk.
	pub fn backup(&self) -> Memory {
		self.disk.clone()
	}

	/// Starts it again with what was on its disk before, which its worker learns as it does on a node. Its neighbours
	/// tell it what they heard.
	pub fn restore(&self, backup: &Memory) {
		self.disk.0.replace(backup.0.borrow().clone());
		self.restart();
	}

	/// Starts it again with what is on its disk. What it had in memory is gone.
	pub fn restart(&self) {
		self.starts.set(self.starts.get() + 1);
		self.boot();
	}

	/// Where a key is kept.
	fn place(&self, key: &[u8]) -> &Memory {
		match key.starts_with(VOLATILE) {
			true => &self.memory,
			false => &self.disk,
		}
	}

	/// Another machine that is all that this one is, in memory too, but draws other secrets from now on.
	pub fn duplicate(&self) -> Self {
		Self {
			keys: self.keys.clone(),
			clock: self.clock.clone(),
			genesis: self.genesis,
			sensors: self.sensors.clone(),
			sight: RefCell::new(None),
			disk: self.disk.clone(),
			memory: self.memory.clone(),
			index: self.index.clone(),
			inbox: self.inbox.clone(),
			outbox: RefCell::default(),
			secrets: Cell::new(u64::MAX / 2),
			starts: self.starts.clone(),
			is_blind: self.is_blind.clone(),
			bulletin: self.bulletin.clone(),
		}
	}

	/// Hears what was published.
	pub fn hear(&self, slot: Slot, data: Vec<u8>) {
		self.inbox.borrow_mut().insert(slot, data);
		self.note_publication(slot, false);
	}

	/// Hears what it published.
	pub fn hear_itself(&self, slot: Slot, data: Vec<u8>) {
		self.inbox.borrow_mut().insert(slot, data);
		self.note_publication(slot, true);
	}

	fn note_publication(&self, (agreement, author, _): Slot, is_own: bool) {
		self.note(Arrival::Publication {
			agreement,
			author,
			is_own,
		});
	}

	fn note(&self, arrival: Arrival) {
		self.bulletin.borrow_mut().note(arrival);
	}

	/// What it published since this was last asked.
	pub fn said(&self) -> Vec<(Slot, Vec<u8>)> {
		self.outbox.take()
	}

	/// What it has heard.
	pub fn heard(&self) -> Vec<Vec<u8>> {
		self.inbox.borrow().values().cloned().collect()
	}
}

impl LocalStore for Machine {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		let stored = self.place(key).get(key);
		let value = stored.or_else(|| self.index.get(key))?;
		match &*self.sight.borrow() {
			Some(sight) => sight(key, value),
			None => Some(value),
		}
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		self.place(key).set(key, value);
		Arrival::written(key)
			.into_iter()
			.for_each(|arrival| self.note(arrival));
	}

	fn remove(&self, key: &[u8]) {
		self.place(key).remove(key);
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		self.place(key).replace(key, old, new)
	}
}

impl Host for Machine {
	fn keys(&self) -> Vec<sr25519::Public> {
		self.keys.iter().map(|key| key.public()).collect()
	}

	fn sign(&self, public: &sr25519::Public, bytes: &[u8]) -> Option<sr25519::Signature> {
		let mut keys = self.keys.iter();
		let key = keys.find(|key| key.public() == *public)?;
		Some(key.sign(bytes))
	}

	fn secret(&self) -> Secret {
		self.secrets.set(self.secrets.get() + 1);
		let own = self.keys.first().expect("it has a key").public();
		blake2_256(&[&own.0[..], &self.secrets.get().to_le_bytes()].concat())
	}

	fn now(&self) -> u64 {
		self.clock.get()
	}

	/// Sleeps longer than asked for, so that a run looks only twice for news.
	fn sleep_until(&self, time: u64) {
		self.clock.set(time + 1_000);
	}

	/// What is stored is safe at once.
	fn sync(&self) -> bool {
		true
	}

	fn publish(
		&self,
		agreement: &AgreementId,
		channel: Channel,
		author: &sr25519::Public,
		data: Vec<u8>,
	) -> bool {
		let slot = (*agreement, author.0, channel);
		self.outbox.borrow_mut().push((slot, data));
		true
	}

	fn published(&self, agreement: &AgreementId, author: &sr25519::Public) -> Vec<Vec<u8>> {
		let inbox = self.inbox.borrow();
		let about = inbox
			.iter()
			.filter(|((about, by, _), _)| (about, by) == (agreement, &author.0));
		about.map(|(_, data)| data.clone()).collect()
	}

	fn news(&self, since: u64) -> News {
		match self.is_blind.get() {
			true => News::default(),
			false => self.bulletin.borrow().since(since),
		}
	}
}
