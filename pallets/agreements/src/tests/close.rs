use frame_support::{assert_noop, assert_ok};

use super::{last_event, Error};
use crate::{mock::*, AgreementsOf, EndReason, Event, HoldReason, Phase};

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
		at_block(100);
		assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
		at_block(101);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Expired;
		assert_eq!(
			last_event(),
			Event::Ended {
				agreement: id,
				reason
			}
		);
		assert_eq!(agreement().funds.to_vec(), [0, 0]);
		assert_eq!(free(&bob()), ENDOWMENT);
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
	});
}
