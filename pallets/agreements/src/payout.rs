//! How what has accrued is paid out: fees, rewards, and what the reactions moved.

use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
	ensure,
	weights::Weight,
};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError, DispatchResult,
};
use syngraph_primitives::{AgreementId, Directory, IntermediaryId};

use crate::{
	accrual::{Due, Receiver},
	AgreementOf, BalanceOf, Config, Error, Event, Pallet, Phase, TermsOf, WeightInfo,
};

/// A payout that is under way.
struct Payout<'a, T: Config> {
	id: AgreementId,
	terms: &'a TermsOf<T>,
	agreement: &'a mut AgreementOf<T>,
	/// What members have received.
	rewards: BalanceOf<T>,
	/// What users have received.
	transfers: BalanceOf<T>,
}

impl<T: Config> Pallet<T> {
	/// Pays out what has accrued, as somebody asked who pays for it.
	pub(crate) fn do_payout(id: AgreementId) -> DispatchResultWithPostInfo {
		let weight = Self::with_agreement(&id, |terms, agreement| {
			let active = matches!(agreement.phase, Phase::Active { .. });
			ensure!(active, Error::<T>::NotActive);
			ensure!(!agreement.accrued.is_nothing(), Error::<T>::NothingAccrued);
			Self::pay_out(id, terms, agreement)?;
			Ok(Self::payout_weight(terms))
		})?;
		Ok(PostDispatchInfo::from(Some(weight)))
	}

	/// Pays out what has accrued, if anything has. What cannot be received stays in escrow.
	///
	/// The members are those that earned it: whoever changes the roster pays out before. So one that lies about a
	/// window is still paid for those that settled before.
	pub(crate) fn pay_out(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		let members = agreement.roster.members.clone();
		Self::pay_out_to(id, terms, agreement, &members)
	}

	/// Pays out what has accrued, if only these members have earned it.
	pub(crate) fn pay_out_to(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		members: &[IntermediaryId],
	) -> DispatchResult {
		let accrued = agreement.accrued.take();
		if accrued.is_nothing() {
			return Ok(());
		}
		let before = agreement.funds.clone();
		Self::charge_escrows(terms, agreement, accrued.fees)?;
		let dues = accrued.dues(terms, members);
		let mut payout = Payout::<T> {
			id,
			terms,
			agreement: &mut *agreement,
			rewards: Zero::zero(),
			transfers: Zero::zero(),
		};
		for due in dues {
			payout.pay(due);
		}
		Self::deposit_event(Event::PaidOut {
			agreement: id,
			windows: accrued.windows,
			rewards: payout.rewards,
			transfers: payout.transfers,
			fees: accrued.fees,
		});
		let taken = before.iter().zip(&agreement.funds);
		for (paid, (before, after)) in agreement.paid.iter_mut().zip(taken) {
			paid.saturating_accrue(before.saturating_sub(*after));
		}
		agreement.paid_at = Self::now();
		Ok(())
	}

	/// Pays out what has accrued, at the users' cost, if the interval of the terms has passed since it was done last.
	/// Tells whether it did.
	pub(crate) fn pay_out_if_due(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> Result<bool, DispatchError> {
		let due = agreement.paid_at.saturating_add(terms.limits.payout) <= Self::now();
		if due {
			agreement.accrued.charge(agreement.prices.payout);
			Self::pay_out(id, terms, agreement)?;
		}
		Ok(due)
	}

	/// What each user owes, in the order of the terms.
	pub(crate) fn owed(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Vec<BalanceOf<T>> {
		agreement.accrued.owed(terms, &agreement.roster.members)
	}

	/// What a payout under these terms weighs at most.
	pub(crate) fn payout_weight(terms: &TermsOf<T>) -> Weight {
		T::WeightInfo::payout(
			terms.intermediaries().count() as u32,
			terms.users.len() as u32,
			terms.reaction.len() as u32,
		)
	}
}

impl<T: Config> Payout<'_, T> {
	fn pay(&mut self, due: Due<BalanceOf<T>>) {
		match due.to {
			Receiver::Member(member) => self.reward(due.from, member, due.amount),
			Receiver::User(to) => self.transfer(due.from, to, due.amount),
		}
	}

	fn reward(&mut self, from: usize, intermediary: IntermediaryId, amount: BalanceOf<T>) {
		// An intermediary of an active agreement is registered, so it has an operator.
		let Some(operator) = T::Directory::operator(intermediary) else {
			return;
		};
		if self.pay_to(from, &operator, amount) {
			self.rewards.saturating_accrue(amount);
			Pallet::<T>::deposit_event(Event::Rewarded {
				agreement: self.id,
				intermediary,
				operator,
				amount,
			});
		}
	}

	fn transfer(&mut self, from: usize, to: usize, amount: BalanceOf<T>) {
		let users = &self.terms.users;
		let (Some(payer), Some(payee)) = (users.get(from), users.get(to)) else {
			return;
		};
		if self.pay_to(from, &payee.user, amount) {
			self.transfers.saturating_accrue(amount);
			Pallet::<T>::deposit_event(Event::Paid {
				agreement: self.id,
				from: payer.user.clone(),
				to: payee.user.clone(),
				amount,
			});
		}
	}

	/// Pays from the escrow of the user at `index`, and says so if that is not possible.
	fn pay_to(&mut self, index: usize, to: &T::AccountId, amount: BalanceOf<T>) -> bool {
		let paid = Pallet::<T>::pay(self.terms, self.agreement, index, to, amount);
		if let (false, Some(party)) = (paid, self.terms.users.get(index)) {
			Pallet::<T>::deposit_event(Event::Unpaid {
				agreement: self.id,
				from: party.user.clone(),
				to: to.clone(),
				amount,
			});
		}
		paid
	}
}
