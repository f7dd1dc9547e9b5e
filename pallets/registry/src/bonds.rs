//! Bonds: what intermediaries answer with for their lies.

use alloc::vec::Vec;
use frame_support::{
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude::Force, Precision::BestEffort, Restriction::Free},
		Get, OnUnbalanced,
	},
};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchResult,
};
use syngraph_primitives::IntermediaryId;

use crate::{
	BalanceOf, Config, Error, Event, HoldReason, Intermediaries, IntermediaryOf, Pallet, Unbonding,
};

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
		let (before, now) = (record.at_stake(), Self::now());
		record.unbonding.retain(|part| part.due > now);
		let amount = before.saturating_sub(record.at_stake());
		ensure!(!amount.is_zero(), Error::<T>::NothingDue);
		Self::return_deposit(HoldReason::Bond, &operator, amount)?;
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::Withdrawn {
			intermediary,
			amount,
		});
		Ok(())
	}

	/// See [`Directory::slash`](syngraph_primitives::Directory::slash).
	pub(crate) fn do_slash(
		intermediary: IntermediaryId,
		payees: &[(T::AccountId, BalanceOf<T>)],
	) -> Vec<BalanceOf<T>> {
		let Some(mut record) = Intermediaries::<T>::get(intermediary) else {
			return payees.iter().map(|_| Zero::zero()).collect();
		};
		let before = record.at_stake();
		let paid = payees
			.iter()
			.map(|(payee, amount)| Self::pay(&mut record, payee, *amount))
			.collect();
		let amount = before.saturating_sub(record.at_stake());
		Intermediaries::<T>::insert(intermediary, record);
		if !amount.is_zero() {
			Self::deposit_event(Event::Slashed {
				intermediary,
				amount,
			});
		}
		paid
	}

	/// Pays from what an intermediary has at stake, as far as it goes. Returns how much.
	fn pay(
		record: &mut IntermediaryOf<T>,
		payee: &T::AccountId,
		amount: BalanceOf<T>,
	) -> BalanceOf<T> {
		let amount = amount.min(record.at_stake());
		if amount.is_zero() {
			return amount;
		}
		let (reason, operator) = (HoldReason::Bond.into(), &record.operator);
		// Forced, so that an operator cannot keep its bond by having it frozen for something else. A
		// transfer that fails may have done half of what it should.
		let paid = with_storage_layer(|| {
			T::Currency::transfer_on_hold(&reason, operator, payee, amount, BestEffort, Free, Force)
		})
		.unwrap_or_default();
		record.take(paid);
		paid
	}

	/// See [`Directory::charge`](syngraph_primitives::Directory::charge).
	pub(crate) fn do_charge(intermediary: IntermediaryId, fee: BalanceOf<T>) -> DispatchResult {
		let mut record = Intermediaries::<T>::get(intermediary).ok_or(Error::<T>::NotRegistered)?;
		ensure!(fee <= record.bond, Error::<T>::BondTooSmall);
		let (credit, _) = T::Currency::slash(&HoldReason::Bond.into(), &record.operator, fee);
		T::Fees::on_unbalanced(credit);
		record.bond = record.bond.saturating_sub(fee);
		Intermediaries::<T>::insert(intermediary, record);
		Self::deposit_event(Event::Charged { intermediary, fee });
		Ok(())
	}
}
