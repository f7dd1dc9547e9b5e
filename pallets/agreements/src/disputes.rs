//! What disputes do to agreements: reserve what they cost, freeze windows, and let spares step in.

use frame_support::ensure;
use sp_runtime::{traits::Saturating, DispatchResult};
use syngraph_primitives::{AgreementId, Directory, IntermediaryId, OnFailure, WindowIndex};

use crate::{AgreementOf, Config, EndReason, Error, Event, Pallet, Phase, TermsOf};

impl<T: Config> Pallet<T> {
	/// Whether a dispute about a window can be opened, and the window frozen at once if so asked.
	pub(crate) fn check_open(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		window: WindowIndex,
		frozen: bool,
	) -> DispatchResult {
		let in_force = agreement.phase.check_in_force(Self::now());
		in_force.map_err(Error::<T>::from)?;
		let undecided = match frozen {
			true => agreement.progress.check_freeze(window),
			false => agreement.progress.check(window),
		};
		undecided.map_err(Error::<T>::from)?;
		ensure!(
			Self::covers_dispute(terms, agreement),
			Error::<T>::EscrowExhausted
		);
		Ok(())
	}

	pub(crate) fn do_open_dispute(
		id: AgreementId,
		window: WindowIndex,
		frozen: bool,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			Self::check_open(terms, agreement, window, frozen)?;
			Self::deposit_storage(terms, agreement, agreement.dispute_share)?;
			Self::reserve(terms, agreement)?;
			agreement.disputes.saturating_inc();
			if frozen {
				Self::do_freeze(id, agreement, window)?;
			}
			Ok(())
		})
	}

	pub(crate) fn do_freeze(
		id: AgreementId,
		agreement: &mut AgreementOf<T>,
		window: WindowIndex,
	) -> DispatchResult {
		let frozen = agreement.progress.freeze(window);
		frozen.map_err(Error::<T>::from)?;
		Self::deposit_event(Event::Frozen {
			agreement: id,
			window,
		});
		Ok(())
	}

	/// Freezes a window about which a dispute is open, if it can still be frozen.
	///
	/// What is decided already stays so: settlements may have made the window too old meanwhile. If too many
	/// windows are frozen this far ahead, it stays open: the signatures of all could still settle it.
	pub(crate) fn freeze_if_possible(
		id: AgreementId,
		agreement: &mut AgreementOf<T>,
		window: WindowIndex,
	) -> DispatchResult {
		match agreement.progress.check_freeze(window) {
			Ok(()) => Self::do_freeze(id, agreement, window),
			Err(_) => Ok(()),
		}
	}

	pub(crate) fn do_close_dispute(
		id: AgreementId,
		window: WindowIndex,
		failed: &[IntermediaryId],
		reopen: bool,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let left = agreement.disputes.checked_sub(1);
			agreement.disputes = left.ok_or(Error::<T>::NoDispute)?;
			Self::return_deposit(terms, agreement, agreement.dispute_share)?;
			Self::reserve_less(terms, agreement);
			match agreement.phase {
				Phase::Active { .. } => Self::go_on(id, terms, agreement, window, failed, reopen),
				_ => Self::let_go(id, terms, agreement),
			}
		})
	}

	/// What becomes of an active agreement after a dispute about a window in which members failed.
	fn go_on(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		window: WindowIndex,
		failed: &[IntermediaryId],
		reopen: bool,
	) -> DispatchResult {
		let replaced = Self::replace(id, terms, agreement, window, failed);
		if !(reopen && replaced) {
			Self::freeze_if_possible(id, agreement, window)?;
		}
		if !replaced && terms.on_failure == OnFailure::End {
			Self::end(id, terms, agreement, EndReason::Failure)?;
		}
		Ok(())
	}

	/// Gives back what an ended agreement kept for a dispute. After the last one it needs nobody any more.
	fn let_go(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		if !agreement.is_bound() {
			Self::deactivate(id, terms);
		}
		Self::give_back(terms, agreement)
	}

	/// Lets spares step in for members that failed. Tells whether none of them is a member any more.
	fn replace(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		window: WindowIndex,
		failed: &[IntermediaryId],
	) -> bool {
		let number = agreement.roster.number.saturating_add(1);
		let mut all_replaced = true;
		for failed in failed {
			// Another dispute may have been quicker to replace it.
			let Some(place) = agreement.roster.place(*failed) else {
				continue;
			};
			let Some(spare) = Self::step_in(terms, agreement, place) else {
				all_replaced = false;
				continue;
			};
			agreement.roster.number = number;
			agreement.roster.since = window;
			Self::deposit_event(Event::SteppedIn {
				agreement: id,
				failed: *failed,
				spare,
				roster: number,
			});
		}
		all_replaced
	}

	/// Gives the place of a roster to the next spare of the user to whom it belongs, if there is one.
	fn step_in(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		place: usize,
	) -> Option<IntermediaryId> {
		let user = terms.user_of_place(place)?;
		let used = agreement.spares_used.get_mut(user)?;
		let member = agreement.roster.members.get_mut(place)?;
		for spare in terms.users.get(user)?.spares.iter().skip((*used).into()) {
			used.saturating_inc();
			// One whose key was revoked could sign nothing.
			if T::Directory::intermediary_key(*spare, Self::now()).is_some() {
				*member = *spare;
				return Some(*spare);
			}
		}
		None
	}
}
