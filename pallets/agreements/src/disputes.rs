//! What disputes do to agreements: reserve what they cost, and close.

use frame_support::ensure;
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Closing};

use crate::{AgreementOf, BalanceOf, Config, Error, Event, Pallet, Phase, TermsOf};

impl<T: Config> Pallet<T> {
	/// Whether a dispute about the next round can be opened.
	pub(crate) fn check_open(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> DispatchResult {
		let settling = agreement.phase.check_settling(&terms.limits, Self::now());
		settling.map_err(Error::<T>::from)?;
		ensure!(!agreement.is_disputed(), Error::<T>::Disputed);
		ensure!(
			Self::covers_dispute(terms, agreement),
			Error::<T>::EscrowExhausted
		);
		Ok(())
	}

	pub(crate) fn do_open_dispute(id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			Self::check_open(terms, agreement)?;
			Self::deposit_storage(terms, agreement, agreement.prices.dispute_share)?;
			Self::reserve_all(terms, agreement)?;
			agreement.disputed = Some(Self::now());
			Ok(())
		})
	}

	pub(crate) fn do_close_dispute(
		id: AgreementId,
		closing: &Closing<BalanceOf<T>>,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let open = agreement.disputed.take();
			ensure!(open.is_some(), Error::<T>::NoDispute);
			Self::unreserve_all(agreement);
			let shares = Self::charge_shares(terms, agreement, |index| {
				closing.bears.get(index).copied().unwrap_or_default()
			})?;
			Self::deposit_event(Event::Charged {
				agreement: id,
				shares,
			});
			Self::return_deposit(terms, agreement, agreement.prices.dispute_share)?;
			match agreement.phase {
				Phase::Active { .. } => Self::go_on(id, terms, agreement, closing),
				_ => Self::finish(id, terms, agreement),
			}
		})
	}

	/// What becomes of an active agreement after a dispute: a ruling settles if there is one, and those leave that
	/// failed or may leave by now. If it goes on, all commit anew to what has not settled, with other secrets than
	/// those that the dispute may have brought to light.
	fn go_on(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		closing: &Closing<BalanceOf<T>>,
	) -> DispatchResult {
		if let Some(ruling) = &closing.ruling {
			Self::settle_ruling(id, terms, agreement, ruling, &closing.convicted)?;
		}
		Self::release_due_spares(id, terms, agreement)?;
		if Self::remove_failed(id, terms, agreement, &closing.convicted, &closing.absent)? {
			Self::release_due_members(id, terms, agreement)?;
			Self::renew_roster(id, agreement);
		}
		Self::end_if_exhausted(id, terms, agreement)?;
		Ok(())
	}

	/// Gives back what an ended agreement kept for its dispute. From then on it needs nobody any more.
	fn finish(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		Self::deactivate(id, terms, agreement);
		Self::give_back(terms, agreement)
	}
}
