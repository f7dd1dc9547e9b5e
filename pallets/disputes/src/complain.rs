//! `complain`: members are silent.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{AgreementId, Agreements, SignedMessage, WindowIndex};
use syngraph_protocol::Utterance;

use crate::{
	authorize::Tag, costs::bytes, Cause, Config, DisputeOf, Disputes, Error, Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_complain(
		utterance: &Utterance,
		heads: &[SignedMessage],
	) -> TransactionValidityWithRefund {
		let dispute = Self::complained(utterance, heads)?;
		let docket = &dispute.docket;
		let genesis = Self::genesis();
		let author = utterance.commit.statement.intermediary();
		let keys = Self::keys(author, docket.opened)?;
		let said = keys.iter().any(|key| utterance.verify(&genesis, key));
		ensure!(said, ValidityError::BadSignature);
		Self::verify_heads(heads)?;
		Self::valid(Tag::Dispute(docket.agreement))
	}

	/// The dispute that a complaint opens, if it can. Looks at no signature.
	fn complained(
		utterance: &Utterance,
		heads: &[SignedMessage],
	) -> Result<DisputeOf<T>, ValidityError> {
		let (commit, _) = utterance.parts().ok_or(ValidityError::Malformed)?;
		let (agreement, window) = (commit.agreement, commit.window);
		Self::check_place(&agreement, window)?;
		let terms = Self::terms(&agreement)?;
		let now = Self::now();
		let begun = now >= terms.limits.starts_at;
		let can_open = begun && T::Agreements::can_open(&agreement, window);
		ensure!(can_open, ValidityError::CannotOpen);
		Self::check_heads(&agreement, &terms, window, heads)?;

		let by = commit.intermediary;
		let answer = terms.limits.answer;
		let mut dispute = Self::fresh(agreement, window, &terms, Cause::Silence { by })?;
		let docket = &mut dispute.docket;
		Self::check_version(docket, &utterance.commit.statement)?;
		docket.file(utterance.commit.clone(), None, now, answer)?;
		if let Some(revealed) = utterance.reveal.clone() {
			docket.file(revealed.statement, revealed.settlement, now, answer)?;
		}
		Ok(dispute)
	}

	/// Whether the agreement has no dispute yet.
	fn check_place(agreement: &AgreementId, window: WindowIndex) -> Result<(), ValidityError> {
		match Disputes::<T>::get(agreement) {
			None => Ok(()),
			Some(open) if open.docket.window != window && open.complainer().is_some() => {
				Err(ValidityError::AlreadyComplained)
			},
			Some(_) => Err(ValidityError::AlreadyOpen),
		}
	}

	pub(crate) fn do_complain(utterance: &Utterance, heads: &[SignedMessage]) -> DispatchResult {
		let dispute = Self::complained(utterance, heads).map_err(Error::<T>::from)?;
		Self::open(dispute, Self::complain_fee(bytes(&(utterance, heads))))
	}
}
