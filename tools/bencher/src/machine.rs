//! Runs a runtime's functions on states that watch what is read and written.

use std::borrow::Cow;

use anyhow::{anyhow, Context, Result};
use codec::{Decode, Encode};
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_io::hashing::blake2_256;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::StateMachine;

/// What the runtime needs of its host beyond what every host of a Substrate runtime offers.
type MoreHostFunctions = (
	frame_benchmarking::benchmarking::HostFunctions,
	sp_statement_store::runtime_api::HostFunctions,
);
type HostFunctions = (sp_io::SubstrateHostFunctions, MoreHostFunctions);

/// Which of the two states a function runs on.
#[derive(Clone, Copy, Debug)]
pub enum State {
	/// Watches nothing, so that time can be measured.
	Timing,
	/// Watches what is read and written.
	Counting,
}

/// A runtime with the state of a fresh chain.
pub struct Machine {
	code: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
	timing: BenchmarkingState<BlakeTwo256>,
	counting: BenchmarkingState<BlakeTwo256>,
}

impl Machine {
	/// The runtime with this wasm `code`, on a chain that begins with a preset.
	pub fn new(code: Vec<u8>, preset: &str) -> Result<Self> {
		let genesis = GenesisConfigBuilderRuntimeCaller::<MoreHostFunctions>::new(&code)
			.get_storage_for_named_preset(Some(&preset.into()))
			.map_err(|error| anyhow!("cannot build the genesis state: {error}"))?;
		let state = |watch| {
			BenchmarkingState::new(genesis.clone(), None, false, watch)
				.map_err(|error| anyhow!("cannot build a state: {error}"))
		};
		Ok(Self {
			timing: state(false)?,
			counting: state(true)?,
			executor: WasmExecutor::builder()
				.with_max_runtime_instances(2)
				.with_runtime_cache_size(2)
				.build(),
			code,
		})
	}

	/// Calls a function of the runtime's API.
	pub fn call<R: Decode>(&self, state: State, function: &str, input: impl Encode) -> Result<R> {
		let state = match state {
			State::Timing => &self.timing,
			State::Counting => &self.counting,
		};
		let mut extensions = Extensions::default();
		extensions.register(KeystoreExt::new(MemoryKeystore::new()));
		let output = StateMachine::new(
			state,
			&mut Default::default(),
			&self.executor,
			function,
			&input.encode(),
			&mut extensions,
			&RuntimeCode {
				code_fetcher: &WrappedRuntimeCode(Cow::Borrowed(&self.code)),
				heap_pages: None,
				hash: blake2_256(&self.code).to_vec(),
			},
			CallContext::Offchain,
		)
		.execute()
		.map_err(|error| anyhow!("{function}: {error}"))?;
		R::decode(&mut &output[..])
			.with_context(|| format!("{function}: the runtime's answer is not what it should be"))
	}
}
