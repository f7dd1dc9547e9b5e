//! Disputes on the chain of the virtual network.

use std::collections::BTreeSet;

use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	BlockNumber, Fate, IntermediaryId, Lack, Outcomes, Payload, Roster, RoundId, Ruling, Utterance,
	WindowIndex,
};
use syngraph_protocol::{
	conflict, Challenge, Computed, Conflict, Docket, Effect, FileError, Hashes, Path, Shown,
	Verdict,
};

use crate::{
	chain::{Chain, Settled, ANSWER, MESSAGES},
	world::{agreement, genesis},
};

impl Chain {
	/// Takes in two utterances that contradict each other. If no dispute is open they open one: if one member
	/// contradicts itself, whichever round of the roster it spoke of.
	pub fn report(&mut self, round: &RoundId, left: Utterance, right: Utterance) {
		self.verify(&left);
		self.verify(&right);
		if !self.is_short(&left) || !self.is_short(&right) {
			return;
		}
		let Some(found) = conflict(&left, &right) else {
			panic!("nothing contradicts: {left:?}, {right:?}");
		};
		let of_one = matches!(found, Conflict::Equivocation { .. });
		let current = match of_one {
			// Nobody looks back at what is decided for that alone.
			true => {
				let open = self.docket.is_some() || round.first >= self.progress.base;
				open && round.roster == self.roster.number
			},
			false => *round == self.next_round(),
		};
		if !current || (self.docket.is_some() && !of_one) {
			return;
		}
		let docket = self.docket.clone();
		let mut docket = docket.unwrap_or_else(|| self.new_docket());
		if let Ok(effect) = docket.contest(left, right, self.number, ANSWER) {
			self.docket = Some(docket);
			self.follow(effect);
		} else {
			let opened = self.docket.as_ref().map(|docket| docket.opened);
			let known = opened.is_some();
			assert!(known, "nobody reports what is not heard: {found:?}");
		}
	}

	/// Takes in what members said about the round that is to settle next, while others are silent.
	pub fn complain(&mut self, round: &RoundId, all: Vec<Utterance>) {
		all.iter().for_each(|said| self.verify(said));
		let short = all.iter().all(|said| self.is_short(said));
		if self.docket.is_some() || *round != self.next_round() || !short {
			return;
		}
		let mut docket = self.new_docket();
		let mut effects = Vec::new();
		for said in all {
			effects.extend(docket.file(said, self.number, ANSWER));
		}
		assert!(!effects.is_empty(), "who complains has committed");
		self.complaints += 1;
		self.docket = Some(docket);
		effects.into_iter().for_each(|effect| self.follow(effect));
	}

	/// A dispute about the round that is to settle next.
	fn new_docket(&self) -> Docket<BlockNumber> {
		let roster = self.roster.clone();
		let (version, leader) = (self.version(), self.leader() as u8);
		let (now, progress) = (self.number, &self.progress);
		Docket {
			halted: self.halted,
			..Docket::new(agreement(), roster, progress, version, leader, now, ANSWER)
		}
	}

	pub fn file(&mut self, said: Utterance) {
		self.verify(&said);
		let now = self.number;
		if self.is_short(&said) {
			self.put(|docket| docket.file(said, now, ANSWER));
		}
	}

	/// Whether it is about no more windows than a round has.
	fn is_short(&self, said: &Utterance) -> bool {
		said.span().len() <= self.longest
	}

	pub fn lack(&mut self, lack: &Lack, signature: &sr25519::Signature) {
		self.verify_payload(lack.intermediary, lack, signature);
		let now = self.number;
		self.put(|docket| docket.lack(lack, now, ANSWER));
	}

	pub fn challenge(&mut self, challenge: &Challenge, signature: &sr25519::Signature) {
		self.verify_payload(challenge.intermediary, challenge, signature);
		let now = self.number;
		self.put(|docket| docket.challenge(challenge, now, ANSWER));
	}

	pub fn open(&mut self, place: u32, hashes: Hashes) {
		let now = self.number;
		self.put(|docket| docket.open(place as usize, hashes, now, ANSWER));
	}

	/// Puts something on file, if a dispute is open and waits for it.
	fn put(&mut self, file: impl FnOnce(&mut Docket<BlockNumber>) -> Result<Effect, FileError>) {
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		if let Ok(effect) = file(docket) {
			self.follow(effect);
		}
	}

	/// Does what follows from something that was put on file.
	fn follow(&mut self, effect: Effect) {
		let Some(docket) = self
			.docket
			.as_mut()
			.filter(|_| effect == Effect::Questioned)
		else {
			return;
		};
		self.trials.clear();
		let window = docket.window().expect("it asks for one");
		if self.sources.fate(window) == Fate::Dead {
			docket.show(Shown::dead(), self.number, ANSWER);
		}
	}

	/// Takes in a part of a window. Whatever root is not one that the sensor signed is shown to be no part of the
	/// window.
	pub fn show(
		&mut self,
		window: WindowIndex,
		root: H256,
		at: u32,
		member: IntermediaryId,
		path: &Path,
	) {
		let (now, doubled) = (self.number, self.doubled.contains(&window));
		let first = self.computed(window, false);
		let second = Some(self.computed(window, true)).filter(|_| doubled);
		let current = self.version();
		let Some(docket) = self.docket.as_mut() else {
			return;
		};
		let place = docket.roster.place(member);
		let place = place.filter(|place| docket.may_show(&root, path, *place, now));
		let (Some(place), true) = (place, docket.window() == Some(window)) else {
			return;
		};
		if docket.version != current {
			return;
		}
		let genuine = [Some(first), second].into_iter().flatten();
		let Some(genuine) = genuine.into_iter().find(|genuine| genuine.root == root) else {
			docket.mislead(place);
			return;
		};
		let position = self.trials.get(&root).copied().unwrap_or(0);
		if position != at {
			return;
		}
		self.showers.push(member);
		self.trials.insert(root, position + 1);
		if position + 1 < MESSAGES {
			return;
		}
		self.shown.insert(window);
		let Computed {
			root,
			digest,
			result,
			..
		} = genuine;
		let shown = Shown {
			root,
			digest,
			result,
		};
		let effect = docket.show(shown, now, ANSWER);
		self.follow(effect);
	}

	pub fn judge(&mut self) {
		let Some(docket) = self.docket.as_ref() else {
			return;
		};
		let over = docket.round() != self.next_round();
		if docket.is_ripe(self.number, over) {
			let (round, verdict) = (docket.round(), docket.judge(self.number, over));
			let rules = self.rules && !over && self.spares.is_empty();
			let ruling = docket.ruling(&verdict).filter(|_| rules);
			if let Some(window) = docket.window().filter(|_| verdict.sensor_at_fault) {
				self.doubled.remove(&window);
				self.convict(window);
			}
			if let Some(ruling) = ruling {
				self.rule(round, ruling);
			}
			self.close(round, verdict);
		}
	}

	/// What it computed itself of the first window of a round settles.
	fn rule(&mut self, round: RoundId, ruling: Ruling) {
		self.progress.decide(round.first + 1);
		self.settled.push(Settled {
			round,
			attempt: 0,
			outcomes: Outcomes::new([ruling.outcome]).unwrap(),
			jointly: false,
			dead: BTreeSet::new(),
		});
	}

	/// Ends a dispute: all members commit anew, under a roster with another number.
	fn close(&mut self, round: RoundId, verdict: Verdict) {
		self.docket = None;
		self.trials.clear();
		self.moved = Some(self.number);
		for member in &verdict.absent {
			*self.absences.entry(*member).or_default() += 1;
		}
		let mut members = Vec::new();
		let count = self.roster.members.len();
		for (place, member) in self.roster.members.iter().enumerate() {
			let at_fault = verdict.faults.iter().any(|(wrong, _)| wrong == member);
			let failed = at_fault || verdict.absent.contains(member);
			let absences = self.absences.get(member).copied().unwrap_or(0);
			match self.spares.first().copied().filter(|_| failed) {
				Some(spare) => {
					self.spares.remove(0);
					members.push(spare);
				},
				// It is missing from then on, as long as there are others.
				None if (at_fault || absences >= 3) && members.len() + count - place > 2 => (),
				None => members.push(*member),
			}
		}
		self.roster = Roster {
			number: self.roster.number + 1,
			since: self.progress.base,
			members: members.try_into().unwrap(),
		};
		self.verdicts.push((round, verdict));
	}

	fn verify(&self, said: &Utterance) {
		let key = &self.keys[&said.author()];
		assert!(said.verify(&genesis(), key), "evidence must be signed");
	}

	fn verify_payload(
		&self,
		member: IntermediaryId,
		payload: &impl Payload,
		signature: &sr25519::Signature,
	) {
		let (bytes, key) = (payload.signing_bytes(&genesis()), &self.keys[&member]);
		assert!(sr25519::Pair::verify(signature, &bytes, key));
	}
}
