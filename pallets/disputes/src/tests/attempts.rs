//! Members that committed to ranges of different lengths commit once more, to that of the leader.

use syngraph_protocol::Stage;

use super::*;
use crate::{Event, Outcome};

/// In the first attempt, each as far as it could. Ann leads.
fn first() -> [Stance; 3] {
	let [ann, bob, cid] = all_honest();
	[ann, bob.until(FIRST + 1), cid.until(END + 1)]
}

/// The second attempt that follows from that.
fn second(first: &[Stance; 3]) -> [Stance; 3] {
	first.map(|stance| stance.again(1, set_of(first), END))
}

#[test]
fn the_range_of_the_leader_counts_in_the_second_attempt() {
	run(|| {
		let first = first();
		open_complaint();
		wait(3);
		assert_applied(file(&first[1].commit()));
		assert_applied(file(&first[2].commit()));
		let deadline = START + 3 + ANSWER;
		assert_eq!(waits_for(), (Stage::Commitments, deadline));
		System::assert_last_event(
			Event::Advanced {
				agreement: AGREEMENT,
				first: FIRST,
				attempt: 1,
				end: Some(END),
				stage: Stage::Commitments,
				deadline,
			}
			.into(),
		);
		assert_eq!(docket().before, Some(set_of(&first)));
		Disputes::do_try_state().unwrap();
		// What was said in the first attempt, or of other ranges, or from other commitments on, counts no more.
		let second = second(&first);
		assert_refused(file(&first[1].commit()), ValidityError::OtherAttempt);
		let longer = second[1].until(END + 1);
		assert_refused(file(&longer.commit()), ValidityError::OtherAttempt);
		let mut elsewhere = second[1];
		elsewhere.before = Some(set_of(&first[1..]));
		assert_refused(file(&elsewhere.commit()), ValidityError::OtherAttempt);

		answer(&second);
		assert_eq!(waits_for().0, Stage::Settlement);
		settle();
		miss_deadline();
		assert_applied(judge());
		System::assert_has_event(
			Event::Judged {
				agreement: AGREEMENT,
				first: FIRST,
				outcome: Outcome::Settled,
			}
			.into(),
		);
		assert_all_gone();
	});
}

#[test]
fn another_may_lead() {
	for (rounds, leader, end) in [(3, 1, FIRST + 1), (4, 2, END + 1)] {
		run(|| {
			alter(|books| books.progress.rounds = rounds);
			let all = first().map(|stance| stance.commit()).to_vec();
			assert_applied(complain(all, heads(WINDOW)));
			assert_eq!(docket().leader, leader);
			assert_eq!((docket().attempt, docket().end), (1, Some(end)));
		});
	}
}

#[test]
fn who_cannot_commit_to_the_range_of_the_leader_lacks_messages() {
	run(|| {
		let first = first();
		let heard = first.map(|stance| stance.commit()).to_vec();
		assert_applied(complain(heard, heads(WINDOW)));
		let second = second(&first);
		assert_applied(lack(BOB));
		// Cid has the window too, and may show it as part of the longer range that it committed to.
		show_all(first[2]);
		assert_eq!((docket().attempt, docket().end), (2, Some(END)));
		let third = second.map(|stance| stance.again(2, set_of(&[]), END));
		assert_eq!(docket().before, third[0].before);
		answer(&third);
		assert_eq!(waits_for().0, Stage::Settlement);
	});
}

#[test]
fn who_commits_to_one_thing_in_each_attempt_contradicts_nothing() {
	run(|| {
		let first = first();
		let heard = first.map(|stance| stance.commit()).to_vec();
		assert_applied(complain(heard, heads(WINDOW)));
		let [ann, bob, _] = second(&first);
		assert_applied(file(&bob.commit()));
		let call = report(&first[1].commit(), &bob.commit());
		assert_refused(call, ValidityError::NoConflict);
		assert_applied(file(&ann.commit()));
		let (left, right) = contradiction(bob);
		assert_applied(report(&left, &right));
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB]);
	});
}

#[test]
fn what_differs_in_the_second_attempt_is_opened() {
	run(|| {
		let first = first();
		let heard = first.map(|stance| stance.commit()).to_vec();
		assert_applied(complain(heard, heads(WINDOW)));
		let mut second = second(&first);
		second[2].level = 2;
		answer(&second);
		narrow(&second);
		show_all(second[0]);
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().convicted, [CID]);
		assert_all_gone();
	});
}
