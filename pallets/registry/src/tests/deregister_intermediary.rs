use super::*;

#[test]
fn everything_goes_and_the_deposit_returns() {
	run(|| {
		let intermediary = register_offering(0);
		LastSeen::<Test>::insert(intermediary, 1);
		let (key, proof) = (
			intermediary_key(2).public(),
			intermediary_proof(2, &alice()),
		);
		let rotate = Registry::rotate_intermediary_key;
		assert_ok!(rotate(origin(alice()), intermediary, 10, key, proof));
		assert_ok!(Registry::deregister_intermediary(
			origin(alice()),
			intermediary
		));
		assert_eq!(Intermediaries::<Test>::get(intermediary), None);
		assert_eq!(Keys::<Test>::iter().count(), 0);
		assert_eq!(Offers::<Test>::get(intermediary), None);
		assert_eq!(LastSeen::<Test>::get(intermediary), None);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT);
		assert_eq!(
			last_event(),
			Event::IntermediaryDeregistered { intermediary }
		);
		// The keys are free again; the id is not.
		assert_ne!(register_intermediary(), intermediary);
	});
}

#[test]
fn the_bond_must_have_been_withdrawn() {
	run(|| {
		let id = register_bonded(50);
		let deregister = || Registry::deregister_intermediary(origin(alice()), id);
		assert_noop!(deregister(), Error::Bonded);
		assert_ok!(Registry::unbond(origin(alice()), id, 50));
		assert_noop!(deregister(), Error::Bonded);
		advance(UNBONDING_PERIOD);
		assert_ok!(Registry::withdraw(origin(alice()), id));
		assert_ok!(deregister());
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT);
	});
}

#[test]
fn only_its_operator_deregisters_an_intermediary_that_is_not_in_use() {
	run(|| {
		let deregister = |who| Registry::deregister_intermediary(origin(who), 0);
		assert_noop!(deregister(alice()), Error::NotRegistered);
		let id = register_offering(0);
		assert_noop!(deregister(bob()), Error::NotOwner);
		assert_ok!(Registry::bind(&binding(1, id), 0));
		assert_noop!(deregister(alice()), Error::InUse);
		Registry::release(&agreement(1), id);
		assert_ok!(deregister(alice()));
	});
}
