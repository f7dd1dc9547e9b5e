//! What other pallets may know of agreements, and do to them.

use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;
use syngraph_primitives::{
	AgreementId, Closing, Fate, Feeds, IntermediaryId, Progress, Roster, SourceVersion, Timestamp,
	WindowIndex,
};

use crate::{Agreements, BalanceOf, Config, Pallet, Terms, TermsOf};

impl<T> syngraph_primitives::Agreements<T::AccountId, BalanceOf<T>, BlockNumberFor<T>> for Pallet<T>
where
	T: Config,
{
	fn terms(agreement: &AgreementId) -> Option<TermsOf<T>> {
		Terms::<T>::get(agreement)
	}

	fn roster(agreement: &AgreementId) -> Option<Roster> {
		let agreement = Agreements::<T>::get(agreement)?;
		agreement.came_into_force().then_some(agreement.roster)
	}

	fn feeds(agreement: &AgreementId) -> Option<Feeds> {
		Some(Agreements::<T>::get(agreement)?.feeds)
	}

	fn version(agreement: &AgreementId) -> Option<SourceVersion> {
		Some(Self::sources(agreement)?.version())
	}

	fn fate(agreement: &AgreementId, window: WindowIndex) -> Fate {
		let sources = Self::sources(agreement);
		sources.map_or(Fate::Dead, |sources| sources.fate(window))
	}

	fn progress(agreement: &AgreementId) -> Option<Progress> {
		Some(Agreements::<T>::get(agreement)?.progress)
	}

	fn times(agreement: &AgreementId) -> (Timestamp, Timestamp) {
		Agreements::<T>::get(agreement).map_or((0, Timestamp::MAX), |agreement| agreement.times)
	}

	fn can_open(agreement: &AgreementId) -> bool {
		let (Some(terms), Some(agreement)) =
			(Terms::<T>::get(agreement), Agreements::<T>::get(agreement))
		else {
			return false;
		};
		Self::check_open(&terms, &agreement).is_ok()
	}

	fn open_dispute(agreement: &AgreementId) -> DispatchResult {
		Self::do_open_dispute(*agreement)
	}

	fn reserve(agreement: &AgreementId) -> BalanceOf<T> {
		let agreement = Agreements::<T>::get(agreement);
		agreement.map_or_else(Default::default, |agreement| agreement.prices.dispute)
	}

	fn ruling_fee(agreement: &AgreementId, convicted: &[IntermediaryId]) -> Option<BalanceOf<T>> {
		let (terms, agreement) = (
			Terms::<T>::get(agreement)?,
			Agreements::<T>::get(agreement)?,
		);
		Self::can_rule(&terms, &agreement, convicted).then(|| Self::price_of_ruling(&terms))
	}

	fn close_dispute(agreement: &AgreementId, closing: &Closing<BalanceOf<T>>) -> DispatchResult {
		Self::do_close_dispute(*agreement, closing)
	}

	fn has_ended(agreement: &AgreementId) -> bool {
		let (Some(terms), Some(agreement)) =
			(Terms::<T>::get(agreement), Agreements::<T>::get(agreement))
		else {
			return true;
		};
		agreement.phase.is_over(&terms.limits, Self::now())
	}
}
