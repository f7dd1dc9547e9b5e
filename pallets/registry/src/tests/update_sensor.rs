use super::*;

#[test]
fn the_deposit_follows_the_length_of_the_schema() {
	run(|| {
		let sensor = register_lock();
		for new in [schema(&["open", "battery"]), schema(&["o"])] {
			assert_ok!(Registry::update_sensor(
				origin(alice()),
				sensor,
				new.clone()
			));
			assert_eq!(Registry::sensor_schema(sensor), Some(new.clone()));
			assert_eq!(held(HoldReason::Sensor, &alice()), sensor_deposit(&new));
			assert_eq!(last_event(), Event::SensorUpdated { sensor });
		}
	});
}

#[test]
fn a_schema_that_an_agreement_relies_on_stays() {
	run(|| {
		let sensor = register_lock();
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		let update = || Registry::update_sensor(origin(alice()), sensor, schema(&["battery"]));
		assert_noop!(update(), Error::InUse);
		Registry::relinquish(&Entity::Sensor(sensor));
		assert_ok!(update());
	});
}

#[test]
fn only_the_owner_updates_and_only_to_a_valid_schema() {
	run(|| {
		let update =
			|who, variables: &[&str]| Registry::update_sensor(origin(who), 0, schema(variables));
		assert_noop!(update(alice(), &["open"]), Error::NotRegistered);
		register_lock();
		assert_noop!(update(bob(), &["open"]), Error::NotOwner);
		assert_noop!(update(alice(), &[]), Error::NoVariables);
		assert_noop!(update(alice(), &["open", "open"]), Error::DuplicateVariable);
		assert_noop!(update(alice(), &[""]), Error::InvalidName);
	});
}
