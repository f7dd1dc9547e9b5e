//! What the tests of several crates have in common: people, what they sign and claim, terms, a store in memory, and a
//! runtime for the tests of pallets.
//!
//! The integration tests of the crates that it is made of can use it. Their unit tests cannot: they are compiled into
//! the crate that they test, whose types are then others than those of the kit.

mod bounded;
pub mod claims;
#[path = "../../../offchain/worker/src/testing.rs"]
pub mod memory;
pub mod mock;
pub mod people;
pub mod proofs;
pub mod terms;

pub use bounded::{bounded, bytes, pipeline, schema};
pub use memory::Memory;

// The worker's file knows it by this name.
use syngraph_worker::store;
