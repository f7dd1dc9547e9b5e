//! What disputes do to agreements: reserve what they cost, freeze windows, and close.

use frame_support::ensure;
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Closing, WindowIndex};

use crate::{AgreementOf, BalanceOf, Config, Error, Event, OpenDispute, Pallet, Phase, TermsOf};

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
			agreement.dispute = Some(OpenDispute {
				window,
				frozen: false,
			});
			Ok(())
		})
	}

	pub(crate) fn do_freeze(id: AgreementId, window: WindowIndex) -> DispatchResult {
		Self::with_agreement(&id, |_, agreement| {
			let open = agreement.dispute.as_mut();
			let open = open.filter(|open| open.window == window);
			open.ok_or(Error::<T>::NoDispute)?.frozen = true;
			Ok(())
		})
	}

	/// Freezes a window for good, if it can still be decided.
	fn give_up(id: AgreementId, agreement: &mut AgreementOf<T>, window: WindowIndex) {
		if agreement.progress.decide(window).is_ok() {
			Self::deposit_event(Event::Frozen {
				agreement: id,
				window,
			});
		}
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
		if !closing.reopen {
			// A new roster begins after it, if it is the lowest that is not decided.
			Self::give_up(id, agreement, closing.window);
		}
		let all_left = Self::remove_failed(id, terms, agreement, convicted, absent)?;
		if !all_left {
			Self::give_up(id, agreement, closing.window);
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
