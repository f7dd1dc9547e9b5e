//! One window at one intermediary: commit, reveal, agree.

use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Commitment, IntermediaryId, ResultValue, Reveal, Secret,
	Settlement, SignedStatement, Statement, WindowIndex,
};

use crate::{
	evidence::opens,
	window::possession,
	wire::{settlement_of, Revealed, Unsigned, Utterance},
	Proof,
};

/// Who takes part in an agreement's rounds.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Roster {
	/// The agreement.
	pub agreement: AgreementId,
	/// Its intermediaries, in the order of its terms.
	pub members: Vec<IntermediaryId>,
	/// The place among them of the one whose state this is.
	pub me: u32,
}

impl Roster {
	/// The id of the one whose state this is.
	pub fn own_id(&self) -> IntermediaryId {
		self.members
			.get(self.me as usize)
			.copied()
			.unwrap_or_default()
	}

	/// The place of `intermediary` among the members.
	pub fn place(&self, intermediary: IntermediaryId) -> Option<usize> {
		self.members
			.iter()
			.position(|member| *member == intermediary)
	}
}

/// What an intermediary computed from a window, and the fresh secret it hides it with.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Computed {
	/// The window.
	pub window: WindowIndex,
	/// The function's result; none is null.
	pub result: Option<ResultValue>,
	/// The window's Merkle root.
	pub root: H256,
	/// The window's digest, see [`crate::Window::digest`].
	pub digest: H256,
	/// The secret. It must come from a secure random source and be used for nothing else.
	pub secret: Secret,
}

/// One of two statements that cannot both be right.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Exhibit {
	/// What this intermediary says itself; not signed yet.
	Own(Statement),
	/// What a peer signed.
	Peer(SignedStatement),
}

/// How far a round has come.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Phase {
	/// The own commitment is out; others' are missing.
	Committing,
	/// All commitments are in and the own reveal is out; others' are missing.
	Revealing,
	/// All revealed the same result: it can settle.
	Agreed,
	/// All revealed null: there is nothing to settle.
	Null,
	/// Two statements contradict each other: the chain must hear of it.
	Disputed(Box<(Exhibit, Exhibit)>),
}

/// Why an utterance was not taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rejection {
	/// The author committed to the right root without showing that it has the window.
	NoPossession,
}

/// What a peer said about the window.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
struct Heard {
	commit: Option<SignedStatement>,
	reveal: Option<Revealed>,
}

/// The state of one window at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Round {
	computed: Computed,
	/// By place; the own place stays empty.
	heard: Vec<Heard>,
	phase: Phase,
}

impl Round {
	/// Begins a round. From here on the intermediary is bound to what it computed: the state must be
	/// saved before [`Round::says`] is sent.
	pub fn open(roster: &Roster, computed: Computed) -> Self {
		let heard = vec![Heard::default(); roster.members.len()];
		let mut round = Self {
			computed,
			heard,
			phase: Phase::Committing,
		};
		round.advance(roster);
		round
	}

	/// How far it has come.
	pub fn phase(&self) -> &Phase {
		&self.phase
	}

	/// What there is to say: the commitment, and once all have committed, the reveal.
	pub fn says(&self, roster: &Roster) -> Unsigned {
		let commit = self.commitment(roster);
		let reveal = self.own_reveal(roster).map(|reveal| {
			let settlement = settlement_of(&commit, &reveal);
			(reveal, settlement)
		});
		Unsigned { commit, reveal }
	}

	/// Takes in what the member at place `from` says. Its signatures must have been verified.
	///
	/// What contradicts the own view turns the round into a dispute; what arrives too early is ignored,
	/// since its author keeps saying it.
	pub fn receive(
		&mut self,
		roster: &Roster,
		from: usize,
		utterance: &Utterance,
	) -> Result<(), Rejection> {
		self.receive_commit(roster, from, &utterance.commit)?;
		self.advance(roster);
		if let Some(revealed) = &utterance.reveal {
			self.receive_reveal(roster, from, revealed);
			self.advance(roster);
		}
		Ok(())
	}

	/// The proof that settles the agreed result. `sign` makes the own signature over the settlement.
	pub fn proof(
		&self,
		roster: &Roster,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let own = sign(&settlement_of(
			&self.commitment(roster),
			&self.own_reveal(roster)?,
		)?)?;
		let mut secrets = Vec::new();
		let mut signatures = Vec::new();
		for (place, heard) in self.heard.iter().enumerate() {
			if place == roster.me as usize {
				secrets.push(self.computed.secret);
				signatures.push(own);
				continue;
			}
			let revealed = heard.reveal.as_ref()?;
			let Statement::Reveal(reveal) = &revealed.statement.statement else {
				return None;
			};
			secrets.push(reveal.secret);
			signatures.push(revealed.settlement?);
		}
		Some(Proof {
			result: self.computed.result?,
			root: self.computed.root,
			secrets: secrets.try_into().ok()?,
			signatures: signatures.try_into().ok()?,
		})
	}

	fn receive_commit(
		&mut self,
		roster: &Roster,
		from: usize,
		signed: &SignedStatement,
	) -> Result<(), Rejection> {
		let ours = self.commitment(roster);
		let Statement::Commit(theirs) = &signed.statement else {
			return Ok(());
		};
		let Some(heard) = self.heard.get_mut(from) else {
			return Ok(());
		};
		match &mut heard.commit {
			_ if matches!(self.phase, Phase::Disputed(_)) => (),
			// The key may have been rotated since.
			Some(known) if known.statement == signed.statement => {
				known.signature = signed.signature
			},
			Some(known) => {
				let known = Exhibit::Peer(known.clone());
				self.dispute(known, signed);
			},
			None if theirs.root != ours.root => {
				self.dispute(Exhibit::Own(Statement::Commit(ours)), signed)
			},
			None => {
				let (agreement, digest) = (&roster.agreement, &self.computed.digest);
				let shown = possession(agreement, ours.window, theirs.intermediary, digest);
				if theirs.possession != shown {
					return Err(Rejection::NoPossession);
				}
				heard.commit = Some(signed.clone());
			},
		}
		Ok(())
	}

	fn receive_reveal(&mut self, roster: &Roster, from: usize, revealed: &Revealed) {
		let signed = &revealed.statement;
		let Some(ours) = self.own_reveal(roster) else {
			return;
		};
		let Statement::Reveal(theirs) = &signed.statement else {
			return;
		};
		let Some(heard) = self.heard.get_mut(from) else {
			return;
		};
		let Some(commit) = &heard.commit else { return };
		match &mut heard.reveal {
			_ if matches!(self.phase, Phase::Disputed(_)) => (),
			Some(known) if known.statement.statement == signed.statement => {
				*known = revealed.clone()
			},
			Some(known) => {
				let known = Exhibit::Peer(known.statement.clone());
				self.dispute(known, signed);
			},
			None if !matches!(&commit.statement, Statement::Commit(own) if opens(theirs, own)) => {
				let commit = Exhibit::Peer(commit.clone());
				self.dispute(commit, signed);
			},
			None if theirs.commitments != ours.commitments || theirs.result != ours.result => {
				self.dispute(Exhibit::Own(Statement::Reveal(ours)), signed)
			},
			None => heard.reveal = Some(revealed.clone()),
		}
	}

	/// Moves on as far as what was heard allows.
	fn advance(&mut self, roster: &Roster) {
		let all = |has: fn(&Heard) -> bool| {
			let others = self
				.heard
				.iter()
				.enumerate()
				.filter(|(i, _)| *i != roster.me as usize);
			others.into_iter().all(|(_, heard)| has(heard))
		};
		if self.phase == Phase::Committing && all(|heard| heard.commit.is_some()) {
			self.phase = Phase::Revealing;
		}
		if self.phase == Phase::Revealing && all(|heard| heard.reveal.is_some()) {
			self.phase = if self.computed.result.is_some() {
				Phase::Agreed
			} else {
				Phase::Null
			};
		}
	}

	fn dispute(&mut self, left: Exhibit, right: &SignedStatement) {
		self.phase = Phase::Disputed(Box::new((left, Exhibit::Peer(right.clone()))));
	}

	fn commitment(&self, roster: &Roster) -> Commitment {
		let Computed {
			window,
			result,
			root,
			digest,
			secret,
		} = &self.computed;
		let intermediary = roster.own_id();
		Commitment {
			agreement: roster.agreement,
			window: *window,
			intermediary,
			roster: 0,
			seal: seal(&roster.agreement, *window, 0, intermediary, *result, secret),
			root: *root,
			possession: possession(&roster.agreement, *window, intermediary, digest),
		}
	}

	/// The reveal, which exists only once every commitment is in.
	fn own_reveal(&self, roster: &Roster) -> Option<Reveal> {
		if self.phase == Phase::Committing {
			return None;
		}
		let own = self.commitment(roster);
		let seals: Option<Vec<H256>> = self
			.heard
			.iter()
			.enumerate()
			.map(|(place, heard)| match &heard.commit {
				_ if place == roster.me as usize => Some(own.seal),
				Some(SignedStatement {
					statement: Statement::Commit(commit),
					..
				}) => Some(commit.seal),
				_ => None,
			})
			.collect();
		Some(Reveal {
			agreement: roster.agreement,
			window: own.window,
			roster: own.roster,
			intermediary: own.intermediary,
			result: self.computed.result,
			secret: self.computed.secret,
			commitments: commitment_set(&seals?),
		})
	}
}
