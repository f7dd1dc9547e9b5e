//! What disputes reserve, cost and freeze.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Agreements as _, Closing, WindowIndex};

use super::{last_event, Error};
use crate::{
	mock::*, AgreementsOf, AgreementsOfSensor, EndReason, Event, HoldReason, Phase, ValidityError,
};

/// Opens a dispute about a window.
fn open(id: AgreementId, window: WindowIndex) {
	assert!(Agreements::can_open(&id, window));
	assert_ok!(Agreements::open_dispute(&id, window));
}

/// Closes a dispute in which nobody failed, and of which Alice and Bob bear so much.
fn close(id: AgreementId, window: WindowIndex, bears: [u64; 2]) -> DispatchResult {
	let closing = Closing {
		bears: bears.to_vec(),
		..closing(window)
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
		open(id, 3);
		let expected = crate::OpenDispute {
			window: 3,
			frozen: false,
		};
		assert_eq!(agreement().dispute, Some(expected));
		assert_eq!(
			agreement().funds.to_vec(),
			[ESCROW - DISPUTE - DISPUTE_DEPOSIT; 2]
		);
		assert_eq!(held(HoldReason::Storage, &bob()), DISPUTE_DEPOSIT);
		assert_eq!(held(HoldReason::Escrow, &bob()), ESCROW - DISPUTE_DEPOSIT);
		assert_ok!(close(id, 3, [0, 0]));
		assert_eq!(agreement().dispute, None);
		assert_eq!(agreement().funds.to_vec(), [ESCROW, ESCROW]);
		assert_eq!(held(HoldReason::Storage, &bob()), 0);
		assert_eq!(held(HoldReason::Escrow, &bob()), ESCROW);
		assert_eq!(free(&bob()), before);
		assert_noop!(close(id, 3, [0, 0]), Error::NoDispute);
	});
}

#[test]
fn whoever_bears_it_pays_what_it_cost_out_of_its_own_reserve() {
	run(|| {
		let id = activate(&terms());
		for (window, bears) in [(0, [0, 700]), (1, [DISPUTE, 0]), (2, [3, 4])] {
			open(id, window);
			let (before, pot_before) = (agreement().funds.clone(), free(&pot()));
			System::reset_events();
			assert_ok!(close(id, window, bears));
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
		open(id, 3);
		for window in [3, 4] {
			assert!(!Agreements::can_open(&id, window));
			assert_noop!(Agreements::open_dispute(&id, window), Error::Disputed);
		}
		assert_ok!(close(id, 3, [0, 0]));
		open(id, 4);
	});
}

#[test]
fn a_dispute_may_freeze_its_window() {
	run(|| {
		let id = activate(&terms());
		assert_noop!(Agreements::freeze(&id, 3), Error::NoDispute);
		open(id, 3);
		assert_noop!(Agreements::freeze(&id, 2), Error::NoDispute);
		assert_ok!(Agreements::freeze(&id, 3));
		assert_storage_noop!(assert_ok!(Agreements::freeze(&id, 3)));
		assert_storage_noop!(assert_eq!(
			settle(id, 3, proof(&id, 3, 1)),
			refused(ValidityError::Disputed)
		));
		assert_noop!(
			Agreements::do_settle(id, 3, proof(&id, 3, 1)),
			Error::Disputed
		);
		assert_ok!(settle(id, 2, proof(&id, 2, 1)));
		// It is decided only when the dispute closes.
		assert!(!agreement().progress.is_decided(3));
		System::reset_events();
		assert_ok!(close(id, 3, [0, 0]));
		assert!(agreement().progress.is_decided(3));
		let frozen = Event::Frozen {
			agreement: id,
			window: 3,
		};
		assert_eq!(last_event(), frozen);
	});
}

#[test]
fn only_what_is_within_reach_and_not_decided_can_be_disputed() {
	run(|| {
		let id = activate(&terms());
		let refused = |window, error: Error| {
			assert!(!Agreements::can_open(&id, window));
			assert_noop!(Agreements::open_dispute(&id, window), error);
		};
		assert!(!Agreements::is_settled(&id, 3));
		assert_ok!(settle(id, 3, proof(&id, 3, 1)));
		assert!(Agreements::is_settled(&id, 3));
		refused(3, Error::AlreadyDecided);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		refused(0, Error::AlreadyDecided);
		for far in [129, 1_000_000, u64::MAX] {
			refused(far, Error::WindowTooFarAhead);
		}
		open(id, 128);
	});
}

#[test]
fn only_agreements_in_force_are_disputed_about() {
	run(|| {
		let refused = |error: Error| {
			assert!(!Agreements::can_open(&id(), 0));
			assert_noop!(Agreements::open_dispute(&id(), 0), error);
		};
		refused(Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		refused(Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(101);
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
		open(id, 0);
		assert_eq!(Agreements::reserve(&id), DISPUTE);
	});
}

#[test]
fn the_least_escrow_is_enough_for_a_dispute_and_a_settlement() {
	run(|| {
		let id = activate_scant();
		open(id, 0);
		// All have answered: the window settles although the dispute is open.
		assert_ok!(settle(id, 0, proof(&id, 0, 50)));
		assert!(Agreements::is_settled(&id, 0));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
		assert_ok!(close(id, 0, [DISPUTE, DISPUTE]));
	});
}

#[test]
fn an_agreement_that_cannot_afford_another_dispute_ends_with_this_one() {
	run(|| {
		let id = activate_scant();
		open(id, 0);
		assert_ok!(close(id, 0, [0, 0]));
		assert!(matches!(phase(id), Phase::Active { .. }));
		open(id, 1);
		assert_ok!(close(id, 1, [0, 1]));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
			assert_eq!(held(HoldReason::Storage, &user), 0);
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
		open(id, 0);
		assert_ok!(settle(id, 0, proof(&id, 0, 50)));
		assert_ok!(close(id, 0, [DISPUTE, DISPUTE]));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(id), Phase::Ended { reason, at: 5 });
	});
}

#[test]
fn what_is_reserved_outlives_the_agreement() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		let reason = EndReason::Consent;
		assert_eq!(agreement().phase, Phase::Ended { reason, at: 5 });
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(held(HoldReason::Escrow, &bob()), DISPUTE);
		// Whoever is needed for the dispute is still bound.
		assert!(AgreementsOf::<Test>::contains_key(10, id));
		assert!(AgreementsOfSensor::<Test>::contains_key(1, id));
		assert_ok!(Agreements::freeze(&id, 3));
		assert_ok!(close(id, 3, [1, DISPUTE]));
		assert_eq!(free(&bob()), ENDOWMENT - DISPUTE);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(AgreementsOfSensor::<Test>::iter().count(), 0);
		assert_noop!(close(id, 3, [0, 0]), Error::NoDispute);
	});
}

#[test]
fn nobody_is_dismissed_for_what_failed_in_an_agreement_that_has_ended() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		at_block(101);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let closing = Closing {
			convicted: vec![20],
			..closing(3)
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(agreement().roster.members.to_vec(), INTERMEDIARIES);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(free(&bob()), ENDOWMENT);
	});
}

#[test]
fn nothing_is_forgotten_while_a_dispute_is_open() {
	run(|| {
		let id = activate(&terms());
		open(id, 0);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		at_block(101);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let prunes = |windows: &[WindowIndex]| {
			let windows = windows.to_vec().try_into().unwrap();
			Agreements::prune(origin(charlie()), id, windows)
		};
		assert_noop!(prunes(&[0]), Error::Disputed);
		assert_noop!(prunes(&[]), Error::NothingToPrune);
		assert!(Agreements::is_settled(&id, 0));
		assert_ok!(close(id, 0, [1, 2]));
		assert_ok!(prunes(&[0]));
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
		at_block(100);
		assert!(!Agreements::has_ended(&id()));
		at_block(101);
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
