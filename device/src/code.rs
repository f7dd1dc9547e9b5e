//! The passwords as people type them.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

/// How many decimal digits a password has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Digits {
	/// Six, the least that RFC 4226 allows.
	#[default]
	Six,
	/// Seven.
	Seven,
	/// Eight.
	Eight,
}

impl Digits {
	/// The number of digits.
	pub const fn count(self) -> usize {
		match self {
			Self::Six => 6,
			Self::Seven => 7,
			Self::Eight => 8,
		}
	}

	/// How many different passwords there are.
	pub const fn passwords(self) -> u32 {
		match self {
			Self::Six => 1_000_000,
			Self::Seven => 10_000_000,
			Self::Eight => 100_000_000,
		}
	}
}

/// A one-time password. It can be shown, and compared in constant time only.
#[derive(Clone, Copy, Debug)]
pub struct Code {
	value: u32,
	digits: Digits,
}

impl Code {
	/// The last `digits` decimal digits of a number.
	pub(crate) const fn truncate(number: u32, digits: Digits) -> Self {
		Self {
			value: number % digits.passwords(),
			digits,
		}
	}

	/// Reads a password of exactly so many digits; none if the text is anything else.
	pub fn parse(text: &str, digits: Digits) -> Option<Self> {
		if text.len() != digits.count() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
			return None;
		}
		let value = text.parse().ok()?;
		Some(Self { value, digits })
	}
}

impl ConstantTimeEq for Code {
	fn ct_eq(&self, other: &Self) -> Choice {
		self.value.ct_eq(&other.value) & Choice::from(u8::from(self.digits == other.digits))
	}
}

impl fmt::Display for Code {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{:0width$}", self.value, width = self.digits.count())
	}
}
