//! A node of the virtual network.

use std::collections::BTreeMap;

use sp_core::{sr25519, Pair};
use syngraph_primitives::{
	IntermediaryId, Lack, Payload, RosterNumber, SignedStatement, SourceVersion, Statement,
	WindowIndex,
};
use syngraph_protocol::{Bundle, Output, Seat, Session, Sort, Sources};

use crate::{
	chain::{Chain, Transaction},
	world::{agreement, genesis},
};

/// Every statement that a node ever sent.
type Said = BTreeMap<(RosterNumber, WindowIndex, SourceVersion, Sort), Statement>;

pub struct Node {
	pub pair: sr25519::Pair,
	pub id: IntermediaryId,
	pub session: Session,
	/// How many windows' messages have come.
	pub data: WindowIndex,
	/// Of how many windows the messages were dropped.
	pub dropped: WindowIndex,
	/// What it knows of the sensors.
	pub sources: Sources,
	/// Whether it does nothing at all.
	pub dead: bool,
	/// The most blocks from one of its turns to the next, as on a machine that has many agreements to see to. One
	/// that has a turn in each block hears of bundles as they come, others read what gossip keeps.
	pub pace: u32,
	/// The block of its next turn.
	pub turn: u32,
	/// How many windows it computes in a turn.
	pub share: usize,
	/// Every state that it ever saved.
	pub states: Vec<Vec<u8>>,
	/// To see that nothing it says contradicts anything that it said before.
	said: Said,
}

impl Node {
	/// A node that has heard nothing yet.
	pub fn new(id: IntermediaryId, pair: sr25519::Pair, chain: &Chain) -> Self {
		Self {
			pair,
			id,
			session: Session::new(Seat {
				agreement: agreement(),
				intermediary: id,
				roster: chain.roster.clone(),
			}),
			data: 0,
			dropped: 0,
			sources: chain.sources.clone(),
			dead: false,
			pace: 1,
			turn: 0,
			share: usize::MAX,
			states: Vec::new(),
			said: BTreeMap::new(),
		}
	}

	/// What the node says now, signed. Fails if it contradicts what it said before.
	pub fn bundle(&mut self) -> Bundle {
		let pair = self.pair.clone();
		let sign = |bytes: &[u8]| Some(pair.sign(bytes));
		let bundle = self.session.bundle(&genesis(), &sign).unwrap();
		for utterance in &bundle.utterances {
			assert!(utterance.verify(&genesis(), &pair.public()));
			self.note(&utterance.commit);
			if let Some(revealed) = &utterance.reveal {
				self.note(&revealed.statement);
			}
		}
		bundle
	}

	/// What the node submits to the chain, if that is what it has to do. Fails if it contradicts what it
	/// said before.
	pub fn submits(&mut self, output: &Output) -> Option<Transaction> {
		let pair = self.pair.clone();
		let sign = |bytes: &[u8]| Some(pair.sign(bytes));
		let session = &self.session;
		match output {
			Output::Publish | Output::Rejected(..) => None,
			Output::Settle(window) => {
				let proof = session.proof(*window, |settlement| {
					Some(pair.sign(&settlement.signing_bytes(&genesis())))
				});
				let roster = session.seat().roster.number;
				let proof = proof.expect("it said it can settle");
				Some(Transaction::Settle(roster, *window, proof))
			},
			Output::Report(exhibits) => {
				let (left, right) = *exhibits.clone();
				let (left, right) = (left.sign(&genesis(), &sign), right.sign(&genesis(), &sign));
				Some(Transaction::Report(left.unwrap(), right.unwrap()))
			},
			Output::Pass(roster) => {
				let all = session.declarations(*roster, &genesis(), &sign);
				Some(Transaction::Pass(all.expect("all are done")))
			},
			Output::Lack(window) => {
				let lack = Lack {
					agreement: agreement(),
					window: *window,
					roster: session.seat().roster.number,
					intermediary: self.id,
				};
				let signature = pair.sign(&lack.signing_bytes(&genesis()));
				Some(Transaction::Lack(lack, signature))
			},
			Output::Complain(window) => {
				let utterance = session.utterance(*window, &genesis(), &sign).unwrap();
				self.note(&utterance.commit);
				Some(Transaction::Complain(utterance))
			},
			Output::File(window, place, sort) => {
				let said = session
					.testimony(*window, *place, &genesis(), &sign)
					.unwrap();
				let (statement, assent) = match sort {
					Sort::Commitment => (said.commit.unwrap(), None),
					Sort::Reveal => {
						let revealed = said.reveal.unwrap();
						(revealed.statement, revealed.settlement)
					},
				};
				self.note(&statement);
				Some(Transaction::File(statement, assent))
			},
			Output::Show(window, root, at) => Some(Transaction::Show(*window, *root, *at, self.id)),
			Output::Judge(window) => Some(Transaction::Judge(*window)),
			Output::Dismiss(window, roster) => {
				let all = session.declarations(*roster, &genesis(), &sign);
				Some(Transaction::Dismiss(*window, all.expect("all are done")))
			},
		}
	}

	fn note(&mut self, signed: &SignedStatement) {
		let statement = &signed.statement;
		if statement.intermediary() != self.id {
			return;
		}
		let sort = match statement {
			Statement::Commit(_) => Sort::Commitment,
			_ => Sort::Reveal,
		};
		let (roster, version) = (statement.roster(), statement.version());
		let key = (roster, statement.window(), version, sort);
		let before = self.said.insert(key, statement.clone());
		assert!(
			before.is_none_or(|before| before == *statement),
			"said two things"
		);
	}
}
