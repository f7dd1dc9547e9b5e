use super::*;
use frame_support::{dispatch::DispatchResultWithPostInfo, traits::fungible::Mutate};
use sp_runtime::TokenError;
use syngraph_primitives::{Fate, MAX_VOID};

/// Gives a sensor of Alice's the n-th key from a number on.
fn rotate(sensor: u64, from: u64, n: u8) -> DispatchResultWithPostInfo {
	let (key, proof) = (sensor_key(n).public(), sensor_proof(n, &alice()));
	Registry::rotate_sensor_key(origin(alice()), sensor, from, key, proof)
}

fn deposit(sensor: u64) -> u64 {
	Sensors::<Test>::get(sensor).unwrap().deposit
}

#[test]
fn the_number_counts_as_never_sent_and_the_owner_pays_out_of_the_deposit() {
	run(|| {
		let sensor = register_lock();
		let full = deposit(sensor);
		let issued = Balances::total_issuance();
		let convicted = Registry::convict_sensor(sensor, 7, 30);
		assert_eq!(convicted, Ok(Conviction::Suspended));
		let event = Event::SensorSuspended {
			sensor,
			sequence: Some(7),
			fee: 30,
		};
		assert_eq!(last_event(), event);
		assert_eq!(sensor_key_at(sensor, 7), None);
		assert_eq!(sensor_key_at(sensor, 8), Some(sensor_key(1).public()));
		assert_eq!(deposit(sensor), full - 30);
		assert_eq!(held(HoldReason::Sensor, &alice()), full - 30);
		assert_eq!(Balances::free_balance(pot()), ENDOWMENT + 30);
		assert_eq!(Balances::total_issuance(), issued);
	});
}

#[test]
fn a_fee_takes_no_more_than_the_deposit_of_that_sensor() {
	run(|| {
		let sensor = register_lock();
		let other = vec![new_sensor(2, &alice())].try_into().unwrap();
		assert_ok!(Registry::register_sensors(origin(alice()), other));
		let full = deposit(sensor);
		assert_ok!(Registry::convict_sensor(sensor, 7, full + 1));
		assert_eq!((deposit(sensor), deposit(sensor + 1)), (0, full));
		assert_eq!(held(HoldReason::Sensor, &alice()), full);
		let event = Event::SensorSuspended {
			sensor,
			sequence: Some(7),
			fee: full,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn a_suspended_sensor_enters_no_agreement_until_its_key_is_rotated() {
	run(|| {
		let sensor = register_lock();
		let entity = Entity::Sensor(sensor);
		let full = deposit(sensor);
		assert_ok!(rotate(sensor, 5, 2));
		assert_ok!(Registry::convict_sensor(sensor, 7, 30));
		assert_noop!(Registry::acquire(&entity), Error::Suspended);
		// However recently it was rotated.
		assert_ok!(rotate(sensor, 9, 3));
		assert_ok!(Registry::acquire(&entity));
		assert_eq!(deposit(sensor), full);
		assert_eq!(held(HoldReason::Sensor, &alice()), full);
		assert_noop!(rotate(sensor, 20, 4), Error::RotatedRecently);
	});
}

#[test]
fn a_rotation_makes_up_for_the_deposit_or_fails() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::convict_sensor(sensor, 7, 30));
		Balances::set_balance(&alice(), EXISTENTIAL_DEPOSIT + 29);
		assert_noop!(rotate(sensor, 8, 2), TokenError::FundsUnavailable);
		Balances::set_balance(&alice(), EXISTENTIAL_DEPOSIT + 30);
		assert_ok!(rotate(sensor, 8, 2));
	});
}

#[test]
fn what_is_known_or_signed_with_an_old_key_convicts_nobody() {
	run(|| {
		let convict = |number| Registry::convict_sensor(0, number, 30);
		assert_noop!(convict(7), Error::NotRegistered);
		let sensor = register_lock();
		assert_ok!(convict(7));
		assert_noop!(convict(7), Error::NothingNew);
		assert_noop!(convict(8), Error::NothingNew);
		assert_ok!(rotate(sensor, 10, 2));
		// A stolen key that was rotated away.
		assert_noop!(convict(9), Error::NothingNew);
		assert_ok!(convict(10));
		assert_ok!(rotate(sensor, 11, 3));
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, 20));
		assert_noop!(convict(20), Error::NothingNew);
		assert_ok!(convict(15));
		assert_noop!(convict(15), Error::NothingNew);
	});
}

/// A key that is announced for a number that never comes leaves the present one in use for good.
#[test]
fn a_key_that_is_announced_far_ahead_does_not_let_the_present_one_sign_twice() {
	run(|| {
		let sensor = register_lock();
		Needed::set(Some(5..1_000));
		assert_ok!(rotate(sensor, 1 << 60, 2));
		// Nor do two of them.
		advance(SENSOR_ROTATION_PERIOD);
		assert_ok!(rotate(sensor, 1 << 61, 3));
		assert_ok!(Registry::convict_sensor(sensor, 8, 30));
		// Nor does one that ends the suspension: what counts of the old key can still be held against it.
		assert_ok!(rotate(sensor, 1 << 62, 4));
		assert_noop!(Registry::convict_sensor(sensor, 9, 30), Error::NothingNew);
		assert_ok!(Registry::convict_sensor(sensor, 7, 30));
	});
}

#[test]
fn a_rotation_right_after_a_number_was_signed_twice_does_not_shield_it() {
	run(|| {
		let sensor = register_lock();
		Needed::set(Some(5..1_000));
		assert_ok!(rotate(sensor, 8, 2));
		assert_ok!(Registry::convict_sensor(sensor, 7, 30));
	});
}

#[test]
fn a_key_that_was_replaced_in_good_time_convicts_nobody() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(rotate(sensor, 8, 2));
		advance(SENSOR_ROTATION_PERIOD);
		Needed::set(Some(20..1_000));
		assert_ok!(rotate(sensor, 30, 3));
		let convict = |number| Registry::convict_sensor(sensor, number, 30);
		assert_noop!(convict(7), Error::NothingNew);
		// What is signed twice with it beyond its range is not signed by the sensor at all.
		assert_eq!(sensor_key_at(sensor, 8), Some(sensor_key(2).public()));
		assert_ok!(convict(8));
		// One that ends a suspension within reach disowns what the key before signs.
		assert_ok!(rotate(sensor, 1_000, 4));
		assert_noop!(convict(999), Error::NothingNew);
	});
}

#[test]
fn who_does_it_again_and_again_is_revoked() {
	run(|| {
		let sensor = register_lock();
		for n in 0..MAX_VOID {
			let at = 10 * u64::from(n);
			let convicted = Registry::convict_sensor(sensor, at, 1);
			assert_eq!(convicted, Ok(Conviction::Suspended));
			assert_ok!(rotate(sensor, at + 5, 2 + n as u8));
		}
		let convicted = Registry::convict_sensor(sensor, 100, 1);
		assert_eq!(convicted, Ok(Conviction::Revoked));
		let event = Event::SensorRevoked {
			sensor,
			from_sequence: 100,
			fee: 1,
		};
		assert_eq!(last_event(), event);
		assert!(sensor_key_at(sensor, 99).is_some());
		assert_eq!(sensor_key_at(sensor, 100), None);
		assert_noop!(rotate(sensor, 101, 100), Error::Revoked);
	});
}

#[test]
fn without_a_number_it_is_suspended_once() {
	run(|| {
		let sensor = register_lock();
		Registry::suspend_sensor(sensor, 5);
		let event = Event::SensorSuspended {
			sensor,
			sequence: None,
			fee: 0,
		};
		assert_eq!(last_event(), event);
		assert!(sensor_key_at(sensor, 0).is_some());
		let events = System::event_count();
		let fate = |range| Registry::sensor_keys(sensor).unwrap().fate(&range);
		assert_eq!([fate(3..5), fate(4..6)], [Fate::Live, Fate::Waiting]);
		// It may have been an earlier number.
		Registry::suspend_sensor(sensor, 4);
		assert_eq!([fate(2..4), fate(3..5)], [Fate::Live, Fate::Waiting]);
		Registry::suspend_sensor(sensor, 9);
		assert_eq!(fate(3..5), Fate::Waiting);
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, 9));
		// No key can come for one that is to be revoked.
		Registry::suspend_sensor(sensor, 2);
		assert_eq!([fate(0..2), fate(1..3)], [Fate::Live, Fate::Waiting]);
		assert_eq!(System::event_count(), events + 2);
	});
}

#[test]
fn an_announced_key_does_not_save_a_sensor() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(rotate(sensor, 10, 2));
		Registry::suspend_sensor(sensor, 5);
		assert!(!Registry::sensor_keys(sensor).unwrap().is_live());
	});
}

#[test]
fn what_the_old_key_signed_after_the_number_does_not_count_once_there_is_a_new_one() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::convict_sensor(sensor, 7, 30));
		assert_ok!(rotate(sensor, 12, 2));
		let keys = [6, 7, 8, 11, 12].map(|number| sensor_key_at(sensor, number));
		let [old, new] = [1, 2].map(|n| Some(sensor_key(n).public()));
		assert_eq!(keys, [old, None, None, None, new]);
	});
}
