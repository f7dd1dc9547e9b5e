//! `dismiss`: all members have done with the window.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{AgreementId, Agreements, SignedDone, WindowIndex};

use crate::{authorize::Tag, Config, DisputeOf, Error, Outcome, Pallet, Refusal};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_dismiss(
		agreement: &AgreementId,
		window: &WindowIndex,
		declarations: &[SignedDone],
	) -> TransactionValidityWithRefund {
		let dispute = Self::dismissed(agreement, *window, declarations)?;
		Self::check_pay(agreement, Self::dismiss_fee())?;
		let opened = dispute.docket.opened;
		for SignedDone { done, signature } in declarations {
			Self::verify_payload(done, signature, done.intermediary, opened)?;
		}
		Self::valid(&[Tag::Dismissal(*agreement, *window)])
	}

	/// The dispute that the declarations dismiss, if they do. Looks at no signature.
	fn dismissed(
		agreement: &AgreementId,
		window: WindowIndex,
		declarations: &[SignedDone],
	) -> Result<DisputeOf<T>, Refusal> {
		let dispute = Self::unsettled(agreement, window)?;
		let dismissed = dispute.docket.is_dismissed_by(declarations);
		ensure!(dismissed, Refusal::NotDone);
		Ok(dispute)
	}

	pub(crate) fn do_dismiss(
		agreement: AgreementId,
		window: WindowIndex,
		declarations: &[SignedDone],
	) -> DispatchResult {
		let dispute =
			Self::dismissed(&agreement, window, declarations).map_err(Error::<T>::from)?;
		T::Agreements::charge(&agreement, Self::dismiss_fee())?;
		let verdict = dispute.docket.dismissal();
		let outcome = match verdict.faults.is_empty() {
			true => Outcome::Null,
			false => Outcome::Failed,
		};
		Self::carry_out(&dispute, &verdict, outcome)
	}
}
