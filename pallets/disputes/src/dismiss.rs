//! `dismiss`: all members are done with the window.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{AgreementId, SignedDone, WindowIndex};
use syngraph_protocol::replacements;

use crate::{
	authorize::Tag, closing::Ground, costs::bytes, Config, Declarations, DisputeOf, Error, Outcome,
	Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_dismiss(
		agreement: &AgreementId,
		window: &WindowIndex,
		declarations: &[SignedDone],
	) -> TransactionValidityWithRefund {
		let dispute = Self::dismissed(agreement, *window, declarations)?;
		let opened = dispute.docket.opened;
		for SignedDone { done, signature } in declarations {
			Self::verify_payload(done, signature, done.intermediary, opened)?;
		}
		Self::valid(Tag::Verdict(*agreement))
	}

	/// The dispute that the declarations dismiss, if they do. Looks at no signature.
	fn dismissed(
		agreement: &AgreementId,
		window: WindowIndex,
		declarations: &[SignedDone],
	) -> Result<DisputeOf<T>, ValidityError> {
		let dispute = Self::unsettled(agreement, window)?;
		let dismissed = dispute.docket.is_dismissed_by(declarations);
		ensure!(dismissed, ValidityError::NotDone);
		let known = Self::is_known(&dispute, declarations)?;
		ensure!(known, ValidityError::NotDone);
		Ok(dispute)
	}

	/// Whether all members knew of the window's messages what is known now when they declared themselves done with
	/// it: if not, some may have computed it anew, and not be done with that.
	fn is_known(
		dispute: &DisputeOf<T>,
		declarations: &[SignedDone],
	) -> Result<bool, ValidityError> {
		let docket = &dispute.docket;
		let terms = Self::terms(&docket.agreement)?;
		let declared = || declarations.iter().map(|signed| &signed.done);
		let at = declared().map(|done| done.at).min().unwrap_or(0);
		let replaced = declared().map(|done| done.replaced).min().unwrap_or(0);
		let altered = Self::altered_since(docket, &terms, at.into());
		Ok(altered.is_empty() && replaced >= replacements(docket.version))
	}

	pub(crate) fn do_dismiss(
		agreement: AgreementId,
		window: WindowIndex,
		declarations: &Declarations,
	) -> DispatchResult {
		let mut dispute =
			Self::dismissed(&agreement, window, declarations).map_err(Error::<T>::from)?;
		Self::spend(&mut dispute, Self::dismiss_fee(bytes(declarations)));
		let verdict = dispute.docket.dismissal();
		let outcome = match verdict.faults.is_empty() {
			true => Outcome::Null,
			false => Outcome::Failed,
		};
		Self::carry_out(&dispute, &verdict, outcome, Ground::Dismissal)
	}
}
