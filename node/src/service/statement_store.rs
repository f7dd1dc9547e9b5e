//! The statement store of the SDK, in which intermediaries publish their bundles and repairs.

use sc_network::NotificationMetrics;
use sc_network_statement::{config::STATEMENTS_BURST_COEFFICIENT, StatementHandlerPrototype};
use sc_service::{config::Configuration, Error, TaskManager};
use sc_statement_store::Store;
use std::sync::Arc;
use syngraph_runtime::{
	configs::{STATEMENTS, STATEMENT_BYTES},
	Hash, OpaqueBlock as Block,
};

use super::{
	gate::Gate,
	transport::{Network, NetworkConfig, Transport},
	Core,
};

/// The most bytes of statements that the store holds. It never gives up one author's statements for another's:
/// what all authors together are allowed must fit, or those that come first keep others out.
const MAX_BYTES: usize = 4 * 1024 * 1024 * 1024;
/// The most statements that it holds: as many as those have who may have all these bytes together.
const MAX_STATEMENTS: u32 = (MAX_BYTES / STATEMENT_BYTES as usize) as u32 * STATEMENTS;
/// How many statements a peer may send in a second. It may send several times as many at once, and who sends more is
/// cut off for long. A peer that comes hands over all that it holds, as fast as the connection lets it: that must never
/// be too much. How much each author may say is not the peer's affair, but the [`Gate`]'s.
const PEER_RATE: u32 = MAX_STATEMENTS.div_ceil(STATEMENTS_BURST_COEFFICIENT);

/// Adds the protocol to the network.
pub fn register(
	config: &Configuration,
	genesis: Hash,
	metrics: &NotificationMetrics,
	net_config: &mut NetworkConfig,
) -> StatementHandlerPrototype {
	let (handler, protocol) = StatementHandlerPrototype::new::<_, Block, Transport>(
		genesis,
		config.chain_spec.fork_id(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(protocol);
	handler
}

/// Opens the store and starts the gossip.
pub fn start(
	config: &Configuration,
	tasks: &TaskManager,
	core: &Core,
	network: &Network,
	handler: StatementHandlerPrototype,
) -> Result<Arc<Gate>, Error> {
	let limits = sc_statement_store::Config {
		max_total_size: MAX_BYTES,
		max_total_statements: MAX_STATEMENTS as usize,
		rate_limit: PEER_RATE,
		..Default::default()
	};
	let store = Store::new_shared(
		&config.data_path,
		limits,
		core.client.clone(),
		core.keys.local_keystore(),
		config.prometheus_registry(),
		Box::new(tasks.spawn_handle()),
	)
	.map_err(|error| Error::Application(error.into()))?;
	let registry = config.prometheus_registry();
	let (client, own) = (core.client.clone(), core.store.clone());
	let gate = Gate::new(store, client, own, registry);
	let store = gate.map_err(|error| Error::Application(error.into()))?;
	let store = Arc::new(store);
	let spawn = tasks.spawn_handle();
	let handler = handler.build(
		network.service.clone(),
		network.sync.clone(),
		store.clone(),
		config.prometheus_registry(),
		move |validation| {
			spawn.spawn(
				"network-statement-validator",
				Some("networking"),
				validation,
			)
		},
		limits.network_workers,
		limits.rate_limit,
	)?;
	tasks.spawn_handle().spawn(
		"network-statement-handler",
		Some("networking"),
		handler.run(),
	);
	Ok(store)
}
