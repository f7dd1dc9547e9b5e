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

/// Why a text is not the secret of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoSecret {
	/// There is nothing.
	Empty,
	/// It is not hexadecimal.
	NotHexadecimal,
	/// The number of bytes is not in [`SECRET_BYTES`].
	Length(usize),
	/// Anyone would guess it: all bytes alike, bytes that count up or down, or the secret of the RFC.
	WellKnown,
}

impl fmt::Display for NoSecret {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let (least, most) = (SECRET_BYTES.start(), SECRET_BYTES.end());
		match self {
			Self::Empty => f.write_str("is empty: it must hold a secret"),
			Self::NotHexadecimal => f.write_str("does not hold hexadecimal digits in pairs"),
			Self::Length(found) => {
				write!(f, "holds {found} bytes: a secret has {least} to {most}")
			},
			Self::WellKnown => f.write_str("holds a secret that anyone would guess: draw one"),
		}
	}
}

impl core::error::Error for NoSecret {}

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

	/// Reads a secret as files have it, in hexadecimal, after `0x` or not. Refuses what anyone would guess.
	pub fn from_hex(text: &str) -> Result<Self, NoSecret> {
		let digits = text.strip_prefix("0x").unwrap_or(text);
		if digits.is_empty() {
			return Err(NoSecret::Empty);
		}
		let mut bytes = [0; BLOCK];
		let secret = decode(digits, &mut bytes).and_then(|length| {
			let bytes = bytes.get(..length).unwrap_or_default();
			let secret = Self::new(bytes).ok_or(NoSecret::Length(length))?;
			match is_well_known(bytes) {
				true => Err(NoSecret::WellKnown),
				false => Ok(secret),
			}
		});
		bytes.zeroize();
		secret
	}

	/// HMAC with this secret as its key, ready for a message.
	fn mac(&self) -> Hmac<Sha1> {
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

/// Decodes hexadecimal digits, and tells how many bytes they are: those beyond the buffer are counted only.
fn decode(digits: &str, bytes: &mut [u8]) -> Result<usize, NoSecret> {
	if !digits.len().is_multiple_of(2) {
		return Err(NoSecret::NotHexadecimal);
	}
	let nibble = |digit: Option<&u8>| {
		let value = digit.and_then(|digit| char::from(*digit).to_digit(16));
		value
			.and_then(|value| u8::try_from(value).ok())
			.ok_or(NoSecret::NotHexadecimal)
	};
	let mut length = 0usize;
	for pair in digits.as_bytes().chunks(2) {
		let byte = nibble(pair.first())? << 4 | nibble(pair.last())?;
		if let Some(place) = bytes.get_mut(length) {
			*place = byte;
		}
		length = length.saturating_add(1);
	}
	Ok(length)
}

/// Whether all bytes are alike or count up or down, or are the digits that the RFCs use.
fn is_well_known(bytes: &[u8]) -> bool {
	let step = |pair: &[u8]| match pair {
		[first, second] => second.wrapping_sub(*first),
		_ => 0,
	};
	let first = bytes.get(..2).map_or(0, step);
	let counts =
		matches!(first, 0 | 1 | u8::MAX) && bytes.windows(2).all(|pair| step(pair) == first);
	counts
		|| bytes
			.iter()
			.eq(b"1234567890".iter().cycle().take(bytes.len()))
}

/// The password number `counter` of a secret.
pub fn hotp(secret: &Secret, counter: u64, digits: Digits) -> Code {
	let tag = secret
		.mac()
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
