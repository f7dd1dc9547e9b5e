use super::*;

/// Breaks the state of a chain with one entity of each sort and expects it to be noticed.
fn notices(fault: &'static str, break_it: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		register_alice();
		register_lock();
		let id = register_offering(50);
		assert_ok!(Registry::bind(&binding(1, id), 20));
		check_state();
		break_it();
		assert_eq!(Registry::do_try_state(), Err(fault.into()));
	});
}

#[test]
fn a_deposit_that_is_not_held_is_noticed() {
	let fault = "deposits are not what is held";
	notices(fault, || {
		Users::<Test>::mutate_extant(alice(), |user| user.deposit += 1);
	});
	notices(fault, || {
		Sensors::<Test>::mutate_extant(0, |sensor| sensor.deposit += 1);
	});
	notices(fault, || {
		Intermediaries::<Test>::mutate_extant(0, |intermediary| intermediary.deposit += 1);
	});
	notices(fault, || {
		Intermediaries::<Test>::mutate_extant(0, |intermediary| intermediary.bond += 1);
	});
}

#[test]
fn a_bond_that_makes_no_sense_is_noticed() {
	notices("nothing is being unbonded", || {
		let nothing = Unbonding { amount: 0, due: 1 };
		Intermediaries::<Test>::mutate_extant(0, |intermediary| {
			intermediary.unbonding.force_push(nothing)
		});
	});
}

#[test]
fn what_is_counted_of_a_binding_is_noticed() {
	let record = |change: fn(&mut IntermediaryOf<Test>)| {
		move || {
			Intermediaries::<Test>::mutate_extant(0, change);
		}
	};
	let unbound = "not bound as often as counted";
	notices(unbound, record(|one| one.uses += 1));
	notices(unbound, || Bindings::<Test>::remove(0, agreement(1)));
	let liable = "not liable for what is bound";
	notices(liable, record(|one| one.liable += 1));
	let named = "not named as often as counted";
	notices(named, || Named::<Test>::insert(0, alice(), 2));
	notices(named, || Named::<Test>::insert(0, bob(), 1));
	notices("liable for more than the bond", || {
		Intermediaries::<Test>::mutate_extant(0, |one| one.liable = 51);
		let (user, liability) = (alice(), 51);
		Bindings::<Test>::insert(0, agreement(1), Bound { user, liability });
	});
}

#[test]
fn what_is_stored_about_nobody_is_noticed() {
	let fault = "stored about an intermediary that is not registered";
	notices(fault, || Offers::<Test>::insert(1, offer()));
	notices(fault, || LastSeen::<Test>::insert(1, 1));
	notices(fault, || Named::<Test>::insert(1, bob(), 1));
	notices(fault, || {
		let (user, liability) = (bob(), 0);
		Bindings::<Test>::insert(1, agreement(1), Bound { user, liability });
	});
}

#[test]
fn a_key_that_is_indexed_wrongly_is_noticed() {
	let key = || RegisteredKey::Sensor(sensor_key(1).public());
	let fault = "key not indexed under its entity";
	notices(fault, || Keys::<Test>::remove(key()));
	notices(fault, || Keys::<Test>::insert(key(), Entity::Sensor(1)));
	let other = RegisteredKey::Sensor(sensor_key(2).public());
	notices("key indexed but not remembered", || {
		Keys::<Test>::insert(other, Entity::Sensor(0));
	});
}

#[test]
fn an_id_from_the_future_is_noticed() {
	notices("sensor id not given out yet", NextSensor::<Test>::kill);
	notices(
		"intermediary id not given out yet",
		NextIntermediary::<Test>::kill,
	);
}
