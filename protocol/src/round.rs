//! One window at one intermediary: commit, reveal, agree.

use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Commitment, IntermediaryId, ResultValue, Reveal, Roster,
	Secret, Settlement, SignedStatement, SourceVersion, Statement, WindowIndex,
};

use crate::{
	evidence::conflict,
	window::possession,
	wire::{settlement_of, Revealed, Said, Unsigned, Utterance},
	Proof,
};

mod filing;
mod outlook;

pub use filing::{Exhibit, Sort};

/// The place of an intermediary in an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Seat {
	/// The agreement.
	pub agreement: AgreementId,
	/// The one whose place it is. It need not be a member: spares, and those that were replaced, are not.
	pub intermediary: IntermediaryId,
	/// Who computes for the agreement.
	pub roster: Roster,
}

impl Seat {
	/// The place among the members, if it is one.
	pub fn place(&self) -> Option<usize> {
		self.roster.place(self.intermediary)
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
	/// The version of the window's sources that it was computed from.
	pub version: SourceVersion,
	/// The secret. It must come from a secure random source and be used for nothing else.
	pub secret: Secret,
}

/// How far a round has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Phase {
	/// The own commitment is out; others' are missing.
	Committing,
	/// All commitments are in and the own reveal is out; others' are missing.
	Revealing,
	/// All revealed the same result: it can settle.
	Agreed,
	/// All revealed null: there is nothing to settle.
	Null,
	/// Two statements contradict each other: the chain must hear of it. See [`Round::exhibits`].
	Disputed,
}

/// Why an utterance was not taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rejection {
	/// The author committed to the right root without showing that it has the window.
	NoPossession,
}

/// The state of one window at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Round {
	seat: Seat,
	computed: Computed,
	/// What each member said first, by place; the own place stays empty.
	heard: Vec<Said>,
	/// Whether all commitments were in before anything contradicted: since then the own reveal is out.
	revealed: bool,
	/// The first two statements that were seen to contradict each other.
	exhibits: Option<Box<(Exhibit, Exhibit)>>,
}

impl Round {
	/// Begins a round. From here on the intermediary is bound to what it computed: the state must be
	/// saved before [`Round::says`] is sent.
	pub fn open(seat: Seat, computed: Computed) -> Self {
		let heard = vec![Said::default(); seat.roster.members.len()];
		Self {
			seat,
			computed,
			heard,
			revealed: false,
			exhibits: None,
		}
	}

	/// How far it has come.
	pub fn phase(&self) -> Phase {
		if self.exhibits.is_some() {
			return Phase::Disputed;
		}
		if !self.revealed {
			return Phase::Committing;
		}
		if !self.others().all(|said| said.is_revealed()) {
			return Phase::Revealing;
		}
		match self.computed.result {
			Some(_) => Phase::Agreed,
			None => Phase::Null,
		}
	}

	/// Whether all commitments were in, so that the own reveal is out.
	pub fn is_revealed(&self) -> bool {
		self.revealed
	}

	/// The two statements that turned it into a dispute.
	pub fn exhibits(&self) -> Option<&(Exhibit, Exhibit)> {
		self.exhibits.as_deref()
	}

	/// What there is to say: the commitment, and once all have committed, the reveal.
	pub fn says(&self) -> Unsigned {
		let commit = self.commitment();
		let reveal = self.own_reveal().map(|reveal| {
			let settlement = settlement_of(&commit, &reveal);
			(reveal, settlement)
		});
		Unsigned { commit, reveal }
	}

	/// Takes in what the member at place `from` says. Its signatures must have been verified.
	///
	/// What a member says first is what it is held to; what contradicts that, or what this member
	/// says itself, turns the round into a dispute. What is said about another version of the window's sources means
	/// nothing here.
	pub fn receive(&mut self, from: usize, utterance: &Utterance) -> Result<(), Rejection> {
		if utterance.commit.statement.version() != self.version() {
			return Ok(());
		}
		let first = self.said(from).is_some_and(|said| said.commit.is_none());
		self.hear_commit(from, &utterance.commit);
		if let Some(revealed) = &utterance.reveal {
			self.hear_reveal(from, revealed);
		}
		self.advance();
		let copied = |said: &Said| self.has_own_root(said) && !self.is_credible(said);
		match self.said(from) {
			Some(said) if first && copied(said) => Err(Rejection::NoPossession),
			_ => Ok(()),
		}
	}

	/// Takes in what is on file about the member at `place`, as if it had said it here.
	pub fn read(&mut self, place: usize, on_file: &Said) {
		let same = on_file.version() == Some(self.version());
		let Some(known) = self.said(place).filter(|_| same).cloned() else {
			return;
		};
		// The signature on file may be of an older key than the one that was heard.
		if let Some(commit) = &on_file.commit {
			if known.commit.map(|known| known.statement).as_ref() != Some(&commit.statement) {
				self.hear_commit(place, commit);
			}
		}
		if let Some(revealed) = &on_file.reveal {
			let same = |known: &Revealed| {
				known.statement.statement == revealed.statement.statement
					&& known.settlement.is_some() >= revealed.settlement.is_some()
			};
			if !known.reveal.as_ref().is_some_and(same) {
				self.hear_reveal(place, revealed);
			}
		}
		self.advance();
	}

	/// The proof that settles the agreed result, as if all had signed with their present keys. `sign` makes
	/// the own signature over the settlement.
	pub fn proof(
		&self,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let own = sign(&settlement_of(&self.commitment(), &self.own_reveal()?)?)?;
		let mut secrets = Vec::new();
		let mut signatures = Vec::new();
		for (place, said) in self.heard.iter().enumerate() {
			if self.is_own(place) {
				secrets.push(self.computed.secret);
				signatures.push(own);
				continue;
			}
			let revealed = said.reveal.as_ref()?;
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
			former: 0,
		})
	}

	fn hear_commit(&mut self, from: usize, signed: &SignedStatement) {
		let Some(said) = self.said_mut(from) else {
			return;
		};
		match &mut said.commit {
			None => said.commit = Some(signed.clone()),
			// The key may have been rotated since.
			Some(known) if known.statement == signed.statement => {
				known.signature = signed.signature
			},
			Some(known) => {
				let known = known.clone();
				self.dispute(known, signed);
			},
		}
	}

	fn hear_reveal(&mut self, from: usize, revealed: &Revealed) {
		let Some(said) = self.said_mut(from) else {
			return;
		};
		match &mut said.reveal {
			None => said.reveal = Some(revealed.clone()),
			Some(known) if known.statement.statement == revealed.statement.statement => {
				known.statement.signature = revealed.statement.signature;
				known.settlement = revealed.settlement.or(known.settlement);
			},
			Some(known) => {
				let known = known.statement.clone();
				self.dispute(known, &revealed.statement);
			},
		}
	}

	fn dispute(&mut self, left: SignedStatement, right: &SignedStatement) {
		let exhibits = || Box::new((Exhibit::Peer(left), Exhibit::Peer(right.clone())));
		self.exhibits.get_or_insert_with(exhibits);
	}

	/// Moves on as far as what was heard allows.
	fn advance(&mut self) {
		self.exhibits = self.exhibits.take().or_else(|| self.contradiction());
		let complete = self.others().all(|said| self.is_credible(said));
		if self.exhibits.is_none() && !self.revealed && complete {
			self.revealed = true;
			self.exhibits = self.contradiction();
		}
	}

	/// Two of the statements that were made, if they contradict each other.
	fn contradiction(&self) -> Option<Box<(Exhibit, Exhibit)>> {
		let commit = Statement::Commit(self.commitment());
		let reveal = self.own_reveal().map(Statement::Reveal);
		let own = |own: &Statement, theirs: &SignedStatement| {
			conflict(own, &theirs.statement)?;
			Some((Exhibit::Own(own.clone()), Exhibit::Peer(theirs.clone())))
		};
		let found = self.heard.iter().find_map(|said| {
			let (theirs, revealed) = (said.commit.as_ref()?, said.reveal.as_ref());
			let revealed = revealed.map(|revealed| &revealed.statement);
			own(&commit, theirs)
				.or_else(|| {
					conflict(&theirs.statement, &revealed?.statement)?;
					Some((
						Exhibit::Peer(theirs.clone()),
						Exhibit::Peer(revealed?.clone()),
					))
				})
				.or_else(|| own(reveal.as_ref()?, revealed?))
		});
		found.map(Box::new)
	}

	/// Whether a member committed to the own root and showed that it has the window.
	fn is_credible(&self, said: &Said) -> bool {
		let (agreement, digest) = (&self.seat.agreement, &self.computed.digest);
		self.has_own_root(said)
			&& said.commitment().is_some_and(|commit| {
				let member = commit.intermediary;
				commit.possession == possession(agreement, commit.window, member, digest)
			})
	}

	fn has_own_root(&self, said: &Said) -> bool {
		said.commitment()
			.is_some_and(|commit| commit.root == self.computed.root)
	}

	fn is_own(&self, place: usize) -> bool {
		self.seat.place() == Some(place)
	}

	/// What the member at `place` said, unless the place is the own.
	fn said(&self, place: usize) -> Option<&Said> {
		self.heard.get(place).filter(|_| !self.is_own(place))
	}

	fn said_mut(&mut self, place: usize) -> Option<&mut Said> {
		let own = self.is_own(place);
		self.heard.get_mut(place).filter(|_| !own)
	}

	fn others(&self) -> impl Iterator<Item = &Said> {
		let own = self.seat.place();
		let all = self.heard.iter().enumerate();
		all.filter(move |(place, _)| Some(*place) != own)
			.map(|(_, said)| said)
	}

	fn commitment(&self) -> Commitment {
		let Computed {
			window,
			result,
			root,
			digest,
			version,
			secret,
		} = &self.computed;
		let Seat {
			agreement,
			intermediary,
			roster,
		} = &self.seat;
		Commitment {
			agreement: *agreement,
			window: *window,
			roster: roster.number,
			version: *version,
			intermediary: *intermediary,
			seal: seal(
				agreement,
				*window,
				roster.number,
				*version,
				*intermediary,
				*result,
				secret,
			),
			root: *root,
			possession: possession(agreement, *window, *intermediary, digest),
		}
	}

	/// The reveal, which exists only once every commitment is in.
	fn own_reveal(&self) -> Option<Reveal> {
		if !self.revealed {
			return None;
		}
		let own = self.commitment();
		let seal = |(place, said): (usize, &Said)| match self.is_own(place) {
			true => Some(own.seal),
			false => Some(said.commitment()?.seal),
		};
		let seals: Option<Vec<H256>> = self.heard.iter().enumerate().map(seal).collect();
		Some(Reveal {
			agreement: own.agreement,
			window: own.window,
			roster: own.roster,
			version: own.version,
			intermediary: own.intermediary,
			result: self.computed.result,
			secret: self.computed.secret,
			commitments: commitment_set(&seals?),
		})
	}
}
