//! The calls about offers.

use codec::Encode;
use frame_support::{ensure, traits::Get};
use sp_runtime::{traits::Zero, DispatchResult};
use syngraph_primitives::IntermediaryId;

use crate::{
	BalanceOf, Config, Endpoint, Error, Event, HoldReason, Intermediaries, IntermediaryOf, OfferOf,
	Offers, Pallet,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_publish_offer(
		operator: T::AccountId,
		intermediary: IntermediaryId,
		offer: OfferOf<T>,
	) -> DispatchResult {
		let record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(!record.keys.is_revoked(), Error::<T>::Revoked);
		Self::check_offer(&offer)?;
		let deposit = Self::intermediary_deposit(&record.endpoint, Some(&offer));
		Self::deposit_for_intermediary(intermediary, record, deposit)?;
		Offers::<T>::insert(intermediary, offer);
		Self::deposit_event(Event::OfferPublished { intermediary });
		Ok(())
	}

	pub(crate) fn do_withdraw_offer(
		operator: T::AccountId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let record = Self::intermediary_of(&operator, intermediary)?;
		ensure!(
			Offers::<T>::take(intermediary).is_some(),
			Error::<T>::NoOffer
		);
		let deposit = Self::intermediary_deposit(&record.endpoint, None);
		Self::deposit_for_intermediary(intermediary, record, deposit)?;
		Self::deposit_event(Event::OfferWithdrawn { intermediary });
		Ok(())
	}

	/// The deposit for an intermediary with this endpoint and this offer.
	pub(crate) fn intermediary_deposit(
		endpoint: &Endpoint,
		offer: Option<&OfferOf<T>>,
	) -> BalanceOf<T> {
		let offer = offer.map_or(0, Encode::encoded_size);
		Self::deposit(
			T::IntermediaryDeposit::get(),
			endpoint.len().saturating_add(offer),
		)
	}

	/// Makes the deposit for an intermediary grow or shrink, and stores its record.
	pub(crate) fn deposit_for_intermediary(
		intermediary: IntermediaryId,
		mut record: IntermediaryOf<T>,
		deposit: BalanceOf<T>,
	) -> DispatchResult {
		let (reason, old) = (HoldReason::Intermediary, record.deposit);
		Self::adjust_deposit(reason, &record.operator, old, deposit)?;
		record.deposit = deposit;
		Intermediaries::<T>::insert(intermediary, record);
		Ok(())
	}

	/// Refuses an offer that no terms can fit.
	fn check_offer(offer: &OfferOf<T>) -> Result<(), Error<T>> {
		ensure!(offer.window_messages > 0, Error::InvalidOfferWindowMessages);
		ensure!(!offer.duration.is_zero(), Error::InvalidOfferDuration);
		ensure!(!offer.answer.is_zero(), Error::InvalidOfferAnswer);
		ensure!(offer.agreements > 0, Error::InvalidOfferAgreements);
		ensure!(
			offer.agreements_per_user > 0,
			Error::InvalidOfferAgreementsPerUser
		);
		ensure!(is_set(&offer.qualities), Error::InvalidOfferQualities);
		let users = offer.users.as_ref();
		ensure!(
			users.is_none_or(|users| is_set(users)),
			Error::InvalidOfferUsers
		);
		Ok(())
	}
}

/// Whether a list is not empty and nothing occurs twice in it.
fn is_set<Item: PartialEq>(list: &[Item]) -> bool {
	let mut rest = list;
	while let [first, others @ ..] = rest {
		if others.contains(first) {
			return false;
		}
		rest = others;
	}
	!list.is_empty()
}
