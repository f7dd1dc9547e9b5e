//! Payment channels: what they cost to keep, and how much time their parties give each other.

use sp_core::{ConstU128, ConstU32, ConstU64};

use super::{
	agreements::{UNSIGNED_LONGEVITY, UNSIGNED_PRIORITY},
	LengthToFee, ToAuthor, WeightToFee,
};
use crate::{Balances, BlockNumber, Runtime, HOURS, MILLI_SYN, MINUTES};

/// How many blocks a payee has to close a channel itself, after the depositor asked to, before a watchtower
/// can redeem its receipt.
const HEAD_START: BlockNumber = MINUTES / 2;

impl pallet_channels::Config for Runtime {
	type Currency = Balances;
	type ChannelDeposit = ConstU128<{ 50 * MILLI_SYN }>;
	type ClosePeriod = ConstU32<HOURS>;
	type ChangePeriod = ConstU32<HOURS>;
	type Fees = ToAuthor;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type TowerPeriod = ConstU32<{ HOURS - HEAD_START }>;
	// Below what answers disputes, which has deadlines. It begins level with settlements; what a receipt is worth is
	// added.
	type RescuePriority = ConstU64<{ UNSIGNED_PRIORITY / 2 }>;
	type RescueLongevity = ConstU64<UNSIGNED_LONGEVITY>;
	type WeightInfo = pallet_channels::weights::SubstrateWeight<Runtime>;
}
