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
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		assert_ok!(Agreements::consent_to_end(origin(alice()), id));
		let reason = EndReason::Consent;
		assert_eq!(agreement().phase, Phase::Ended { reason, at: 5 });
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
		}
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_eq!(AgreementsOfSensor::<Test>::iter().count(), 0);
		assert_storage_noop!(assert_eq!(
			settle(id, 1, proof(&id, 1, 1)),
			refused(ValidityError::NotActive)
		));
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
		assert_noop!(consents(bob()), Error::NotActive);
	});
}
