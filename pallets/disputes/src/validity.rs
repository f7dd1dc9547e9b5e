//! Why a transaction that nobody signs is refused.

use sp_runtime::transaction_validity::TransactionValidityError;
use syngraph_primitives::unsigned;
use syngraph_protocol::FileError;

/// Why something enters neither the pool nor a block.
///
/// A transaction that nobody signs can only be refused with a number: these are
/// the codes of [`unsigned::invalid`] from 100 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ValidityError {
	/// The statements or messages are about different things, or do not contradict each other.
	NoConflict = 100,
	/// An author is no member of the agreement's roster, or the agreement is not in force.
	NotIntermediary = 101,
	/// The window is decided already, out of reach, or one of an earlier roster; or the escrows cannot pay for
	/// a dispute; or one of the window's messages is not valid any more.
	CannotOpen = 102,
	/// An author has no key.
	UnknownKey = 103,
	/// A signature is not its author's.
	BadSignature = 104,
	/// No dispute about the window is open.
	NotOpen = 105,
	/// A dispute of the agreement is open already. What several authors said about its window is put on file;
	/// what they said about others has to wait, unless it is a complaint that can still be answered.
	AlreadyOpen = 106,
	/// A complaint about another window of the agreement is open.
	AlreadyComplained = 107,
	/// A statement was made under another roster.
	OtherRound = 108,
	/// It is on file already, or its author is proven wrong already.
	NothingNew = 109,
	/// The deadline has passed.
	TooLate = 110,
	/// The window has settled.
	Settled = 111,
	/// An assent is missing from a reveal, or goes with something else than a reveal that is not null,
	/// or the commitment that belongs to it is not on file.
	WrongAssent = 112,
	/// An utterance is not one author's commitment and reveal, each with what belongs to it.
	Malformed = 113,
	/// The messages are not the last ones of the window, one of each sensor; or none are needed.
	WrongHeads = 114,
	/// The member has committed to nothing, or the window that it committed to has been shown.
	NothingToShow = 115,
	/// The messages do not begin where those that were shown before end.
	WrongPosition = 116,
	/// The messages are not those that were announced, or not the next ones of the window.
	WrongMessages = 117,
	/// The window that was shown is not the one that the member committed to. Nothing is refused for it any
	/// more: whoever shows it pays.
	WrongRoot = 118,
	// 119 was that what a member was liable for did not cover the fee of what it showed.
	/// The dispute waits for something, or for its deadline.
	NotRipe = 120,
	/// The sensor's messages with that number are not valid any more, or it is suspended.
	NotValid = 121,
	/// Whoever must pay the fee cannot.
	CannotPay = 122,
	/// Not all members have declared themselves done with the window, as it is known now.
	NotDone = 123,
	/// A statement is about another version of the window's sources than the dispute, or the dispute is about
	/// another version than there is now.
	OtherVersion = 124,
	/// Nobody has committed to the window, so that nobody can be asked for its messages.
	NothingToLack = 125,
	/// The dispute is contested, and takes no reveal before the commitments that it was made for.
	CommitmentMissing = 126,
	/// The member showed before, in the same dispute, what is no part of its window.
	Misled = 127,
}

impl From<ValidityError> for TransactionValidityError {
	fn from(error: ValidityError) -> Self {
		unsigned::invalid(error as u8)
	}
}

impl From<FileError> for ValidityError {
	fn from(error: FileError) -> Self {
		match error {
			FileError::OtherRound => Self::OtherRound,
			FileError::NotAMember => Self::NotIntermediary,
			FileError::NothingNew => Self::NothingNew,
			FileError::NoConflict => Self::NoConflict,
			FileError::TooLate => Self::TooLate,
			FileError::NobodyCommitted => Self::NothingToLack,
			FileError::CommitmentMissing => Self::CommitmentMissing,
		}
	}
}
