//! Bonds: what intermediaries answer with for what they do in agreements.

use frame_support::{
	ensure,
	traits::{fungible::MutateHold, Get},
};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchResult,
};
use syngraph_primitives::IntermediaryId;

use crate::{BalanceOf, Config, Error, Event, HoldReason, Intermediaries, Pallet, Unbonding};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_bond(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		T::Currency::hold(&HoldReason::Bond.into(), &operator, amount)?;
		record.bond = record.bond.saturating_add(amount);
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::Bonded {
			intermediary,
			amount,
		});
		Ok(())
	}

	pub(crate) fn do_unbond(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		let spare = record.bond.saturating_sub(record.liable);
		ensure!(amount <= spare, Error::<T>::BondTooSmall);
		let due = Self::now().saturating_add(T::UnbondingPeriod::get());
		record
			.unbonding
			.try_push(Unbonding { amount, due })
			.map_err(|_| Error::<T>::TooManyUnbonding)?;
		record.bond = record.bond.saturating_sub(amount);
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::Unbonding {
			intermediary,
			amount,
			due,
		});
		Ok(())
	}

	pub(crate) fn do_withdraw(
		operator: T::AccountId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let mut record = Self::intermediary_of(&operator, intermediary)?;
		let (before, now) = (record.bonded(), Self::now());
		record.unbonding.retain(|part| part.due > now);
		let amount = before.saturating_sub(record.bonded());
		ensure!(!amount.is_zero(), Error::<T>::NothingDue);
		Self::return_deposit(HoldReason::Bond, &operator, amount)?;
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::Withdrawn {
			intermediary,
			amount,
		});
		Ok(())
	}
}
