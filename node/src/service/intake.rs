//! Where messages of sensors come in, from devices and from peers.

use sc_client_api::HeaderBackend;
use sc_service::TaskManager;
use std::{sync::Arc, time::Duration};
use syngraph_intake::store::Persistent;

use super::Core;
use crate::{rpc::NodeIntake, state::ChainSensors};

/// How often the node looks for messages that its worker hands over.
const REPAIR_PERIOD: Duration = Duration::from_millis(500);

/// Opens the intake.
pub fn open(core: &Core) -> Arc<NodeIntake> {
	let genesis = core.client.info().genesis_hash;
	let sensors = ChainSensors::new(core.client.clone());
	Arc::new(NodeIntake::new(
		genesis,
		sensors,
		Persistent::new(core.store.clone()),
	))
}

/// Takes in the messages that peers pass on.
///
/// The worker hears of them, since it knows the agreements and their members; but only the intake writes
/// traces. So the worker puts them into local storage, and the node collects them there: it needs to know of no
/// agreement, and what is not collected when the node stops is still there when it starts again.
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
