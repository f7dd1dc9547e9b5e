//! The parts of a node that exist without a network.

use sc_consensus::DefaultImportQueue;
use sc_consensus_aura::{CheckForEquivocation, ImportQueueParams};
use sc_consensus_grandpa as grandpa;
use sc_executor::{HeapAllocStrategy, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_service::{
	config::{Configuration, ExecutorConfiguration},
	Error, PartialComponents, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sp_api::{Core as _, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::sr25519::AuthorityPair;
use std::{path::absolute, sync::Arc};
use syngraph_runtime::OpaqueBlock as Block;

use super::consensus::{inherents, JUSTIFICATION_PERIOD};
use crate::client::{Backend, BlockImport, Client, Executor, FinalityLink, Pool, SelectChain};

/// The parts, and with them what consensus and telemetry still need.
pub type Parts = PartialComponents<
	Client,
	Backend,
	SelectChain,
	DefaultImportQueue<Block>,
	Pool,
	(BlockImport, FinalityLink, Option<Telemetry>),
>;

/// Opens the database and makes everything that needs no network.
pub fn new_partial(config: &Configuration) -> Result<Parts, Error> {
	let telemetry = telemetry(config)?;
	let handle = telemetry.as_ref().map(|(_, telemetry)| telemetry.handle());
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts(config, handle.clone(), executor(config), vec![])?;
	let client = Arc::new(client);
	start_runtime(&client)?;
	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager
			.spawn_handle()
			.spawn("telemetry", None, worker.run());
		telemetry
	});
	let transaction_pool = transaction_pool(config, &task_manager, client.clone());
	let select_chain = SelectChain::new(backend.clone());
	let (block_import, finality) = grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		handle.clone(),
	)?;
	let import_queue = import_queue(config, &task_manager, &client, &block_import, handle)?;
	Ok(PartialComponents {
		client,
		backend,
		task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: (block_import, finality, telemetry),
	})
}

/// Executes the runtime, as the SDK does by default, but keeps what it was compiled to in a folder of the chain: to
/// compile it takes a second, and several in a build for development, in which a node that is started again would be
/// silent.
fn executor(config: &Configuration) -> Executor {
	let ExecutorConfiguration {
		wasm_method,
		max_runtime_instances,
		default_heap_pages,
		runtime_cache_size,
	} = config.executor;
	let fixed = |pages: u64| HeapAllocStrategy::Static {
		extra_pages: pages as u32,
	};
	let heap = default_heap_pages.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, fixed);
	let folder = config.base_path.config_dir(config.chain_spec.id());
	Executor::builder()
		.with_execution_method(wasm_method)
		.with_onchain_heap_alloc_strategy(heap)
		.with_offchain_heap_alloc_strategy(heap)
		.with_max_runtime_instances(max_runtime_instances)
		.with_runtime_cache_size(runtime_cache_size)
		.with_cache_path(absolute(&folder).unwrap_or(folder).join("compiled"))
		.build()
}

/// How often the runtime is tried, half a second apart, before the node gives up.
const RUNTIME_TRIES: u32 = 10;

/// Calls the runtime for the first time, and again if the machine could not start it just then.
///
/// The first call seals an image of the runtime's memory. Linux refuses that for as long as anything
/// holds a page of it (`EBUSY`, on a busy machine now and then), and the SDK would end the node.
fn start_runtime(client: &Client) -> Result<(), Error> {
	let mut tries = 0;
	loop {
		let best = client.info().best_hash;
		let Err(error) = client.runtime_api().version(best) else {
			return Ok(());
		};
		tries += 1;
		if tries == RUNTIME_TRIES {
			return Err(Error::Application(Box::new(error)));
		}
		log::warn!("The runtime does not start and is tried again: {error}");
		std::thread::sleep(std::time::Duration::from_millis(500));
	}
}

fn telemetry(config: &Configuration) -> Result<Option<(TelemetryWorker, Telemetry)>, Error> {
	let endpoints = config
		.telemetry_endpoints
		.clone()
		.filter(|list| !list.is_empty());
	endpoints
		.map(|endpoints| {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok::<_, sc_telemetry::Error>((worker, telemetry))
		})
		.transpose()
		.map_err(Into::into)
}

fn transaction_pool(config: &Configuration, tasks: &TaskManager, client: Arc<Client>) -> Arc<Pool> {
	let pool = sc_transaction_pool::Builder::new(
		tasks.spawn_essential_handle(),
		client,
		config.role.is_authority().into(),
	);
	Arc::from(
		pool.with_options(config.transaction_pool.clone())
			.with_prometheus(config.prometheus_registry())
			.build(),
	)
}

/// Checks the blocks that come from the network before they are imported.
fn import_queue(
	config: &Configuration,
	tasks: &TaskManager,
	client: &Arc<Client>,
	block_import: &BlockImport,
	telemetry: Option<TelemetryHandle>,
) -> Result<DefaultImportQueue<Block>, Error> {
	let params = ImportQueueParams {
		block_import: block_import.clone(),
		justification_import: Some(Box::new(block_import.clone())),
		client: client.clone(),
		create_inherent_data_providers: inherents(client.clone()),
		spawner: &tasks.spawn_essential_handle(),
		registry: config.prometheus_registry(),
		check_for_equivocation: CheckForEquivocation::default(),
		telemetry,
		compatibility_mode: Default::default(),
	};
	Ok(sc_consensus_aura::import_queue::<
		AuthorityPair,
		_,
		_,
		_,
		_,
		_,
	>(params)?)
}
