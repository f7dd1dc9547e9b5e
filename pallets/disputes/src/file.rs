//! `file`: what a member said is put on file.

use frame_support::{dispatch::DispatchResult, pallet_prelude::*};
use syngraph_primitives::Utterance;
use syngraph_protocol::Effect;

use crate::{
	authorize::{Item, Tag},
	costs::bytes,
	Config, DisputeOf, Error, Event, Pallet, ValidityError,
};

/// A dispute in which an utterance has been taken in.
struct Filed<T: Config> {
	dispute: DisputeOf<T>,
	effect: Effect,
	/// What of it was new.
	item: Item,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_file(said: &Utterance) -> TransactionValidityWithRefund {
		let Filed { dispute, item, .. } = Self::filed(said)?;
		Self::verify_utterance(said, Self::looks_back(&dispute.docket)?)?;
		let (agreement, attempt) = (dispute.docket.agreement, said.span().attempt);
		Self::valid(Tag::File(agreement, said.author(), attempt, item))
	}

	/// Takes an utterance in, if it says something that is not on file. Looks at no signature.
	fn filed(said: &Utterance) -> Result<Filed<T>, ValidityError> {
		let round = &said.span().round;
		let mut dispute = Self::unsettled(&round.agreement)?;
		let terms = Self::terms(&round.agreement)?;
		let answer = terms.limits.answer;
		let docket = &mut dispute.docket;
		Self::check_version(docket, round)?;
		Self::check_length(said, &terms)?;
		let place = docket.roster.place(said.author());
		let place = place.ok_or(ValidityError::NotIntermediary)?;
		let item = match docket.commitment(place) {
			None => Item::Commitment,
			Some(_) => Item::Reveal,
		};
		let effect = docket.file(said.clone(), Self::now(), answer)?;
		Ok(Filed {
			dispute,
			effect,
			item,
		})
	}

	pub(crate) fn do_file(said: &Utterance) -> DispatchResult {
		let filed = Self::filed(said).map_err(Error::<T>::from)?;
		let mut dispute = filed.dispute;
		Self::deposit_event(Event::Filed {
			agreement: dispute.docket.agreement,
			first: dispute.docket.first,
			intermediary: said.author(),
		});
		Self::spend(&mut dispute, Self::file_fee(bytes(said)));
		Self::update(dispute, filed.effect);
		Ok(())
	}
}
