//! Every movement of money: deposits, escrow, rewards, transfers, fees.
//!
//! Escrow is held on the account of the user it belongs to, and `Agreement::funds` says how much of the
//! hold is each agreement's. All that comes out of an escrow takes one of four ways: to another
//! account ([`Pallet::pay`]), to [`Config::Fees`] ([`Pallet::charge_shares`]), to the deposit for what
//! is stored ([`Pallet::deposit_storage`]), or back to its user ([`Pallet::give_back`]). What users owe is part of
//! their escrows until it is paid out ([`Accrued`](crate::Accrued)).
//!
//! While a dispute is open, the most that it can cost is set aside, out of the escrow of each user: any of
//! them may turn out to be the one that bears it. It stays on hold, but neither settlements nor the
//! agreement's end touch it.

use frame_support::{
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
		Imbalance, OnUnbalanced,
	},
};
use sp_runtime::{
	traits::{CheckedSub, Saturating, Zero},
	DispatchError, DispatchResult,
};

use crate::{
	accrual::equal_share, AgreementOf, BalanceOf, Config, CreditOf, Error, HoldReason, Pallet,
	Shares, TermsOf,
};

impl<T: Config> Pallet<T> {
	/// Holds the deposit for the terms.
	pub(crate) fn hold_deposit(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		T::Currency::hold(&HoldReason::Proposal.into(), who, amount)
			.map_err(|_| Error::<T>::CannotPayDeposit.into())
	}

	/// Gives the deposit for the terms back.
	pub(crate) fn release_deposit(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		Self::release_hold(HoldReason::Proposal, who, amount)
	}

	/// Takes so much of the deposit for the terms for good.
	pub(crate) fn charge_deposit(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		let (credit, missing) = T::Currency::slash(&HoldReason::Proposal.into(), who, amount);
		ensure!(missing.is_zero(), DispatchError::Corruption);
		T::Fees::on_unbalanced(credit);
		Ok(())
	}

	/// Puts money of the user at `index` into escrow.
	pub(crate) fn put_in(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		index: usize,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		let user = Self::user(terms, index)?;
		T::Currency::hold(&HoldReason::Escrow.into(), user, amount)
			.map_err(|_| Error::<T>::InsufficientFunds)?;
		let funds = agreement.funds.get_mut(index).ok_or(Error::<T>::NotAUser)?;
		*funds = funds.saturating_add(amount);
		Ok(())
	}

	/// Pays `to` from the escrow of the user at `index`. If that cannot be received, nothing happens:
	/// no account may be able to block a settlement.
	pub(crate) fn pay(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		index: usize,
		to: &T::AccountId,
		amount: BalanceOf<T>,
	) -> bool {
		let (Ok(user), Some(funds)) = (Self::user(terms, index), agreement.funds.get_mut(index))
		else {
			return false;
		};
		let Some(rest) = funds.checked_sub(&amount) else {
			return false;
		};
		let transfer = || {
			T::Currency::transfer_on_hold(
				&HoldReason::Escrow.into(),
				user,
				to,
				amount,
				Precision::Exact,
				Restriction::Free,
				// Other pallets may freeze a user's money, but not what is owed from it.
				Fortitude::Force,
			)
		};
		let paid = amount.is_zero() || with_storage_layer(transfer).is_ok();
		if paid {
			*funds = rest;
		}
		paid
	}

	/// Takes a fee out of the escrows in equal shares.
	pub(crate) fn charge_escrows(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		fee: BalanceOf<T>,
	) -> DispatchResult {
		let users = terms.users.len();
		Self::charge_shares(terms, agreement, |i| equal_share(fee, users, i))?;
		Ok(())
	}

	/// Takes a share of a fee out of each escrow, and returns the shares.
	pub(crate) fn charge_shares(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		share: impl Fn(usize) -> BalanceOf<T>,
	) -> Result<Shares<BalanceOf<T>>, DispatchError> {
		let mut fees = CreditOf::<T>::zero();
		let mut shares = Shares::new();
		for index in 0..terms.users.len() {
			let share = share(index);
			let user = Self::take(terms, agreement, index, share)?;
			let (credit, missing) = T::Currency::slash(&HoldReason::Escrow.into(), user, share);
			ensure!(missing.is_zero(), DispatchError::Corruption);
			fees.subsume(credit);
			let kept = shares.try_push(share);
			ensure!(kept.is_ok(), DispatchError::Corruption);
		}
		T::Fees::on_unbalanced(fees);
		Ok(shares)
	}

	/// Sets aside what a dispute can cost, out of every escrow.
	pub(crate) fn reserve_all(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		let amount = agreement.prices.dispute;
		for index in 0..terms.users.len() {
			Self::take(terms, agreement, index, amount)?;
		}
		Ok(())
	}

	/// Puts what was set aside for a dispute back into the escrows.
	pub(crate) fn unreserve_all(agreement: &mut AgreementOf<T>) {
		let amount = agreement.prices.dispute;
		for funds in agreement.funds.iter_mut() {
			funds.saturating_accrue(amount);
		}
	}

	/// Turns so much of each escrow into a deposit for what is stored.
	pub(crate) fn deposit_storage(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		share: BalanceOf<T>,
	) -> DispatchResult {
		for index in 0..terms.users.len() {
			let user = Self::take(terms, agreement, index, share)?;
			Self::release_hold(HoldReason::Escrow, user, share)?;
			T::Currency::hold(&HoldReason::Storage.into(), user, share)?;
		}
		Ok(())
	}

	/// Turns so much of each user's deposits for what is stored back into escrow.
	pub(crate) fn return_deposit(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		share: BalanceOf<T>,
	) -> DispatchResult {
		Self::release_storage(terms, share)?;
		for index in 0..terms.users.len() {
			// What cannot be held again stays with its user, who must not be able to keep a dispute open.
			let _ = Self::put_in(terms, agreement, index, share);
		}
		Ok(())
	}

	/// Gives so much of each user's deposits for what is stored back.
	pub(crate) fn release_storage(terms: &TermsOf<T>, share: BalanceOf<T>) -> DispatchResult {
		for party in &terms.users {
			Self::release_hold(HoldReason::Storage, &party.user, share)?;
		}
		Ok(())
	}

	/// Gives all that is left in escrow back to the users.
	pub(crate) fn give_back(terms: &TermsOf<T>, agreement: &mut AgreementOf<T>) -> DispatchResult {
		for (party, funds) in terms.users.iter().zip(agreement.funds.iter_mut()) {
			Self::release_hold(HoldReason::Escrow, &party.user, core::mem::take(funds))?;
		}
		Ok(())
	}

	/// Writes off a part of the escrow of the user at `index`, and tells whose it is.
	fn take<'a>(
		terms: &'a TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		index: usize,
		amount: BalanceOf<T>,
	) -> Result<&'a T::AccountId, DispatchError> {
		let funds = agreement.funds.get_mut(index).ok_or(Error::<T>::NotAUser)?;
		*funds = funds
			.checked_sub(&amount)
			.ok_or(Error::<T>::EscrowExhausted)?;
		Self::user(terms, index)
	}

	fn release_hold(
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		if !amount.is_zero() {
			T::Currency::release(&reason.into(), who, amount, Precision::Exact)?;
		}
		Ok(())
	}

	fn user(terms: &TermsOf<T>, index: usize) -> Result<&T::AccountId, DispatchError> {
		let party = terms.users.get(index).ok_or(Error::<T>::NotAUser)?;
		Ok(&party.user)
	}
}
