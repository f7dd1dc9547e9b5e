//! `judge`: when a dispute is ripe, and what it comes to.

use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::{Failure, Statement};
use syngraph_protocol::Fault;

use super::*;
use crate::{Error, Event, Outcome};

/// Judges the dispute, and checks how it was closed: what it came to, who failed, and whether the window
/// stays open.
#[track_caller]
pub(super) fn assert_judged(outcome: Outcome, failed: &[u64], reopen: bool) {
	assert_applied(judge());
	System::assert_has_event(
		Event::Judged {
			agreement: AGREEMENT,
			window: WINDOW,
			outcome,
		}
		.into(),
	);
	let closed = closed();
	let all: Vec<_> = closed.convicted.iter().chain(&closed.absent).collect();
	assert_eq!(all, failed.iter().collect::<Vec<_>>());
	assert_eq!((closed.window, closed.reopen), (WINDOW, reopen));
	assert_all_gone();
}

/// The faults that events tell of.
pub(super) fn convicted() -> Vec<(u64, Fault)> {
	let events = events().into_iter();
	events
		.filter_map(|event| match event {
			Event::Convicted {
				intermediary,
				fault,
				..
			} => Some((intermediary, fault)),
			_ => None,
		})
		.collect()
}

pub(super) fn failures() -> Vec<(u64, Failure)> {
	read(|books| books.failures.clone())
}

#[test]
fn who_does_not_commit_is_absent_and_loses_a_small_fee() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		miss_deadline();
		assert_judged(Outcome::Failed, &[CID], true);
		assert_eq!(failures(), [(CID, Failure::Absence)]);
		assert_eq!(closed().absent, [CID]);
		assert_eq!(lost(CID), ABSENCE_FEE);
		System::assert_has_event(
			Event::Absent {
				agreement: AGREEMENT,
				window: WINDOW,
				intermediary: CID,
				fee: ABSENCE_FEE,
			}
			.into(),
		);
	});
}

#[test]
fn who_does_not_reveal_is_absent_and_the_window_is_lost() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(file(&all[1].commit()));
		assert_applied(file(&all[2].commit()));
		assert_applied(file_reveal(&all[0].revealed(&all)));
		assert_applied(file_reveal(&all[1].revealed(&all)));
		miss_deadline();
		assert_judged(Outcome::Failed, &[CID], false);
		assert_eq!(failures(), [(CID, Failure::Absence)]);
	});
}

#[test]
fn nothing_is_judged_before_the_deadline() {
	run(|| {
		assert_refused(judge(), ValidityError::NotOpen);
		open_complaint();
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_judged(Outcome::Failed, &[BOB, CID], true);
	});
}

#[test]
fn a_complaint_that_was_answered_closes_when_it_could_have_at_the_latest() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_judged(Outcome::Settled, &[], true);
		assert_eq!(failures(), []);
	});
}

#[test]
fn nobody_is_absent_from_a_window_that_settled() {
	run(|| {
		open_complaint();
		miss_deadline();
		alter(|books| books.settled.insert(WINDOW));
		assert_judged(Outcome::Settled, &[], true);
	});
}

#[test]
fn with_its_agreement_a_complaint_can_close_at_once() {
	run(|| {
		open_complaint();
		alter(|books| {
			books.settled.insert(WINDOW);
			books.ended = true;
		});
		assert_judged(Outcome::Settled, &[], true);
	});
}

#[test]
fn null_is_an_answer() {
	run(|| {
		let all = all_honest().map(|stance| stance.seeing(0).claiming(None));
		let call = complain(all[0].utterance(None), heads(WINDOW));
		assert_applied(call);
		answer(&all, &[]);
		wait(ANSWER + 1);
		assert_judged(Outcome::Null, &[], false);
	});
}

#[test]
fn all_have_revealed_but_nothing_settled() {
	run(|| {
		open_complaint();
		answer(&all_honest(), &[]);
		miss_deadline();
		assert_judged(Outcome::Unproven, &[], false);
	});
}

#[test]
fn a_wrong_result_is_convicted_at_once_when_everything_is_known() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		let all = [ann, liar, cid];
		open_by_results(ann, liar, &all);
		answer(&all, &[]);
		assert_refused(judge(), ValidityError::NotRipe);
		show_all(ann);
		assert_judged(Outcome::Failed, &[BOB], false);
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_eq!(failures(), [(BOB, Failure::Lie)]);
	});
}

#[test]
fn one_honest_member_is_enough_against_all_others() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.claiming(Some(9)), cid.claiming(Some(9))];
		open_by_results(ann, all[1], &all);
		answer(&all, &[ann]);
		assert_judged(Outcome::Failed, &[BOB, CID], false);
		let fault = Fault::WrongResult;
		assert_eq!(convicted(), [(BOB, fault), (CID, fault)]);
	});
}

#[test]
fn a_wrong_window_is_convicted_after_the_deadline() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		assert_applied(file(&cid.commit()));
		show_all(ann);
		// Its author could still show it.
		assert_refused(judge(), ValidityError::NotRipe);
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB], true);
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
	});
}

#[test]
fn a_copied_root_is_convicted() {
	run(|| {
		let [ann, _, cid] = all_honest();
		let mut copied = honest(BOB).commitment();
		copied.possession = ann.commitment().possession;
		let copy = signed(Statement::Commit(copied));
		open_complaint();
		assert_applied(file(&copy));
		assert_applied(file(&cid.commit()));
		show_all(ann);
		assert_judged(Outcome::Failed, &[BOB], true);
		assert_eq!(convicted(), [(BOB, Fault::FalsePossession)]);
	});
}

#[test]
fn equivocation_and_false_reveals_are_convicted() {
	run(|| {
		let [_, bob, _] = all_honest();
		let (left, right) = (bob.commit(), bob.claiming(None).commit());
		assert_applied(report(&left, &right));
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB], true);
		assert_eq!(convicted(), [(BOB, Fault::Equivocation)]);
	});
	run(|| {
		let [_, bob, _] = all_honest();
		let reveal = bob.claiming(Some(9)).revealed(&all_honest()).statement;
		assert_applied(report(&bob.commit(), &reveal));
		miss_deadline();
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::FalseReveal)]);
	});
}

#[test]
fn an_invented_set_of_commitments_is_no_answer() {
	run(|| {
		let all = all_honest();
		let [ann, bob, cid] = all;
		let wrong = bob.revealed(&[bob, ann, cid]);
		assert_applied(report(&ann.revealed(&all).statement, &wrong.statement));
		for stance in all {
			assert_applied(file(&stance.commit()));
		}
		assert_applied(file_reveal(&cid.revealed(&all)));
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB], false);
		assert_eq!(failures(), [(BOB, Failure::Absence)]);
	});
}

#[test]
fn anyone_can_judge_and_pays_for_it() {
	run(|| {
		open_complaint();
		let before = spent();
		let call = |origin| Disputes::judge(origin, AGREEMENT, WINDOW);
		assert_noop!(call(RuntimeOrigin::signed(9)), Error::<Test>::NotRipe);
		miss_deadline();
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(call(origin), DispatchError::BadOrigin);
		}
		assert_ok!(call(RuntimeOrigin::signed(9)));
		assert_eq!(read(|books| books.fees), before);
		assert_noop!(call(RuntimeOrigin::signed(9)), Error::<Test>::NotOpen);
		assert_all_gone();
	});
}

#[test]
fn the_dispute_pays_for_what_nobody_signs() {
	run(|| {
		open_complaint();
		let before = spent();
		miss_deadline();
		let fee = applied(judge());
		assert_eq!(read(|books| books.fees), before + fee);
	});
}

#[test]
fn only_the_window_in_dispute_is_judged() {
	run(|| {
		open_complaint();
		miss_deadline();
		let other = RuntimeCall::Disputes(crate::Call::judge {
			agreement: AGREEMENT,
			window: WINDOW + 1,
		});
		assert_refused(other, ValidityError::NotOpen);
	});
}

#[test]
fn an_ended_agreement_is_still_judged() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		let all = [ann, liar, cid];
		open_by_results(ann, liar, &all);
		alter(|books| books.ended = true);
		answer(&all, &[ann]);
		assert_judged(Outcome::Failed, &[BOB], false);
	});
}

#[test]
fn statements_of_another_chain_convict_nobody() {
	run(|| {
		open_complaint();
		for stance in [honest(BOB), honest(BOB).seeing(2)] {
			let statement = stance.commit().statement;
			let foreign = signed_by(&pair(BOB), &H256::repeat_byte(9), statement);
			assert_refused(file(&foreign), ValidityError::BadSignature);
		}
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB, CID], true);
		assert_eq!(convicted(), []);
	});
}

#[test]
fn whatever_others_say_an_honest_member_is_not_convicted() {
	let all = all_honest();
	let [ann, bob, cid] = all;
	for order in 0..6 {
		run(|| {
			open_complaint();
			let lies = |stance: Stance| {
				let other = stance.claiming(Some(9));
				vec![
					file(&stance.seeing(2).commit()),
					file_reveal(&other.revealed(&all)),
					file_reveal(&stance.revealed(&[cid, bob, ann])),
					file(&other.assent(&all)),
					report(&stance.commit(), &other.commit()),
				]
			};
			// In Ann's name, too, but not by her key.
			let forged = |statement| signed_by(&pair(BOB), &genesis(), statement);
			let second = forged(ann.seeing(2).commit().statement);
			assert_refused(report(&ann.commit(), &second), ValidityError::BadSignature);
			assert_refused(file(&second), ValidityError::BadSignature);
			let mut calls: Vec<_> = lies(bob).into_iter().chain(lies(cid)).collect();
			let length = calls.len();
			calls.rotate_left(order * 2 % length);
			calls.insert(order, file_reveal(&ann.revealed(&all)));
			for call in calls {
				let _ = apply(call);
			}
			let _ = apply(show_first(ann));
			let _ = apply(show_last(ann));
			miss_deadline();
			assert_applied(judge());
			assert!(convicted().iter().all(|(member, _)| *member != ANN));
			assert_eq!(convicted().len(), 2);
			assert_all_gone();
		});
	}
}
