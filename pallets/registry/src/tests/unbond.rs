use super::*;

#[test]
fn a_part_waits_for_its_period() {
	run(|| {
		let intermediary = register_bonded(50);
		assert_ok!(Registry::unbond(origin(alice()), intermediary, 20));
		let record = Intermediaries::<Test>::get(intermediary).unwrap();
		let due = 1 + UNBONDING_PERIOD;
		assert_eq!(record.bond, 30);
		assert_eq!(record.unbonding[..], [Unbonding { amount: 20, due }]);
		assert_eq!(held(HoldReason::Bond, &alice()), 50);
		let event = Event::Unbonding {
			intermediary,
			amount: 20,
			due,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn only_what_no_agreement_needs_is_unbonded() {
	run(|| {
		let id = register_offering(50);
		let unbond = |amount| Registry::unbond(origin(alice()), id, amount);
		assert_ok!(Registry::bind(&binding(1, id), 30));
		assert_noop!(unbond(21), Error::BondTooSmall);
		assert_ok!(unbond(20));
		assert_noop!(unbond(1), Error::BondTooSmall);
		// A slash leaves as much as it is still liable for.
		assert_eq!(Registry::slash(&agreement(1), id, &[(bob(), 10)]), [10]);
		assert_noop!(unbond(1), Error::BondTooSmall);
		Registry::release(&agreement(1), id);
		assert_ok!(unbond(20));
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let unbond = |who, amount| Registry::unbond(origin(who), 0, amount);
		assert_noop!(unbond(alice(), 1), Error::NotRegistered);
		register_bonded(50);
		assert_noop!(unbond(bob(), 1), Error::NotOwner);
		assert_noop!(unbond(alice(), 0), Error::ZeroAmount);
		for _ in 0..MAX_UNBONDING {
			assert_ok!(unbond(alice(), 1));
		}
		assert_noop!(unbond(alice(), 1), Error::TooManyUnbonding);
	});
}
