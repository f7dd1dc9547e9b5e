//! Who may leave by then leaves when a dispute closes.

use frame_support::{assert_noop, assert_ok};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, Directory, IntermediaryId, OnFailure,
};

use super::Error;
use crate::{mock::*, EndReason, Event, Phase, TermsOf};

/// The agreement on these terms, in which all of these resign in block 5, so that their notice has run out in block 25.
fn resigned(terms: &TermsOf<Test>, leaving: &[IntermediaryId]) -> AgreementId {
	let id = activate(terms);
	for intermediary in leaving {
		assert_ok!(Agreements::resign(origin(operator()), id, *intermediary));
	}
	id
}

/// Closes the dispute that is open, in which these members were convicted, and those absent.
fn close(id: AgreementId, convicted: &[IntermediaryId], absent: &[IntermediaryId]) {
	let closing = Closing {
		convicted: convicted.to_vec(),
		absent: absent.to_vec(),
		..closing()
	};
	assert_ok!(Agreements::close_dispute(&id, &closing));
}

/// Opens and closes a dispute in a block.
fn judge(id: AgreementId, block: u64, convicted: &[IntermediaryId], absent: &[IntermediaryId]) {
	at_block(block);
	assert_ok!(Agreements::open_dispute(&id));
	close(id, convicted, absent);
}

fn members(id: AgreementId) -> Vec<IntermediaryId> {
	Agreements::roster(&id)
		.expect("it was active")
		.members
		.to_vec()
}

fn left(id: AgreementId) -> Vec<IntermediaryId> {
	crate::Agreements::<Test>::get(id).unwrap().left.to_vec()
}

/// Who wound the agreement up, since events were reset.
fn wound_up() -> Vec<IntermediaryId> {
	let told = events().into_iter().filter_map(|event| match event {
		Event::WindsUp { intermediary, .. } => Some(intermediary),
		_ => None,
	});
	told.collect()
}

#[test]
fn disputes_back_to_back_keep_nobody_bound() {
	run(|| {
		let id = resigned(&terms(), &[20, 12]);
		judge(id, 24, &[], &[]);
		assert_eq!(members(id), INTERMEDIARIES);
		assert_ok!(Agreements::open_dispute(&id));
		at_block(25);
		let release = Agreements::release(origin(operator()), id, 20);
		assert_noop!(release, Error::Disputed);
		System::reset_events();
		close(id, &[], &[]);
		assert_ok!(Agreements::open_dispute(&id));
		assert_eq!(members(id), [10, 22, 21]);
		assert_eq!(left(id), [12, 20]);
		assert_eq!(MockDirectory::liability(&id, 20), 0);
		assert_eq!(MockDirectory::liability(&id, 12), 0);
		// All commit anew once.
		let told = events();
		let renewed = told
			.iter()
			.filter(|event| matches!(event, Event::RosterChanged { .. }));
		assert_eq!((renewed.count(), agreement().roster.number), (1, 2));
	});
}

#[test]
fn whose_notice_runs_stays() {
	run(|| {
		let id = resigned(&terms(), &[20]);
		at_block(6);
		assert_ok!(Agreements::resign(origin(operator()), id, 10));
		judge(id, 25, &[], &[]);
		assert_eq!(members(id), [10, 22, 21]);
		judge(id, 26, &[], &[]);
		assert_eq!(members(id), [11, 22, 21]);
	});
}

#[test]
fn a_spare_whose_notice_has_run_out_does_not_step_in_for_who_failed() {
	run(|| {
		let id = resigned(&terms(), &[22, 11]);
		judge(id, 25, &[20], &[10]);
		assert_eq!(members(id), [12, 21]);
		assert_eq!(left(id), [22, 11, 20, 10]);
	});
}

#[test]
fn who_failed_leaves_but_once() {
	run(|| {
		let id = resigned(&terms(), &[20, 10]);
		judge(id, 25, &[20], &[10]);
		assert_eq!(members(id), [11, 22, 21]);
		assert_eq!(left(id), [20, 10]);
	});
}

/// One that is silent and has no spare may stay, but not if it wants to leave.
#[test]
fn who_was_silent_leaves_when_it_may() {
	run(|| {
		let mut spareless = terms();
		spareless.users[1].spares.clear();
		let id = resigned(&spareless, &[20]);
		judge(id, 24, &[], &[20]);
		assert_eq!(members(id), INTERMEDIARIES);
		judge(id, 25, &[], &[20]);
		assert_eq!(members(id), [10, 21]);
	});
}

#[test]
fn without_a_member_that_is_needed_the_agreement_winds_up() {
	run(|| {
		let mut bare = terms();
		bare.users[0].spares.clear();
		let id = resigned(&bare, &[10]);
		System::reset_events();
		judge(id, 25, &[], &[]);
		assert_eq!(wound_up(), [10]);
		assert_eq!(members(id), INTERMEDIARIES);
		// What has not settled does, under the next roster, as long as all have to answer.
		at_block(25 + ANSWER);
		assert_eq!(decide(id, &[Some(1)]), 0);
		judge(id, 25 + ANSWER, &[], &[]);
		assert_eq!(wound_up(), [10]);
		let at = 25 + ANSWER + 1;
		at_block(at);
		assert_ok!(Agreements::close(origin(charlie()), id));
		let reason = EndReason::Failure;
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(ended.phase, Phase::Ended { reason, at });
		assert_eq!(MockDirectory::liability(&id, 10), 0);
	});
}

#[test]
fn it_winds_up_once_for_all_that_are_needed_and_others_leave() {
	run(|| {
		let mut strict = terms();
		strict.on_failure = OnFailure::End;
		strict.users[0].spares.clear();
		let id = resigned(&strict, &[10, 20, 21]);
		System::reset_events();
		judge(id, 25, &[], &[]);
		assert_eq!(wound_up(), [10]);
		assert_eq!(members(id), [10, 22, 21]);
		let ends = Agreements::release(origin(charlie()), id, 21);
		assert_noop!(ends, Error::NoEarlierEnd);
	});
}

#[test]
fn after_the_last_block_nobody_leaves() {
	run(|| {
		let id = resigned(&terms(), &[20, 12]);
		judge(id, 101, &[], &[]);
		assert_eq!(members(id), INTERMEDIARIES);
		assert!(left(id).is_empty());
	});
}

#[test]
fn who_leaves_is_paid_for_what_settled_before() {
	run(|| {
		let id = resigned(&terms(), &[20, 21]);
		decide(id, &[Some(1)]);
		at_block(25);
		assert_ok!(Agreements::open_dispute(&id));
		System::reset_events();
		close(id, &[], &[]);
		let told = events().into_iter().filter_map(|event| match event {
			Event::Rewarded { intermediary, .. } => Some(intermediary),
			_ => None,
		});
		assert_eq!(told.collect::<Vec<_>>(), INTERMEDIARIES);
		assert_eq!(members(id), [10, 22]);
	});
}
