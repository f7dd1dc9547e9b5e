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
			Registry::release(&entity);
		}
	});
}

#[test]
fn an_entity_is_needed_until_it_is_released_as_often_as_it_was_acquired() {
	run(|| {
		for entity in entities() {
			assert_ok!(Registry::acquire(&entity));
			assert_ok!(Registry::acquire(&entity));
			Registry::release(&entity);
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
				assert_ok!(Registry::acquire(&entity));
			}
			assert_noop!(Registry::acquire(&entity), Error::TooManyAgreements);
			Registry::release(&entity);
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
		assert_ok!(Registry::revoke_intermediary(origin(alice()), 0, 10));
		for entity in entities {
			assert_noop!(Registry::acquire(&entity), Error::Revoked);
		}
	});
}
