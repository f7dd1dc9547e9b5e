//! One dispute of an agreement at a time: what joins it, what takes its place, and what has to wait.

use syngraph_protocol::{Conflict, Fault, Stage};

use super::*;
use crate::{Cause, Event, Outcome};

/// A window that is not in dispute.
const OTHER: WindowIndex = WINDOW + 5;

/// Ann and Bob committed to different data of another window.
fn conflict_elsewhere() -> RuntimeCall {
	let [ann, bob, _] = all_honest();
	report(&commit_to(ann, OTHER), &commit_to(bob.seeing(2), OTHER))
}

/// Someone committed twice to another window.
fn contradiction_elsewhere(author: u64, window: WindowIndex) -> RuntimeCall {
	let [left, right] = [1, 2].map(|level| commit_to(honest(author).seeing(level), window));
	report(&left, &right)
}

#[test]
fn a_contradiction_about_any_window_joins_the_open_dispute() {
	run(|| {
		open_by_inputs(honest(ANN), honest(CID).seeing(2));
		// Be it one that is decided, or that nobody can have reached.
		alter(|books| books.settled.insert(OTHER));
		for (author, window) in [(BOB, OTHER), (CID, u64::MAX / 8)] {
			let before = spent();
			let fee = applied(contradiction_elsewhere(author, window));
			assert_eq!(spent(), before + fee);
			let fault = docket().testimonies[author as usize].fault;
			assert_eq!(fault, Some(Fault::Equivocation));
			assert_refused(
				contradiction_elsewhere(author, window),
				ValidityError::NothingNew,
			);
		}
		assert_eq!(docket().window, WINDOW);
		// What it said about the other window is not taken for what it said about this one.
		assert_eq!(docket().commitment(1), None);
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB, CID]);
		assert_all_gone();
	});
}

#[test]
fn a_contradiction_joins_also_while_a_complaint_waits_for_its_end() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		assert_applied(contradiction_elsewhere(BOB, OTHER));
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB]);
		assert_all_gone();
	});
}

#[test]
fn a_conflict_takes_the_place_of_a_complaint() {
	run(|| {
		open_complaint();
		let complaint = spent();
		wait(3);
		let fee = applied(conflict_elsewhere());
		assert_eq!(docket().window, OTHER);
		assert_eq!(
			dispute().unwrap().cause,
			Cause::Conflict(Conflict::InputMismatch)
		);
		assert_eq!(waits_for(), (Stage::Evidence, START + 3 + ANSWER));
		// What the complaint has cost is carried over.
		assert_eq!(spent(), complaint + fee);
		assert_eq!(read(|books| books.reserved), reserve());
		let agreement = AGREEMENT;
		System::assert_has_event(
			Event::GaveWay {
				agreement,
				window: WINDOW,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Opened {
				agreement,
				window: OTHER,
				cause: Cause::Conflict(Conflict::InputMismatch),
				stage: Stage::Evidence,
				deadline: START + 3 + ANSWER,
			}
			.into(),
		);
		// The other window can still settle, and nobody failed.
		let closed = closed();
		assert_eq!(
			(closed.window, closed.reopen, closed.bears),
			(WINDOW, true, vec![0; 3])
		);
		assert_eq!(read(|books| books.open), Some((OTHER, true)));
		assert_refused(file(&honest(BOB).commit()), ValidityError::NotOpen);
	});
}

#[test]
fn what_was_shown_before_a_complaint_gives_way_is_carried_over() {
	let carried_over = |show: fn()| {
		run(|| {
			open_complaint();
			show();
			let complaint = spent();
			let fee = applied(conflict_elsewhere());
			assert_eq!(lost(ANN), 0);
			assert_eq!(spent(), complaint + fee);
			assert_eq!(dispute().unwrap().shown_by.to_vec(), [0; 3]);
			assert_eq!(crate::Trials::<Test>::iter().count(), 0);
		})
	};
	// Nobody can tell what it would have come to.
	carried_over(|| assert_applied(show_first(honest(ANN))));
	carried_over(|| show_all(honest(ANN)));
	carried_over(|| {
		assert_applied(lack(BOB));
		assert_applied(show_first(honest(ANN)));
	});
}

#[test]
fn a_complaint_that_waits_for_its_verdict_does_not_give_way() {
	run(|| {
		open_complaint();
		wait(ANSWER);
		assert!(validity(&conflict_elsewhere()).propagate);
		wait(1);
		assert_refused(conflict_elsewhere(), ValidityError::CannotOpen);
		assert_applied(judge());
		assert_eq!(closed().absent, [BOB, CID]);
	});
}

#[test]
fn a_conflict_has_to_wait_for_another() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_refused(conflict_elsewhere(), ValidityError::AlreadyOpen);
	});
	run(|| {
		// As well as for a complaint that something contradicts.
		open_complaint();
		assert_applied(file(&honest(BOB).seeing(2).commit()));
		assert_refused(conflict_elsewhere(), ValidityError::AlreadyOpen);
		miss_deadline();
		assert_applied(judge());
		assert_applied(conflict_elsewhere());
	});
}

#[test]
fn a_complaint_gives_way_only_to_what_can_be_disputed() {
	let refused = |change: fn(&mut MockState)| {
		run(|| {
			open_complaint();
			alter(change);
			assert_refused(conflict_elsewhere(), ValidityError::CannotOpen);
			assert_eq!(docket().window, WINDOW);
		})
	};
	refused(|books| {
		books.settled.insert(OTHER);
	});
	refused(|books| books.base = OTHER + 1);
	refused(|books| books.ended = true);
	// One of the users could not set aside as much again.
	refused(|books| {
		books.reserved -= 1;
		books.escrows[2] = 0;
	});
}

#[test]
fn what_is_carried_over_never_exceeds_what_is_reserved() {
	run(|| {
		open_complaint();
		crate::Disputes::<Test>::mutate(AGREEMENT, |dispute| {
			dispute.as_mut().unwrap().spent = reserve();
		});
		assert_applied(conflict_elsewhere());
		assert_eq!(spent(), reserve());
		Disputes::do_try_state().unwrap();
		miss_deadline();
		let judge = RuntimeCall::Disputes(crate::Call::judge {
			agreement: AGREEMENT,
			window: OTHER,
		});
		assert_applied(judge);
		// Neither showed what it committed to.
		let (agreement, window, outcome) = (AGREEMENT, OTHER, Outcome::Failed);
		System::assert_has_event(
			Event::Judged {
				agreement,
				window,
				outcome,
			}
			.into(),
		);
		assert_eq!(read(|books| books.fees), reserve());
		assert_all_gone();
	});
}
