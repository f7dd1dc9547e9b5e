//! What disputes reserve, cost and freeze.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use sp_runtime::DispatchResult;
use syngraph_primitives::{AgreementId, Agreements as _, WindowIndex};

use super::{last_event, Error};
use crate::{
	mock::*, AgreementsOf, AgreementsOfSensor, EndReason, Event, HoldReason, Phase, Refusal,
};

/// What each user deposits for an open dispute.
const DEPOSIT: u64 = 201;
/// What Alice and Bob bear of what a dispute can cost.
const RESERVES: [u64; 2] = [1_501, 1_500];

/// Opens a dispute about a window, which is not frozen.
fn open(id: AgreementId, window: WindowIndex) {
	assert!(Agreements::can_open(&id, window, false));
	assert_ok!(Agreements::open_dispute(&id, window, false));
}

/// Closes a dispute in which nobody failed.
fn close(id: AgreementId, window: WindowIndex) -> DispatchResult {
	Agreements::close_dispute(&id, window, &[], false)
}

/// The agreement on [`terms`], in which all have just as much in escrow as they must.
fn activate_scant() -> AgreementId {
	let mut scant = terms();
	let share = Agreements::storage_share(&scant);
	for index in [0, 1] {
		scant.users[index].escrow = Agreements::least_escrow(&terms(), share, index);
	}
	activate(&scant)
}

#[test]
fn an_open_dispute_reserves_what_it_can_cost() {
	run(|| {
		let id = activate(&terms());
		assert_eq!(RESERVES.iter().sum::<u64>(), DISPUTE);
		let before = free(&bob());
		open(id, 3);
		assert_eq!(agreement().disputes, 1);
		assert_eq!(agreement().reserved, DISPUTE);
		assert_eq!(
			agreement().funds.to_vec(),
			RESERVES.map(|reserve| ESCROW - reserve - DEPOSIT)
		);
		assert_eq!(held(HoldReason::Storage, &bob()), DEPOSIT);
		assert_eq!(held(HoldReason::Escrow, &bob()), ESCROW - DEPOSIT);
		assert_ok!(close(id, 3));
		assert_eq!(agreement().disputes, 0);
		assert_eq!(agreement().reserved, 0);
		assert_eq!(agreement().funds.to_vec(), [ESCROW, ESCROW]);
		assert_eq!(held(HoldReason::Storage, &bob()), 0);
		assert_eq!(held(HoldReason::Escrow, &bob()), ESCROW);
		assert_eq!(free(&bob()), before);
		assert_noop!(close(id, 3), Error::NoDispute);
	});
}

#[test]
fn its_fees_come_out_of_the_reserve() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		let before = agreement().funds;
		assert_ok!(Agreements::charge(&id, 1_001));
		assert_eq!(agreement().reserved, 2_000);
		assert_eq!(agreement().funds, before);
		assert_eq!(free(&pot()), ENDOWMENT + 1_001);
		assert_ok!(close(id, 3));
		assert_eq!(agreement().funds.to_vec(), [ESCROW - 501, ESCROW - 500]);
	});
}

#[test]
fn what_the_reserve_does_not_cover_comes_out_of_the_escrow() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::charge(&id, 101));
		assert_eq!(agreement().funds.to_vec(), [ESCROW - 51, ESCROW - 50]);
		open(id, 3);
		assert_ok!(Agreements::charge(&id, DISPUTE + 100));
		assert_eq!(agreement().reserved, 0);
		let [first, second] = [1_501 + 50, 1_500 + 50];
		let shares = vec![first, second].try_into().unwrap();
		assert_eq!(
			last_event(),
			Event::Charged {
				agreement: id,
				shares
			}
		);
		assert_eq!(
			agreement().funds.to_vec(),
			[51 + first, 50 + second].map(|paid| ESCROW - DEPOSIT - paid)
		);
		assert_noop!(Agreements::charge(&id, 3 * ESCROW), Error::EscrowExhausted);
	});
}

#[test]
fn only_agreements_that_bind_somebody_are_charged() {
	run(|| {
		assert_noop!(Agreements::charge(&id(), 1), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(Agreements::charge(&id(), 1), Error::NotActive);
	});
}

#[test]
fn each_dispute_has_its_own_reserve() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		open(id, 4);
		assert_eq!(agreement().reserved, 2 * DISPUTE);
		assert_ok!(Agreements::charge(&id, 1_000));
		assert_ok!(close(id, 3));
		// Whichever of the two it was that cost so much, the other can still cost as much as any.
		assert_eq!(agreement().reserved, DISPUTE);
		assert_ok!(close(id, 4));
		assert_eq!(agreement().funds.to_vec(), [ESCROW - 500, ESCROW - 500]);
	});
}

#[test]
fn a_dispute_may_freeze_its_window_at_once_or_later() {
	run(|| {
		let id = activate(&terms());
		let frozen = |window| Event::Frozen {
			agreement: id,
			window,
		};
		assert!(Agreements::can_open(&id, 3, true));
		assert_ok!(Agreements::open_dispute(&id, 3, true));
		assert_eq!(last_event(), frozen(3));
		assert_storage_noop!(assert_eq!(
			settle(id, 3, proof(&id, 3, 1)),
			refused(Refusal::AlreadyDecided)
		));
		open(id, 4);
		assert!(!agreement().progress.is_decided(4));
		assert_ok!(Agreements::freeze(&id, 4));
		assert_eq!(last_event(), frozen(4));
		assert_storage_noop!(assert_ok!(Agreements::freeze(&id, 4)));
		assert_ok!(settle(id, 2, proof(&id, 2, 1)));
		for window in [3, 4] {
			assert_ok!(close(id, window));
			assert!(agreement().progress.is_decided(window));
		}
		assert_noop!(Agreements::freeze(&id, 5), Error::NoDispute);
	});
}

#[test]
fn evidence_about_a_window_that_has_become_too_old_is_heard() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		assert_ok!(settle(id, 67, proof(&id, 67, 1)));
		assert_eq!(agreement().progress.base(), 4);
		// It cannot settle any more, and need not be frozen for that.
		assert_storage_noop!(assert_ok!(Agreements::freeze(&id, 3)));
		assert_ok!(close(id, 3));
	});
}

#[test]
fn what_is_decided_cannot_be_disputed() {
	run(|| {
		let id = activate(&terms());
		let refused = |window, error: fn() -> Error| {
			for frozen in [true, false] {
				assert!(!Agreements::can_open(&id, window, frozen));
				assert_noop!(Agreements::open_dispute(&id, window, frozen), error());
			}
		};
		assert!(!Agreements::is_settled(&id, 3));
		assert_ok!(settle(id, 3, proof(&id, 3, 1)));
		assert!(Agreements::is_settled(&id, 3));
		refused(3, || Error::AlreadyDecided);
		assert_ok!(settle(id, 67, proof(&id, 67, 1)));
		refused(2, || Error::WindowTooOld);
		assert_ok!(Agreements::open_dispute(&id, 4, true));
		refused(4, || Error::AlreadyDecided);
		assert!(!Agreements::is_settled(&id, 4));
	});
}

#[test]
fn freezing_far_ahead_puts_nothing_out_of_reach() {
	run(|| {
		let id = activate(&terms());
		for i in 0..16 {
			assert_ok!(Agreements::open_dispute(&id, u64::MAX - i, true));
		}
		assert!(!Agreements::can_open(&id, 1_000, true));
		assert_noop!(
			Agreements::open_dispute(&id, 1_000, true),
			Error::WindowTooFarAhead
		);
		assert!(Agreements::can_open(&id, 1, true));
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		// A dispute about silence can be had even there, and closed.
		open(id, 1_000);
		assert_storage_noop!(assert_ok!(Agreements::freeze(&id, 1_000)));
		assert_ok!(close(id, 1_000));
	});
}

#[test]
fn only_agreements_in_force_are_disputed_about() {
	run(|| {
		let refused = |error: Error| {
			assert!(!Agreements::can_open(&id(), 0, false));
			assert_noop!(Agreements::open_dispute(&id(), 0, false), error);
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
fn an_escrow_that_does_not_cover_a_dispute_is_left_alone() {
	run(|| {
		let id = activate(&terms());
		Price::set(667);
		assert!(!Agreements::can_open(&id, 0, false));
		assert_noop!(
			Agreements::open_dispute(&id, 0, false),
			Error::EscrowExhausted
		);
		Price::set(665);
		open(id, 0);
		assert!(matches!(agreement().phase, Phase::Active { .. }));
	});
}

#[test]
fn the_least_escrow_is_enough_for_a_dispute_and_a_settlement() {
	run(|| {
		let id = activate_scant();
		open(id, 0);
		assert_ok!(Agreements::charge(&id, DISPUTE));
		// All have answered: the window settles although the dispute is open.
		assert_ok!(settle(id, 0, proof(&id, 0, 50)));
		assert!(Agreements::is_settled(&id, 0));
		let reason = EndReason::EscrowExhausted;
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(ended.phase, Phase::Ended { reason, at: 5 });
		assert_ok!(close(id, 0));
	});
}

#[test]
fn after_a_dispute_an_exhausted_agreement_ends_with_its_next_settlement() {
	run(|| {
		let id = activate_scant();
		open(id, 0);
		assert_ok!(Agreements::charge(&id, DISPUTE));
		assert_ok!(close(id, 0));
		let phase = || crate::Agreements::<Test>::get(id).unwrap().phase;
		assert!(matches!(phase(), Phase::Active { .. }));
		assert_ok!(settle(id, 1, proof(&id, 1, 50)));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(phase(), Phase::Ended { reason, at: 5 });
	});
}

#[test]
fn what_is_reserved_outlives_the_agreement() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		open(id, 4);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		let reason = EndReason::Consent;
		assert_eq!(agreement().phase, Phase::Ended { reason, at: 5 });
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(held(HoldReason::Escrow, &bob()), DISPUTE);
		// Whoever is needed for the disputes is still bound.
		assert!(AgreementsOf::<Test>::contains_key(10, id));
		assert!(AgreementsOfSensor::<Test>::contains_key(1, id));
		assert_ok!(Agreements::freeze(&id, 3));
		// However the fees are divided, all of the reserve can be charged.
		for fee in [1_001, 1, 999, 1_000, 3, 2 * DISPUTE - 3_004] {
			assert_ok!(Agreements::charge(&id, fee));
		}
		assert_noop!(Agreements::charge(&id, 1), Error::EscrowExhausted);
		assert_ok!(close(id, 3));
		assert_eq!(held(HoldReason::Storage, &bob()), DEPOSIT);
		assert!(AgreementsOf::<Test>::contains_key(10, id));
		assert_ok!(close(id, 4));
		assert_eq!(free(&bob()), ENDOWMENT - DISPUTE);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(AgreementsOfSensor::<Test>::iter().count(), 0);
		assert_noop!(close(id, 4), Error::NoDispute);
	});
}

#[test]
fn what_a_dispute_did_not_cost_goes_back_after_the_end() {
	run(|| {
		let id = activate(&terms());
		open(id, 3);
		open(id, 4);
		at_block(101);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_ok!(Agreements::charge(&id, 1_000));
		assert_ok!(close(id, 4));
		assert_eq!(agreement().reserved, DISPUTE);
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(held(HoldReason::Escrow, &bob()), RESERVES[1]);
		assert_ok!(close(id, 3));
		assert_eq!(free(&bob()), ENDOWMENT - 500);
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
		assert_ok!(close(id, 0));
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
	});
}
