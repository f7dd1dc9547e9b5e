use frame_support::{assert_noop, assert_ok};

use super::{last_event, Error};
use crate::{mock::*, EndReason, HoldReason, Phase};

#[test]
fn any_user_cancels_a_proposal_and_the_escrow_goes_back() {
	for user in [alice(), bob()] {
		run(|| {
			assert_ok!(Agreements::propose(origin(alice()), terms()));
			assert_ok!(Agreements::cancel(origin(user), id()));
			let reason = EndReason::Cancelled;
			assert_eq!(agreement().phase, Phase::Ended { reason, at: 1 });
			assert_eq!(held(HoldReason::Escrow, &alice()), 0);
			assert_eq!(free(&alice()), ENDOWMENT - deposit_for(&terms()));
			assert_eq!(last_event(), ended(id(), reason));
		});
	}
}

#[test]
fn strangers_and_the_late_cannot_cancel() {
	run(|| {
		assert_noop!(Agreements::cancel(origin(alice()), id()), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(Agreements::cancel(origin(charlie()), id()), Error::NotAUser);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(
			Agreements::cancel(origin(alice()), id()),
			Error::NotProposed
		);
	});
}

#[test]
fn what_was_cancelled_cannot_be_signed_or_proposed_again() {
	run(|| {
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_ok!(Agreements::cancel(origin(alice()), id()));
		assert_noop!(Agreements::sign(origin(bob()), id()), Error::NotProposed);
		assert_noop!(Agreements::cancel(origin(bob()), id()), Error::NotProposed);
		assert_noop!(
			Agreements::propose(origin(bob()), terms()),
			Error::AlreadyExists
		);
	});
}
