//! `dismiss`: all members are done with the window.

use sp_core::Pair;
use syngraph_primitives::{Agreements as _, Done, KeyHistory, SignedDone};
use syngraph_protocol::{Fault, Utterance};

use super::*;
use crate::{Event, Outcome};

/// A dispute that Ann opened by a complaint of a window that the others do not remember.
fn open_old_complaint() {
	open_complaint();
	wait(ANSWER / 2);
}

#[track_caller]
fn assert_dismissed(outcome: Outcome, failed: &[u64]) {
	assert_applied(dismiss(all_done(WINDOW + 1)));
	System::assert_has_event(
		Event::Judged {
			agreement: AGREEMENT,
			window: WINDOW,
			outcome,
		}
		.into(),
	);
	let closed = closed();
	assert_eq!((closed.window, closed.reopen), (WINDOW, false));
	assert_eq!((&closed.convicted[..], closed.absent), (failed, vec![]));
	assert_all_gone();
}

#[test]
fn nobody_answers_for_a_window_that_all_have_done_with() {
	run(|| {
		open_old_complaint();
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		assert_eq!(read(|books| books.failures.clone()), []);
		assert!(read(|books| books.frozen.contains(&WINDOW)));
		assert_eq!(read(|books| books.fees), all);
		// Who can tell whether the others had declared so before Ann complained? She may have waited for them.
		assert_eq!(closed().bears, halved(all));
	});
}

/// What an answered complaint of Ann's costs each user.
fn halved(all: u64) -> [u64; 3] {
	let half = all / 2;
	[all - half, half - half / 2, half / 2]
}

#[test]
fn a_dismissal_is_divided_as_a_complaint_that_was_answered() {
	run(|| {
		open_old_complaint();
		assert_applied(file(&honest(BOB).commit()));
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		assert_eq!(closed().bears, halved(all));
	});
	// Half of it is Cid's, who claims to lack messages, however he came to say so.
	run(|| {
		open_old_complaint();
		assert_applied(file(&honest(BOB).commit()));
		assert_applied(lack(CID));
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		let half = all / 2;
		assert_eq!(closed().bears, [half - half / 2, half / 2, all - half]);
	});
	// What contradicts it makes it a conflict.
	run(|| {
		open_old_complaint();
		assert_applied(file(&honest(BOB).seeing(2).commit()));
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		let third = all / 3;
		assert_eq!(closed().bears, [all - 2 * third, third, third]);
	});
}

/// That Bob is convicted of something although the dispute is dismissed.
#[track_caller]
fn assert_bob_is_dismissed_with(found: Fault) {
	assert_dismissed(Outcome::Failed, &[BOB]);
	let convicted = events().into_iter().find_map(|event| match event {
		Event::Convicted { fault, .. } => Some(fault),
		_ => None,
	});
	assert_eq!((convicted, lost(BOB)), (Some(found), LIABILITY));
}

#[test]
fn what_a_window_that_was_shown_proves_is_not_dismissed() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.claiming(Some(9)), cid];
		open_by_results(ann, all[1], &all);
		answer(&all, &[ann]);
		assert_bob_is_dismissed_with(Fault::WrongResult);
	});
	run(|| {
		open_complaint();
		let mut copied = honest(BOB).commitment();
		copied.possession = Default::default();
		assert_applied(file(&signed(Statement::Commit(copied))));
		show_all(honest(ANN));
		assert_bob_is_dismissed_with(Fault::FalsePossession);
	});
	// But who committed to another window need not remember it.
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		show_all(honest(ANN));
		assert_dismissed(Outcome::Null, &[]);
	});
	// If two windows were shown, the owner of the sensor pays as it would for a verdict.
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		show_all(honest(ANN));
		show_all(honest(BOB).seeing(2));
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		assert_eq!(closed().bears, [all, 0, 0]);
		assert!(!read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}

#[test]
fn a_conflict_about_what_all_have_done_with_falls_on_all_equally() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let all = spent() + fee(&dismiss(all_done(WINDOW + 1)));
		assert_dismissed(Outcome::Null, &[]);
		let third = all / 3;
		assert_eq!(closed().bears, [all - 2 * third, third, third]);
	});
}

#[test]
fn it_can_be_dismissed_at_any_stage() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_dismissed(Outcome::Null, &[]);
	});
	run(|| {
		open_old_complaint();
		answer(&all_honest(), &[]);
		assert_dismissed(Outcome::Null, &[]);
	});
	run(|| {
		open_old_complaint();
		miss_deadline();
		assert_dismissed(Outcome::Null, &[]);
	});
}

#[test]
fn who_contradicted_itself_is_convicted_all_the_same() {
	run(|| {
		let [_, bob, _] = all_honest();
		assert_applied(report(&bob.commit(), &bob.claiming(None).commit()));
		assert_dismissed(Outcome::Failed, &[BOB]);
		// What it is liable for: for what the dispute cost, and what is left of the penalty.
		let taken = LIABILITY;
		System::assert_has_event(
			Event::Convicted {
				agreement: AGREEMENT,
				window: WINDOW,
				intermediary: BOB,
				fault: Fault::Equivocation,
				taken,
			}
			.into(),
		);
	});
}

/// What all declare who know what the chain had learnt at the end of a block, with so many sensors replaced.
fn all_done_knowing(at: u64, replaced: u32) -> Vec<SignedDone> {
	let all = all_done(WINDOW + 1).into_iter();
	all.map(|SignedDone { done, .. }| {
		let at = at as u32;
		let signer = pair(done.intermediary);
		signed_done(
			&signer,
			Done {
				at,
				replaced,
				..done
			},
		)
	})
	.collect()
}

/// Ann complains of the window as it is known now.
fn complain_of_what_is_known() {
	let mut commitment = honest(ANN).commitment();
	commitment.version = MockChain::version(&AGREEMENT, WINDOW).unwrap();
	let utterance = Utterance {
		commit: signed(Statement::Commit(commitment)),
		reveal: None,
	};
	assert_applied(complain(utterance, heads(WINDOW)));
}

/// Members may have computed it anew, and somebody lied about that.
#[test]
fn a_window_is_not_dismissed_by_what_was_declared_before_it_changed() {
	let becomes_known = START + 3;
	run(|| {
		wait(3);
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
			keys.convict(10 + 3 * WINDOW, becomes_known);
			let fresh = sensor_pair(SECOND_KEY).public();
			keys.rotate(13 + 3 * WINDOW, becomes_known, fresh).unwrap();
		});
		complain_of_what_is_known();
		let before = all_done_knowing(becomes_known - 1, 0);
		assert_refused(dismiss(before.clone()), ValidityError::NotDone);
		// Nor if all but one knew.
		let mut one = all_done_knowing(becomes_known, 0);
		one[1] = before[1].clone();
		assert_refused(dismiss(one), ValidityError::NotDone);
		assert_applied(dismiss(all_done_knowing(becomes_known, 0)));
		assert_all_gone();
	});
	run(|| {
		alter(|books| books.replaced = 1);
		complain_of_what_is_known();
		assert_refused(dismiss(all_done_knowing(START, 0)), ValidityError::NotDone);
		assert_applied(dismiss(all_done_knowing(START, 1)));
	});
	// What becomes known of other windows changes nothing.
	run(|| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
			keys.convict(13 + 3 * WINDOW, becomes_known);
		});
		complain_of_what_is_known();
		assert_applied(dismiss(all_done_knowing(START, 0)));
	});
}

#[test]
fn every_member_must_have_done_with_the_window() {
	run(|| {
		let done = || all_done(WINDOW + 1);
		assert_refused(dismiss(done()), ValidityError::NotOpen);
		open_old_complaint();
		let changed = |change: fn(&mut Vec<SignedDone>)| {
			let mut all = done();
			change(&mut all);
			dismiss(all)
		};
		for call in [
			dismiss(all_done(WINDOW)),
			dismiss(vec![]),
			changed(|all| all.truncate(2)),
			changed(|all| all.swap(0, 1)),
			changed(|all| all[1] = all[0].clone()),
			changed(|all| all.push(all[0].clone())),
			changed(|all| all[0].done.roster += 1),
		] {
			assert_refused(call, ValidityError::NotDone);
		}
		let forged = changed(|all| all[2] = done_by(&pair(EVE), CID, WINDOW + 1));
		assert_refused(forged, ValidityError::BadSignature);
		let raised = changed(|all| all[2].done.below += 1);
		assert_refused(raised, ValidityError::BadSignature);
	});
}

#[test]
fn a_window_that_has_settled_is_not_dismissed() {
	run(|| {
		open_old_complaint();
		alter(|books| books.settled.insert(WINDOW));
		assert_refused(dismiss(all_done(WINDOW + 1)), ValidityError::Settled);
	});
}

#[test]
fn a_declaration_counts_if_its_key_did_when_the_dispute_could_have_begun() {
	run(|| {
		let fresh = pair(77);
		let mut keys = KeyHistory::new(0, 0, pair(CID).public());
		keys.rotate(START, START, fresh.public()).unwrap();
		alter(|books| books.keys.insert(CID, keys));
		open_old_complaint();
		let mut all = all_done(WINDOW + 1);
		all[2] = done_by(&fresh, CID, WINDOW + 9);
		assert!(validity(&dismiss(all)).propagate);
		assert_dismissed(Outcome::Null, &[]);
	});
}

#[test]
fn a_window_of_an_earlier_roster_is_not_disputed() {
	run(|| {
		alter(|books| books.roster.since = WINDOW + 1);
		let call = complain(honest(ANN).utterance(None), heads(WINDOW));
		assert_refused(call, ValidityError::CannotOpen);
		let (left, right) = (honest(ANN).commit(), honest(BOB).seeing(2).commit());
		assert_refused(report(&left, &right), ValidityError::CannotOpen);
	});
}
