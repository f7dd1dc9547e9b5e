//! `report`: two statements that contradict each other.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{AgreementId, Agreements, SignedMessage, SignedStatement, WindowIndex};
use syngraph_protocol::{conflict, Conflict, Effect};

use crate::{
	authorize::Tag, costs::bytes, Cause, Config, DisputeOf, Disputes, Error, Event, Pallet,
	ValidityError,
};

/// A dispute in which a report has been taken in.
struct Reported<T: Config> {
	dispute: DisputeOf<T>,
	effect: Effect,
	place: Place<T>,
}

/// What a report does to the disputes of an agreement.
// It is looked at and taken apart at once: nothing keeps one.
#[allow(clippy::large_enum_variant)]
enum Place<T: Config> {
	/// It opens the first.
	Opens,
	/// It joins the open one.
	Joins,
	/// It takes the place of an open complaint.
	Replaces(DisputeOf<T>),
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_report(
		left: &SignedStatement,
		right: &SignedStatement,
		heads: &[SignedMessage],
	) -> TransactionValidityWithRefund {
		let Reported { dispute, place, .. } = Self::reported(left, right, heads)?;
		let agreement = dispute.docket.agreement;
		let tag = match place {
			Place::Opens | Place::Replaces(_) => Tag::Dispute(agreement),
			Place::Joins => Tag::Fault(agreement, left.statement.intermediary()),
		};
		let opened = dispute.docket.opened;
		Self::verify_statement(left, opened)?;
		Self::verify_statement(right, opened)?;
		Self::verify_heads(heads)?;
		Self::valid(tag)
	}

	/// Takes a report in, if it proves something that is not known. Looks at no signature.
	///
	/// Members that contradict each other must be about a window that has been sent; who contradicts itself is wrong
	/// about any.
	fn reported(
		left: &SignedStatement,
		right: &SignedStatement,
		heads: &[SignedMessage],
	) -> Result<Reported<T>, ValidityError> {
		let found = conflict(&left.statement, &right.statement).ok_or(ValidityError::NoConflict)?;
		let (agreement, window) = (left.statement.agreement(), left.statement.window());
		let terms = Self::terms(&agreement)?;
		let place = Self::place(&agreement, window, found)?;
		let mut dispute = match &place {
			Place::Joins => Disputes::<T>::get(agreement).ok_or(ValidityError::NotOpen)?,
			_ => Self::fresh(agreement, window, &terms, Cause::Conflict(found))?,
		};
		if is_of_one(found) {
			ensure!(heads.is_empty(), ValidityError::WrongHeads);
		} else {
			Self::check_version(&dispute.docket, &left.statement)?;
			Self::check_heads(&agreement, &terms, window, heads)?;
		}
		let effect = dispute.docket.contest(
			left.clone(),
			right.clone(),
			Self::now(),
			terms.limits.answer,
		)?;
		Ok(Reported {
			dispute,
			effect,
			place,
		})
	}

	/// What a report about a window does, if it can do anything.
	fn place(
		agreement: &AgreementId,
		window: WindowIndex,
		found: Conflict,
	) -> Result<Place<T>, ValidityError> {
		let Some(open) = Disputes::<T>::get(agreement) else {
			let can_open = T::Agreements::can_open(agreement, window);
			ensure!(can_open, ValidityError::CannotOpen);
			return Ok(Place::Opens);
		};
		let same = open.docket.window == window;
		if is_of_one(found) {
			let settled = same && T::Agreements::is_settled(agreement, window);
			ensure!(!settled, ValidityError::Settled);
			return Ok(Place::Joins);
		}
		// What several authors said costs less when it is put on file, and the reserve counts on that.
		ensure!(!same, ValidityError::AlreadyOpen);
		ensure!(open.complainer().is_some(), ValidityError::AlreadyOpen);
		ensure!(Self::may_give_way(&open, window), ValidityError::CannotOpen);
		Ok(Place::Replaces(open))
	}

	pub(crate) fn do_report(
		left: &SignedStatement,
		right: &SignedStatement,
		heads: &[SignedMessage],
	) -> DispatchResult {
		let reported = Self::reported(left, right, heads).map_err(Error::<T>::from)?;
		let fee = Self::report_fee(bytes(&(left, right, heads)));
		let Reported {
			mut dispute,
			effect,
			place,
		} = reported;
		match place {
			Place::Opens => Self::open(dispute, fee),
			Place::Replaces(complaint) => {
				Self::give_way(&complaint)?;
				dispute.spent = complaint.spent;
				Self::open(dispute, fee)
			},
			Place::Joins => {
				Self::deposit_event(Event::Filed {
					agreement: dispute.docket.agreement,
					window: dispute.docket.window,
					intermediary: left.statement.intermediary(),
				});
				Self::spend(&mut dispute, fee);
				Self::update(dispute, effect)
			},
		}
	}
}

/// Whether one member contradicts itself.
fn is_of_one(found: Conflict) -> bool {
	matches!(
		found,
		Conflict::Equivocation { .. } | Conflict::FalseReveal { .. }
	)
}
