//! What of a round can be put on file when its window is disputed.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_core::sr25519;
use syngraph_primitives::{GenesisHash, Payload, SignedStatement, Statement};

use super::Round;
use crate::{
	wire::{Revealed, Said, Unsigned, Utterance},
	Docket,
};

/// One of two statements that cannot both be right.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Exhibit {
	/// What this intermediary says itself; not signed yet.
	Own(Statement),
	/// What a peer signed.
	Peer(SignedStatement),
}

impl Exhibit {
	/// The statement, signed with the help of `sign` if it is this intermediary's own.
	pub fn sign(
		self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<SignedStatement> {
		match self {
			Exhibit::Peer(signed) => Some(signed),
			Exhibit::Own(statement) => Some(SignedStatement {
				signature: sign(&statement.signing_bytes(genesis))?,
				statement,
			}),
		}
	}

	pub(super) fn statement(&self) -> &Statement {
		match self {
			Exhibit::Own(statement) => statement,
			Exhibit::Peer(signed) => &signed.statement,
		}
	}
}

/// A sort of statements that can be put on file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Sort {
	/// A commitment.
	Commitment,
	/// A reveal, with the assent that goes with it.
	Reveal,
}

impl Round {
	/// The place of the one member who contradicted itself, if the round is disputed for that.
	pub fn contradictory(&self) -> Option<usize> {
		let (left, right) = self.exhibits()?;
		let author = left.statement().intermediary();
		let same = author == right.statement().intermediary();
		same.then(|| self.seat.roster.place(author)).flatten()
	}

	/// All that is known of what the member at `place` said. `sign` signs what is the own.
	pub fn testimony(
		&self,
		place: usize,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Said> {
		if !self.is_own(place) {
			return self.said(place).cloned();
		}
		let Utterance { commit, reveal } = self.says().sign(genesis, sign)?;
		Some(Said {
			commit: Some(commit),
			reveal,
		})
	}

	/// Whether this round says all that was said from here before, and nothing else in its stead.
	///
	/// It does not if the state that the round comes from is older than what was said.
	pub fn covers(&self, said: &Said) -> bool {
		let Unsigned { commit, reveal } = self.says();
		let reveal = reveal.map(|(reveal, _)| reveal);
		said.commitment().is_none_or(|known| *known == commit)
			&& said
				.revelation()
				.is_none_or(|known| Some(known) == reveal.as_ref())
	}

	/// What is known of what the member at `place` said, and is not on file.
	pub fn unfiled(&self, place: usize, on_file: &Said) -> Vec<Sort> {
		let (commit, reveal, assents) = self.held(place);
		let statement = |signed: &SignedStatement| signed.statement.clone();
		let filed = on_file.commit.as_ref().map(statement);
		let mut sorts = Vec::new();
		if self.adds(place, commit, filed) {
			sorts.push(Sort::Commitment);
		}
		let assented = |revealed: &Revealed| revealed.settlement.is_some();
		let lacks_assent = assents && !on_file.reveal.as_ref().is_none_or(assented);
		let filed = on_file.reveal.as_ref();
		let filed = filed.map(|revealed| statement(&revealed.statement));
		// The chain can check an assent only once it knows the commitment.
		if on_file.commit.is_some() && (lacks_assent || self.adds(place, reveal, filed)) {
			sorts.push(Sort::Reveal);
		}
		sorts
	}

	/// What is known of what the member at `place` said: commitment, reveal, and whether there is an
	/// assent to it.
	fn held(&self, place: usize) -> (Option<Statement>, Option<Statement>, bool) {
		if self.is_own(place) {
			let Unsigned { commit, reveal } = self.says();
			let (reveal, settlement) = reveal.unzip();
			let assents = settlement.flatten().is_some();
			let commit = Some(Statement::Commit(commit));
			return (commit, reveal.map(Statement::Reveal), assents);
		}
		let Some(said) = self.said(place) else {
			return (None, None, false);
		};
		let statement = |signed: &SignedStatement| signed.statement.clone();
		let reveal = said.reveal.as_ref();
		let assents = reveal.is_some_and(|revealed| revealed.settlement.is_some());
		let commit = said.commit.as_ref().map(statement);
		(
			commit,
			reveal.map(|revealed| statement(&revealed.statement)),
			assents,
		)
	}

	/// Whether anything on file contradicts what was computed here, so that the window must be shown.
	/// Those who are known to be at fault do not count.
	pub fn is_contradicted<BlockNumber>(&self, docket: &Docket<BlockNumber>) -> bool {
		docket
			.testimonies
			.iter()
			.filter(|testimony| testimony.fault.is_none())
			.map(|testimony| &testimony.said)
			.any(|said| {
				let commit = said.commit.is_some() && !self.is_credible(said);
				let reveal = said.revelation();
				commit || reveal.is_some_and(|reveal| reveal.result != self.computed.result)
			})
	}

	/// Whether putting the statement `held` of the member at `place` on file adds to what is `filed`.
	fn adds(&self, place: usize, held: Option<Statement>, filed: Option<Statement>) -> bool {
		match (held, filed) {
			(None, _) => false,
			(Some(_), None) => true,
			// Two different statements convict their author, who must have lost its state if it is this one.
			(Some(held), Some(filed)) => held != filed && !self.is_own(place),
		}
	}
}
