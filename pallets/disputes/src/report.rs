//! `report`: two utterances that contradict each other.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::Utterance;
use syngraph_protocol::{conflict, Conflict, Effect};

use crate::{
	authorize::Tag, costs::bytes, Cause, Config, DisputeOf, Error, Event, Pallet, TermsOf,
	ValidityError,
};

/// A dispute in which a report has been taken in.
struct Reported<T: Config> {
	dispute: DisputeOf<T>,
	effect: Effect,
	/// Whether the dispute was open before.
	joins: bool,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_report(
		left: &Utterance,
		right: &Utterance,
	) -> TransactionValidityWithRefund {
		let Reported { dispute, joins, .. } = Self::reported(left, right)?;
		let agreement = dispute.docket.agreement;
		let tag = match joins {
			false => Tag::Dispute(agreement),
			true => Tag::Fault(agreement, left.author()),
		};
		let since = Self::looks_back(&dispute.docket)?;
		Self::verify_utterance(left, since)?;
		Self::verify_utterance(right, since)?;
		Self::valid(tag)
	}

	/// Takes a report in, if it proves something that is not known. Looks at no signature.
	///
	/// Members that contradict each other must do so about the round that is to settle next; who contradicts itself is
	/// wrong about any, be it the one of an open dispute that has settled meanwhile.
	fn reported(left: &Utterance, right: &Utterance) -> Result<Reported<T>, ValidityError> {
		let found = conflict(left, right).ok_or(ValidityError::NoConflict)?;
		let round = &left.span().round;
		let terms = Self::terms(&round.agreement)?;
		let open = Self::of(&round.agreement);
		let joins = open.is_some();
		let mut dispute = match open {
			Some(open) => {
				// What several authors said costs less when it is put on file, and the reserve counts on that.
				ensure!(is_of_one(found), ValidityError::AlreadyOpen);
				open
			},
			None => Self::opened_by(left, right, &terms, found)?,
		};
		Self::check_length(left, &terms)?;
		Self::check_length(right, &terms)?;
		let answer = terms.limits.answer;
		let (left, right) = (left.clone(), right.clone());
		let docket = &mut dispute.docket;
		let effect = docket.contest(left, right, Self::now(), answer)?;
		Ok(Reported {
			dispute,
			effect,
			joins,
		})
	}

	/// The dispute that is opened by what was said of a round.
	fn opened_by(
		left: &Utterance,
		right: &Utterance,
		terms: &TermsOf<T>,
		found: Conflict,
	) -> Result<DisputeOf<T>, ValidityError> {
		let round = &left.span().round;
		let cause = Cause::Conflict {
			conflict: found,
			authors: [left.author(), right.author()],
		};
		let dispute = Self::fresh(round.agreement, terms, cause)?;
		let docket = &dispute.docket;
		// Nobody looks back at what is decided for that alone.
		ensure!(round.first >= docket.first, ValidityError::CannotOpen);
		if !is_of_one(found) {
			Self::check_version(docket, round)?;
		}
		Ok(dispute)
	}

	pub(crate) fn do_report(left: &Utterance, right: &Utterance) -> DispatchResult {
		let reported = Self::reported(left, right).map_err(Error::<T>::from)?;
		let fee = Self::report_fee(bytes(&(left, right)));
		let Reported {
			mut dispute,
			effect,
			joins,
		} = reported;
		if !joins {
			return Self::begin(dispute, fee);
		}
		Self::deposit_event(Event::Filed {
			agreement: dispute.docket.agreement,
			first: dispute.docket.first,
			intermediary: left.author(),
		});
		Self::spend(&mut dispute, fee);
		Self::update(dispute, effect);
		Ok(())
	}
}

/// Whether one member contradicts itself.
fn is_of_one(found: Conflict) -> bool {
	matches!(found, Conflict::Equivocation { .. })
}
