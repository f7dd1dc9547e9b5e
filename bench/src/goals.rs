//! What the figures are to be, and whether they are.

use std::fmt;

use serde::Serialize;

/// A figure with its bound.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
	/// What was measured.
	pub what: String,
	/// What it came to.
	pub figure: f64,
	/// What it is to be.
	pub bound: Bound,
	/// Whether it is.
	pub met: bool,
}

/// A bound, itself allowed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
	/// So much or less.
	AtMost(f64),
	/// So much or more.
	AtLeast(f64),
}

impl Goal {
	/// The figure is to be so much or less.
	pub fn at_most(what: impl Into<String>, figure: f64, most: f64) -> Self {
		Self::new(what.into(), figure, Bound::AtMost(most))
	}

	/// The figure is to be so much or more.
	pub fn at_least(what: impl Into<String>, figure: f64, least: f64) -> Self {
		Self::new(what.into(), figure, Bound::AtLeast(least))
	}

	fn new(what: String, figure: f64, bound: Bound) -> Self {
		let met = match bound {
			Bound::AtMost(most) => figure <= most,
			Bound::AtLeast(least) => figure >= least,
		};
		Self {
			what,
			figure,
			bound,
			met,
		}
	}
}

impl fmt::Display for Goal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let bound = match self.bound {
			Bound::AtMost(most) => format!("at most {}", short(most)),
			Bound::AtLeast(least) => format!("at least {}", short(least)),
		};
		let (what, figure) = (&self.what, short(self.figure));
		let met = if self.met { "met" } else { "MISSED" };
		write!(f, "{what:<90}{figure:>10}  {bound:<18}{met}")
	}
}

/// A number with a few digits, however small it is.
fn short(number: f64) -> String {
	match number.abs() {
		size if size > 0.0 && size < 0.001 => format!("{number:.2e}"),
		size if size < 10.0 => format!("{number:.3}"),
		_ => format!("{number:.0}"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_bound_itself_is_allowed_and_nothing_beyond() {
		for (figure, most, least) in [(0.9, true, false), (1.0, true, true), (1.1, false, true)] {
			assert_eq!(Goal::at_most("", figure, 1.0).met, most);
			assert_eq!(Goal::at_least("", figure, 1.0).met, least);
		}
	}

	#[test]
	fn what_could_not_be_measured_is_not_met() {
		assert!(!Goal::at_most("", f64::NAN, 1.0).met);
		assert!(!Goal::at_least("", f64::NAN, 1.0).met);
	}

	#[test]
	fn small_numbers_keep_their_digits() {
		let all = [0.0, 0.0000354, 0.0347, 1.25, 300.4].map(short);
		assert_eq!(all, ["0.000", "3.54e-5", "0.035", "1.250", "300"]);
	}
}
