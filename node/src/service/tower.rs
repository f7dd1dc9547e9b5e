//! The node as a watchtower for access servers.

use sc_client_api::HeaderBackend;
use sc_service::{config::Configuration, Error, TaskManager};
use std::{sync::Arc, time::Duration};
use syngraph_intake::{store::Persistent, tower::Metrics};

use super::Core;
use crate::{cli::TowerParams, rpc::NodeTower, state::ChainChannels};

/// How often the node looks for channels that are over.
const DROP_PERIOD: Duration = Duration::from_secs(60);

/// Opens the intake, if the operator wants the node to watch for anybody.
pub fn open(
	config: &Configuration,
	tasks: &TaskManager,
	core: &Core,
	params: TowerParams,
) -> Result<Option<Arc<NodeTower>>, Error> {
	if params.watchtower.is_empty() {
		return Ok(None);
	}
	if !config.offchain_worker.enabled {
		return Err(Error::Other(
			"--watchtower needs the off-chain worker, which --offchain-worker switches off here: \
			 the node would take receipts and rescue none"
				.into(),
		));
	}
	log::info!(target: "syngraph", "watching over channels that pay {:?}", params.watchtower);
	let metrics = Metrics::register(config.prometheus_registry())
		.map_err(|error| Error::Application(error.into()))?;
	let intake = Arc::new(NodeTower::new(
		core.client.info().genesis_hash,
		params.watchtower,
		ChainChannels::new(core.client.clone()),
		Persistent::new(core.store.clone()),
		metrics,
	));
	drop_ended(tasks, intake.clone());
	Ok(Some(intake))
}

/// Forgets channels that are over, from time to time.
fn drop_ended(tasks: &TaskManager, intake: Arc<NodeTower>) {
	let drop_ended = async move {
		loop {
			let intake = intake.clone();
			// Should it fail, the next one finds the same.
			let _ = tokio::task::spawn_blocking(move || intake.drop_ended()).await;
			tokio::time::sleep(DROP_PERIOD).await;
		}
	};
	tasks
		.spawn_handle()
		.spawn("watchtower", "off-chain-worker", drop_ended);
}
