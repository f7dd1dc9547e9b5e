//! The chain of the machines, and what gossip keeps.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	Assent, BlockNumber, Fate, Feed, Function, IntermediaryId, Lack, Progress, ResultValue, Roster,
	RoundId, RoundTerms, SensorKeys, SignedMessage, Timestamp, Utterance, WindowIndex, WindowShape,
};
use syngraph_protocol::{
	conflict, grounds, shown_key, Challenge, DisputeState, Docket, Effect, FileError, Fold, Hashes,
	Proof, Publication, Showing, Shown, Sources, Standing, Subject, Trial, Verdict,
};
use syngraph_test_kit::{bounded, people::ed25519_key, pipeline, terms::rounds};
use syngraph_worker::{Channel, LISTEN_MILLIS};

use crate::accounts::Accounts;
use crate::machine::{agreement, genesis, schema, SENSOR};

pub const SLOT: u64 = 2_000;
/// How many milliseconds lie between two blocks: so many that a machine never listens by its clock for longer than it
/// does by blocks.
const PACE: u64 = 2 * LISTEN_MILLIS;
pub const ANSWER: BlockNumber = 10;
/// So small that a window is shown in two steps.
pub const MAX_SHOWN: u32 = 1;

/// The last publication of each author in each channel.
pub type Gossip = BTreeMap<([u8; 32], Channel), Vec<u8>>;

/// What machines submit.
pub enum Transaction {
	Settle(WindowIndex, Proof),
	Report(Box<[Utterance; 2]>),
	Complain(Vec<Utterance>, Vec<SignedMessage>),
	File(Box<Utterance>),
	Lack(Lack),
	Challenge(Challenge),
	Open(u8, Hashes),
	Show(Showing, Vec<SignedMessage>),
	Judge,
}

/// The chain, as every machine sees it.
pub struct World {
	pub number: BlockNumber,
	pub progress: Progress,
	/// The results that are not null.
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	pub terms: RoundTerms<BlockNumber>,
	pub sources: Sources<BlockNumber>,
	pub times: (Timestamp, Timestamp),
	pub docket: Option<Docket<BlockNumber>>,
	pub trials: BTreeMap<H256, Trial>,
	/// What was shown on chain, as every node keeps it.
	pub shown: BTreeMap<Vec<u8>, Vec<u8>>,
	pub verdicts: Vec<Verdict>,
	pub accusations: Vec<(SignedMessage, SignedMessage)>,
	pub heartbeats: Vec<(IntermediaryId, BlockNumber)>,
	pub roster: Roster,
	pub keys: Vec<sr25519::Pair>,
	/// The keys before the last rotation, as long as they count.
	pub former: BTreeMap<IntermediaryId, sr25519::Pair>,
	/// Whether that was so lately that members take in what they signed.
	pub is_recent: bool,
	/// Whether blocks have hardly any room.
	pub is_full: bool,
	/// Whether no settlement gets into a block.
	pub settles_nothing: bool,
	/// How many signatures of settlements were made with them.
	pub former_signatures: u32,
	/// The joint key, and the number of the roster whose it is.
	pub joint: Option<(u32, ed25519::Public)>,
	/// How many rounds were signed jointly, and how many by each member.
	pub jointly: u32,
	pub singly: u32,
	/// Whose words are not held against each other.
	pub lenient: BTreeSet<IntermediaryId>,
	/// The shares of joint signatures that were ever published, by the nonces with which they must be made.
	shares: BTreeMap<Vec<u8>, Vec<u8>>,
	/// The commitments that ever contributed nonces, by these.
	contributed: BTreeMap<Vec<u8>, Vec<u8>>,
	pub accounts: Accounts,
	pub in_force: bool,
	pub forgotten: bool,
	pub pool: Vec<Transaction>,
	/// What gossip keeps: the last publication of each author in each channel.
	pub gossip: Gossip,
	/// Those whom gossip does not reach.
	pub cut_off: BTreeSet<usize>,
	/// Those that the agreement does not bind.
	pub strangers: BTreeSet<IntermediaryId>,
	/// Whether nobody passes messages on.
	pub withheld: bool,
	pub clock: u64,
	/// What tells apart the branches of the chain.
	pub branch: u64,
	/// Of which branch each block is.
	branches: BTreeMap<BlockNumber, u64>,
	/// How many milliseconds lie between two blocks.
	pub pace: u64,
	/// All that was ever published or submitted.
	said: BTreeMap<(IntermediaryId, RoundId, u8), Vec<Utterance>>,
}

pub fn function(wrong: bool) -> Function {
	let sum = r#"{"take":{"values":"load"},"aggregate":"sum","emit_if":{"at_least":1}}"#;
	let max = r#"{"take":{"values":"load"},"aggregate":"max","emit_if":{"at_least":-9}}"#;
	pipeline(if wrong { max } else { sum })
}

const FEED: Feed = Feed {
	sensor: SENSOR,
	since: 0,
	start: 0,
};
const SHAPE: WindowShape = WindowShape { size: 2, slide: 2 };

/// The sensor's key of a seed.
pub fn sensor_key(seed: u8) -> ed25519::Public {
	ed25519_key(seed).public()
}

impl World {
	pub fn new(keys: Vec<sr25519::Pair>) -> Self {
		let members: Vec<_> = (0..keys.len() as u64).collect();
		World {
			number: 0,
			progress: Progress::default(),
			settled: BTreeMap::new(),
			terms: rounds(),
			sources: Sources {
				feeds: vec![FEED],
				keys: vec![SensorKeys::new(0, sensor_key(9))],
				shape: SHAPE,
				replaced: 0,
				grounds: grounds((0, Timestamp::MAX), &[schema()]),
			},
			times: (0, Timestamp::MAX),
			docket: None,
			trials: BTreeMap::new(),
			shown: BTreeMap::new(),
			verdicts: Vec::new(),
			accusations: Vec::new(),
			strangers: BTreeSet::new(),
			heartbeats: Vec::new(),
			roster: Roster {
				members: bounded(members),
				..Default::default()
			},
			keys,
			former: BTreeMap::new(),
			is_recent: true,
			is_full: false,
			settles_nothing: false,
			former_signatures: 0,
			joint: None,
			jointly: 0,
			singly: 0,
			lenient: BTreeSet::new(),
			shares: BTreeMap::new(),
			contributed: BTreeMap::new(),
			accounts: Accounts::default(),
			in_force: true,
			forgotten: false,
			pool: Vec::new(),
			gossip: BTreeMap::new(),
			cut_off: BTreeSet::new(),
			withheld: false,
			clock: 0,
			branch: 0,
			branches: BTreeMap::new(),
			pace: PACE,
			said: BTreeMap::new(),
		}
	}

	/// Gives an intermediary another key.
	pub fn rotate(&mut self, intermediary: IntermediaryId, fresh: sr25519::Pair) {
		let key = &mut self.keys[intermediary as usize];
		self.former
			.insert(intermediary, std::mem::replace(key, fresh));
		self.joint = None;
	}

	/// The joint key in force.
	pub fn joint_key(&self) -> Option<ed25519::Public> {
		let (roster, key) = self.joint?;
		(roster == self.roster.number).then_some(key)
	}

	pub fn is_cut_off(&self, key: &sr25519::Public) -> bool {
		let place = self.keys.iter().position(|pair| pair.public() == *key);
		place.is_some_and(|place| self.cut_off.contains(&place))
	}

	/// What a machine hears of it.
	pub fn standing(&self) -> Standing {
		let trials = self.trials.iter();
		let trials = trials.map(|(root, trial)| (*root, trial.position()));
		let state = |docket: &Docket<BlockNumber>| DisputeState {
			docket: docket.clone(),
			trials: trials.collect(),
		};
		Standing {
			in_force: self.in_force,
			starts_at: 0,
			closing: false,
			progress: self.progress,
			roster: self.roster.clone(),
			answer: ANSWER,
			rounds: self.terms,
			longest: self.sources.shape.longest_round(),
			version: self.sources.version(),
			joint: self.joint_key(),
			dispute: self.docket.as_ref().map(state),
		}
	}

	/// The hash of a block.
	pub fn hash(&self, number: BlockNumber) -> H256 {
		let branch = self.branches.get(&number).copied().unwrap_or(0);
		H256::from_low_u64_be((branch << 32) + u64::from(number))
	}

	/// The round that is to settle next.
	pub fn next_round(&self) -> RoundId {
		let version = self.sources.version();
		RoundId::new(agreement(), &self.roster, &self.progress, version)
	}

	/// Makes a block of what is in the pool.
	pub fn make_block(&mut self) {
		self.number += 1;
		self.branches.insert(self.number, self.branch);
		self.clock += self.pace;
		self.accounts.make_block(self.number);
		for transaction in std::mem::take(&mut self.pool) {
			match transaction {
				Transaction::Settle(..) if self.settles_nothing => (),
				Transaction::Settle(first, proof) => self.settle(first, proof),
				Transaction::Report(both) => self.report(*both),
				Transaction::Complain(said, heads) => self.complain(said, &heads),
				Transaction::File(said) => self.file(*said),
				Transaction::Lack(lack) => {
					self.put(|docket, now| docket.lack(&lack, now, ANSWER));
				},
				Transaction::Challenge(challenge) => {
					self.put(|docket, now| docket.challenge(&challenge, now, ANSWER));
				},
				Transaction::Open(place, hashes) => {
					self.put(|docket, now| docket.open(place.into(), hashes, now, ANSWER));
				},
				Transaction::Show(showing, messages) => self.show(showing, &messages),
				Transaction::Judge => self.judge(),
			}
		}
	}

	fn settle(&mut self, first: WindowIndex, proof: Proof) {
		let round = self.next_round();
		if round.first != first || !self.is_proven(&round, &proof) {
			return;
		}
		let window = |(place, result): (u32, ResultValue)| (first + u64::from(place), result);
		let results: Vec<_> = proof.outcomes.results().map(window).collect();
		let ends = results.first().into_iter().chain(results.last());
		let mut fates = ends.map(|(window, _)| self.sources.fate(*window));
		if fates.all(|fate| fate == Fate::Live) {
			match proof.singles() {
				Some(singles) => {
					self.former_signatures += singles.former.count_ones();
					self.singly += 1;
				},
				None => self.jointly += 1,
			}
			// None in which a key that was replaced has a part.
			let lasting = proof.singles().filter(|singles| singles.former == 0);
			if let Some(key) = lasting.and_then(|singles| singles.key) {
				self.joint = Some((self.roster.number, key));
			}
			self.progress.decide(proof.span(&round).end);
			self.settled.extend(results);
		}
	}

	/// Whether all members have signed what a proof says, each by itself or all together.
	fn is_proven(&self, round: &RoundId, proof: &Proof) -> bool {
		let members = &self.roster.members;
		let Some(singles) = proof.singles() else {
			let verify = |key| {
				proof
					.verify_jointly(&genesis(), round, members, &key)
					.is_ok()
			};
			return self.joint_key().is_some_and(verify);
		};
		let key = |(place, member): (usize, &IntermediaryId)| {
			let pair = match singles.former_at(place) {
				true => &self.former[member],
				false => &self.keys[*member as usize],
			};
			(*member, pair.public())
		};
		let keys: Vec<_> = members.iter().enumerate().map(key).collect();
		proof.verify(&genesis(), round, &keys).is_ok()
	}

	fn report(&mut self, [left, right]: [Utterance; 2]) {
		self.open();
		self.note(&left);
		self.note(&right);
		self.put(|docket, now| docket.contest(left, right, now, ANSWER));
	}

	fn complain(&mut self, said: Vec<Utterance>, heads: &[SignedMessage]) {
		// It is refused for one signature that does not count.
		if !said.iter().all(|said| self.is_signed(said)) {
			return;
		}
		let span = *said[0].span();
		self.check_heads(span.end - 1, heads);
		if self.docket.is_none() && span.round == self.next_round() {
			self.open();
			said.into_iter().for_each(|said| self.file(said));
		}
	}

	/// Whether an utterance is signed by keys of its author that count.
	fn is_signed(&self, said: &Utterance) -> bool {
		let author = said.author();
		let former = self.former.get(&author);
		let keys = self.keys.get(author as usize).into_iter().chain(former);
		let keys: Vec<_> = keys.map(|pair| pair.public()).collect();
		let committed = keys.iter().any(|key| said.commit.verify(&genesis(), key));
		committed && keys.iter().any(|key| said.is_assented(&genesis(), key))
	}

	/// What shows that a window has been sent: the last of its two messages that is not void, or a later one.
	fn check_heads(&self, window: WindowIndex, heads: &[SignedMessage]) {
		let keys = &self.sources.keys[0];
		let last = [2 * window + 1, 2 * window].into_iter();
		let last = last.filter(|number| !keys.is_void(*number)).max();
		let last = last.filter(|_| self.sources.fate(window) != Fate::Dead);
		let numbers: Vec<_> = heads.iter().map(|head| head.message.sequence).collect();
		match (last, &numbers[..]) {
			(None, []) => (),
			(Some(last), [number]) => assert!(*number >= last && !keys.is_void(*number)),
			other => panic!("one message of each sensor: {other:?}"),
		}
	}

	/// Opens a dispute about the next round, unless there is one.
	fn open(&mut self) {
		let version = self.sources.version();
		let leader = self.roster.leader(&self.terms, self.progress.rounds) as u8;
		self.docket.get_or_insert_with(|| {
			let (roster, now) = (self.roster.clone(), self.number);
			Docket::new(
				agreement(),
				roster,
				&self.progress,
				version,
				leader,
				now,
				ANSWER,
			)
		});
	}

	fn file(&mut self, said: Utterance) {
		self.note(&said);
		self.put(|docket, now| docket.file(said, now, ANSWER));
	}

	/// Puts something on file, if there is a dispute. Machines may do so twice, or too late.
	fn put(
		&mut self,
		what: impl FnOnce(&mut Docket<BlockNumber>, BlockNumber) -> Result<Effect, FileError>,
	) {
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		if what(docket, self.number) != Ok(Effect::Questioned) {
			return;
		}
		self.trials.clear();
		let window = docket.window().expect("it is asked for");
		if self.sources.fate(window) == Fate::Dead {
			docket.show(Shown::dead(), self.number, ANSWER);
		}
	}

	fn show(&mut self, showing: Showing, messages: &[SignedMessage]) {
		assert_eq!(showing.messages, Showing::hash(messages));
		let now = self.number;
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		let place = docket.roster.place(showing.intermediary).unwrap();
		let root = showing.root;
		let same = docket.round() == showing.round && docket.window() == Some(showing.window);
		let may = same && docket.may_show(&root, &showing.path, place, now);
		let trial = self.trials.get(&root).cloned().unwrap_or_default();
		if !may || trial.position() != showing.position {
			return;
		}
		let (schemas, keys) = ([schema()], &self.sources.keys[0]);
		let fold = Fold::prepare(&function(false), &schemas).unwrap();
		let parts = self.sources.parts(showing.window, docket.opened).unwrap();
		let subject = Subject {
			fold: &fold,
			parts: &parts,
			schemas: &schemas,
			times: self.times,
		};
		assert_eq!(
			messages.len() as u32,
			subject.chunk(showing.position, MAX_SHOWN)
		);
		let verify = |signed: &SignedMessage| {
			let key = keys.key_at(signed.message.sequence, docket.opened);
			key.is_some_and(|key| signed.verify(&genesis(), key))
		};
		let trial = trial.step(&subject, &root, &showing.rest, messages, verify);
		let trial = trial.expect("machines show what is signed");
		if trial.is_complete(&subject) {
			docket.show(trial.finish(&fold), now, ANSWER);
		}
		self.trials.insert(root, trial);
		for signed in messages {
			let key = shown_key(SENSOR, signed.message.sequence);
			self.shown.insert(key, signed.encode());
		}
	}

	fn judge(&mut self) {
		let Some(docket) = &self.docket else {
			return;
		};
		let over = docket.round() != self.next_round();
		if docket.is_ripe(self.number, over) {
			self.verdicts.push(docket.judge(self.number, over));
			self.docket = None;
			self.trials.clear();
			self.roster.number += 1;
			self.roster.since = self.progress.base;
		}
	}

	/// Whether nobody was blamed in any dispute.
	pub fn is_peaceful(&self) -> bool {
		let mut verdicts = self.verdicts.iter();
		verdicts.all(|verdict| verdict.faults.is_empty() && verdict.absent.is_empty())
	}

	/// Loses what was submitted since the last block.
	pub fn lose_pool(&mut self) {
		self.pool.clear();
	}

	/// How many have revealed what a window gives.
	pub fn reveals(&self, window: WindowIndex) -> usize {
		let all = self.said.iter();
		all.filter(|(_, said)| {
			let mut said = said.iter();
			said.any(|it| it.reveal.is_some() && it.span().place(window).is_some())
		})
		.count()
	}

	/// Fails if a bundle contradicts what its author said before.
	pub fn check_consistent(&mut self, data: &[u8]) {
		if let Publication::Bundle(signed) = Publication::decode(&mut &data[..]).unwrap() {
			let bundle = signed.bundle;
			assert!(bundle.is_sound());
			bundle.utterances.iter().for_each(|said| self.note(said));
		}
	}

	/// Fails if an utterance contradicts what its author said before, or is signed jointly with nonces that were used
	/// before.
	fn note(&mut self, said: &Utterance) {
		self.note_nonces(said);
		if self.lenient.contains(&said.author()) {
			return;
		}
		let key = (said.author(), said.span().round, said.span().attempt);
		let earlier = self.said.entry(key).or_default();
		let contrary = earlier
			.iter()
			.find(|earlier| conflict(earlier, said).is_some());
		assert_eq!(contrary, None, "said two things, the second {said:?}");
		earlier.push(said.clone());
	}

	/// Fails if nonces are contributed by two commitments, or if two shares are made with them: shares that were made
	/// with the same nonces are the same only if they are of one signature.
	fn note_nonces(&mut self, said: &Utterance) {
		let Some(contribution) = said.commitment().contribution else {
			return;
		};
		let nonces = contribution.nonces.encode();
		let commitment = said.commitment().encode();
		let known = self
			.contributed
			.entry(nonces.clone())
			.or_insert(commitment.clone());
		assert_eq!(*known, commitment, "nonces are contributed once");
		let reveal = said.reveal.as_ref();
		let Some(Assent::Joint(share)) = reveal.map(|reveal| &reveal.assent) else {
			return;
		};
		let share = share.encode();
		let known = self.shares.entry(nonces).or_insert(share.clone());
		assert_eq!(*known, share, "a nonce is used once");
	}

	/// How many shares were ever published.
	pub fn shares(&self) -> usize {
		self.shares.len()
	}
}
