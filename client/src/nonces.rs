//! Which number an account's next transaction has.

use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

use jsonrpsee::rpc_params;
use parking_lot::Mutex;
use syngraph_runtime::{AccountId, Nonce};

use crate::{Client, Error};

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

impl Client {
	/// The number of an account's next transaction.
	pub(crate) async fn next_nonce(&self, from: &AccountId) -> Result<Nonce, Error> {
		let counted = self.counted_nonce(from).await?;
		let generation = self.connection().generation();
		let submitted = self.nonces().submitted.lock();
		let recent = submitted.get(from).filter(|submitted| {
			submitted.generation == generation && submitted.at.elapsed() < MOMENT
		});
		Ok(recent.map_or(counted, |submitted| submitted.next.max(counted)))
	}

	/// The same as the node has it, its pool included.
	pub(crate) async fn counted_nonce(&self, from: &AccountId) -> Result<Nonce, Error> {
		self.connection()
			.request("system_accountNextIndex", rpc_params![from])
			.await
	}
}

impl Nonces {
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
