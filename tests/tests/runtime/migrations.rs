//! What our pallets store has a version, which migrations move, and nothing else.

use std::any::TypeId;

use frame_support::{
	migrations::VersionedMigration,
	traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use frame_system::LastRuntimeUpgrade;
use pallet_registry::NextSensor;
use syngraph_runtime::{
	migrations::{mismatches, Checked, Migrations},
	worker, Agreements, Channels, Disputes, Registry, Runtime,
};
use syngraph_tests::{Actors, Chain};

type DbWeight = <Runtime as frame_system::Config>::DbWeight;

/// A migration as if the registry of version 0 had noted the last sensor, not the next one.
type Example = VersionedMigration<0, 1, Count, Registry, DbWeight>;

struct Count;

impl UncheckedOnRuntimeUpgrade for Count {
	fn on_runtime_upgrade() -> Weight {
		NextSensor::<Runtime>::mutate(|last| *last += 1);
		DbWeight::get().reads_writes(1, 1)
	}
}

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
	assert_eq!(on_chain, [StorageVersion::new(1); 4]);
}

#[test]
fn a_migration_moves_the_version_and_does_nothing_the_second_time() {
	let mut chain = Chain::new();
	Actors::register(&mut chain);
	chain.read(|| {
		let next = NextSensor::<Runtime>::get();
		assert!(next > 0);
		NextSensor::<Runtime>::put(next - 1);
		StorageVersion::new(0).put::<Registry>();
		assert_eq!(mismatches().len(), 1);
		for _ in 0..2 {
			<Checked<Example> as OnRuntimeUpgrade>::on_runtime_upgrade();
			assert_eq!(NextSensor::<Runtime>::get(), next);
			assert_eq!(mismatches(), vec![]);
		}
	});
	// Everything is as if the chain had begun so.
	chain.block(Vec::new());
}

#[test]
fn the_executive_runs_the_migrations() {
	type Wired = <Runtime as frame_system::Config>::SingleBlockMigrations;
	assert_eq!(TypeId::of::<Wired>(), TypeId::of::<Migrations>());
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
