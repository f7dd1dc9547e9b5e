//! The paying side of channels.
//!
//! A client signs one receipt for each slot and gets a one-time password for it. Each [`Payments`] pays
//! out of one channel:
//!
//! - **It pays once.** A receipt is on disk before it is sent, and the password before it is shown to
//!   the device. Whatever dies in between, the next run sends the same receipt again and is given the
//!   same password.
//! - **It trusts nobody.** A receipt is worth at most one slot more than what is *known* to be
//!   owed: by its own record, by the chain, or by a receipt that the server shows and that it verifies
//!   itself. An access server that takes a receipt and gives no password gains one slot, once.
//!
//! What touches anything outside of the process is in the [`Environment`], so that tests can end it anywhere.

mod chain;
mod channel;
mod device;
mod encoding;
mod environment;
mod error;
mod http;
mod intent;
mod key;
mod opening;
mod payments;
mod problem;
mod record;
mod records;
mod recovery;
mod server;

pub use chain::{Chain, Once};
pub use channel::{Asked, Channel, ChannelState, Opening};
pub use device::Answer;
pub use encoding::{decimal, Hex};
pub use environment::{Environment, Live};
pub use error::Error;
pub use key::{read_group, Key, Signer};
pub use payments::{Handover, Payments};
pub use problem::Problem;
pub use record::{Intent, Kept, Order, Password, Pending, Record, Stage};
pub use records::Records;
pub use server::{ChannelInfo, Info, Server, Service};

/// A receipt of this chain's channels.
pub type SignedReceipt = syngraph_primitives::SignedReceipt<syngraph_runtime::Balance>;
