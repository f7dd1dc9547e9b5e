//! One round at one intermediary: commit, reveal, agree.

use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{ed25519, sr25519, H256};
use syngraph_joint::SignatureShare;
use syngraph_primitives::{
	blinding, commitment_set, seal, AgreementId, Assent, Blinding, Commitment, Contribution,
	GenesisHash, IntermediaryId, Outcomes, Payload, ResultValue, Reveal, Roster, RoundId, Secret,
	Settlement, SignedCommitment, Span, Utterance, WindowIndex,
};

use crate::{
	evidence::{conflict, Conflict},
	tree::{outcomes_root, outcomes_root_of, root_of},
	window::possession,
	Proof,
};

mod attempt;
mod filing;
mod form;
mod stances;

pub use attempt::Attempt;
pub use form::Form;
pub use stances::{Footing, Joining};

use form::Stance;

/// The place of an intermediary in an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Seat {
	/// The hash of the chain's first block.
	pub genesis: GenesisHash,
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

/// What an intermediary computed from a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Computed {
	/// The window.
	pub window: WindowIndex,
	/// The function's result; none is null.
	pub result: Option<ResultValue>,
	/// The window's Merkle root.
	pub root: H256,
	/// The window's digest, see [`crate::Window::digest`].
	pub digest: H256,
}

impl Computed {
	/// A window that lacks messages for good: nothing is computed from it.
	pub fn dead(window: WindowIndex) -> Self {
		Self {
			window,
			result: None,
			root: H256::zero(),
			digest: H256::zero(),
		}
	}
}

/// How far a round has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Phase {
	/// The own commitment is out; others' are missing.
	Committing,
	/// All have committed, to ranges that do not end with the same window: it takes another attempt.
	Parted,
	/// All commitments are in and the own reveal is out; others' are missing.
	Revealing,
	/// All revealed the same outcomes: it can settle.
	Agreed,
	/// Two utterances contradict each other: the chain must hear of it. See [`Round::exhibits`].
	Disputed,
}

/// Why an utterance was not taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rejection {
	/// The author committed to the right root without showing that it has the windows.
	NoPossession,
	/// The author's share of a joint signature is bad, so that all sign singly.
	BadShare,
}

/// The state of one round at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Round {
	seat: Seat,
	/// The place of the member whose range counts if those of all are not the same.
	leader: u32,
	/// What was said in the attempts before the present one.
	earlier: Vec<Attempt>,
	/// What was said in the present one.
	last: Attempt,
	/// The first two utterances that were seen to contradict each other.
	exhibits: Option<Box<(Exhibit, Exhibit)>>,
}

/// One of two utterances that cannot both be right.
#[expect(
	clippy::large_enum_variant,
	reason = "a round has two of them at most, in a box"
)]
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Exhibit {
	/// What this intermediary says itself in an attempt; not signed yet.
	Own(Plan),
	/// What a peer signed.
	Peer(Utterance),
}

/// What an attempt is about, before anything is bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Plan {
	/// The range.
	pub span: Span,
	/// The commitments of the attempt before.
	pub before: Option<H256>,
}

impl Round {
	/// Begins a round. From here on the intermediary is bound to what it computed: the state must be saved before
	/// [`Round::says`] is sent. `secret` must come from a secure random source and be used for nothing else; so must
	/// the nonces of what is contributed to a joint signature.
	pub fn open(
		seat: Seat,
		leader: u32,
		plan: Plan,
		windows: &[Computed],
		secret: Secret,
		contribution: Option<Contribution>,
	) -> Self {
		let last = Attempt::new(&seat, plan, windows, secret, contribution);
		Self {
			seat,
			leader,
			earlier: Vec::new(),
			last,
			exhibits: None,
		}
	}

	/// Begins another attempt.
	pub fn retry(
		&mut self,
		plan: Plan,
		windows: &[Computed],
		secret: Secret,
		contribution: Option<Contribution>,
	) {
		let next = Attempt::new(&self.seat, plan, windows, secret, contribution);
		self.earlier.push(core::mem::replace(&mut self.last, next));
	}

	/// Which round it is.
	pub fn id(&self) -> RoundId {
		self.span().round
	}

	/// What the present attempt is about.
	pub fn span(&self) -> Span {
		self.last.span()
	}

	/// What was said in each attempt.
	pub fn attempts(&self) -> impl Iterator<Item = &Attempt> {
		self.earlier.iter().chain([&self.last])
	}

	/// The attempt with the number; of those that only the chain begins, the one that begins like this.
	pub fn attempt(&self, number: u8, begins: Option<&Plan>) -> Option<&Attempt> {
		let mut all = self.attempts();
		all.find(|it| it.is(number, begins))
	}

	/// The place of the member whose range counts if those of all are not the same.
	pub fn leader(&self) -> usize {
		self.leader as usize
	}

	/// How far it has come.
	pub fn phase(&self) -> Phase {
		match self.exhibits {
			Some(_) => Phase::Disputed,
			None => self.last.phase(),
		}
	}

	/// Whether all revealed the same, whatever one of them said besides: it can settle.
	pub fn is_agreed(&self) -> bool {
		self.last.phase() == Phase::Agreed
	}

	/// Whether these are the outcomes to which this member has committed.
	pub fn came_to(&self, outcomes: &Outcomes) -> bool {
		self.last.came_to(outcomes)
	}

	/// What the next attempt is about, once all have committed to ranges that do not end alike.
	pub fn next(&self) -> Option<Plan> {
		let last = &self.last;
		let parted = self.phase() == Phase::Parted && last.span().attempt == 0;
		let end = last.commitment_at(self.leader())?.span.end;
		let span = Span {
			attempt: 1,
			end,
			..last.span()
		};
		let before = Some(last.set()?);
		parted.then_some(Plan { span, before })
	}

	/// The two utterances that turned it into a dispute.
	pub fn exhibits(&self) -> Option<&(Exhibit, Exhibit)> {
		self.exhibits.as_deref()
	}

	/// What there is to say in each attempt: the commitment, and once all have committed, the reveal.
	pub fn says(&self) -> impl Iterator<Item = Unsigned> + '_ {
		self.attempts().map(Attempt::says)
	}

	/// Takes in what the member at place `from` says. Its signatures must have been verified, and it must be sound
	/// ([`Utterance::is_sound`]).
	///
	/// What a member says first is what it is held to; what contradicts that, or what this member says itself, turns
	/// the round into a dispute. What is said in an attempt of which this member knows nothing yet means nothing.
	pub fn receive(&mut self, from: usize, utterance: &Utterance) -> Result<(), Rejection> {
		let plan = Plan {
			span: *utterance.span(),
			before: utterance.commitment().before,
		};
		let same = plan.span.round == self.id() && Some(from) != self.seat.place();
		let is_meant = |it: &&mut Attempt| same && it.is(plan.span.attempt, Some(&plan));
		let earlier = self.earlier.iter_mut().find(is_meant);
		let Some(attempt) = earlier.or_else(|| Some(&mut self.last).filter(is_meant)) else {
			return Ok(());
		};
		let first = attempt.said(from).is_none();
		let found = attempt.hear(from, utterance);
		let rejected = first && attempt.is_copied(from);
		if let Some(exhibits) = found {
			self.note(exhibits);
		}
		match rejected {
			true => Err(Rejection::NoPossession),
			false => Ok(()),
		}
	}

	/// Decides how to assent in each attempt, as far as that can be told now. Returns the place of a member whose share
	/// of a joint signature is bad.
	pub fn take_stance(&mut self, footing: &Footing) -> Option<usize> {
		let Self {
			seat,
			earlier,
			last,
			..
		} = self;
		let mut spoilt = None;
		for attempt in earlier.iter_mut().chain([last]) {
			spoilt = spoilt.or(attempt.take_stance(seat, footing));
		}
		spoilt
	}

	/// Whether it is hoped that the present attempt can be signed jointly.
	pub fn hopes(&self) -> bool {
		self.last.hopes()
	}

	/// The joint signature to which the own share is to be added, if there is one.
	pub fn joining(&self) -> Option<Joining> {
		self.last.joining()
	}

	/// Takes in the own share of the joint signature in an attempt; none if it cannot be made.
	pub fn take_share(&mut self, span: &Span, share: Option<SignatureShare>) {
		if self.last.span() == *span {
			self.last.take_share(share);
		}
	}

	/// Takes for unheard what members said that does not count any more: its authors are waited for, and can say it
	/// again with keys that do.
	pub fn unhear(&mut self, counts: &impl Fn(&Utterance) -> bool) {
		let attempts = self.earlier.iter_mut().chain([&mut self.last]);
		attempts.for_each(|attempt| attempt.unhear(counts));
		let stands = |exhibit: &Exhibit| match exhibit {
			Exhibit::Own(_) => true,
			Exhibit::Peer(said) => counts(said),
		};
		let exhibits = self.exhibits();
		if exhibits.is_some_and(|(left, right)| !stands(left) || !stands(right)) {
			self.exhibits = None;
		}
	}

	/// Remembers two utterances that contradict each other, unless others do already. Those of one author come first:
	/// they need no answer.
	fn note(&mut self, exhibits: (Exhibit, Exhibit)) {
		let known = self.exhibits.as_deref();
		if known.is_none_or(|known| author(known).is_none() && author(&exhibits).is_some()) {
			self.exhibits = Some(Box::new(exhibits));
		}
	}

	/// The proof that settles what was agreed, as if all had signed with their present keys. `outcomes` are those of
	/// the windows, and `sign` makes the own signature over the settlement.
	pub fn proof(
		&self,
		outcomes: Outcomes,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let agreed = self.is_agreed();
		self.last.proof(outcomes, sign).filter(|_| agreed)
	}

	/// Whether the round waits for the member at `place`: it has not said what comes next; or another attempt should
	/// begin with its range, and has not begun here for want of messages.
	pub fn waits_for(&self, place: usize) -> bool {
		match self.phase() {
			Phase::Parted => place == self.leader() && Some(place) != self.seat.place(),
			Phase::Disputed => false,
			_ => self.last.waits_for(place),
		}
	}

	/// How much was heard of the member at `place`.
	pub fn heard_from(&self, place: usize) -> usize {
		let revealed = |reveal: &Reveal| 1 + usize::from(reveal.assent.rank());
		let said = |attempt: &Attempt| {
			let said = attempt.said(place);
			said.map_or(0, |said| 1 + said.reveal.as_ref().map_or(0, revealed))
		};
		self.attempts().map(said).sum()
	}
}

/// The one author of two utterances, if it is not two.
fn author(exhibits: &(Exhibit, Exhibit)) -> Option<IntermediaryId> {
	match exhibits {
		(Exhibit::Peer(left), Exhibit::Peer(right)) if left.author() == right.author() => {
			Some(left.author())
		},
		_ => None,
	}
}

/// An utterance as it is before it is signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode)]
pub struct Unsigned {
	/// The commitment.
	pub commitment: Commitment,
	/// What opens it, once all are in.
	pub opening: Option<Opening>,
}

/// What opens a commitment, before it is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode)]
pub struct Opening {
	/// The secret.
	pub secret: Secret,
	/// The root of the outcomes.
	pub outcomes: H256,
	/// The set of commitments.
	pub commitments: H256,
	/// How its author assents.
	pub form: Form,
}

impl Opening {
	/// Signs it, if that is how its author assents.
	fn sign(
		self,
		commitment: &Commitment,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Reveal> {
		let assent = match self.form {
			Form::Joint(share) => Assent::Joint(share),
			Form::Single(key) => {
				let settlement = Settlement {
					span: commitment.span,
					outcomes: self.outcomes,
					data_root: commitment.data_root,
					commitments: self.commitments,
					key,
				};
				let signature = sign(&settlement.signing_bytes(genesis))?;
				Assent::Single { key, signature }
			},
		};
		Some(Reveal {
			outcomes: self.outcomes,
			secret: self.secret,
			commitments: self.commitments,
			assent,
		})
	}
}

impl Unsigned {
	/// Signs it with the help of `sign`, which returns none if the key is not there.
	pub fn sign(
		self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		let commitment = self.commitment;
		let reveal = match self.opening {
			None => None,
			Some(opening) => Some(opening.sign(&commitment, genesis, sign)?),
		};
		let signature = sign(&commitment.signing_bytes(genesis))?;
		let commit = SignedCommitment {
			commitment,
			signature,
		};
		Some(Utterance { commit, reveal })
	}
}
