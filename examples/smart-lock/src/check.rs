//! Claims, and whether they hold.

use std::fmt::Display;

use serde::Serialize;

/// A claim that was held against every figure that it is about.
#[derive(Debug, Serialize)]
pub struct Check {
	/// The claim.
	pub claim: &'static str,
	/// How many figures it was held against.
	pub figures: u64,
	/// Those that differ.
	pub differences: Vec<String>,
}

impl Check {
	/// A claim that is yet to be held against anything.
	pub fn new(claim: &'static str) -> Self {
		Self {
			claim,
			figures: 0,
			differences: Vec::new(),
		}
	}

	/// Holds it against one figure.
	pub fn equal<T: PartialEq + Display>(&mut self, subject: impl Display, found: T, expected: T) {
		self.figures += 1;
		if found != expected {
			let difference = format!("{subject}: {found} instead of {expected}");
			self.differences.push(difference);
		}
	}

	/// Whether the claim holds.
	pub fn holds(&self) -> bool {
		self.differences.is_empty()
	}
}
