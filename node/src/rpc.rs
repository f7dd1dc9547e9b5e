//! What the node answers over JSON-RPC, besides what every node of the SDK does.

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_service::{config::Configuration, Error};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};
use syngraph_intake::{
	sensors::{self, Metrics, SensorApiServer, SensorRpc},
	store::Persistent,
	tower::{self, TowerApiServer, TowerRpc},
};

use crate::{
	cli::SensorParams,
	client::{Client, Pool},
	state::{ChainChannels, ChainSensors},
	store::Store,
};

/// Builds the node's own RPC methods, once for every address on which the node listens.
pub type Builder = Box<dyn Fn(SubscriptionTaskExecutor) -> Result<RpcModule<()>, Error>>;

/// Where messages of sensors come in.
pub type NodeIntake = sensors::Intake<ChainSensors, Persistent<Store>>;

/// Where receipts of access servers come in.
pub type NodeTower = tower::Intake<ChainChannels, Persistent<Store>>;

/// The methods for devices. Clones share their limits: these are the node's.
pub type NodeSensors = SensorRpc<ChainSensors, Persistent<Store>>;

/// Prepares the methods for devices.
pub fn sensors(
	config: &Configuration,
	intake: Arc<NodeIntake>,
	params: &SensorParams,
) -> Result<NodeSensors, Error> {
	let metrics = Metrics::register(config.prometheus_registry()).map_err(application)?;
	Ok(SensorRpc::new(intake, params.sensor_rate, metrics))
}

/// Prepares all of the node's own RPC methods.
pub fn builder(
	client: Arc<Client>,
	pool: Arc<Pool>,
	sensors: NodeSensors,
	tower: Option<Arc<NodeTower>>,
) -> Builder {
	let tower = tower.map(TowerRpc::new);
	Box::new(move |_| {
		let mut module = RpcModule::new(());
		let merged = module
			.merge(System::new(client.clone(), pool.clone()).into_rpc())
			.and_then(|()| module.merge(TransactionPayment::new(client.clone()).into_rpc()))
			.and_then(|()| module.merge(sensors.clone().into_rpc()))
			.and_then(|()| match tower.clone() {
				Some(tower) => module.merge(tower.into_rpc()),
				None => Ok(()),
			});
		merged.map_err(application)?;
		Ok(module)
	})
}

fn application(error: impl std::error::Error + Send + Sync + 'static) -> Error {
	Error::Application(Box::new(error))
}
