use super::*;

#[test]
fn messages_from_the_sequence_number_on_are_not_valid() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, 10));
		assert_eq!(sensor_key_at(sensor, 9), Some(sensor_key(1).public()));
		assert_eq!(sensor_key_at(sensor, 10), None);
		assert_eq!(
			last_event(),
			Event::SensorRevoked {
				sensor,
				from_sequence: 10,
				fee: 0
			}
		);
	});
}

#[test]
fn the_end_comes_nearer_only_now_and_then() {
	run(|| {
		let sensor = register_lock();
		let revoke = |from| Registry::revoke_sensor(origin(alice()), sensor, from);
		assert_ok!(revoke(1_000));
		assert_noop!(revoke(999), Error::RotatedRecently);
		System::set_block_number(System::block_number() + SENSOR_ROTATION_PERIOD - 1);
		assert_noop!(revoke(999), Error::RotatedRecently);
		System::set_block_number(System::block_number() + 1);
		assert_ok!(revoke(999));
	});
}

#[test]
fn a_double_signature_before_the_end_brings_it_there() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, u64::MAX));
		assert_ok!(Registry::convict_sensor(sensor, 10, 0));
		assert_eq!(
			last_event(),
			Event::SensorRevoked {
				sensor,
				from_sequence: 10,
				fee: 0
			}
		);
		Registry::suspend_sensor(sensor, 7);
		assert_eq!(
			last_event(),
			Event::SensorRevoked {
				sensor,
				from_sequence: 7,
				fee: 0
			}
		);
		assert_eq!(
			[6, 7].map(|at| sensor_key_at(sensor, at).is_some()),
			[true, false]
		);
	});
}

/// Else a window of nothing but the first message could be disputed again and again.
#[test]
fn a_double_signature_under_the_first_number_leaves_none_that_counts() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::revoke_sensor(origin(alice()), sensor, 1));
		Registry::suspend_sensor(sensor, 0);
		let event = Event::SensorRevoked {
			sensor,
			from_sequence: 0,
			fee: 0,
		};
		assert_eq!(last_event(), event);
		assert_eq!(sensor_key_at(sensor, 0), None);
		assert_noop!(Registry::convict_sensor(sensor, 0, 30), Error::NothingNew);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let revoke = |who, from| Registry::revoke_sensor(origin(who), 0, from);
		assert_noop!(revoke(alice(), 10), Error::NotRegistered);
		register_lock();
		assert_noop!(revoke(bob(), 10), Error::NotOwner);
		assert_noop!(revoke(alice(), 0), Error::PositionNotAhead);
		assert_ok!(revoke(alice(), 10));
		assert_noop!(revoke(alice(), 11), Error::RotatedRecently);
		System::set_block_number(SENSOR_ROTATION_PERIOD + 1);
		assert_noop!(revoke(alice(), 11), Error::Revoked);
	});
}
