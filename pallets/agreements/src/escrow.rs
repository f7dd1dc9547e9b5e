//! Every movement of money: deposits, escrow, rewards, transfers, fees.
//!
//! Escrow is held on the account of the user it belongs to, and `Agreement::funds` says how much of the
//! hold is each agreement's. All that comes out of an escrow takes one of four ways: to another
//! account ([`Pallet::pay`]), to [`Config::Fees`] ([`Pallet::charge`]), to the deposit for what is stored
//! ([`Pallet::deposit_storage`]), or back to its user ([`Pallet::give_back`]).

use frame_support::{
	dispatch::DispatchClass,
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
		Get, Imbalance, OnUnbalanced,
	},
	weights::{Weight, WeightToFee},
};
use sp_runtime::{
	traits::{CheckedSub, Saturating, Zero},
	DispatchError, DispatchResult,
};
use syngraph_protocol::Proof;

use crate::{
	AgreementOf, BalanceOf, Config, CreditOf, Error, HoldReason, Pallet, TermsOf, WeightInfo,
};

/// The bytes of a settlement's call besides the proof: pallet, call, agreement, window.
const CALL_LENGTH: u32 = 2 + 32 + 8;
/// The bytes of a general transaction besides its call: length, version, transaction extensions.
const ENVELOPE_LENGTH: u32 = 16;

/// What the user at `index` bears of `total`, which `users` share equally; the first also bears what
/// cannot be divided.
fn equal_share<Balance>(total: Balance, users: usize, index: usize) -> Balance
where
	Balance: sp_runtime::traits::AtLeast32BitUnsigned + Copy,
{
	let users = Balance::from(users.max(1) as u32);
	let share = total.checked_div(&users).unwrap_or(total);
	match index {
		0 => total.saturating_sub(share.saturating_mul(users.saturating_less_one())),
		_ => share,
	}
}

impl<T: Config> Pallet<T> {
	/// What a settlement costs the users together, apart from rewards and the reaction.
	pub fn settlement_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		let intermediaries = terms.intermediaries().count() as u32;
		let steps = terms.reaction.len() as u32;
		let weight = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic
			.saturating_add(T::WeightInfo::authorize_settle(intermediaries))
			.saturating_add(T::WeightInfo::settle(intermediaries, steps));
		let length = Proof::encoded_length(intermediaries)
			.saturating_add(CALL_LENGTH)
			.saturating_add(ENVELOPE_LENGTH);
		T::WeightToFee::weight_to_fee(&weight).saturating_add(T::LengthToFee::weight_to_fee(
			&Weight::from_parts(length.into(), 0),
		))
	}

	/// What the users together pay for ending the agreement when an escrow is exhausted.
	pub fn ending_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		T::WeightToFee::weight_to_fee(&Self::ending_weight(terms))
	}

	pub(crate) fn ending_weight(terms: &TermsOf<T>) -> Weight {
		let intermediaries = terms.intermediaries().count() as u32;
		T::WeightInfo::end(intermediaries, terms.sensors.len() as u32)
	}

	/// What each user deposits for a stored result or a frozen window.
	pub fn storage_share(terms: &TermsOf<T>) -> BalanceOf<T> {
		// Rounded up, so that all have the same and it is enough.
		let users = terms.users.len();
		let up = BalanceOf::<T>::from(users.saturating_sub(1) as u32);
		equal_share(T::ResultDeposit::get().saturating_add(up), users, 1)
	}

	/// The least that the user at `index` must have in escrow: what a settlement with any result can
	/// cost it, if the agreement has to be ended after it.
	pub fn least_escrow(
		terms: &TermsOf<T>,
		storage_share: BalanceOf<T>,
		index: usize,
	) -> BalanceOf<T> {
		let share = |total| equal_share(total, terms.users.len(), index);
		terms
			.highest_cost(index)
			.saturating_add(share(Self::settlement_fee(terms)))
			.saturating_add(share(Self::ending_fee(terms)))
			.saturating_add(storage_share)
	}

	/// Whether every escrow covers one more settlement with any result.
	pub(crate) fn covers_settlement(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		let mut funds = agreement.funds.iter().enumerate();
		funds.all(|(index, funds)| {
			*funds >= Self::least_escrow(terms, agreement.storage_share, index)
		})
	}

	/// Whether every escrow covers its share of a frozen window's fee and deposit, and of ending the
	/// agreement thereafter.
	pub(crate) fn covers_freeze(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		fee: BalanceOf<T>,
	) -> bool {
		let ending = Self::ending_fee(terms);
		let mut funds = agreement.funds.iter().enumerate();
		funds.all(|(index, funds)| {
			let share = |total| equal_share(total, terms.users.len(), index);
			let needed = share(fee).saturating_add(share(ending));
			*funds >= needed.saturating_add(agreement.storage_share)
		})
	}

	/// Holds the deposit for the terms.
	pub(crate) fn hold_deposit(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		T::Currency::hold(&HoldReason::Proposal.into(), who, amount)
			.map_err(|_| Error::<T>::CannotPayDeposit.into())
	}

	/// Gives the deposit for the terms back.
	pub(crate) fn release_deposit(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		Self::release(HoldReason::Proposal, who, amount)
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
	pub(crate) fn charge(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		fee: BalanceOf<T>,
	) -> DispatchResult {
		let mut fees = CreditOf::<T>::zero();
		for index in 0..terms.users.len() {
			let share = equal_share(fee, terms.users.len(), index);
			let user = Self::take(terms, agreement, index, share)?;
			let (credit, missing) = T::Currency::slash(&HoldReason::Escrow.into(), user, share);
			ensure!(missing.is_zero(), DispatchError::Corruption);
			fees.subsume(credit);
		}
		T::Fees::on_unbalanced(fees);
		Ok(())
	}

	/// Turns a part of each escrow into the deposit for one result or frozen window.
	pub(crate) fn deposit_storage(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		let share = agreement.storage_share;
		for index in 0..terms.users.len() {
			let user = Self::take(terms, agreement, index, share)?;
			Self::release(HoldReason::Escrow, user, share)?;
			T::Currency::hold(&HoldReason::Storage.into(), user, share)?;
		}
		Ok(())
	}

	/// Gives the deposits for so many results or frozen windows back to the users.
	pub(crate) fn release_storage(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		count: u32,
	) -> DispatchResult {
		let amount = agreement.storage_share.saturating_mul(count.into());
		for party in &terms.users {
			Self::release(HoldReason::Storage, &party.user, amount)?;
		}
		Ok(())
	}

	/// Gives all that is left in escrow back to the users.
	pub(crate) fn give_back(terms: &TermsOf<T>, agreement: &mut AgreementOf<T>) -> DispatchResult {
		for (party, funds) in terms.users.iter().zip(agreement.funds.iter_mut()) {
			Self::release(HoldReason::Escrow, &party.user, core::mem::take(funds))?;
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

	fn release(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
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

#[cfg(test)]
mod tests {
	use super::equal_share;

	#[test]
	fn shares_are_equal_and_add_up() {
		for total in [0u128, 1, 7, 8, 9, 1_000_003] {
			for users in 2..=8 {
				let shares: Vec<_> = (0..users).map(|i| equal_share(total, users, i)).collect();
				assert_eq!(shares.iter().sum::<u128>(), total);
				assert!(shares
					.iter()
					.skip(1)
					.all(|share| *share == total / users as u128));
			}
		}
	}
}
