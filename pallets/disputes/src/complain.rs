//! `complain`: members are silent.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use sp_core::sr25519;
use syngraph_primitives::{Complaint, SignedMessage, Utterance};

use crate::{
	authorize::Tag, costs::bytes, Cause, Config, DisputeOf, Disputes, Error, Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_complain(
		utterances: &[Utterance],
		heads: &[SignedMessage],
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let dispute = Self::complained(utterances, heads)?;
		let docket = &dispute.docket;
		// Utterances are public. Nobody is billed for a complaint that it did not make.
		let own = utterances.first().ok_or(ValidityError::Malformed)?;
		let since = Self::looks_back(docket)?;
		Self::verify_payload(&Complaint::of(own), signature, own.author(), since)?;
		for said in utterances {
			Self::verify_utterance(said, since)?;
		}
		Self::verify_heads(heads)?;
		Self::valid(Tag::Dispute(docket.agreement))
	}

	/// The dispute that a complaint opens, if it can. Looks at no signature.
	fn complained(
		utterances: &[Utterance],
		heads: &[SignedMessage],
	) -> Result<DisputeOf<T>, ValidityError> {
		let own = utterances.first().ok_or(ValidityError::Malformed)?;
		let (span, by) = (*own.span(), own.author());
		let agreement = span.round.agreement;
		ensure!(
			!Disputes::<T>::contains_key(agreement),
			ValidityError::AlreadyOpen
		);
		ensure!(are_by_different(utterances), ValidityError::Malformed);
		let terms = Self::terms(&agreement)?;
		let (now, answer) = (Self::now(), terms.limits.answer);
		let mut dispute = Self::fresh(agreement, &terms, Cause::Silence { by })?;
		let docket = &mut dispute.docket;
		for said in utterances {
			Self::check_version(docket, &said.span().round)?;
			Self::check_length(said, &terms)?;
			match docket.sides {
				None => docket.file(said.clone(), now, answer).map(|_| ())?,
				// What others said does not matter any more, but whoever complains need not know that two differ.
				Some(_) => docket.check(said, now).map(|_| ())?,
			}
		}
		// It is sound, or would not be on file: the range has a last window.
		let last = span.end.saturating_sub(1);
		Self::check_heads(&agreement, &terms, last, heads)?;
		Ok(dispute)
	}

	pub(crate) fn do_complain(utterances: &[Utterance], heads: &[SignedMessage]) -> DispatchResult {
		let dispute = Self::complained(utterances, heads).map_err(Error::<T>::from)?;
		let length =
			bytes(&(utterances, heads)).saturating_add(sr25519::Signature::max_encoded_len());
		let fee = Self::complain_fee(utterances.len() as u32, length);
		Self::begin(dispute, fee)
	}
}

/// Whether no two utterances are by one author.
fn are_by_different(utterances: &[Utterance]) -> bool {
	let mut all = utterances.iter().enumerate();
	all.all(|(index, said)| {
		let mut earlier = utterances.iter().take(index);
		earlier.all(|other| other.author() != said.author())
	})
}
