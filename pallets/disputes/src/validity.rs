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
	/// The utterances or messages are about different things, or do not contradict each other; or nothing is wrong with
	/// the possession that is challenged.
	NoConflict = 100,
	/// An author is no member of the agreement's roster, or the agreement is not in force.
	NotIntermediary = 101,
	/// The agreement is not in force, or nothing can settle yet, or its escrows cannot pay for a dispute; or the round
	/// is decided already; or what is known of the sensors does not tell yet which messages of its last window are
	/// valid.
	CannotOpen = 102,
	/// An author has no key.
	UnknownKey = 103,
	/// A signature is not its author's.
	BadSignature = 104,
	/// No dispute of the agreement is open.
	NotOpen = 105,
	/// A dispute of the agreement is open already. What several authors said about its round is put on file.
	AlreadyOpen = 106,
	// 107 was that a complaint about another window of the agreement was open.
	/// It is about another round than the dispute, or than that which is to settle next: under another roster or
	/// line-up, or with another first window.
	OtherRound = 108,
	/// It is on file already, or its author is proven wrong already; or messages of a lower window were asked for.
	NothingNew = 109,
	/// The deadline has passed.
	TooLate = 110,
	/// The round has settled.
	Settled = 111,
	// 112 was that an assent was missing from a reveal.
	/// An utterance has no windows, or more than a round of the agreement has, or its reveal does not open its
	/// commitment; or the utterances of a complaint are not those of different members.
	Malformed = 113,
	/// The messages are not the last ones of the range, one of each sensor.
	WrongHeads = 114,
	/// No window is in question, or another one; or the member has not committed to this one, as far as the path shows;
	/// or it has been shown already.
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
	// 123 was that not all members had declared themselves done with the window.
	/// It is about another version of the sources than the dispute, or the dispute is about another version
	/// than there is now.
	OtherVersion = 124,
	/// Nobody has committed to the window, so that nobody can be asked for its messages.
	NothingToLack = 125,
	// 126 was that a dispute took no reveal before the commitments that it was made for.
	/// The member showed before, in the same dispute, what is no part of its window.
	Misled = 127,
	/// It is about another attempt than the dispute waits for, or another range, or it begins from other commitments.
	OtherAttempt = 128,
	/// The dispute does not wait for it, or not any more.
	NotAwaited = 129,
	/// The reveal is about other commitments than those on file.
	WrongSet = 130,
	/// The hashes are not those of the tree.
	WrongHashes = 131,
	/// The reveal comes with no signature of its author's own; or, where all have to sign the same, with one that asks
	/// for a joint key.
	NotSingle = 132,
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
			FileError::OtherAttempt => Self::OtherAttempt,
			FileError::Unsound => Self::Malformed,
			FileError::NotAMember => Self::NotIntermediary,
			FileError::NothingNew => Self::NothingNew,
			FileError::NotAwaited => Self::NotAwaited,
			FileError::NoConflict => Self::NoConflict,
			FileError::TooLate => Self::TooLate,
			FileError::NobodyCommitted => Self::NothingToLack,
			FileError::WrongSet => Self::WrongSet,
			FileError::WrongHashes => Self::WrongHashes,
			FileError::NotSingle => Self::NotSingle,
		}
	}
}
