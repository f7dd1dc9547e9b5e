//! The virtual network: its nodes, its clock, its links.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	BlockNumber, Commitment, Contribution, Fate, IntermediaryId, Payload, Roster, SignedCommitment,
	WindowIndex,
};
use syngraph_protocol::{Ask, Bundle, Computed, Input, Output, Plan, Session, KEEP};
use syngraph_test_kit::people::sr25519_key;

use crate::{
	chain::{Chain, Transaction, MESSAGES, SENSOR},
	node::Node,
	purse::Purse,
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

/// Nothing is lost, and all comes soon.
pub const FAIR: Weather = Weather {
	loss: 0,
	duplication: 0,
	delay: 2,
	crash: 0,
	retract: 0,
};

pub fn genesis() -> H256 {
	H256::repeat_byte(0xee)
}

pub fn agreement() -> H256 {
	H256::repeat_byte(0xaa)
}

/// What travels from one node to another.
#[derive(Clone)]
enum Parcel {
	/// From one node.
	Bundle(usize, Bundle),
	/// The messages of all windows below this one.
	Repair(WindowIndex),
}

/// The nodes, their chain, and the network between them.
pub struct World {
	/// The members, then the spares, then the second faces of some of them.
	pub nodes: Vec<Node>,
	pub chain: Chain,
	pub weather: Weather,
	pub random: Random,
	/// Nodes that hear of no others, and of which no others hear, but for those of this set.
	pub apart: BTreeSet<usize>,
	/// Pairs of nodes the first of which the second does not hear.
	pub cut: BTreeSet<(usize, usize)>,
	/// Whether slow nodes have their turns at random.
	pub irregular: bool,
	/// The last final block, if that is not always the last one.
	pub final_block: Option<BlockNumber>,
	/// Whether nodes can be given an old state of theirs, for which every one is kept.
	pub restorable: bool,
	/// What liars make of what they have to say, before it is sent.
	pub twists: BTreeMap<usize, Twist>,
	tick: u64,
	links: BTreeMap<(u64, u64), (usize, Parcel)>,
	sent: u64,
	/// The last bundle of each node, as gossip keeps it for those who come later.
	kept: BTreeMap<usize, Bundle>,
	pool: Vec<Transaction>,
}

/// What a liar makes of what it says.
pub type Twist = Box<dyn Fn(&mut Bundle, &sr25519::Pair)>;

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
			cut: BTreeSet::new(),
			irregular: false,
			final_block: None,
			restorable: false,
			twists: BTreeMap::new(),
			tick: 0,
			links: BTreeMap::new(),
			sent: 0,
			kept: BTreeMap::new(),
			pool: Vec::new(),
		}
	}

	/// Gives a node a second face: another node with the same key, which says other things. The one is heard by some of
	/// the others, and the second by the rest. Returns the index of the second one.
	pub fn add_face(&mut self, node: usize, hears_second: &[usize]) -> usize {
		let (id, pair) = (self.nodes[node].id, self.nodes[node].pair.clone());
		let second = self.nodes.len();
		let mut face = Node::new(id, pair, &self.chain);
		face.data = self.nodes[node].data;
		(face.honest, self.nodes[node].honest) = (false, false);
		self.nodes.push(face);
		for other in (0..second).filter(|other| *other != node) {
			let unheard = match hears_second.contains(&other) {
				true => node,
				false => second,
			};
			self.cut.insert((unheard, other));
		}
		self.cut.extend([(node, second), (second, node)]);
		second
	}

	/// Gives all nodes the messages of the first windows.
	pub fn provide(&mut self, windows: WindowIndex) {
		self.nodes.iter_mut().for_each(|node| node.data = windows);
	}

	/// Lets everything happen for some blocks.
	pub fn run(&mut self, blocks: u32) {
		self.run_ticks(u64::from(blocks) * BLOCK_TICKS);
	}

	/// Lets everything happen until something is so, for some blocks at most. Tells whether it is.
	pub fn run_until(&mut self, blocks: u32, so: impl Fn(&Self) -> bool) -> bool {
		for _ in 0..u64::from(blocks) * BLOCK_TICKS {
			if so(self) {
				return true;
			}
			self.run_ticks(1);
		}
		so(self)
	}

	/// Lets everything happen until everything has settled. Fails if it has not after some blocks.
	pub fn settle_all(&mut self, blocks: u32) {
		for _ in 0..blocks {
			if self.missing().is_empty() {
				return self.assert_sound();
			}
			self.run(1);
		}
		self.assert_sound();
		let (missing, verdicts) = (self.missing(), &self.chain.verdicts);
		assert!(
			missing.is_empty(),
			"not settled: {missing:?} after {verdicts:?}"
		);
	}

	/// Lets everything happen for some ticks of the clock.
	pub fn run_ticks(&mut self, ticks: u64) {
		for _ in 0..ticks {
			self.tick += 1;
			if self.tick.is_multiple_of(BLOCK_TICKS) {
				self.make_block();
			}
			let due = self.links.range(..(self.tick + 1, 0));
			let due: Vec<_> = due.map(|(at, _)| *at).collect();
			for at in due {
				let (to, parcel) = self.links.remove(&at).unwrap();
				self.deliver(to, parcel);
			}
			for node in 0..self.nodes.len() {
				if self.nodes[node].pace == 1 {
					self.go_on(node);
				}
			}
		}
	}

	fn deliver(&mut self, to: usize, parcel: Parcel) {
		match parcel {
			Parcel::Bundle(from, bundle) => {
				self.help(to, &bundle);
				self.step(to, Input::Received(&bundle));
				self.nodes[to].bundles.insert(from, bundle);
			},
			Parcel::Repair(windows) => {
				let data = &mut self.nodes[to].data;
				*data = windows.max(*data);
			},
		}
	}

	/// Has a node give another the messages that it asks for.
	fn help(&mut self, helper: usize, bundle: &Bundle) {
		let own = &self.nodes[helper];
		if own.withholds || own.dead {
			return;
		}
		for ask in &bundle.asks {
			assert_eq!(ask.sensor, SENSOR);
			let first = ask.from / u64::from(MESSAGES);
			let end = ask.to / u64::from(MESSAGES);
			let end = end.min(own.data);
			let asker = (0..self.nodes.len()).find(|node| {
				let node = &self.nodes[*node];
				node.id == bundle.intermediary && node.data == first
			});
			let Some(asker) = asker.filter(|_| own.dropped <= first && first < end) else {
				continue;
			};
			self.post(asker, Parcel::Repair(end));
			return;
		}
	}

	/// Lets a node do what it can, and take in once more what it heard of others, as long as that leads to anything:
	/// what was said of a round before it was begun here counts only then.
	fn go_on(&mut self, node: usize) {
		for _ in 0..8 {
			self.work(node);
			let view = self.nodes[node].view();
			if self.nodes[node].dead || self.nodes[node].heard == Some(view.clone()) {
				break;
			}
			self.nodes[node].heard = Some(view);
			for bundle in self.nodes[node].bundles.clone().values() {
				self.step(node, Input::Received(bundle));
			}
		}
	}

	/// Gives a node the windows that it can compute, and lets it begin the attempts that it can begin.
	pub fn work(&mut self, node: usize) {
		for _ in 0..self.nodes[node].share {
			let Some(computed) = self.nodes[node].session.wanted().and_then(|window| {
				let own = &self.nodes[node];
				own.compute(window, &self.chain)
			}) else {
				break;
			};
			self.step(node, Input::Computed(computed));
		}
		// Each of the two rounds that can be open at a time may have to be tried again.
		for _ in 0..4 {
			let Some(plan) = self.nodes[node].session.plan() else {
				break;
			};
			if self.nodes[node].dead {
				break;
			}
			let secret =
				BlakeTwo256::hash_of(&(node as u64, self.tick, self.random.below(1 << 30)));
			let contribution = self.contribute(node, &plan);
			self.step(node, Input::Open(secret.0, contribution));
		}
		self.join(node);
	}

	/// Has all members sign jointly as far as they can.
	pub fn sign_jointly(&mut self) {
		for (seed, node) in (0..).zip(&mut self.nodes) {
			node.purse = Some(Purse::new(seed));
		}
	}

	/// What a node contributes in an attempt that begins.
	fn contribute(&mut self, node: usize, plan: &Plan) -> Option<Contribution> {
		let own = &mut self.nodes[node];
		let seat = own.session.seat();
		let contributes = own.session.contributes(plan);
		let purse = own.purse.as_mut().filter(|_| contributes)?;
		Some(purse.contribute(&seat, plan.span))
	}

	/// Has a node add its shares to joint signatures.
	fn join(&mut self, node: usize) {
		let own = &mut self.nodes[node];
		if own.session.take_estrangement() {
			own.purse.iter_mut().for_each(Purse::forget);
		}
		while !self.nodes[node].dead {
			let own = &mut self.nodes[node];
			let seat = own.session.seat();
			let Some(joining) = own.session.joining() else {
				break;
			};
			let purse = own.purse.as_mut();
			let share = purse.and_then(|purse| purse.sign(&seat, &joining));
			self.step(node, Input::Share(joining.span, share));
		}
	}

	fn finalized(&self) -> BlockNumber {
		self.final_block.unwrap_or(self.chain.number)
	}

	/// One step of one node: in, save, act — or die between the two.
	pub fn step(&mut self, node: usize, input: Input<'_>) -> Vec<Output> {
		if self.nodes[node].dead {
			return Vec::new();
		}
		let outputs = self.nodes[node].session.step(input);
		if self.restorable {
			let saved = self.nodes[node].session.encode();
			self.nodes[node].states.push(saved);
		}
		if self.random.chance(self.weather.crash) {
			let saved = self.nodes[node].session.encode();
			self.nodes[node].session = Session::decode(&mut &saved[..]).unwrap();
			self.nodes[node].purse.iter_mut().for_each(Purse::forget);
			return Vec::new();
		}
		for output in &outputs {
			if *output == Output::Publish {
				let bundle = self.nodes[node].bundle();
				self.send(node, bundle);
			}
			let transaction = self.nodes[node].submits(output);
			self.pool.extend(transaction);
		}
		outputs
	}

	/// Sends a bundle from one node to all others, as far as the weather allows.
	pub fn send(&mut self, from: usize, mut bundle: Bundle) {
		if let Some(twist) = self.twists.get(&from) {
			twist(&mut bundle, &self.nodes[from].pair);
		}
		assert!(bundle.is_sound() || !self.nodes[from].honest, "{bundle:?}");
		self.kept.insert(from, bundle.clone());
		for to in (0..self.nodes.len()).filter(|to| *to != from) {
			if !self.reaches(from, to) || self.nodes[to].pace > 1 {
				continue;
			}
			let copies = 1 + u64::from(self.random.chance(self.weather.duplication));
			for _ in 0..copies {
				self.post(to, Parcel::Bundle(from, bundle.clone()));
			}
		}
	}

	/// Sends something to one node, as far as the weather allows.
	fn post(&mut self, to: usize, parcel: Parcel) {
		if !self.random.chance(self.weather.loss) {
			let at = self.tick + 1 + self.random.below(self.weather.delay + 1);
			self.sent += 1;
			self.links.insert((at, self.sent), (to, parcel));
		}
	}

	/// Submits something to the chain.
	pub fn submit(&mut self, transaction: Transaction) {
		self.pool.push(transaction);
	}

	/// Loses what nodes submitted since the last block.
	pub fn lose_pool(&mut self) {
		self.pool.clear();
	}

	/// Whether one node hears of another.
	fn reaches(&self, from: usize, to: usize) -> bool {
		let apart = |node| self.apart.contains(node);
		apart(&from) == apart(&to) && !self.cut.contains(&(from, to))
	}

	/// Lets gossip forget what was published.
	pub fn forget_gossip(&mut self) {
		self.kept.clear();
		self.links.clear();
	}

	/// Takes a node's state away. It comes back and reads what gossip kept, its own words included.
	pub fn lose_state(&mut self, node: usize) {
		let session = Session::new(self.nodes[node].session.seat());
		self.return_to(node, session);
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
		self.nodes[node].purse.iter_mut().for_each(Purse::forget);
		// It computes nothing before it has seen a block.
		self.nodes[node].sources = None;
		self.nodes[node].bundles.clear();
		self.nodes[node]
			.session
			.start(self.chain.number + 1, false, &[]);
		self.catch_up(node);
	}

	/// Lets a node read what gossip kept.
	fn catch_up(&mut self, node: usize) {
		for (from, bundle) in self.kept.clone() {
			if from == node {
				self.step(node, Input::Received(&bundle));
			} else if self.reaches(from, node) {
				self.deliver(node, Parcel::Bundle(from, bundle));
			}
		}
	}

	fn make_block(&mut self) {
		let before = self.chain.clone();
		self.chain.begin();
		let pool = std::mem::take(&mut self.pool);
		let (included, kept): (Vec<_>, Vec<_>) = pool
			.into_iter()
			.partition(|transaction| self.chain.has_room_for(transaction));
		self.pool = kept;
		for transaction in included.clone() {
			self.chain.apply(transaction);
		}
		self.chain.end();
		if self.random.chance(self.weather.retract) {
			// What was submitted is in the pool again.
			self.pool.extend(included);
			self.chain = Chain {
				number: self.chain.number,
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
		let mut standing = self.chain.standing();
		if let Some(view) = &self.nodes[node].view {
			view(&mut standing);
		}
		self.nodes[node].docket = self.chain.docket.clone();
		self.nodes[node].sources = Some(self.chain.sources.clone());
		self.step(
			node,
			Input::Block(self.chain.number, self.finalized(), &standing),
		);
		self.nodes[node].drop_messages();
		let session = &self.nodes[node].session;
		if let Some((first, last)) = session.lacks() {
			let (first, end) = (first.max(self.nodes[node].data), last + 1);
			let asks = (first < end).then(|| Ask {
				sensor: SENSOR,
				from: first * u64::from(MESSAGES),
				to: end * u64::from(MESSAGES),
			});
			self.step(node, Input::Missing(asks.into_iter().collect()));
		}
		if self.nodes[node].pace > 1 {
			self.work(node);
			self.catch_up(node);
			self.go_on(node);
		} else if let Some(own) = self.kept.get(&node).cloned() {
			self.step(node, Input::Received(&own));
		}
		self.step(node, Input::CaughtUp);
	}

	/// The windows that were computed and are not settled although they should be: all honest members have the
	/// messages, they are valid, and the result is not null.
	pub fn missing(&self) -> BTreeSet<WindowIndex> {
		let honest = self.nodes.iter().filter(|node| node.honest);
		let data = honest.map(|node| node.data).min().unwrap();
		let due = |window: &WindowIndex| {
			self.chain.fate(*window) == Fate::Live && self.chain.expected(*window).is_some()
		};
		(self.chain.progress.base..data).filter(due).collect()
	}

	/// What holds whatever happened: what has settled is what windows give, and nobody but liars is at fault.
	pub fn assert_sound(&self) {
		self.chain.assert_right();
		let liars = self.nodes.iter().filter(|node| !node.honest);
		let liars: BTreeSet<_> = liars.map(|node| node.id).collect();
		for (round, verdict) in &self.chain.verdicts {
			let honest = verdict.faults.iter().find(|(id, _)| !liars.contains(id));
			assert_eq!(
				honest, None,
				"an honest member is at fault in {round:?}: {verdict:?}"
			);
		}
	}

	/// Nobody failed who answers and tells the truth: neither by a lie nor by silence.
	pub fn assert_just(&self) {
		self.assert_sound();
		let failing = self.nodes.iter().filter(|node| !node.honest || node.dead);
		let failing: BTreeSet<_> = failing.map(|node| node.id).collect();
		for (round, verdict) in &self.chain.verdicts {
			let honest = verdict.absent.iter().find(|id| !failing.contains(id));
			assert_eq!(
				honest, None,
				"an honest member is absent in {round:?}: {verdict:?}"
			);
		}
	}

	/// No dispute found anything wrong with anybody.
	pub fn assert_nobody_failed(&self) {
		self.assert_sound();
		let found = self.chain.verdicts.iter();
		let mut found =
			found.filter(|(_, verdict)| !verdict.faults.is_empty() || !verdict.absent.is_empty());
		assert_eq!(found.next(), None);
	}

	/// Who is at fault, in the order of the verdicts, and for what.
	pub fn faults(&self) -> Vec<(IntermediaryId, syngraph_protocol::Fault)> {
		let all = self.chain.verdicts.iter();
		all.flat_map(|(_, verdict)| verdict.faults.clone())
			.collect()
	}

	/// Who was absent, in the order of the verdicts.
	pub fn absent(&self) -> Vec<IntermediaryId> {
		let all = self.chain.verdicts.iter();
		all.flat_map(|(_, verdict)| verdict.absent.clone())
			.collect()
	}

	/// Whether a node has a round open, or how far it has come.
	pub fn phase(&self, node: usize) -> Option<syngraph_protocol::Phase> {
		let session = &self.nodes[node].session;
		let first = session.open_rounds().next()?.id();
		session.phase(&first)
	}
}

/// What a node has forgotten by and by, as finality lags behind the best block.
pub struct Needs(VecDeque<WindowIndex>);

impl Needs {
	pub fn new() -> Self {
		Self(VecDeque::new())
	}

	/// Takes in what is needed now, and tells what has been needed since some blocks ago.
	pub fn push(&mut self, needs: WindowIndex) -> WindowIndex {
		self.0.push_back(needs);
		while self.0.len() > KEEP as usize {
			self.0.pop_front();
		}
		self.0.iter().copied().min().unwrap_or(0)
	}
}

/// Signs a commitment.
pub fn signed(pair: &sr25519::Pair, commitment: Commitment) -> SignedCommitment {
	SignedCommitment {
		signature: pair.sign(&commitment.signing_bytes(&genesis())),
		commitment,
	}
}

/// A window as a liar would have it.
pub fn made_up(computed: Computed) -> Computed {
	Computed {
		root: BlakeTwo256::hash_of(&("made up", computed.root)),
		..computed
	}
}
