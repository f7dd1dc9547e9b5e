use frame_support::{assert_noop, assert_ok};

use super::{last_event, Error};
use crate::{mock::*, Event, HoldReason};

#[test]
fn a_user_adds_to_its_escrow() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::top_up(origin(bob()), id, 123));
		assert_eq!(agreement().funds.to_vec(), [FUNDS, FUNDS + 123]);
		assert_eq!(held(HoldReason::Escrow, &bob()), FUNDS + 123);
		assert_eq!(
			last_event(),
			Event::ToppedUp {
				agreement: id,
				user: bob(),
				amount: 123
			}
		);
	});
}

#[test]
fn only_users_of_agreements_in_force_top_up_and_only_what_they_have() {
	run(|| {
		let tops_up = |who, amount| Agreements::top_up(origin(who), id(), amount);
		assert_noop!(tops_up(alice(), 1), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(tops_up(alice(), 1), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(tops_up(charlie(), 1), Error::NotAUser);
		assert_noop!(tops_up(bob(), ENDOWMENT), Error::InsufficientFunds);
		assert_noop!(tops_up(bob(), u64::MAX), Error::InsufficientFunds);
		at_block(101);
		assert_noop!(tops_up(bob(), 1), Error::Over);
	});
}
