//! What disputes reserve and cost, and how they are closed.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Agreements as _, Closing, Fate, Progress, Roster};

use super::{last_event, Error};
use crate::{
	mock::*, AgreementsOf, AgreementsOfSensor, EndReason, Event, HoldReason, Phase, ValidityError,
};

/// Opens a dispute about the next round.
fn open(id: AgreementId) {
	assert!(Agreements::can_open(&id));
	assert_ok!(Agreements::open_dispute(&id));
}

/// Closes a dispute in which nobody failed, and of which Alice and Bob bear so much.
fn close(id: AgreementId, bears: [u64; 2]) -> DispatchResult {
	let closing = Closing {
		bears: bears.to_vec(),
		..closing()
	};
	Agreements::close_dispute(&id, &closing)
}

/// The agreement on [`terms`], in which all have just as much in escrow as they must.
fn activate_scant() -> AgreementId {
	let mut scant = terms();
	for index in [0, 1] {
		scant.users[index].escrow = least_escrow(&terms(), index);
	}
	activate(&scant)
}

fn phase(id: AgreementId) -> Phase<u64> {
	crate::Agreements::<Test>::get(id).unwrap().phase
}

#[test]
fn an_open_dispute_reserves_what_it_can_cost_of_each_escrow() {
	run(|| {
		let id = activate(&terms());
		let before = free(&bob());
		assert_eq!(Agreements::reserve(&id), DISPUTE);
		open(id);
		assert!(agreement().is_disputed());
		assert_eq!(
			agreement().funds.to_vec(),
			[FUNDS - DISPUTE - DISPUTE_DEPOSIT; 2]
		);
		let deposits = ROUNDS_DEPOSIT + DISPUTE_DEPOSIT;
		assert_eq!(held(HoldReason::Storage, &bob()), deposits);
		assert_eq!(held(HoldReason::Escrow, &bob()), FUNDS - DISPUTE_DEPOSIT);
		assert_ok!(close(id, [0, 0]));
		assert!(!agreement().is_disputed());
		assert_eq!(agreement().funds.to_vec(), [FUNDS, FUNDS]);
		assert_eq!(held(HoldReason::Storage, &bob()), ROUNDS_DEPOSIT);
		assert_eq!(held(HoldReason::Escrow, &bob()), FUNDS);
		assert_eq!(free(&bob()), before);
		assert_noop!(close(id, [0, 0]), Error::NoDispute);
	});
}

#[test]
fn whoever_bears_it_pays_what_it_cost_out_of_its_own_reserve() {
	run(|| {
		let id = activate(&terms());
		for bears in [[0, 700], [DISPUTE, 0], [3, 4]] {
			open(id);
			let (before, pot_before) = (agreement().funds.clone(), free(&pot()));
			System::reset_events();
			assert_ok!(close(id, bears));
			let returned = DISPUTE + DISPUTE_DEPOSIT;
			let after = [0, 1].map(|user| before[user] + returned - bears[user]);
			assert_eq!(agreement().funds.to_vec(), after);
			assert_eq!(free(&pot()), pot_before + bears[0] + bears[1]);
			let charged = Event::Charged {
				agreement: id,
				shares: bears.to_vec().try_into().unwrap(),
			};
			assert!(events().contains(&charged));
		}
	});
}

#[test]
fn there_is_one_dispute_at_a_time() {
	run(|| {
		let id = activate(&terms());
		open(id);
		assert!(!Agreements::can_open(&id));
		assert_noop!(Agreements::open_dispute(&id), Error::Disputed);
		assert_ok!(close(id, [0, 0]));
		open(id);
	});
}

/// Whatever its verdict.
#[test]
fn after_a_dispute_all_commit_anew_to_what_has_not_settled() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[None, Some(1)]);
		open(id);
		let before = proof_of(&id, 2, &[Some(1)]);
		System::reset_events();
		assert_ok!(close(id, [0, 0]));
		let roster = Roster {
			number: 1,
			since: 2,
			members: INTERMEDIARIES.to_vec().try_into().unwrap(),
		};
		assert_eq!(agreement().roster, roster);
		let changed = Event::RosterChanged {
			agreement: id,
			roster,
		};
		assert_eq!(last_event(), changed);
		assert_storage_noop!(assert_eq!(
			settle(id, 2, before),
			refused(ValidityError::BadSignature)
		));
		// No window is lost.
		assert_eq!(decide(id, &[Some(1)]), 2);
	});
}

#[test]
fn the_next_roster_begins_with_what_has_not_settled_when_the_dispute_is_closed() {
	run(|| {
		let id = activate(&terms());
		open(id);
		decide(id, &[Some(1); 3]);
		assert_ok!(close(id, [0, 0]));
		open(id);
		assert_ok!(close(id, [0, 0]));
		let roster = agreement().roster;
		assert_eq!((roster.number, roster.since), (2, 3));
	});
}

#[test]
fn a_dispute_that_was_opened_late_goes_on_when_the_agreement_is_over() {
	run(|| {
		let id = activate(&terms());
		at_block(100 + ANSWER);
		open(id);
		at_block(100 + ANSWER + 1);
		assert!(Agreements::has_ended(&id));
		// Nobody has closed it yet.
		assert_ok!(close(id, [0, 7]));
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_eq!(free(&bob()), ENDOWMENT - ROUNDS_DEPOSIT - 7);
	});
}

#[test]
fn what_is_known_of_windows_is_told() {
	run(|| {
		assert_eq!(Agreements::version(&id()), None);
		assert_eq!(Agreements::progress(&id()), None);
		assert_eq!(Agreements::fate(&id(), 0), Fate::Dead);
		let id = activate(&terms());
		let before = Agreements::version(&id);
		assert_eq!(Agreements::fate(&id, 2), Fate::Live);
		// Number 11 is in the third window.
		MockDirectory::change_sensor(1, |keys| keys.suspend(11, 3));
		let fates = [1, 2, 3].map(|window| Agreements::fate(&id, window));
		assert_eq!(fates, [Fate::Live, Fate::Waiting, Fate::Waiting]);
		assert!(Agreements::version(&id) > before);
		decide(id, &[None, Some(1)]);
		let progress = Progress { base: 2, rounds: 1 };
		assert_eq!(Agreements::progress(&id), Some(progress));
	});
}

#[test]
fn only_agreements_in_force_are_disputed_about() {
	run(|| {
		let refused = |error: Error| {
			assert!(!Agreements::can_open(&id()));
			assert_noop!(Agreements::open_dispute(&id()), error);
		};
		refused(Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		refused(Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(100 + ANSWER);
		assert!(Agreements::can_open(&id()));
		at_block(100 + ANSWER + 1);
		refused(Error::Over);
		assert_ok!(Agreements::close(origin(bob()), id()));
		refused(Error::NotActive);
	});
}

#[test]
fn prices_may_rise_and_a_dispute_can_be_had_all_the_same() {
	run(|| {
		let id = activate_scant();
		Price::set(1_000);
		open(id);
		assert_eq!(Agreements::reserve(&id), DISPUTE);
	});
}

#[test]
fn the_least_escrow_is_enough_for_a_dispute_and_a_settlement() {
	run(|| {
		let id = activate_scant();
		open(id);
		// All have answered: the window settles although the dispute is open.
		assert_ok!(settle(id, 0, proof(&id, 0, 50)));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
		assert_ok!(close(id, [DISPUTE, DISPUTE]));
	});
}

#[test]
fn an_agreement_that_cannot_afford_another_dispute_ends_with_this_one() {
	run(|| {
		let id = activate_scant();
		open(id);
		assert_ok!(close(id, [0, 0]));
		assert!(matches!(phase(id), Phase::Active { .. }));
		open(id);
		assert_ok!(close(id, [0, 1]));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
			assert_eq!(held(HoldReason::Storage, &user), ROUNDS_DEPOSIT);
		}
	});
}

#[test]
fn the_agreement_ends_even_if_a_dispute_took_all_there_was() {
	run(|| {
		let mut scant = terms();
		scant.reaction.clear();
		scant.reward = 5;
		let id = {
			for index in [0, 1] {
				scant.users[index].escrow = least_escrow(&scant, index);
			}
			activate(&scant)
		};
		open(id);
		assert_ok!(settle(id, 0, proof(&id, 0, 50)));
		assert_ok!(close(id, [DISPUTE, DISPUTE]));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
	});
}

#[test]
fn what_is_reserved_outlives_the_agreement() {
	run(|| {
		let id = activate(&terms());
		open(id);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		let at = 5 + ANSWER + 1;
		at_block(at);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Consent;
		assert_eq!(agreement().phase, Phase::Ended { reason, at });
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(held(HoldReason::Escrow, &bob()), DISPUTE);
		// Whoever is needed for the dispute is still bound.
		assert!(AgreementsOf::<Test>::contains_key(10, id));
		assert!(AgreementsOfSensor::<Test>::contains_key(1, id));
		assert_ok!(close(id, [1, DISPUTE]));
		assert_eq!(free(&bob()), ENDOWMENT - ROUNDS_DEPOSIT - DISPUTE);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(AgreementsOfSensor::<Test>::iter().count(), 0);
		assert_noop!(close(id, [0, 0]), Error::NoDispute);
	});
}

#[test]
fn nobody_is_dismissed_for_what_failed_in_an_agreement_that_has_ended() {
	run(|| {
		let id = activate(&terms());
		open(id);
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let closing = Closing {
			convicted: vec![20],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(agreement().roster.members.to_vec(), INTERMEDIARIES);
		assert_eq!(agreement().roster.number, 0);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(free(&bob()), ENDOWMENT - ROUNDS_DEPOSIT);
	});
}

#[test]
fn nothing_is_forgotten_while_a_dispute_is_open() {
	run(|| {
		let id = activate(&terms());
		open(id);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_noop!(forget(id), Error::StillNeeded);
		assert_ok!(close(id, [1, 2]));
		assert_ok!(forget(id));
		assert!(!crate::Agreements::<Test>::contains_key(id));
		assert_eq!(
			free(&alice()) + free(&bob()) + free(&pot()) + free(&operator()),
			{ 4 * ENDOWMENT }
		);
	});
}

#[test]
fn what_is_over_or_forgotten_has_ended() {
	run(|| {
		assert!(Agreements::has_ended(&id()));
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert!(!Agreements::has_ended(&id()));
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(100 + ANSWER);
		assert!(!Agreements::has_ended(&id()));
		at_block(100 + ANSWER + 1);
		assert!(Agreements::has_ended(&id()));
		assert_ok!(Agreements::close(origin(bob()), id()));
		assert!(Agreements::has_ended(&id()));
	});
}

#[test]
fn terms_are_known_from_the_proposal_and_the_roster_from_the_last_signature() {
	run(|| {
		assert_eq!(Agreements::terms(&id()), None);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_eq!(Agreements::terms(&id()), Some(terms()));
		assert_eq!(Agreements::roster(&id()), None);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		let roster = Agreements::roster(&id()).unwrap();
		assert_eq!((roster.number, roster.since), (0, 0));
		assert_eq!(roster.members.to_vec(), INTERMEDIARIES);
		let sensors: Vec<_> = Agreements::feeds(&id()).unwrap().into_iter().collect();
		assert!(sensors.iter().map(|feed| feed.sensor).eq(SENSORS));
	});
}

#[test]
fn the_times_that_count_are_those_of_the_agreement_and_a_signed_drift() {
	run(|| {
		let mut bounded = terms();
		bounded.limits.drift = 250;
		let id = activate(&bounded);
		// Signed in block 1, a tenth of a second a block, to block 100.
		assert_eq!(
			Agreements::times(&id),
			(1_000_100 - 250, 1_000_100 + 9_900 + 250)
		);
		let mut any = terms();
		any.nonce = 1;
		let any = activate(&any);
		assert_eq!(Agreements::times(&any), (0, u64::MAX));
	});
}
