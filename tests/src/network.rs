//! Intermediaries in memory: the real worker on the real runtime, over links that a test controls.

use std::{
	cmp::Reverse,
	collections::{BTreeMap, BTreeSet},
};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair};
use syngraph_primitives::{
	AgreementId, BlockNumber, ChannelId, Done, Function, GenesisHash, IntermediaryId, Lack,
	SensorId, SignedDone, SignedMessage, SignedStatement, Statement, WindowIndex,
};
use syngraph_protocol::{
	settlement_of, Bundle, Proof, Publication, Showing, SignedBundle, Utterance,
};
use syngraph_runtime::{worker::BestBlock, Runtime, RuntimeCall, UncheckedExtrinsic};
use syngraph_test_kit::people::{sign, signed_statement};
use syngraph_worker::{
	run, tower::SignedReceipt, AgreementInfo, Chain as WorkerChain, Channel, Keys,
};

use crate::{chain::general, machine::Slot, Chain, Machine};

/// Who hears something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
	/// All others.
	All,
	/// Those of the others at these places.
	Some(Vec<usize>),
}

/// What a machine does otherwise than an honest one: it overrides what comes out of the honest worker.
pub trait Mischief {
	/// What is published in place of a bundle, and to whom.
	fn say(&mut self, bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		vec![(To::All, bundle)]
	}

	/// What is submitted in place of a transaction.
	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		vec![call]
	}

	/// What it does on its own in every block, knowing what it heard.
	fn act(
		&mut self,
		_: &[Bundle],
		_: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		(Vec::new(), Vec::new())
	}

	/// Whether it passes on messages that others lack.
	fn passes_on(&self) -> bool {
		true
	}

	/// The function that it computes in place of the agreed one.
	fn function(&self) -> Option<Function> {
		None
	}
}

/// A machine that follows the protocol.
pub struct Honest;

impl Mischief for Honest {}

/// Signs whatever its holder wants.
#[derive(Clone)]
pub struct Forger {
	/// The chain.
	pub genesis: GenesisHash,
	/// Who it is.
	pub id: IntermediaryId,
	/// Its place among all machines.
	pub place: usize,
	/// Its key.
	pub key: sr25519::Pair,
}

impl Forger {
	/// Signs a statement.
	pub fn sign(&self, statement: Statement) -> SignedStatement {
		signed_statement(&self.key, &self.genesis, statement)
	}

	/// Signs everything in an utterance anew.
	pub fn sign_utterance(&self, utterance: &Utterance) -> Utterance {
		let mut signed = utterance.clone();
		signed.commit = self.sign(signed.commit.statement);
		let (Statement::Commit(commit), Some(revealed)) =
			(&signed.commit.statement, &mut signed.reveal)
		else {
			return signed;
		};
		revealed.statement = self.sign(revealed.statement.statement.clone());
		if let Statement::Reveal(reveal) = &revealed.statement.statement {
			let settlement = settlement_of(commit, reveal);
			revealed.settlement =
				settlement.map(|settlement| sign(&self.key, &self.genesis, &settlement));
		}
		signed
	}

	/// Signs a declaration.
	pub fn sign_done(&self, done: Done) -> SignedDone {
		SignedDone {
			signature: sign(&self.key, &self.genesis, &done),
			done,
		}
	}

	/// Signs everything in a bundle anew.
	pub fn sign_bundle(&self, bundle: &Bundle) -> Bundle {
		let utterances = bundle.utterances.iter();
		Bundle {
			done: self.sign_done(bundle.done.done),
			utterances: utterances.map(|said| self.sign_utterance(said)).collect(),
			..bundle.clone()
		}
	}

	fn publication(&self, bundle: Bundle) -> Vec<u8> {
		let signature = sign(&self.key, &self.genesis, &bundle);
		Publication::Bundle(SignedBundle { bundle, signature }).encode()
	}
}

/// A member of the network.
pub struct Member {
	/// Its machine.
	pub machine: Machine,
	/// What it does otherwise than an honest one.
	pub mischief: Box<dyn Mischief>,
	/// Whether it runs at all.
	pub is_up: bool,
	/// Signs for it.
	pub forger: Forger,
}

/// A chain, and intermediaries that work on it.
pub struct Network {
	/// The chain.
	pub chain: Chain,
	/// The intermediaries' machines.
	pub members: Vec<Member>,
	/// Who is cut off from whom: a machine hears only those of its own side. By place.
	pub sides: Vec<u8>,
	/// How many transactions fit into a block.
	pub capacity: usize,
	mempool: Vec<UncheckedExtrinsic>,
}

impl Network {
	/// A network of honest machines for these intermediaries.
	pub fn new(chain: Chain, intermediaries: &[(IntermediaryId, sr25519::Pair)]) -> Self {
		let genesis = chain.genesis();
		let members = intermediaries.iter().enumerate();
		let members: Vec<_> = members
			.map(|(place, (id, key))| Member {
				machine: Machine::new(key.clone(), genesis, chain.index()),
				mischief: Box::new(Honest),
				is_up: true,
				forger: Forger {
					genesis,
					id: *id,
					place,
					key: key.clone(),
				},
			})
			.collect();
		let mut network = Self {
			chain,
			sides: vec![0; members.len()],
			members,
			capacity: usize::MAX,
			mempool: Vec::new(),
		};
		network.learn();
		network
	}

	/// Makes a block of what waits, and lets every machine work on it.
	pub fn block(&mut self) {
		let mut chosen = self.pool();
		self.mempool = chosen.split_off(self.capacity.min(chosen.len()));
		self.chain.block(chosen);
		self.learn();
		for place in 0..self.members.len() {
			if self.members[place].is_up {
				self.work(place);
			}
		}
	}

	/// What waits and is valid, as the pool of a node holds it: everything once, the most urgent first, and, if the
	/// blocks are not large enough for everything, one of each kind.
	fn pool(&mut self) -> Vec<UncheckedExtrinsic> {
		let waiting = std::mem::take(&mut self.mempool);
		let mut known = Vec::new();
		let mut same = BTreeSet::new();
		for transaction in waiting {
			if !same.insert(transaction.encode()) {
				continue;
			}
			if let Ok(validity) = self.chain.validate(transaction.clone()) {
				known.push((validity, transaction));
			}
		}
		if self.capacity < known.len() {
			let mut kinds = BTreeSet::new();
			known.retain(|(validity, _)| kinds.insert(validity.provides.clone()));
			known.sort_by_key(|(validity, _)| Reverse(validity.priority));
		}
		known
			.into_iter()
			.map(|(_, transaction)| transaction)
			.collect()
	}

	/// Every machine learns from the chain which messages of sensors are valid.
	fn learn(&mut self) {
		let sensors: BTreeMap<_, _> = self.chain.read(|| {
			let known = pallet_registry::Sensors::<Runtime>::iter();
			let known = known.map(|(id, sensor)| (id, (sensor.keys, sensor.schema)));
			known.collect()
		});
		for member in &mut self.members {
			member.machine.sensors = sensors.clone();
		}
	}

	/// Makes so many blocks.
	pub fn blocks(&mut self, count: u32) {
		(0..count).for_each(|_| self.block());
	}

	/// Submits a call that brings its own authorisation.
	pub fn submit(&mut self, call: impl Into<RuntimeCall>) {
		self.mempool.push(general(call));
	}

	/// Lets the machine at `place` work on the last block.
	fn work(&mut self, place: usize) {
		let number = self.chain.number();
		let member = &mut self.members[place];
		let (machine, mischief, forger) = (&member.machine, &mut member.mischief, &member.forger);
		machine.clock.set(u64::from(number) * 2_000);
		let eyes = Eyes {
			chain: BestBlock(number),
			function: mischief.function(),
		};
		let submitted = self.chain.offchain(|| run(&eyes, machine));
		machine.repair();

		let mut calls = Vec::new();
		for transaction in submitted {
			calls.extend(mischief.submit(transaction.function.clone(), forger, number));
		}
		let mut news = Vec::<(To, Slot, Vec<u8>)>::new();
		for (slot, data) in machine.said() {
			// It does not hear its own lies.
			machine.hear(slot, data.clone());
			match Publication::decode(&mut &data[..]) {
				Ok(Publication::Bundle(signed)) => {
					for (to, bundle) in mischief.say(signed.bundle.clone(), forger, number) {
						let same = bundle == signed.bundle;
						let said = if same {
							data.clone()
						} else {
							forger.publication(bundle)
						};
						news.push((to, slot, said));
					}
				},
				_ if mischief.passes_on() => news.push((To::All, slot, data)),
				_ => (),
			}
		}
		let (bundles, own) = mischief.act(&heard(machine), forger, number);
		calls.extend(own);
		for (to, bundle) in bundles {
			let slot = (bundle.agreement, forger.key.public().0, Channel::Bundles);
			news.push((to, slot, forger.publication(bundle)));
		}
		self.mempool.extend(calls.into_iter().map(general));
		for (to, slot, data) in news {
			self.spread(place, &to, slot, &data);
		}
	}

	fn spread(&self, from: usize, to: &To, slot: Slot, data: &[u8]) {
		for (place, member) in self.members.iter().enumerate() {
			let reached = match to {
				To::All => true,
				To::Some(places) => places.contains(&place),
			};
			if place != from && reached && self.sides[place] == self.sides[from] {
				member.machine.hear(slot, data.to_vec());
			}
		}
	}
}

/// The bundles that a machine has heard.
fn heard(machine: &Machine) -> Vec<Bundle> {
	let all = machine.heard().into_iter();
	all.filter_map(|data| match Publication::decode(&mut &data[..]) {
		Ok(Publication::Bundle(signed)) => Some(signed.bundle),
		_ => None,
	})
	.collect()
}

/// The chain as a machine sees it, perhaps with another function than the agreed one.
struct Eyes {
	chain: BestBlock,
	function: Option<Function>,
}

impl WorkerChain for Eyes {
	fn agreement(&self, agreement: &AgreementId) -> Option<AgreementInfo> {
		let info = self.chain.agreement(agreement)?;
		let function = self.function.clone().unwrap_or(info.function);
		Some(AgreementInfo { function, ..info })
	}

	fn number(&self) -> BlockNumber {
		self.chain.number()
	}
	fn genesis(&self) -> GenesisHash {
		self.chain.genesis()
	}
	fn slot_millis(&self) -> u64 {
		self.chain.slot_millis()
	}
	fn max_shown(&self) -> u32 {
		self.chain.max_shown()
	}
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		self.chain.intermediary(key)
	}
	fn keys(&self, intermediary: IntermediaryId) -> Option<Keys> {
		self.chain.keys(intermediary)
	}
	fn heartbeat_due(&self, intermediary: IntermediaryId) -> bool {
		self.chain.heartbeat_due(intermediary)
	}
	fn heartbeat(&self, who: IntermediaryId, at: BlockNumber, signature: sr25519::Signature) {
		self.chain.heartbeat(who, at, signature)
	}
	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId> {
		self.chain.agreements(intermediary)
	}
	fn is_forgotten(&self, agreement: &AgreementId) -> bool {
		self.chain.is_forgotten(agreement)
	}
	fn is_needed(&self, sensor: SensorId) -> bool {
		self.chain.is_needed(sensor)
	}
	fn settle(&self, agreement: AgreementId, window: WindowIndex, proof: Proof) {
		self.chain.settle(agreement, window, proof)
	}
	fn pass(&self, agreement: AgreementId, declarations: Vec<SignedDone>) {
		self.chain.pass(agreement, declarations)
	}
	fn report(&self, left: SignedStatement, right: SignedStatement, heads: Vec<SignedMessage>) {
		self.chain.report(left, right, heads)
	}
	fn complain(&self, utterance: Utterance, heads: Vec<SignedMessage>) {
		self.chain.complain(utterance, heads)
	}
	fn file(&self, statement: SignedStatement, assent: Option<sr25519::Signature>) {
		self.chain.file(statement, assent)
	}
	fn lack(&self, lack: Lack, signature: sr25519::Signature) {
		self.chain.lack(lack, signature)
	}
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature) {
		self.chain.show(showing, messages, signature)
	}
	fn judge(&self, agreement: AgreementId, window: WindowIndex) {
		self.chain.judge(agreement, window)
	}
	fn dismiss(&self, agreement: AgreementId, window: WindowIndex, declarations: Vec<SignedDone>) {
		self.chain.dismiss(agreement, window, declarations)
	}
	fn accuse(&self, left: SignedMessage, right: SignedMessage) {
		self.chain.accuse(left, right)
	}
	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber> {
		self.chain.counts_until(channel)
	}
	fn is_rescuable(&self, receipt: &SignedReceipt) -> bool {
		self.chain.is_rescuable(receipt)
	}
	fn rescue(&self, receipt: SignedReceipt) {
		self.chain.rescue(receipt)
	}
}
