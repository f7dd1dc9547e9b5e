//! How long things may take.

use std::time::Duration;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
	/// The head of a request: also how long a connection may be idle.
	pub head: Duration,
	/// A request with its body, and the answer.
	pub request: Duration,
	/// A connection. The answer after that is its last.
	pub life: Duration,
	/// Taking nothing at all of what is sent.
	pub taking: Duration,
	/// After how long without a request a WebSocket is asked whether anybody is there still.
	pub ping: Duration,
	/// After how long without a request a WebSocket is closed, whoever is there.
	pub quiet: Duration,
}

impl Times {
	/// As devices have them.
	pub const USUAL: Self = Self {
		head: Duration::from_secs(30),
		request: Duration::from_secs(30),
		life: Duration::from_secs(600),
		taking: Duration::from_secs(10),
		ping: Duration::from_secs(30),
		quiet: Duration::from_secs(300),
	};
}
