//! The server for devices.

use sc_service::{Error, TaskManager};

use syngraph_intake::{
	limits::MAX_BATCH,
	peers::Rates,
	sensors::SensorApiServer,
	server::{listen, serve, Endpoint},
};

use crate::{cli::SensorParams, rpc::NodeSensors};

/// Starts the server for devices, if the operator wants one.
pub fn start(
	tasks: &TaskManager,
	params: &SensorParams,
	sensors: NodeSensors,
) -> Result<(), Error> {
	let Some(address) = params.sensor_listen else {
		return Ok(());
	};
	let listener = listen(address)
		.map_err(|error| format!("--sensor-listen: cannot listen at {address}: {error}"))?;
	log::info!(target: "syngraph", "devices find this node at {address}");
	let rates = Rates::new(params.sensor_peer_rate, MAX_BATCH);
	let metrics = sensors.metrics();
	let endpoint = Endpoint::new(sensors.into_rpc(), rates, metrics, params.sensor_proxy);
	let serve = async move {
		if let Err(error) = serve(listener, endpoint).await {
			log::error!(target: "syngraph", "the server for devices ended: {error}");
		}
	};
	tasks
		.spawn_essential_handle()
		.spawn("sensor-server", None, serve);
	Ok(())
}
