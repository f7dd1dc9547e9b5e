//! What programs are told when something is not taken. A code never changes its meaning, and means the same in an
//! answer and in an error.

use jsonrpsee::types::ErrorObjectOwned;
use serde::Serialize;

/// What to do with what was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
	/// Send it again in a moment: the node, or who reads from it, is behind.
	Soon,
	/// Keep it, and send it again when something has changed on the chain.
	Later,
	/// As it is, it will never be taken.
	Never,
}

/// The node has taken as many messages in this second as it takes of the address that asks, or has checked as many
/// as it does of all.
pub const TOO_FAST: i32 = 7001;
/// The node works on as much as it can.
pub const BUSY: i32 = 7002;

/// An error with a code, and what to do.
pub(crate) fn error(code: i32, message: &str, retry: Retry) -> ErrorObjectOwned {
	#[derive(Serialize)]
	struct Data {
		retry: Retry,
	}
	ErrorObjectOwned::owned(code, message, Some(Data { retry }))
}
