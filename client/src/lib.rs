//! A client of a Syngraph node.
//!
//! It knows the chain by the runtime's own types: calls, events, errors and storage are those of the
//! pallets, and a program that no longer fits the chain does not compile.
//!
//! - [`Client`] submits transactions, reads storage and follows blocks.
//! - [`Device`] is a simulated sensor, and [`Outbox`] hands its messages over to several nodes.
//! - [`secret`] reads secrets from files, for all programs in the same way.

mod blocks;
mod client;
mod connection;
mod device;
mod error;
mod nonces;
mod outbox;
mod pending;
mod registry;
mod runtime;
pub mod secret;
mod storage;
mod stream;
mod transaction;

pub use blocks::{Block, Blocks, Event, Head};
pub use client::Client;
pub use connection::Connection;
pub use device::Device;
pub use error::{describe, Error};
pub use outbox::{Answer, Delivery, Outbox, Status};
pub use pending::{Included, Pending, Signed};
pub use runtime::KnownRuntime;
pub use storage::Listed;
pub use transaction::{account, Lifetime, Postage, LIFETIME};
