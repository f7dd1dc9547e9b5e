//! Disputes: how far back they look, and how much is shown at once.

use sp_core::{ConstU32, ConstU64};

use super::{
	agreements::{UNSIGNED_LONGEVITY, UNSIGNED_PRIORITY},
	LengthToFee, WeightToFee,
};
use crate::{Agreements, Balance, BlockNumber, Registry, Runtime, DAYS};

/// For how many blocks before a dispute old keys count: longer than any dispute lasts.
///
/// No intermediary may withdraw its bond, and no key be rotated twice, within so many blocks.
pub const LOOKBACK: BlockNumber = 21 * DAYS + 1;

impl pallet_disputes::Config for Runtime {
	type Balance = Balance;
	type Directory = Registry;
	type Agreements = Agreements;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type Lookback = ConstU32<LOOKBACK>;
	type MaxShown = ConstU32<1024>;
	// Below settlements: members of an agreement could flood the pool with what they say about different
	// windows.
	type Priority = ConstU64<{ UNSIGNED_PRIORITY / 2 }>;
	type Longevity = ConstU64<UNSIGNED_LONGEVITY>;
	type WeightInfo = pallet_disputes::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Disputed;
}
