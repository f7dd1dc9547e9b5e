//! `accuse`: a sensor signed two messages with one number.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use syngraph_primitives::{AgreementId, Agreements, Directory, Sequence, SignedMessage};

use crate::{authorize::Tag, Config, Error, Event, Pallet, Refusal};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_accuse(
		agreement: &AgreementId,
		left: &SignedMessage,
		right: &SignedMessage,
	) -> TransactionValidityWithRefund {
		Self::accused(agreement, left, right)?;
		Self::check_pay(agreement, Self::accuse_fee())?;
		// Only the key that is valid for the number today. Whoever got hold of one that was replaced
		// for that reason must not be able to convict the sensor with it.
		let (sensor, sequence) = (left.message.sensor, left.message.sequence);
		let key = T::Directory::sensor_key(sensor, sequence).ok_or(Refusal::UnknownKey)?;
		let genesis = Self::genesis();
		let both = left.verify(&genesis, &key) && right.verify(&genesis, &key);
		ensure!(both, Refusal::BadSignature);
		Self::valid(&[Tag::Sensor(sensor)])
	}

	/// Whether two messages would convict a sensor of the agreement. Looks at no signature.
	fn accused(
		agreement: &AgreementId,
		left: &SignedMessage,
		right: &SignedMessage,
	) -> Result<(), Refusal> {
		let (left, right) = (&left.message, &right.message);
		let contradictory =
			left.sensor == right.sensor && left.sequence == right.sequence && left != right;
		ensure!(contradictory, Refusal::NoConflict);
		let ended = T::Agreements::has_ended(agreement);
		ensure!(!ended, Refusal::NotIntermediary);
		let terms = Self::terms(agreement)?;
		let mut sources = terms.sensors.iter();
		// A sensor without a key for its last possible message has been revoked.
		let valid = sources.any(|source| source.sensor == left.sensor)
			&& T::Directory::sensor_key(left.sensor, Sequence::MAX).is_some();
		ensure!(valid, Refusal::NotValid);
		Ok(())
	}

	pub(crate) fn do_accuse(
		agreement: AgreementId,
		left: &SignedMessage,
		right: &SignedMessage,
	) -> DispatchResult {
		Self::accused(&agreement, left, right).map_err(Error::<T>::from)?;
		let (sensor, sequence) = (left.message.sensor, left.message.sequence);
		T::Agreements::charge(&agreement, Self::accuse_fee())?;
		let valid = T::Directory::convict_sensor(sensor, sequence);
		ensure!(valid, Error::<T>::Refused);
		Self::deposit_event(Event::SensorConvicted {
			agreement,
			sensor,
			sequence,
		});
		Ok(())
	}
}
