//! `judge`: when a dispute is ripe, and what it comes to.

use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::Failure;
use syngraph_protocol::Fault;

use super::*;
use crate::{Error, Event, Outcome};

/// Judges the dispute, and checks how it was closed: what it came to, and who failed.
#[track_caller]
pub(super) fn assert_judged(outcome: Outcome, failed: &[u64]) {
	assert_applied(judge());
	System::assert_has_event(
		Event::Judged {
			agreement: AGREEMENT,
			first: FIRST,
			outcome,
		}
		.into(),
	);
	let closed = closed();
	let all: Vec<_> = closed.convicted.iter().chain(&closed.absent).collect();
	assert_eq!(all, failed.iter().collect::<Vec<_>>());
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
		assert_judged(Outcome::Failed, &[CID]);
		assert_eq!(failures(), [(CID, Failure::Absence)]);
		assert_eq!(closed().absent, [CID]);
		assert_eq!(lost(CID), ABSENCE_FEE);
		System::assert_has_event(
			Event::Absent {
				agreement: AGREEMENT,
				first: FIRST,
				intermediary: CID,
				fee: ABSENCE_FEE,
			}
			.into(),
		);
	});
}

#[test]
fn who_does_not_reveal_is_absent_and_no_window_is_lost() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(file(&all[1].commit()));
		assert_applied(file(&all[2].commit()));
		assert_applied(file(&all[0].reveal(&all)));
		assert_applied(file(&all[1].reveal(&all)));
		let before = read(|books| books.progress);
		miss_deadline();
		assert_judged(Outcome::Failed, &[CID]);
		assert_eq!(failures(), [(CID, Failure::Absence)]);
		assert_eq!(read(|books| books.progress), before);
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
		assert_judged(Outcome::Failed, &[BOB, CID]);
	});
}

#[test]
fn a_complaint_that_was_answered_closes_when_it_could_have_at_the_latest() {
	run(|| {
		open_complaint();
		settle();
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_judged(Outcome::Settled, &[]);
		assert_eq!(failures(), []);
	});
}

#[test]
fn so_does_a_conflict_of_two_that_settled() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		settle();
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_judged(Outcome::Settled, &[]);
	});
}

#[test]
fn nobody_is_absent_from_a_round_that_settled() {
	run(|| {
		open_complaint();
		miss_deadline();
		settle();
		assert_judged(Outcome::Settled, &[]);
	});
}

#[test]
fn a_part_of_the_range_is_enough_to_settle_it() {
	run(|| {
		open_complaint();
		alter(|books| books.progress.decide(FIRST + 1));
		miss_deadline();
		assert_judged(Outcome::Settled, &[]);
	});
}

#[test]
fn with_its_agreement_a_complaint_can_close_at_once() {
	run(|| {
		open_complaint();
		settle();
		alter(|books| books.ended = true);
		assert_judged(Outcome::Settled, &[]);
	});
}

#[test]
fn null_is_an_answer() {
	run(|| {
		let all = all_honest().map(|stance| stance.seeing(0).claiming(None));
		assert_applied(complain(vec![all[0].commit()], heads(WINDOW)));
		answer(&all);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(ANSWER + 1);
		assert_judged(Outcome::Unproven, &[]);
	});
}

#[test]
fn all_have_revealed_but_nothing_settled() {
	run(|| {
		open_complaint();
		answer(&all_honest());
		wait(ANSWER);
		// There is time to settle.
		assert_refused(judge(), ValidityError::NotRipe);
		miss_deadline();
		assert_judged(Outcome::Unproven, &[]);
	});
}

#[test]
fn a_wrong_result_is_convicted_at_once_when_everything_is_known() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_results(&[ann, bob.claiming(Some(9)), cid]);
		assert_refused(judge(), ValidityError::NotRipe);
		show_all(ann);
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_eq!(failures(), [(BOB, Failure::Lie)]);
	});
}

#[test]
fn one_honest_member_is_enough_against_all_others() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.claiming(Some(9)), cid.claiming(Some(9))];
		assert_applied(complain(vec![ann.commit()], heads(WINDOW)));
		for stance in &all[1..] {
			assert_applied(file(&stance.commit()));
		}
		// The third has revealed before the two that differ have.
		assert_applied(file(&all[2].reveal(&all)));
		assert_applied(file(&all[1].reveal(&all)));
		assert_applied(file(&all[0].reveal(&all)));
		narrow(&all);
		show_all(ann);
		assert_judged(Outcome::Failed, &[BOB, CID]);
		let fault = Fault::WrongResult;
		assert_eq!(convicted(), [(BOB, fault), (CID, fault)]);
	});
}

#[test]
fn a_wrong_window_is_convicted_after_the_deadline() {
	run(|| {
		let [ann, _] = open_with_cid();
		show_all(ann);
		// Its author could still show it.
		assert_refused(judge(), ValidityError::NotRipe);
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
	});
}

#[test]
fn equivocation_is_convicted() {
	run(|| {
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(convicted(), [(BOB, Fault::Equivocation)]);
	});
}

#[test]
fn an_invented_set_of_commitments_is_no_answer() {
	run(|| {
		let all = all_honest();
		let [ann, bob, cid] = all;
		let wrong = bob.reveal(&[bob, ann, cid]);
		open_complaint();
		assert_applied(file(&wrong));
		assert_applied(file(&cid.commit()));
		assert_refused(file(&wrong), ValidityError::WrongSet);
		assert_applied(file(&ann.reveal(&all)));
		assert_applied(file(&cid.reveal(&all)));
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(failures(), [(BOB, Failure::Absence)]);
	});
}

#[test]
fn anyone_can_judge_and_pays_for_it() {
	run(|| {
		open_complaint();
		let before = spent();
		let call = |origin| Disputes::judge(origin, AGREEMENT);
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
fn an_ended_agreement_is_still_judged() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.claiming(Some(9)), cid];
		open_complaint();
		alter(|books| books.ended = true);
		answer(&all);
		narrow(&all);
		show_all(ann);
		assert_judged(Outcome::Failed, &[BOB]);
	});
}

#[test]
fn utterances_for_another_chain_convict_nobody() {
	run(|| {
		open_complaint();
		for stance in [honest(BOB), honest(BOB).seeing(2)] {
			let mut foreign = stance.commit();
			let commitment = foreign.commitment().clone();
			let elsewhere = H256::repeat_byte(9);
			foreign.commit.signature = sign(&pair(BOB), &elsewhere, &commitment);
			assert_refused(file(&foreign), ValidityError::BadSignature);
		}
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB, CID]);
		assert_eq!(convicted(), []);
	});
}

#[test]
fn whatever_others_say_an_honest_member_is_not_convicted() {
	let all = externalities().execute_with(all_honest);
	let [ann, bob, cid] = all;
	for order in 0..6 {
		run(|| {
			open_complaint();
			let lies = |stance: Stance| {
				let other = stance.claiming(Some(9));
				let (left, right) = contradiction(stance);
				vec![
					file(&stance.seeing(2).commit()),
					file(&other.reveal(&all)),
					file(&stance.reveal(&[cid, bob, ann])),
					file(&stance.until(END + 1).commit()),
					lack_of(stance.author, FIRST),
					report(&left, &right),
				]
			};
			// In Ann's name, too, but not by her key.
			let mut second = ann.seeing(2).commit();
			let commitment = second.commitment().clone();
			second.commit.signature = sign(&pair(BOB), &genesis(), &commitment);
			assert_refused(report(&ann.commit(), &second), ValidityError::BadSignature);
			assert_refused(file(&second), ValidityError::BadSignature);
			let mut calls: Vec<_> = lies(bob).into_iter().chain(lies(cid)).collect();
			let length = calls.len();
			calls.rotate_left(order * 2 % length);
			for call in calls {
				let _ = apply(call);
				let _ = apply(file(&ann.reveal(&all)));
				if docket().window() == Some(FIRST) {
					show_window(ann, FIRST);
				}
			}
			miss_deadline();
			assert_applied(judge());
			assert!(convicted().iter().all(|(member, _)| *member != ANN));
			assert_eq!(convicted().len(), 2);
			assert!(!closed().absent.contains(&ANN));
			assert_all_gone();
		});
	}
}
