//! How a dispute comes about, how it goes on, and how a complaint gives way to a conflict.

use alloc::vec;
use frame_support::{
	dispatch::DispatchResult,
	ensure,
	storage::{with_transaction, TransactionOutcome},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Zero, DispatchError};
use syngraph_primitives::{AgreementId, Agreements, Closing, Statement, WindowIndex};
use syngraph_protocol::{Docket, Effect, Stage};

use crate::{
	Cause, Config, Dispute, DisputeOf, Disputes, Event, Pallet, TermsOf, Trials, ValidityError,
};

impl<T: Config> Pallet<T> {
	/// The open dispute about a window.
	pub(crate) fn about(
		agreement: &AgreementId,
		window: WindowIndex,
	) -> Result<DisputeOf<T>, ValidityError> {
		let dispute = Disputes::<T>::get(agreement);
		let about = dispute.filter(|dispute| dispute.docket.window == window);
		about.ok_or(ValidityError::NotOpen)
	}

	/// The open dispute about a window that has not settled. Once it has, there is nothing to prove.
	pub(crate) fn unsettled(
		agreement: &AgreementId,
		window: WindowIndex,
	) -> Result<DisputeOf<T>, ValidityError> {
		let dispute = Self::about(agreement, window)?;
		let settled = T::Agreements::is_settled(agreement, window);
		ensure!(!settled, ValidityError::Settled);
		Ok(dispute)
	}

	/// A dispute about a window, as it is before anything is on file. Whether it can be opened is another
	/// question.
	pub(crate) fn fresh(
		agreement: AgreementId,
		window: WindowIndex,
		terms: &TermsOf<T>,
		cause: Cause,
	) -> Result<DisputeOf<T>, ValidityError> {
		let roster = T::Agreements::roster(&agreement).ok_or(ValidityError::NotIntermediary)?;
		// Earlier windows are none of its members' concern: they compute from that one on.
		ensure!(window >= roster.since, ValidityError::CannotOpen);
		let version =
			T::Agreements::version(&agreement, window).ok_or(ValidityError::CannotOpen)?;
		let (now, answer) = (Self::now(), terms.limits.answer);
		let docket = Docket::new(agreement, window, version, roster, now, answer);
		Ok(Dispute::new(docket, cause))
	}

	/// Whether a statement is about the same version of a window's sources as a dispute.
	pub(crate) fn check_version(
		docket: &Docket<BlockNumberFor<T>>,
		statement: &Statement,
	) -> Result<(), ValidityError> {
		let other = statement.roster() == docket.roster.number
			&& statement.window() == docket.window
			&& statement.version() != docket.version;
		ensure!(!other, ValidityError::OtherVersion);
		Ok(())
	}

	/// Opens a dispute with what is on file at its beginning, for a fee.
	pub(crate) fn open(mut dispute: DisputeOf<T>, fee: T::Balance) -> DispatchResult {
		let docket = &dispute.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		T::Agreements::open_dispute(&agreement, window)?;
		if docket.stage == Stage::Evidence {
			T::Agreements::freeze(&agreement, window)?;
		}
		Self::deposit_event(Event::Opened {
			agreement,
			window,
			cause: dispute.cause,
			stage: docket.stage,
			deadline: docket.deadline,
		});
		Self::spend(&mut dispute, fee);
		Disputes::<T>::insert(agreement, dispute);
		Ok(())
	}

	/// Adds a fee to what an open dispute costs, see [`Dispute::spend`]. Returns what was added.
	pub(crate) fn spend(dispute: &mut DisputeOf<T>, fee: T::Balance) -> T::Balance {
		let reserve = T::Agreements::reserve(&dispute.docket.agreement);
		dispute.spend(fee, reserve)
	}

	/// Stores a dispute after something had an effect on it.
	pub(crate) fn update(dispute: DisputeOf<T>, effect: Effect) -> DispatchResult {
		let docket = &dispute.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		if effect == Effect::Contested {
			T::Agreements::freeze(&agreement, window)?;
		}
		if effect != Effect::None {
			Self::deposit_event(Event::Advanced {
				agreement,
				window,
				stage: docket.stage,
				deadline: docket.deadline,
			});
		}
		Disputes::<T>::insert(agreement, dispute);
		Ok(())
	}

	/// Whether a complaint may give way to a conflict about another window of its agreement: not once it
	/// waits for its verdict, lest those that did not answer get away.
	pub(crate) fn may_give_way(complaint: &DisputeOf<T>, window: WindowIndex) -> bool {
		let docket = &complaint.docket;
		let gives_way = complaint.complainer().is_some() && Self::now() <= docket.deadline;
		gives_way
			&& with_transaction(|| {
				let left = Self::leave(complaint);
				let can = left.is_ok() && T::Agreements::can_open(&docket.agreement, window);
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(can))
			})
			.unwrap_or(false)
	}

	/// Lets a complaint give way. What it has cost is carried over.
	pub(crate) fn give_way(complaint: &DisputeOf<T>) -> DispatchResult {
		let docket = &complaint.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		Self::leave(complaint)?;
		Self::forget(complaint);
		Self::deposit_event(Event::GaveWay { agreement, window });
		Ok(())
	}

	/// Tells the agreement that a complaint is over, at no cost to anybody and without anybody's failure.
	fn leave(complaint: &DisputeOf<T>) -> DispatchResult {
		let docket = &complaint.docket;
		let users = T::Agreements::terms(&docket.agreement).map_or(0, |terms| terms.users.len());
		let closing = Closing {
			window: docket.window,
			convicted: vec![],
			absent: vec![],
			reopen: true,
			bears: vec![T::Balance::zero(); users],
		};
		T::Agreements::close_dispute(&docket.agreement, &closing)
	}

	/// Forgets everything about a dispute.
	pub(crate) fn forget(dispute: &DisputeOf<T>) {
		let agreement = dispute.docket.agreement;
		Disputes::<T>::remove(agreement);
		let members = dispute.docket.roster.members.len() as u32;
		let _ = Trials::<T>::clear_prefix(agreement, members, None);
	}
}
