use super::*;
use sp_runtime::{AccountId32, DispatchResult};

fn rotate(who: AccountId32, sensor: u64, from: u64, n: u8) -> DispatchResult {
	let proof = sensor_proof(n, &who);
	Registry::rotate_sensor_key(origin(who), sensor, from, sensor_key(n).public(), proof)
}

#[test]
fn the_new_key_counts_from_its_sequence_number_on() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(rotate(alice(), sensor, 10, 2));
		assert_eq!(
			Registry::sensor_key(sensor, 9),
			Some(sensor_key(1).public())
		);
		assert_eq!(
			Registry::sensor_key(sensor, 10),
			Some(sensor_key(2).public())
		);
		let key = sensor_key(2).public();
		assert_eq!(
			last_event(),
			Event::SensorKeyRotated {
				sensor,
				from_sequence: 10,
				key
			}
		);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		assert_noop!(rotate(alice(), 0, 10, 2), Error::NotRegistered);
		let sensor = register_lock();
		assert_noop!(rotate(bob(), sensor, 10, 2), Error::NotOwner);
		assert_noop!(rotate(alice(), sensor, 0, 2), Error::PositionNotAhead);
		assert_noop!(rotate(alice(), sensor, 10, 1), Error::KeyTaken);
		let rotate_to =
			|key, proof| Registry::rotate_sensor_key(origin(alice()), sensor, 10, key, proof);
		let weak = ed25519::Public::from_raw([0; 32]);
		assert_noop!(rotate_to(weak, sensor_proof(2, &alice())), Error::WeakKey);
		let foreign = sensor_proof(2, &bob());
		assert_noop!(
			rotate_to(sensor_key(2).public(), foreign),
			Error::InvalidProof
		);
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, 5));
		assert_noop!(rotate(alice(), sensor, 10, 2), Error::Revoked);
	});
}

#[test]
fn a_period_lies_between_rotations() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(rotate(alice(), sensor, 10, 2));
		advance(ROTATION_PERIOD - 1);
		assert_noop!(rotate(alice(), sensor, 20, 3), Error::RotatedRecently);
		advance(1);
		assert_noop!(rotate(alice(), sensor, 10, 3), Error::PositionNotAhead);
		assert_ok!(rotate(alice(), sensor, 20, 3));
		// It cannot be told from which block on a message was signed with the newest key.
		let keys = |since| Registry::sensor_keys(sensor, 20, since);
		let key = |n| sensor_key(n).public();
		assert_eq!(keys(1), [key(3), key(2)]);
		assert_eq!(keys(1 + ROTATION_PERIOD), [key(3)]);
	});
}

#[test]
fn the_oldest_key_is_forgotten_unless_an_agreement_may_need_it() {
	run(|| {
		let sensor = register_lock();
		for n in 2..=MAX_KEYS as u8 {
			assert_ok!(rotate(alice(), sensor, n.into(), n));
			advance(ROTATION_PERIOD);
		}
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor), 0));
		assert_noop!(rotate(alice(), sensor, 100, 100), Error::TooManyKeys);
		Registry::release(&Entity::Sensor(sensor), 0);
		assert_ok!(rotate(alice(), sensor, 100, 100));
		let oldest = RegisteredKey::Sensor(sensor_key(1).public());
		assert!(!Keys::<Test>::contains_key(oldest));
		assert_eq!(Registry::sensor_key(sensor, 0), None);
	});
}
