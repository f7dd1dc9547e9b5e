//! The peer-to-peer network.

use sc_client_api::HeaderBackend;
use sc_consensus::DefaultImportQueue;
use sc_consensus_grandpa::warp_proof;
use sc_network::{config::NetworkBackendType, NetworkBackend};
use sc_network_statement::StatementHandlerPrototype;
use sc_network_transactions::TransactionsHandlerController;
use sc_service::{config::Configuration, BuildNetworkParams, Error, TaskManager, WarpSyncConfig};
use sc_utils::mpsc::TracingUnboundedSender;
use std::sync::Arc;
use syngraph_runtime::{Hash, OpaqueBlock as Block};

use super::{
	consensus::{self, Votes},
	statement_store,
	transport::{Network, NetworkConfig, Transport},
	Core,
};
use crate::client::FinalityLink;

/// The ends of the network that other parts take over.
pub struct Ends {
	/// Takes the questions that the RPC has for the network.
	pub rpc_requests: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
	/// Sends transactions to the peers.
	pub transactions: TransactionsHandlerController<Hash>,
	/// How votes on finality travel.
	pub votes: Votes,
	/// How statements travel.
	pub gossip: StatementHandlerPrototype,
}

/// Starts the network, with a protocol for votes on finality and one for statements.
pub fn start(
	config: &mut Configuration,
	tasks: &TaskManager,
	core: &Core,
	import_queue: DefaultImportQueue<Block>,
	finality: &FinalityLink,
) -> Result<(Network, Ends), Error> {
	let registry = config.prometheus_registry();
	let metrics =
		<Transport as NetworkBackend<Block, Hash>>::register_notification_metrics(registry);
	let mut net_config = network_config(config)?;
	expect_reserved_peers(config);
	let genesis = core.client.info().genesis_hash;
	let votes = consensus::register(config, genesis, &metrics, &mut net_config);
	let gossip = statement_store::register(config, genesis, &metrics, &mut net_config);
	let authorities = finality.shared_authority_set().clone();
	let warp_sync = warp_proof::NetworkProvider::new(core.backend.clone(), authorities, vec![]);
	let (service, rpc_requests, transactions, sync, _) =
		sc_service::build_network(BuildNetworkParams {
			config,
			net_config,
			client: core.client.clone(),
			transaction_pool: core.pool.clone(),
			spawn_handle: tasks.spawn_handle(),
			spawn_essential_handle: tasks.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(Arc::new(warp_sync))),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;
	let ends = Ends {
		rpc_requests,
		transactions,
		votes,
		gossip,
	};
	Ok((Network { service, sync }, ends))
}

/// The SDK's second network backend is there for networks of long ago, of which this is none.
fn network_config(config: &Configuration) -> Result<NetworkConfig, Error> {
	if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
		return Err(Error::Other(
			"only the network backend litep2p is supported".into(),
		));
	}
	Ok(NetworkConfig::new(
		&config.network,
		config.prometheus_registry().cloned(),
	))
}

/// Makes the queue of block requests long enough for reserved peers.
///
/// The SDK makes it as long as there are slots for peers, and reserved ones take none. A node with
/// reserved peers alone would drop every second request of two that come at once, and one whose request a
/// reserved peer dropped never asks for that block again: it cannot disconnect such a peer, and so goes on
/// waiting for it.
fn expect_reserved_peers(config: &mut Configuration) {
	// Nothing else looks at the slots from here on: the network's own configuration has been made.
	let peers = &mut config.network.default_peers_set;
	let reserved = u32::try_from(peers.reserved_nodes.len()).unwrap_or(u32::MAX);
	peers.in_peers = peers.in_peers.saturating_add(reserved);
}
