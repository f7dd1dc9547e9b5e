//! The chain of the virtual network: it checks with the code of the real one, and keeps as much of its
//! rules as the protocol can notice.

use std::collections::{BTreeMap, BTreeSet};

use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	BlockNumber, Feed, IntermediaryId, Lack, Payload, Progress, ResultValue, Roster, RosterNumber,
	SensorKeys, SignedDone, SignedStatement, SourceVersion, Statement, WindowIndex, WindowShape,
};
use syngraph_protocol::{
	conflict, settlement_of, Docket, DocketView, Effect, Proof, Shown, Sources, Stage, Standing,
	Utterance, Verdict,
};

use crate::world::{agreement, digest_at, expected_at, genesis, root_at};

/// How many blocks the members have to answer.
pub const ANSWER: BlockNumber = 10;
/// How many messages a window has. They are shown one by one.
pub const MESSAGES: u32 = 2;
/// The version of a window whose sources never changed.
pub const FIRST: SourceVersion = 1;

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
		let view = |docket: &Docket<BlockNumber>| DocketView {
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
			docket: self.docket.as_ref().map(view),
		}
	}

	/// Learns that the sensor signed two messages with one number of a window: it counts as never sent, and
	/// the window's version moves. The key is rotated from the next number on that is not of a window
	/// before `next`, so that no other version moves.
	pub fn convict(&mut self, window: WindowIndex, next: WindowIndex) {
		self.moved = Some(self.number);
		let (now, messages) = (self.number, u64::from(MESSAGES));
		let keys = &mut self.sources.keys[0];
		keys.convict(Some(window * messages), now);
		let count = keys.history.periods().len() as u8;
		let _ = keys.rotate(next.max(window + 1) * messages, now, sensor_key(count));
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
		if self.progress.decide(window).is_err() {
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
		let _ = self.progress.pass(below.expect("there are members"));
	}

	fn report(&mut self, left: SignedStatement, right: SignedStatement) {
		self.verify(&left);
		self.verify(&right);
		let window = left.statement.window();
		let now = self.number;
		let of_one = left.statement.intermediary() == right.statement.intermediary();
		let current = left.statement.roster() == self.roster.number;
		let Some(found) = conflict(&left.statement, &right.statement).filter(|_| current) else {
			return;
		};
		let joins = self
			.docket
			.clone()
			.filter(|docket| docket.window == window || of_one);
		let replaces = self
			.docket
			.as_ref()
			.is_none_or(|docket| docket.stage != Stage::Evidence);
		let opened = || self.open(window).filter(|_| replaces);
		let Some(mut docket) = joins.or_else(opened) else {
			let opened = self.docket.as_ref().map(|docket| docket.opened);
			let just = opened == Some(now) || self.progress.is_decided(window);
			assert!(just, "nobody reports what is not heard now: {found:?}");
			return;
		};
		let effect = docket.contest(left, right, now, ANSWER);
		if self
			.docket
			.as_ref()
			.is_some_and(|known| known.window != docket.window)
		{
			self.trials.clear();
		}
		let disputed = docket.window;
		self.docket = Some(docket);
		if effect == Ok(Effect::Contested) {
			self.freeze(disputed);
		}
	}

	fn complain(&mut self, utterance: Utterance) {
		let window = utterance.commit.statement.window();
		let same = self.version(window) == Some(utterance.commit.statement.version());
		let current = utterance.commit.statement.roster() == self.roster.number;
		if self.docket.is_some() || !same || !current {
			return;
		}
		let Some(docket) = self.open(window) else {
			return;
		};
		self.complaints += 1;
		self.docket = Some(docket);
		self.file(utterance.commit, None);
		if let Some(revealed) = utterance.reveal {
			self.file(revealed.statement, revealed.settlement);
		}
	}

	/// The docket of a dispute about a window, if one can be opened.
	pub fn open(&self, window: WindowIndex) -> Option<Docket<BlockNumber>> {
		self.progress.check(window).ok()?;
		let (version, roster) = (self.version(window)?, self.roster.clone());
		let docket = Docket::new(agreement(), window, version, roster, self.number, ANSWER);
		Some(docket)
	}

	fn file(&mut self, signed: SignedStatement, assent: Option<sr25519::Signature>) {
		self.verify(&signed);
		let (window, now) = (signed.statement.window(), self.number);
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		let Ok(place) = docket.check(&signed.statement, now) else {
			return;
		};
		if let Some(assent) = &assent {
			let Statement::Reveal(reveal) = &signed.statement else {
				panic!("nothing else is assented to")
			};
			let commit = docket.commitment(place).expect("it is on file");
			let settlement = settlement_of(commit, reveal).expect("it is not null");
			let signed = settlement.signing_bytes(&genesis());
			let key = &self.keys[&reveal.intermediary];
			assert!(sr25519::Pair::verify(assent, &signed, key));
		}
		if docket.file(signed, assent, now, ANSWER) == Ok(Effect::Contested) {
			self.freeze(window);
		}
	}

	fn lack(&mut self, lack: &Lack, signature: &sr25519::Signature) {
		let signed = lack.signing_bytes(&genesis());
		let key = &self.keys[&lack.intermediary];
		assert!(sr25519::Pair::verify(signature, &signed, key));
		let now = self.number;
		if let Some(docket) = self.docket.as_mut() {
			let _ = docket.lack(lack, now, ANSWER);
		}
	}

	fn show(&mut self, window: WindowIndex, root: H256, at: u32, member: IntermediaryId) {
		let now = self.number;
		let Some(docket) = self
			.docket
			.as_mut()
			.filter(|docket| docket.window == window)
		else {
			return;
		};
		let version = docket.version;
		let place = docket.roster.place(member).expect("a member shows it");
		let position = self.trials.get(&root).copied().unwrap_or(0);
		let honest = root == root_at(window, version);
		if !honest || position != at || !docket.may_show(&root, place, now) {
			return;
		}
		self.showers.push(member);
		self.trials.insert(root, position + 1);
		if position + 1 < MESSAGES {
			return;
		}
		self.shown.insert(window);
		let shown = Shown {
			root,
			digest: digest_at(window, version),
			result: expected_at(window, version),
		};
		if docket.show(shown, now, ANSWER) == Effect::Contested {
			self.freeze(window);
		}
	}

	fn judge(&mut self, window: WindowIndex) {
		let docket = self.docket.as_ref();
		let Some(docket) = docket.filter(|docket| docket.window == window) else {
			return;
		};
		let stale = self.version(window) != Some(docket.version);
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
		if docket.is_dismissed_by(declarations) && !self.settled.contains_key(&window) {
			let verdict = docket.dismissal();
			self.close(window, verdict);
		}
	}

	fn close(&mut self, window: WindowIndex, verdict: Verdict) {
		self.docket = None;
		self.trials.clear();
		let failed = verdict.faults.iter().map(|(member, _)| *member);
		let failed: Vec<_> = failed.chain(verdict.absent.iter().copied()).collect();
		let replaced = self.replace(&failed);
		if !(verdict.reopen && replaced) {
			self.freeze(window);
		}
		self.verdicts.insert(window, verdict);
	}

	/// Lets spares take the places of those that failed. Tells whether there were enough of them.
	fn replace(&mut self, failed: &[IntermediaryId]) -> bool {
		let mut members = self.roster.members.to_vec();
		let places: Vec<_> = (0..members.len())
			.filter(|place| failed.contains(&members[*place]))
			.collect();
		let enough = places.len() <= self.spares.len();
		for place in places {
			if self.spares.is_empty() {
				continue;
			}
			members[place] = self.spares.remove(0);
		}
		if members != self.roster.members.to_vec() {
			let next = Roster {
				number: self.roster.number + 1,
				since: self.progress.base(),
				members: members.try_into().unwrap(),
			};
			self.former = Some(std::mem::replace(&mut self.roster, next));
		}
		enough
	}

	fn freeze(&mut self, window: WindowIndex) {
		if self.progress.decide(window).is_ok() {
			self.frozen.insert(window);
		}
	}

	fn verify(&self, signed: &SignedStatement) {
		let key = &self.keys[&signed.statement.intermediary()];
		assert!(signed.verify(&genesis(), key), "evidence must be signed");
	}

	fn verify_all(&self, declarations: &[SignedDone]) {
		for signed in declarations {
			let key = &self.keys[&signed.done.intermediary];
			assert!(
				signed.verify(&genesis(), key),
				"declarations must be signed"
			);
		}
	}
}
