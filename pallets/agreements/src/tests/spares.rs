//! What becomes of an agreement whose intermediaries failed.

use frame_support::{assert_ok, assert_storage_noop};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, Directory, IntermediaryId, OnFailure, Roster,
};

use crate::{mock::*, AgreementsOf, EndReason, Event, HoldReason, Phase, TermsOf, ValidityError};

/// Opens and closes a dispute, in which these members were convicted, and those absent.
fn judge(id: AgreementId, convicted: &[IntermediaryId], absent: &[IntermediaryId]) {
	assert_ok!(Agreements::open_dispute(&id));
	let closing = Closing {
		convicted: convicted.to_vec(),
		absent: absent.to_vec(),
		..closing()
	};
	assert_ok!(Agreements::close_dispute(&id, &closing));
}

fn roster(id: AgreementId) -> Roster {
	Agreements::roster(&id).expect("it was active")
}

fn phase(id: AgreementId) -> Phase<u64> {
	crate::Agreements::<Test>::get(id).unwrap().phase
}

fn failure(at: u64) -> Phase<u64> {
	let reason = EndReason::Failure;
	Phase::Ended { reason, at }
}

/// [`terms`] that end when an intermediary fails for which there is no spare.
fn strict() -> TermsOf<Test> {
	let mut strict = terms();
	strict.on_failure = OnFailure::End;
	strict
}

#[test]
fn a_spare_takes_the_place_of_one_that_failed() {
	run(|| {
		let agreement = activate(&terms());
		decide(agreement, &[Some(1), None]);
		System::reset_events();
		judge(agreement, &[20], &[]);
		// It begins with the lowest window that is not decided.
		let expected = Roster {
			number: 1,
			since: 2,
			members: vec![10, 22, 21].try_into().unwrap(),
		};
		assert_eq!(roster(agreement), expected);
		let released = Event::Released {
			agreement,
			intermediary: 20,
		};
		let changed = Event::RosterChanged {
			agreement,
			roster: expected,
		};
		let told = events();
		assert!(told.ends_with(&[released, changed]));
		// What it signed cannot be disputed any more: it is not needed, nor liable.
		assert!(!AgreementsOf::<Test>::contains_key(20, agreement));
		assert_eq!(MockDirectory::liability(&agreement, 20), 0);
		assert_eq!(MockDirectory::liability(&agreement, 22), PENALTY);
	});
}

#[test]
fn results_settle_with_the_signatures_of_the_new_roster() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[20], &[]);
		let members = [10, 22, 21];
		for forged in [
			proof(&id, 0, 5),
			proof_by(&members, &id, 0, 5),
			proof_under(1, &INTERMEDIARIES, &id, 0, &[Some(5)]),
			proof_under(2, &members, &id, 0, &[Some(5)]),
		] {
			assert_storage_noop!(assert_eq!(
				settle(id, 0, forged),
				refused(ValidityError::BadSignature)
			));
		}
		System::reset_events();
		assert_ok!(settle(id, 0, proof_under(1, &members, &id, 0, &[Some(0)])));
		let fee = prices(&terms()).settlement;
		let expected = [fee - fee / 2 + REWARD, fee / 2 + 2 * REWARD];
		assert_eq!(
			owed(id),
			expected,
			"Bob pays for whoever is in the places of his intermediaries"
		);
		assert_ok!(pay_out(id));
		let rewarded: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Rewarded { intermediary, .. } => Some(intermediary),
				_ => None,
			})
			.collect();
		assert_eq!(rewarded, members);
	});
}

#[test]
fn all_that_failed_are_replaced_at_once() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[21], &[10]);
		let first = roster(id);
		assert_eq!((first.number, first.since), (1, 0));
		assert_eq!(first.members.to_vec(), [11, 20, 22]);
		judge(id, &[], &[11]);
		let second = roster(id);
		assert_eq!((second.number, second.since), (2, 0));
		assert_eq!(second.members.to_vec(), [12, 20, 22]);
		assert_eq!(agreement().left.to_vec(), [21, 10, 11]);
	});
}

#[test]
fn one_that_lied_leaves_if_its_user_has_another() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[20, 21], &[]);
		// The only spare has taken one of the places.
		assert_eq!(roster(id).members.to_vec(), [10, 22]);
		assert_eq!(decide(id, &[Some(1)]), 0);
		assert!(matches!(phase(id), Phase::Active { .. }));
	});
}

#[test]
fn no_user_is_left_without_a_member() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[20, 21], &[]);
		judge(id, &[22], &[]);
		assert_eq!(phase(id), failure(5));
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn one_that_is_silent_without_a_spare_stays_until_it_is_so_again_and_again() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[], &[20]);
		assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
		for number in [2, 3] {
			judge(id, &[], &[21]);
			assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
			// All commit anew, those that were silent included.
			assert_eq!(roster(id).number, number);
		}
		judge(id, &[], &[21]);
		assert_eq!(roster(id).members.to_vec(), [10, 22]);
		// The last one of its user cannot leave.
		for _ in 0..2 {
			judge(id, &[], &[22]);
			assert!(matches!(phase(id), Phase::Active { .. }));
		}
		judge(id, &[], &[22]);
		assert_eq!(phase(id), failure(5));
	});
}

#[test]
fn absences_far_apart_are_forgiven() {
	run(|| {
		let mut long = terms();
		long.limits.ends_at = 500;
		long.users[1].spares.clear();
		let id = activate(&long);
		for day in 0..6 {
			at_block(10 + day * (DAY + 1));
			judge(id, &[], &[21]);
		}
		assert_eq!(roster(id).members.to_vec(), INTERMEDIARIES);
	});
}

#[test]
fn without_a_spare_the_agreement_ends_if_the_terms_say_so() {
	run(|| {
		let id = activate(&strict());
		judge(id, &[20], &[]);
		assert!(matches!(phase(id), Phase::Active { .. }));
		judge(id, &[], &[22]);
		assert_eq!(phase(id), failure(5));
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
			assert_eq!(held(HoldReason::Storage, &user), ROUNDS_DEPOSIT);
		}
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

/// Neither a verdict nor silence loses a window.
#[test]
fn whatever_becomes_of_a_dispute_the_same_windows_come_next() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[Some(1)]);
		let verdicts: [(&[IntermediaryId], &[IntermediaryId]); 4] =
			[(&[], &[]), (&[20], &[]), (&[], &[10]), (&[], &[21])];
		for (number, (convicted, absent)) in (1..).zip(verdicts) {
			System::reset_events();
			judge(id, convicted, absent);
			assert_eq!((roster(id).number, roster(id).since), (number, 1));
			assert_eq!(agreement().progress.base, 1);
			let told = events();
			let renewed = told
				.iter()
				.filter(|event| matches!(event, Event::RosterChanged { .. }));
			assert_eq!(renewed.count(), 1);
		}
		assert_eq!(decide(id, &[Some(1)]), 1);
	});
}

#[test]
fn whoever_is_replaced_while_a_round_settled_has_earned_it() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id));
		decide(id, &[Some(0)]);
		System::reset_events();
		let closing = Closing {
			convicted: vec![20],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		let rewarded: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Rewarded { intermediary, .. } => Some(intermediary),
				_ => None,
			})
			.collect();
		assert_eq!(rewarded, INTERMEDIARIES);
		assert_eq!((roster(id).number, roster(id).since), (1, 1));
	});
}

#[test]
fn a_spare_whose_key_was_revoked_is_passed_over() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_keys(11, &[]);
		judge(id, &[10], &[]);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		MockDirectory::set_keys(22, &[]);
		judge(id, &[20], &[]);
		assert_eq!(roster(id).members.to_vec(), [12, 21]);
	});
}

#[test]
fn a_spare_that_is_not_alive_is_passed_over_until_it_is() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_alive(11, false);
		judge(id, &[], &[10]);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		assert_eq!(agreement().left.to_vec(), [10]);
		MockDirectory::set_alive(11, true);
		judge(id, &[12], &[]);
		assert_eq!(roster(id).members.to_vec(), [11, 20, 21]);
	});
}

/// As if there were no spare: whoever was silent stays if the terms say that the agreement goes on, and whoever
/// lied leaves.
#[test]
fn without_a_spare_that_is_alive_there_is_none() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_alive(22, false);
		judge(id, &[], &[20]);
		assert_eq!(roster(id).members.to_vec(), INTERMEDIARIES);
		judge(id, &[20], &[]);
		assert_eq!(roster(id).members.to_vec(), [10, 21]);
	});
	run(|| {
		let id = activate(&strict());
		MockDirectory::set_alive(22, false);
		judge(id, &[], &[20]);
		assert_eq!(phase(id), failure(5));
	});
}

/// There is one spare: it takes one of the places, and the other member, silent for the first time, stays, as the
/// terms say.
#[test]
fn of_two_that_are_silent_at_once_the_one_without_a_spare_stays() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[], &[20, 21]);
		assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
	});
}

/// Whoever was convicted leaves in any case: the spare is for its place.
#[test]
fn a_silent_member_does_not_leave_for_a_spare_that_a_convicted_one_needs() {
	run(|| {
		let id = activate(&terms());
		judge(id, &[21], &[20]);
		assert_eq!(roster(id).members.to_vec(), [10, 20, 22]);
	});
}
