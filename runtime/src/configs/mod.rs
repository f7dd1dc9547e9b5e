//! The limits and prices of every pallet.

mod agreements;
mod channels;
mod disputes;
mod fees;
mod registry;
mod sdk;

use crate::{BlockNumber, HOURS};

pub use fees::{LengthToFee, ToAuthor, WeightToFee};
pub use registry::MAX_AGREEMENTS;
pub use sdk::*;

/// The fewest blocks that an agreement can give its intermediaries to answer.
pub const MIN_ANSWER: BlockNumber = 8;
/// The most blocks that an agreement can give its intermediaries to answer.
pub const MAX_ANSWER: BlockNumber = 8 * HOURS;
/// The most blocks that a dispute lasts: it has three stages at most, each as long as an answer.
pub const LONGEST_DISPUTE: BlockNumber = 3 * MAX_ANSWER;

/// The deposit for a byte of state.
pub const BYTE_DEPOSIT: crate::Balance = 100 * crate::MICRO_SYN;
