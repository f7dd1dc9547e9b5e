//! The chain of the virtual network: it checks with the code of the real one, and keeps as much of its
//! rules as the protocol can notice.

use std::collections::{BTreeMap, BTreeSet};

use sp_core::{sr25519, Pair};
use syngraph_primitives::{
	BlockNumber, IntermediaryId, Payload, Progress, ResultValue, Roster, RosterNumber, SignedDone,
	SignedStatement, Statement, WindowIndex,
};
use syngraph_protocol::{
	settlement_of, Docket, DocketView, Effect, Proof, Shown, Stage, Standing, Utterance, Verdict,
};

use crate::world::{agreement, digest, expected, genesis, root};

/// How many blocks the members have to answer.
pub const ANSWER: BlockNumber = 10;

/// What nodes submit.
#[derive(Clone)]
pub enum Transaction {
	Settle(RosterNumber, WindowIndex, Proof),
	Report(SignedStatement, SignedStatement),
	Complain(Utterance),
	File(SignedStatement, Option<sr25519::Signature>),
	/// By whom. Whoever shows a window has the messages that all have.
	Show(WindowIndex, IntermediaryId),
	Judge(WindowIndex),
	Dismiss(WindowIndex, Vec<SignedDone>),
}

/// The chain's state.
#[derive(Clone, Default)]
pub struct Chain {
	pub number: BlockNumber,
	pub progress: Progress,
	pub roster: Roster,
	pub spares: Vec<IntermediaryId>,
	pub settled: BTreeMap<WindowIndex, ResultValue>,
	/// How settlements failed to be the first.
	pub wasted: u64,
	pub dockets: BTreeMap<WindowIndex, Docket<BlockNumber>>,
	pub verdicts: BTreeMap<WindowIndex, Verdict>,
	pub frozen: BTreeSet<WindowIndex>,
	pub keys: BTreeMap<IntermediaryId, sr25519::Public>,
}

impl Chain {
	/// What a node hears of it.
	pub fn standing(&self) -> Standing {
		let view = |docket: &Docket<BlockNumber>| DocketView {
			settled: self.settled.contains_key(&docket.window),
			docket: docket.clone(),
			trials: Vec::new(),
		};
		Standing {
			in_force: true,
			progress: self.progress.clone(),
			roster: self.roster.clone(),
			answer: ANSWER,
			dockets: self.dockets.values().map(view).collect(),
		}
	}

	pub fn apply(&mut self, transaction: Transaction) {
		match transaction {
			Transaction::Settle(roster, window, proof) => self.settle(roster, window, proof),
			Transaction::Report(left, right) => self.report(left, right),
			Transaction::Complain(utterance) => self.complain(utterance),
			Transaction::File(statement, assent) => self.file(statement, assent),
			Transaction::Show(window, member) => self.show(window, member),
			Transaction::Judge(window) => self.judge(window),
			Transaction::Dismiss(window, declarations) => self.dismiss(window, &declarations),
		}
	}

	fn settle(&mut self, roster: RosterNumber, window: WindowIndex, proof: Proof) {
		if roster != self.roster.number {
			return;
		}
		let members = self.roster.members.iter();
		let keys: Vec<_> = members.map(|member| (*member, self.keys[member])).collect();
		let verified = proof.verify(&genesis(), &agreement(), window, roster, &keys);
		assert_eq!(
			verified,
			Ok(()),
			"a node submitted a proof that does not hold"
		);
		if self.progress.decide(window).is_err() {
			self.wasted += 1;
			return;
		}
		let before = self.settled.insert(window, proof.result);
		assert_eq!(before, None, "settled twice");
	}

	fn report(&mut self, left: SignedStatement, right: SignedStatement) {
		self.verify(&left);
		self.verify(&right);
		let window = left.statement.window();
		let (now, known) = (self.number, self.dockets.get(&window));
		let Some(mut docket) = known.cloned().or_else(|| self.docket(window)) else {
			return;
		};
		if docket.contest(left, right, now, ANSWER) == Ok(Effect::Contested) {
			self.freeze(window);
		}
		self.dockets.insert(window, docket);
	}

	fn complain(&mut self, utterance: Utterance) {
		let window = utterance.commit.statement.window();
		let open = |docket: &Docket<_>| docket.stage != Stage::Evidence;
		if self.dockets.values().any(open) || self.dockets.contains_key(&window) {
			return;
		}
		let Some(docket) = self.docket(window) else {
			return;
		};
		self.dockets.insert(window, docket);
		self.file(utterance.commit, None);
		if let Some(revealed) = utterance.reveal {
			self.file(revealed.statement, revealed.settlement);
		}
	}

	/// The docket of a dispute about a window, if one can be opened.
	fn docket(&self, window: WindowIndex) -> Option<Docket<BlockNumber>> {
		let roster = self.roster.clone();
		let open = !self.progress.is_decided(window) && window >= roster.since;
		open.then(|| Docket::new(agreement(), window, roster, self.number, ANSWER))
	}

	fn file(&mut self, signed: SignedStatement, assent: Option<sr25519::Signature>) {
		self.verify(&signed);
		let (window, now) = (signed.statement.window(), self.number);
		let Some(docket) = self.dockets.get_mut(&window) else {
			return;
		};
		if let (Some(assent), Ok(place)) = (&assent, docket.check(&signed.statement, now)) {
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

	fn show(&mut self, window: WindowIndex, member: IntermediaryId) {
		let Some(docket) = self.dockets.get_mut(&window) else {
			return;
		};
		let place = docket.roster.place(member).expect("a member shows it");
		if docket.may_show(place, self.number) != Some(root(window)) {
			return;
		}
		let shown = Shown {
			root: root(window),
			digest: digest(window),
			result: expected(window),
		};
		if docket.show(shown, self.number, ANSWER) == Effect::Contested {
			self.freeze(window);
		}
	}

	fn judge(&mut self, window: WindowIndex) {
		let Some(docket) = self.dockets.get(&window) else {
			return;
		};
		let settled = self.settled.contains_key(&window);
		if !docket.is_ripe(self.number, settled) {
			return;
		}
		let verdict = docket.judge(self.number, settled);
		self.close(window, verdict);
	}

	fn dismiss(&mut self, window: WindowIndex, declarations: &[SignedDone]) {
		for signed in declarations {
			let key = &self.keys[&signed.done.intermediary];
			assert!(
				signed.verify(&genesis(), key),
				"declarations must be signed"
			);
		}
		let Some(docket) = self.dockets.get(&window) else {
			return;
		};
		if docket.is_dismissed_by(declarations) && !self.settled.contains_key(&window) {
			let verdict = docket.dismissal();
			self.close(window, verdict);
		}
	}

	fn close(&mut self, window: WindowIndex, verdict: Verdict) {
		self.dockets.remove(&window);
		let failed = verdict.faults.iter().map(|(member, _)| *member);
		let failed: Vec<_> = failed.chain(verdict.absent.iter().copied()).collect();
		let replaced = self.replace(&failed, window);
		if !(verdict.reopen && replaced) {
			self.freeze(window);
		}
		self.verdicts.insert(window, verdict);
	}

	/// Lets spares take the places of those that failed. Tells whether there were enough of them.
	fn replace(&mut self, failed: &[IntermediaryId], window: WindowIndex) -> bool {
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
			self.roster = Roster {
				number: self.roster.number + 1,
				since: window,
				members: members.try_into().unwrap(),
			};
		}
		enough
	}

	fn freeze(&mut self, window: WindowIndex) {
		if self.progress.freeze(window).is_ok() {
			self.frozen.insert(window);
		}
	}

	fn verify(&self, signed: &SignedStatement) {
		let key = &self.keys[&signed.statement.intermediary()];
		assert!(signed.verify(&genesis(), key), "evidence must be signed");
	}
}
