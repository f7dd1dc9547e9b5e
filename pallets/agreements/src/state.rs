//! How calls reach the state of the chain.

use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchError;
use syngraph_primitives::{AgreementId, GenesisHash};

use crate::{AgreementOf, Agreements, Config, Error, Pallet, Terms, TermsOf};

impl<T: Config> Pallet<T> {
	/// Changes an agreement: loads it with its terms, lets `change` work on it, and stores it again.
	pub(crate) fn with_agreement<R>(
		id: &AgreementId,
		change: impl FnOnce(&TermsOf<T>, &mut AgreementOf<T>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		let terms = Terms::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		Agreements::<T>::try_mutate(id, |agreement| {
			change(&terms, agreement.as_mut().ok_or(Error::<T>::NotFound)?)
		})
	}

	/// The place of `user` among the users of the terms.
	pub(crate) fn index_of(terms: &TermsOf<T>, user: &T::AccountId) -> Result<usize, Error<T>> {
		terms.user_index(user).ok_or(Error::<T>::NotAUser)
	}

	/// The current block.
	pub(crate) fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	/// The hash of the chain's first block.
	pub(crate) fn genesis() -> GenesisHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default())
	}
}
