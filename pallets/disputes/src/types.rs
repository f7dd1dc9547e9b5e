//! What is stored about a dispute, and what events say of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec, Weight};
use syngraph_primitives::{IntermediaryId, SensorId, WindowIndex, MAX_SENSORS};
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
	/// Two utterances contradict each other.
	Conflict {
		/// How they do.
		conflict: Conflict,
		/// Who said them: the same twice if one member contradicts itself.
		authors: [IntermediaryId; 2],
	},
	/// A member complained that others are silent.
	Silence {
		/// Who complained.
		by: IntermediaryId,
	},
}

impl Cause {
	/// Who had the dispute opened: the member that complained, or those that said what contradicts each other.
	pub(crate) fn openers(&self) -> &[IntermediaryId] {
		match self {
			Self::Conflict { authors, .. } => authors.as_slice(),
			Self::Silence { by } => core::slice::from_ref(by),
		}
	}
}

/// An open dispute about a round.
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
	/// The sensor of which different messages with one number were shown.
	pub exposed: Option<Exposure>,
	/// How often something had become known of each sensor's messages when it was opened, in the order of the feeds.
	pub changes: BoundedVec<u32, ConstU32<MAX_SENSORS>>,
	/// How many blocks had no room for answers when it was opened, since the chain began.
	pub halted: BlockNumber,
}

/// What was shown of a sensor.
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
pub struct Exposure {
	/// The sensor.
	pub sensor: SensorId,
	/// The window in which its messages differ.
	pub window: WindowIndex,
	/// Whether it answers for all that it has sent in the window.
	pub answers: bool,
}

impl<Balance, BlockNumber> Dispute<Balance, BlockNumber>
where
	Balance: AtLeast32BitUnsigned + Copy,
	BlockNumber: Copy,
{
	/// A dispute that has cost nothing yet, with the changes of the sensors' messages so far.
	pub(crate) fn new(
		docket: Docket<BlockNumber>,
		cause: Cause,
		changes: BoundedVec<u32, ConstU32<MAX_SENSORS>>,
	) -> Self {
		Self {
			halted: docket.halted,
			docket,
			cause,
			consents: 0,
			spent: Balance::zero(),
			exposed: None,
			changes,
		}
	}

	/// Adds a fee to what it costs, as far as what is reserved goes: a weight that has grown meanwhile is
	/// nobody's fault.
	pub(crate) fn spend(&mut self, fee: Balance, reserve: Balance) {
		self.spent = self.spent.saturating_add(fee).min(reserve);
	}
}

/// Room in a block, be it free or taken.
#[derive(
	Clone,
	Copy,
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
pub struct Room {
	/// For the weight of calls that anybody may send.
	pub weight: Weight,
	/// For bytes.
	pub bytes: u32,
}

impl Room {
	/// Both together.
	pub fn saturating_add(self, other: Self) -> Self {
		Self {
			weight: self.weight.saturating_add(other.weight),
			bytes: self.bytes.saturating_add(other.bytes),
		}
	}

	/// What is left of it without another one.
	pub fn saturating_sub(self, other: Self) -> Self {
		Self {
			weight: self.weight.saturating_sub(other.weight),
			bytes: self.bytes.saturating_sub(other.bytes),
		}
	}

	/// Whether it is no more than another one.
	pub fn fits_into(self, other: Self) -> bool {
		self.weight.all_lte(other.weight) && self.bytes <= other.bytes
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
	/// The round has settled meanwhile, and nobody failed.
	Settled,
	/// Nobody is proven wrong, and the round has not settled.
	Unproven,
	/// What the chain knows of the sensors changed meanwhile: all is computed anew.
	Stale,
}
