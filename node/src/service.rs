//! Puts the node together from its parts.

mod consensus;
mod devices;
mod gate;
mod intake;
mod machine;
mod network;
mod partial;
mod runs;
mod statement_store;
mod store;
mod submissions;
mod tower;
mod transport;
mod unreadable;
mod workers;

pub use partial::new_partial;

use sc_service::{config::Configuration, Error, KeystoreContainer, SpawnTasksParams, TaskManager};
use std::sync::Arc;

use crate::{
	cli::NodeParams,
	client::{Backend, Client, Pool},
	rpc,
	store::Store,
};

/// What most parts of a node need.
pub struct Core {
	/// The chain: its blocks, its state and its runtime.
	pub client: Arc<Client>,
	/// The chain's database.
	pub backend: Arc<Backend>,
	/// The node's own database.
	pub store: Store,
	/// The transactions that wait for a block.
	pub pool: Arc<Pool>,
	/// The node's keys.
	pub keys: KeystoreContainer,
}

/// Starts the node.
pub fn start(mut config: Configuration, params: NodeParams) -> Result<TaskManager, Error> {
	let parts = new_partial(&config)?;
	let (block_import, finality, mut telemetry) = parts.other;
	let mut tasks = parts.task_manager;
	let core = Core {
		store: store::open(&config, &tasks, &parts.client)?,
		client: parts.client,
		backend: parts.backend,
		pool: parts.transaction_pool,
		keys: parts.keystore_container,
	};
	let handle = telemetry.as_ref().map(|telemetry| telemetry.handle());
	let settings = consensus::Settings::new(&config, handle);
	store::mark_boot(&core.store);
	unreadable::show(&config, &tasks, &core)?;
	runs::show(&config, &tasks, &core)?;
	// What the command line asks for in vain is refused before any peer is told of the node.
	let tower = tower::open(&config, &tasks, &core, params.tower)?;
	let intake = intake::open(&core);
	intake::collect_repairs(&tasks, intake.clone());
	let sensors = rpc::sensors(&config, intake, &params.sensors)?;
	devices::start(&tasks, &params.sensors, sensors.clone())?;

	let (network, ends) =
		network::start(&mut config, &tasks, &core, parts.import_queue, &finality)?;
	let statements = statement_store::start(&config, &tasks, &core, &network, ends.gossip)?;
	workers::start(&config, &tasks, &core, statements)?;
	let (client, pool) = (core.client.clone(), core.pool.clone());
	let rpc_builder = rpc::builder(client, pool, sensors, tower);
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		keystore: core.keys.keystore(),
		client: core.client.clone(),
		backend: core.backend.clone(),
		transaction_pool: core.pool.clone(),
		task_manager: &mut tasks,
		rpc_builder,
		network: network.service.clone(),
		sync_service: network.sync.clone(),
		system_rpc_tx: ends.rpc_requests,
		tx_handler_controller: ends.transactions,
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;
	// Last, because `spawn_tasks` adds the keys of development accounts, and a voter that has no key
	// when it starts does not look for one again.
	consensus::author(&settings, &tasks, &core, &network, block_import)?;
	consensus::finalise(&settings, &tasks, &core, &network, finality, ends.votes)?;
	Ok(tasks)
}
