//! What is stored about a dispute, and what events say of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::IntermediaryId;
use syngraph_protocol::{Conflict, Docket, Trial};

/// Why a dispute was opened.
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
pub enum Cause {
	/// Two statements contradict each other.
	Conflict(Conflict),
	/// A member complained that others are silent.
	Silence {
		/// Who complained.
		by: IntermediaryId,
	},
}

/// An open dispute about a window.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Dispute<BlockNumber> {
	/// What has been said, what was shown, and what the dispute waits for.
	pub docket: Docket<BlockNumber>,
	/// Why it was opened.
	pub cause: Cause,
	/// The users who consent to close it without a verdict: bit `i` stands for user `i` of the terms.
	pub consents: u8,
}

/// A window that a member shows, as far as it has come.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Hearing<Balance> {
	/// What the messages that were shown so far give.
	pub trial: Trial,
	/// The fees that the member has advanced out of its bond.
	pub advance: Balance,
	/// Whether the whole window has been shown, so that the verdict pays back the advance.
	pub complete: bool,
}

/// What a dispute came to.
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
pub enum Outcome {
	/// Members were proven wrong, or did not answer in time. An event tells of each of them.
	Failed,
	/// The window has settled meanwhile, and nobody failed.
	Settled,
	/// All members revealed null, or have done with the window: there is nothing to settle.
	Null,
	/// Nobody is proven wrong, and the window has not settled.
	Unproven,
}
