//! Payment channels: what they cost to keep, and how much time their parties give each other.

use sp_core::{ConstU128, ConstU32};

use crate::{Balances, Runtime, RuntimeHoldReason, HOURS, MILLI_SYN};

impl pallet_channels::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type ChannelDeposit = ConstU128<{ 50 * MILLI_SYN }>;
	type ClosePeriod = ConstU32<HOURS>;
	type ChangePeriod = ConstU32<HOURS>;
	type WeightInfo = pallet_channels::weights::SubstrateWeight<Runtime>;
}
