//! `lack`: messages are missing, and whoever has committed to them has to show them.

use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::{Failure, Lack};
use syngraph_protocol::Stage;

use super::*;
use crate::{Event, Outcome};

/// The messages of the window that tests are about are missing somewhere.
const MISSING: Stage = Stage::Messages { window: WINDOW };

/// That a dispute is judged, and who was absent.
#[track_caller]
fn assert_absent(absent: &[u64]) {
	assert_applied(judge());
	assert_eq!(closed().absent, absent);
	assert!(closed().convicted.is_empty());
	assert_all_gone();
}

/// What members make of the range that ends with the window that was shown.
fn anew(stances: [Stance; 3]) -> [Stance; 3] {
	let before = docket().before.unwrap();
	let (attempt, end) = (docket().attempt, docket().end.unwrap());
	stances.map(|stance| stance.again(attempt, before, end))
}

#[test]
fn who_committed_has_to_show_what_others_lack() {
	run(|| {
		open_complaint();
		wait(4);
		let complaint = spent();
		let fee = applied(lack(BOB));
		assert_eq!(waits_for(), (MISSING, START + 4 + ANSWER));
		assert_eq!(spent(), complaint + fee);
		let (agreement, first) = (AGREEMENT, FIRST);
		System::assert_has_event(
			Event::Lacked {
				agreement,
				first,
				window: WINDOW,
				intermediary: BOB,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Advanced {
				agreement,
				first,
				attempt: 0,
				end: None,
				stage: MISSING,
				deadline: START + 4 + ANSWER,
			}
			.into(),
		);
	});
}

#[test]
fn who_withholds_messages_is_absent_and_not_who_lacks_them() {
	run(|| {
		open_complaint();
		assert_applied(lack(BOB));
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		// Cid has said nothing at all: perhaps it lacks a higher window.
		assert_absent(&[ANN]);
		let failures = read(|books| books.failures.clone());
		assert_eq!(failures, [(ANN, Failure::Absence)]);
		assert_eq!(MEMBERS.map(lost), [ABSENCE_FEE, 0, 0]);
		assert_eq!(closed().bears[1], 0);
	});
}

#[test]
fn what_was_shown_ends_the_range_to_which_all_commit_anew() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(file(&all[2].commit()));
		assert_applied(lack_of(BOB, FIRST));
		wait(5);
		show_window(all[0], FIRST);
		assert_eq!(crate::Trials::<Test>::iter().count(), 0);
		let deadline = START + 5 + ANSWER;
		assert_eq!(waits_for(), (Stage::Commitments, deadline));
		let before = set_of(&[all[0], all[2]]);
		System::assert_last_event(
			Event::Advanced {
				agreement: AGREEMENT,
				first: FIRST,
				attempt: 2,
				end: Some(WINDOW),
				stage: Stage::Commitments,
				deadline,
			}
			.into(),
		);
		// The longer range counts no more.
		assert_refused(file(&all[1].commit()), ValidityError::OtherAttempt);
		let shorter = anew(all);
		assert_eq!(shorter[0].before, Some(before));
		for stance in shorter {
			assert_applied(file(&stance.commit()));
		}
		assert_eq!(waits_for().0, Stage::Reveals);
		for stance in shorter {
			assert_applied(file(&stance.reveal(&shorter)));
		}
		assert_eq!(waits_for().0, Stage::Settlement);
		let spent = spent();
		alter(|books| books.progress.decide(WINDOW));
		wait(ANSWER);
		let fee = applied(judge());
		System::assert_has_event(
			Event::Judged {
				agreement: AGREEMENT,
				first: FIRST,
				outcome: Outcome::Settled,
			}
			.into(),
		);
		// Half for those that had the messages, half for the one that lacked them.
		let (cost, half) = (spent + fee, (spent + fee) / 2);
		let quarter = half / 2;
		assert_eq!(closed().bears, [half - quarter, cost - half, quarter]);
		assert_all_gone();
	});
}

#[test]
fn several_that_lack_messages_bear_equal_parts() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(lack(BOB));
		assert_applied(lack_of(CID, FIRST));
		assert_eq!(waits_for().0, Stage::Messages { window: FIRST });
		show_window(all[0], FIRST);
		let shorter = anew(all);
		answer(&shorter);
		let before = spent();
		miss_deadline();
		let cost = before + applied(judge());
		let (half, lacking) = (cost / 2, cost - cost / 2);
		let quarter = lacking / 2;
		assert_eq!(closed().bears, [half, lacking - quarter, quarter]);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		assert_all_gone();
	});
}

#[test]
fn a_lower_window_takes_the_place_of_a_higher_one() {
	run(|| {
		let ann = honest(ANN);
		open_complaint();
		assert_applied(lack(BOB));
		assert_applied(show_first(ann));
		assert_eq!(crate::Trials::<Test>::iter().count(), 1);
		assert_refused(lack(CID), ValidityError::NothingNew);
		wait(2);
		assert_applied(lack_of(CID, FIRST));
		// What was shown of the higher one is forgotten.
		assert_eq!(crate::Trials::<Test>::iter().count(), 0);
		let lower = Stage::Messages { window: FIRST };
		assert_eq!(waits_for(), (lower, START + 2 + ANSWER));
		assert_refused(show_first(ann), ValidityError::NothingToShow);
		show_window(ann, FIRST);
		assert_eq!(docket().end, Some(WINDOW));
	});
}

#[test]
fn messages_that_come_another_way_are_as_good() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(lack(BOB));
		assert_applied(show_first(all[0]));
		assert_applied(file(&all[2].commit()));
		assert_applied(file(&all[1].commit()));
		assert_eq!(waits_for().0, Stage::Reveals);
		// Nobody needs what was shown any more.
		assert_eq!(crate::Trials::<Test>::iter().count(), 0);
	});
}

#[test]
fn who_lacks_messages_that_were_shown_has_no_excuse() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(lack(BOB));
		show_all(all[0]);
		assert_refused(lack(CID), ValidityError::NothingNew);
		assert_refused(lack_of(BOB, FIRST), ValidityError::NothingNew);
		let [ann, ..] = anew(all);
		assert_applied(file(&ann.commit()));
		miss_deadline();
		assert_absent(&[BOB, CID]);
	});
}

#[test]
fn a_dispute_ends_in_time() {
	run(|| {
		// Two of three lack messages, one after the other.
		let all = all_honest().map(|stance| stance.until(END + 1));
		assert_applied(complain(vec![all[0].commit()], heads(END)));
		wait(ANSWER);
		for stance in &all[1..] {
			assert_applied(file(&stance.until(FIRST + 1).commit()));
		}
		wait(ANSWER);
		assert_applied(lack_of(BOB, END));
		wait(ANSWER);
		show_window(all[0], END);
		wait(ANSWER);
		assert_applied(lack(CID));
		wait(ANSWER);
		show_all(all[0]);
		wait(ANSWER);
		let [ann, bob, cid] = anew(all);
		let last = [ann, bob.claiming(Some(9)), cid];
		for stance in last {
			assert_applied(file(&stance.commit()));
		}
		wait(ANSWER);
		for stance in &last[..2] {
			assert_applied(file(&stance.reveal(&last)));
		}
		wait(ANSWER);
		narrow(&last);
		// There are not so many windows that blocks of them would be opened before.
		let most = crate::try_state::stages(3);
		assert_eq!(most, 10);
		let deadline = START + u64::from(most - 1) * ANSWER;
		assert_eq!(waits_for(), (evidence(Kind::Outcomes), deadline));
		Disputes::do_try_state().unwrap();
		show_all(ann);
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB]);
		assert_all_gone();
	});
}

#[test]
fn only_members_that_have_not_committed_lack_anything() {
	run(|| {
		assert_refused(lack(BOB), ValidityError::NotOpen);
		open_complaint();
		assert_refused(lack(ANN), ValidityError::NothingNew);
		assert_refused(lack(EVE), ValidityError::NotIntermediary);
		let changed = |change: fn(&mut Lack)| {
			let mut lack = lacking(BOB, WINDOW);
			change(&mut lack);
			lack_by(&pair(BOB), lack)
		};
		let beyond = changed(|lack| lack.window = END);
		assert_refused(beyond, ValidityError::NothingToLack);
		let before = changed(|lack| lack.window = FIRST - 1);
		assert_refused(before, ValidityError::NothingNew);
		let unknown = changed(|lack| lack.round.agreement = H256::zero());
		assert_refused(unknown, ValidityError::NotOpen);
		let other = changed(|lack| lack.round.roster += 1);
		assert_refused(other, ValidityError::OtherRound);
		let other = changed(|lack| lack.round.first += 1);
		assert_refused(other, ValidityError::OtherRound);
		let other = changed(|lack| lack.round.version.changes += 1);
		assert_refused(other, ValidityError::OtherVersion);
		let forged = lack_by(&pair(CID), lacking(BOB, WINDOW));
		assert_refused(forged, ValidityError::BadSignature);
		assert_applied(lack(BOB));
		assert_refused(lack(BOB), ValidityError::NothingNew);
	});
}

#[test]
fn nobody_lacks_anything_once_two_differ() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		assert_refused(lack(CID), ValidityError::NothingNew);
	});
}

#[test]
fn the_deadline_is_the_last_block_for_saying_so() {
	run(|| {
		open_complaint();
		wait(ANSWER + 1);
		assert_refused(lack(BOB), ValidityError::TooLate);
	});
	run(|| {
		open_complaint();
		let call = lack(BOB);
		settle();
		assert_refused(call, ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_says_so() {
	run(|| {
		open_complaint();
		let lack = lacking(BOB, WINDOW);
		assert_noop!(
			Disputes::lack(RuntimeOrigin::signed(1), lack, Default::default()),
			DispatchError::BadOrigin
		);
	});
}
