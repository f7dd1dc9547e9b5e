//! The worker's transactions on their way into the pool.
//!
//! Before the pool takes a transaction, the runtime checks it, for tens of milliseconds on a busy machine. A run of the
//! worker that waited for each would spend its slot with that. It needs no answer: it looks at the chain's state, and
//! what is still missing there the next run submits again.

use codec::Decode;
use sc_service::TaskManager;
use sc_transaction_pool_api::{TransactionPool as _, TransactionSource};
use sp_blockchain::HeaderBackend;
use sp_core::offchain::{TransactionPool, TransactionPoolExt};
use sp_runtime::OpaqueExtrinsic;
use std::{future::Future, mem};
use tokio::sync::mpsc;

use super::Core;

/// How many transactions may wait. What comes on top is dropped, and submitted again by a later run.
const WAITING: usize = 4_096;
/// How many the pool is given at a time. It checks them side by side.
const BATCH: usize = 64;

/// Where the worker leaves its transactions.
#[derive(Clone)]
pub struct Submissions(mpsc::Sender<OpaqueExtrinsic>);

impl Submissions {
	/// Begins to hand over to the pool what is left here.
	pub fn start(tasks: &TaskManager, core: &Core) -> Self {
		let (pool, client) = (core.pool.clone(), core.client.clone());
		let (sender, waiting) = mpsc::channel(WAITING);
		let hand_over = hand_over(waiting, move |transactions| {
			let (pool, best) = (pool.clone(), client.info().best_hash);
			async move {
				let source = TransactionSource::Local;
				let answers = pool.submit_at(best, source, transactions).await;
				let refused = match answers {
					Ok(answers) => answers.into_iter().filter_map(Result::err).collect(),
					Err(error) => vec![error],
				};
				for error in refused {
					log::debug!(target: "syngraph", "the pool does not take a transaction of the worker: {error}");
				}
			}
		});
		tasks
			.spawn_handle()
			.spawn("worker-submissions", "offchain-worker", hand_over);
		Self(sender)
	}

	/// For a run of the worker.
	pub fn extension(&self) -> TransactionPoolExt {
		TransactionPoolExt::new(self.clone())
	}
}

impl TransactionPool for Submissions {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		let extrinsic = OpaqueExtrinsic::decode(&mut &extrinsic[..]).map_err(drop)?;
		self.0.try_send(extrinsic).map_err(drop)
	}
}

/// Submits what waits, as much as there is at a time, until nobody can leave anything any more.
async fn hand_over<T, F: Future<Output = ()>>(
	mut waiting: mpsc::Receiver<T>,
	submit: impl Fn(Vec<T>) -> F,
) {
	let mut batch = Vec::new();
	while waiting.recv_many(&mut batch, BATCH).await > 0 {
		submit(mem::take(&mut batch)).await;
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use parking_lot::Mutex;

	#[tokio::test]
	async fn all_that_waits_is_handed_over_in_order_and_in_bounded_batches() {
		let (sender, waiting) = mpsc::channel(WAITING);
		for number in 0..2 * BATCH + 1 {
			sender.try_send(number).unwrap();
		}
		drop(sender);
		let batches = Mutex::new(Vec::new());
		hand_over(waiting, |batch| {
			batches.lock().push(batch);
			async {}
		})
		.await;
		let batches = batches.into_inner();
		let sizes: Vec<_> = batches.iter().map(Vec::len).collect();
		assert_eq!(sizes, [BATCH, BATCH, 1]);
		assert!(batches.concat().into_iter().eq(0..2 * BATCH + 1));
	}

	#[test]
	fn a_run_does_not_wait_and_is_told_what_has_no_room() {
		let (sender, mut waiting) = mpsc::channel(1);
		let mut submissions = Submissions(sender);
		let transaction = OpaqueExtrinsic::from_blob(vec![1, 2, 3]);
		assert_eq!(submissions.submit_transaction(transaction.encode()), Ok(()));
		assert_eq!(
			submissions.submit_transaction(transaction.encode()),
			Err(())
		);
		assert_eq!(waiting.try_recv().unwrap(), transaction);
		assert_eq!(submissions.submit_transaction(transaction.encode()), Ok(()));
	}

	#[test]
	fn what_is_no_transaction_is_refused() {
		let mut submissions = Submissions(mpsc::channel(1).0);
		assert_eq!(submissions.submit_transaction(vec![255]), Err(()));
	}
}
