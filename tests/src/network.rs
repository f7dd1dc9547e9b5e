//! Intermediaries in memory: the real worker on the real runtime, over links that a test controls.

use std::{
	cmp::Reverse,
	collections::{BTreeMap, BTreeSet},
};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, Assent, BlockNumber, ChannelId, Commitment, GenesisHash, IntermediaryId, Lack,
	Payload, SensorId, SignedCommitment, SignedMessage, Utterance, WindowIndex,
};
use syngraph_protocol::{Bundle, Challenge, Hashes, Proof, Publication, Showing, SignedBundle};
use syngraph_runtime::{worker::BestBlock, Runtime, RuntimeCall, UncheckedExtrinsic};
use syngraph_test_kit::people::sign;
use syngraph_worker::{
	run, tower::SignedReceipt, AgreementInfo, Chain as WorkerChain, Channel, Happened, Keys,
	LISTEN_MILLIS,
};

use crate::{chain::general, machine::Slot, Chain, Machine};

/// Milliseconds by machines' clocks between two blocks: so many that they never listen by their clocks for longer than
/// they do by blocks.
const PACE: u64 = 2 * LISTEN_MILLIS;

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

	/// What it takes an agreement for: it may compute another function than the agreed one, or go by other terms.
	fn see(&self, agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		agreement
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
	/// Signs a payload.
	pub fn sign(&self, payload: &impl Payload) -> sr25519::Signature {
		sign(&self.key, &self.genesis, payload)
	}

	/// Signs a commitment.
	pub fn sign_commitment(&self, commitment: Commitment) -> SignedCommitment {
		SignedCommitment {
			signature: self.sign(&commitment),
			commitment,
		}
	}

	/// Signs everything in an utterance anew.
	pub fn sign_utterance(&self, utterance: &Utterance) -> Utterance {
		let mut signed = utterance.clone();
		signed.commit = self.sign_commitment(signed.commit.commitment);
		if let Some(reveal) = &mut signed.reveal {
			let settlement = reveal.settlement(&signed.commit.commitment);
			if let Assent::Single { signature, .. } = &mut reveal.assent {
				*signature = self.sign(&settlement);
			}
		}
		signed
	}

	/// Signs everything in a bundle anew.
	pub fn sign_bundle(&self, bundle: &Bundle) -> Bundle {
		let utterances = bundle.utterances.iter();
		Bundle {
			utterances: utterances.map(|said| self.sign_utterance(said)).collect(),
			..bundle.clone()
		}
	}

	fn publication(&self, bundle: Bundle) -> Vec<u8> {
		let signature = self.sign(&bundle);
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

	/// Has a second machine work for the intermediary at `place`, which is all that the first one is now, and follows
	/// the protocol. Returns its place.
	pub fn duplicate(&mut self, place: usize) -> usize {
		let (second, first) = (self.members.len(), &self.members[place]);
		let member = Member {
			machine: first.machine.duplicate(),
			mischief: Box::new(Honest),
			is_up: true,
			forger: Forger {
				place: second,
				..first.forger.clone()
			},
		};
		self.sides.push(self.sides[place]);
		self.members.push(member);
		second
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
		machine.clock.set(u64::from(number) * PACE);
		let submitted = {
			let see = |agreement| mischief.see(agreement, forger);
			let eyes = Eyes {
				chain: BestBlock(number, self.chain.hash()),
				see: &see,
			};
			self.chain.offchain(|| run(&eyes, machine))
		};
		machine.repair();

		let mut calls = Vec::new();
		for transaction in submitted {
			calls.extend(mischief.submit(transaction.function.clone(), forger, number));
		}
		let mut news = Vec::<(To, Slot, Vec<u8>)>::new();
		for (slot, data) in machine.said() {
			// It does not hear its own lies.
			machine.hear_itself(slot, data.clone());
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

/// The chain as a machine sees it, perhaps with other agreements than there are.
struct Eyes<'a> {
	chain: BestBlock,
	see: &'a dyn Fn(AgreementInfo) -> AgreementInfo,
}

impl WorkerChain for Eyes<'_> {
	fn agreement(&self, agreement: &AgreementId) -> Option<AgreementInfo> {
		Some((self.see)(self.chain.agreement(agreement)?))
	}

	fn number(&self) -> BlockNumber {
		self.chain.number()
	}
	fn is_full(&self) -> bool {
		self.chain.is_full()
	}
	fn hashes(&self) -> [H256; 2] {
		self.chain.hashes()
	}
	fn happened(&self) -> Option<Happened> {
		self.chain.happened()
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
	fn keys(&self, intermediary: IntermediaryId, lookback: BlockNumber) -> Option<Keys> {
		self.chain.keys(intermediary, lookback)
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
	fn settle(&self, agreement: AgreementId, first: WindowIndex, proof: Proof) {
		self.chain.settle(agreement, first, proof)
	}
	fn report(&self, left: Utterance, right: Utterance) {
		self.chain.report(left, right)
	}
	fn complain(
		&self,
		utterances: Vec<Utterance>,
		heads: Vec<SignedMessage>,
		signature: sr25519::Signature,
	) {
		self.chain.complain(utterances, heads, signature)
	}
	fn file(&self, utterance: Utterance) {
		self.chain.file(utterance)
	}
	fn lack(&self, lack: Lack, signature: sr25519::Signature) {
		self.chain.lack(lack, signature)
	}
	fn challenge(&self, challenge: Challenge, signature: sr25519::Signature) {
		self.chain.challenge(challenge, signature)
	}
	fn open(&self, agreement: AgreementId, place: u8, hashes: Hashes) {
		self.chain.open(agreement, place, hashes)
	}
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature) {
		self.chain.show(showing, messages, signature)
	}
	fn judge(&self, agreement: AgreementId) {
		self.chain.judge(agreement)
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
