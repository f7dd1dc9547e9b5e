use super::*;

#[test]
fn it_is_gone_and_its_deposit_returns() {
	run(|| {
		let intermediary = register_intermediary();
		let before = Balances::free_balance(alice());
		assert_ok!(Registry::publish_offer(
			origin(alice()),
			intermediary,
			offer()
		));
		assert!(Balances::free_balance(alice()) < before);
		assert_ok!(Registry::withdraw_offer(origin(alice()), intermediary));
		assert_eq!(Balances::free_balance(alice()), before);
		assert_eq!(Registry::offer(intermediary), None);
		assert_eq!(last_event(), Event::OfferWithdrawn { intermediary });
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let withdraw = |who| Registry::withdraw_offer(origin(who), 0);
		assert_noop!(withdraw(alice()), Error::NotRegistered);
		register_intermediary();
		assert_noop!(withdraw(bob()), Error::NotOwner);
		assert_noop!(withdraw(alice()), Error::NoOffer);
	});
}

#[test]
fn who_is_bound_stays_bound() {
	run(|| {
		let id = register_offering(50);
		assert_ok!(Registry::bind(&binding(1, id), 20));
		assert_ok!(Registry::withdraw_offer(origin(alice()), id));
		assert_eq!(Registry::liability(&agreement(1), id), 20);
		let bind = || Registry::bind(&binding(2, id), 0);
		assert_noop!(bind(), Error::NoOffer);
	});
}
