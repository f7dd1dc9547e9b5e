//! The access server: takes a client's receipts and hands out one-time passwords for them.
//!
//! A device shares a secret with the server and knows nothing else; a client signs receipts of a
//! channel of which the server is the payee. For each receipt over a price more than the last, the server
//! hands out the password of one slot.
//!
//! What a request goes through:
//!
//! - [`http`] reads it and turns every error into a [`Problem`];
//! - [`Server`] collects what there is to know: the channel on the chain ([`Watch`]) and in the
//!   [`Ledger`];
//! - [`decision`] decides, from these alone: once before the signature is checked, so that bad requests cost
//!   little, and once again when the request's turn to be recorded has come;
//! - the [`Ledger`] has the receipt, and the counter of its password, safely on disk before the
//!   password leaves.
//!
//! The [`Collector`] closes channels before their receipts stop counting, or redeems them.

#![deny(missing_docs)]

mod batch;
mod broken;
mod case;
mod cases;
mod chain;
mod collector;
pub mod config;
pub mod decision;
mod duty;
mod entries;
mod flights;
pub mod http;
mod ledger;
pub mod listen;
mod metrics;
mod node;
mod order;
mod plan;
mod pool;
mod problem;
mod purchases;
mod reply;
mod server;
mod tables;
mod tasks;
mod tower;
mod watch;

pub use broken::Broken;
pub use cases::State;
pub use chain::{
	Chain, Collected, Costs, Funds, Heads, Lag, Lane, News, SafeState, Seen, Upgrading,
};
pub use collector::Collector;
pub use duty::Duty;
pub use entries::{Entries, Entry, Page};
pub use ledger::{Coming, Identity, Ledger};
pub use metrics::Metrics;
pub use node::Node;
pub use order::{Slot, Unknown};
pub use plan::{Closing, Plan};
pub use problem::Problem;
pub use purchases::{Purchase, KEPT};
pub use server::{ChannelInfo, Request, Server, Shortage};
pub use tasks::Tasks;
pub use tower::Tower;
pub use watch::Watch;

use sp_core::crypto::AccountId32;
use syngraph_primitives::BlockNumber;

/// What channels hold and receipts are over, in the smallest unit.
pub type Balance = u128;
/// A channel as the chain has it.
pub type Channel = pallet_channels::Channel<AccountId32, Balance, BlockNumber>;
/// A receipt as it is handed over, with its signature.
pub type SignedReceipt = syngraph_primitives::SignedReceipt<Balance>;
