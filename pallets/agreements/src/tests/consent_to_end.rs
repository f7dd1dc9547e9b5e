use frame_support::{assert_noop, assert_ok, assert_storage_noop};

use super::{last_event, Error};
use crate::{
	mock::*, AgreementsOf, AgreementsOfSensor, EndReason, Event, HoldReason, Phase, ValidityError,
};

#[test]
fn an_agreement_ends_when_all_consent() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::consent_to_end(origin(bob()), id));
		assert_eq!(
			last_event(),
			Event::Consented {
				agreement: id,
				user: bob()
			}
		);
		at_block(20);
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		assert_ok!(Agreements::consent_to_end(origin(alice()), id));
		// This is its last block. What was begun may settle in the blocks that there are to answer.
		assert_eq!(agreement().phase.check_in_force(20), Ok(20));
		at_block(20 + ANSWER);
		assert_noop!(Agreements::top_up(origin(bob()), id, 1), Error::Over);
		assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
		assert_ok!(settle(id, 1, proof(&id, 1, 1)));
		let at = 20 + ANSWER + 1;
		at_block(at);
		assert_storage_noop!(assert_eq!(
			settle(id, 2, proof(&id, 2, 1)),
			refused(ValidityError::TooLate)
		));
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Consent;
		assert_eq!(last_event(), ended(id, reason));
		assert_eq!(agreement().phase, Phase::Ended { reason, at });
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
		}
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(AgreementsOfSensor::<Test>::iter().count(), 0);
		assert_storage_noop!(assert_eq!(
			settle(id, 2, proof(&id, 2, 1)),
			refused(ValidityError::NotActive)
		));
	});
}

#[test]
fn nobody_is_retained_for_longer_than_all_want() {
	run(|| {
		let mut retained = terms();
		(retained.retainer, retained.spare_retainer) = (2 * DAY, DAY / 2);
		let id = activate(&retained);
		at_block(21);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		at_block(21 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		// From block 1 to block 21.
		assert_eq!(free(&operator()), ENDOWMENT + 3 * 40 + 3 * 10);
	});
}

#[test]
fn only_users_of_agreements_in_force_consent_once() {
	run(|| {
		let consents = |who| Agreements::consent_to_end(origin(who), id());
		assert_noop!(consents(alice()), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(consents(alice()), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(consents(charlie()), Error::NotAUser);
		assert_ok!(consents(alice()));
		assert_noop!(consents(alice()), Error::AlreadyConsented);
		at_block(101);
		assert_noop!(consents(bob()), Error::Over);
		at_block(100);
		assert_ok!(consents(bob()));
		for user in [alice(), bob()] {
			assert_noop!(consents(user), Error::AlreadyConsented);
		}
		at_block(101);
		assert_noop!(consents(bob()), Error::Over);
	});
}
