//! How an agreement ends, and how what is left of it is forgotten.

use frame_support::ensure;
use sp_runtime::{traits::Saturating, BoundedVec, DispatchError, DispatchResult};
use syngraph_primitives::{AgreementId, WindowIndex};

use crate::{
	escrow::equal_share, AgreementOf, Agreements, BalanceOf, Config, EndReason, Error, Event,
	Pallet, Phase, Results, Terms, TermsOf,
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
			let all = agreement
				.phase
				.consent(index, terms.users.len(), Self::now())
				.map_err(Error::<T>::from)?;
			Self::deposit_event(Event::Consented {
				agreement: id,
				user,
			});
			if all {
				Self::end(id, terms, agreement, EndReason::Consent)?;
			}
			Ok(())
		})
	}

	pub(crate) fn do_close(id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let reason = agreement.phase.close(&terms.limits, Self::now());
			let reason = reason.map_err(Error::<T>::from)?;
			Self::end(id, terms, agreement, reason)
		})
	}

	/// Ends an agreement whose escrows do not cover what may come. They pay for it. Looked at whenever money
	/// has been spent. Tells whether it ended.
	pub(crate) fn end_if_exhausted(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> Result<bool, DispatchError> {
		let active = matches!(agreement.phase, Phase::Active { .. });
		let exhausted = active && Self::is_exhausted(terms, agreement);
		if exhausted {
			let fee = agreement.prices.ending;
			let (users, funds) = (terms.users.len(), agreement.funds.clone());
			// After a dispute an escrow may hold less than its share.
			Self::charge_shares(terms, agreement, |index| {
				let held = funds.get(index).copied().unwrap_or_default();
				equal_share(fee, users, index).min(held)
			})?;
			Self::end(id, terms, agreement, EndReason::EscrowExhausted)?;
		}
		Ok(exhausted)
	}

	/// Ends an agreement: whoever served it is paid up to now, and whatever it bound is free again, unless a
	/// dispute about it is open.
	pub(crate) fn end(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		reason: EndReason,
	) -> DispatchResult {
		Self::pay_all_retainers(id, terms, agreement);
		let at = Self::now();
		let before = core::mem::replace(&mut agreement.phase, Phase::Ended { reason, at });
		if matches!(before, Phase::Active { .. }) && !agreement.is_bound() {
			Self::deactivate(id, terms, agreement);
		}
		Self::give_back(terms, agreement)?;
		Self::deposit_event(Event::Ended {
			agreement: id,
			reason,
		});
		Ok(())
	}

	pub(crate) fn do_prune(
		id: AgreementId,
		windows: BoundedVec<WindowIndex, T::MaxPrune>,
	) -> DispatchResult {
		let named = windows.len() as u32;
		let removable = Self::with_agreement(&id, |terms, agreement| {
			// While a dispute is open, it must be possible to tell whether its window has settled.
			let undisputed = agreement.dispute.is_none() || named == 0;
			ensure!(undisputed, Error::<T>::Disputed);
			for window in windows {
				Self::drop_result(id, window, terms)?;
			}
			agreement.results.saturating_reduce(named);
			let share = agreement.prices.storage_share.saturating_mul(named.into());
			Self::release_storage(terms, share)?;
			Ok(agreement.is_removable(&terms.limits, Self::now()))
		})?;
		ensure!(removable || named > 0, Error::<T>::NothingToPrune);
		if removable {
			Self::remove(id)?;
		}
		Ok(())
	}

	fn drop_result(id: AgreementId, window: WindowIndex, terms: &TermsOf<T>) -> DispatchResult {
		let result = Results::<T>::take(id, window).ok_or(Error::<T>::NoResult)?;
		let until = result.at.saturating_add(terms.limits.retention);
		ensure!(Self::now() >= until, Error::<T>::Retained);
		Self::deposit_event(Event::Pruned {
			agreement: id,
			window,
		});
		Ok(())
	}

	/// Forgets an agreement.
	fn remove(id: AgreementId) -> DispatchResult {
		let agreement = Agreements::<T>::take(id).ok_or(Error::<T>::NotFound)?;
		Terms::<T>::remove(id);
		Self::release_deposit(&agreement.proposer, agreement.deposit)?;
		Self::deposit_event(Event::Removed { agreement: id });
		Ok(())
	}
}
