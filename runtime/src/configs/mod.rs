//! The limits and prices of every pallet.

mod agreements;
mod disputes;
mod fees;
mod registry;
mod sdk;

pub use fees::{LengthToFee, ToAuthor, WeightToFee};
pub use registry::MAX_AGREEMENTS;
pub use sdk::*;

/// The deposit for a byte of state.
pub const BYTE_DEPOSIT: crate::Balance = 100 * crate::MICRO_SYN;
