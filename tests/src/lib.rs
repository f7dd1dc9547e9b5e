//! The real runtime, driven as a node drives it: blocks with headers, inherents and encoded
//! transactions go through the executive, and every pallet's invariants are checked after each.

pub mod actors;
pub mod chain;
pub mod crowd;
pub mod fleet;
pub mod machine;
pub mod network;
pub mod rush;
pub mod sources;

pub use actors::{agreement_terms, proof, Actors};
pub use chain::Chain;
pub use machine::Machine;
pub use network::{Forger, Mischief, Network, To};
