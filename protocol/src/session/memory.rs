//! What this intermediary said that its state does not know of, for the state was lost since then, or is an old one.
//!
//! Nothing of it must be said otherwise. It is known by its own bundles, which others keep, and by what is on file. So
//! it is kept as it was said, and published again with all else: otherwise the next bundle would take the place of the
//! one that tells of it, and a state that is older still would know nothing. Only its signatures are made anew: the key
//! may have been rotated since, and a bundle counts only if all of it is signed with one key. Nor is anything signed
//! jointly: whatever a share is made of may be gone, or somebody else's.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	Assent, BlockNumber, Commitment, GenesisHash, Payload, RosterNumber, RoundId, Utterance,
	WindowIndex,
};

use super::Session;
use crate::wire::MAX_UTTERANCES;

/// Of how many own commitments in rounds that were forgotten it is known that they were made here: more than two
/// bundles have, since one that is signed with a former key is heard beside the last one.
const MOST_PAST: usize = 3 * MAX_UTTERANCES;

/// What was said here and is not known.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Memory {
	marks: Vec<Mark>,
	said: Vec<Utterance>,
	/// The hashes of the last own commitments in rounds that were forgotten, since nobody can ask for them any more.
	/// The last bundle may tell of them for as long as nothing else is said.
	past: Vec<H256>,
	/// The highest number of a roster that the state knows of.
	highest: RosterNumber,
}

/// How far it went.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Mark {
	roster: RosterNumber,
	first: WindowIndex,
	changes: u32,
	/// The last block in which something depended on it beside that no block is retracted.
	at: BlockNumber,
}

impl Mark {
	/// Whether something may have been said about a round: before what is known to have been said, rounds and rosters
	/// were others, and less was known of the messages.
	fn hides(&self, round: &RoundId) -> bool {
		let earlier = (round.roster, round.first) < (self.roster, self.first);
		let same = (round.roster, round.first) == (self.roster, self.first);
		earlier || (same && round.version.changes <= self.changes)
	}

	fn is_of(&self, other: &Self) -> bool {
		let what = |mark: &Self| (mark.roster, mark.first, mark.changes);
		what(self) == what(other)
	}
}

impl Memory {
	/// Whether nothing was said that is not known.
	pub(super) fn is_empty(&self) -> bool {
		self.marks.is_empty() && self.said.is_empty()
	}

	/// Whether something may have been said about a round that is not known.
	pub(super) fn hides(&self, round: &RoundId) -> bool {
		self.marks.iter().any(|mark| mark.hides(round))
	}

	/// What was said under a roster, as it was said.
	pub(super) fn said(&self, roster: RosterNumber) -> impl Iterator<Item = &Utterance> {
		let said = self.said.iter();
		said.filter(move |said| said.span().round.roster == roster)
	}

	/// What was said in the first attempt at a round.
	pub(super) fn said_first(&self, round: &RoundId) -> Option<&Utterance> {
		let mut said = self.said.iter();
		said.find(|said| said.span().round == *round && said.span().attempt == 0)
	}

	/// Notes that a round in which this was committed to is forgotten, be it one that was known or not.
	pub(super) fn pass(&mut self, commitment: &Commitment) {
		self.past.push(BlakeTwo256::hash_of(commitment));
		let excess = self.past.len().saturating_sub(MOST_PAST);
		self.past.drain(..excess);
	}

	/// Whether this was committed to in one of the last rounds that were forgotten. What is still heard stays known,
	/// however many there are after it.
	fn has_passed(&mut self, commitment: &Commitment) -> bool {
		let hash = BlakeTwo256::hash_of(commitment);
		let place = self.past.iter().position(|past| *past == hash);
		let later = place.and_then(|place| self.past.get_mut(place..));
		later.map(|later| later.rotate_left(1)).is_some()
	}

	/// Goes on under a roster.
	pub(super) fn enter(&mut self, roster: RosterNumber) {
		self.highest = self.highest.max(roster);
	}

	/// Forgets what nobody can ask for any more.
	pub(super) fn forget(
		&mut self,
		present: (RosterNumber, WindowIndex),
		now: BlockNumber,
		kept: impl Fn(BlockNumber) -> bool,
	) {
		for mark in &mut self.marks {
			if (mark.roster, mark.first) >= present {
				mark.at = now;
			}
		}
		self.marks.retain(|mark| kept(mark.at));
		let marks = &self.marks;
		let is_marked = |said: &Utterance| {
			let round = &said.span().round;
			marks
				.iter()
				.any(|mark| (mark.roster, mark.first) == (round.roster, round.first))
		};
		let said = core::mem::take(&mut self.said).into_iter();
		let (said, gone): (Vec<_>, Vec<_>) = said.partition(is_marked);
		self.said = said;
		gone.iter().for_each(|said| self.pass(said.commitment()));
	}

	fn mark(&mut self, roster: RosterNumber, first: WindowIndex, changes: u32, now: BlockNumber) {
		let mark = Mark {
			roster,
			first,
			changes,
			at: now,
		};
		self.marks.retain(|known| !known.is_of(&mark));
		self.marks.push(mark);
	}

	/// Keeps what was said, instead of less of the same. Tells whether it is news.
	fn keep(&mut self, said: &Utterance) -> bool {
		let same = |known: &Utterance| known.commitment() == said.commitment();
		let known = self.said.iter().position(same);
		let news = match known.and_then(|at| self.said.get_mut(at)) {
			Some(known) if known.reveal.is_none() => {
				*known = said.clone();
				said.reveal.is_some()
			},
			Some(_) => false,
			None => {
				self.said.push(said.clone());
				true
			},
		};
		// What was said last is what tells most.
		let excess = self.said.len().saturating_sub(MAX_UTTERANCES);
		self.said.drain(..excess);
		news
	}
}

/// The same utterance, signed with the help of `sign`, which returns none if the key is not there.
pub(super) fn signed_anew(
	said: &Utterance,
	genesis: &GenesisHash,
	sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
) -> Option<Utterance> {
	let mut said = said.clone();
	said.commit.signature = sign(&said.commitment().signing_bytes(genesis))?;
	if let Some(reveal) = said.reveal.as_mut() {
		// What is signed does not name the signature.
		reveal.assent = Assent::plain(sr25519::Signature::default());
		let settlement = reveal.settlement(&said.commit.commitment);
		reveal.assent = Assent::plain(sign(&settlement.signing_bytes(genesis))?);
	}
	Some(said)
}

impl Session {
	/// Takes in what this intermediary said itself. It tells nothing new, unless the state was lost since then, or is
	/// an old one: what was said must not be said otherwise.
	pub(super) fn recall(&mut self, said: &Utterance) {
		let id = said.span().round;
		let known = self
			.rounds
			.get(&id)
			.is_some_and(|entry| entry.round.covers(said));
		// What was known and forgotten was not said by anybody else.
		let present = (self.roster.number, self.progress.base);
		let is_past = (id.roster, id.first) < present && self.memory.has_passed(said.commitment());
		if id.agreement != self.agreement || known || is_past {
			return;
		}
		self.rounds.remove(&id);
		self.memory
			.mark(id.roster, id.first, id.version.changes, self.now);
		self.estranged |= self.memory.keep(said);
	}

	/// Takes in that this intermediary has spoken as a member of a roster. If the state has never heard of that one, it
	/// does not know all that was said under those before it either.
	pub(super) fn recall_roster(&mut self, roster: RosterNumber) {
		if roster > self.memory.highest {
			self.rounds.retain(|id, _| id.roster >= roster);
			self.memory.mark(roster, 0, 0, self.now);
			self.estranged = true;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_primitives::{SourceVersion, Span};

	fn commitment(first: WindowIndex) -> Commitment {
		let round = RoundId {
			agreement: H256::zero(),
			roster: 0,
			first,
			version: SourceVersion::bare(1),
			lineup: H256::zero(),
		};
		Commitment {
			span: Span {
				round,
				attempt: 0,
				end: first + 1,
			},
			intermediary: 1,
			seal: H256::zero(),
			data_root: H256::zero(),
			possession: H256::zero(),
			before: None,
			contribution: None,
		}
	}

	/// The last bundle by a former key is heard for as long as that key counts.
	#[test]
	fn what_is_still_heard_stays_known() {
		let mut memory = Memory::default();
		memory.pass(&commitment(0));
		for first in 1..100 {
			memory.pass(&commitment(first));
			assert!(memory.has_passed(&commitment(0)));
		}
		assert!(memory.has_passed(&commitment(99)));
		assert!(!memory.has_passed(&commitment(1)));
	}
}
