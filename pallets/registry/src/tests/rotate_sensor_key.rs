use super::*;
use frame_support::dispatch::DispatchResultWithPostInfo;
use sp_runtime::AccountId32;
use syngraph_primitives::Fate;

fn rotate(who: AccountId32, sensor: u64, from: u64, n: u8) -> DispatchResultWithPostInfo {
	let proof = sensor_proof(n, &who);
	Registry::rotate_sensor_key(origin(who), sensor, from, sensor_key(n).public(), proof)
}

#[test]
fn the_new_key_counts_from_its_sequence_number_on() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(rotate(alice(), sensor, 10, 2));
		assert_eq!(sensor_key_at(sensor, 9), Some(sensor_key(1).public()));
		assert_eq!(sensor_key_at(sensor, 10), Some(sensor_key(2).public()));
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
		advance(SENSOR_ROTATION_PERIOD - 1);
		assert_noop!(rotate(alice(), sensor, 20, 3), Error::RotatedRecently);
		advance(1);
		assert_noop!(rotate(alice(), sensor, 10, 3), Error::PositionNotAhead);
		assert_ok!(rotate(alice(), sensor, 20, 3));
		let key = |n| sensor_key(n).public();
		assert_eq!(sensor_key_at(sensor, 20), Some(key(3)));
		// Before the chain knew, the key before it signed that message.
		let keys = Registry::sensor_keys(sensor).unwrap();
		let now = System::block_number();
		assert_eq!(keys.key_at(20, now - 1), Some(&key(2)));
		assert_eq!(keys.key_at(20, now), Some(&key(3)));
	});
}

#[test]
fn the_oldest_key_is_forgotten_if_no_agreement_needs_the_sensor() {
	run(|| {
		let sensor = old();
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		assert_noop!(rotate(alice(), sensor, 100, 100), Error::TooManyKeys);
		Registry::relinquish(&Entity::Sensor(sensor));
		assert_ok!(rotate(alice(), sensor, 100, 100));
		let oldest = RegisteredKey::Sensor(sensor_key(1).public());
		assert!(!Keys::<Test>::contains_key(oldest));
		assert_eq!(sensor_key_at(sensor, 0), None);
	});
}

#[test]
fn a_key_that_was_replaced_long_ago_is_forgotten_all_the_same() {
	run(|| {
		let sensor = old();
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		let waited = SENSOR_ROTATION_PERIOD * (u64::from(MAX_KEYS) - 1);
		advance(KEY_RETENTION - waited - 1);
		assert_noop!(rotate(alice(), sensor, 100, 100), Error::TooManyKeys);
		advance(1);
		assert_ok!(rotate(alice(), sensor, 100, 100));
		let oldest = RegisteredKey::Sensor(sensor_key(1).public());
		assert!(!Keys::<Test>::contains_key(oldest));
		// What was signed with it can settle no more.
		let keys = Registry::sensor_keys(sensor).unwrap();
		assert_eq!(
			[0..2, 2..3].map(|range| keys.fate(&range)),
			[Fate::Dead, Fate::Live]
		);
		// The next one had its successor a rotation later.
		advance(SENSOR_ROTATION_PERIOD - 1);
		assert_noop!(rotate(alice(), sensor, 101, 101), Error::RotatedRecently);
		advance(1);
		assert_ok!(rotate(alice(), sensor, 101, 101));
	});
}

#[test]
fn a_suspended_sensor_gets_its_key_however_many_it_had_lately() {
	run(|| {
		let sensor = old();
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		assert_noop!(rotate(alice(), sensor, 100, 100), Error::TooManyKeys);
		assert_ok!(Registry::convict_sensor(sensor, 50, 0));
		assert_ok!(rotate(alice(), sensor, 100, 100));
		assert!(Registry::sensor_keys(sensor).unwrap().is_live());
		let oldest = RegisteredKey::Sensor(sensor_key(1).public());
		assert!(!Keys::<Test>::contains_key(oldest));
		// No sooner than that does another one follow.
		advance(SENSOR_ROTATION_PERIOD);
		assert_noop!(rotate(alice(), sensor, 101, 101), Error::TooManyKeys);
	});
}

/// A sensor with a full history: its n-th key counts from number n on, and was announced a rotation after
/// the one before it.
fn old() -> u64 {
	let sensor = register_lock();
	for n in 2..=MAX_KEYS as u8 {
		assert_ok!(rotate(alice(), sensor, n.into(), n));
		advance(SENSOR_ROTATION_PERIOD);
	}
	sensor
}

#[test]
fn the_fee_grows_with_the_agreements_that_need_the_sensor() {
	run(|| {
		let sensor = register_lock();
		let alone = rotate(alice(), sensor, 10, 2)
			.unwrap()
			.actual_weight
			.unwrap();
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		advance(SENSOR_ROTATION_PERIOD);
		let needed = rotate(alice(), sensor, 20, 3)
			.unwrap()
			.actual_weight
			.unwrap();
		let weight = <Test as Config>::SensorUse::weight;
		let one_more = weight(1) - weight(0);
		assert_eq!(needed - alone, one_more);
		assert!(one_more.ref_time() > 0);
	});
}
