//! What the chain is to a node.

use sc_consensus::LongestChain;
use sc_consensus_grandpa as grandpa;
use syngraph_runtime::{OpaqueBlock as Block, RuntimeApi};

/// The host functions that the runtime may call.
type HostFunctions = (
	sp_io::SubstrateHostFunctions,
	sp_statement_store::runtime_api::HostFunctions,
);
/// Executes the runtime.
pub type Executor = sc_executor::WasmExecutor<HostFunctions>;
/// The chain: its blocks, its state and its runtime.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// The database.
pub type Backend = sc_service::TFullBackend<Block>;
/// The transactions that wait for a block.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;
/// Chooses the branch to build on.
pub type SelectChain = LongestChain<Backend, Block>;
/// Puts blocks that GRANDPA agrees with into the database.
pub type BlockImport = grandpa::GrandpaBlockImport<Backend, Block, Client, SelectChain>;
/// The way from block import to the finality voter.
pub type FinalityLink = grandpa::LinkHalf<Block, Client, SelectChain>;
