//! What other pallets may know of agreements, and do to them.

use sp_runtime::{traits::Saturating, DispatchResult};
use syngraph_primitives::{AgreementId, IntermediaryId, WindowIndex};

use crate::{Agreements, AgreementsOf, BalanceOf, Config, Error, Event, Pallet, Terms};

impl<T: Config> syngraph_primitives::Agreements<BalanceOf<T>> for Pallet<T> {
	fn is_intermediary(agreement: &AgreementId, intermediary: IntermediaryId) -> bool {
		AgreementsOf::<T>::contains_key(intermediary, agreement)
			&& Agreements::<T>::get(agreement)
				.is_some_and(|agreement| agreement.phase.check_in_force(Self::now()).is_ok())
	}

	fn can_freeze(agreement: &AgreementId, window: WindowIndex, fee: BalanceOf<T>) -> bool {
		let (Some(terms), Some(agreement)) =
			(Terms::<T>::get(agreement), Agreements::<T>::get(agreement))
		else {
			return false;
		};
		agreement.phase.check_in_force(Self::now()).is_ok()
			&& agreement.progress.check_freeze(window).is_ok()
			&& Self::covers_freeze(&terms, &agreement, fee)
	}

	fn freeze(id: &AgreementId, window: WindowIndex, fee: BalanceOf<T>) -> DispatchResult {
		Self::with_agreement(id, |terms, agreement| {
			let in_force = agreement.phase.check_in_force(Self::now());
			in_force.map_err(Error::<T>::from)?;
			let frozen = agreement.progress.freeze(window);
			frozen.map_err(Error::<T>::from)?;
			Self::charge(terms, agreement, fee)?;
			Self::deposit_storage(terms, agreement)?;
			agreement.frozen = agreement.frozen.saturating_add(1);
			Self::deposit_event(Event::Frozen {
				agreement: *id,
				window,
			});
			if !Self::covers_settlement(terms, agreement) {
				Self::end_exhausted(*id, terms, agreement)?;
			}
			Ok(())
		})
	}

	fn forget(id: &AgreementId) {
		let forgotten = Self::with_agreement(id, |terms, agreement| {
			if agreement.frozen > 0 {
				agreement.frozen.saturating_reduce(1);
				Self::release_storage(terms, agreement, 1)?;
			}
			Ok(())
		});
		if let Err(error) = forgotten {
			log::error!("nothing to forget about agreement {id:?}: {error:?}");
		}
	}

	fn has_ended(agreement: &AgreementId) -> bool {
		Agreements::<T>::get(agreement).is_none_or(|agreement| agreement.phase.is_over(Self::now()))
	}
}
