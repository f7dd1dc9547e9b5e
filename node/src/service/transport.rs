//! What other parts of the node know of its network.

use sc_network::{
	config::FullNetworkConfiguration, service::traits::NetworkService, Litep2pNetworkBackend,
};
use sc_network_sync::SyncingService;
use std::sync::Arc;
use syngraph_runtime::{Hash, OpaqueBlock as Block};

/// The implementation of the network.
pub type Transport = Litep2pNetworkBackend;
/// How the network is set up.
pub type NetworkConfig = FullNetworkConfiguration<Block, Hash, Transport>;

/// The node's side of the network.
pub struct Network {
	/// The peers.
	pub service: Arc<dyn NetworkService>,
	/// What the peers know of the chain.
	pub sync: Arc<SyncingService<Block>>,
}
