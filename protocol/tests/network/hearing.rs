//! Disputes on the chain of the virtual network.

use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	BlockNumber, IntermediaryId, Lack, Payload, Roster, SignedDone, SignedStatement, Statement,
	WindowIndex,
};
use syngraph_protocol::{conflict, settlement_of, Docket, Shown, Stage, Utterance, Verdict};

use crate::{
	chain::{Chain, ANSWER, MESSAGES},
	world::{agreement, digest_at, expected_at, genesis, root_at},
};

impl Chain {
	pub fn report(&mut self, left: SignedStatement, right: SignedStatement) {
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
		let _ = docket.contest(left, right, now, ANSWER);
		if self
			.docket
			.as_ref()
			.is_some_and(|known| known.window != docket.window)
		{
			self.trials.clear();
		}
		self.docket = Some(docket);
	}

	pub fn complain(&mut self, utterance: Utterance) {
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

	pub fn file(&mut self, signed: SignedStatement, assent: Option<sr25519::Signature>) {
		self.verify(&signed);
		let now = self.number;
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
		let _ = docket.file(signed, assent, now, ANSWER);
	}

	pub fn lack(&mut self, lack: &Lack, signature: &sr25519::Signature) {
		let signed = lack.signing_bytes(&genesis());
		let key = &self.keys[&lack.intermediary];
		assert!(sr25519::Pair::verify(signature, &signed, key));
		let now = self.number;
		if let Some(docket) = self.docket.as_mut() {
			let _ = docket.lack(lack, now, ANSWER);
		}
	}

	pub fn show(&mut self, window: WindowIndex, root: H256, at: u32, member: IntermediaryId) {
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
		docket.show(shown, now, ANSWER);
	}

	pub fn judge(&mut self, window: WindowIndex) {
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

	pub fn dismiss(&mut self, window: WindowIndex, declarations: &[SignedDone]) {
		self.verify_all(declarations);
		let docket = self.docket.as_ref();
		let Some(docket) = docket.filter(|docket| docket.window == window) else {
			return;
		};
		let altered = self.sources.altered(window);
		let known = declarations.iter().all(|signed| signed.done.at >= altered);
		if docket.is_dismissed_by(declarations) && known && !self.settled.contains_key(&window) {
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
}
