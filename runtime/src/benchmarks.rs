//! Measures the weights of calls.

use alloc::{string::String, vec::Vec};
use frame_benchmarking::{
	baseline::Pallet as BaselineBench, define_benchmarks, BenchmarkBatch, BenchmarkConfig,
	BenchmarkList,
};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{
	extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench,
};

use crate::*;

define_benchmarks!(
	[frame_benchmarking, BaselineBench::<Runtime>]
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[pallet_balances, Balances]
	[pallet_timestamp, Timestamp]
	[pallet_sudo, Sudo]
	[pallet_utility, Utility]
	[pallet_registry, Registry]
	[pallet_agreements, Agreements]
	[pallet_disputes, Disputes]
	[pallet_channels, Channels]
);

impl frame_system_benchmarking::Config for Runtime {}
impl frame_benchmarking::baseline::Config for Runtime {}

/// Agreements that can be disputed about.
pub struct Disputed;

impl pallet_disputes::BenchmarkHelper for Disputed {
	fn agreement() -> pallet_disputes::Disputable {
		use pallet_agreements::benchmarking::{disputable, KEYS};
		let found = disputable::<Runtime>();
		pallet_disputes::Disputable {
			agreement: found.agreement,
			members: found.members,
			sensors: found.sensors,
			keys: KEYS,
		}
	}
}

/// Which benchmarks there are, and which storage they touch.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::<BenchmarkList>::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs benchmarks.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
