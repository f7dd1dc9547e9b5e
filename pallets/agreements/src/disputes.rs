//! What disputes do to agreements: reserve what they cost, freeze windows, and close.

use frame_support::ensure;
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Closing, WindowIndex};

use crate::{AgreementOf, BalanceOf, Config, Error, Event, Pallet, Phase, TermsOf};

impl<T: Config> Pallet<T> {
	/// Whether a dispute about a window can be opened.
	pub(crate) fn check_open(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		window: WindowIndex,
	) -> DispatchResult {
		let in_force = agreement.phase.check_in_force(Self::now());
		in_force.map_err(Error::<T>::from)?;
		ensure!(agreement.dispute.is_none(), Error::<T>::Disputed);
		agreement.progress.check(window).map_err(Error::<T>::from)?;
		ensure!(
			Self::covers_dispute(terms, agreement),
			Error::<T>::EscrowExhausted
		);
		Ok(())
	}

	pub(crate) fn do_open_dispute(id: AgreementId, window: WindowIndex) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			Self::check_open(terms, agreement, window)?;
			Self::deposit_storage(terms, agreement, agreement.prices.dispute_share)?;
			Self::reserve_all(terms, agreement)?;
			agreement.dispute = Some(window);
			Ok(())
		})
	}

	/// Freezes a window, if it can still be decided.
	pub(crate) fn do_freeze(
		id: AgreementId,
		agreement: &mut AgreementOf<T>,
		window: WindowIndex,
	) -> DispatchResult {
		if agreement.progress.decide(window).is_ok() {
			Self::deposit_event(Event::Frozen {
				agreement: id,
				window,
			});
		}
		Ok(())
	}

	pub(crate) fn do_close_dispute(
		id: AgreementId,
		closing: &Closing<BalanceOf<T>>,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			ensure!(agreement.dispute.take().is_some(), Error::<T>::NoDispute);
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

	/// What becomes of an active agreement after a dispute.
	fn go_on(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		closing: &Closing<BalanceOf<T>>,
	) -> DispatchResult {
		let (convicted, absent) = (&closing.convicted, &closing.absent);
		let all_left = Self::remove_failed(id, terms, agreement, convicted, absent)?;
		if !(closing.reopen && all_left) {
			Self::do_freeze(id, agreement, closing.window)?;
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
