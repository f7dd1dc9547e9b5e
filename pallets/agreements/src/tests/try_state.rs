//! The check of the invariants finds what is wrong.

use frame_support::{assert_ok, traits::fungible::MutateHold};
use sp_core::Pair;
use sp_runtime::TryRuntimeError;
use syngraph_primitives::{OnFailure, SettledRound};

use crate::{
	mock::*, AgreementOf, AgreementsOf, AgreementsOfSensor, Finals, HoldReason, JointKeys, Rounds,
	Terms,
};

/// Settles a round of one window, breaks something and expects it to be found.
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
	finds(|| changed(|agreement| agreement.disputed = Some(1)), hold);
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
fn what_accrued_without_reason_is_found() {
	finds(
		|| changed(|agreement| agreement.accrued.charge(2 * ESCROW)),
		"an agreement in force that is exhausted",
	);
	let more = "more is owed than can have accrued";
	finds(
		|| changed(|agreement| agreement.accrued.steps[0] = 101),
		more,
	);
	finds(|| changed(|agreement| agreement.accrued.windows = 2), more);
	// Of no window nothing is owed, whatever the phase.
	finds(|| changed(|agreement| agreement.accrued.windows = 0), more);
	finds(
		|| changed(|agreement| agreement.accrued.steps.clear()),
		"not one sum for each step and user",
	);
	finds(
		|| changed(|agreement| agreement.paid.clear()),
		"not one sum for each step and user",
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
}

fn round() -> SettledRound<u64> {
	Rounds::<Test>::get(id(), 0).unwrap()
}

/// Breaks the round that has settled.
fn changed_round(change: impl FnOnce(&mut SettledRound<u64>)) {
	Rounds::<Test>::mutate(id(), 0, |round| change(round.as_mut().unwrap()));
}

#[test]
fn miscounted_rounds_are_found() {
	let leaf = sp_core::H256::zero();
	finds(
		|| changed(|agreement| agreement.history.append(leaf)),
		"rounds are miscounted",
	);
	finds(
		|| {
			changed(|agreement| {
				agreement.accrued.take();
				agreement.history = Default::default();
			})
		},
		"rounds are miscounted",
	);
	finds(
		|| {
			Rounds::<Test>::remove(id(), 0);
			Rounds::<Test>::insert(id(), 1, round_of(1, 1));
		},
		"a round in a place that is not its own",
	);
	finds(
		|| Rounds::<Test>::insert(sp_core::H256::zero(), 0, round()),
		"a round without an agreement",
	);
	finds(
		|| Finals::<Test>::insert(id(), (leaf, 1)),
		"a final root of an agreement that is not forgotten",
	);
}

#[test]
fn rounds_that_nobody_has_signed_are_found() {
	let unsigned = "a round that nobody has signed";
	let changes = || changed_round(|round| round.proof = Default::default());
	finds(changes, unsigned);
	// Where the chain rules, it does so on one window at a time.
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		populate();
		let mut judging = terms();
		judging.on_failure = OnFailure::Judge;
		let id = activate(&judging);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		let found = Err(TryRuntimeError::Other(unsigned));
		for (signed, expected) in [(1, Ok(())), (2, found)] {
			Rounds::<Test>::mutate(id, 0, |round| {
				let round = round.as_mut().unwrap();
				(round.signed, round.proof) = (signed, Default::default());
			});
			assert_eq!(Agreements::do_try_state(), expected);
		}
	});
}

/// A round of so many null windows.
fn round_of(first: u64, windows: usize) -> SettledRound<u64> {
	SettledRound {
		first,
		outcomes: outcomes(&vec![None; windows]),
		data_root: Default::default(),
		signed: windows as u32,
		proof: Default::default(),
		at: 1,
	}
}

#[test]
fn rounds_that_do_not_follow_one_another_are_found() {
	let apart = "rounds do not make up what is decided";
	finds(|| changed(|agreement| agreement.progress.base = 2), apart);
	finds(|| changed(|agreement| agreement.progress.rounds = 2), apart);
	finds(|| changed_round(|round| round.first = 1), apart);
	finds(
		|| {
			Rounds::<Test>::insert(id(), 1, round_of(2, 1));
			changed(|agreement| agreement.history.append(Default::default()));
		},
		"a round that does not follow the one before",
	);
	let impossible = "a round that nobody can have signed";
	finds(|| changed_round(|round| round.signed = 0), impossible);
	let none = || changed_round(|round| round.outcomes = Default::default());
	finds(none, impossible);
	let many = || changed_round(|round| round.outcomes = outcomes(&[Some(1); 17]));
	finds(many, impossible);
}

#[test]
fn joint_keys_that_should_have_fallen_are_found() {
	let key = || joint_key().public();
	finds(
		|| JointKeys::<Test>::insert(sp_core::H256::zero(), key()),
		"a joint key of an agreement that is not in force",
	);
	finds(
		|| {
			JointKeys::<Test>::insert(id(), key());
			let next = intermediary_key(99).public();
			MockDirectory::announce(INTERMEDIARIES[0], System::block_number() + 5, &next);
		},
		"a joint key in which a key has a part that is about to be replaced",
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
