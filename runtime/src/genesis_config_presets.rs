//! How chains of this runtime may begin.

use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
	AuraConfig, Balance, BalancesConfig, GrandpaConfig, RuntimeGenesisConfig, SudoConfig, SYN,
};

/// A chain of one validator, Alice.
pub const DEV: &str = "dev";
/// A chain of three validators: Alice, Bob and Charlie.
pub const LOCAL: &str = "local";

/// What each of the well-known development accounts has.
const ENDOWMENT: Balance = 1_000_000 * SYN;

/// The presets that there are.
pub fn names() -> Vec<PresetId> {
	vec![PresetId::from(DEV), PresetId::from(LOCAL)]
}

/// The preset called `id`, as JSON.
pub fn get(id: &PresetId) -> Option<Vec<u8>> {
	use {Ed25519Keyring as Ed, Sr25519Keyring as Sr};
	let preset = match id.as_ref() {
		DEV => genesis(&[(Sr::Alice, Ed::Alice)]),
		LOCAL => genesis(&[
			(Sr::Alice, Ed::Alice),
			(Sr::Bob, Ed::Bob),
			(Sr::Charlie, Ed::Charlie),
		]),
		_ => return None,
	};
	serde_json::to_vec(&preset).ok()
}

/// A chain with these validators, whose administrator is Alice and on which all the well-known
/// development accounts have money.
fn genesis(validators: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		aura: AuraConfig {
			authorities: validators
				.iter()
				.map(|(aura, _)| aura.public().into())
				.collect(),
		},
		grandpa: GrandpaConfig {
			authorities: validators
				.iter()
				.map(|(_, grandpa)| (grandpa.public().into(), 1))
				.collect(),
		},
		balances: BalancesConfig {
			balances: Sr25519Keyring::iter()
				.map(|who| (who.to_account_id(), ENDOWMENT))
				.collect(),
		},
		sudo: SudoConfig {
			key: Some(Sr25519Keyring::Alice.to_account_id())
		},
	})
}
