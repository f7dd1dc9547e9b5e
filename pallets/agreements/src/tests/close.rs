use frame_support::{assert_noop, assert_ok, assert_storage_noop};

use super::{last_event, Error};
use crate::{mock::*, AgreementsOf, EndReason, HoldReason, Phase, ValidityError};

#[test]
fn anybody_closes_what_was_not_signed_in_time() {
	run(|| {
		assert_noop!(Agreements::close(origin(charlie()), id()), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		at_block(10);
		assert_noop!(Agreements::close(origin(charlie()), id()), Error::NotOver);
		at_block(11);
		assert_ok!(Agreements::close(origin(charlie()), id()));
		let reason = EndReason::Unsigned;
		assert_eq!(agreement().phase, Phase::Ended { reason, at: 11 });
		assert_eq!(held(HoldReason::Escrow, &alice()), 0);
		assert_noop!(
			Agreements::close(origin(charlie()), id()),
			Error::AlreadyEnded
		);
	});
}

#[test]
fn anybody_closes_what_is_past_its_end() {
	run(|| {
		let id = activate(&terms());
		at_block(100 + ANSWER);
		assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Expired;
		assert_eq!(last_event(), ended(id, reason));
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(free(&bob()), ENDOWMENT - ROUNDS_DEPOSIT);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}

#[test]
fn what_was_begun_in_time_still_settles_and_retainers_end() {
	run(|| {
		let mut retained = terms();
		(retained.retainer, retained.spare_retainer) = (2 * DAY, DAY / 2);
		let id = activate(&retained);
		at_block(100 + ANSWER);
		assert_noop!(Agreements::top_up(origin(bob()), id, 1), Error::Over);
		assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
		decide(id, &[Some(0), None, Some(0)]);
		let before = free(&operator());
		assert_ok!(Agreements::pay_retainers(origin(charlie()), id));
		// From block 1 to block 100.
		assert_eq!(free(&operator()), before + 3 * 198 + 3 * 49);
		at_block(100 + ANSWER + 1);
		assert_storage_noop!(assert_eq!(
			settle(id, 3, proof(&id, 3, 1)),
			refused(ValidityError::TooLate)
		));
		let before = free(&operator());
		assert_ok!(Agreements::close(origin(charlie()), id));
		// The payout was due with the settlement.
		assert_eq!(free(&operator()), before);
		let reason = EndReason::Expired;
		let at = 100 + ANSWER + 1;
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(ended.phase, Phase::Ended { reason, at });
	});
}
