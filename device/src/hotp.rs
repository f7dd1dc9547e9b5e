//! HOTP: passwords from a secret and a counter (RFC 4226).

use core::{fmt, ops::RangeInclusive};

use hmac::{Hmac, Mac};
use sha1::Sha1;
use zeroize::Zeroize;

use crate::{Code, Digits};

/// The block of SHA-1, which is what HMAC fills a key up to.
const BLOCK: usize = 64;

/// How many bytes a secret may have: at least what RFC 4226 asks for, at most what HMAC uses as it
/// is.
pub const SECRET_BYTES: RangeInclusive<usize> = 16..=BLOCK;

/// What a device shares with its access server for one service.
///
/// Wiped from memory when dropped; what the hash leaves on the stack while it runs is not.
pub struct Secret {
	/// Filled up with zeros, as HMAC does, so that no length has to be remembered or checked again.
	block: [u8; BLOCK],
}

impl Secret {
	/// Takes a secret; none if its length is not in [`SECRET_BYTES`].
	pub fn new(bytes: &[u8]) -> Option<Self> {
		if !SECRET_BYTES.contains(&bytes.len()) {
			return None;
		}
		let mut secret = Self { block: [0; BLOCK] };
		secret.block.get_mut(..bytes.len())?.copy_from_slice(bytes);
		Some(secret)
	}

	/// HMAC with this secret as its key, ready for a message.
	pub(crate) fn mac(&self) -> Hmac<Sha1> {
		Hmac::new((&self.block).into())
	}
}

impl Drop for Secret {
	fn drop(&mut self) {
		self.block.zeroize();
	}
}

impl fmt::Debug for Secret {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("Secret(..)")
	}
}

/// The password number `counter` of a secret.
pub fn hotp(secret: &Secret, counter: u64, digits: Digits) -> Code {
	password(&secret.mac(), counter, digits)
}

/// As [`hotp`], with the key already absorbed: half the work when many counters are tried.
pub(crate) fn password(mac: &Hmac<Sha1>, counter: u64, digits: Digits) -> Code {
	let tag = mac
		.clone()
		.chain_update(counter.to_be_bytes())
		.finalize()
		.into_bytes();
	// Dynamic truncation: the last four bits say where to take 31 bits from.
	let offset = tag.last().map_or(0, |last| usize::from(last & 0x0f));
	let word = tag
		.iter()
		.skip(offset)
		.take(4)
		.fold(0, |word, byte| word << 8 | u32::from(*byte));
	Code::truncate(word & 0x7fff_ffff, digits)
}
