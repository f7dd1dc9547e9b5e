//! The limits and prices of every pallet.

mod agreements;
mod channels;
mod disputes;
mod fees;
mod registry;
mod sdk;

use syngraph_primitives::DISPUTE_ANSWERS;

use crate::{BlockNumber, HOURS};

pub use fees::{LengthToFee, ToAuthor, WeightToFee};
pub use registry::{STATEMENTS, STATEMENT_BYTES};
pub use sdk::*;

/// The fewest blocks that an agreement can give its intermediaries to answer, if one transaction shows a
/// window: half of them are left for that, and a node may be started again meanwhile.
pub const MIN_ANSWER: BlockNumber = 24;
/// How many more it must give them for each further transaction by which a window is shown, one after the
/// other.
pub const ANSWER_PER_CHUNK: BlockNumber = 16;
/// The most blocks that an agreement can give its intermediaries to answer.
pub const MAX_ANSWER: BlockNumber = 8 * HOURS;
/// The most blocks that a dispute lasts, of which a third may have no room for answers.
pub const LONGEST_DISPUTE: BlockNumber = DISPUTE_ANSWERS * MAX_ANSWER;

/// The deposit for a byte of state.
pub const BYTE_DEPOSIT: crate::Balance = 100 * crate::MICRO_SYN;
