//! What can go wrong with the ledger.

/// The disk has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the ledger cannot be read or written")]
pub struct Broken;

impl<E: Into<redb::Error>> From<E> for Broken {
	fn from(error: E) -> Self {
		tracing::error!("the ledger cannot be read or written: {}", error.into());
		Self
	}
}
