//! `file`: what a member signed is put on file.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::sr25519;
use syngraph_primitives::{Settlement, SignedStatement, Statement};
use syngraph_protocol::{settlement_of, Docket, Effect};

use crate::{authorize::Tag, costs::bytes, Config, DisputeOf, Error, Event, Pallet, ValidityError};

/// A dispute in which a statement has been taken in.
struct Filed<T: Config> {
	dispute: DisputeOf<T>,
	effect: Effect,
	/// What the author's assent must be a signature over.
	settlement: Option<Settlement>,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_file(
		signed: &SignedStatement,
		assent: &Option<sr25519::Signature>,
	) -> TransactionValidityWithRefund {
		let filed = Self::filed(signed, assent)?;
		let opened = filed.dispute.docket.opened;
		Self::verify_statement(signed, opened)?;
		if let (Some(settlement), Some(assent)) = (&filed.settlement, assent) {
			let author = signed.statement.intermediary();
			Self::verify_payload(settlement, assent, author, opened)?;
		}
		Self::valid(Tag::of(&signed.statement))
	}

	/// Takes a statement in, if it says something that is not on file. Looks at no signature.
	fn filed(
		signed: &SignedStatement,
		assent: &Option<sr25519::Signature>,
	) -> Result<Filed<T>, ValidityError> {
		let statement = &signed.statement;
		let (agreement, window) = (statement.agreement(), statement.window());
		let mut dispute = Self::unsettled(&agreement, window)?;
		let answer = Self::terms(&agreement)?.limits.answer;
		let docket = &mut dispute.docket;
		let now = Self::now();
		Self::check_version(docket, statement)?;
		let place = docket.check(statement, now)?;
		let effect = docket.file(signed.clone(), *assent, now, answer)?;
		let proven = docket
			.testimonies
			.get(place)
			.is_some_and(|testimony| testimony.fault.is_some());
		let settlement = match proven {
			// What proves its author wrong counts without an assent, whether there is one or not.
			true => None,
			false => Self::owed(docket, place, statement)?,
		};
		let fits = proven || assent.is_some() == settlement.is_some();
		ensure!(fits, ValidityError::WrongAssent);
		Ok(Filed {
			dispute,
			effect,
			settlement,
		})
	}

	/// The settlement that a member must assent to when this statement of it is put on file.
	fn owed(
		docket: &Docket<BlockNumberFor<T>>,
		place: usize,
		statement: &Statement,
	) -> Result<Option<Settlement>, ValidityError> {
		match statement {
			Statement::Reveal(reveal) if reveal.result.is_some() => {
				let commitment = docket.commitment(place).ok_or(ValidityError::WrongAssent)?;
				Ok(settlement_of(commitment, reveal))
			},
			_ => Ok(None),
		}
	}

	pub(crate) fn do_file(
		signed: SignedStatement,
		assent: Option<sr25519::Signature>,
	) -> DispatchResult {
		let mut filed = Self::filed(&signed, &assent).map_err(Error::<T>::from)?;
		Self::deposit_event(Event::Filed {
			agreement: filed.dispute.docket.agreement,
			window: filed.dispute.docket.window,
			intermediary: signed.statement.intermediary(),
		});
		Self::spend(
			&mut filed.dispute,
			Self::file_fee(bytes(&(&signed, &assent))),
		);
		Self::update(filed.dispute, filed.effect)
	}
}
