//! Measures the weights of calls.

use alloc::{string::String, vec::Vec};
use codec::Encode;
use frame_benchmarking::{
	baseline::Pallet as BaselineBench, define_benchmarks, BenchmarkBatch, BenchmarkConfig,
	BenchmarkList,
};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{
	extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench,
};
use pallet_agreements::benchmarking::{disputable, judging, Disputable, KEYS};
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_runtime::DigestItem;

use crate::*;

define_benchmarks!(
	[frame_benchmarking, BaselineBench::<Runtime>]
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[pallet_balances, Balances]
	[pallet_transaction_payment, TransactionPayment]
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

impl pallet_transaction_payment::BenchmarkConfig for Runtime {
	/// Gives the block an author, who gets the fee. Its account is read and written once for the whole
	/// block, so that no transaction is charged for it.
	fn setup_benchmark_environment() {
		let first_slot = DigestItem::PreRuntime(AURA_ENGINE_ID, 0u64.encode());
		System::deposit_log(first_slot);
		let author = Authorship::author().expect("the first slot has an author");
		let account = frame_system::Account::<Runtime>::hashed_key_for(author);
		frame_benchmarking::benchmarking::add_to_whitelist(account.into());
	}
}

/// Agreements that can be disputed about.
pub struct Disputed;

impl Disputed {
	/// All keys have just been replaced: two of each count, and what an intermediary has signed with the older one is
	/// verified twice. Of sensors, as many keys are remembered as can be.
	fn with_old_keys(found: Disputable) -> pallet_disputes::Disputable {
		System::set_block_number(System::block_number() + 1);
		for (intermediary, _) in &found.members {
			Registry::supersede_intermediary_key(*intermediary);
		}
		for (sensor, _) in &found.sensors {
			Registry::supersede_sensor_key(*sensor, KEYS);
		}
		pallet_disputes::Disputable {
			agreement: found.agreement,
			members: found.members,
			keys: KEYS,
		}
	}
}

impl pallet_disputes::BenchmarkHelper for Disputed {
	fn agreement() -> pallet_disputes::Disputable {
		Self::with_old_keys(disputable::<Runtime>())
	}

	fn judging() -> pallet_disputes::Disputable {
		Self::with_old_keys(judging::<Runtime>())
	}

	/// As many keys of each sensor are remembered as can be: with one more, the first is forgotten.
	fn forget_keys(parties: &pallet_disputes::Disputable) {
		let terms = pallet_agreements::Terms::<Runtime>::get(parties.agreement);
		for source in &terms.expect("it is in force").sensors {
			Registry::supersede_sensor_key(source.sensor, parties.keys);
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
