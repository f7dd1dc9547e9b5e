//! The worker's transactions on their way into the pool.
//!
//! Before the pool takes a transaction, the runtime checks it, for tens of milliseconds on a busy machine. A run of the
//! worker that waited for each would spend its slot with that. It needs no answer: it looks at the chain's state, and
//! what is still missing there a later run submits again.
//!
//! Settlements may be many, and nobody waits for one. What answers in a dispute, shows that somebody is alive or
//! rescues money has a deadline, so that it has a lane of its own. Both are handed over as the worker's own: what comes
//! by gossip stands in a line of its own in the pool, and a transaction that was in a block before, or came too early,
//! may come again.

use codec::Decode;
use futures::{stream, Stream, StreamExt};
use sc_service::TaskManager;
use sc_transaction_pool_api::LocalTransactionPool;
use sp_blockchain::HeaderBackend;
use sp_core::offchain::{TransactionPool, TransactionPoolExt};
use sp_runtime::OpaqueExtrinsic;
use std::future::Future;
use syngraph_runtime::{transactions, RuntimeCall};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::Core;

/// How many settlements may wait. A run that has another one waits until there is room, as it would for the pool.
const SETTLEMENTS: usize = 64;
/// How many other transactions may wait. They are few, but with a window's messages may be large.
const OTHERS: usize = 256;
/// How many of each lane the pool is given at a time.
const AT_ONCE: usize = 2;

/// Where the worker leaves its transactions.
#[derive(Clone)]
pub struct Submissions {
	settlements: mpsc::Sender<OpaqueExtrinsic>,
	others: mpsc::Sender<OpaqueExtrinsic>,
}

impl Submissions {
	/// Begins to hand over to the pool what is left here.
	pub fn start(tasks: &TaskManager, core: &Core) -> Self {
		let lane = |name, room| {
			let (sender, waiting) = mpsc::channel(room);
			let (pool, client) = (core.pool.clone(), core.client.clone());
			let submit = move |transaction| {
				let submitted = pool.submit_local(client.info().best_hash, transaction);
				if let Err(error) = submitted {
					log::debug!(target: "syngraph", "the pool does not take a transaction of the worker: {error}");
				}
			};
			let lane = hand_over(queue(waiting), move |transaction| {
				let submit = submit.clone();
				async move {
					// One that fails has said so, and is submitted again.
					let _ = spawn_blocking(move || submit(transaction)).await;
				}
			});
			let tasks = tasks.spawn_essential_handle();
			tasks.spawn(name, "offchain-worker", lane);
			sender
		};
		Self {
			settlements: lane("worker-settlements", SETTLEMENTS),
			others: lane("worker-submissions", OTHERS),
		}
	}

	/// For a run of the worker, which must not be on a thread of the asynchronous runtime.
	pub fn extension(&self) -> TransactionPoolExt {
		TransactionPoolExt::new(self.clone())
	}
}

impl TransactionPool for Submissions {
	fn submit_transaction(&mut self, extrinsic: Vec<u8>) -> Result<(), ()> {
		let extrinsic = OpaqueExtrinsic::decode(&mut &extrinsic[..]).map_err(drop)?;
		if is_settlement(&extrinsic) {
			return self.settlements.blocking_send(extrinsic).map_err(drop);
		}
		self.others.try_send(extrinsic).map_err(|_| {
			log::warn!(target: "syngraph", "{OTHERS} transactions of the worker wait for the pool, and there is no room for another");
		})
	}
}

/// Whether a transaction settles a round.
fn is_settlement(transaction: &OpaqueExtrinsic) -> bool {
	use pallet_agreements::Call::settle;
	let call = transactions::decode(transaction).map(|transaction| transaction.function);
	matches!(call, Ok(RuntimeCall::Agreements(settle { .. })))
}

/// What waits, until nobody can leave anything any more.
fn queue<T>(waiting: mpsc::Receiver<T>) -> impl Stream<Item = T> {
	stream::unfold(waiting, |mut waiting| async {
		let next = waiting.recv().await?;
		Some((next, waiting))
	})
}

async fn hand_over<T, F: Future<Output = ()>>(
	waiting: impl Stream<Item = T>,
	submit: impl Fn(T) -> F,
) {
	waiting.for_each_concurrent(AT_ONCE, submit).await;
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use parking_lot::Mutex;
	use sp_runtime::traits::TrailingZeroInput;
	use std::{sync::Arc, thread, time::Duration};
	use syngraph_runtime::UncheckedExtrinsic;

	/// Lanes with so much room, and what comes out of them: of settlements, and of the others.
	fn lanes(
		settlements: usize,
		others: usize,
	) -> (
		Submissions,
		mpsc::Receiver<OpaqueExtrinsic>,
		mpsc::Receiver<OpaqueExtrinsic>,
	) {
		let (settlements, settled) = mpsc::channel(settlements);
		let (others, other) = mpsc::channel(others);
		let submissions = Submissions {
			settlements,
			others,
		};
		(submissions, settled, other)
	}

	fn encoded(call: impl Into<RuntimeCall>) -> Vec<u8> {
		UncheckedExtrinsic::new_bare(call.into()).encode()
	}

	fn settlement() -> Vec<u8> {
		let proof = Decode::decode(&mut TrailingZeroInput::zeroes());
		encoded(pallet_agreements::Call::settle {
			agreement: Default::default(),
			first: 0,
			proof: proof.expect("a proof of nothing"),
		})
	}

	fn another() -> Vec<u8> {
		encoded(pallet_agreements::Call::close {
			agreement: Default::default(),
		})
	}

	#[test]
	fn what_has_a_deadline_does_not_wait_for_settlements() {
		let (mut submissions, mut settled, mut other) = lanes(1, 1);
		assert_eq!(submissions.submit_transaction(settlement()), Ok(()));
		assert_eq!(submissions.submit_transaction(another()), Ok(()));
		assert_eq!(other.try_recv().unwrap().encode(), another());
		assert_eq!(settled.try_recv().unwrap().encode(), settlement());
		assert!(settled.try_recv().is_err() && other.try_recv().is_err());
	}

	#[test]
	fn a_run_waits_for_room_for_a_settlement() {
		let (mut submissions, mut settled, _other) = lanes(1, 1);
		submissions.submit_transaction(settlement()).unwrap();
		let second = thread::spawn(move || submissions.submit_transaction(settlement()));
		thread::sleep(Duration::from_millis(100));
		assert!(!second.is_finished());
		settled.blocking_recv().unwrap();
		assert_eq!(second.join().unwrap(), Ok(()));
	}

	#[test]
	fn a_run_does_not_wait_with_anything_else_and_is_told_what_has_no_room() {
		let (mut submissions, _settled, mut other) = lanes(1, 1);
		assert_eq!(submissions.submit_transaction(another()), Ok(()));
		assert_eq!(submissions.submit_transaction(another()), Err(()));
		other.try_recv().unwrap();
		assert_eq!(submissions.submit_transaction(another()), Ok(()));
	}

	#[test]
	fn what_is_no_transaction_is_refused() {
		let (mut submissions, ..) = lanes(1, 1);
		assert_eq!(submissions.submit_transaction(vec![255]), Err(()));
	}

	#[test]
	fn nothing_is_left_to_a_lane_that_ended() {
		let (mut submissions, settled, other) = lanes(1, 1);
		drop((settled, other));
		assert_eq!(submissions.submit_transaction(settlement()), Err(()));
		assert_eq!(submissions.submit_transaction(another()), Err(()));
	}

	#[tokio::test]
	async fn all_that_waits_is_handed_over_a_few_at_a_time() {
		let (sender, waiting) = mpsc::channel(100);
		for number in 0..100 {
			sender.try_send(number).unwrap();
		}
		drop(sender);
		let (begun, most) = (Arc::new(Mutex::new((0, Vec::new()))), Mutex::new(0));
		hand_over(queue(waiting), |number| {
			let begun = begun.clone();
			let at_work = {
				let mut begun = begun.lock();
				begun.0 += 1;
				begun.1.push(number);
				begun.0
			};
			let mut most = most.lock();
			*most = at_work.max(*most);
			async move {
				tokio::task::yield_now().await;
				begun.lock().0 -= 1;
			}
		})
		.await;
		assert!(begun.lock().1.iter().copied().eq(0..100));
		assert_eq!(*most.lock(), AT_ONCE);
	}
}
