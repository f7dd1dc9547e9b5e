//! What can be wrong with a function.

use alloc::string::{String, ToString};
use core::fmt;
use serde_json::error::Category;

/// Why a function cannot be computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FunctionError {
	/// It is not JSON. Says what is wrong, and where.
	NotJson(String),
	/// It contains an operation or a field that the language does not have. Says which, and where.
	Unknown(String),
	/// A field is missing, occurs twice, or its value is of the wrong sort, for example `null`, a number
	/// with a fraction, or an array in place of an object. Says what is wrong, and where.
	Malformed(String),
	/// It names a sensor by an index that the agreement does not have.
	NoSuchSensor(u8),
	/// It names a sensor twice.
	DuplicateSensor(u8),
	/// It selects none of the agreement's sensors.
	NothingSelected,
	/// A selected sensor does not have this variable.
	NoSuchVariable(String),
	/// A selected sensor's variable of this name is of another type than the pipeline needs.
	WrongType(String),
	/// A lower bound lies above the upper bound beside it, so that nothing could ever pass.
	CrossedBounds,
	/// A duration begins and ends with the same value.
	SameEnds,
}

impl From<serde_json::Error> for FunctionError {
	fn from(error: serde_json::Error) -> Self {
		let reason = error.to_string();
		match error.classify() {
			// Serde tells some faults apart only by the beginning of its message. A number so large that not
			// even a float holds it is JSON all the same.
			Category::Syntax if reason.starts_with("number out of range") => {
				Self::Malformed(reason)
			},
			Category::Io | Category::Syntax | Category::Eof => Self::NotJson(reason),
			Category::Data if reason.starts_with("unknown ") => Self::Unknown(reason),
			Category::Data => Self::Malformed(reason),
		}
	}
}

impl fmt::Display for FunctionError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NotJson(reason) => write!(f, "not JSON: {reason}"),
			Self::Unknown(reason) => f.write_str(reason),
			Self::Malformed(reason) => write!(f, "malformed: {reason}"),
			Self::NoSuchSensor(index) => write!(f, "the agreement has no sensor {index}"),
			Self::DuplicateSensor(index) => write!(f, "sensor {index} is named twice"),
			Self::NothingSelected => f.write_str("no sensor of the agreement is selected"),
			Self::NoSuchVariable(name) => {
				write!(f, "a selected sensor has no variable `{name}`")
			},
			Self::WrongType(name) => {
				write!(
					f,
					"variable `{name}` of a selected sensor is of another type"
				)
			},
			Self::CrossedBounds => f.write_str("`at_least` is greater than `at_most`"),
			Self::SameEnds => f.write_str("`from` and `to` of a duration are equal"),
		}
	}
}

impl core::error::Error for FunctionError {}
