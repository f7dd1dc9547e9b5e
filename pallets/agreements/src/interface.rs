//! What other pallets may know of agreements, and do to them.

use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, IntermediaryId, Roster, WindowIndex};

use crate::{Agreements, BalanceOf, Config, Error, Event, Pallet, Results, Terms, TermsOf};

impl<T> syngraph_primitives::Agreements<T::AccountId, BalanceOf<T>, BlockNumberFor<T>> for Pallet<T>
where
	T: Config,
{
	fn terms(agreement: &AgreementId) -> Option<TermsOf<T>> {
		Terms::<T>::get(agreement)
	}

	fn roster(agreement: &AgreementId) -> Option<Roster> {
		let roster = Agreements::<T>::get(agreement)?.roster;
		(!roster.members.is_empty()).then_some(roster)
	}

	fn can_open(agreement: &AgreementId, window: WindowIndex, frozen: bool) -> bool {
		let (Some(terms), Some(agreement)) =
			(Terms::<T>::get(agreement), Agreements::<T>::get(agreement))
		else {
			return false;
		};
		Self::check_open(&terms, &agreement, window, frozen).is_ok()
	}

	fn open_dispute(agreement: &AgreementId, window: WindowIndex, frozen: bool) -> DispatchResult {
		Self::do_open_dispute(*agreement, window, frozen)
	}

	fn freeze(id: &AgreementId, window: WindowIndex) -> DispatchResult {
		Self::with_agreement(id, |_, agreement| {
			ensure!(agreement.disputes > 0, Error::<T>::NoDispute);
			Self::freeze_if_possible(*id, agreement, window)
		})
	}

	fn charge(id: &AgreementId, fee: BalanceOf<T>) -> DispatchResult {
		Self::with_agreement(id, |terms, agreement| {
			ensure!(agreement.is_bound(), Error::<T>::NotActive);
			let shares = Self::charge_reserved(terms, agreement, fee)?;
			Self::deposit_event(Event::Charged {
				agreement: *id,
				shares,
			});
			Ok(())
		})
	}

	fn compensate(
		agreement: &AgreementId,
		user: &T::AccountId,
		payees: &[(T::AccountId, BalanceOf<T>)],
	) {
		let paid = Self::with_agreement(agreement, |terms, agreement| {
			let index = Self::index_of(terms, user)?;
			for (payee, amount) in payees {
				let funds = agreement.funds.get(index).copied().unwrap_or_default();
				Self::pay(terms, agreement, index, payee, funds.min(*amount));
			}
			Ok(())
		});
		if let Err(error) = paid {
			log::error!("nothing to pay from agreement {agreement:?}: {error:?}");
		}
	}

	fn is_settled(agreement: &AgreementId, window: WindowIndex) -> bool {
		Results::<T>::contains_key(agreement, window)
	}

	fn close_dispute(
		agreement: &AgreementId,
		window: WindowIndex,
		failed: &[IntermediaryId],
		reopen: bool,
	) -> DispatchResult {
		Self::do_close_dispute(*agreement, window, failed, reopen)
	}

	fn has_ended(agreement: &AgreementId) -> bool {
		Agreements::<T>::get(agreement).is_none_or(|agreement| agreement.phase.is_over(Self::now()))
	}
}
