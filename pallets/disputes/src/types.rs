//! What is stored about a dispute, and what events say of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::{IntermediaryId, SensorId, MAX_INTERMEDIARIES};
use syngraph_protocol::{Conflict, Docket, Stage, Trial};

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
pub struct Dispute<Balance, BlockNumber> {
	/// What has been said, what was shown, and what the dispute waits for.
	pub docket: Docket<BlockNumber>,
	/// Why it was opened.
	pub cause: Cause,
	/// The users who consent to close it without a verdict: bit `i` stands for user `i` of the terms.
	pub consents: u8,
	/// What it has cost so far: the fees of all that nobody signed. Paid when it closes.
	pub spent: Balance,
	/// What of it each member has caused by showing the window, by place.
	pub shown_by: BoundedVec<Balance, ConstU32<MAX_INTERMEDIARIES>>,
	/// The sensor of which different messages with one number were shown, if it answers for all that it has in
	/// the window.
	pub exposed: Option<SensorId>,
}

impl<Balance, BlockNumber> Dispute<Balance, BlockNumber>
where
	Balance: AtLeast32BitUnsigned + Copy,
{
	/// A dispute that has cost nothing yet.
	pub(crate) fn new(docket: Docket<BlockNumber>, cause: Cause) -> Self {
		let mut shown_by = BoundedVec::new();
		for _ in &docket.roster.members {
			shown_by.force_push(Balance::zero());
		}
		Self {
			docket,
			cause,
			consents: 0,
			spent: Balance::zero(),
			shown_by,
			exposed: None,
		}
	}

	/// Adds a fee to what it costs, as far as what is reserved goes: a weight that has grown meanwhile is
	/// nobody's fault. Returns what was added.
	pub(crate) fn spend(&mut self, fee: Balance, reserve: Balance) -> Balance {
		let before = self.spent;
		self.spent = before.saturating_add(fee).min(reserve);
		self.spent.saturating_sub(before)
	}

	/// Who complained, if the dispute is a complaint: some do not answer, but nothing contradicts anything.
	pub(crate) fn complainer(&self) -> Option<IntermediaryId> {
		match self.cause {
			Cause::Silence { by } if self.docket.stage != Stage::Evidence => Some(by),
			_ => None,
		}
	}
}

/// A window that is being shown, as far as it has come. It belongs to its root: every member that committed
/// to it can go on with it.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Hearing {
	/// What the messages that were shown so far give.
	pub trial: Trial,
	/// Whether the whole window has been shown.
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
	/// All members revealed null, or are done with the window: there is nothing to settle.
	Null,
	/// Nobody is proven wrong, and the window has not settled.
	Unproven,
	/// What the chain knows of the window's sources changed meanwhile: it can be computed anew.
	Stale,
}
