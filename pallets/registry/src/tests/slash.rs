use super::*;
use frame_support::traits::fungible::{Inspect, MutateFreeze};
use sp_runtime::AccountId32;

/// An intermediary with a bond, liable with all of it in the first agreement.
fn bound(bond: u64) -> u64 {
	let id = register_offering(bond);
	assert_ok!(Registry::bind(&binding(1, id), bond));
	id
}

/// The bond of an intermediary, what it is liable for in all, and in the first agreement.
fn bond(id: u64) -> (u64, u64, u64) {
	let record = Intermediaries::<Test>::get(id).unwrap();
	let first = Registry::liability(&agreement(1), id);
	(record.bond, record.liable, first)
}

fn slash(id: u64, payees: &[(AccountId32, u64)]) -> Vec<u64> {
	Registry::slash(&agreement(1), id, payees)
}

/// An account that does not exist yet.
fn nobody() -> AccountId32 {
	AccountId32::new([7; 32])
}

#[test]
fn payees_are_paid_in_their_order_as_far_as_it_goes() {
	run(|| {
		let intermediary = bound(50);
		let issued = Balances::total_issuance();
		let payees = [(bob(), 30), (nobody(), 15), (bob(), 10), (bob(), 1)];
		assert_eq!(slash(intermediary, &payees), [30, 15, 5, 0]);
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 35);
		assert_eq!(Balances::free_balance(nobody()), 15);
		assert_eq!(Balances::total_issuance(), issued);
		assert_eq!(bond(intermediary), (0, 0, 0));
		let event = Event::Slashed {
			intermediary,
			agreement: agreement(1),
			amount: 50,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn an_agreement_never_takes_more_than_it_was_bound_for() {
	run(|| {
		let id = register_offering(100);
		assert_ok!(Registry::bind(&binding(1, id), 30));
		assert_ok!(Registry::bind(&binding(2, id), 70));
		assert_eq!(slash(id, &[(bob(), 20)]), [20]);
		assert_eq!(bond(id), (80, 80, 10));
		check_state();
		assert_eq!(Registry::charge(&agreement(1), id, 4), 4);
		assert_eq!(bond(id), (76, 76, 6));
		check_state();
		assert_eq!(slash(id, &[(bob(), 100)]), [6]);
		assert_eq!(slash(id, &[(bob(), 100)]), [0]);
		assert_eq!(Registry::charge(&agreement(1), id, 100), 0);
		assert_eq!(bond(id), (70, 70, 0));
		// The other agreement has all that it was bound for.
		assert_eq!(Registry::slash(&agreement(2), id, &[(bob(), 100)]), [70]);
	});
}

#[test]
fn who_was_released_is_liable_for_nothing_any_more() {
	run(|| {
		let id = bound(50);
		Registry::release(&agreement(1), id);
		assert_eq!(slash(id, &[(bob(), 50)]), [0]);
		assert_eq!(Registry::charge(&agreement(1), id, 50), 0);
		assert_eq!(bond(id), (50, 0, 0));
	});
}

#[test]
fn what_is_being_unbonded_is_not_touched() {
	run(|| {
		let id = register_offering(50);
		assert_ok!(Registry::bind(&binding(1, id), 20));
		assert_ok!(Registry::unbond(origin(alice()), id, 30));
		assert_eq!(slash(id, &[(bob(), 100)]), [20]);
		assert_eq!(bond(id), (0, 0, 0));
		advance(UNBONDING_PERIOD);
		let free = Balances::free_balance(alice());
		assert_ok!(Registry::withdraw(origin(alice()), id));
		assert_eq!(Balances::free_balance(alice()), free + 30);
	});
}

#[test]
fn who_was_convicted_cannot_withdraw_what_secures_others() {
	run(|| {
		let id = register_offering(100);
		assert_ok!(Registry::bind(&binding(1, id), 50));
		assert_ok!(Registry::bind(&binding(2, id), 50));
		assert_eq!(slash(id, &[(bob(), 50)]), [50]);
		Registry::release(&agreement(1), id);
		let unbond = || Registry::unbond(origin(alice()), id, 1);
		assert_noop!(unbond(), Error::BondTooSmall);
		assert_eq!(bond(id), (50, 50, 0));
	});
}

#[test]
fn who_cannot_receive_is_passed_over() {
	run(|| {
		let id = bound(50);
		let too_little = EXISTENTIAL_DEPOSIT - 1;
		let payees = [(nobody(), too_little), (bob(), 20), (alice(), 10)];
		assert_eq!(slash(id, &payees), [0, 20, 10]);
		assert_eq!(bond(id), (20, 20, 20));
	});
}

#[test]
fn a_frozen_bond_is_slashed_all_the_same() {
	run(|| {
		let id = bound(50);
		assert_ok!(Balances::set_freeze(
			&(),
			&alice(),
			Balances::total_balance(&alice())
		));
		assert_eq!(slash(id, &[(bob(), 50)]), [50]);
	});
}

#[test]
fn without_a_binding_nothing_is_paid_nor_said() {
	run(|| {
		let id = register_offering(50);
		let before = last_event();
		for id in [id, id + 1] {
			assert_eq!(slash(id, &[(bob(), 5), (bob(), 0)]), [0, 0]);
			assert_eq!(Registry::charge(&agreement(1), id, 5), 0);
		}
		assert_eq!(last_event(), before);
	});
}

#[test]
fn without_a_bond_nothing_is_paid_nor_said() {
	run(|| {
		let id = bound(0);
		let before = last_event();
		assert_eq!(slash(id, &[(bob(), 5), (bob(), 0)]), [0, 0]);
		assert_eq!(Registry::charge(&agreement(1), id, 5), 0);
		assert_eq!(last_event(), before);
	});
}

#[test]
fn one_intermediary_does_not_pay_for_another_of_its_operator() {
	run(|| {
		let liar = bound(50);
		let (key, proof) = (
			intermediary_key(2).public(),
			intermediary_proof(2, &alice()),
		);
		let register = Registry::register_intermediary;
		assert_ok!(register(origin(alice()), key, proof, endpoint(""), 70));
		assert_eq!(slash(liar, &[(bob(), 100)]), [50]);
		assert_eq!(bond(liar + 1), (70, 0, 0));
		assert_eq!(held(HoldReason::Bond, &alice()), 70);
	});
}

#[test]
fn a_fee_comes_out_of_the_bond_and_of_nothing_else() {
	run(|| {
		let intermediary = register_offering(50);
		assert_ok!(Registry::bind(&binding(1, intermediary), 20));
		assert_ok!(Registry::unbond(origin(alice()), intermediary, 30));
		let issued = Balances::total_issuance();
		let charge = |fee| Registry::charge(&agreement(1), intermediary, fee);
		assert_eq!(charge(15), 15);
		assert_eq!(bond(intermediary), (5, 5, 5));
		assert_eq!(Balances::free_balance(pot()), ENDOWMENT + 15);
		assert_eq!(Balances::total_issuance(), issued);
		let event = Event::Charged {
			intermediary,
			agreement: agreement(1),
			fee: 15,
		};
		assert_eq!(last_event(), event);
		assert_eq!(charge(6), 5);
		assert_eq!(Balances::free_balance(pot()), ENDOWMENT + 20);
		assert_eq!(held(HoldReason::Bond, &alice()), 30);
	});
}
