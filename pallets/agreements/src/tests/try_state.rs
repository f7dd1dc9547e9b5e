//! The check of the invariants finds what is wrong.

use frame_support::{assert_ok, traits::fungible::MutateHold};
use sp_runtime::TryRuntimeError;

use crate::{mock::*, AgreementOf, AgreementsOf, AgreementsOfSensor, HoldReason, Results, Terms};

/// Settles a window, breaks something and expects it to be found.
fn finds(break_it: impl FnOnce(), what: &'static str) {
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		populate();
		let id = activate(&terms());
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		assert_ok!(Agreements::do_try_state());
		break_it();
		assert_eq!(
			Agreements::do_try_state(),
			Err(TryRuntimeError::Other(what))
		);
	});
}

/// Breaks the state of the agreement on [`terms`].
fn changed(change: impl FnOnce(&mut AgreementOf<Test>)) {
	crate::Agreements::<Test>::mutate(id(), |agreement| change(agreement.as_mut().unwrap()));
}

#[test]
fn money_that_is_not_accounted_for_is_found() {
	let hold = "a hold that agreements do not account for";
	finds(|| changed(|agreement| agreement.funds[0] -= 1), hold);
	finds(|| changed(|agreement| agreement.deposit += 1), hold);
	let open = Some(crate::OpenDispute {
		window: 3,
		frozen: false,
	});
	finds(|| changed(|agreement| agreement.dispute = open), hold);
	finds(
		|| changed(|agreement| agreement.funds[1] = DISPUTE),
		"an agreement in force that is exhausted",
	);
	finds(
		|| Balances::hold(&HoldReason::Escrow.into(), &charlie(), 1).unwrap(),
		hold,
	);
}

#[test]
fn a_wrong_index_is_found() {
	finds(
		|| AgreementsOf::<Test>::remove(10, id()),
		"an agreement is not indexed",
	);
	finds(
		|| AgreementsOfSensor::<Test>::insert(1, id(), 8),
		"an agreement is not indexed",
	);
	finds(
		|| AgreementsOf::<Test>::remove(22, id()),
		"an agreement is not indexed",
	);
	finds(
		|| AgreementsOf::<Test>::insert(99, id(), ()),
		"an agreement that needs nothing is indexed",
	);
}

#[test]
fn a_wrong_roster_is_found() {
	let member = |place: usize, member| {
		move || changed(|agreement| agreement.roster.members[place] = member)
	};
	finds(
		|| changed(|agreement| agreement.roster.members.truncate(1)),
		"a user without a member",
	);
	finds(member(0, 99), "a member that is not bound");
	finds(member(0, 20), "a user without a member");
	finds(
		|| changed(|agreement| agreement.roster.members.as_mut().reverse()),
		"members are not in the users' order",
	);
	finds(
		|| changed(|agreement| agreement.left.try_push(12).unwrap()),
		"an agreement that needs nothing is indexed",
	);
	finds(
		|| changed(|agreement| agreement.passed = Some(0)),
		"a roster that is none of the former ones has passed windows over",
	);
}

#[test]
fn miscounted_results_are_found() {
	finds(
		|| changed(|agreement| agreement.results += 1),
		"results are miscounted",
	);
	finds(
		|| changed(|agreement| agreement.progress = Default::default()),
		"a result of a window that is not decided",
	);
	let result = || Results::<Test>::get(id(), 0).unwrap();
	finds(
		|| Results::<Test>::insert(sp_core::H256::zero(), 0, result()),
		"a result without an agreement",
	);
}

#[test]
fn terms_and_agreements_come_together() {
	finds(|| Terms::<Test>::remove(id()), "an agreement without terms");
	finds(
		|| Terms::<Test>::insert(sp_core::H256::zero(), terms()),
		"terms without an agreement",
	);
	finds(
		|| Terms::<Test>::mutate(id(), |terms| terms.as_mut().unwrap().nonce = 1),
		"terms under another id",
	);
}
