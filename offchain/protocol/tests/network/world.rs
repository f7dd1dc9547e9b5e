//! The virtual network: its nodes, its clock, its links, its chain.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	IntermediaryId, Payload, Progress, ResultValue, SignedStatement, Statement, WindowIndex,
};
use syngraph_protocol::{
	conflict, Bundle, Computed, Conflict, Exhibit, Input, Output, Proof, Roster, Session,
};

/// How many ticks of the clock lie between two blocks.
const BLOCK_TICKS: u64 = 10;

/// A small generator of pseudo-random numbers (xorshift64*), so that a run repeats by its seed.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
	pub fn new(seed: u64) -> Self {
		Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
	}

	pub fn below(&mut self, bound: u64) -> u64 {
		self.0 ^= self.0 >> 12;
		self.0 ^= self.0 << 25;
		self.0 ^= self.0 >> 27;
		(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
	}

	pub fn chance(&mut self, percent: u64) -> bool {
		self.below(100) < percent
	}
}

/// What the network does to bundles and nodes. All but `delay` in percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
	pub loss: u64,
	pub duplication: u64,
	/// The most ticks that a bundle travels. A bundle may overtake an earlier one.
	pub delay: u64,
	/// The chance, each time a node has saved its state, that it dies before it acts on it.
	pub crash: u64,
	/// The chance that a block is retracted, and with it what was settled in it.
	pub retract: u64,
}

pub fn genesis() -> H256 {
	H256::repeat_byte(0xee)
}

pub fn agreement() -> H256 {
	H256::repeat_byte(0xaa)
}

/// What `f` gives for a window: null for some.
pub fn expected(window: WindowIndex) -> Option<ResultValue> {
	(window % 5 != 3).then_some(window as ResultValue * 10)
}

pub fn root(window: WindowIndex) -> H256 {
	BlakeTwo256::hash_of(&("root", window))
}

pub fn digest(window: WindowIndex) -> H256 {
	BlakeTwo256::hash_of(&("digest", window))
}

pub struct Node {
	pub pair: sr25519::Pair,
	pub id: IntermediaryId,
	pub session: Session,
	saved: Vec<u8>,
	/// How many windows' messages have come.
	pub data: WindowIndex,
	/// Every statement ever sent, to see that none contradicts another.
	said: BTreeMap<(WindowIndex, bool), Statement>,
}

/// What happened to the chain.
#[derive(Default)]
pub struct Chain {
	pub number: u64,
	pub progress: Progress,
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	pub frozen: BTreeMap<WindowIndex, Conflict>,
	pool: Vec<(WindowIndex, Proof)>,
	reports: Vec<(SignedStatement, SignedStatement)>,
	pub wasted: u64,
}

pub struct World {
	pub nodes: Vec<Node>,
	pub chain: Chain,
	pub weather: Weather,
	pub random: Random,
	tick: u64,
	links: BTreeMap<(u64, u64), (usize, Bundle)>,
	sent: u64,
	/// The last bundle of each node, as gossip keeps it for those who come later.
	kept: BTreeMap<usize, Bundle>,
}

impl World {
	pub fn new(count: usize, seed: u64, weather: Weather) -> Self {
		let members: Vec<_> = (0..count as u64).map(|i| i + 100).collect();
		let nodes = members
			.iter()
			.enumerate()
			.map(|(me, id)| {
				let roster = Roster {
					agreement: agreement(),
					members: members.clone(),
					me: me as u32,
				};
				let session = Session::new(roster);
				Node {
					pair: sr25519::Pair::from_seed(&[me as u8 + 1; 32]),
					id: *id,
					saved: session.encode(),
					session,
					data: 0,
					said: BTreeMap::new(),
				}
			})
			.collect();
		Self {
			nodes,
			chain: Chain::default(),
			weather,
			random: Random::new(seed),
			tick: 0,
			links: BTreeMap::new(),
			sent: 0,
			kept: BTreeMap::new(),
		}
	}

	/// Lets everything happen for some blocks.
	pub fn run(&mut self, blocks: u64) {
		for _ in 0..blocks * BLOCK_TICKS {
			self.tick += 1;
			if self.tick.is_multiple_of(BLOCK_TICKS) {
				self.make_block();
			}
			let due: Vec<_> = self
				.links
				.range(..(self.tick + 1, 0))
				.map(|(at, _)| *at)
				.collect();
			for at in due {
				let (to, bundle) = self.links.remove(&at).unwrap();
				self.step(to, Input::Received(bundle));
			}
			for node in 0..self.nodes.len() {
				self.compute(node, expected);
			}
		}
	}

	/// Gives a node the windows it can compute, with what `f` makes of them there.
	pub fn compute(&mut self, node: usize, f: impl Fn(WindowIndex) -> Option<ResultValue>) {
		while let Some(window) = self.nodes[node].session.wanted() {
			if window >= self.nodes[node].data {
				break;
			}
			let secret = BlakeTwo256::hash_of(&(node as u64, window, self.random.below(1 << 30)));
			self.step(
				node,
				Input::Computed(Computed {
					window,
					result: f(window),
					root: root(window),
					digest: digest(window),
					secret: secret.0,
				}),
			);
		}
	}

	/// One step of one node: in, save, act — or die between the two.
	pub fn step(&mut self, node: usize, input: Input) -> Vec<Output> {
		let outputs = self.nodes[node].session.step(input);
		self.nodes[node].saved = self.nodes[node].session.encode();
		if self.random.chance(self.weather.crash) {
			let saved = self.nodes[node].saved.clone();
			self.nodes[node].session = Session::decode(&mut &saved[..]).unwrap();
			return Vec::new();
		}
		for output in &outputs {
			match output {
				Output::Publish => {
					let bundle = self.nodes[node].bundle();
					self.send(node, bundle);
				},
				Output::Settle(window) => {
					let pair = self.nodes[node].pair.clone();
					let proof = self.nodes[node].session.proof(*window, |settlement| {
						Some(pair.sign(&settlement.signing_bytes(&genesis())))
					});
					self.chain
						.pool
						.push((*window, proof.expect("it said it can settle")));
				},
				Output::Report(exhibits) => {
					let pair = self.nodes[node].pair.clone();
					let signed = |exhibit: &Exhibit| match exhibit {
						Exhibit::Peer(statement) => statement.clone(),
						Exhibit::Own(statement) => sign_statement(&pair, statement.clone()),
					};
					self.chain
						.reports
						.push((signed(&exhibits.0), signed(&exhibits.1)));
				},
				Output::Rejected(..) => (),
			}
		}
		outputs
	}

	/// Sends a bundle from one node to all others, as far as the weather allows.
	pub fn send(&mut self, from: usize, bundle: Bundle) {
		self.kept.insert(from, bundle.clone());
		for to in (0..self.nodes.len()).filter(|to| *to != from) {
			let copies = 1 + u64::from(self.random.chance(self.weather.duplication));
			for _ in 0..copies {
				if !self.random.chance(self.weather.loss) {
					let at = self.tick + 1 + self.random.below(self.weather.delay + 1);
					self.sent += 1;
					self.links.insert((at, self.sent), (to, bundle.clone()));
				}
			}
		}
	}

	/// Takes a node's state away. It comes back and reads what gossip kept, its own words included.
	pub fn lose_state(&mut self, node: usize) {
		self.nodes[node].session = Session::new(self.nodes[node].session.roster().clone());
		for bundle in self.kept.values().cloned().collect::<Vec<_>>() {
			self.step(node, Input::Received(bundle));
		}
	}

	fn make_block(&mut self) {
		self.chain.number += 1;
		let before = (self.chain.progress.clone(), self.chain.settled.clone());
		let keys: Vec<_> = self
			.nodes
			.iter()
			.map(|node| (node.id, node.pair.public()))
			.collect();
		for (window, proof) in std::mem::take(&mut self.chain.pool) {
			let verified = proof.verify(&genesis(), &agreement(), window, &keys);
			assert_eq!(
				verified,
				Ok(()),
				"a node submitted a proof that does not hold"
			);
			if self.chain.progress.is_decided(window) {
				self.chain.wasted += 1;
				continue;
			}
			self.chain.progress.decide(window).unwrap();
			assert!(
				self.chain.settled.insert(window, proof.result).is_none(),
				"settled twice"
			);
		}
		for (left, right) in std::mem::take(&mut self.chain.reports) {
			self.freeze(left, right);
		}
		if self.random.chance(self.weather.retract) {
			(self.chain.progress, self.chain.settled) = before;
		}
		let (number, progress) = (self.chain.number, self.chain.progress.clone());
		for node in 0..self.nodes.len() {
			self.step(
				node,
				Input::Block {
					number,
					progress: progress.clone(),
				},
			);
		}
	}

	fn freeze(&mut self, left: SignedStatement, right: SignedStatement) {
		for signed in [&left, &right] {
			let author = signed.statement.intermediary();
			let author = self.nodes.iter().find(|node| node.id == author).unwrap();
			assert!(
				signed.verify(&genesis(), &author.pair.public()),
				"evidence must be signed"
			);
		}
		let found = conflict(&left.statement, &right.statement).expect("evidence must contradict");
		let window = left.statement.window();
		if !self.chain.progress.is_decided(window) {
			self.chain.progress.decide(window).unwrap();
			self.chain.frozen.insert(window, found);
		}
	}

	/// The windows that were computed and are not settled although they should be.
	pub fn missing(&self) -> BTreeSet<WindowIndex> {
		let data = self.nodes.iter().map(|node| node.data).min().unwrap();
		(0..data)
			.filter(|window| expected(*window).is_some())
			.filter(|window| !self.chain.settled.contains_key(window))
			.collect()
	}
}

impl Node {
	/// What the node says now, signed. Fails if it contradicts what it said before.
	pub fn bundle(&mut self) -> Bundle {
		let (below, said) = self.session.says();
		let pair = self.pair.clone();
		let utterances: Vec<_> = said
			.into_iter()
			.map(|unsigned| {
				unsigned
					.sign(&genesis(), &|bytes| Some(pair.sign(bytes)))
					.unwrap()
			})
			.collect();
		for utterance in &utterances {
			assert!(utterance.verify(&genesis(), &pair.public()));
			let reveal = utterance
				.reveal
				.as_ref()
				.map(|revealed| &revealed.statement);
			for signed in [Some(&utterance.commit), reveal].into_iter().flatten() {
				let statement = &signed.statement;
				let sort = matches!(statement, Statement::Reveal(_));
				let before = self
					.said
					.insert((statement.window(), sort), statement.clone());
				assert!(
					before.is_none_or(|before| before == *statement),
					"said two things"
				);
			}
		}
		Bundle {
			agreement: agreement(),
			intermediary: self.id,
			below,
			utterances,
		}
	}
}

/// Signs a statement.
pub fn sign_statement(pair: &sr25519::Pair, statement: Statement) -> SignedStatement {
	let signature = pair.sign(&statement.signing_bytes(&genesis()));
	SignedStatement {
		statement,
		signature,
	}
}
