//! The node's own database.

use sc_client_api::HeaderBackend;
use sc_service::{config::Configuration, Error, TaskManager};
use syngraph_intake::store::Persistent;
use syngraph_worker::{store::LocalStore, BOOT_KEY};

use crate::{client::Client, store::Store};

/// Opens the database, beside that of the chain. The node ends if it fails.
pub fn open(config: &Configuration, tasks: &TaskManager, client: &Client) -> Result<Store, Error> {
	let folder = config.database.path();
	let folder = folder.ok_or("the chain's database has no folder")?;
	let store = Store::open(folder, client.info().genesis_hash)
		.map_err(|error| Error::Other(format!("{}: {error}", folder.display())))?;
	// What is accepted, or said, must be safe: without a disk there is nothing left to do.
	tasks
		.spawn_essential_handle()
		.spawn("store", None, store.failed());
	Ok(store)
}

/// Lets the worker see that the node was started anew, and that its state may be older than what it said:
/// what was written last before a crash need not be on disk. No worker is under way yet.
pub fn mark_boot(store: &Store) {
	let persistent = Persistent::new(store.clone());
	persistent.set(BOOT_KEY, sp_core::H256::random().as_bytes());
}
