//! Disputes: how far back they look, and how much is shown at once.

use sp_core::{ConstU32, ConstU64};

use super::{
	agreements::{UNSIGNED_LONGEVITY, UNSIGNED_PRIORITY},
	AnswerLimit, AnswerRoom, EnoughRoom, LengthToFee, WeightToFee,
};
use crate::{Agreements, Balance, Registry, Runtime};

impl pallet_disputes::Config for Runtime {
	type Balance = Balance;
	type Directory = Registry;
	type Agreements = Agreements;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type MaxShown = ConstU32<1024>;
	type AnswerRoom = AnswerRoom;
	type AnswerLimit = AnswerLimit;
	type EnoughRoom = EnoughRoom;
	// Above settlements: an answer has a deadline. There are few of an agreement at a time.
	type Priority = ConstU64<UNSIGNED_PRIORITY>;
	type Longevity = ConstU64<UNSIGNED_LONGEVITY>;
	type WeightInfo = pallet_disputes::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Disputed;
}

#[cfg(test)]
mod tests {
	use frame_support::traits::Get;
	use pallet_disputes::WeightInfo;
	use syngraph_primitives::{DISPUTE_ANSWERS, MAX_INTERMEDIARIES, MAX_STEPS, MAX_USERS};

	use super::*;
	use crate::BlockNumber;

	#[test]
	fn nobody_gets_away_before_a_dispute_is_over() {
		type Answer = <Runtime as pallet_agreements::Config>::MaxAnswer;
		type Rotation = <Runtime as pallet_registry::Config>::RotationPeriod;
		// That far the keys of an agreement count whose intermediaries have the longest time to answer.
		let lookback = DISPUTE_ANSWERS * blocks::<Answer>();
		// Evidence of the longest dispute is looked up as far back as another one could last.
		assert!(blocks::<Rotation>() > 2 * lookback);
	}

	fn blocks<Constant: Get<BlockNumber>>() -> BlockNumber {
		Constant::get()
	}

	/// A dispute pays for a ruling by the size of its agreement's terms, and no benchmark tells what that is by itself.
	#[test]
	fn what_a_ruling_costs_covers_what_a_verdict_weighs_more_with_it() {
		use pallet_agreements::WeightInfo as _;
		type Weights = <Runtime as pallet_disputes::Config>::WeightInfo;
		type Parts = <Runtime as pallet_agreements::Config>::WeightInfo;
		let (members, users) = (MAX_INTERMEDIARIES, MAX_USERS);
		let paid = Weights::judge()
			.saturating_add(Parts::settle(members, users, 1))
			.saturating_add(Parts::payout(members, users, MAX_STEPS));
		assert!(Weights::judge_with_ruling().all_lte(paid));
	}
}
