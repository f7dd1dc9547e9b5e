//! What using the chain costs, and who gets it.

use frame_support::{
	traits::{
		fungible::{Balanced, Credit},
		OnUnbalanced,
	},
	weights::{
		constants::{WEIGHT_PROOF_SIZE_PER_KB, WEIGHT_REF_TIME_PER_MICROS},
		ConstantMultiplier, Weight,
	},
};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use sp_core::{ConstU128, ConstU8};
use sp_runtime::traits::One;

use crate::{weights, AccountId, Authorship, Balance, Balances, Runtime, RuntimeEvent, MICRO_SYN};

/// What a microsecond of execution costs.
///
/// With it, a plain transfer costs some 0.006 SYN (`make bench` prints it).
pub const FEE_PER_MICROSECOND: Balance = 10 * MICRO_SYN;
/// What a kilobyte of the state that has to be read costs, besides the time that each read takes. It is passed on in no
/// proof.
pub const FEE_PER_KILOBYTE_READ: Balance = 2 * MICRO_SYN;
/// What a byte of a transaction costs: as much of a block's length as of its time costs the same, half a second of
/// which is open to what some three million bytes are open to.
pub const FEE_PER_BYTE: Balance = 2 * MICRO_SYN;

/// The fee for weight: in proportion to the time, plus in proportion to the state that is read.
pub struct WeightToFee;

impl frame_support::weights::WeightToFee for WeightToFee {
	type Balance = Balance;

	fn weight_to_fee(weight: &Weight) -> Balance {
		let price = |amount: u64, fee: Balance, unit: u64| {
			fee.saturating_mul(amount.into()) / Balance::from(unit)
		};
		let time = price(
			weight.ref_time(),
			FEE_PER_MICROSECOND,
			WEIGHT_REF_TIME_PER_MICROS,
		);
		let reading = price(
			weight.proof_size(),
			FEE_PER_KILOBYTE_READ,
			WEIGHT_PROOF_SIZE_PER_KB,
		);
		time.saturating_add(reading)
	}
}

/// The fee for the length of a transaction.
pub type LengthToFee = ConstantMultiplier<Balance, ConstU128<FEE_PER_BYTE>>;

/// Gives fees to the account whose key made the block.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
	fn on_nonzero_unbalanced(fees: Credit<AccountId, Balances>) {
		if let Some(author) = Authorship::author() {
			// Fees too small to bring an account into being are burnt.
			let _ = Balances::resolve(&author, fees);
		}
	}
}

frame_support::parameter_types! {
	/// There is no surcharge for congestion: what a settlement costs must be known when the escrow is
	/// agreed on.
	pub FeeMultiplier: Multiplier = Multiplier::one();
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, ToAuthor>;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightInfo = weights::transaction_payment::SubstrateWeight<Runtime>;
}
