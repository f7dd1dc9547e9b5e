use super::*;

#[test]
fn only_the_parts_that_are_due_return() {
	run(|| {
		let intermediary = register_bonded(50);
		let free = Balances::free_balance(alice());
		for amount in [1, 2, 4] {
			assert_ok!(Registry::unbond(origin(alice()), intermediary, amount));
			advance(10);
		}
		let withdraw = || Registry::withdraw(origin(alice()), intermediary);
		advance(UNBONDING_PERIOD - 31);
		assert_noop!(withdraw(), Error::NothingDue);
		advance(11);
		assert_ok!(withdraw());
		assert_eq!(Balances::free_balance(alice()), free + 3);
		let event = Event::Withdrawn {
			intermediary,
			amount: 3,
		};
		assert_eq!(last_event(), event);
		advance(10);
		assert_ok!(withdraw());
		assert_eq!(Balances::free_balance(alice()), free + 7);
		assert_eq!(held(HoldReason::Bond, &alice()), 43);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let withdraw = |who| Registry::withdraw(origin(who), 0);
		assert_noop!(withdraw(alice()), Error::NotRegistered);
		register_bonded(50);
		assert_noop!(withdraw(bob()), Error::NotOwner);
		assert_noop!(withdraw(alice()), Error::NothingDue);
	});
}
