use frame_support::{assert_noop, assert_ok, assert_storage_noop};

use super::{last_event, Error};
use crate::{mock::*, EndReason, Event, Phase, ValidityError};

#[test]
fn a_notice_brings_the_end_nearer() {
	run(|| {
		let id = activate(&terms());
		at_block(50);
		assert_ok!(Agreements::give_notice(origin(bob()), id));
		assert_eq!(
			last_event(),
			Event::NoticeGiven {
				agreement: id,
				user: bob(),
				ends: 70
			}
		);
		at_block(70 + ANSWER);
		assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		at_block(70 + ANSWER + 1);
		assert_storage_noop!(assert_eq!(
			settle(id, 1, proof(&id, 1, 1)),
			refused(ValidityError::TooLate)
		));
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Notice;
		let at = 70 + ANSWER + 1;
		assert_eq!(agreement().phase, Phase::Ended { reason, at });
	});
}

#[test]
fn only_users_of_agreements_in_force_give_notice_and_only_if_it_matters() {
	run(|| {
		let gives_notice = |who| Agreements::give_notice(origin(who), id());
		assert_noop!(gives_notice(alice()), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(gives_notice(alice()), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(gives_notice(charlie()), Error::NotAUser);
		at_block(80);
		assert_noop!(gives_notice(alice()), Error::NoEarlierEnd);
		at_block(79);
		assert_ok!(gives_notice(alice()));
		assert_noop!(gives_notice(bob()), Error::NoEarlierEnd);
		// It ends with block 99 now.
		at_block(100);
		assert_noop!(gives_notice(bob()), Error::Over);
	});
}
