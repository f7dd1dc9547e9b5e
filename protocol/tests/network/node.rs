//! A node of the virtual network.

use std::collections::BTreeMap;

use codec::Encode;
use sp_core::{sr25519, Pair};
use syngraph_primitives::{
	BlockNumber, Fate, IntermediaryId, Payload, RoundId, Utterance, WindowIndex,
};
use syngraph_protocol::{
	conflict, Bundle, Computed, Docket, Output, Seat, Session, Sources, Standing,
};

use crate::{
	chain::{Chain, Transaction},
	purse::Purse,
	world::{agreement, genesis, Needs},
};

/// What a liar makes of a window that it computed.
pub type Lie = Box<dyn Fn(Computed) -> Computed>;

/// How a liar sees the chain, since its own terms are not those of the others.
pub type View = Box<dyn Fn(&mut Standing)>;

pub struct Node {
	pub pair: sr25519::Pair,
	pub id: IntermediaryId,
	pub session: Session,
	/// Whether it keeps to the rules. What it says is watched if it does.
	pub honest: bool,
	/// What it makes of windows, if it does not.
	pub lie: Option<Lie>,
	/// How it sees the chain, if not as it is.
	pub view: Option<View>,
	/// How many windows' messages have come.
	pub data: WindowIndex,
	/// Of how many windows the messages were dropped.
	pub dropped: WindowIndex,
	/// Whether it got the second ones of messages that a sensor signed twice.
	pub second: bool,
	/// Whether it does not pass on messages that others ask for.
	pub withholds: bool,
	/// Whether it does nothing at all.
	pub dead: bool,
	/// The most blocks from one of its turns to the next, as on a machine that has many agreements to see to. One
	/// that has a turn in each block hears of bundles as they come, others read what gossip keeps.
	pub pace: u32,
	/// The block of its next turn.
	pub turn: u32,
	/// How many windows it computes in a turn.
	pub share: usize,
	/// Every state that it ever saved, if they are kept.
	pub states: Vec<Vec<u8>>,
	/// What it knows of the sensors.
	pub sources: Option<Sources<BlockNumber>>,
	/// What it signs jointly with, if it does.
	pub purse: Option<Purse>,
	/// The dispute that it last heard of.
	pub docket: Option<Docket<BlockNumber>>,
	/// The last bundle that it heard of each other node.
	pub bundles: BTreeMap<usize, Bundle>,
	/// What stands for the state in which it took them in.
	pub heard: Option<Vec<u8>>,
	needs: Needs,
	/// All that it ever said, by round and attempt.
	said: BTreeMap<(RoundId, u8), Vec<Utterance>>,
}

impl Node {
	/// A node that has heard nothing yet.
	pub fn new(id: IntermediaryId, pair: sr25519::Pair, chain: &Chain) -> Self {
		Self {
			pair,
			id,
			session: Session::new(Seat {
				genesis: genesis(),
				agreement: agreement(),
				intermediary: id,
				roster: chain.roster.clone(),
			}),
			honest: true,
			lie: None,
			view: None,
			data: 0,
			dropped: 0,
			second: false,
			withholds: false,
			dead: false,
			pace: 1,
			turn: 0,
			share: usize::MAX,
			states: Vec::new(),
			sources: None,
			purse: None,
			docket: None,
			bundles: BTreeMap::new(),
			heard: None,
			needs: Needs::new(),
			said: BTreeMap::new(),
		}
	}

	/// Makes a liar of it, that takes each window for what this makes of it.
	pub fn lies(&mut self, lie: impl Fn(Computed) -> Computed + 'static) {
		self.honest = false;
		self.lie = Some(Box::new(lie));
	}

	/// Makes a liar of it, that sees the chain as it likes.
	pub fn sees(&mut self, view: impl Fn(&mut Standing) + 'static) {
		self.honest = false;
		self.view = Some(Box::new(view));
	}

	/// What it computes from a window, if it has the messages, or finds them on chain.
	pub fn compute(&self, window: WindowIndex, chain: &Chain) -> Option<Computed> {
		let sources = self.sources.as_ref()?;
		let here = (self.dropped..self.data).contains(&window) || chain.shown.contains(&window);
		let second = self.second && chain.doubled.contains(&window);
		let computed = match sources.fate(window) {
			// Once a sensor is revoked all windows are, without an end.
			Fate::Dead if window < self.data => Computed::dead(window),
			Fate::Live if here && !self.dead => {
				chain.computed_at(window, sources.version(), second)
			},
			_ => return None,
		};
		Some(match &self.lie {
			Some(lie) => lie(computed),
			None => computed,
		})
	}

	/// What stands for all by which the session decides what to take in of bundles.
	pub fn view(&self) -> Vec<u8> {
		let rounds = self.session.open_rounds();
		let rounds: Vec<_> = rounds.map(|round| (round.span(), round.phase())).collect();
		let version = self.sources.as_ref().map(Sources::version);
		(self.session.seat(), version, self.session.needs(), rounds).encode()
	}

	/// Drops the messages that are not needed any more.
	pub fn drop_messages(&mut self) {
		if self.dead {
			return;
		}
		let needs = self.session.needs().unwrap_or(self.data);
		let needed = self.needs.push(needs);
		self.dropped = self.dropped.max(needed).min(self.data);
	}

	/// What the node says now, signed. Fails if it contradicts what it said before.
	pub fn bundle(&mut self) -> Bundle {
		let pair = self.pair.clone();
		let sign = |bytes: &[u8]| Some(pair.sign(bytes));
		let bundle = self.session.bundle(&genesis(), &sign).unwrap();
		for utterance in &bundle.utterances {
			self.note(utterance);
		}
		bundle
	}

	/// What the node submits to the chain, if that is what it has to do. Fails if it contradicts what it
	/// said before.
	pub fn submits(&mut self, output: &Output) -> Option<Transaction> {
		let pair = self.pair.clone();
		let sign = |bytes: &[u8]| Some(pair.sign(bytes));
		let session = &self.session;
		Some(match output {
			Output::Publish | Output::Rejected(..) => return None,
			Output::Settle(round) => {
				let proof = session.proof(round, |settlement| {
					Some(pair.sign(&settlement.signing_bytes(&genesis())))
				});
				let proof = proof.expect("it said it can settle");
				let hides = self.purse.as_ref().is_some_and(|purse| purse.hides);
				if hides && proof.singles().is_none() {
					return None;
				}
				Transaction::Settle(*round, proof)
			},
			Output::Report(round) => {
				let both = session.exhibits(round, &genesis(), &sign);
				let both = both.expect("there are two utterances");
				self.note_own(&both.0);
				self.note_own(&both.1);
				Transaction::Report(*round, Box::new(both))
			},
			Output::Complain(round) => {
				let said = session.utterances(round, &genesis(), &sign);
				let said = said.expect("the round is known");
				said.iter().for_each(|said| self.note_own(said));
				Transaction::Complain(*round, said)
			},
			Output::File(place) => {
				let said = session.testimony(*place, &genesis(), &sign);
				let said = said.expect("it said it can file");
				self.note_own(&said);
				Transaction::File(said)
			},
			Output::Lack(window) => {
				let lack = session.lack(*window).expect("there is a dispute");
				let signature = pair.sign(&lack.signing_bytes(&genesis()));
				Transaction::Lack(lack, signature)
			},
			Output::Challenge(place) => {
				let challenge = session.challenge(*place).expect("there is a dispute");
				let signature = pair.sign(&challenge.signing_bytes(&genesis()));
				Transaction::Challenge(challenge, signature)
			},
			Output::Open(place) => {
				let hashes = session.opening().expect("it has the tree");
				Transaction::Open(*place, hashes)
			},
			Output::Show(window, root, at) => {
				let docket = self.docket.as_ref()?;
				let place = docket.roster.place(self.id).expect("it is a member");
				let end = docket.pledged(place).expect("it has committed").end;
				let path = session.path(*window, end).expect("it has the windows");
				Transaction::Show(*window, *root, *at, self.id, path)
			},
			Output::Judge => Transaction::Judge,
		})
	}

	fn note_own(&mut self, said: &Utterance) {
		if said.author() == self.id {
			self.note(said);
		}
	}

	/// Holds what is said now against all that was ever said.
	fn note(&mut self, said: &Utterance) {
		assert!(said.is_sound() && said.verify(&genesis(), &self.pair.public()));
		let key = (said.span().round, said.span().attempt);
		let earlier = self.said.entry(key).or_default();
		if self.honest {
			let contrary = earlier.iter().find(|earlier| contradicts(earlier, said));
			assert_eq!(contrary, None, "said two things, the second {said:?}");
		}
		let same = |known: &Utterance| {
			let set = |it: &Utterance| it.reveal.as_ref().map(|reveal| reveal.commitments);
			known.commitment() == said.commitment() && set(known) == set(said)
		};
		if !earlier.iter().any(same) {
			earlier.push(said.clone());
		}
	}
}

/// Whether one author may not say both. In attempts that the chain begins it may, if they are about other ranges or
/// begin from other commitments: such are known on different branches only.
fn contradicts(left: &Utterance, right: &Utterance) -> bool {
	let begins = |said: &Utterance| (said.span().end, said.commitment().before);
	let apart = left.span().attempt > 1 && begins(left) != begins(right);
	!apart && conflict(left, right).is_some()
}
