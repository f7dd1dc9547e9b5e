//! `accuse`: a sensor signed two messages with one number.

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	pallet_prelude::*,
	storage::{with_transaction, TransactionOutcome},
};
use syngraph_primitives::{Directory, SignedMessage};

use crate::{authorize::Tag, costs::bytes, Config, Error, Event, Pallet, ValidityError};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_accuse(
		left: &SignedMessage,
		right: &SignedMessage,
	) -> TransactionValidityWithRefund {
		Self::accused(left, right)?;
		let (sensor, sequence) = (left.message.sensor, left.message.sequence);
		let keys = T::Directory::sensor_keys(sensor).ok_or(ValidityError::NotValid)?;
		let key = keys.key(sequence).ok_or(ValidityError::UnknownKey)?;
		let genesis = Self::genesis();
		let both = left.verify(&genesis, key) && right.verify(&genesis, key);
		ensure!(both, ValidityError::BadSignature);
		// Else it could fail in a block again and again, at no cost.
		let paid = with_transaction(|| {
			let fee = Self::accuse_fee(bytes(&(left, right)));
			let convicted = T::Directory::convict_sensor(sensor, sequence, fee);
			TransactionOutcome::Rollback(convicted)
		});
		ensure!(paid.is_ok(), ValidityError::CannotPay);
		Self::valid(Tag::Sensor(sensor))
	}

	/// Whether two messages would convict a sensor. Looks at no signature.
	fn accused(left: &SignedMessage, right: &SignedMessage) -> Result<(), ValidityError> {
		let (left, right) = (&left.message, &right.message);
		let contradictory =
			left.sensor == right.sensor && left.sequence == right.sequence && left != right;
		ensure!(contradictory, ValidityError::NoConflict);
		let keys = T::Directory::sensor_keys(left.sensor).ok_or(ValidityError::NotValid)?;
		let valid = keys.can_convict(left.sequence);
		valid.then_some(()).ok_or(ValidityError::NotValid)
	}

	pub(crate) fn do_accuse(left: &SignedMessage, right: &SignedMessage) -> DispatchResult {
		Self::accused(left, right).map_err(Error::<T>::from)?;
		let (sensor, sequence) = (left.message.sensor, left.message.sequence);
		let fee = Self::accuse_fee(bytes(&(left, right)));
		let conviction = T::Directory::convict_sensor(sensor, sequence, fee)?;
		Self::deposit_event(Event::SensorConvicted {
			sensor,
			sequence,
			fee,
			conviction,
		});
		Ok(())
	}
}
