use super::*;

#[test]
fn everything_goes_and_the_deposit_returns() {
	run(|| {
		let sensor = register_lock();
		let (key, proof) = (sensor_key(2).public(), sensor_proof(2, &alice()));
		assert_ok!(Registry::rotate_sensor_key(
			origin(alice()),
			sensor,
			10,
			key,
			proof
		));
		assert_ok!(Registry::deregister_sensor(origin(alice()), sensor));
		assert_eq!(Sensors::<Test>::get(sensor), None);
		assert_eq!(Keys::<Test>::iter().count(), 0);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT);
		assert_eq!(last_event(), Event::SensorDeregistered { sensor });
		// The keys are free again; the id is not.
		assert_ne!(register_lock(), sensor);
	});
}

#[test]
fn only_its_owner_deregisters_a_sensor_that_is_not_in_use() {
	run(|| {
		let deregister = |who| Registry::deregister_sensor(origin(who), 0);
		assert_noop!(deregister(alice()), Error::NotRegistered);
		let sensor = register_lock();
		assert_noop!(deregister(bob()), Error::NotOwner);
		assert_ok!(Registry::acquire(&Entity::Sensor(sensor)));
		assert_noop!(deregister(alice()), Error::InUse);
		Registry::relinquish(&Entity::Sensor(sensor));
		assert_ok!(deregister(alice()));
	});
}
