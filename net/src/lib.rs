//! What servers that anybody may reach have in common.
//!
//! - [`Impatient`]: a stream whose other side has to take what is sent.
//! - [`Connections`]: how many connections each address has, each network and each site of IPv6.

mod connections;
mod impatient;

pub use connections::{Connections, Held, Limits};
pub use impatient::Impatient;
