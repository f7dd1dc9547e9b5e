//! How much may come in at once.

use std::num::NonZeroU32;

/// The most messages of a batch.
pub const MAX_BATCH: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// Larger requests hold no batch: each byte of a message takes two digits.
pub const MAX_REQUEST_BYTES: u32 = 64 * 1024 + 2 * MAX_BATCH.get() * MAX_MESSAGE_BYTES;
/// No message has more bytes.
pub const MAX_MESSAGE_BYTES: u32 = 2 * 1024;
