//! Operators' notices: how they are given, and how those leave whose notice has run out.

use alloc::vec::Vec;
use frame_support::ensure;
use sp_runtime::{traits::Saturating, DispatchResult};
use syngraph_primitives::{AgreementId, IntermediaryId};

use crate::{roster::is_bound, AgreementOf, Config, Error, Event, Pallet, Resignation, TermsOf};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_resign(
		operator: T::AccountId,
		id: AgreementId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		Self::ensure_operator(&operator, intermediary)?;
		let due = Self::with_agreement(&id, |terms, agreement| {
			let in_force = agreement.phase.check_in_force(Self::now());
			in_force.map_err(Error::<T>::from)?;
			ensure!(
				is_bound::<T>(terms, agreement, intermediary),
				Error::<T>::NotBound
			);
			let mut known = agreement.resignations.iter();
			ensure!(
				known.all(|known| known.intermediary != intermediary),
				Error::<T>::AlreadyResigned
			);
			let due = Self::now().saturating_add(terms.limits.notice);
			let resignation = Resignation { intermediary, due };
			let noted = agreement.resignations.try_push(resignation);
			noted.map_err(|_| Error::<T>::AlreadyResigned)?;
			Ok(due)
		})?;
		Self::deposit_event(Event::Resigned {
			agreement: id,
			intermediary,
			due,
		});
		Ok(())
	}

	pub(crate) fn do_release(id: AgreementId, intermediary: IntermediaryId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let mut known = agreement.resignations.iter();
			let resignation = known.find(|known| known.intermediary == intermediary);
			let due = resignation.ok_or(Error::<T>::NotResigned)?.due;
			ensure!(Self::now() >= due, Error::<T>::NoticeRunning);
			Self::dismiss(id, terms, agreement, intermediary)
		})
	}

	/// Releases the spares whose notice has run out, when a dispute closes, before those leave that failed in it: they
	/// do not step in any more.
	///
	/// Nobody has to ask for it. Else members could complain again in the block of the verdict, before anybody comes to
	/// `release`, and so keep whoever has resigned bound from one dispute to the next.
	pub(crate) fn release_due_spares(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		let mut due = Self::due(agreement);
		due.retain(|intermediary| agreement.roster.place(*intermediary).is_none());
		Self::release_all(id, terms, agreement, &due)?;
		Ok(())
	}

	/// Releases the members whose notice has run out, when a dispute closes, once those are gone that failed in it.
	pub(crate) fn release_due_members(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		for member in Self::due(agreement) {
			if Self::is_needed(terms, agreement, member) {
				// If this is the last block already, it is so for this one, too.
				let _ = Self::wind_up(id, agreement, member);
			} else {
				Self::release_all(id, terms, agreement, &[member])?;
			}
		}
		Ok(())
	}

	/// Those whose notice has run out. After the last block of the agreement nobody leaves any more.
	pub(crate) fn due(agreement: &AgreementOf<T>) -> Vec<IntermediaryId> {
		let now = Self::now();
		if agreement.phase.check_in_force(now).is_err() {
			return Vec::new();
		}
		let due = agreement
			.resignations
			.iter()
			.filter(|known| known.due <= now);
		due.map(|known| known.intermediary).collect()
	}
}
