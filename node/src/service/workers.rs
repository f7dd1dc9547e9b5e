//! Off-chain workers.

use futures::FutureExt;
use sc_client_api::Backend;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{config::Configuration, Error, TaskManager};
use sc_statement_store::Store;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use std::sync::Arc;

use super::{network::Network, Core};

/// Runs the runtime's off-chain worker for every new best block, unless the operator does not want it.
pub fn start(
	config: &Configuration,
	tasks: &TaskManager,
	core: &Core,
	network: &Network,
	statements: Arc<Store>,
) -> Result<(), Error> {
	if !config.offchain_worker.enabled {
		return Ok(());
	}
	let workers = OffchainWorkers::new(OffchainWorkerOptions {
		runtime_api_provider: core.client.clone(),
		keystore: Some(core.keys.keystore()),
		offchain_db: core.backend.offchain_storage(),
		transaction_pool: Some(OffchainTransactionPoolFactory::new(core.pool.clone())),
		network_provider: Arc::new(network.service.clone()),
		is_validator: config.role.is_authority(),
		// The worker speaks with its peers by statements, with nobody else.
		enable_http_requests: false,
		custom_extensions: move |_| {
			vec![Box::new(statements.clone().as_statement_store_ext()) as Box<_>]
		},
	})?;
	tasks.spawn_handle().spawn(
		"offchain-workers-runner",
		"offchain-worker",
		workers
			.run(core.client.clone(), tasks.spawn_handle())
			.boxed(),
	);
	Ok(())
}
