//! What our pallets store has a version, which migrations move, and nothing else.

use codec::Encode;
use frame_support::{
	migrations::MultiStepMigrator,
	storage::unhashed,
	traits::{GetStorageVersion, StorageVersion},
};
use frame_system::LastRuntimeUpgrade;
use pallet_registry::Intermediaries;
use syngraph_runtime::{
	migrations::mismatches, worker, Agreements, Channels, Disputes, MultiBlockMigrations, Registry,
	Runtime,
};
use syngraph_tests::{Actors, Chain};

#[test]
fn a_new_chain_has_the_versions_of_its_code() {
	let on_chain = Chain::new().read(|| {
		[
			Registry::on_chain_storage_version(),
			Agreements::on_chain_storage_version(),
			Disputes::on_chain_storage_version(),
			Channels::on_chain_storage_version(),
		]
	});
	assert_eq!(on_chain, [2, 1, 1, 1].map(StorageVersion::new));
}

/// The registry as a chain of version 1 has it, whose records of intermediaries end before `registered`.
fn take_back(chain: &mut Chain) {
	chain.read(|| {
		let records: Vec<_> = Intermediaries::<Runtime>::iter().collect();
		for (id, record) in records {
			let key = Intermediaries::<Runtime>::hashed_key_for(id);
			let (now, last) = (record.encode(), record.registered.encode());
			unhashed::put_raw(&key, &now[..now.len() - last.len()]);
		}
		StorageVersion::new(1).put::<Registry>();
		// As if the last block had brought the runtime.
		LastRuntimeUpgrade::<Runtime>::kill();
	});
}

#[test]
fn a_chain_of_the_last_version_is_migrated_and_goes_on() {
	let mut chain = Chain::new();
	Actors::register(&mut chain);
	let all =
		|chain: &mut Chain| chain.read(|| Intermediaries::<Runtime>::iter().collect::<Vec<_>>());
	let before = all(&mut chain);
	assert!(!before.is_empty());
	take_back(&mut chain);
	chain.read(|| assert_eq!(mismatches().len(), 1));
	chain.begin();
	chain.finish();
	assert_eq!(all(&mut chain), before);
	chain.read(|| {
		assert_eq!(mismatches(), vec![]);
		assert!(!MultiBlockMigrations::ongoing());
	});
	// Everything is as if the chain had begun so.
	chain.block(Vec::new());
}

#[test]
fn state_of_a_version_from_which_no_migration_leads_is_refused_by_name() {
	let mut chain = Chain::new();
	chain.read(|| {
		StorageVersion::new(0).put::<Agreements>();
		// As if the last block had brought the runtime.
		LastRuntimeUpgrade::<Runtime>::kill();
	});
	chain.begin();
	chain.finish();
	let number = chain.number();
	chain.read(|| {
		assert!(LastRuntimeUpgrade::<Runtime>::exists(), "it was upgraded");
		let said: Vec<_> = mismatches().iter().map(ToString::to_string).collect();
		let expected = "pallet Agreements: the chain has StorageVersion(0), this runtime needs \
			StorageVersion(1)";
		assert_eq!(said, [expected]);
		// There is no machine for it here: it would panic if it did anything.
		worker::run(number);
	});
}
