//! How an agreement ends, and how what is left of it is forgotten.

use frame_support::{
	dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
	ensure,
};
use sp_runtime::{traits::Saturating, DispatchError, DispatchResult};
use syngraph_primitives::{AgreementId, OnFailure};

use crate::{
	accrual::equal_share, AgreementOf, Agreements, BalanceOf, Config, EndReason, Error, Event,
	Pallet, Phase, Terms, TermsOf, WeightInfo,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_top_up(
		user: T::AccountId,
		id: AgreementId,
		amount: BalanceOf<T>,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let index = Self::index_of(terms, &user)?;
			let in_force = agreement.phase.check_in_force(Self::now());
			in_force.map_err(Error::<T>::from)?;
			Self::put_in(terms, agreement, index, amount)
		})?;
		Self::deposit_event(Event::ToppedUp {
			agreement: id,
			user,
			amount,
		});
		Ok(())
	}

	pub(crate) fn do_give_notice(user: T::AccountId, id: AgreementId) -> DispatchResult {
		let ends = Self::with_agreement(&id, |terms, agreement| {
			Self::index_of(terms, &user)?;
			let ends = agreement.phase.give_notice(&terms.limits, Self::now());
			Ok(ends.map_err(Error::<T>::from)?)
		})?;
		Self::deposit_event(Event::NoticeGiven {
			agreement: id,
			user,
			ends,
		});
		Ok(())
	}

	pub(crate) fn do_consent_to_end(user: T::AccountId, id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let index = Self::index_of(terms, &user)?;
			let consented = agreement
				.phase
				.consent(index, terms.users.len(), Self::now());
			consented.map_err(Error::<T>::from)?;
			Ok(())
		})?;
		Self::deposit_event(Event::Consented {
			agreement: id,
			user,
		});
		Ok(())
	}

	pub(crate) fn do_close(id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let reason = agreement.phase.close(&terms.limits, Self::now());
			let reason = reason.map_err(Error::<T>::from)?;
			// What the chain rules on in the dispute has to settle before.
			let waits = terms.on_failure == OnFailure::Judge && agreement.is_disputed();
			ensure!(!waits, Error::<T>::Disputed);
			Self::end(id, terms, agreement, reason)
		})
	}

	/// Ends an agreement whose escrows do not cover what may come. Looked at whenever money has been spent. Tells
	/// whether it ended.
	pub(crate) fn end_if_exhausted(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> Result<bool, DispatchError> {
		let active = matches!(agreement.phase, Phase::Active { .. });
		let exhausted = active && Self::is_exhausted(terms, agreement);
		if exhausted {
			Self::exhaust(id, terms, agreement)?;
		}
		Ok(exhausted)
	}

	/// Ends an agreement for want of money. The escrows pay for it.
	pub(crate) fn exhaust(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		let mut fee = agreement.prices.ending;
		if !agreement.accrued.is_nothing() {
			fee = fee.saturating_add(agreement.prices.payout);
		}
		// Whoever served it comes first: after a dispute an escrow may hold less than its share of the fee.
		Self::pay_all(id, terms, agreement)?;
		let (users, funds) = (terms.users.len(), agreement.funds.clone());
		Self::charge_shares(terms, agreement, |index| {
			let held = funds.get(index).copied().unwrap_or_default();
			equal_share(fee, users, index).min(held)
		})?;
		Self::end(id, terms, agreement, EndReason::EscrowExhausted)
	}

	/// Ends an agreement: whoever served it is paid up to now, and whatever it bound is free again, unless a
	/// dispute about it is open.
	pub(crate) fn end(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		reason: EndReason,
	) -> DispatchResult {
		Self::pay_all(id, terms, agreement)?;
		let at = Self::now();
		let before = core::mem::replace(&mut agreement.phase, Phase::Ended { reason, at });
		Self::drop_joint_key(&id);
		if matches!(before, Phase::Active { .. }) && !agreement.is_bound() {
			Self::deactivate(id, terms, agreement);
		}
		Self::give_back(terms, agreement)?;
		Self::deposit_event(Event::Ended {
			agreement: id,
			reason,
			rounds: agreement.history.count(),
			root: agreement.history.root(),
		});
		Ok(())
	}

	/// Pays whatever is owed up to now. Nobody may leave before.
	pub(crate) fn pay_all(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		Self::pay_out(id, terms, agreement)?;
		Self::pay_all_retainers(id, terms, agreement);
		Ok(())
	}

	/// Forgets an agreement that has ended, with its rounds, of which nothing but the root is left.
	pub(crate) fn do_forget(id: AgreementId) -> DispatchResultWithPostInfo {
		let terms = Terms::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let agreement = Agreements::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		let removable = agreement.is_removable(&terms.limits, Self::now());
		ensure!(removable, Error::<T>::StillNeeded);
		Self::forget_rounds(id, &terms, &agreement)?;
		let deposit = Self::keep_root(id, &agreement)?;
		Self::release_deposit(&agreement.proposer, deposit)?;
		Agreements::<T>::remove(id);
		Terms::<T>::remove(id);
		Self::deposit_event(Event::Removed { agreement: id });
		let weight = T::WeightInfo::forget(Self::kept(&terms, &agreement));
		Ok(PostDispatchInfo::from(Some(weight)))
	}
}
