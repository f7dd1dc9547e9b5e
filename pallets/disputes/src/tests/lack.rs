//! `lack`: messages are missing, and whoever has committed to them has to show them.

use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::{Failure, Lack};
use syngraph_protocol::Stage;

use super::*;
use crate::{Event, Outcome};

/// That a dispute is judged, and who was absent.
#[track_caller]
fn assert_absent(absent: &[u64]) {
	assert_applied(judge());
	assert_eq!(closed().absent, absent);
	assert!(closed().convicted.is_empty());
	assert!(closed().reopen);
	assert_all_gone();
}

#[test]
fn who_committed_has_to_show_what_others_lack() {
	run(|| {
		open_complaint();
		wait(4);
		let complaint = spent();
		let fee = applied(lack(BOB));
		assert_eq!(waits_for(), (Stage::Messages, START + 4 + ANSWER));
		assert_eq!(spent(), complaint + fee);
		let (agreement, window) = (AGREEMENT, WINDOW);
		System::assert_has_event(
			Event::Lacked {
				agreement,
				window,
				intermediary: BOB,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Advanced {
				agreement,
				window,
				stage: Stage::Messages,
				deadline: START + 4 + ANSWER,
			}
			.into(),
		);
		assert_eq!(
			read(|books| books.open),
			Some((WINDOW, false)),
			"it can still settle"
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
		// Cid has said nothing at all.
		assert_absent(&[ANN, CID]);
		let failures = read(|books| books.failures.clone());
		assert_eq!(failures, [(ANN, Failure::Absence), (CID, Failure::Absence)]);
		assert_eq!(MEMBERS.map(lost), [ABSENCE_FEE, 0, ABSENCE_FEE]);
		assert_eq!(closed().bears[1], 0);
	});
}

#[test]
fn what_was_shown_can_be_committed_to() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(lack(BOB));
		assert_applied(lack(CID));
		wait(5);
		show_all(all[0]);
		assert_eq!(waits_for(), (Stage::Commitments, START + 5 + ANSWER));
		assert_applied(file(&all[1].commit()));
		assert_applied(file(&all[2].commit()));
		assert_eq!(waits_for().0, Stage::Reveals);
		for stance in all {
			assert_applied(file_reveal(&stance.revealed(&all)));
		}
		let spent = spent();
		alter(|books| books.settled.insert(WINDOW));
		wait(ANSWER);
		let fee = applied(judge());
		System::assert_has_event(
			Event::Judged {
				agreement: AGREEMENT,
				window: WINDOW,
				outcome: Outcome::Settled,
			}
			.into(),
		);
		// Half for the one that had the messages, half for those that lacked them.
		let (cost, half) = (spent + fee, (spent + fee) / 2);
		let lacking = cost - half;
		let quarter = lacking / 2;
		assert_eq!(closed().bears, [half, lacking - quarter, quarter]);
		assert_all_gone();
	});
}

#[test]
fn it_is_not_the_complainer_who_pays_but_who_lacked_and_who_had_the_messages() {
	run(|| {
		let all = all_honest();
		open_complaint();
		assert_applied(file(&all[2].commit()));
		assert_applied(lack(BOB));
		show_all(all[0]);
		assert_applied(file(&all[1].commit()));
		for stance in all {
			assert_applied(file_reveal(&stance.revealed(&all)));
		}
		let before = spent();
		miss_deadline();
		let cost = before + applied(judge());
		let (half, quarter) = (cost / 2, cost / 2 / 2);
		assert_eq!(closed().bears, [half - quarter, cost - half, quarter]);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		assert_all_gone();
	});
}

#[test]
fn who_lacks_messages_that_were_shown_has_no_excuse() {
	run(|| {
		open_complaint();
		assert_applied(lack(BOB));
		show_all(honest(ANN));
		assert_refused(lack(CID), ValidityError::NothingNew);
		assert_refused(lack(BOB), ValidityError::NothingNew);
		miss_deadline();
		assert_absent(&[BOB, CID]);
	});
}

#[test]
fn a_dispute_ends_after_five_stages_at_the_latest() {
	run(|| {
		let all = all_honest();
		open_complaint();
		wait(ANSWER);
		assert_applied(lack(BOB));
		wait(ANSWER);
		show_all(all[0]);
		wait(ANSWER);
		assert_applied(file(&all[1].commit()));
		assert_applied(file(&all[2].commit()));
		wait(ANSWER);
		let liar = all[1].claiming(Some(9));
		assert_applied(report(&all[1].commit(), &liar.commit()));
		assert_eq!(waits_for(), (Stage::Evidence, START + 5 * ANSWER));
		Disputes::do_try_state().unwrap();
		miss_deadline();
		assert_applied(judge());
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
			let mut lack = lacking(BOB);
			change(&mut lack);
			lack_by(&pair(BOB), lack)
		};
		assert_refused(changed(|lack| lack.window += 1), ValidityError::NotOpen);
		let unknown = changed(|lack| lack.agreement = H256::zero());
		assert_refused(unknown, ValidityError::NotOpen);
		assert_refused(changed(|lack| lack.roster += 1), ValidityError::OtherRound);
		let forged = lack_by(&pair(CID), lacking(BOB));
		assert_refused(forged, ValidityError::BadSignature);
		assert_applied(lack(BOB));
		assert_refused(lack(BOB), ValidityError::NothingNew);
	});
}

#[test]
fn nobody_lacks_anything_once_it_is_contested() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
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
		alter(|books| books.settled.insert(WINDOW));
		assert_refused(lack(BOB), ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_says_so() {
	run(|| {
		open_complaint();
		assert_noop!(
			Disputes::lack(RuntimeOrigin::signed(1), lacking(BOB), Default::default()),
			DispatchError::BadOrigin
		);
	});
}
