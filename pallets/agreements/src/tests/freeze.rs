//! What disputes do to agreements.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use syngraph_primitives::Agreements as _;

use super::{last_event, Error};
use crate::{mock::*, EndReason, Event, HoldReason, Phase, Refusal};

const FEE: u64 = 1_001;

#[test]
fn a_frozen_window_cannot_settle_and_costs_the_users() {
	run(|| {
		let id = activate(&terms());
		assert!(Agreements::can_freeze(&id, 3, FEE));
		assert_ok!(Agreements::freeze(&id, 3, FEE));
		assert_eq!(
			last_event(),
			Event::Frozen {
				agreement: id,
				window: 3
			}
		);
		assert_eq!(
			agreement().funds.to_vec(),
			[ESCROW - 501 - 151, ESCROW - 500 - 151]
		);
		assert_eq!(free(&pot()), ENDOWMENT + FEE);
		assert_eq!(held(HoldReason::Storage, &alice()), 151);
		assert_storage_noop!(assert_eq!(
			settle(id, 3, proof(&id, 3, 1)),
			refused(Refusal::AlreadyDecided)
		));
		assert_ok!(settle(id, 2, proof(&id, 2, 1)));
	});
}

#[test]
fn what_is_decided_or_too_dear_cannot_be_frozen() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(settle(id, 3, proof(&id, 3, 1)));
		assert!(!Agreements::can_freeze(&id, 3, FEE));
		assert_noop!(Agreements::freeze(&id, 3, FEE), Error::AlreadyDecided);
		assert_ok!(settle(id, 67, proof(&id, 67, 1)));
		assert!(!Agreements::can_freeze(&id, 2, FEE));
		assert_noop!(Agreements::freeze(&id, 2, FEE), Error::WindowTooOld);
		assert!(Agreements::can_freeze(&id, 4, 1_900_000));
		assert!(!Agreements::can_freeze(&id, 4, 2_000_000));
		assert_noop!(
			Agreements::freeze(&id, 4, 2_000_000),
			Error::EscrowExhausted
		);
	});
}

#[test]
fn freezing_far_ahead_puts_nothing_out_of_reach() {
	run(|| {
		let id = activate(&terms());
		for i in 0..16 {
			assert_ok!(Agreements::freeze(&id, u64::MAX - i, FEE));
		}
		assert!(!Agreements::can_freeze(&id, 1_000, FEE));
		assert_noop!(
			Agreements::freeze(&id, 1_000, FEE),
			Error::WindowTooFarAhead
		);
		assert!(Agreements::can_freeze(&id, 1, FEE));
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
	});
}

#[test]
fn only_agreements_in_force_are_frozen() {
	run(|| {
		assert!(!Agreements::can_freeze(&id(), 0, FEE));
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert!(!Agreements::can_freeze(&id(), 0, FEE));
		assert_noop!(Agreements::freeze(&id(), 0, FEE), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(101);
		assert!(!Agreements::can_freeze(&id(), 0, FEE));
		assert_noop!(Agreements::freeze(&id(), 0, FEE), Error::Over);
	});
}

#[test]
fn a_freeze_that_exhausts_an_escrow_ends_the_agreement() {
	run(|| {
		let id = activate(&terms());
		let fee = 1_995_000;
		assert!(Agreements::can_freeze(&id, 0, fee));
		assert_ok!(Agreements::freeze(&id, 0, fee));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(agreement().phase, Phase::Ended { reason, at: 5 });
		assert_eq!(held(HoldReason::Escrow, &alice()), 0);
		assert_eq!(held(HoldReason::Storage, &alice()), 151);
		Agreements::forget(&id);
		assert_eq!(held(HoldReason::Storage, &alice()), 0);
	});
}

#[test]
fn the_deposit_for_a_frozen_window_goes_back_when_it_is_forgotten() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::freeze(&id, 0, FEE));
		assert_ok!(Agreements::freeze(&id, 1, FEE));
		Agreements::forget(&id);
		assert_eq!(held(HoldReason::Storage, &bob()), 151);
		assert_eq!(agreement().frozen, 1);
		at_block(101);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let prunes = || Agreements::prune(origin(charlie()), id, Default::default());
		assert_noop!(prunes(), Error::NothingToPrune);
		Agreements::forget(&id);
		assert_ok!(prunes());
		assert_storage_noop!(Agreements::forget(&id));
	});
}

#[test]
fn nothing_is_forgotten_that_was_not_frozen() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		assert_storage_noop!(Agreements::forget(&id));
	});
}

#[test]
fn intermediaries_belong_to_agreements_in_force() {
	run(|| {
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert!(!Agreements::is_intermediary(&id(), 10));
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert!(Agreements::is_intermediary(&id(), 10));
		assert!(Agreements::is_intermediary(&id(), 21));
		assert!(!Agreements::is_intermediary(&id(), 11));
		at_block(101);
		assert!(!Agreements::is_intermediary(&id(), 10));
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
