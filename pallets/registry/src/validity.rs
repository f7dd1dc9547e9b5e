//! Why a heartbeat is refused.

use sp_runtime::transaction_validity::TransactionValidityError;
use syngraph_primitives::unsigned;

/// Why a heartbeat enters neither the pool nor a block.
///
/// A transaction that nobody signs can only be refused with a number: these are
/// the codes of [`unsigned::invalid`] from 50 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ValidityError {
	/// There is no such intermediary.
	NotRegistered = 50,
	/// It tells of a block that has not been made, or that lies too far back.
	OutOfTime = 51,
	/// The intermediary was seen less than half an interval before.
	TooSoon = 52,
	/// The intermediary neither has an offer nor is bound: nobody needs to know.
	NotNeeded = 53,
	/// The intermediary has no key.
	NoKey = 54,
	/// The signature is not that of the intermediary's present key.
	BadSignature = 55,
}

impl From<ValidityError> for TransactionValidityError {
	fn from(error: ValidityError) -> Self {
		unsigned::invalid(error as u8)
	}
}
