use super::*;
use frame_support::traits::fungible::Mutate;
use sp_runtime::TokenError;

#[test]
fn the_bond_grows() {
	run(|| {
		let intermediary = register_bonded(50);
		assert_ok!(Registry::bond(origin(alice()), intermediary, 25));
		assert_eq!(Intermediaries::<Test>::get(intermediary).unwrap().bond, 75);
		assert_eq!(held(HoldReason::Bond, &alice()), 75);
		let event = Event::Bonded {
			intermediary,
			amount: 25,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let bond = |who, amount| Registry::bond(origin(who), 0, amount);
		assert_noop!(bond(alice(), 1), Error::NotRegistered);
		register_intermediary();
		assert_noop!(bond(bob(), 1), Error::NotOwner);
		assert_noop!(bond(alice(), 0), Error::ZeroAmount);
		Balances::set_balance(&alice(), 10);
		assert_noop!(bond(alice(), 10), TokenError::FundsUnavailable);
	});
}
