//! `accuse`: a sensor that signs two messages with one number.

use frame_support::assert_noop;
use sp_core::{Pair, H256};
use sp_runtime::DispatchError;
use syngraph_primitives::{Directory, Payload, SignedMessage};

use super::*;
use crate::{authorize::Tag, Call, Event};

const SENSOR: u64 = SENSORS[0];

fn pairs() -> (SignedMessage, SignedMessage) {
	(message(SENSOR, 40, 1), message(SENSOR, 40, 2))
}

#[test]
fn a_sensor_that_contradicts_itself_is_convicted() {
	run(|| {
		let (left, right) = pairs();
		assert_applied(accuse(&left, &right));
		assert_eq!(World::sensor_key(SENSOR, 40), None);
		assert!(World::sensor_key(SENSOR, 39).is_some());
		assert_eq!(read(|books| books.fees), Disputes::accuse_fee());
		System::assert_has_event(
			Event::SensorConvicted {
				agreement: AGREEMENT,
				sensor: SENSOR,
				sequence: 40,
			}
			.into(),
		);
	});
}

#[test]
fn a_sensor_is_convicted_once() {
	run(|| {
		let (left, right) = pairs();
		assert_applied(accuse(&left, &right));
		assert_refused(accuse(&left, &right), Refusal::NotValid);
		let earlier = (message(SENSOR, 30, 1), message(SENSOR, 30, 2));
		assert_refused(accuse(&earlier.0, &earlier.1), Refusal::NotValid);
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
			assert_refused(accuse(&left, &other), Refusal::NoConflict);
		}
		// Another signature is not another message.
		let mut again = left.clone();
		again.signature = right.signature;
		assert_refused(accuse(&left, &again), Refusal::NoConflict);
	});
}

#[test]
fn both_messages_must_be_signed_for_this_chain() {
	run(|| {
		let (left, right) = pairs();
		let mut forged = right.clone();
		forged.signature = left.signature;
		assert_refused(accuse(&left, &forged), Refusal::BadSignature);
		assert_refused(accuse(&forged, &left), Refusal::BadSignature);
		let bytes = right.message.signing_bytes(&H256::zero());
		forged.signature = sensor_pair(SENSOR).sign(&bytes);
		assert_refused(accuse(&left, &forged), Refusal::BadSignature);
	});
}

#[test]
fn a_key_that_was_replaced_convicts_nobody() {
	run(|| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSOR).unwrap();
			keys.rotate(40, START, sensor_pair(9).public()).unwrap();
		});
		let (left, right) = pairs();
		assert_refused(accuse(&left, &right), Refusal::BadSignature);
	});
}

#[test]
fn only_sensors_of_the_agreement_are_accused() {
	run(|| {
		let (left, right) = (message(9, 40, 1), message(9, 40, 2));
		assert_refused(accuse(&left, &right), Refusal::NotValid);
		let (left, right) = pairs();
		let call = |agreement| {
			RuntimeCall::Disputes(Call::accuse {
				agreement,
				left: Box::new(left.clone()),
				right: Box::new(right.clone()),
			})
		};
		let unknown = H256::repeat_byte(8);
		assert_refused(call(unknown), Refusal::NotIntermediary);
		alter(|books| books.ended = true);
		assert_refused(call(AGREEMENT), Refusal::NotIntermediary);
	});
}

#[test]
fn the_agreement_must_pay() {
	run(|| {
		let (left, right) = pairs();
		alter(|books| books.escrow = Disputes::accuse_fee() - 1);
		assert_refused(accuse(&left, &right), Refusal::CannotPay);
	});
}

#[test]
fn the_pool_keeps_one_accusation_of_a_sensor() {
	run(|| {
		let (left, right) = pairs();
		let provides = validity(&accuse(&left, &right)).provides;
		assert_eq!(provides, [tag(Tag::Sensor(SENSOR))]);
	});
}

#[test]
fn only_an_authorised_transaction_accuses() {
	run(|| {
		let (left, right) = pairs();
		let (left, right) = (Box::new(left), Box::new(right));
		assert_noop!(
			Disputes::accuse(RuntimeOrigin::signed(1), AGREEMENT, left, right),
			DispatchError::BadOrigin
		);
	});
}
