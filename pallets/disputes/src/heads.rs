//! The last messages of a range, one of each sensor: they show that the range has been sent.
//!
//! Without them members could complain of windows that are yet to come, about which nobody can show anything, and
//! which a sensor's owner may change by a rotation that concerns nothing that was sent.

use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Bounded;
use syngraph_primitives::{
	AgreementId, Agreements, Directory, Fate, Feed, Sequence, SignedMessage, WindowIndex,
};
use syngraph_protocol::Part;

use crate::{Config, Pallet, TermsOf, ValidityError};

impl<T: Config> Pallet<T> {
	/// Whether these are the last messages of the window, one of each sensor, or later ones. Looks at no signature.
	///
	/// A number that is void counts as never sent, and nobody waits for it: a sensor of which all numbers in the window
	/// are void needs none. Of a window that lacks messages for good nothing needs to be shown; and one of which nobody
	/// knows yet what counts is in nobody's range.
	pub(crate) fn check_heads(
		agreement: &AgreementId,
		terms: &TermsOf<T>,
		window: WindowIndex,
		heads: &[SignedMessage],
	) -> Result<(), ValidityError> {
		match T::Agreements::fate(agreement, window) {
			Fate::Waiting => return Err(ValidityError::CannotOpen),
			Fate::Dead => {
				ensure!(heads.is_empty(), ValidityError::WrongHeads);
				return Ok(());
			},
			Fate::Live => (),
		}
		let feeds = T::Agreements::feeds(agreement).ok_or(ValidityError::NotIntermediary)?;
		let mut heads = heads.iter();
		for feed in &feeds {
			let last = Self::last_of(feed, terms, window).ok_or(ValidityError::WrongHeads)?;
			if let Some(last) = last {
				let head = heads.next().ok_or(ValidityError::WrongHeads)?;
				ensure!(Self::is_head(feed, last, head), ValidityError::WrongHeads);
			}
		}
		let all = heads.next().is_none();
		all.then_some(()).ok_or(ValidityError::WrongHeads)
	}

	/// The number of the last message of a sensor in a window that is not void, if there is one. None if there can be
	/// no such window.
	fn last_of(feed: &Feed, terms: &TermsOf<T>, window: WindowIndex) -> Option<Option<Sequence>> {
		let keys = T::Directory::sensor_keys(feed.sensor)?;
		let now = BlockNumberFor::<T>::max_value();
		let part = Part::new(feed, &terms.window, window, &keys, now)?;
		Some(part.last())
	}

	/// Whether a message is one of this sensor, and none before its last one.
	fn is_head(feed: &Feed, last: Sequence, head: &SignedMessage) -> bool {
		let message = &head.message;
		let schema = T::Directory::sensor_schema(feed.sensor);
		message.sensor == feed.sensor
			&& message.sequence >= last
			&& schema.is_some_and(|schema| schema.check_message(message).is_ok())
	}

	/// Whether the sensors signed these messages, which are not void.
	pub(crate) fn verify_heads(heads: &[SignedMessage]) -> Result<(), ValidityError> {
		let genesis = Self::genesis();
		let is_sent = |signed: &SignedMessage| {
			let message = &signed.message;
			let keys = T::Directory::sensor_keys(message.sensor);
			let key = keys.as_ref().and_then(|keys| keys.key(message.sequence));
			key.is_some_and(|key| signed.verify(&genesis, key))
		};
		let sent = heads.iter().all(is_sent);
		sent.then_some(()).ok_or(ValidityError::BadSignature)
	}
}
