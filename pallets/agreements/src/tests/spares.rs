//! What becomes of an agreement whose intermediaries failed.

use frame_support::{assert_ok, assert_storage_noop};
use syngraph_primitives::{
	AgreementId, Agreements as _, IntermediaryId, OnFailure, Roster, WindowIndex,
};

use super::last_event;
use crate::{mock::*, AgreementsOf, EndReason, Event, HoldReason, Phase, Refusal, TermsOf};

/// Opens and closes a dispute about a window, in which these members failed.
fn fail(id: AgreementId, window: WindowIndex, failed: &[IntermediaryId], reopen: bool) {
	assert_ok!(Agreements::open_dispute(&id, window, false));
	assert_ok!(Agreements::close_dispute(&id, window, failed, reopen));
}

fn roster(id: AgreementId) -> Roster {
	Agreements::roster(&id).expect("it was active")
}

fn is_frozen(window: WindowIndex) -> bool {
	agreement().progress.is_decided(window)
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
		fail(agreement, 7, &[20], true);
		let expected = Roster {
			number: 1,
			since: 7,
			members: vec![10, 22, 21].try_into().unwrap(),
		};
		assert_eq!(roster(agreement), expected);
		assert_eq!(
			last_event(),
			Event::SteppedIn {
				agreement,
				failed: 20,
				spare: 22,
				roster: 1
			}
		);
		assert!(!is_frozen(7));
		// Who failed is needed, and liable, until the end.
		assert!(AgreementsOf::<Test>::contains_key(20, agreement));
	});
}

#[test]
fn results_settle_with_the_signatures_of_the_new_roster() {
	run(|| {
		let id = activate(&terms());
		fail(id, 7, &[20], true);
		let members = [10, 22, 21];
		for forged in [
			proof(&id, 7, 5),
			proof_by(&members, &id, 7, 5),
			proof_under(1, &INTERMEDIARIES, &id, 7, 5),
			proof_under(2, &members, &id, 7, 5),
		] {
			assert_storage_noop!(assert_eq!(
				settle(id, 7, forged),
				refused(Refusal::BadSignature)
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
		let fee = Agreements::settlement_fee(&terms());
		assert_eq!(
			before[1] - agreement().funds[1],
			fee / 2 + 151 + 2 * REWARD,
			"Bob pays for whoever is in the places of his intermediaries"
		);
		// Windows before the one in dispute may settle as well.
		assert_ok!(settle(id, 2, proof_under(1, &members, &id, 2, 0)));
	});
}

#[test]
fn all_that_failed_are_replaced_at_once() {
	run(|| {
		let id = activate(&terms());
		fail(id, 7, &[21, 10], true);
		let first = roster(id);
		assert_eq!((first.number, first.since), (1, 7));
		assert_eq!(first.members.to_vec(), [11, 20, 22]);
		fail(id, 9, &[11], true);
		let second = roster(id);
		assert_eq!((second.number, second.since), (2, 9));
		assert_eq!(second.members.to_vec(), [12, 20, 22]);
		assert_eq!(agreement().spares_used.to_vec(), [2, 1]);
	});
}

#[test]
fn without_a_spare_the_agreement_goes_on_if_the_terms_say_so() {
	run(|| {
		let id = activate(&terms());
		fail(id, 7, &[20, 21], true);
		let after = roster(id);
		assert_eq!((after.number, after.since), (1, 7));
		assert_eq!(after.members.to_vec(), [10, 22, 21]);
		assert!(is_frozen(7));
		fail(id, 8, &[21], true);
		assert_eq!(roster(id), after);
		assert!(is_frozen(8));
		assert!(matches!(agreement().phase, Phase::Active { .. }));
	});
}

#[test]
fn without_a_spare_the_agreement_ends_if_the_terms_say_so() {
	run(|| {
		let id = activate(&strict());
		let ended = |id| crate::Agreements::<Test>::get(id).unwrap();
		fail(id, 7, &[20], true);
		assert!(matches!(ended(id).phase, Phase::Active { .. }));
		fail(id, 8, &[22, 10], true);
		let reason = EndReason::Failure;
		assert_eq!(ended(id).phase, Phase::Ended { reason, at: 5 });
		assert_eq!(ended(id).roster.members.to_vec(), [11, 22, 21]);
		assert_eq!(
			last_event(),
			Event::Ended {
				agreement: id,
				reason
			}
		);
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
			assert_eq!(held(HoldReason::Storage, &user), 0);
		}
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn an_end_by_failure_waits_for_other_disputes() {
	run(|| {
		let id = activate(&strict());
		assert_ok!(Agreements::open_dispute(&id, 6, false));
		fail(id, 7, &[20, 21], true);
		assert_eq!(held(HoldReason::Escrow, &bob()), DISPUTE / 2);
		assert!(AgreementsOf::<Test>::contains_key(20, id));
		// In an agreement that has ended nobody steps in any more.
		assert_ok!(Agreements::close_dispute(&id, 6, &[10], true));
		assert_eq!(roster(id).members.to_vec(), [10, 22, 21]);
		assert_eq!(held(HoldReason::Escrow, &bob()), 0);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_window_stays_open_only_if_it_is_reopened_and_all_are_replaced() {
	run(|| {
		let id = activate(&terms());
		let frozen = |window| Event::Frozen {
			agreement: id,
			window,
		};
		fail(id, 0, &[20], false);
		assert_eq!(roster(id).number, 1);
		assert_eq!(last_event(), frozen(0));
		// As when the users settle a dispute among themselves.
		fail(id, 1, &[], false);
		assert_eq!(roster(id).number, 1);
		assert_eq!(last_event(), frozen(1));
		// What is frozen stays frozen.
		assert_ok!(Agreements::open_dispute(&id, 2, true));
		assert_ok!(Agreements::close_dispute(&id, 2, &[10], true));
		assert_eq!(roster(id).number, 2);
		assert!(is_frozen(2));
	});
}

#[test]
fn a_window_that_settled_is_not_frozen() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id, 0, false));
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		System::reset_events();
		assert_ok!(Agreements::close_dispute(&id, 0, &[], false));
		assert_eq!(events(), []);
		assert!(Agreements::is_settled(&id, 0));
	});
}

#[test]
fn who_was_replaced_already_is_not_replaced_again() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id, 3, false));
		fail(id, 4, &[10], true);
		assert_ok!(Agreements::close_dispute(&id, 3, &[10, 10], true));
		assert_eq!(roster(id).number, 1);
		assert_eq!(roster(id).members.to_vec(), [11, 20, 21]);
		assert!(!is_frozen(3));
	});
}

#[test]
fn a_spare_whose_key_was_revoked_is_passed_over() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_intermediary(11, &operator(), None, 5);
		fail(id, 3, &[10], true);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		MockDirectory::set_intermediary(22, &operator(), None, 5);
		fail(id, 4, &[20], true);
		assert_eq!(roster(id).members.to_vec(), [12, 20, 21]);
		assert!(is_frozen(4));
		assert_eq!(agreement().spares_used.to_vec(), [2, 1]);
	});
}
