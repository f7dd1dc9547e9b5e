use super::*;

#[test]
fn the_deposit_follows_the_length_of_the_name() {
	run(|| {
		register_alice();
		assert_ok!(Registry::update_user(
			origin(alice()),
			name("Alice of Rotterdam")
		));
		assert_eq!(held(HoldReason::User, &alice()), 118);
		assert_ok!(Registry::update_user(origin(alice()), name("A")));
		assert_eq!(held(HoldReason::User, &alice()), 101);
		let user = Users::<Test>::get(alice()).unwrap();
		assert_eq!((user.name, user.deposit), (name("A"), 101));
		assert_eq!(last_event(), Event::UserUpdated { user: alice() });
	});
}

#[test]
fn an_unregistered_user_or_a_bad_name_is_refused() {
	run(|| {
		assert_noop!(
			Registry::update_user(origin(alice()), name("A")),
			Error::NotRegistered
		);
		register_alice();
		assert_noop!(
			Registry::update_user(origin(alice()), name("")),
			Error::InvalidName
		);
	});
}
