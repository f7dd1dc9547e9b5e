//! The chain of the machines, and what gossip keeps.

use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

use codec::Decode;
use sp_core::{ed25519, sr25519, Pair};
use syngraph_primitives::{
	AgreementId, BlockNumber, ChannelId, Function, GenesisHash, IntermediaryId, Payload, Progress,
	ResultValue, Roster, SensorId, Sequence, SignedDone, SignedMessage, SignedStatement, Source,
	Statement, WindowIndex, WindowShape,
};
use syngraph_protocol::{
	prepare, Docket, DocketView, Effect, Proof, Publication, Showing, Standing, Subject, Trial,
	Utterance, Verdict,
};
use syngraph_worker::{tower::Receipt, Chain, Channel, View};

use crate::accounts::Accounts;
use crate::machine::{agreement, genesis, schema, SENSOR};

const SLOT: u64 = 2_000;
pub const ANSWER: BlockNumber = 10;
/// So small that a window is shown in two steps.
const MAX_SHOWN: u32 = 1;

/// What machines submit.
enum Transaction {
	Settle(WindowIndex, Proof),
	Report(SignedStatement, SignedStatement),
	Complain(Utterance, Vec<SignedMessage>),
	File(SignedStatement, Option<sr25519::Signature>),
	Show(Showing, Vec<SignedMessage>),
	Judge(WindowIndex),
	Dismiss(WindowIndex, Vec<SignedDone>),
}

/// The chain, as every machine sees it.
pub struct World {
	pub number: BlockNumber,
	pub progress: Progress,
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	pub dockets: BTreeMap<WindowIndex, Docket<BlockNumber>>,
	pub trials: BTreeMap<(WindowIndex, u32), Trial>,
	pub verdicts: BTreeMap<WindowIndex, Verdict>,
	pub accusations: Vec<(SignedMessage, SignedMessage)>,
	pub roster: Roster,
	pub keys: Vec<sr25519::Pair>,
	pub accounts: Accounts,
	pub in_force: bool,
	pub forgotten: bool,
	pool: Vec<Transaction>,
	/// What gossip keeps: the last publication of each author in each channel, and whatever strangers
	/// publish.
	pub gossip: BTreeMap<([u8; 32], Channel), Vec<u8>>,
	/// Those whom gossip does not reach.
	pub cut_off: BTreeSet<usize>,
	pub clock: u64,
	/// Every statement ever published or submitted.
	said: BTreeMap<(IntermediaryId, WindowIndex, bool), Statement>,
}

/// The world through the eyes of one machine.
#[derive(Clone)]
pub struct Eyes {
	pub world: Rc<RefCell<World>>,
	/// Whether it computes another function than all others.
	pub wrong: bool,
}

fn function(wrong: bool) -> Function {
	let sum = br#"{"take":{"values":"load"},"aggregate":"sum","emit_if":{"at_least":1}}"#;
	let max = br#"{"take":{"values":"load"},"aggregate":"max","emit_if":{"at_least":-9}}"#;
	let json = if wrong { max.to_vec() } else { sum.to_vec() };
	Function::Pipeline(json.try_into().unwrap())
}

const SOURCE: Source = Source {
	sensor: SENSOR,
	start: 0,
};
const SHAPE: WindowShape = WindowShape { size: 2, slide: 2 };

impl Eyes {
	fn submit(&self, transaction: Transaction) {
		self.world.borrow_mut().pool.push(transaction);
	}
}

impl Chain for Eyes {
	fn number(&self) -> BlockNumber {
		self.world.borrow().number
	}
	fn genesis(&self) -> GenesisHash {
		genesis()
	}
	fn slot_millis(&self) -> u64 {
		SLOT
	}
	fn max_shown(&self) -> u32 {
		MAX_SHOWN
	}
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		let keys = &self.world.borrow().keys;
		let place = keys.iter().position(|pair| pair.public() == *key)?;
		Some(place as u64)
	}
	fn key(&self, intermediary: IntermediaryId) -> Option<sr25519::Public> {
		let keys = &self.world.borrow().keys;
		Some(keys.get(intermediary as usize)?.public())
	}
	fn agreements(&self, _: IntermediaryId) -> Vec<AgreementId> {
		let world = self.world.borrow();
		let there = world.in_force || !world.dockets.is_empty();
		there.then(agreement).into_iter().collect()
	}
	fn agreement(&self, id: &AgreementId) -> Option<View> {
		(*id == agreement()).then(|| View {
			sources: vec![(SOURCE, schema())],
			shape: SHAPE,
			function: function(self.wrong),
			standing: self.world.borrow().standing(),
		})
	}
	fn is_forgotten(&self, _: &AgreementId) -> bool {
		self.world.borrow().forgotten
	}
	fn is_needed(&self, _: SensorId) -> bool {
		self.world.borrow().in_force
	}
	fn sensor_key(&self, sensor: SensorId, _: Sequence) -> Option<ed25519::Public> {
		(sensor == SENSOR).then(|| crate::machine::sensor().public())
	}
	fn is_valid(&self, _: SensorId) -> bool {
		self.world.borrow().accusations.is_empty()
	}
	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber> {
		self.world.borrow().accounts.counts_until(channel)
	}
	fn is_rescuable(&self, receipt: &Receipt) -> bool {
		self.world.borrow().accounts.is_rescuable(receipt)
	}
	fn rescue(&self, receipt: Receipt) {
		self.world.borrow_mut().accounts.rescue(receipt);
	}
	fn settle(&self, _: AgreementId, window: WindowIndex, proof: Proof) {
		self.submit(Transaction::Settle(window, proof));
	}
	fn report(&self, left: SignedStatement, right: SignedStatement) {
		self.submit(Transaction::Report(left, right));
	}
	fn complain(&self, utterance: Utterance, heads: Vec<SignedMessage>) {
		self.submit(Transaction::Complain(utterance, heads));
	}
	fn file(&self, statement: SignedStatement, assent: Option<sr25519::Signature>) {
		self.submit(Transaction::File(statement, assent));
	}
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature) {
		let key = self.key(showing.intermediary).unwrap();
		let signed = showing.signing_bytes(&genesis());
		assert!(sr25519::Pair::verify(&signature, &signed, &key));
		self.submit(Transaction::Show(showing, messages));
	}
	fn judge(&self, _: AgreementId, window: WindowIndex) {
		self.submit(Transaction::Judge(window));
	}
	fn dismiss(&self, _: AgreementId, window: WindowIndex, declarations: Vec<SignedDone>) {
		self.submit(Transaction::Dismiss(window, declarations));
	}
	fn accuse(&self, _: AgreementId, left: SignedMessage, right: SignedMessage) {
		self.world.borrow_mut().accusations.push((left, right));
	}
}

impl World {
	pub fn new(keys: Vec<sr25519::Pair>) -> Self {
		let members: Vec<_> = (0..keys.len() as u64).collect();
		World {
			number: 0,
			progress: Progress::default(),
			settled: BTreeMap::new(),
			dockets: BTreeMap::new(),
			trials: BTreeMap::new(),
			verdicts: BTreeMap::new(),
			accusations: Vec::new(),
			roster: Roster {
				members: members.try_into().unwrap(),
				..Default::default()
			},
			keys,
			accounts: Accounts::default(),
			in_force: true,
			forgotten: false,
			pool: Vec::new(),
			gossip: BTreeMap::new(),
			cut_off: BTreeSet::new(),
			clock: 0,
			said: BTreeMap::new(),
		}
	}

	pub fn is_cut_off(&self, key: &sr25519::Public) -> bool {
		let place = self.keys.iter().position(|pair| pair.public() == *key);
		place.is_some_and(|place| self.cut_off.contains(&place))
	}

	fn standing(&self) -> Standing {
		let trials = |window| {
			let trials = self.trials.range((window, 0)..(window + 1, 0));
			trials.map(|((_, place), trial)| (*place, trial.position()))
		};
		let view = |docket: &Docket<BlockNumber>| DocketView {
			settled: self.settled.contains_key(&docket.window),
			docket: docket.clone(),
			trials: trials(docket.window).collect(),
		};
		Standing {
			in_force: self.in_force,
			progress: self.progress.clone(),
			roster: self.roster.clone(),
			answer: ANSWER,
			dockets: self.dockets.values().map(view).collect(),
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
				Transaction::Report(left, right) => self.report(left, right),
				Transaction::Complain(utterance, heads) => self.complain(utterance, &heads),
				Transaction::File(statement, assent) => self.file(statement, assent),
				Transaction::Show(showing, messages) => self.show(showing, &messages),
				Transaction::Judge(window) => self.judge(window),
				Transaction::Dismiss(window, all) => self.dismiss(window, &all),
			}
		}
	}

	fn settle(&mut self, window: WindowIndex, proof: Proof) {
		let keys = self.keys.iter().enumerate();
		let keys: Vec<_> = keys.map(|(i, pair)| (i as u64, pair.public())).collect();
		let verified = proof.verify(&genesis(), &agreement(), window, 0, &keys);
		assert_eq!(verified, Ok(()));
		if self.progress.decide(window).is_ok() {
			self.settled.insert(window, proof.result);
		}
	}

	fn report(&mut self, left: SignedStatement, right: SignedStatement) {
		let window = left.statement.window();
		if !self.open(window) {
			return;
		}
		self.note(&left);
		self.note(&right);
		let now = self.number;
		let docket = self.dockets.get_mut(&window).unwrap();
		if docket.contest(left, right, now, ANSWER) == Ok(Effect::Contested) {
			self.progress.freeze(window).unwrap();
		}
	}

	pub fn complain(&mut self, utterance: Utterance, heads: &[SignedMessage]) {
		let window = utterance.commit.statement.window();
		assert_eq!(heads.len(), 1);
		assert_eq!(heads[0].message.sequence, 2 * window + 1);
		if self.dockets.is_empty() && self.open(window) {
			self.file(utterance.commit, None);
		}
	}

	/// Opens a dispute about a window, unless it is decided. Tells whether there is one.
	fn open(&mut self, window: WindowIndex) -> bool {
		if !self.dockets.contains_key(&window) && !self.progress.is_decided(window) {
			let roster = self.roster.clone();
			let docket = Docket::new(agreement(), window, roster, self.number, ANSWER);
			self.dockets.insert(window, docket);
		}
		self.dockets.contains_key(&window)
	}

	fn file(&mut self, signed: SignedStatement, assent: Option<sr25519::Signature>) {
		self.note(&signed);
		let (window, now) = (signed.statement.window(), self.number);
		let Some(docket) = self.dockets.get_mut(&window) else {
			return;
		};
		if docket.file(signed, assent, now, ANSWER) == Ok(Effect::Contested) {
			self.progress.freeze(window).unwrap();
		}
	}

	fn show(&mut self, showing: Showing, messages: &[SignedMessage]) {
		assert_eq!(showing.messages, Showing::hash(messages));
		let Some(docket) = self.dockets.get_mut(&showing.window) else {
			return;
		};
		let place = docket.roster.place(showing.intermediary).unwrap();
		let Some(root) = docket.may_show(place, self.number) else {
			return;
		};
		let schemas = [schema()];
		let pipeline = prepare(&function(false), &schemas).unwrap();
		let subject = Subject {
			pipeline: &pipeline,
			sources: &[SOURCE],
			schemas: &schemas,
			shape: SHAPE,
			window: showing.window,
		};
		let key = (showing.window, place as u32);
		let trial = self.trials.get(&key).cloned().unwrap_or_default();
		if trial.position() != showing.position {
			return;
		}
		let trial = trial.step(&subject, messages, |_| true).unwrap();
		if trial.is_complete(&subject) {
			let shown = trial.finish(&pipeline);
			assert_eq!(shown.root, root);
			docket.show(shown, self.number, ANSWER);
		}
		self.trials.insert(key, trial);
	}

	fn judge(&mut self, window: WindowIndex) {
		let settled = self.settled.contains_key(&window);
		let Some(docket) = self.dockets.get(&window) else {
			return;
		};
		if docket.is_ripe(self.number, settled) {
			let verdict = docket.judge(self.number, settled);
			self.close(window, verdict);
		}
	}

	fn dismiss(&mut self, window: WindowIndex, declarations: &[SignedDone]) {
		for signed in declarations {
			let key = self.keys[signed.done.intermediary as usize].public();
			assert!(signed.verify(&genesis(), &key));
		}
		let Some(docket) = self.dockets.get(&window) else {
			return;
		};
		if docket.is_dismissed_by(declarations) {
			let verdict = docket.dismissal();
			self.close(window, verdict);
		}
	}

	fn close(&mut self, window: WindowIndex, verdict: Verdict) {
		self.verdicts.insert(window, verdict);
		self.dockets.remove(&window);
		self.trials.retain(|(of, _), _| *of != window);
		let _ = self.progress.freeze(window);
	}

	/// What an intermediary committed to for a window, signed again.
	pub fn utterance(&self, author: IntermediaryId, window: WindowIndex) -> Utterance {
		let statement = self.said[&(author, window, false)].clone();
		let bytes = statement.signing_bytes(&genesis());
		let signature = self.keys[author as usize].sign(&bytes);
		Utterance {
			commit: SignedStatement {
				statement,
				signature,
			},
			reveal: None,
		}
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
		let key = (statement.intermediary(), statement.window(), sort);
		let before = self.said.insert(key, statement.clone());
		assert!(
			before.is_none_or(|before| before == statement),
			"said two things"
		);
	}
}
