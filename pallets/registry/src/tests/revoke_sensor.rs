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
fn each_fault_has_its_error() {
	run(|| {
		let revoke = |who, from| Registry::revoke_sensor(origin(who), 0, from);
		assert_noop!(revoke(alice(), 10), Error::NotRegistered);
		register_lock();
		assert_noop!(revoke(bob(), 10), Error::NotOwner);
		assert_noop!(revoke(alice(), 0), Error::PositionNotAhead);
		assert_ok!(revoke(alice(), 10));
		assert_noop!(revoke(alice(), 11), Error::Revoked);
	});
}
