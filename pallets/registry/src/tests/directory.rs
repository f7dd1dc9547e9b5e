use super::*;

/// What can be acquired: a user and a sensor.
fn entities() -> [Entity<sp_runtime::AccountId32>; 2] {
	register_alice();
	[Entity::User(alice()), Entity::Sensor(register_lock())]
}

#[test]
fn it_tells_who_is_who() {
	run(|| {
		entities();
		register_offering(50);
		assert!(Registry::is_user(&alice()) && !Registry::is_user(&bob()));
		assert_eq!(Registry::user_signer(&alice(), 1), Some(alice()));
		assert_eq!(Registry::sensor_owner(0), Some(alice()));
		assert_eq!(Registry::sensor_schema(0), Some(schema(&["open"])));
		assert_eq!(sensor_key_at(0, 0), Some(sensor_key(1).public()));
		assert_eq!(Registry::operator(0), Some(alice()));
		assert_eq!(Registry::offer(0), Some(offer()));
		assert!(!Registry::is_alive(0));
		let key = intermediary_key(1).public();
		assert_eq!(Registry::intermediary_key(0, 1), Some(key));
		assert_eq!(Registry::intermediary_by_key(&key), Some(0));
		assert_eq!(Registry::intermediary_keys(0, 1), [key]);
	});
}

#[test]
fn of_the_unregistered_it_knows_nothing() {
	run(|| {
		assert_eq!(Registry::user_signer(&alice(), 1), None);
		assert_eq!(Registry::sensor_owner(0), None);
		assert_eq!(Registry::sensor_schema(0), None);
		assert_eq!(Registry::sensor_keys(0), None);
		assert_eq!(Registry::operator(0), None);
		assert_eq!(Registry::offer(0), None);
		assert!(!Registry::is_alive(0));
		assert_eq!(Registry::intermediary_key(0, 1), None);
		assert!(Registry::intermediary_keys(0, 1).is_empty());
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
			assert_noop!(Registry::acquire(&entity), Error::NotRegistered);
			Registry::relinquish(&entity);
		}
	});
}

#[test]
fn an_entity_is_needed_until_it_is_relinquished_as_often_as_it_was_acquired() {
	run(|| {
		for entity in entities() {
			assert_ok!(Registry::acquire(&entity));
			assert_ok!(Registry::acquire(&entity));
			Registry::relinquish(&entity);
		}
		assert_noop!(Registry::deregister_user(origin(alice())), Error::InUse);
		assert_noop!(
			Registry::deregister_sensor(origin(alice()), 0),
			Error::InUse
		);
		for entity in [Entity::User(alice()), Entity::Sensor(0)] {
			Registry::relinquish(&entity);
		}
		assert_ok!(Registry::deregister_user(origin(alice())));
		assert_ok!(Registry::deregister_sensor(origin(alice()), 0));
	});
}

#[test]
fn an_entity_is_in_so_many_agreements_at_most() {
	run(|| {
		let most = [MaxAgreements::get(), MaxAgreementsOfSensor::get()];
		for (entity, most) in entities().into_iter().zip(most) {
			for _ in 0..most {
				assert_ok!(Registry::acquire(&entity));
			}
			assert_noop!(Registry::acquire(&entity), Error::TooManyAgreements);
			Registry::relinquish(&entity);
			assert_ok!(Registry::acquire(&entity));
		}
	});
}

#[test]
fn the_revoked_enter_no_agreement() {
	run(|| {
		let entities = entities();
		assert_ok!(Registry::revoke_user(origin(alice()), 10));
		assert_ok!(Registry::revoke_sensor(origin(alice()), 0, 10));
		for entity in entities {
			assert_noop!(Registry::acquire(&entity), Error::Revoked);
		}
	});
}

#[test]
fn an_intermediary_is_bound_and_not_acquired() {
	run(|| {
		let entity = Entity::Intermediary(register_offering(50));
		assert!(Registry::acquire(&entity).is_err());
		Registry::relinquish(&entity);
		assert_eq!(Intermediaries::<Test>::get(0).unwrap().uses, 0);
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
