//! `complain`: members are silent.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{Directory, SignedMessage, WindowIndex};
use syngraph_protocol::Utterance;

use crate::{
	authorize::Tag, Cause, Complaints, Config, DisputeOf, Disputes, Error, Pallet, Refusal, TermsOf,
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
		ensure!(said, Refusal::BadSignature);
		let shown = heads
			.iter()
			.all(|head| Self::is_signed(head, docket.opened));
		ensure!(shown, Refusal::BadSignature);
		Self::valid(&[
			Tag::Dispute(docket.agreement, docket.window),
			Tag::Complaint(docket.agreement),
		])
	}

	/// The dispute that a complaint opens, if it can. Looks at no signature.
	fn complained(utterance: &Utterance, heads: &[SignedMessage]) -> Result<DisputeOf<T>, Refusal> {
		let (commit, _) = utterance.parts().ok_or(Refusal::Malformed)?;
		let (agreement, window) = (commit.agreement, commit.window);
		let taken = Disputes::<T>::contains_key(agreement, window);
		ensure!(!taken, Refusal::AlreadyOpen);
		let complaining = Complaints::<T>::contains_key(agreement);
		ensure!(!complaining, Refusal::AlreadyComplained);
		let terms = Self::terms(&agreement)?;
		let now = Self::now();
		ensure!(now >= terms.limits.starts_at, Refusal::CannotOpen);
		Self::check_heads(&terms, window, heads)?;

		let by = commit.intermediary;
		let answer = terms.limits.answer;
		let mut dispute = Self::fresh(agreement, window, &terms, Cause::Silence { by })?;
		let docket = &mut dispute.docket;
		docket.file(utterance.commit.clone(), None, now, answer)?;
		if let Some(revealed) = utterance.reveal.clone() {
			docket.file(revealed.statement, revealed.settlement, now, answer)?;
		}
		Ok(dispute)
	}

	/// Whether these are the last messages of the window, one of each sensor.
	fn check_heads(
		terms: &TermsOf<T>,
		window: WindowIndex,
		heads: &[SignedMessage],
	) -> Result<(), Refusal> {
		ensure!(heads.len() == terms.sensors.len(), Refusal::WrongHeads);
		for (source, head) in terms.sensors.iter().zip(heads) {
			let range = terms.window.range(source.start, window);
			let next = range.ok_or(Refusal::WrongHeads)?.end;
			let message = &head.message;
			let last = message.sensor == source.sensor
				&& message.sequence.checked_add(1) == Some(next)
				&& T::Directory::sensor_schema(source.sensor)
					.is_some_and(|schema| schema.check_message(message).is_ok());
			ensure!(last, Refusal::WrongHeads);
		}
		Ok(())
	}

	pub(crate) fn do_complain(utterance: &Utterance, heads: &[SignedMessage]) -> DispatchResult {
		let dispute = Self::complained(utterance, heads).map_err(Error::<T>::from)?;
		Complaints::<T>::insert(dispute.docket.agreement, dispute.docket.window);
		Self::open(dispute, Self::complain_fee(heads.len() as u32))
	}
}
