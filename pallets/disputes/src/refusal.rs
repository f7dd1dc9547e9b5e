//! Why a report is refused.

use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Why a report of two statements enters neither the pool nor a block.
///
/// A transaction that nobody signs can only be refused with a number: these are
/// `InvalidTransaction::Custom` codes, beginning at 100 so that no other pallet's can be mistaken for
/// them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Refusal {
	/// The statements are about different windows, or do not contradict each other.
	NoConflict = 100,
	/// An author is no intermediary of the agreement, or the agreement is not in force.
	NotIntermediary = 101,
	/// The window is settled, frozen or too old already, or the escrow cannot pay for the dispute.
	CannotFreeze = 102,
	/// An author has no key at present.
	UnknownKey = 103,
	/// A signature is not its author's.
	BadSignature = 104,
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal as u8).into()
	}
}
