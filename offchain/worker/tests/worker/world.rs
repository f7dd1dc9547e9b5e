//! The chain of the machines, and what gossip keeps.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	BlockNumber, Feed, Function, IntermediaryId, Lack, Progress, ResultValue, Roster, RosterNumber,
	SensorKeys, SignedDone, SignedMessage, SignedStatement, SourceVersion, Statement, Timestamp,
	WindowIndex, WindowShape,
};
use syngraph_protocol::{
	grounds, shown_key, DisputeState, Docket, Effect, Fold, Part, Proof, Publication, Showing,
	Sources, Standing, Subject, Trial, Utterance, Verdict,
};
use syngraph_test_kit::{
	bounded,
	people::{ed25519_key, signed_statement},
	pipeline,
};
use syngraph_worker::Channel;

use crate::accounts::Accounts;
use crate::machine::{agreement, genesis, schema, SENSOR};

pub const SLOT: u64 = 2_000;
pub const ANSWER: BlockNumber = 10;
/// So small that a window is shown in two steps.
pub const MAX_SHOWN: u32 = 1;

/// What machines submit.
pub enum Transaction {
	Settle(WindowIndex, Proof),
	Pass(Vec<SignedDone>),
	Report(SignedStatement, SignedStatement, Vec<SignedMessage>),
	Complain(Utterance, Vec<SignedMessage>),
	File(SignedStatement, Option<sr25519::Signature>),
	Lack(Lack),
	Show(Showing, Vec<SignedMessage>),
	Judge(WindowIndex),
	Dismiss(WindowIndex, Vec<SignedDone>),
}

/// The chain, as every machine sees it.
pub struct World {
	pub number: BlockNumber,
	pub progress: Progress,
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	pub sources: Sources,
	pub times: (Timestamp, Timestamp),
	pub docket: Option<Docket<BlockNumber>>,
	pub trials: BTreeMap<H256, Trial>,
	/// What was shown on chain, as every node keeps it.
	pub shown: BTreeMap<Vec<u8>, Vec<u8>>,
	pub verdicts: BTreeMap<WindowIndex, Verdict>,
	pub accusations: Vec<(SignedMessage, SignedMessage)>,
	pub heartbeats: Vec<(IntermediaryId, BlockNumber)>,
	pub roster: Roster,
	pub keys: Vec<sr25519::Pair>,
	/// The keys before the last rotation.
	pub former: BTreeMap<IntermediaryId, sr25519::Pair>,
	/// How many signatures of settlements were made with them.
	pub former_signatures: u32,
	pub accounts: Accounts,
	pub in_force: bool,
	pub forgotten: bool,
	pub pool: Vec<Transaction>,
	/// What gossip keeps: the last publication of each author in each channel.
	pub gossip: BTreeMap<([u8; 32], Channel), Vec<u8>>,
	/// Those whom gossip does not reach.
	pub cut_off: BTreeSet<usize>,
	/// Those that the agreement does not bind.
	pub strangers: BTreeSet<IntermediaryId>,
	/// Whether nobody passes messages on.
	pub withheld: bool,
	pub clock: u64,
	/// Every statement ever published or submitted.
	said: BTreeMap<
		(
			IntermediaryId,
			RosterNumber,
			WindowIndex,
			SourceVersion,
			bool,
		),
		Statement,
	>,
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
			verdicts: BTreeMap::new(),
			accusations: Vec::new(),
			strangers: BTreeSet::new(),
			heartbeats: Vec::new(),
			roster: Roster {
				members: bounded(members),
				..Default::default()
			},
			keys,
			former: BTreeMap::new(),
			former_signatures: 0,
			accounts: Accounts::default(),
			in_force: true,
			forgotten: false,
			pool: Vec::new(),
			gossip: BTreeMap::new(),
			cut_off: BTreeSet::new(),
			withheld: false,
			clock: 0,
			said: BTreeMap::new(),
		}
	}

	/// Gives an intermediary another key.
	pub fn rotate(&mut self, intermediary: IntermediaryId, fresh: sr25519::Pair) {
		let key = &mut self.keys[intermediary as usize];
		self.former
			.insert(intermediary, std::mem::replace(key, fresh));
	}

	pub fn is_cut_off(&self, key: &sr25519::Public) -> bool {
		let place = self.keys.iter().position(|pair| pair.public() == *key);
		place.is_some_and(|place| self.cut_off.contains(&place))
	}

	pub fn standing(&self) -> Standing {
		let trials = self.trials.iter();
		let trials = trials.map(|(root, trial)| (*root, trial.position()));
		let state = |docket: &Docket<BlockNumber>| DisputeState {
			settled: self.settled.contains_key(&docket.window),
			docket: docket.clone(),
			trials: trials.collect(),
		};
		Standing {
			in_force: self.in_force,
			progress: self.progress.clone(),
			roster: self.roster.clone(),
			answer: ANSWER,
			sources: self.sources.clone(),
			dispute: self.docket.as_ref().map(state),
		}
	}

	/// Makes a block of what is in the pool.
	pub fn make_block(&mut self) {
		self.number += 1;
		self.clock = u64::from(self.number) * SLOT;
		self.accounts.make_block(self.number);
		for transaction in std::mem::take(&mut self.pool) {
			match transaction {
				Transaction::Settle(window, proof) => self.settle(window, proof),
				Transaction::Pass(all) => self.pass(&all),
				Transaction::Report(left, right, heads) => self.report(left, right, &heads),
				Transaction::Complain(utterance, heads) => self.complain(utterance, &heads),
				Transaction::File(statement, assent) => self.file(statement, assent),
				Transaction::Lack(lack) => self.lack(&lack),
				Transaction::Show(showing, messages) => self.show(showing, &messages),
				Transaction::Judge(window) => self.judge(window),
				Transaction::Dismiss(window, all) => self.dismiss(window, &all),
			}
		}
	}

	fn settle(&mut self, window: WindowIndex, proof: Proof) {
		let Some(version) = self.sources.version(window) else {
			return;
		};
		let key = |(place, member): (usize, &IntermediaryId)| {
			let pair = match proof.former_at(place) {
				true => &self.former[member],
				false => &self.keys[*member as usize],
			};
			(*member, pair.public())
		};
		let keys: Vec<_> = self.roster.members.iter().enumerate().map(key).collect();
		let number = self.roster.number;
		let verified = proof.verify(&genesis(), &agreement(), window, number, version, &keys);
		if verified.is_ok() && self.progress.decide(window).is_ok() {
			self.former_signatures += proof.former.count_ones();
			self.settled.insert(window, proof.result);
		}
	}

	fn pass(&mut self, declarations: &[SignedDone]) {
		self.verify_all(declarations);
		let below = declarations.iter().map(|signed| signed.done.below).min();
		let _ = self.progress.pass(below.unwrap());
	}

	fn report(&mut self, left: SignedStatement, right: SignedStatement, heads: &[SignedMessage]) {
		let window = left.statement.window();
		match left.statement.intermediary() == right.statement.intermediary() {
			true => assert!(heads.is_empty()),
			false => self.check_heads(window, heads),
		}
		if !self.open(window) {
			return;
		}
		self.note(&left);
		self.note(&right);
		let now = self.number;
		let docket = self.docket.as_mut().unwrap();
		if docket.contest(left, right, now, ANSWER) == Ok(Effect::Contested) {
			let _ = self.progress.decide(window);
		}
	}

	pub fn complain(&mut self, utterance: Utterance, heads: &[SignedMessage]) {
		let window = utterance.commit.statement.window();
		self.check_heads(window, heads);
		if self.docket.is_none() && self.open(window) {
			self.file(utterance.commit, None);
		}
	}

	/// What shows that a window has been sent: the last of its two messages that is not void, or a later one.
	fn check_heads(&self, window: WindowIndex, heads: &[SignedMessage]) {
		let keys = &self.sources.keys[0];
		let last = [2 * window + 1, 2 * window].into_iter();
		let last = last.filter(|number| !keys.is_void(*number)).max();
		let numbers: Vec<_> = heads.iter().map(|head| head.message.sequence).collect();
		match (last, &numbers[..]) {
			(None, []) => (),
			(Some(last), [number]) => assert!(*number >= last && !keys.is_void(*number)),
			other => panic!("one message of each sensor: {other:?}"),
		}
	}

	/// Opens a dispute about a window, unless it is decided. Tells whether there is one.
	fn open(&mut self, window: WindowIndex) -> bool {
		if self.docket.is_none() && self.progress.check(window).is_ok() {
			let (roster, version) = (self.roster.clone(), self.sources.version(window));
			self.docket = version.map(|version| {
				Docket::new(agreement(), window, version, roster, self.number, ANSWER)
			});
		}
		let mut open = self.docket.iter();
		open.any(|docket| docket.window == window)
	}

	fn file(&mut self, signed: SignedStatement, assent: Option<sr25519::Signature>) {
		self.note(&signed);
		let (window, now) = (signed.statement.window(), self.number);
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		if docket.file(signed, assent, now, ANSWER) == Ok(Effect::Contested) {
			let _ = self.progress.decide(window);
		}
	}

	fn lack(&mut self, lack: &Lack) {
		let now = self.number;
		if let Some(docket) = self.docket.as_mut() {
			let _ = docket.lack(lack, now, ANSWER);
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
		let same = docket.window == showing.window && docket.may_show(&root, place, now);
		let trial = self.trials.get(&root).cloned().unwrap_or_default();
		if !same || trial.position() != showing.position {
			return;
		}
		let (schemas, keys) = ([schema()], &self.sources.keys[0]);
		let fold = Fold::prepare(&function(false), &schemas).unwrap();
		let part = Part::new(&FEED, &SHAPE, showing.window, keys, docket.opened);
		let parts = [part.unwrap()];
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

	fn judge(&mut self, window: WindowIndex) {
		let docket = self.docket.as_ref();
		let Some(docket) = docket.filter(|docket| docket.window == window) else {
			return;
		};
		let stale = self.sources.version(window) != Some(docket.version);
		let over = stale || self.settled.contains_key(&window);
		if docket.is_ripe(self.number, over) {
			let verdict = docket.judge(self.number, over);
			self.close(window, verdict);
		}
	}

	fn dismiss(&mut self, window: WindowIndex, declarations: &[SignedDone]) {
		self.verify_all(declarations);
		let docket = self.docket.as_ref();
		let Some(docket) = docket.filter(|docket| docket.window == window) else {
			return;
		};
		if docket.is_dismissed_by(declarations) {
			let verdict = docket.dismissal();
			self.close(window, verdict);
		}
	}

	fn verify_all(&self, declarations: &[SignedDone]) {
		for signed in declarations {
			let key = self.keys[signed.done.intermediary as usize].public();
			assert!(signed.verify(&genesis(), &key));
		}
	}

	fn close(&mut self, window: WindowIndex, verdict: Verdict) {
		if !verdict.reopen {
			let _ = self.progress.decide(window);
		}
		self.verdicts.insert(window, verdict);
		self.docket = None;
		self.trials.clear();
	}

	/// What an intermediary committed to for a window, signed again.
	pub fn utterance(&self, author: IntermediaryId, window: WindowIndex) -> Utterance {
		let version = self.sources.version(window).unwrap();
		let number = self.roster.number;
		let statement = self.said[&(author, number, window, version, false)].clone();
		Utterance {
			commit: signed_statement(&self.keys[author as usize], &genesis(), statement),
			reveal: None,
		}
	}

	/// Loses what was submitted since the last block.
	pub fn lose_pool(&mut self) {
		self.pool.clear();
	}

	/// How many have revealed what a window gives.
	pub fn reveals(&self, window: WindowIndex) -> usize {
		let said = self.said.keys();
		said.filter(|(.., of, _, sort)| *of == window && *sort)
			.count()
	}

	/// Fails if a bundle contradicts what its author said before.
	pub fn check_consistent(&mut self, data: &[u8]) {
		let Publication::Bundle(signed) = Publication::decode(&mut &data[..]).unwrap() else {
			return;
		};
		for utterance in signed.bundle.utterances {
			let reveal = utterance.reveal.map(|revealed| revealed.statement);
			for signed in [Some(utterance.commit), reveal].into_iter().flatten() {
				self.note(&signed);
			}
		}
	}

	/// Fails if a statement contradicts what its author said before.
	fn note(&mut self, signed: &SignedStatement) {
		let statement = signed.statement.clone();
		let sort = matches!(statement, Statement::Reveal(_));
		let key = (
			statement.intermediary(),
			statement.roster(),
			statement.window(),
			statement.version(),
			sort,
		);
		let before = self.said.insert(key, statement.clone());
		assert!(
			before.is_none_or(|before| before == statement),
			"said two things"
		);
	}
}
