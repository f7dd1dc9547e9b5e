//! Where messages of sensors come in, from devices and from peers.

use sc_client_api::{Backend as _, HeaderBackend};
use sc_service::{Error, TaskManager};
use std::{sync::Arc, time::Duration};

use super::{Backend, Core};
use crate::rpc::sensors::{ChainSensors, Intake, Shelf};

/// The node's off-chain storage, which is also the workers'.
pub type Storage =
	<Backend as sc_client_api::Backend<syngraph_runtime::OpaqueBlock>>::OffchainStorage;
/// The node's intake.
pub type NodeIntake = Intake<ChainSensors, Shelf<Storage>>;

/// How often the node looks for messages that its worker hands over.
const REPAIR_PERIOD: Duration = Duration::from_millis(500);

/// Opens the intake.
pub fn open(core: &Core) -> Result<Arc<NodeIntake>, Error> {
	let storage = storage(core)?;
	let genesis = core.client.info().genesis_hash;
	let sensors = ChainSensors::new(core.client.clone());
	Ok(Arc::new(Intake::new(genesis, sensors, Shelf::new(storage))))
}

/// Takes in the messages that peers pass on.
///
/// The worker hears of them, since it knows the agreements and their members; but only the intake writes
/// traces. So the worker puts them into local storage, one batch at a time, and the node collects them
/// there: it needs to know of no agreement, and what is not collected when the node stops is still there
/// when it starts again.
pub fn collect_repairs(tasks: &TaskManager, intake: Arc<NodeIntake>) {
	let collect = async move {
		loop {
			tokio::time::sleep(REPAIR_PERIOD).await;
			let intake = intake.clone();
			let taken = tokio::task::spawn_blocking(move || intake.take_repairs()).await;
			if let Ok(news @ 1..) = taken {
				log::debug!(target: "syngraph", "{news} messages came from peers");
			}
		}
	};
	tasks
		.spawn_handle()
		.spawn("sensor-repairs", "off-chain-worker", collect);
}

/// Lets the workers see that the node was started anew, and that their state may be older than what they
/// said: what the database was given last before a crash need not be on disk. No worker is under way yet.
pub fn mark_boot(core: &Core) -> Result<(), Error> {
	use syngraph_worker::{traces::LocalStore, BOOT_KEY, LOCK_KEY};
	let shelf = Shelf::new(storage(core)?);
	shelf.set(BOOT_KEY, sp_core::H256::random().as_bytes());
	shelf.remove(LOCK_KEY);
	Ok(())
}

/// Makes the worker of this node compute wrong results, or right ones again.
#[cfg(debug_assertions)]
pub fn sabotage(core: &Core, wrong: bool) -> Result<(), Error> {
	use syngraph_worker::{sabotage::KEY, traces::LocalStore};
	let shelf = Shelf::new(storage(core)?);
	match wrong {
		true => shelf.set(KEY, &[1]),
		false => shelf.remove(KEY),
	}
	Ok(())
}

/// Opens the node's off-chain storage.
pub fn storage(core: &Core) -> Result<Storage, Error> {
	let storage = core.backend.offchain_storage();
	Ok(storage.ok_or("the database has no off-chain storage")?)
}
