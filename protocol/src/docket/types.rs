//! What a docket is made of, and what is said of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, ConstU32, H256};
use sp_runtime::BoundedVec;
use syngraph_primitives::{
	Commitment, Contribution, IntermediaryId, Payload, ResultValue, RoundId, SignedCommitment,
	Span, Utterance, WindowIndex,
};

use crate::tree::BLOCK;

/// Hashes of a tree that are opened at once: the roots of its blocks, or the leaves of one of them.
pub type Hashes = BoundedVec<H256, ConstU32<BLOCK>>;

/// What a dispute waits for.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Stage {
	/// Every member's commitment of the attempt: who does not put one on file in time is absent.
	Commitments,
	/// The messages of a window, from those that had committed to ranges with it when another said that it lacks
	/// some: they are absent, and nobody else, if it is not shown in time.
	Messages {
		/// The window.
		window: WindowIndex,
	},
	/// Every member's reveal.
	Reveals,
	/// All have revealed the same: the round can settle as any other. Nobody owes anything any more.
	Settlement,
	/// Hashes of two trees that differ: who does not open its side in time is absent.
	Opening {
		/// Of what the trees are.
		kind: Kind,
		/// How far they are opened.
		level: Level,
	},
	/// The messages of the first window in which the two sides differ: who claims something of it is absent if
	/// nobody shows it in time, and wrong if what is shown does not bear it out.
	Evidence {
		/// In what the sides differ.
		kind: Kind,
		/// The window.
		window: WindowIndex,
	},
}

/// In what two members differ.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Kind {
	/// The roots of windows: they committed to different data.
	Data,
	/// The digests of windows, whose roots are the same: one of them copied these.
	Digests,
	/// The outcomes of windows, whose roots are the same.
	Outcomes,
}

/// How far a tree is opened.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Level {
	/// The roots of its blocks, see [`crate::blocks`].
	Blocks,
	/// The leaves of a block, the first that is not the same on both sides. The first one of all if the tree has no
	/// other.
	Leaves {
		/// Its index.
		block: u32,
	},
}

/// One of two members that differ.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Side {
	/// Its place. Those that have the same tree share its claim.
	pub place: u8,
	/// What it is known to claim: the root of the tree, then of the block in which the sides differ, then the leaf.
	/// None for a tree of which only the possession is known yet.
	pub root: Option<H256>,
	/// The hashes that give this root, if they are on file already.
	pub hashes: Option<Hashes>,
}

impl Side {
	/// The member at `place`, with the root of its tree.
	pub(super) fn new(place: usize, root: Option<H256>) -> Self {
		Self {
			place: u8::try_from(place).unwrap_or(u8::MAX),
			root,
			hashes: None,
		}
	}

	/// Whether it is that of the member at `place`.
	pub(super) fn is_at(&self, place: usize) -> bool {
		usize::from(self.place) == place
	}
}

/// How a member is proven wrong.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Fault {
	/// It made two different commitments in one attempt at a round, or assented to two sets of them.
	Equivocation,
	/// It committed to a window that signed messages contradict.
	WrongWindow,
	/// It committed to windows without having them: it copied their roots.
	FalsePossession,
	/// It revealed another outcome than a window gives.
	WrongResult,
}

/// A range that a member committed to: it has the messages of all windows in it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Pledge {
	/// The first window after it.
	pub end: WindowIndex,
	/// The Merkle root over the roots of its windows.
	pub data_root: H256,
}

/// A commitment of the first attempt, but for what all of them have in common.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct First {
	/// The first window after its range.
	end: WindowIndex,
	/// What hides its outcomes until the reveal.
	seal: H256,
	/// The root over the roots of its windows.
	data_root: H256,
	/// What shows that its author has them.
	possession: H256,
	contribution: Option<Contribution>,
	/// That of its author over the commitment.
	signature: sr25519::Signature,
}

impl First {
	/// What is kept of a commitment, if it is one of the first attempt.
	pub(super) fn of(commit: &SignedCommitment) -> Option<Self> {
		let Commitment {
			span,
			seal,
			data_root,
			possession,
			contribution,
			..
		} = commit.commitment;
		(span.attempt == 0).then_some(Self {
			end: span.end,
			seal,
			data_root,
			possession,
			contribution,
			signature: commit.signature,
		})
	}

	/// The commitment, which a member made to a round.
	pub(super) fn by(&self, intermediary: IntermediaryId, round: RoundId) -> SignedCommitment {
		let span = Span {
			round,
			attempt: 0,
			end: self.end,
		};
		SignedCommitment {
			commitment: Commitment {
				span,
				intermediary,
				seal: self.seal,
				data_root: self.data_root,
				possession: self.possession,
				before: None,
				contribution: self.contribution,
			},
			signature: self.signature,
		}
	}
}

/// What is on file about one member.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Testimony {
	/// What it said in the present attempt.
	pub said: Option<Utterance>,
	/// What it committed to in the first attempt, once another has begun. Who heard it commit to something else there
	/// can prove it by this, and only by this; nobody else may be able to tell why it cannot answer in the second.
	pub first: Option<First>,
	/// The longest range that it committed to, in whichever attempt of the dispute. Of two as long, the later one.
	pub pledge: Option<Pledge>,
	/// Whether it contradicted itself, be it about another round.
	pub fault: Option<Fault>,
	/// Whether it said that it lacks messages. It does so once.
	pub lacks: bool,
	/// Whether it had committed to the window when others last said so: it is among those that owe the messages.
	pub asked: bool,
	/// The root of the window that it has begun to show in answer to the present question. It shows no other.
	pub shows: Option<H256>,
	/// Whether it showed what is no part of its window: then it shows nothing more.
	pub misled: bool,
}

impl Testimony {
	/// Whether the member said that it has the messages of a window, which is not before the round.
	pub(super) fn has(&self, window: WindowIndex) -> bool {
		self.pledge.is_some_and(|pledge| window < pledge.end)
	}

	/// Takes in a commitment.
	pub(super) fn keep(&mut self, said: Utterance) {
		let pledge = Pledge {
			end: said.span().end,
			data_root: said.commitment().data_root,
		};
		if self.pledge.is_none_or(|known| known.end <= pledge.end) {
			self.pledge = Some(pledge);
		}
		self.said = Some(said);
	}
}

/// A window that was shown: every message, signed by its sensor.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Shown {
	/// Its Merkle root.
	pub root: H256,
	/// Its digest, see [`crate::Window::digest`].
	pub digest: H256,
	/// What the function gives for it.
	pub result: Option<ResultValue>,
}

impl Shown {
	/// What stands for a window that lacks messages for good. Nobody has to show it.
	pub fn dead() -> Self {
		Self {
			root: H256::zero(),
			digest: H256::zero(),
			result: None,
		}
	}

	/// Whether it has no messages. What is known of the sensors says so, and no other can be shown instead.
	pub(super) fn is_empty(&self) -> bool {
		self.root.is_zero()
	}
}

/// What a member signs that sees that another copied the roots of windows: the root over their digests, by which the
/// possession of the one is right and that of the other is not.
///
/// It cannot be taken for one about another commitment: then nothing would be wrong.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Challenge {
	/// The range that both committed to.
	pub span: Span,
	/// Who says so.
	pub intermediary: IntermediaryId,
	/// Who has not got the windows.
	pub accused: IntermediaryId,
	/// The root over the digests of the windows.
	pub digests: H256,
}

impl Payload for Challenge {
	const TAG: &'static [u8] = b"syngraph/challenge/1";
}

/// Why something cannot be put on file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileError {
	/// It is about another round.
	OtherRound,
	/// It is about another attempt, another range than that of the attempt, or begins from other commitments.
	OtherAttempt,
	/// It has no windows, or too many, or its reveal does not open its commitment.
	Unsound,
	/// Its author is not a member.
	NotAMember,
	/// It is on file already, or proves nothing that is not known.
	NothingNew,
	/// The dispute does not wait for it, or not any more.
	NotAwaited,
	/// The two utterances do not contradict each other, or nothing is wrong with the possession.
	NoConflict,
	/// The deadline has passed.
	TooLate,
	/// Nobody has committed to the window, so that nobody can be asked for its messages.
	NobodyCommitted,
	/// The reveal is about other commitments than those on file.
	WrongSet,
	/// The reveal comes with no signature of its author's own; or, where all have to sign the same, with one that asks
	/// for a joint key.
	NotSingle,
	/// The hashes are not those of the tree.
	WrongHashes,
}

/// What follows from something that was put on file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
	/// The dispute waits for nothing else than before, if it still waits for anything.
	None,
	/// It waits for something else, or has more time.
	Advanced,
	/// It waits for the messages of another window than before, if it did for any: what was shown of that one is
	/// to be forgotten. If the new one lacks messages for good, it is shown at once, see [`Shown::dead`].
	Questioned,
}
