use super::*;

/// One entity of each sort.
fn entities() -> [Entity<sp_runtime::AccountId32>; 3] {
	register_alice();
	let (sensor, intermediary) = (register_lock(), register_intermediary());
	[
		Entity::User(alice()),
		Entity::Sensor(sensor),
		Entity::Intermediary(intermediary),
	]
}

#[test]
fn it_tells_who_is_who() {
	run(|| {
		entities();
		assert!(Registry::is_user(&alice()) && !Registry::is_user(&bob()));
		assert_eq!(Registry::user_signer(&alice(), 1), Some(alice()));
		assert_eq!(Registry::sensor_owner(0), Some(alice()));
		assert_eq!(Registry::sensor_schema(0), Some(schema(&["open"])));
		assert_eq!(Registry::sensor_key(0, 0), Some(sensor_key(1).public()));
		assert_eq!(Registry::operator(0), Some(alice()));
		assert_eq!(Registry::asked_reward(0), Some(5));
		let key = intermediary_key(1).public();
		assert_eq!(Registry::intermediary_key(0, 1), Some(key));
		assert_eq!(Registry::intermediary_by_key(&key), Some(0));
		assert_eq!(Registry::intermediary_keys(0, 1), [key]);
		assert_eq!(Registry::sensor_keys(0, 0, 1), [sensor_key(1).public()]);
	});
}

#[test]
fn of_the_unregistered_it_knows_nothing() {
	run(|| {
		assert_eq!(Registry::user_signer(&alice(), 1), None);
		assert_eq!(Registry::sensor_owner(0), None);
		assert_eq!(Registry::sensor_schema(0), None);
		assert_eq!(Registry::sensor_key(0, 0), None);
		assert_eq!(Registry::operator(0), None);
		assert_eq!(Registry::asked_reward(0), None);
		assert_eq!(Registry::intermediary_key(0, 1), None);
		assert!(Registry::intermediary_keys(0, 1).is_empty());
		assert!(Registry::sensor_keys(0, 0, 1).is_empty());
		assert!(!Registry::convict_sensor(0, 0));
		Registry::record_failure(0, Failure::Lie);
		assert_eq!(
			Registry::intermediary_by_key(&intermediary_key(1).public()),
			None
		);
		for entity in [
			Entity::User(alice()),
			Entity::Sensor(0),
			Entity::Intermediary(0),
		] {
			assert_noop!(Registry::acquire(&entity, 0), Error::NotRegistered);
			Registry::release(&entity, 0);
		}
	});
}

#[test]
fn an_entity_is_needed_until_it_is_released_as_often_as_it_was_acquired() {
	run(|| {
		for entity in entities() {
			assert_ok!(Registry::acquire(&entity, 0));
			assert_ok!(Registry::acquire(&entity, 0));
			Registry::release(&entity, 0);
		}
		assert_noop!(Registry::deregister_user(origin(alice())), Error::InUse);
		assert_noop!(
			Registry::deregister_sensor(origin(alice()), 0),
			Error::InUse
		);
		assert_noop!(
			Registry::deregister_intermediary(origin(alice()), 0),
			Error::InUse
		);
	});
}

#[test]
fn an_entity_is_in_so_many_agreements_at_most() {
	run(|| {
		for entity in entities() {
			for _ in 0..MaxAgreements::get() {
				assert_ok!(Registry::acquire(&entity, 0));
			}
			assert_noop!(Registry::acquire(&entity, 0), Error::TooManyAgreements);
			Registry::release(&entity, 0);
			assert_ok!(Registry::acquire(&entity, 0));
		}
	});
}

#[test]
fn the_revoked_enter_no_agreement() {
	run(|| {
		let entities = entities();
		assert_ok!(Registry::revoke_user(origin(alice()), 10));
		assert_ok!(Registry::revoke_sensor(origin(alice()), 0, 10));
		assert_ok!(Registry::revoke_intermediary(origin(alice()), 0, 10));
		for entity in entities {
			assert_noop!(Registry::acquire(&entity, 0), Error::Revoked);
		}
	});
}

#[test]
fn a_bond_covers_the_liability_of_all_agreements() {
	run(|| {
		let entity = Entity::Intermediary(register_bonded(50));
		let liable = || Intermediaries::<Test>::get(0).unwrap().liable;
		assert_ok!(Registry::acquire(&entity, 30));
		assert_noop!(Registry::acquire(&entity, 21), Error::BondTooSmall);
		assert_noop!(Registry::acquire(&entity, u64::MAX), Error::BondTooSmall);
		assert_ok!(Registry::acquire(&entity, 20));
		assert_eq!(liable(), 50);
		Registry::release(&entity, 30);
		assert_eq!(liable(), 20);
		Registry::release(&entity, 20);
		assert_eq!(liable(), 0);
	});
}

#[test]
fn what_is_being_unbonded_covers_nothing() {
	run(|| {
		let entity = Entity::Intermediary(register_bonded(50));
		assert_ok!(Registry::unbond(origin(alice()), 0, 10));
		assert_noop!(Registry::acquire(&entity, 41), Error::BondTooSmall);
		assert_ok!(Registry::acquire(&entity, 40));
	});
}

#[test]
fn failures_are_counted_by_sort() {
	run(|| {
		let id = register_intermediary();
		Registry::record_failure(id, Failure::Lie);
		Registry::record_failure(id, Failure::Absence);
		Registry::record_failure(id, Failure::Absence);
		let record = Intermediaries::<Test>::get(id).unwrap();
		assert_eq!((record.lies, record.absences), (1, 2));
	});
}

#[test]
fn a_convicted_sensor_is_not_valid_from_the_number_on() {
	run(|| {
		let sensor = register_lock();
		assert!(Registry::convict_sensor(sensor, 7));
		let event = Event::SensorRevoked {
			sensor,
			from_sequence: 7,
		};
		assert_eq!(last_event(), event);
		let key = sensor_key(1).public();
		assert_eq!(Registry::sensor_key(sensor, 6), Some(key));
		assert_eq!(Registry::sensor_key(sensor, 7), None);
		// Once is enough, unless it did so even earlier.
		assert!(!Registry::convict_sensor(sensor, 7));
		assert!(Registry::convict_sensor(sensor, 3));
		assert_eq!(Registry::sensor_key(sensor, 3), None);
	});
}

#[test]
fn an_announced_key_does_not_save_a_sensor() {
	run(|| {
		let sensor = register_lock();
		let (key, proof) = (sensor_key(2).public(), sensor_proof(2, &alice()));
		let rotate = Registry::rotate_sensor_key;
		assert_ok!(rotate(origin(alice()), sensor, 10, key, proof));
		assert!(Registry::convict_sensor(sensor, 3));
		assert!(Registry::sensor_key(sensor, 2).is_some());
		assert_eq!(Registry::sensor_key(sensor, 3), None);
		assert_eq!(Registry::sensor_key(sensor, 10), None);
	});
}
