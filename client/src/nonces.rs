//! Which number an account's next transaction has.

use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

use parking_lot::Mutex;
use syngraph_runtime::{AccountId, Nonce};

/// For how long the pool may not count yet what was submitted.
const MOMENT: Duration = Duration::from_secs(4);

/// What was submitted a moment ago. For all else the chain and the pool know best: what they have lost must
/// not be counted, or everything after it waits for ever.
#[derive(Default)]
pub(crate) struct Nonces {
	/// Held by who submits, so that transactions take effect in the order in which they are submitted.
	pub(crate) turn: tokio::sync::Mutex<()>,
	submitted: Mutex<HashMap<AccountId, Submitted>>,
}

struct Submitted {
	next: Nonce,
	at: Instant,
	/// The connection over which it was: another one may lead to a node that does not know of it.
	generation: u64,
}

impl Nonces {
	/// The number of an account's next transaction over a connection, whose node has `counted` so many.
	pub(crate) fn next(&self, from: &AccountId, counted: Nonce, generation: u64) -> Nonce {
		let submitted = self.submitted.lock();
		let recent = submitted.get(from).filter(|submitted| {
			submitted.generation == generation && submitted.at.elapsed() < MOMENT
		});
		recent.map_or(counted, |submitted| submitted.next.max(counted))
	}

	/// Notes that a transaction was submitted over a connection.
	pub(crate) fn note(&self, from: AccountId, nonce: Nonce, generation: u64) {
		let submitted = Submitted {
			next: nonce.saturating_add(1),
			at: Instant::now(),
			generation,
		};
		self.submitted.lock().insert(from, submitted);
	}

	/// Counts nothing of an account any more: one of its transactions may be lost.
	pub(crate) fn forget(&self, from: &AccountId) {
		self.submitted.lock().remove(from);
	}
}
