//! The chains that the node knows by name.

use sc_service::{ChainType, GenericChainSpec, Properties};
use syngraph_runtime::{configs::SS58_PREFIX, genesis_config_presets as presets, WASM_BINARY};

/// How a chain begins.
pub type ChainSpec = GenericChainSpec;

/// A chain for one machine, made anew at every start. Alice makes its blocks.
pub fn dev() -> Result<ChainSpec, String> {
	build(
		"Syngraph Development",
		"syngraph_dev",
		ChainType::Development,
		presets::DEV,
	)
}

/// A chain for several nodes, of which Alice, Bob and Charlie make the blocks.
pub fn local() -> Result<ChainSpec, String> {
	build(
		"Syngraph Local",
		"syngraph_local",
		ChainType::Local,
		presets::LOCAL,
	)
}

fn build(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or("this node was built without a runtime (SKIP_WASM_BUILD)")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(kind)
		.with_protocol_id("syngraph")
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// What wallets need to know to show balances and addresses.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "SYN".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties
}
