use super::*;

#[test]
fn everything_goes_and_the_deposit_returns() {
	run(|| {
		register_alice();
		let proof = signer_proof(Sr25519Keyring::Bob, &alice());
		assert_ok!(Registry::rotate_user_key(origin(alice()), 10, bob(), proof));
		assert_ok!(Registry::deregister_user(origin(alice())));
		assert!(!Registry::is_user(&alice()));
		assert_eq!(Keys::<Test>::iter().count(), 0);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT);
		assert_eq!(last_event(), Event::UserDeregistered { user: alice() });
		// The account and its keys are free again.
		register_alice();
	});
}

#[test]
fn a_user_in_use_or_unregistered_is_refused() {
	run(|| {
		assert_noop!(
			Registry::deregister_user(origin(alice())),
			Error::NotRegistered
		);
		register_alice();
		assert_ok!(Registry::acquire(&Entity::User(alice())));
		assert_noop!(Registry::deregister_user(origin(alice())), Error::InUse);
		Registry::relinquish(&Entity::User(alice()));
		assert_ok!(Registry::deregister_user(origin(alice())));
	});
}
