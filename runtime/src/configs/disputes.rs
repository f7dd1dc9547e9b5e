//! Disputes: for how long they are remembered.

use sp_core::{ConstU32, ConstU64};

use super::{
	agreements::{UNSIGNED_LONGEVITY, UNSIGNED_PRIORITY},
	LengthToFee, WeightToFee,
};
use crate::{Agreements, Balance, Registry, Runtime, DAYS};

impl pallet_disputes::Config for Runtime {
	type Balance = Balance;
	type Directory = Registry;
	type Agreements = Agreements;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type DisputePeriod = ConstU32<{ 7 * DAYS }>;
	// Below settlements: members of an agreement could flood the pool with reports of different windows.
	type ReportPriority = ConstU64<{ UNSIGNED_PRIORITY / 2 }>;
	type ReportLongevity = ConstU64<UNSIGNED_LONGEVITY>;
	type WeightInfo = pallet_disputes::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Disputed;
}
