//! How what devices and access servers send enters a node.
//!
//! - [`sensors`]: signed messages of sensors, checked and appended to traces.
//! - [`tower`]: receipts of payment channels, for a watchtower.
//! - [`server`]: a server for devices, which keeps each address to its limits.
//! - [`times`]: what is remembered for such limits, in a bounded memory.
//!
//! It knows the chain through traits, and a disk through [`store`]: it never imports a runtime or a node.

pub mod codes;
pub mod limits;
pub mod params;
pub mod peers;
pub mod sensors;
pub mod server;
pub mod store;
pub mod times;
pub mod tower;
