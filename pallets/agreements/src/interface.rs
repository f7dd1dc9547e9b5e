//! What other pallets may know of agreements, and do to them.

use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;
use syngraph_primitives::{
	AgreementId, Closing, Feeds, Roster, SourceVersion, Timestamp, WindowIndex,
};

use crate::{Agreements, BalanceOf, Config, Pallet, Results, Terms, TermsOf};

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

	fn feeds(agreement: &AgreementId) -> Option<Feeds> {
		Some(Agreements::<T>::get(agreement)?.feeds)
	}

	fn version(agreement: &AgreementId, window: WindowIndex) -> Option<SourceVersion> {
		let terms = Terms::<T>::get(agreement)?;
		Self::version_of(&terms, &Agreements::<T>::get(agreement)?, window)
	}

	fn times(agreement: &AgreementId) -> (Timestamp, Timestamp) {
		Agreements::<T>::get(agreement).map_or((0, Timestamp::MAX), |agreement| agreement.times)
	}

	fn can_open(agreement: &AgreementId, window: WindowIndex) -> bool {
		let (Some(terms), Some(agreement)) =
			(Terms::<T>::get(agreement), Agreements::<T>::get(agreement))
		else {
			return false;
		};
		Self::check_open(&terms, &agreement, window).is_ok()
	}

	fn open_dispute(agreement: &AgreementId, window: WindowIndex) -> DispatchResult {
		Self::do_open_dispute(*agreement, window)
	}

	fn freeze(id: &AgreementId, window: WindowIndex) -> DispatchResult {
		Self::do_freeze(*id, window)
	}

	fn reserve(agreement: &AgreementId) -> BalanceOf<T> {
		let agreement = Agreements::<T>::get(agreement);
		agreement.map_or_else(Default::default, |agreement| agreement.prices.dispute)
	}

	fn is_settled(agreement: &AgreementId, window: WindowIndex) -> bool {
		Results::<T>::contains_key(agreement, window)
	}

	fn close_dispute(agreement: &AgreementId, closing: &Closing<BalanceOf<T>>) -> DispatchResult {
		Self::do_close_dispute(*agreement, closing)
	}

	fn has_ended(agreement: &AgreementId) -> bool {
		Agreements::<T>::get(agreement).is_none_or(|agreement| agreement.phase.is_over(Self::now()))
	}
}
