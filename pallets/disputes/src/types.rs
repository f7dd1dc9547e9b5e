//! What is stored about a dispute.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use syngraph_primitives::{IntermediaryId, SignedStatement};
use syngraph_protocol::Conflict;

/// One of the two statements of a dispute.
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
pub struct Evidence {
	/// Whose statement it is.
	pub author: IntermediaryId,
	/// The Blake2-256 hash of the encoded signed statement.
	pub hash: H256,
}

impl Evidence {
	/// What is stored about a signed statement.
	pub fn of(signed: &SignedStatement) -> Self {
		Self {
			author: signed.statement.intermediary(),
			hash: H256(signed.using_encoded(blake2_256)),
		}
	}
}

/// An open dispute about a window.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Dispute<BlockNumber> {
	/// How the two statements contradict each other.
	pub conflict: Conflict,
	/// The statement that came first in the report.
	pub left: Evidence,
	/// The statement that came second in the report.
	pub right: Evidence,
	/// The block in which it was opened.
	pub opened: BlockNumber,
	/// The last block in which it is open.
	pub deadline: BlockNumber,
}
