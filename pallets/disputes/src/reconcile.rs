//! `reconcile`: the users settle a dispute among themselves.

use frame_support::{dispatch::DispatchResult, ensure};
use syngraph_primitives::{AgreementId, RosterNumber};

use crate::{closing::Ground, Config, Disputes, Error, Event, Pallet};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_reconcile(
		user: T::AccountId,
		agreement: AgreementId,
		roster: RosterNumber,
	) -> DispatchResult {
		let mut dispute = Self::dispute_of(&agreement).map_err(Error::<T>::from)?;
		let same = dispute.docket.roster.number == roster;
		ensure!(same, Error::<T>::NotOpen);
		let terms = Self::terms(&agreement).map_err(Error::<T>::from)?;
		let index = terms.user_index(&user).ok_or(Error::<T>::NotAUser)?;
		let bit = user_bit(index);
		ensure!(dispute.consents & bit == 0, Error::<T>::AlreadyConsented);
		dispute.consents |= bit;
		let first = dispute.docket.first;
		Self::deposit_event(Event::Consented {
			agreement,
			first,
			user,
		});
		let all = (0..terms.users.len()).all(|user| dispute.consents & user_bit(user) != 0);
		if !all {
			Disputes::<T>::insert(agreement, dispute);
			return Ok(());
		}
		Self::close(&dispute, &Default::default(), Ground::Consent, None)?;
		Self::deposit_event(Event::Reconciled { agreement, first });
		Ok(())
	}
}

/// The bit that stands for the user at `index`. There are no more than eight.
fn user_bit(index: usize) -> u8 {
	1u8.checked_shl(index as u32).unwrap_or(0)
}
