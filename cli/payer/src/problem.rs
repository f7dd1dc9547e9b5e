//! What servers say when they refuse.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a server says when it refuses, as of RFC 9457.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
	/// The kind of problem, as a path.
	#[serde(rename = "type")]
	pub kind: String,
	/// The same in words.
	#[serde(default)]
	pub title: String,
	/// The HTTP status.
	#[serde(default)]
	pub status: u16,
	/// What is the matter this time.
	#[serde(default)]
	pub detail: Option<String>,
	/// After how many seconds to ask again.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub retry_after: Option<u64>,
}

impl Problem {
	/// The last part of its kind, which names it.
	pub fn name(&self) -> &str {
		self.kind.rsplit('/').next().unwrap_or_default()
	}

	/// Whether the request was refused for good, and not just by a server in trouble.
	pub fn is_final(&self) -> bool {
		(400..500).contains(&self.status)
	}
}

impl fmt::Display for Problem {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}", self.title)?;
		if let Some(detail) = &self.detail {
			write!(f, ": {detail}")?;
		}
		write!(f, " ({})", self.name())?;
		if let Some(seconds) = self.retry_after {
			write!(f, "; try again in {seconds} s")?;
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_problem_says_what_it_is() {
		let json = r#"{"type":"/problems/stale-amount","title":"Stale","status":409,"detail":"the best is 5","amount":"5"}"#;
		let problem: Problem = serde_json::from_str(json).unwrap();
		assert_eq!(problem.to_string(), "Stale: the best is 5 (stale-amount)");
		assert!(problem.is_final());
	}
}
