//! Every movement of money: deposits, escrow, rewards, transfers, fees.
//!
//! Escrow is held on the account of the user it belongs to, and `Agreement::funds` says how much of the
//! hold is each agreement's. All that comes out of an escrow takes one of four ways: to another
//! account ([`Pallet::pay`]), to [`Config::Fees`] ([`Pallet::charge_escrows`]), to the deposit for what
//! is stored ([`Pallet::deposit_storage`]), or back to its user ([`Pallet::give_back`]).
//!
//! While disputes are open, what they may cost is set aside in `Agreement::reserved`
//! ([`Pallet::reserve`]). It stays on hold, but neither settlements nor the agreement's end touch it.

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
	traits::{AtLeast32BitUnsigned, CheckedSub, Saturating, Zero},
	DispatchError, DispatchResult,
};
use syngraph_primitives::DisputeCosts;
use syngraph_protocol::Proof;

use crate::{
	AgreementOf, BalanceOf, Config, CreditOf, Error, HoldReason, Pallet, Shares, TermsOf,
	WeightInfo,
};

/// The bytes of a settlement's call besides the proof: pallet, call, agreement, window.
const CALL_LENGTH: u32 = 2 + 32 + 8;
/// The bytes of a general transaction besides its call: length, version, transaction extensions.
const ENVELOPE_LENGTH: u32 = 16;

/// What the user at `index` bears of `total`, which `users` share equally; of what cannot be divided, the
/// first ones bear a unit each.
///
/// Nobody's share grows when the total shrinks. So what is left of a reserve that was shared so can be
/// shared so again.
pub(crate) fn equal_share<Balance>(total: Balance, users: usize, index: usize) -> Balance
where
	Balance: AtLeast32BitUnsigned + Copy,
{
	let users = Balance::from(users.max(1) as u32);
	let share = total.checked_div(&users).unwrap_or(total);
	let undivided = total.saturating_sub(share.saturating_mul(users));
	match Balance::from(index as u32) < undivided {
		true => share.saturating_add(Balance::one()),
		false => share,
	}
}

/// By how much the share of the user at `index` grows if the total grows from `before` by `amount`.
fn added_share<Balance>(before: Balance, amount: Balance, users: usize, index: usize) -> Balance
where
	Balance: AtLeast32BitUnsigned + Copy,
{
	let after = equal_share(before.saturating_add(amount), users, index);
	after.saturating_sub(equal_share(before, users, index))
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
		let intermediaries = terms.intermediaries().chain(terms.spares()).count() as u32;
		T::WeightInfo::end(intermediaries, terms.sensors.len() as u32)
	}

	/// What each user deposits for a stored result.
	pub fn storage_share(terms: &TermsOf<T>) -> BalanceOf<T> {
		Self::share_of_deposit(terms, T::ResultDeposit::get())
	}

	/// What each user deposits for an open dispute.
	pub fn dispute_share(terms: &TermsOf<T>) -> BalanceOf<T> {
		Self::share_of_deposit(terms, T::DisputeDeposit::get())
	}

	/// What each user bears of a deposit. All the same: as much as the one who bears most.
	fn share_of_deposit(terms: &TermsOf<T>, deposit: BalanceOf<T>) -> BalanceOf<T> {
		equal_share(deposit, terms.users.len(), 0)
	}

	/// The most that the users pay together for one dispute, apart from the deposit for it.
	fn dispute_reserve(terms: &TermsOf<T>) -> BalanceOf<T> {
		T::Disputes::dispute(terms.intermediaries().count() as u32)
	}

	/// The least that the user at `index` must have in escrow: what a settlement with any result can
	/// cost it, if the agreement has to be ended after it, and what a dispute can cost it before.
	pub fn least_escrow(
		terms: &TermsOf<T>,
		storage_share: BalanceOf<T>,
		index: usize,
	) -> BalanceOf<T> {
		let reserve = equal_share(Self::dispute_reserve(terms), terms.users.len(), index);
		Self::most_for_settlement(terms, storage_share, index)
			.saturating_add(reserve)
			.saturating_add(Self::dispute_share(terms))
	}

	/// The most that the user at `index` pays for a settlement, and for ending the agreement after it.
	fn most_for_settlement(
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
		let share = agreement.storage_share;
		Self::covers(agreement, |i| Self::most_for_settlement(terms, share, i))
	}

	/// Whether every escrow covers what a dispute can cost, with the deposit for it.
	pub(crate) fn covers_dispute(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		let (reserve, users) = (Self::dispute_reserve(terms), terms.users.len());
		Self::covers(agreement, |i| {
			let share = added_share(agreement.reserved, reserve, users, i);
			share.saturating_add(agreement.dispute_share)
		})
	}

	/// Whether an escrow does not cover both a settlement and a dispute. What is reserved for a dispute
	/// that is open is enough for the latter.
	pub(crate) fn is_exhausted(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		let share = agreement.storage_share;
		match agreement.disputes {
			0 => !Self::covers(agreement, |i| Self::least_escrow(terms, share, i)),
			_ => !Self::covers_settlement(terms, agreement),
		}
	}

	fn covers(agreement: &AgreementOf<T>, needed: impl Fn(usize) -> BalanceOf<T>) -> bool {
		let mut funds = agreement.funds.iter().enumerate();
		funds.all(|(index, funds)| *funds >= needed(index))
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
	pub(crate) fn charge_escrows(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		fee: BalanceOf<T>,
	) -> DispatchResult {
		let users = terms.users.len();
		Self::charge_shares(terms, agreement, |i| equal_share(fee, users, i))?;
		Ok(())
	}

	/// Takes a fee out of what is reserved, and out of the escrows if that is too little. Returns what each
	/// user bears.
	pub(crate) fn charge_reserved(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		fee: BalanceOf<T>,
	) -> Result<Shares<BalanceOf<T>>, DispatchError> {
		let covered = agreement.reserved.min(fee);
		Self::unreserve(terms, agreement, covered);
		let (rest, left) = (fee.saturating_sub(covered), agreement.reserved);
		let users = terms.users.len();
		Self::charge_shares(terms, agreement, |i| {
			added_share(left, covered, users, i).saturating_add(equal_share(rest, users, i))
		})
	}

	/// Takes a share of a fee out of each escrow, and returns the shares.
	fn charge_shares(
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

	/// Sets aside what one dispute can cost.
	pub(crate) fn reserve(terms: &TermsOf<T>, agreement: &mut AgreementOf<T>) -> DispatchResult {
		let amount = Self::dispute_reserve(terms);
		for index in 0..terms.users.len() {
			let share = added_share(agreement.reserved, amount, terms.users.len(), index);
			Self::take(terms, agreement, index, share)?;
		}
		agreement.reserved.saturating_accrue(amount);
		Ok(())
	}

	/// Puts back into the escrows what the disputes that are open now cannot cost.
	pub(crate) fn reserve_less(terms: &TermsOf<T>, agreement: &mut AgreementOf<T>) {
		let needed = Self::dispute_reserve(terms).saturating_mul(agreement.disputes.into());
		let amount = agreement.reserved.saturating_sub(needed);
		Self::unreserve(terms, agreement, amount);
	}

	/// Puts so much of what is reserved back into the escrows.
	fn unreserve(terms: &TermsOf<T>, agreement: &mut AgreementOf<T>, amount: BalanceOf<T>) {
		agreement.reserved.saturating_reduce(amount);
		let (left, users) = (agreement.reserved, terms.users.len());
		for (index, funds) in agreement.funds.iter_mut().enumerate() {
			funds.saturating_accrue(added_share(left, amount, users, index));
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
			Self::release(HoldReason::Escrow, user, share)?;
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
			Self::release(HoldReason::Storage, &party.user, share)?;
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
	fn shares_are_equal_and_add_up_and_only_grow_with_the_total() {
		for users in 1..=8usize {
			let mut before = vec![0; users];
			for total in (0u128..100).chain([1_000_003, u128::MAX]) {
				let shares: Vec<_> = (0..users).map(|i| equal_share(total, users, i)).collect();
				assert_eq!(shares.iter().sum::<u128>(), total);
				assert!(shares[0] - shares[users - 1] <= 1);
				assert!(shares.iter().zip(&before).all(|(now, then)| now >= then));
				before = shares;
			}
		}
	}
}
