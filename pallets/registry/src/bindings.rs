//! How intermediaries are bound to agreements, and what these can take from their bonds.
//!
//! At all times, what an intermediary is liable for is the sum of what its bindings are, and its bond covers
//! it: a binding is only made if the bond covers it on top of the others, only what is above them is
//! unbonded, and whatever is taken for an agreement makes the bond and the binding smaller alike.

use alloc::vec::Vec;
use frame_support::{
	ensure,
	storage::with_storage_layer,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude::Force, Precision::BestEffort, Restriction::Free},
		Get, Imbalance, OnUnbalanced,
	},
};
use sp_runtime::{
	traits::{CheckedAdd, Saturating, Zero},
	DispatchResult,
};
use syngraph_primitives::{AgreementId, Binding, IntermediaryId};

use crate::{
	BalanceOf, Bindings, Bound, BoundOf, Config, Error, Event, HoldReason, Intermediaries,
	IntermediaryOf, Named, Offers, Pallet,
};

impl<T: Config> Pallet<T> {
	/// See [`Directory::bind`](syngraph_primitives::Directory::bind).
	pub(crate) fn do_bind(
		binding: &Binding<T::AccountId>,
		liability: BalanceOf<T>,
	) -> DispatchResult {
		let Binding {
			agreement,
			intermediary,
			user,
			consented,
		} = binding;
		let mut record = Intermediaries::<T>::get(intermediary).ok_or(Error::<T>::NotRegistered)?;
		ensure!(!record.keys.is_revoked(), Error::<T>::Revoked);
		ensure!(
			!Bindings::<T>::contains_key(intermediary, agreement),
			Error::<T>::AlreadyBound
		);
		let named = Named::<T>::get(intermediary, user);
		Self::ensure_welcome(*intermediary, record.uses, named, *consented)?;
		record.liable = record
			.liable
			.checked_add(&liability)
			.filter(|liable| *liable <= record.bond)
			.ok_or(Error::<T>::BondTooSmall)?;
		record.uses.saturating_inc();
		Self::allow_publication(&record);
		Intermediaries::<T>::insert(intermediary, record);
		Named::<T>::insert(intermediary, user, named.saturating_add(1));
		let user = user.clone();
		Bindings::<T>::insert(intermediary, agreement, Bound { user, liability });
		Ok(())
	}

	/// Refuses one more agreement if the chain does not allow it to an intermediary that is bound to `uses`
	/// agreements already, or, without its operator's consent, if its offer does not allow it to a user that
	/// names it in `named` of them.
	fn ensure_welcome(
		intermediary: IntermediaryId,
		uses: u32,
		named: u32,
		consented: bool,
	) -> Result<(), Error<T>> {
		ensure!(uses < T::MaxAgreements::get(), Error::TooManyAgreements);
		if !consented {
			let offer = Offers::<T>::get(intermediary).ok_or(Error::NoOffer)?;
			ensure!(uses < offer.agreements, Error::TooManyAgreements);
			ensure!(named < offer.agreements_per_user, Error::TooManyOfUser);
		}
		Ok(())
	}

	/// See [`Directory::release`](syngraph_primitives::Directory::release).
	pub(crate) fn do_release(agreement: &AgreementId, intermediary: IntermediaryId) {
		let Some(bound) = Bindings::<T>::take(intermediary, agreement) else {
			return;
		};
		Named::<T>::mutate_exists(intermediary, &bound.user, |named| {
			*named = named
				.and_then(|count| count.checked_sub(1))
				.filter(|count| *count > 0);
		});
		Intermediaries::<T>::mutate_extant(intermediary, |record| {
			record.uses.saturating_dec();
			record.liable.saturating_reduce(bound.liability);
			Self::allow_publication(record);
		});
	}

	/// See [`Directory::slash`](syngraph_primitives::Directory::slash).
	pub(crate) fn do_slash(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		payees: &[(T::AccountId, BalanceOf<T>)],
	) -> Vec<BalanceOf<T>> {
		let pay = |operator: &T::AccountId, liability: &mut BalanceOf<T>| -> Vec<BalanceOf<T>> {
			let paid = payees.iter().map(|(payee, amount)| {
				let paid = Self::pay(operator, payee, (*amount).min(*liability));
				liability.saturating_reduce(paid);
				paid
			});
			paid.collect()
		};
		let taken = Self::take(agreement, intermediary, pay);
		let Some((paid, amount)) = taken else {
			return payees.iter().map(|_| Zero::zero()).collect();
		};
		if !amount.is_zero() {
			Self::deposit_event(Event::Slashed {
				intermediary,
				agreement: *agreement,
				amount,
			});
		}
		paid
	}

	/// See [`Directory::charge`](syngraph_primitives::Directory::charge).
	pub(crate) fn do_charge(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		fee: BalanceOf<T>,
	) -> BalanceOf<T> {
		let charge = |operator: &T::AccountId, liability: &mut BalanceOf<T>| {
			let fee = fee.min(*liability);
			let (credit, _) = T::Currency::slash(&HoldReason::Bond.into(), operator, fee);
			liability.saturating_reduce(credit.peek());
			T::Fees::on_unbalanced(credit);
		};
		let taken = Self::take(agreement, intermediary, charge);
		let fee = taken.map_or_else(Zero::zero, |(_, fee)| fee);
		if !fee.is_zero() {
			Self::deposit_event(Event::Charged {
				intermediary,
				agreement: *agreement,
				fee,
			});
		}
		fee
	}

	/// Takes from the bond of an intermediary what an agreement can take: `by` takes it out of what is held
	/// from the operator, and makes the liability as much smaller. Returns what it did, and how much it took;
	/// nothing if the intermediary is not bound to the agreement.
	fn take<R>(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		by: impl FnOnce(&T::AccountId, &mut BalanceOf<T>) -> R,
	) -> Option<(R, BalanceOf<T>)> {
		let mut record: IntermediaryOf<T> = Intermediaries::<T>::get(intermediary)?;
		let mut bound: BoundOf<T> = Bindings::<T>::get(intermediary, agreement)?;
		let before = bound.liability;
		let done = by(&record.operator, &mut bound.liability);
		let taken = before.saturating_sub(bound.liability);
		record.bond.saturating_reduce(taken);
		record.liable.saturating_reduce(taken);
		Bindings::<T>::insert(intermediary, agreement, bound);
		Intermediaries::<T>::insert(intermediary, record);
		Some((done, taken))
	}

	/// Pays `amount` from what is held from an operator as bonds. Returns how much.
	fn pay(operator: &T::AccountId, payee: &T::AccountId, amount: BalanceOf<T>) -> BalanceOf<T> {
		if amount.is_zero() {
			return amount;
		}
		let reason = HoldReason::Bond.into();
		// Forced, so that an operator cannot keep its bond by having it frozen for something else. A
		// transfer that fails may have done half of what it should.
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(&reason, operator, payee, amount, BestEffort, Free, Force)
		})
		.unwrap_or_default()
	}
}
