//! How operators leave, and how the dead are let go.

use frame_support::{assert_noop, assert_ok};
use syngraph_primitives::{Agreements as _, Closing, IntermediaryId, OnFailure};

use super::Error;
use crate::{mock::*, AgreementsOf, EndReason, Event, Phase};

fn resign(intermediary: IntermediaryId) -> sp_runtime::DispatchResult {
	Agreements::resign(origin(operator()), id(), intermediary)
}

fn release(intermediary: IntermediaryId) -> sp_runtime::DispatchResult {
	Agreements::release(origin(charlie()), id(), intermediary)
}

fn vacate(intermediary: IntermediaryId) -> sp_runtime::DispatchResult {
	Agreements::vacate(origin(charlie()), id(), intermediary)
}

fn members() -> Vec<IntermediaryId> {
	agreement().roster.members.to_vec()
}

#[test]
fn a_spare_steps_in_when_the_notice_has_run_out() {
	run(|| {
		activate(&terms());
		assert_noop!(release(20), Error::NotResigned);
		assert_ok!(resign(20));
		let resigned = Event::Resigned {
			agreement: id(),
			intermediary: 20,
			due: 25,
		};
		assert_eq!(super::last_event(), resigned);
		assert_noop!(resign(20), Error::AlreadyResigned);
		at_block(24);
		assert_noop!(release(20), Error::NoticeRunning);
		assert_eq!(members(), INTERMEDIARIES);
		at_block(25);
		assert_ok!(release(20));
		assert_eq!(members(), [10, 22, 21]);
		assert!(!AgreementsOf::<Test>::contains_key(20, id()));
		assert_noop!(release(20), Error::NotResigned);
		assert_noop!(resign(20), Error::NotBound);
	});
}

#[test]
fn only_operators_of_those_that_are_bound_resign() {
	run(|| {
		assert_noop!(resign(20), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(resign(20), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		let by_a_user = Agreements::resign(origin(bob()), id(), 20);
		assert_noop!(by_a_user, Error::NotOperator);
		MockDirectory::add_intermediary(30);
		assert_noop!(resign(30), Error::NotBound);
		assert_ok!(resign(22));
	});
}

#[test]
fn a_spare_that_resigned_does_not_step_in() {
	run(|| {
		activate(&terms());
		for spare in [11, 22] {
			assert_ok!(resign(spare));
		}
		at_block(25);
		for spare in [11, 22] {
			assert_ok!(release(spare));
		}
		assert_eq!(members(), INTERMEDIARIES);
		assert_eq!(agreement().roster.number, 0);
		assert_ok!(resign(10));
		assert_ok!(resign(20));
		at_block(45);
		assert_ok!(release(10));
		assert_eq!(members(), [12, 20, 21]);
		assert_ok!(release(20));
		assert_eq!(members(), [12, 21]);
	});
}

#[test]
fn the_last_member_of_a_user_ends_the_agreement_by_leaving() {
	run(|| {
		let mut bare = terms();
		bare.users[0].spares.clear();
		let id = activate(&bare);
		assert_ok!(Agreements::resign(origin(operator()), id, 10));
		at_block(25);
		assert_ok!(Agreements::release(origin(charlie()), id, 10));
		assert_winds_up(id, 10);
	});
}

#[test]
fn who_winds_the_agreement_up_fails_but_once() {
	run(|| {
		let mut bare = terms();
		bare.users[0].spares.clear();
		let id = activate(&bare);
		assert_ok!(Agreements::resign(origin(operator()), id, 10));
		at_block(25);
		MockDirectory::set_alive(10, false);
		let vacates = || Agreements::vacate(origin(charlie()), id, 10);
		assert_ok!(vacates());
		assert_noop!(vacates(), Error::NoEarlierEnd);
		assert_noop!(
			Agreements::release(origin(charlie()), id, 10),
			Error::NoEarlierEnd
		);
		assert_eq!(MockDirectory::failures(10), 1);
		assert_winds_up(id, 10);
	});
}

/// What was begun settles, although a member that is needed has left, and nobody else leaves before.
fn assert_winds_up(id: syngraph_primitives::AgreementId, left: IntermediaryId) {
	let now = System::block_number();
	System::assert_last_event(
		crate::Event::WindsUp {
			agreement: id,
			intermediary: left,
			ends: now,
		}
		.into(),
	);
	let answer = terms().limits.answer;
	at_block(now + answer);
	MockDirectory::set_alive(21, false);
	assert_noop!(
		Agreements::release(origin(charlie()), id, left),
		Error::Over
	);
	assert_noop!(Agreements::vacate(origin(charlie()), id, 21), Error::Over);
	assert_noop!(Agreements::close(origin(charlie()), id), Error::NotOver);
	assert_ok!(settle(id, 0, proof(&id, 0, 1)));
	at_block(now + answer + 1);
	assert_ok!(Agreements::close(origin(charlie()), id));
	let (reason, at) = (EndReason::Failure, now + answer + 1);
	let ended = crate::Agreements::<Test>::get(id).unwrap();
	assert_eq!(ended.phase, Phase::Ended { reason, at });
}

#[test]
fn strict_terms_end_the_agreement_when_no_spare_is_left() {
	run(|| {
		let mut strict = terms();
		strict.on_failure = OnFailure::End;
		strict.users[1].spares.clear();
		let id = activate(&strict);
		assert_ok!(Agreements::resign(origin(operator()), id, 20));
		at_block(25);
		assert_ok!(Agreements::release(origin(charlie()), id, 20));
		assert_winds_up(id, 20);
	});
}

#[test]
fn nobody_leaves_while_a_dispute_is_open() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(resign(20));
		at_block(25);
		MockDirectory::set_alive(21, false);
		assert_ok!(Agreements::open_dispute(&id));
		assert_noop!(release(20), Error::Disputed);
		assert_noop!(vacate(21), Error::Disputed);
		assert_ok!(Agreements::close_dispute(&id, &closing()));
		// Its notice has run out: it left by itself.
		assert_noop!(release(20), Error::NotResigned);
		assert_ok!(vacate(21));
	});
}

#[test]
fn who_is_not_alive_is_let_go() {
	run(|| {
		activate(&terms());
		assert_noop!(vacate(20), Error::Alive);
		MockDirectory::set_alive(20, false);
		MockDirectory::set_alive(11, false);
		assert_ok!(vacate(20));
		assert_ok!(vacate(11));
		assert_eq!(members(), [10, 22, 21]);
		assert_eq!([20, 11].map(MockDirectory::failures), [1, 1]);
		assert_noop!(vacate(20), Error::NotBound);
		MockDirectory::set_alive(10, false);
		assert_ok!(vacate(10));
		assert_eq!(members(), [12, 22, 21]);
	});
}

#[test]
fn the_windows_go_on_from_the_lowest_that_is_not_decided() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[Some(1), None]);
		at_block(5 + RECENT + 1);
		MockDirectory::set_alive(20, false);
		assert_ok!(vacate(20));
		let roster = agreement().roster;
		assert_eq!((roster.number, roster.since), (1, 2));
		assert_eq!(decide(id, &[Some(1)]), 2);
		// Nobody else computes if a spare goes.
		MockDirectory::set_alive(11, false);
		assert_ok!(vacate(11));
		assert_eq!(agreement().roster, roster);
	});
}

/// Be it that its heartbeats do not get in.
#[test]
fn a_member_is_alive_as_long_as_what_it_signed_settles() {
	run(|| {
		let id = activate(&terms());
		for member in INTERMEDIARIES {
			MockDirectory::set_alive(member, false);
		}
		for block in [5, 20] {
			at_block(block);
			decide(id, &[Some(1)]);
			at_block(block + RECENT);
			assert_noop!(vacate(20), Error::Alive);
		}
		at_block(20 + RECENT + 1);
		assert_ok!(vacate(20));
	});
}

#[test]
fn that_others_settle_says_nothing_of_a_spare() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[Some(1)]);
		MockDirectory::set_alive(22, false);
		assert_ok!(vacate(22));
	});
}

#[test]
fn nor_of_one_that_steps_in_later() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[Some(1)]);
		assert_ok!(Agreements::open_dispute(&id));
		let closing = Closing {
			convicted: vec![20, 10],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(members(), [11, 22, 21]);
		for member in [11, 22, 21] {
			MockDirectory::set_alive(member, false);
		}
		// It was a member from the beginning.
		assert_noop!(vacate(21), Error::Alive);
		assert_ok!(vacate(22));
		assert_eq!(members(), [11, 21]);
		decide(id, &[Some(1)]);
		assert_noop!(vacate(11), Error::Alive);
		at_block(5 + RECENT + 1);
		assert_ok!(vacate(11));
	});
}
