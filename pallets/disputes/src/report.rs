//! `report`: two statements that contradict each other.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{Agreements, IntermediaryId, SignedStatement};
use syngraph_protocol::{conflict, Conflict, Effect};

use crate::{authorize::Tag, Cause, Config, DisputeOf, Disputes, Error, Event, Pallet, Refusal};

/// A dispute in which a report has been taken in.
struct Reported<T: Config> {
	dispute: DisputeOf<T>,
	effect: Effect,
	/// Whether the report opens the dispute.
	opens: bool,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_report(
		left: &SignedStatement,
		right: &SignedStatement,
	) -> TransactionValidityWithRefund {
		let Reported { dispute, opens, .. } = Self::reported(left, right)?;
		let (agreement, window) = (dispute.docket.agreement, dispute.docket.window);
		let tag = match opens {
			true => Tag::Dispute(agreement, window),
			false => {
				Self::check_pay(&agreement, Self::report_fee())?;
				Tag::Fault(agreement, window, left.statement.intermediary())
			},
		};
		let opened = dispute.docket.opened;
		Self::verify_statement(left, opened)?;
		Self::verify_statement(right, opened)?;
		Self::valid(&[tag])
	}

	/// Takes a report in, if it proves something that is not known. Looks at no signature.
	fn reported(left: &SignedStatement, right: &SignedStatement) -> Result<Reported<T>, Refusal> {
		let found = conflict(&left.statement, &right.statement).ok_or(Refusal::NoConflict)?;
		let (agreement, window) = (left.statement.agreement(), left.statement.window());
		let terms = Self::terms(&agreement)?;
		let opens = !Disputes::<T>::contains_key(agreement, window);
		let mut dispute = match opens {
			true => Self::fresh(agreement, window, &terms, Cause::Conflict(found))?,
			false => Self::unsettled(&agreement, window)?,
		};
		// What several authors said costs less when it is put on file, and the reserve counts on that.
		let of_one = matches!(
			found,
			Conflict::Equivocation { .. } | Conflict::FalseReveal { .. }
		);
		ensure!(opens || of_one, Refusal::AlreadyOpen);
		let effect = dispute.docket.contest(
			left.clone(),
			right.clone(),
			Self::now(),
			terms.limits.answer,
		)?;
		Ok(Reported {
			dispute,
			effect,
			opens,
		})
	}

	pub(crate) fn do_report(left: &SignedStatement, right: &SignedStatement) -> DispatchResult {
		let reported = Self::reported(left, right).map_err(Error::<T>::from)?;
		let Reported {
			dispute,
			effect,
			opens,
		} = reported;
		if opens {
			return Self::open(dispute, Self::report_fee());
		}
		Self::pay_and_note(&dispute, left.statement.intermediary(), Self::report_fee())?;
		Self::update(dispute, effect)
	}

	/// Takes the fee for something that is put on file, and tells of it.
	pub(crate) fn pay_and_note(
		dispute: &DisputeOf<T>,
		intermediary: IntermediaryId,
		fee: T::Balance,
	) -> DispatchResult {
		let (agreement, window) = (dispute.docket.agreement, dispute.docket.window);
		T::Agreements::charge(&agreement, fee)?;
		Self::deposit_event(Event::Filed {
			agreement,
			window,
			intermediary,
		});
		Ok(())
	}
}
