use super::*;
use frame_support::traits::fungible::{Inspect, MutateFreeze};
use sp_runtime::AccountId32;

/// An intermediary with a bond of 50, of which 20 and then 10 more are being unbonded.
fn unbonding() -> u64 {
	let id = register_bonded(50);
	assert_ok!(Registry::unbond(origin(alice()), id, 20));
	assert_ok!(Registry::unbond(origin(alice()), id, 10));
	id
}

/// The bond of an intermediary, and the parts that are being unbonded.
fn bond(id: u64) -> (u64, Vec<u64>) {
	let record = Intermediaries::<Test>::get(id).unwrap();
	let parts = record.unbonding.iter().map(|part| part.amount);
	(record.bond, parts.collect())
}

/// An account that does not exist yet.
fn nobody() -> AccountId32 {
	AccountId32::new([7; 32])
}

#[test]
fn payees_are_paid_in_their_order_as_far_as_it_goes() {
	run(|| {
		let intermediary = register_bonded(50);
		let issued = Balances::total_issuance();
		let payees = [(bob(), 30), (nobody(), 15), (bob(), 10), (bob(), 1)];
		assert_eq!(Registry::slash(intermediary, &payees), [30, 15, 5, 0]);
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 35);
		assert_eq!(Balances::free_balance(nobody()), 15);
		assert_eq!(Balances::total_issuance(), issued);
		assert_eq!(bond(intermediary), (0, vec![]));
		let event = Event::Slashed {
			intermediary,
			amount: 50,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn the_latest_of_what_is_being_unbonded_follows_the_bond() {
	run(|| {
		let id = unbonding();
		for (amount, left) in [
			(15, (5, vec![20, 10])),
			(8, (0, vec![20, 7])),
			(7, (0, vec![20])),
			(15, (0, vec![5])),
			(9, (0, vec![])),
		] {
			Registry::slash(id, &[(bob(), amount)]);
			assert_eq!(bond(id), left);
			check_state();
		}
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 50);
	});
}

#[test]
fn who_cannot_receive_is_passed_over() {
	run(|| {
		let id = register_bonded(50);
		let too_little = EXISTENTIAL_DEPOSIT - 1;
		let payees = [(nobody(), too_little), (bob(), 20), (alice(), 10)];
		assert_eq!(Registry::slash(id, &payees), [0, 20, 10]);
		assert_eq!(bond(id), (20, vec![]));
	});
}

#[test]
fn a_frozen_bond_is_slashed_all_the_same() {
	run(|| {
		let id = register_bonded(50);
		assert_ok!(Balances::set_freeze(
			&(),
			&alice(),
			Balances::total_balance(&alice())
		));
		assert_eq!(Registry::slash(id, &[(bob(), 50)]), [50]);
	});
}

#[test]
fn without_a_bond_nothing_is_paid_nor_said() {
	run(|| {
		let id = register_intermediary();
		let before = last_event();
		for id in [id, id + 1] {
			assert_eq!(Registry::slash(id, &[(bob(), 5), (bob(), 0)]), [0, 0]);
		}
		assert_eq!(last_event(), before);
	});
}

#[test]
fn one_intermediary_does_not_pay_for_another_of_its_operator() {
	run(|| {
		let liar = register_bonded(50);
		let (key, proof) = (
			intermediary_key(2).public(),
			intermediary_proof(2, &alice()),
		);
		let register = Registry::register_intermediary;
		assert_ok!(register(origin(alice()), key, proof, endpoint(""), 0, 70));
		assert_eq!(Registry::slash(liar, &[(bob(), 100)]), [50]);
		assert_eq!(bond(liar + 1), (70, vec![]));
		assert_eq!(held(HoldReason::Bond, &alice()), 70);
	});
}

#[test]
fn a_fee_comes_out_of_the_bond_and_of_nothing_else() {
	run(|| {
		let intermediary = unbonding();
		let issued = Balances::total_issuance();
		assert!(Registry::can_charge(intermediary, 20));
		assert!(!Registry::can_charge(intermediary, 21));
		let charge = |fee| Registry::charge(intermediary, fee);
		assert_noop!(charge(21), Error::BondTooSmall);
		assert_ok!(charge(15));
		assert_eq!(bond(intermediary), (5, vec![20, 10]));
		assert_eq!(Balances::free_balance(pot()), ENDOWMENT + 15);
		assert_eq!(Balances::total_issuance(), issued);
		let event = Event::Charged {
			intermediary,
			fee: 15,
		};
		assert_eq!(last_event(), event);
		let nobody = intermediary + 1;
		assert!(!Registry::can_charge(nobody, 0));
		assert_noop!(Registry::charge(nobody, 0), Error::NotRegistered);
	});
}
