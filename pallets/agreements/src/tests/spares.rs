//! What becomes of an agreement whose intermediaries failed.

use frame_support::{assert_ok, assert_storage_noop};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, Directory, IntermediaryId, OnFailure, Roster,
	WindowIndex,
};

use crate::{mock::*, AgreementsOf, EndReason, Event, HoldReason, Phase, TermsOf, ValidityError};

/// Opens and closes a dispute about a window, in which these members were convicted, and those absent.
fn judge(
	id: AgreementId,
	window: WindowIndex,
	convicted: &[IntermediaryId],
	absent: &[IntermediaryId],
	reopen: bool,
) {
	assert_ok!(Agreements::open_dispute(&id, window));
	let closing = Closing {
		convicted: convicted.to_vec(),
		absent: absent.to_vec(),
		reopen,
		..closing(window)
	};
	assert_ok!(Agreements::close_dispute(&id, &closing));
}

fn roster(id: AgreementId) -> Roster {
	Agreements::roster(&id).expect("it was active")
}

fn is_frozen(window: WindowIndex) -> bool {
	agreement().progress.is_decided(window)
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
		for window in [0, 1, 3] {
			assert_ok!(settle(agreement, window, proof(&agreement, window, 1)));
		}
		System::reset_events();
		judge(agreement, 7, &[20], &[], true);
		// It begins with the lowest window that is not decided, not with the one in dispute.
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
		let told: Vec<_> = events().into_iter().skip(1).collect();
		assert_eq!(told, [released, changed]);
		assert!(!is_frozen(7));
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
		judge(id, 7, &[20], &[], true);
		let members = [10, 22, 21];
		for forged in [
			proof(&id, 7, 5),
			proof_by(&members, &id, 7, 5),
			proof_under(1, &INTERMEDIARIES, &id, 7, 5),
			proof_under(2, &members, &id, 7, 5),
		] {
			assert_storage_noop!(assert_eq!(
				settle(id, 7, forged),
				refused(ValidityError::BadSignature)
			));
		}
		System::reset_events();
		let before = agreement().funds;
		assert_ok!(settle(id, 7, proof_under(1, &members, &id, 7, 0)));
		let rewarded: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Rewarded { intermediary, .. } => Some(intermediary),
				_ => None,
			})
			.collect();
		assert_eq!(rewarded, members);
		let fee = prices(&terms()).settlement;
		assert_eq!(
			before[1] - agreement().funds[1],
			fee / 2 + 151 + 2 * REWARD,
			"Bob pays for whoever is in the places of his intermediaries"
		);
		// Windows before the one in dispute settle as well.
		assert_ok!(settle(id, 2, proof_under(1, &members, &id, 2, 0)));
	});
}

#[test]
fn all_that_failed_are_replaced_at_once() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[21], &[10], true);
		let first = roster(id);
		assert_eq!((first.number, first.since), (1, 0));
		assert_eq!(first.members.to_vec(), [11, 20, 22]);
		judge(id, 9, &[], &[11], true);
		let second = roster(id);
		assert_eq!((second.number, second.since), (2, 0));
		assert_eq!(second.members.to_vec(), [12, 20, 22]);
		assert_eq!(agreement().former, Some(first));
		assert_eq!(agreement().left.to_vec(), [21, 10, 11]);
	});
}

#[test]
fn one_that_lied_leaves_if_its_user_has_another() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[20, 21], &[], true);
		// The only spare has taken one of the places.
		assert_eq!(roster(id).members.to_vec(), [10, 22]);
		assert!(!is_frozen(7));
		assert_ok!(settle(id, 7, proof_under(1, &[10, 22], &id, 7, 1)));
		assert!(matches!(phase(id), Phase::Active { .. }));
	});
}

#[test]
fn no_user_is_left_without_a_member() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[20, 21], &[], true);
		judge(id, 8, &[22], &[], true);
		assert_eq!(phase(id), failure(5));
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn one_that_is_silent_without_a_spare_stays_until_it_is_so_again_and_again() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[], &[20], true);
		assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
		for window in [8, 9] {
			judge(id, window, &[], &[21], true);
			assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
			assert_eq!(roster(id).number, 1);
			assert!(is_frozen(window), "only the window is lost");
		}
		judge(id, 10, &[], &[21], true);
		assert_eq!(roster(id).members.to_vec(), [10, 22]);
		assert!(!is_frozen(10));
		// The last one of its user cannot leave.
		for window in [11, 12] {
			judge(id, window, &[], &[22], true);
			assert!(matches!(phase(id), Phase::Active { .. }));
		}
		judge(id, 13, &[], &[22], true);
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
		for window in 0..6 {
			at_block(10 + window * (DAY + 1));
			judge(id, window, &[], &[21], true);
		}
		assert_eq!(roster(id).members.to_vec(), INTERMEDIARIES);
	});
}

#[test]
fn without_a_spare_the_agreement_ends_if_the_terms_say_so() {
	run(|| {
		let id = activate(&strict());
		judge(id, 7, &[20], &[], true);
		assert!(matches!(phase(id), Phase::Active { .. }));
		judge(id, 8, &[], &[22], true);
		assert_eq!(phase(id), failure(5));
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
			assert_eq!(held(HoldReason::Storage, &user), 0);
		}
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_window_stays_open_only_if_it_is_reopened_and_all_that_failed_have_left() {
	run(|| {
		let id = activate(&terms());
		judge(id, 0, &[20], &[], false);
		assert_eq!(roster(id).number, 1);
		assert!(is_frozen(0));
		// As when the users settle a dispute among themselves.
		judge(id, 1, &[], &[], false);
		assert_eq!(roster(id).number, 1);
		assert!(is_frozen(1));
		// The new roster began after what was lost; and with what stays open, though it was frozen meanwhile.
		assert_eq!(roster(id).since, 1);
		assert_ok!(Agreements::open_dispute(&id, 2));
		assert_ok!(Agreements::freeze(&id, 2));
		let closing = Closing {
			convicted: vec![10],
			reopen: true,
			..closing(2)
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!((roster(id).number, roster(id).since), (2, 2));
		assert!(!is_frozen(2));
	});
}

#[test]
fn a_frozen_window_is_open_again_if_its_dispute_came_to_nothing() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id, 0));
		assert_ok!(Agreements::freeze(&id, 0));
		assert_eq!(agreement().progress.base(), 0, "nothing is decided yet");
		assert_eq!(
			settle(id, 0, proof(&id, 0, 1)),
			refused(ValidityError::Disputed)
		);
		let closing = Closing {
			reopen: true,
			..closing(0)
		};
		System::reset_events();
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert!(!is_frozen(0));
		let frozen = |event: &Event<Test>| matches!(event, Event::Frozen { .. });
		assert!(!events().iter().any(frozen));
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
	});
}

#[test]
fn a_window_that_settled_is_not_frozen() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id, 0));
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		System::reset_events();
		assert_ok!(Agreements::close_dispute(&id, &closing(0)));
		let frozen = |event: &Event<Test>| matches!(event, Event::Frozen { .. });
		assert!(!events().iter().any(frozen));
		assert!(Agreements::is_settled(&id, 0));
	});
}

#[test]
fn a_spare_whose_key_was_revoked_is_passed_over() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_keys(11, &[]);
		judge(id, 3, &[10], &[], true);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		MockDirectory::set_keys(22, &[]);
		judge(id, 4, &[20], &[], true);
		assert_eq!(roster(id).members.to_vec(), [12, 21]);
	});
}

#[test]
fn a_spare_that_is_not_alive_is_passed_over_until_it_is() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_alive(11, false);
		judge(id, 3, &[], &[10], true);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		assert_eq!(agreement().left.to_vec(), [10]);
		MockDirectory::set_alive(11, true);
		judge(id, 4, &[12], &[], true);
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
		judge(id, 3, &[], &[20], true);
		assert_eq!(roster(id).members.to_vec(), INTERMEDIARIES);
		judge(id, 4, &[20], &[], true);
		assert_eq!(roster(id).members.to_vec(), [10, 21]);
	});
	run(|| {
		let id = activate(&strict());
		MockDirectory::set_alive(22, false);
		judge(id, 3, &[], &[20], true);
		assert_eq!(phase(id), failure(5));
	});
}

/// There is one spare: it takes one of the places, and the other member, silent for the first time, stays, as the
/// terms say.
#[test]
fn of_two_that_are_silent_at_once_the_one_without_a_spare_stays() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[], &[20, 21], true);
		assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
	});
}

/// Whoever was convicted leaves in any case: the spare is for its place.
#[test]
fn a_silent_member_does_not_leave_for_a_spare_that_a_convicted_one_needs() {
	run(|| {
		let id = activate(&terms());
		judge(id, 7, &[21], &[20], true);
		assert_eq!(roster(id).members.to_vec(), [10, 20, 22]);
	});
}
