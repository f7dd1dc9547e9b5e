//! What methods are called with.

use serde::{de::IgnoredAny, Deserialize};

/// A parameter that may be anything, so that it is our methods that say what is wrong with it, and what to do.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Lenient<T> {
	/// What it should be.
	Right(T),
	/// Something else.
	Wrong(IgnoredAny),
}

impl<T> Lenient<T> {
	/// What was given, if it is what it should be. None as well if nothing was given.
	pub fn right(given: Option<Self>) -> Option<T> {
		match given {
			Some(Self::Right(given)) => Some(given),
			Some(Self::Wrong(_)) | None => None,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_wrong_is_no_error() {
		let parse = |text| {
			let given = serde_json::from_str(text).expect("it may be anything");
			Lenient::<Vec<u8>>::right(given)
		};
		assert_eq!(parse("[1,2]"), Some(vec![1, 2]));
		for wrong in ["null", "true", "-1", r#""text""#, "[1,256]", r#"{"a":[1]}"#] {
			assert_eq!(parse(wrong), None, "{wrong}");
		}
	}
}
