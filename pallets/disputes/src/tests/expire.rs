//! `expire`: when a dispute is forgotten.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use crate::{mock::*, Error, Event};

/// Opens a dispute about window three in block one.
fn open() {
	let call = report(&commit(ANN, 3, 1), &commit(BOB, 3, 2));
	assert_eq!(apply(call), Ok(Ok(())));
}

fn expire() -> frame_support::dispatch::DispatchResult {
	Disputes::expire(RuntimeOrigin::signed(9), AGREEMENT, 3)
}

#[test]
fn anyone_may_end_a_dispute_after_its_deadline() {
	run(|| {
		open();
		System::set_block_number(1 + PERIOD + 1);
		assert_ok!(expire());
		assert_eq!(crate::Disputes::<Test>::iter().count(), 0);
		assert_eq!(Forgotten::get(), 1);
		System::assert_last_event(
			Event::Expired {
				agreement: AGREEMENT,
				window: 3,
			}
			.into(),
		);
	});
}

#[test]
fn the_deadline_is_the_last_open_block() {
	run(|| {
		open();
		System::set_block_number(1 + PERIOD);
		assert_noop!(expire(), Error::<Test>::NotYetDue);
	});
}

#[test]
fn a_dispute_ends_with_its_agreement() {
	run(|| {
		open();
		Ended::set(true);
		assert_ok!(expire());
		assert_eq!(Forgotten::get(), 1);
	});
}

#[test]
fn an_expired_window_stays_frozen() {
	run(|| {
		open();
		System::set_block_number(1 + PERIOD + 1);
		assert_ok!(expire());
		let again = apply(report(&commit(ANN, 3, 1), &commit(BOB, 3, 2)));
		assert!(again.is_err());
	});
}

#[test]
fn a_dispute_ends_once() {
	run(|| {
		assert_noop!(expire(), Error::<Test>::NotFound);
		open();
		Ended::set(true);
		assert_ok!(expire());
		assert_noop!(expire(), Error::<Test>::NotFound);
		assert_eq!(Forgotten::get(), 1);
	});
}

#[test]
fn other_disputes_stay() {
	run(|| {
		open();
		let later = report(&commit(ANN, 4, 1), &commit(BOB, 4, 2));
		assert_eq!(apply(later), Ok(Ok(())));
		Ended::set(true);
		assert_ok!(expire());
		assert!(crate::Disputes::<Test>::contains_key(AGREEMENT, 4));
	});
}

#[test]
fn only_accounts_call_it() {
	run(|| {
		open();
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(
				Disputes::expire(origin, AGREEMENT, 3),
				DispatchError::BadOrigin
			);
		}
	});
}
