//! The virtual network: its nodes, its clock, its links.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	IntermediaryId, Payload, ResultValue, Roster, SignedStatement, SourceVersion, Statement,
	WindowIndex,
};
use syngraph_protocol::{Bundle, Computed, Input, Output, Session};
use syngraph_test_kit::people::{signed_statement, sr25519_key};

use crate::{
	chain::{first, Chain, Transaction, FIRST},
	node::Node,
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
	/// The chance that a block is retracted, and with it what was decided in it.
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
	expected_at(window, first())
}

/// What `f` gives for a version of a window: null for some. What is null under one may not be so under the
/// next.
pub fn expected_at(window: WindowIndex, version: SourceVersion) -> Option<ResultValue> {
	let moved = u64::from(version.changes - FIRST);
	((window + moved) % 5 != 3).then_some(i128::from(window * 10 + moved))
}

pub fn root(window: WindowIndex) -> H256 {
	root_at(window, first())
}

pub fn root_at(window: WindowIndex, version: SourceVersion) -> H256 {
	BlakeTwo256::hash_of(&("root", window, version))
}

pub fn digest(window: WindowIndex) -> H256 {
	digest_at(window, first())
}

pub fn digest_at(window: WindowIndex, version: SourceVersion) -> H256 {
	BlakeTwo256::hash_of(&("digest", window, version))
}

/// The nodes, their chain, and the network between them.
pub struct World {
	/// The members, then the spares.
	pub nodes: Vec<Node>,
	pub chain: Chain,
	pub weather: Weather,
	pub random: Random,
	/// Nodes that hear of no others, and of which no others hear, but for those of this set.
	pub apart: BTreeSet<usize>,
	/// What nodes declare themselves done with in place of what they have.
	pub claims: BTreeMap<usize, WindowIndex>,
	/// Whether slow nodes have their turns at random.
	pub irregular: bool,
	/// Whether the pool takes it when nodes have windows passed over.
	pub passes: bool,
	tick: u64,
	links: BTreeMap<(u64, u64), (usize, Bundle)>,
	sent: u64,
	/// The last bundle of each node, as gossip keeps it for those who come later.
	kept: BTreeMap<usize, Bundle>,
	pool: Vec<Transaction>,
}

impl World {
	pub fn new(count: usize, seed: u64, weather: Weather) -> Self {
		Self::with_spares(count, 0, seed, weather)
	}

	/// A world of so many members and spares.
	pub fn with_spares(count: usize, spares: usize, seed: u64, weather: Weather) -> Self {
		let ids: Vec<IntermediaryId> = (0..(count + spares) as u64).map(|i| i + 100).collect();
		let mut chain = Chain {
			roster: Roster {
				members: ids[..count].to_vec().try_into().unwrap(),
				..Default::default()
			},
			spares: ids[count..].to_vec(),
			..Default::default()
		};
		let nodes: Vec<_> = ids
			.iter()
			.enumerate()
			.map(|(index, id)| {
				let pair = sr25519_key(index as u8 + 1);
				chain.keys.insert(*id, pair.public());
				Node::new(*id, pair, &chain)
			})
			.collect();
		Self {
			nodes,
			chain,
			weather,
			random: Random::new(seed),
			apart: BTreeSet::new(),
			claims: BTreeMap::new(),
			irregular: false,
			passes: true,
			tick: 0,
			links: BTreeMap::new(),
			sent: 0,
			kept: BTreeMap::new(),
			pool: Vec::new(),
		}
	}

	/// Gives all nodes the messages of the first windows.
	pub fn provide(&mut self, windows: WindowIndex) {
		self.nodes.iter_mut().for_each(|node| node.data = windows);
	}

	/// Lets everything happen for some blocks.
	pub fn run(&mut self, blocks: u32) {
		self.run_ticks(u64::from(blocks) * BLOCK_TICKS);
	}

	/// Lets everything happen for some ticks of the clock.
	pub fn run_ticks(&mut self, ticks: u64) {
		for _ in 0..ticks {
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
				self.step(to, Input::Received(&bundle));
			}
			for node in 0..self.nodes.len() {
				if self.nodes[node].pace == 1 {
					self.compute(node, expected_at);
				}
			}
		}
	}

	/// Gives a node the windows it can compute, with what `f` makes of them there.
	pub fn compute(
		&mut self,
		node: usize,
		f: impl Fn(WindowIndex, SourceVersion) -> Option<ResultValue>,
	) {
		for _ in 0..self.nodes[node].share {
			let dropped = self.nodes[node].dropped;
			let mut wanted = self.nodes[node].session.wanted();
			let disputed = self.nodes[node].session.disputed();
			if wanted.any(|window| window < dropped && Some(window) != disputed) {
				self.step(node, Input::Gone(dropped));
			}
			let here = |window: &WindowIndex| {
				let (own, shown) = (&self.nodes[node], &self.chain.shown);
				(own.dropped..own.data).contains(window) || shown.contains(window)
			};
			let mut wanted = self.nodes[node].session.wanted();
			let Some(window) = wanted.find(here).filter(|_| !self.nodes[node].dead) else {
				break;
			};
			let version = self.nodes[node].sources.version(window).unwrap();
			let secret = BlakeTwo256::hash_of(&(node as u64, window, self.random.below(1 << 30)));
			self.step(
				node,
				Input::Computed(Computed {
					window,
					result: f(window, version),
					root: root_at(window, version),
					digest: digest_at(window, version),
					version,
					secret: secret.0,
				}),
			);
		}
	}

	/// One step of one node: in, save, act — or die between the two.
	pub fn step(&mut self, node: usize, input: Input<'_>) -> Vec<Output> {
		if self.nodes[node].dead {
			return Vec::new();
		}
		let outputs = self.nodes[node].session.step(input);
		let saved = self.nodes[node].session.encode();
		self.nodes[node].states.push(saved);
		if self.random.chance(self.weather.crash) {
			let saved = self.nodes[node].session.encode();
			self.nodes[node].session = Session::decode(&mut &saved[..]).unwrap();
			return Vec::new();
		}
		for output in &outputs {
			if *output == Output::Publish {
				let bundle = self.nodes[node].bundle();
				self.send(node, bundle);
			}
			let transaction = self.nodes[node].submits(output);
			let transaction =
				transaction.filter(|sent| self.passes || !matches!(sent, Transaction::Pass(_)));
			self.pool.extend(transaction);
		}
		outputs
	}

	/// Sends a bundle from one node to all others, as far as the weather allows.
	pub fn send(&mut self, from: usize, mut bundle: Bundle) {
		if let Some(below) = self.claims.get(&from) {
			let done = &mut bundle.done;
			done.done.below = *below;
			let pair = &self.nodes[from].pair;
			done.signature = pair.sign(&done.done.signing_bytes(&genesis()));
		}
		self.kept.insert(from, bundle.clone());
		for to in (0..self.nodes.len()).filter(|to| *to != from) {
			if !self.reaches(from, to) || self.nodes[to].pace > 1 {
				continue;
			}
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

	/// Loses what nodes submitted since the last block.
	pub fn lose_pool(&mut self) {
		self.pool.clear();
	}

	/// Whether one node hears of another.
	fn reaches(&self, from: usize, to: usize) -> bool {
		self.apart.contains(&from) == self.apart.contains(&to)
	}

	/// Lets gossip forget what a node published.
	pub fn forget_gossip_of(&mut self, node: usize) {
		self.kept.remove(&node);
	}

	/// Lets gossip forget what was published.
	pub fn forget_gossip(&mut self) {
		self.kept.clear();
		self.links.clear();
	}

	/// Takes a node's state away. It comes back and reads what gossip kept, its own words included.
	pub fn lose_state(&mut self, node: usize) {
		self.nodes[node].session = Session::new(self.nodes[node].session.seat());
		self.catch_up(node);
	}

	/// Brings a node back with a state that it saved earlier, if any: of all that it saved, one chosen by chance.
	pub fn restore(&mut self, node: usize) {
		let states = &self.nodes[node].states;
		if states.is_empty() {
			return;
		}
		let saved = states[self.random.below(states.len() as u64) as usize].clone();
		self.return_to(node, Session::decode(&mut &saved[..]).unwrap());
	}

	/// Brings a node back with a state that it had.
	pub fn return_to(&mut self, node: usize, session: Session) {
		self.nodes[node].session = session;
		self.nodes[node].session.start(Some(self.tick.encode()));
		self.catch_up(node);
	}

	/// Lets a node read what gossip kept.
	fn catch_up(&mut self, node: usize) {
		for bundle in self.kept.values().cloned().collect::<Vec<_>>() {
			self.step(node, Input::Received(&bundle));
		}
	}

	fn make_block(&mut self) {
		let before = self.chain.clone();
		self.chain.number += 1;
		for transaction in std::mem::take(&mut self.pool) {
			self.chain.apply(transaction);
		}
		if self.random.chance(self.weather.retract) {
			self.chain = Chain {
				number: self.chain.number,
				wasted: self.chain.wasted,
				..before
			};
		}
		for node in 0..self.nodes.len() {
			if self.chain.number < self.nodes[node].turn {
				continue;
			}
			let pace = self.nodes[node].pace;
			let wait = match self.irregular {
				true => self.random.below(pace.into()) as u32 + 1,
				false => pace,
			};
			self.nodes[node].turn = self.chain.number + wait;
			self.take_turn(node);
		}
	}

	/// Lets a node do what it does in each block that it sees.
	fn take_turn(&mut self, node: usize) {
		let standing = self.chain.standing();
		self.nodes[node].sources = standing.sources.clone();
		self.step(node, Input::Block(self.chain.number, &standing));
		let own = &mut self.nodes[node];
		own.dropped = own
			.dropped
			.max(own.session.needs().unwrap_or(0))
			.min(own.data);
		let disputed = own.session.disputed();
		let shown = |window: &WindowIndex| self.chain.shown.contains(window);
		let here = own.dropped..own.data;
		let missing = disputed.filter(|window| !here.contains(window) && !shown(window));
		if let Some(window) = missing {
			self.step(node, Input::Lacking(window));
		}
		if self.nodes[node].pace > 1 {
			self.compute(node, expected_at);
			let heard = self
				.kept
				.iter()
				.filter(|(from, _)| self.reaches(**from, node));
			let heard: Vec<_> = heard.map(|(_, bundle)| bundle.clone()).collect();
			for bundle in heard {
				self.step(node, Input::Received(&bundle));
			}
		} else if let Some(own) = self.kept.get(&node).cloned() {
			self.step(node, Input::Received(&own));
		}
		self.step(node, Input::CaughtUp);
	}

	/// The windows that were computed and are not settled although they should be.
	pub fn missing(&self) -> BTreeSet<WindowIndex> {
		let data = self.nodes.iter().map(|node| node.data).min().unwrap();
		(0..data)
			.filter(|window| !self.chain.settled.contains_key(window))
			.filter(|window| self.chain.version(*window).is_some() && !self.is_null(*window))
			.collect()
	}

	/// Whether a window gives null, as far as its sources are known now.
	pub fn is_null(&self, window: WindowIndex) -> bool {
		let version = self.chain.version(window);
		version.is_some_and(|version| expected_at(window, version).is_none())
	}

	/// Whether nothing is to settle of a window, as far as its sources are known now.
	pub fn is_over(&self, window: WindowIndex) -> bool {
		self.chain.version(window).is_none() || self.is_null(window)
	}

	/// Whether every result that has settled is the one that its window gives, by the version that it
	/// settled under.
	pub fn is_right(&self) -> bool {
		let mut settled = self.chain.settled.iter();
		settled.all(|(window, (version, result))| expected_at(*window, *version) == Some(*result))
	}
}

/// Signs a statement.
pub fn sign_statement(pair: &sr25519::Pair, statement: Statement) -> SignedStatement {
	signed_statement(pair, &genesis(), statement)
}
