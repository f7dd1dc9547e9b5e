//! What a docket is made of, and what is said of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;
use syngraph_primitives::ResultValue;

use crate::wire::Said;

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
	/// Every member's commitment: who does not put one on file in time is absent.
	Commitments,
	/// The messages of the window, from those that had committed to it when others said that they lack some:
	/// those are absent, and not these, if it is not shown in time.
	Messages,
	/// Every member's reveal, and its assent to settle.
	Reveals,
	/// What shows who is wrong: statements, and the window's messages. The window is frozen. Whoever contradicts
	/// another, and is not borne out by what is shown in time, is absent.
	Evidence,
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
	/// It signed two different statements of the same sort, or assented to what it did not reveal.
	Equivocation,
	/// It revealed what does not open its commitment.
	FalseReveal,
	/// It committed to a window that signed messages contradict.
	WrongWindow,
	/// It committed to a window without having it: it copied the root.
	FalsePossession,
	/// It revealed another result than its window gives; or, if it put no commitment on file, than the only
	/// window that was shown.
	WrongResult,
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
	/// What it said.
	pub said: Said,
	/// What its statements alone prove, also those about other windows.
	pub fault: Option<Fault>,
	/// Whether it said that it lacks messages of the window.
	pub lacks: bool,
	/// Whether it had committed when others said so: it is among those that owe the messages.
	pub asked: bool,
	/// Whether it showed what is no part of its window: then it shows nothing more.
	pub misled: bool,
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

/// Why something cannot be put on file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileError {
	/// It is about another window, agreement or roster, or another version of the window's sources.
	OtherRound,
	/// Its author is not a member.
	NotAMember,
	/// It is on file already, or proves nothing that is not known.
	NothingNew,
	/// The two statements do not contradict each other.
	NoConflict,
	/// The deadline has passed.
	TooLate,
	/// Nobody has committed to the window, so that nobody can be asked for its messages.
	NobodyCommitted,
	/// A commitment is not on file that whoever revealed has heard.
	CommitmentMissing,
}

/// What follows from something that was put on file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
	/// The dispute goes on as before.
	None,
	/// The next stage has begun, or there is more time for this one.
	Advanced,
	/// Statements contradict each other from now on: the window must be frozen.
	Contested,
}
