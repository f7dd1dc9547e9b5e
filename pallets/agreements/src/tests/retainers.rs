//! What members and spares get for being bound.

use frame_support::{assert_noop, assert_ok};
use syngraph_primitives::{Agreements as _, Closing, IntermediaryId};

use super::Error;
use crate::{mock::*, Event, TermsOf};

/// [`terms`] in which a member gets two a block, and a spare one in two blocks.
fn retained() -> TermsOf<Test> {
	let mut retained = terms();
	(retained.retainer, retained.spare_retainer) = (2 * DAY, DAY / 2);
	retained
}

/// What everyone was paid since the last reset.
fn paid() -> Vec<(IntermediaryId, u64)> {
	let paid = events().into_iter().filter_map(|event| match event {
		Event::Retained {
			intermediary,
			amount,
			..
		} => Some((intermediary, amount)),
		_ => None,
	});
	let paid = paid.collect();
	System::reset_events();
	paid
}

#[test]
fn everyone_is_paid_for_the_blocks_it_was_bound() {
	run(|| {
		let id = activate(&retained());
		System::reset_events();
		at_block(11);
		assert_ok!(Agreements::pay_retainers(origin(charlie()), id));
		let (member, spare) = (20, 5);
		assert_eq!(
			paid(),
			[
				(10, member),
				(20, member),
				(21, member),
				(11, spare),
				(12, spare),
				(22, spare)
			]
		);
		assert_eq!(free(&operator()), ENDOWMENT + 3 * member + 3 * spare);
		let funds = crate::Agreements::<Test>::get(id).unwrap().funds;
		assert_eq!(funds.to_vec(), [FUNDS - 30, FUNDS - 45]);
		// Nothing is paid twice.
		assert_ok!(Agreements::pay_retainers(origin(charlie()), id));
		assert_eq!(paid(), []);
	});
}

#[test]
fn what_was_earned_is_paid_at_the_end_and_no_more() {
	run(|| {
		let id = activate(&retained());
		System::reset_events();
		at_block(200);
		assert_ok!(Agreements::close(origin(charlie()), id));
		// The last block of the terms is number 100.
		let sum: u64 = paid().iter().map(|(_, amount)| amount).sum();
		assert_eq!(sum, 3 * 198 + 3 * 49);
		let pays = Agreements::pay_retainers(origin(charlie()), id);
		assert_noop!(pays, Error::NotActive);
	});
}

#[test]
fn a_spare_that_steps_in_earns_more_from_then_on() {
	run(|| {
		let id = activate(&retained());
		System::reset_events();
		at_block(11);
		assert_ok!(Agreements::open_dispute(&id));
		let closing = Closing {
			convicted: vec![20],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(paid().len(), 6);
		at_block(21);
		assert_ok!(Agreements::pay_retainers(origin(charlie()), id));
		assert_eq!(
			paid(),
			[(10, 20), (21, 20), (11, 5), (12, 5), (22, 20)],
			"who left gets nothing any more"
		);
	});
}

#[test]
fn whatever_settles_the_retainers_stay_covered() {
	run(|| {
		let mut scant = retained();
		for index in [0, 1] {
			scant.users[index].escrow = least_escrow(&scant, index);
		}
		let id = activate(&scant);
		System::reset_events();
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		// It could not afford another window, and ended; all were paid for the blocks until then.
		assert_eq!(
			paid(),
			[(10, 8), (20, 8), (21, 8), (11, 2), (12, 2), (22, 2)]
		);
	});
}
