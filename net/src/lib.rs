//! What servers that anybody may reach have in common.
//!
//! - [`Impatient`]: a stream whose other side has to take what is sent.
//! - [`Part`]: what somebody is counted by: an address, a network and a site of IPv6.
//! - [`Connections`]: how many connections each of them has.

mod connections;
mod impatient;
mod part;

pub use connections::{Connections, Held, Limits};
pub use impatient::Impatient;
pub use part::{Part, SITE_TIMES};
