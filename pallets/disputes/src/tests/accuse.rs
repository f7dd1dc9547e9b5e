//! `accuse`: a sensor that signs two messages with one number.

use frame_support::assert_noop;
use sp_core::{ed25519, Pair, H256};
use sp_runtime::DispatchError;
use syngraph_primitives::{Conviction, Payload, SensorKeys, SignedMessage};

use super::*;
use crate::Event;

const SENSOR: u64 = SENSORS[0];

fn pairs() -> (SignedMessage, SignedMessage) {
	(message(SENSOR, 40, 1), message(SENSOR, 40, 2))
}

/// What is known of the sensor.
fn keys() -> SensorKeys<u64> {
	read(|books| books.sensors[&SENSOR].clone())
}

/// Its owner gives it a new key, that is valid from a number on.
fn rotate(from: u64, key: ed25519::Pair) {
	let now = System::block_number();
	alter(|books| {
		let keys = books.sensors.get_mut(&SENSOR).unwrap();
		keys.rotate(from, now, key.public()).unwrap();
	});
}

#[test]
fn a_sensor_that_contradicts_itself_is_suspended_and_the_number_is_void() {
	run(|| {
		let (left, right) = pairs();
		let fee = applied(accuse(&left, &right));
		let keys = keys();
		assert_eq!(keys.suspended(), Some(START));
		assert_eq!(keys.key(40), None);
		assert!(keys.key(39).is_some() && keys.key(41).is_some());
		System::assert_has_event(
			Event::SensorConvicted {
				sensor: SENSOR,
				sequence: 40,
				fee,
				conviction: Conviction::Suspended,
			}
			.into(),
		);
	});
}

#[test]
fn its_owner_pays_out_of_its_deposit_and_no_agreement_does() {
	run(|| {
		let (left, right) = pairs();
		let fee = applied(accuse(&left, &right));
		assert_eq!(read(|books| books.deposits[&SENSOR]), DEPOSIT - fee);
		assert_eq!(read(|books| books.fees), fee);
		assert_eq!(read(|books| books.escrows.clone()), [ESCROW; 3]);
		// Nor does it matter whether an agreement needs it.
		alter(|books| books.ended = true);
		rotate(50, sensor_pair(SECOND_KEY));
		let [left, right] =
			[1, 2].map(|level| message_by(&sensor_pair(SECOND_KEY), SENSOR, 50, level));
		assert_applied(accuse(&left, &right));
	});
}

#[test]
fn a_sensor_is_convicted_once_until_it_has_a_new_key() {
	run(|| {
		let (left, right) = pairs();
		assert_applied(accuse(&left, &right));
		assert_refused(accuse(&left, &right), ValidityError::NotValid);
		let earlier = (message(SENSOR, 30, 1), message(SENSOR, 30, 2));
		assert_refused(accuse(&earlier.0, &earlier.1), ValidityError::NotValid);
		rotate(50, sensor_pair(SECOND_KEY));
		// Its old key, which somebody else may have by now, convicts it no more.
		assert_refused(accuse(&earlier.0, &earlier.1), ValidityError::NotValid);
		let [left, right] =
			[1, 2].map(|level| message_by(&sensor_pair(SECOND_KEY), SENSOR, 50, level));
		assert_applied(accuse(&left, &right));
	});
}

#[test]
fn who_contradicts_itself_again_and_again_is_revoked() {
	run(|| {
		for time in 0..4u64 {
			let number = 40 + 10 * time;
			let key = sensor_pair(9 + time);
			rotate(number, key);
			let pair = [1, 2].map(|level| message_by(&key, SENSOR, number, level));
			let conviction = match time {
				3 => Conviction::Revoked,
				_ => Conviction::Suspended,
			};
			let fee = applied(accuse(&pair[0], &pair[1]));
			System::assert_last_event(
				Event::SensorConvicted {
					sensor: SENSOR,
					sequence: number,
					fee,
					conviction,
				}
				.into(),
			);
			wait(1);
		}
		assert_eq!(keys().key(70), None);
		assert_eq!(keys().key(1_000), None);
		// What it signed before the first of them counts; between one and the key for it, nothing does.
		assert!(keys().key(39).is_some());
		assert_eq!(
			[49, 59, 69].map(|number| keys().key(number).cloned()),
			[None; 3]
		);
	});
}

#[test]
fn an_accusation_that_nobody_pays_for_is_refused() {
	run(|| {
		let (left, right) = pairs();
		let least = fee(&accuse(&left, &right));
		alter(|books| books.deposits.insert(SENSOR, least - 1));
		assert_refused(accuse(&left, &right), ValidityError::CannotPay);
		alter(|books| books.deposits.insert(SENSOR, least));
		assert_applied(accuse(&left, &right));
	});
}

#[test]
fn messages_must_contradict_each_other() {
	run(|| {
		let (left, right) = pairs();
		for other in [
			left.clone(),
			message(SENSOR, 41, 2),
			message(SENSORS[1], 40, 2),
		] {
			assert_refused(accuse(&left, &other), ValidityError::NoConflict);
		}
		// Another signature is not another message.
		let mut again = left.clone();
		again.signature = right.signature;
		assert_refused(accuse(&left, &again), ValidityError::NoConflict);
	});
}

#[test]
fn both_messages_must_be_signed_for_this_chain() {
	run(|| {
		let (left, right) = pairs();
		let mut forged = right.clone();
		forged.signature = left.signature;
		assert_refused(accuse(&left, &forged), ValidityError::BadSignature);
		assert_refused(accuse(&forged, &left), ValidityError::BadSignature);
		let bytes = right.message.signing_bytes(&H256::zero());
		forged.signature = sensor_pair(SENSOR).sign(&bytes);
		assert_refused(accuse(&left, &forged), ValidityError::BadSignature);
	});
}

#[test]
fn a_key_that_was_replaced_convicts_by_its_own_numbers_until_the_next_is() {
	run(|| {
		rotate(40, sensor_pair(SECOND_KEY));
		let (left, right) = pairs();
		assert_refused(accuse(&left, &right), ValidityError::BadSignature);
		let (left, right) = (message(SENSOR, 39, 1), message(SENSOR, 39, 2));
		let call = accuse(&left, &right);
		assert!(call.authorize(TransactionSource::External).unwrap().is_ok());
		rotate(50, sensor_pair(10));
		assert_refused(call, ValidityError::NotValid);
	});
}

#[test]
fn only_registered_sensors_are_accused() {
	run(|| {
		let (left, right) = (message(9, 40, 1), message(9, 40, 2));
		assert_refused(accuse(&left, &right), ValidityError::NotValid);
	});
}

#[test]
fn only_an_authorised_transaction_accuses() {
	run(|| {
		let (left, right) = pairs();
		let (left, right) = (Box::new(left), Box::new(right));
		assert_noop!(
			Disputes::accuse(RuntimeOrigin::signed(1), left, right),
			DispatchError::BadOrigin
		);
	});
}
