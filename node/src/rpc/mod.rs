//! What the node answers over JSON-RPC, besides what every node of the SDK does.

pub mod sensors;
pub mod tower;

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_rpc::{
	statement::{StatementApiServer, StatementStore},
	SubscriptionTaskExecutor,
};
use sc_service::{config::Configuration, Error};
use sc_statement_store::Store;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

use crate::{
	cli::SensorParams,
	service::{Core, NodeIntake, NodeTower},
};
use sensors::{Metrics, SensorApiServer, SensorRpc};
use tower::{TowerApiServer, TowerRpc};

/// Builds the node's own RPC methods, once for every address on which the node listens.
pub type Builder = Box<dyn Fn(SubscriptionTaskExecutor) -> Result<RpcModule<()>, Error>>;

/// Prepares the node's own RPC methods.
pub fn builder(
	config: &Configuration,
	core: &Core,
	statements: Arc<Store>,
	intake: Arc<NodeIntake>,
	params: SensorParams,
	tower: Option<Arc<NodeTower>>,
) -> Result<Builder, Error> {
	let metrics = Metrics::register(config.prometheus_registry()).map_err(application)?;
	// One for all addresses, so that the limits are the node's.
	let sensors = SensorRpc::new(intake, params.sensor_rate, metrics);
	let tower = tower.map(TowerRpc::new);
	let (client, pool) = (core.client.clone(), core.pool.clone());
	Ok(Box::new(move |executor| {
		let mut module = RpcModule::new(());
		let merged = module
			.merge(System::new(client.clone(), pool.clone()).into_rpc())
			.and_then(|()| module.merge(TransactionPayment::new(client.clone()).into_rpc()))
			.and_then(|()| {
				module.merge(StatementStore::new(statements.clone(), executor).into_rpc())
			})
			.and_then(|()| module.merge(sensors.clone().into_rpc()))
			.and_then(|()| match tower.clone() {
				Some(tower) => module.merge(tower.into_rpc()),
				None => Ok(()),
			});
		merged.map_err(application)?;
		Ok(module)
	}))
}

fn application(error: impl std::error::Error + Send + Sync + 'static) -> Error {
	Error::Application(Box::new(error))
}
