//! The command line.

use sc_cli::RunCmd;
use std::{
	net::{IpAddr, SocketAddr},
	num::NonZeroU32,
};
use syngraph_runtime::AccountId;

/// What the node can be told on the command line.
#[derive(Debug, clap::Parser)]
// The SDK runs off-chain workers on validators only. An intermediary need not be one, and on a node
// that holds no intermediary's key the worker ends at once: it runs unless it is switched off.
#[command(mut_arg("enabled", |arg| arg.default_value("always")))]
// What blocks write for workers is there for these only if it is kept.
#[command(mut_arg("indexing_enabled", |arg| arg.default_value("true")))]
pub struct Cli {
	/// What to do instead of running the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
	#[command(flatten)]
	pub run: RunCmd,

	/// What is particular to this chain's nodes.
	#[command(flatten)]
	pub node: NodeParams,
}

/// How to run the node, as far as it is particular to this chain.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeParams {
	/// How to receive messages.
	#[command(flatten)]
	pub sensors: SensorParams,

	/// For whom to watch over channels.
	#[command(flatten)]
	pub tower: TowerParams,
}

/// How messages of sensors are received.
#[derive(Clone, Debug, clap::Args)]
pub struct SensorParams {
	/// How many messages of sensors the node checks in a second, from all devices together. What is refused
	/// before its signature is checked does not count.
	#[arg(long, value_name = "MESSAGES", default_value = "20000")]
	pub sensor_rate: NonZeroU32,

	/// Answer devices at this address: a server that has no methods but theirs, and keeps each address from
	/// which requests come to its limits. Without it, devices need access to the node's RPC, where only
	/// --sensor-rate and the number of requests at a time bound what they do.
	#[arg(long, value_name = "IP:PORT")]
	pub sensor_listen: Option<SocketAddr>,

	/// How many messages of sensors the node takes in a second from one address, at --sensor-listen. It takes four
	/// times as many from one site of IPv6. A bad signature counts as 20 messages more.
	#[arg(
		long,
		value_name = "MESSAGES",
		default_value = "1000",
		requires = "sensor_listen"
	)]
	pub sensor_peer_rate: NonZeroU32,

	/// The address of a reverse proxy before --sensor-listen: its word counts for where requests come from,
	/// in the header X-Forwarded-For.
	#[arg(long, value_name = "IP", requires = "sensor_listen")]
	pub sensor_proxy: Option<IpAddr>,
}

/// The node as a watchtower.
#[derive(Clone, Debug, clap::Args)]
pub struct TowerParams {
	/// Watch over channels that pay this account: take receipts by RPC, and redeem the last one if the
	/// payee does not. Can be given several times.
	#[arg(long, value_name = "PAYEE")]
	pub watchtower: Vec<AccountId>,
}

/// What the node can do besides running.
#[derive(Debug, clap::Subcommand)]
// There is one of them, and it lives as long as the process.
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Key management utilities
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Build a chain specification, with this node as boot node
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Export a chain specification
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Validate blocks
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Export blocks
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Export the state of a given block into a chain specification
	ExportState(sc_cli::ExportStateCmd),

	/// Import blocks
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the whole chain
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain to a previous state
	Revert(sc_cli::RevertCmd),

	/// Show where the chain in the database stands
	ChainInfo(sc_cli::ChainInfoCmd),
}
