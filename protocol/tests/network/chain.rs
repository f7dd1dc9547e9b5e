//! The chain of the virtual network: it checks with the code of the real one, and keeps as much of its
//! rules as the protocol can notice.

use std::collections::{BTreeMap, BTreeSet};

use sp_core::{ed25519, sr25519, H256};
use syngraph_primitives::{
	BlockNumber, Feed, IntermediaryId, Lack, Progress, ResultValue, Roster, RosterNumber,
	SensorKeys, SignedDone, SignedStatement, SourceVersion, WindowIndex, WindowShape,
};
use syngraph_protocol::{
	DisputeState, Docket, Proof, Sources, Stage, Standing, Utterance, Verdict,
};

use crate::world::{agreement, genesis};

/// How many blocks the members have to answer.
pub const ANSWER: BlockNumber = 10;
/// How many messages a window has. They are shown one by one.
pub const MESSAGES: u32 = 2;
/// The changes of a window whose sources never did.
pub const FIRST: u32 = 1;

/// What nodes submit.
#[derive(Clone)]
pub enum Transaction {
	Settle(RosterNumber, WindowIndex, Proof),
	Pass(Vec<SignedDone>),
	Report(SignedStatement, SignedStatement),
	Complain(Utterance),
	File(SignedStatement, Option<sr25519::Signature>),
	Lack(Lack, sr25519::Signature),
	/// By whom. Whoever shows a window has the messages that all have.
	Show(WindowIndex, H256, u32, IntermediaryId),
	Judge(WindowIndex),
	Dismiss(WindowIndex, Vec<SignedDone>),
}

/// The chain's state.
#[derive(Clone)]
pub struct Chain {
	pub number: BlockNumber,
	pub progress: Progress,
	pub roster: Roster,
	pub former: Option<Roster>,
	pub spares: Vec<IntermediaryId>,
	pub sources: Sources,
	/// The block in which it last learnt something of them.
	pub moved: Option<BlockNumber>,
	/// The results, each with the version of the sources it comes from.
	pub settled: BTreeMap<WindowIndex, (SourceVersion, ResultValue)>,
	/// How settlements failed to be the first.
	pub wasted: u64,
	pub complaints: u32,
	pub docket: Option<Docket<BlockNumber>>,
	/// How much of which windows was shown.
	pub trials: BTreeMap<H256, u32>,
	/// Who showed something.
	pub showers: Vec<IntermediaryId>,
	/// The windows that were shown as a whole, by now or ever.
	pub shown: BTreeSet<WindowIndex>,
	pub verdicts: BTreeMap<WindowIndex, Verdict>,
	pub frozen: BTreeSet<WindowIndex>,
	pub keys: BTreeMap<IntermediaryId, sr25519::Public>,
}

/// The version of a window whose sources never changed.
pub fn first() -> SourceVersion {
	let version = Chain::default().version(0);
	version.expect("it can settle")
}

/// The key of the sensor's `n`th period.
fn sensor_key(n: u8) -> ed25519::Public {
	ed25519::Public::from_raw([n; 32])
}

impl Default for Chain {
	fn default() -> Self {
		let feed = Feed {
			sensor: 7,
			since: 0,
			start: 0,
		};
		Self {
			number: 0,
			progress: Progress::default(),
			roster: Roster::default(),
			former: None,
			spares: Vec::new(),
			sources: Sources {
				feeds: vec![feed],
				keys: vec![SensorKeys::new(0, sensor_key(0))],
				shape: WindowShape {
					size: MESSAGES,
					slide: MESSAGES,
				},
				replaced: 0,
				grounds: H256::zero(),
			},
			moved: None,
			settled: BTreeMap::new(),
			wasted: 0,
			complaints: 0,
			docket: None,
			trials: BTreeMap::new(),
			showers: Vec::new(),
			shown: BTreeSet::new(),
			verdicts: BTreeMap::new(),
			frozen: BTreeSet::new(),
			keys: BTreeMap::new(),
		}
	}
}

impl Chain {
	/// What a node hears of it.
	pub fn standing(&self) -> Standing {
		let state = |docket: &Docket<BlockNumber>| DisputeState {
			settled: self.settled.contains_key(&docket.window),
			docket: docket.clone(),
			trials: self.trials.iter().map(|(root, at)| (*root, *at)).collect(),
		};
		Standing {
			in_force: true,
			progress: self.progress.clone(),
			roster: self.roster.clone(),
			answer: ANSWER,
			sources: self.sources.clone(),
			dispute: self.docket.as_ref().map(state),
		}
	}

	/// Learns that the sensor signed two messages with the last number of a window: it counts as never sent, and
	/// the window's version moves. The owner gives it a new key from the next window on that can begin with one, so
	/// that the versions of those after it move too.
	pub fn convict(&mut self, window: WindowIndex) {
		self.suspend(window);
		self.end_suspension(window);
	}

	/// The same, but the owner does not do that yet.
	pub fn suspend(&mut self, window: WindowIndex) {
		self.moved = Some(self.number);
		let last = (window + 1) * u64::from(MESSAGES) - 1;
		self.sources.keys[0].convict(last, self.number);
	}

	/// Learns of the new key.
	pub fn end_suspension(&mut self, window: WindowIndex) {
		self.moved = Some(self.number);
		let (now, messages) = (self.number, u64::from(MESSAGES));
		let keys = &mut self.sources.keys[0];
		let next = (window + 1) * messages;
		let last = keys.history.periods().last().map_or(0, |last| last.from);
		let count = keys.history.periods().len() as u8;
		let _ = keys.rotate(next.max(last + messages), now, sensor_key(count));
	}

	/// Learns one of two things about the first window, by which its version moves as far.
	pub fn learn_either(&mut self, second: bool) {
		if !second {
			return self.convict(0);
		}
		self.moved = Some(self.number);
		let rotated = self.sources.keys[0].rotate(1, self.number, sensor_key(1));
		assert_eq!(rotated, Ok(None));
	}

	/// Learns that the sensor signs with another key from a window on: the version of all of them moves.
	pub fn rotate(&mut self, from: WindowIndex) {
		self.moved = Some(self.number);
		let keys = &mut self.sources.keys[0];
		let key = sensor_key(keys.history.periods().len() as u8);
		let rotated = keys.rotate(from * u64::from(MESSAGES), self.number, key);
		assert_eq!(rotated, Ok(None));
	}

	/// Learns that the sensor's messages are not valid from a window on.
	pub fn revoke(&mut self, from: WindowIndex) {
		self.moved = Some(self.number);
		let revoked = self.sources.keys[0].revoke(from * u64::from(MESSAGES), self.number);
		assert_eq!(revoked, Ok(()));
	}

	/// Forgets what it learnt since it knew this.
	pub fn unlearn(&mut self, sources: Sources) {
		self.moved = Some(self.number);
		self.sources = sources;
	}

	/// The version of a window's sources.
	pub fn version(&self, window: WindowIndex) -> Option<SourceVersion> {
		self.sources.version(window)
	}

	pub fn apply(&mut self, transaction: Transaction) {
		match transaction {
			Transaction::Settle(roster, window, proof) => self.settle(roster, window, proof),
			Transaction::Pass(declarations) => self.pass(&declarations),
			Transaction::Report(left, right) => self.report(left, right),
			Transaction::Complain(utterance) => self.complain(utterance),
			Transaction::File(statement, assent) => self.file(statement, assent),
			Transaction::Lack(lack, signature) => self.lack(&lack, &signature),
			Transaction::Show(window, root, at, member) => self.show(window, root, at, member),
			Transaction::Judge(window) => self.judge(window),
			Transaction::Dismiss(window, declarations) => self.dismiss(window, &declarations),
		}
	}

	fn settle(&mut self, roster: RosterNumber, window: WindowIndex, proof: Proof) {
		let Some(version) = self
			.version(window)
			.filter(|_| roster == self.roster.number)
		else {
			return;
		};
		let members = self.roster.members.iter();
		let keys: Vec<_> = members.map(|member| (*member, self.keys[member])).collect();
		let verified = proof.verify(&genesis(), &agreement(), window, roster, version, &keys);
		if verified.is_err() {
			// It was submitted in the block in which the version moved.
			self.wasted += 1;
			let moved = self.moved.is_some_and(|moved| self.number <= moved + 2);
			assert!(moved, "a node submitted a proof that does not hold");
			return;
		}
		let mut open = self.docket.iter();
		let frozen = open.any(|docket| docket.window == window && docket.stage == Stage::Evidence);
		if frozen || self.progress.decide(window).is_err() {
			self.wasted += 1;
			return;
		}
		let before = self.settled.insert(window, (version, proof.result));
		assert_eq!(before, None, "settled twice");
	}

	fn pass(&mut self, declarations: &[SignedDone]) {
		self.verify_all(declarations);
		let rosters = [Some(&self.roster), self.former.as_ref()];
		let by_all = rosters.into_iter().flatten().any(|roster| {
			let by = |(member, signed): (&IntermediaryId, &SignedDone)| {
				signed.done.intermediary == *member && signed.done.roster == roster.number
			};
			let members = &roster.members;
			members.len() == declarations.len() && members.iter().zip(declarations).all(by)
		});
		assert!(by_all, "all members of a roster declare it");
		let below = declarations.iter().map(|signed| signed.done.below).min();
		let below = below.expect("there are members");
		if self
			.docket
			.as_ref()
			.is_none_or(|docket| docket.window >= below)
		{
			let _ = self.progress.pass(below);
		}
	}

	/// Gives a window up that is in dispute.
	pub fn freeze(&mut self, window: WindowIndex) {
		if self.progress.decide(window).is_ok() {
			self.frozen.insert(window);
		}
	}

	pub fn verify(&self, signed: &SignedStatement) {
		let key = &self.keys[&signed.statement.intermediary()];
		assert!(signed.verify(&genesis(), key), "evidence must be signed");
	}

	pub fn verify_all(&self, declarations: &[SignedDone]) {
		for signed in declarations {
			let key = &self.keys[&signed.done.intermediary];
			assert!(
				signed.verify(&genesis(), key),
				"declarations must be signed"
			);
		}
	}
}
