//! The off-chain worker.
//!
//! One run at a time works on a node. A run that is under way when a new block comes sees that its block is not the
//! newest any more, and hands over. Each block has its run, since that takes in what happened in the block: those for
//! which there are newer blocks do little else, and the newest has the time that is left. A run that does not follow
//! the one before looks at everything; that takes longer, but not longer than very many runs. Two runs at a time would
//! only throw each other's work away.

use futures::{stream, FutureExt, Stream, StreamExt};
use parking_lot::Mutex;
use sc_client_api::{Backend as _, BlockImportNotification, BlockchainEvents};
use sc_service::{config::Configuration, Error, TaskManager};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_core::offchain::{storage::OffchainDb, OffchainDbExt, OffchainWorkerExt};
use sp_keystore::{KeystoreExt, KeystorePtr};
use sp_offchain::OffchainWorkerApi;
use sp_statement_store::runtime_api::StatementStoreExt;
use std::{collections::VecDeque, sync::Arc};
use syngraph_intake::store::Persistent;
use syngraph_primitives::INTERMEDIARY_KEY_TYPE;
use syngraph_runtime::{Header, OpaqueBlock as Block};
use syngraph_worker::{store::LocalStore, BOOT_KEY, FINAL_KEY, NEWEST_KEY};
use tokio::{sync::watch, task::spawn_blocking};

use super::{gate::Gate, machine::Machine, submissions::Submissions, Core};
use crate::{
	client::{Backend, Client},
	store::{Kept, Volatile, WorkerStorage},
};

/// Runs the runtime's off-chain worker for new best blocks, unless the operator does not want it.
pub fn start(
	config: &Configuration,
	tasks: &TaskManager,
	core: &Core,
	statements: Arc<Gate>,
) -> Result<(), Error> {
	if !config.offchain_worker.enabled {
		if !core
			.keys
			.keystore()
			.sr25519_public_keys(INTERMEDIARY_KEY_TYPE)
			.is_empty()
		{
			log::warn!(
				target: "syngraph",
				"the keystore holds an intermediary's key, but --offchain-worker switches the worker off: \
				 the intermediary does not work here",
			);
		}
		return Ok(());
	}
	let indexed = core.backend.offchain_storage();
	let persistent = Persistent::new(core.store.clone());
	let boot = persistent.get(BOOT_KEY).ok_or("the start was not marked")?;
	let worker = Arc::new(Worker {
		client: core.client.clone(),
		keystore: core.keys.keystore(),
		submissions: Submissions::start(tasks, core),
		storage: WorkerStorage {
			own: core.store.clone(),
			indexed: indexed.ok_or("the chain's database has no off-chain storage")?,
		},
		kept: Kept::new(boot),
		statements,
		machine: Machine {
			is_validator: config.role.is_authority(),
		},
	});
	let blocks = core.client.import_notification_stream();
	let client = core.client.clone();
	let best = blocks.filter_map(move |block| {
		let branch = block.is_new_best.then(|| branch(&client, &block));
		async move { branch }
	});
	let best = best.flat_map(stream::iter);
	follow_finality(tasks, core);
	let announce = move |header: &Header| persistent.set(NEWEST_KEY, &header.number.to_le_bytes());
	let run = move |header: Header| worker.run(&header);
	tasks.spawn_handle().spawn(
		"offchain-worker",
		"offchain-worker",
		one_at_a_time(Box::pin(best), announce, run).boxed(),
	);
	Ok(())
}

/// The blocks that are part of the best branch since one is the best: itself, and before it those that it follows on
/// another branch.
fn branch(client: &Client, block: &BlockImportNotification<Block>) -> Vec<Header> {
	let routes = block.tree_route.iter();
	let enacted = routes.flat_map(|route| route.enacted());
	// Should one not be there, the worker sees that it does not know what happened in it.
	let enacted = enacted.filter_map(|block| client.header(block.hash).ok().flatten());
	enacted.chain([block.header.clone()]).collect()
}

/// Tells the worker which blocks are final.
fn follow_finality(tasks: &TaskManager, core: &Core) {
	let store = Persistent::new(core.store.clone());
	let mut blocks = core.client.finality_notification_stream();
	let follow = async move {
		while let Some(block) = blocks.next().await {
			store.set(FINAL_KEY, &block.header.number.to_le_bytes());
		}
	};
	let spawn = tasks.spawn_handle();
	spawn.spawn("finality-for-workers", "offchain-worker", follow);
}

/// For how many blocks at most there is a run if others have come since. If there are more all but the newest are
/// passed over.
const MOST_WAITING: usize = 16;

/// Calls `announce` for each of the `blocks` at once, and `run` for one after the other whenever it is not at work,
/// until there are no more.
async fn one_at_a_time<B: Clone + Send + Sync + 'static>(
	mut blocks: impl Stream<Item = B> + Unpin + Send,
	announce: impl Fn(&B) + Send,
	run: impl Fn(B) + Clone + Send + 'static,
) {
	let waiting = Mutex::new(VecDeque::new());
	let (bell, mut rings) = watch::channel(());
	let line = &waiting;
	let announced = async move {
		while let Some(block) = blocks.next().await {
			announce(&block);
			wait_in_line(&mut line.lock(), block);
			bell.send_replace(());
		}
	};
	let next = move || line.lock().pop_front();
	let worked = async move {
		while rings.changed().await.is_ok() {
			while let Some(block) = next() {
				let run = run.clone();
				// A run that fails has said so. The next one finds what it left.
				let _ = spawn_blocking(move || run(block)).await;
			}
		}
	};
	futures::join!(announced, worked);
}

/// Has a block wait for its run.
fn wait_in_line<B>(line: &mut VecDeque<B>, block: B) {
	if line.len() >= MOST_WAITING {
		line.clear();
	}
	line.push_back(block);
}

/// What blocks wrote for workers.
type Indexed = <Backend as sc_client_api::Backend<Block>>::OffchainStorage;

/// What a run is made of.
struct Worker {
	client: Arc<Client>,
	keystore: KeystorePtr,
	submissions: Submissions,
	storage: WorkerStorage<Indexed>,
	/// What must not outlive the process.
	kept: Kept,
	statements: Arc<Gate>,
	machine: Machine,
}

impl Worker {
	/// Runs the runtime's worker on the state of a block.
	fn run(&self, header: &Header) {
		let block = header.hash();
		let mut api = self.client.runtime_api();
		api.register_extension(KeystoreExt(self.keystore.clone()));
		api.register_extension(self.submissions.extension());
		let storage = OffchainDb::new(self.storage.clone());
		api.register_extension(OffchainDbExt::new(Volatile::new(
			storage,
			self.kept.clone(),
		)));
		api.register_extension(OffchainWorkerExt::new(self.machine.clone()));
		api.register_extension(StatementStoreExt::new(self.statements.clone()));
		if let Err(error) = api.offchain_worker(block, header) {
			log::error!(target: "syngraph", "the off-chain worker at block {block:?}: {error}");
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		sync::atomic::{AtomicUsize, Ordering},
		time::Duration,
	};

	/// What happened to blocks that come every 10 ms while a run takes `millis`, or nothing if there is a newer block.
	async fn play(blocks: u32, millis: u64) -> (Vec<u32>, Vec<u32>) {
		let stream = futures::stream::iter(0..blocks).then(|block| async move {
			tokio::time::sleep(Duration::from_millis(10)).await;
			block
		});
		let (announced, begun) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
		let at_work = Arc::new(AtomicUsize::new(0));
		let announce = {
			let announced: Arc<Mutex<Vec<u32>>> = announced.clone();
			move |block: &u32| announced.lock().push(*block)
		};
		let run = {
			let begun: Arc<Mutex<Vec<u32>>> = begun.clone();
			let announced = announced.clone();
			move |block: u32| {
				assert_eq!(at_work.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
				begun.lock().push(block);
				let is_newest = announced.lock().last() == Some(&block);
				if is_newest {
					std::thread::sleep(Duration::from_millis(millis));
				}
				at_work.fetch_sub(1, Ordering::SeqCst);
			}
		};
		one_at_a_time(Box::pin(stream), announce, run).await;
		let lists = (announced.lock().clone(), begun.lock().clone());
		lists
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn each_block_has_its_run_also_if_one_is_slow() {
		let (announced, begun) = play(20, 55).await;
		assert_eq!(
			announced,
			(0..20).collect::<Vec<_>>(),
			"nothing waits for a run"
		);
		assert_eq!(begun, announced);
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn if_very_many_blocks_wait_the_newest_has_its_run() {
		let (announced, begun) = play(100, 400).await;
		assert_eq!(announced.len(), 100);
		assert!(begun.len() < 80, "blocks are passed over: {begun:?}");
		assert!(begun.is_sorted_by(|one, next| one < next), "{begun:?}");
		assert_eq!(begun.last(), Some(&99), "the newest has its run");
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_quick_run_is_there_for_every_block() {
		let (_, begun) = play(10, 0).await;
		assert_eq!(begun, (0..10).collect::<Vec<_>>());
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_run_that_fails_is_followed_by_the_next() {
		let count = Arc::new(AtomicUsize::new(0));
		let counted = count.clone();
		let run = move |_: u32| {
			counted.fetch_add(1, Ordering::SeqCst);
			std::panic::resume_unwind(Box::new("this run fails"))
		};
		let stream = futures::stream::iter(0..3).then(|block| async move {
			tokio::time::sleep(Duration::from_millis(50)).await;
			block
		});
		one_at_a_time(Box::pin(stream), |_| (), run).await;
		assert_eq!(count.load(Ordering::SeqCst), 3);
	}
}
