//! What an owner leaves with the chain for as long as its record is kept there.
//!
//! The base covers what every record of a sort needs, all the keys it can remember included; only
//! what varies is paid for by the byte.

use frame_support::traits::{
	fungible::MutateHold,
	tokens::{Precision::BestEffort, Precision::Exact},
	Get,
};
use sp_runtime::{traits::Zero, DispatchResult, SaturatedConversion, Saturating};

use crate::{BalanceOf, Config, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
	/// The deposit for a record with `bytes` bytes of variable length on top of the `base`.
	pub(crate) fn deposit(base: BalanceOf<T>, bytes: usize) -> BalanceOf<T> {
		let bytes: BalanceOf<T> = bytes.saturated_into();
		base.saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
	}

	/// Makes what is held from `owner` for one record grow or shrink from `old` to `new`.
	pub(crate) fn adjust_deposit(
		reason: HoldReason,
		owner: &T::AccountId,
		old: BalanceOf<T>,
		new: BalanceOf<T>,
	) -> DispatchResult {
		let reason = reason.into();
		if new >= old {
			T::Currency::hold(&reason, owner, new.saturating_sub(old))
		} else {
			T::Currency::release(&reason, owner, old.saturating_sub(new), Exact).map(drop)
		}
	}

	/// Takes the deposit for a new record.
	pub(crate) fn hold_deposit(
		reason: HoldReason,
		owner: &T::AccountId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		Self::adjust_deposit(reason, owner, Zero::zero(), amount)
	}

	/// Returns the deposit for a record that is no more. Should something else have taken from the
	/// hold, the owner gets the rest rather than an error.
	pub(crate) fn return_deposit(
		reason: HoldReason,
		owner: &T::AccountId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		T::Currency::release(&reason.into(), owner, amount, BestEffort).map(drop)
	}
}
