//! The client, and a node that is pretended.

mod connection;
#[path = "../node/mod.rs"]
mod node;
mod outbox;
mod registry;
mod secret;
mod transactions;
