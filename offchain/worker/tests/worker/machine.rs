//! A chain and the machines of its intermediaries.

use std::{
	cell::{Cell, RefCell},
	rc::Rc,
};

use codec::Encode;
use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, BlockNumber, GenesisHash, IntermediaryId, Message, Payload, ResultValue, Schema,
	Secret, SensorId, SensorKeys, SignedMessage, Utterance, Value, VariableType, WindowIndex,
};
use syngraph_protocol::{Ask, Bundle, Publication, SignedBundle};
use syngraph_test_kit::{
	bounded,
	people::{ed25519_key, signed_message, sr25519_key},
	Memory,
};
use syngraph_worker::{
	run_within,
	store::LocalStore,
	tower,
	traces::{AppendError, Rules, Traces},
	Arrival, Bulletin, Channel, Host, News, BOOT_KEY, VOLATILE, VOLATILE_KEY,
};

use crate::{
	eyes::Eyes,
	world::{Gossip, World, ANSWER},
};

pub const SENSOR: SensorId = 7;

pub fn genesis() -> GenesisHash {
	H256::repeat_byte(0xee)
}

pub fn agreement() -> AgreementId {
	H256::repeat_byte(0xaa)
}

pub fn schema() -> Schema {
	syngraph_test_kit::schema("meter", &[("load", VariableType::Integer)])
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

/// What the sensor sends as number `sequence`.
pub fn message(sequence: u64) -> SignedMessage {
	signed_by(9, sequence)
}

/// The same, signed with the key of another seed.
pub fn signed_by(seed: u8, sequence: u64) -> SignedMessage {
	let message = Message {
		sensor: SENSOR,
		kind: schema().kind,
		sequence,
		timestamp: 1_000 * sequence,
		values: bounded(vec![Value::Integer(load(sequence))]),
	};
	signed_message(&ed25519_key(seed), &genesis(), message)
}

/// A message whose time is `later` by so many milliseconds, signed with the key of a seed.
pub fn another(seed: u8, sequence: u64, later: u64) -> SignedMessage {
	let mut other = message(sequence).message;
	other.timestamp += later;
	signed_message(&ed25519_key(seed), &genesis(), other)
}

/// The machine of one intermediary. Its store outlives it.
pub struct Machine {
	pub chain: Eyes,
	pub pair: sr25519::Pair,
	pub store: Memory,
	/// What of the store is safely on disk.
	disk: Memory,
	/// What is in memory only, and gone when the machine is started again.
	pub memory: Memory,
	/// Whether a run that dies leaves the machine as it is, so that what is in memory stays.
	pub survives: Cell<bool>,
	/// Whether the disk has failed.
	pub is_broken: Cell<bool>,
	/// Whether what is not on disk is gone when the machine dies.
	pub forgets: Cell<bool>,
	/// After how many more writes or publications the machine dies.
	pub fuse: Cell<Option<u32>>,
	pub deaths: Cell<u32>,
	/// How often it found that another run had changed the state.
	pub outrun: Cell<u32>,
	/// How often it read a message.
	pub reads: Cell<usize>,
	/// How often it read the state of an agreement.
	pub states_read: Cell<usize>,
	/// For how many bytes of states its runs have room.
	pub room: Cell<usize>,
	secrets: Cell<u64>,
	starts: Cell<u64>,
	/// What came in, as its node notes it.
	bulletin: RefCell<Bulletin>,
	/// What it has seen of gossip, and has published itself.
	seen: RefCell<Gossip>,
}

impl Machine {
	/// Notes what is new in gossip.
	fn look_at_gossip(&self) {
		let world = self.chain.world.borrow();
		let visible = match world.is_cut_off(&self.pair.public()) {
			true => Gossip::new(),
			false => world.gossip.clone(),
		};
		let mut seen = self.seen.borrow_mut();
		for (slot, data) in &visible {
			if seen.get(slot) != Some(data) {
				let (author, _) = *slot;
				self.bulletin.borrow_mut().note(Arrival::Publication {
					agreement: agreement(),
					author,
					is_own: false,
				});
			}
		}
		*seen = visible;
	}
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

	/// Runs watchtower and worker once, unless the machine dies in the middle: then it is started again. What was
	/// written long before a run is on disk. One whose disk has failed neither publishes nor submits anything.
	pub fn run(&self) {
		self.sync();
		let before = self.is_broken.get().then(|| self.said());
		let chain = self.chain.clone();
		let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
			tower::run(&chain, self);
			run_within(&chain, self, self.room.get());
		}));
		if let Some(before) = before {
			assert!(before == self.said(), "it speaks, and its disk has failed");
		}
		if ran.is_err() && !self.survives.get() {
			if self.forgets.get() {
				self.store.0.replace(self.disk.0.borrow().clone());
			}
			self.start();
		}
	}

	/// All that anybody has published or submitted so far and is still there.
	fn said(&self) -> (Vec<Vec<u8>>, usize) {
		let world = self.chain.world.borrow();
		(world.gossip.values().cloned().collect(), world.pool.len())
	}

	/// Starts it, as a node does that keeps in memory only what has to be.
	pub fn start(&self) {
		self.starts.set(self.starts.get() + 1);
		let boot = self.starts.get().to_le_bytes();
		self.store.set(BOOT_KEY, &boot);
		self.memory.0.borrow_mut().clear();
		self.memory.set(VOLATILE_KEY, &boot);
	}

	/// Another machine that is all that this one is, in memory too, but draws other randomness from now on.
	pub fn duplicate(&self) -> Self {
		Self {
			chain: self.chain.clone(),
			pair: self.pair.clone(),
			store: self.store.clone(),
			disk: self.disk.clone(),
			memory: self.memory.clone(),
			survives: Cell::new(false),
			is_broken: Cell::new(false),
			forgets: Cell::new(false),
			fuse: Cell::new(None),
			deaths: Cell::new(0),
			outrun: Cell::new(0),
			reads: Cell::new(0),
			states_read: Cell::new(0),
			room: self.room.clone(),
			secrets: Cell::new(u64::MAX / 2),
			starts: self.starts.clone(),
			bulletin: self.bulletin.clone(),
			seen: self.seen.clone(),
		}
	}

	/// Where a key is kept.
	fn place(&self, key: &[u8]) -> &Memory {
		match key.starts_with(VOLATILE) {
			true => &self.memory,
			false => &self.store,
		}
	}

	/// Appends a message to its trace, if it comes next.
	pub fn append(&self, signed: &SignedMessage) -> Result<(), AppendError> {
		let (keys, schema) = (self.keys(), schema());
		let rules = Rules::new(&keys, &schema);
		Traces::new(self).append(signed, 0, rules)
	}

	/// The sensor's keys, as the chain knows them.
	fn keys(&self) -> SensorKeys<BlockNumber> {
		self.chain.world.borrow().sources.keys[0].clone()
	}

	/// Hands it all messages up to number `end`, as its RPC would.
	pub fn receive(&self, end: u64) {
		let fuse = self.fuse.take();
		let traces = Traces::new(self);
		for sequence in traces.head(SENSOR).unwrap_or(0)..end {
			// Of those that count as never sent, none is taken.
			let _ = self.append(&message(sequence));
		}
		self.fuse.set(fuse);
	}

	/// Hands it a message, as its RPC would: it is taken if it comes next, or if the one with its number is
	/// signed with a key that was replaced since.
	pub fn receive_one(&self, signed: &SignedMessage) {
		let traces = Traces::new(self);
		let first = traces.needed(SENSOR).unwrap_or(0);
		let (keys, schema) = (self.keys(), schema());
		let mut appender = traces.appender(SENSOR, first, Rules::new(&keys, &schema));
		let _ = appender.append(signed);
		appender.commit();
	}

	/// Puts a bundle into gossip, whatever its worker would say.
	pub fn say(&self, intermediary: IntermediaryId, utterances: Vec<Utterance>, asks: Vec<Ask>) {
		let mut world = self.chain.world.borrow_mut();
		let bundle = Bundle {
			agreement: agreement(),
			intermediary,
			roster: world.roster.number,
			ready: 0,
			utterances,
			asks,
		};
		let signature = self.pair.sign(&bundle.signing_bytes(&genesis()));
		let publication = Publication::Bundle(SignedBundle { bundle, signature });
		let channel = (self.pair.public().0, Channel::Bundles);
		world.gossip.insert(channel, publication.encode());
	}

	/// Takes in what its worker handed over, as its node would.
	pub fn take_repairs(&self) {
		let fuse = self.fuse.take();
		let traces = Traces::new(self);
		if let Some(messages) = traces.handed_over() {
			for signed in &messages {
				let keys = self.chain.world.borrow().sources.keys[0].clone();
				let key = keys.key(signed.message.sequence).unwrap();
				assert!(signed.verify(&genesis(), key), "only what was verified");
				self.receive_one(signed);
			}
			traces.take_over(&messages);
		}
		self.fuse.set(fuse);
	}
}

impl LocalStore for Machine {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		let is_message = key.starts_with(b"syngraph/message/");
		self.reads.set(self.reads.get() + usize::from(is_message));
		let is_state = key.starts_with(b"syngraph/session/");
		self.states_read
			.set(self.states_read.get() + usize::from(is_state));
		let shown = || self.chain.world.borrow().shown.get(key).cloned();
		self.place(key).get(key).or_else(shown)
	}
	fn set(&self, key: &[u8], value: &[u8]) {
		self.burn();
		self.place(key).set(key, value);
		if let Some(arrival) = Arrival::written(key) {
			self.bulletin.borrow_mut().note(arrival);
		}
	}
	fn remove(&self, key: &[u8]) {
		self.burn();
		self.place(key).remove(key);
	}
	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		self.burn();
		let matches = self.place(key).replace(key, old, new);
		if !matches {
			self.outrun.set(self.outrun.get() + 1);
		}
		matches
	}
}

impl Host for Machine {
	/// A keystore that has the key both in memory and on disk names it twice.
	fn keys(&self) -> Vec<sr25519::Public> {
		vec![self.pair.public(); 2]
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
		self.chain.world.borrow().clock
	}
	fn sleep_until(&self, time: u64) {
		self.chain.world.borrow_mut().clock = time;
	}
	fn sync(&self) -> bool {
		self.disk.0.replace(self.store.0.borrow().clone());
		!self.is_broken.get()
	}

	fn publish(
		&self,
		_: &AgreementId,
		channel: Channel,
		author: &sr25519::Public,
		data: Vec<u8>,
	) -> bool {
		self.burn();
		let mut world = self.chain.world.borrow_mut();
		world.check_consistent(&data);
		let withheld = world.withheld && channel == Channel::Repairs;
		if !world.is_cut_off(author) && !withheld {
			let slot = (author.0, channel);
			self.seen.borrow_mut().insert(slot, data.clone());
			world.gossip.insert(slot, data);
		}
		true
	}
	fn published(&self, _: &AgreementId, author: &sr25519::Public) -> Vec<Vec<u8>> {
		let world = self.chain.world.borrow();
		let all = world.gossip.iter();
		let own = all.filter(|((by, _), _)| *by == author.0);
		match world.is_cut_off(&self.pair.public()) {
			true => Vec::new(),
			false => own.map(|(_, data)| data.clone()).collect(),
		}
	}
	fn news(&self, since: u64) -> News {
		if self.chain.is_blind {
			return News::default();
		}
		self.look_at_gossip();
		self.bulletin.borrow().since(since)
	}
}

/// The machines of a world with so many intermediaries, and that world.
pub fn machines(count: u8) -> (Rc<RefCell<World>>, Vec<Machine>) {
	let keys: Vec<_> = (1..=count).map(sr25519_key).collect();
	let world = Rc::new(RefCell::new(World::new(keys.clone())));
	let machines = keys
		.into_iter()
		.map(|pair| Machine {
			chain: Eyes {
				world: world.clone(),
				wrong: false,
				is_blind: false,
				seen: Rc::default(),
			},
			pair,
			store: Default::default(),
			disk: Default::default(),
			memory: Default::default(),
			survives: Cell::new(false),
			is_broken: Cell::new(false),
			forgets: Cell::new(false),
			fuse: Cell::new(None),
			deaths: Cell::new(0),
			outrun: Cell::new(0),
			reads: Cell::new(0),
			states_read: Cell::new(0),
			room: Cell::new(usize::MAX),
			secrets: Cell::new(0),
			starts: Cell::new(0),
			bulletin: RefCell::default(),
			seen: RefCell::default(),
		})
		.collect();
	(world, machines)
}

/// Makes blocks, and lets every machine run once in each.
pub fn advance(world: &Rc<RefCell<World>>, machines: &[Machine], blocks: u64) {
	for _ in 0..blocks {
		world.borrow_mut().make_block();
		let clock = world.borrow().clock;
		for machine in machines {
			world.borrow_mut().clock = clock;
			machine.run();
			machine.take_repairs();
		}
	}
}

/// Makes blocks until something has come about, or it should long have.
pub fn advance_until(
	world: &Rc<RefCell<World>>,
	machines: &[Machine],
	there: impl Fn(&World) -> bool,
) {
	let mut left = 15 * u64::from(ANSWER);
	while left > 0 && !there(&world.borrow()) {
		advance(world, machines, 1);
		left -= 1;
	}
}
