//! Members that contradict each other about nothing.

use syngraph_primitives::Failure;
use syngraph_protocol::{Conflict, Fault, Stage};

use super::{
	judge::{assert_judged, convicted, failures},
	money::judged,
	*,
};
use crate::Outcome;

#[test]
fn without_evidence_nobody_is_convicted_but_both_are_absent() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_judged(Outcome::Failed, &[ANN, BOB]);
		assert_eq!(convicted(), []);
		assert_eq!(failures(), [ANN, BOB].map(|id| (id, Failure::Absence)));
		assert_eq!(MEMBERS.map(lost), [ABSENCE_FEE, ABSENCE_FEE, 0]);
		assert_eq!(closed().bears[2], 0, "Cid has nothing to do with it");
	});
}

/// Two that conspire report what they revealed, and never commit to it on chain but by that.
#[test]
fn who_reveals_different_outcomes_is_held_to_what_it_committed_to() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let bob = bob.claiming(None);
		let all = [ann, bob, cid];
		let (left, right) = (bob.reveal(&all), cid.reveal(&all));
		assert_applied(report(&left, &right));
		assert_applied(file(&ann.commit()));
		// Ann has nothing to do with what they differ in.
		assert_applied(file(&ann.reveal(&all)));
		assert_applied(file(&right));
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(closed().absent, [BOB]);
		assert_eq!(closed().bears[0], 0);
		assert_eq!([lost(ANN), lost(CID)], [0; 2]);
	});
	run(|| {
		let [ann, bob, cid] = all_honest();
		let bob = bob.claiming(None);
		let all = [ann, bob, cid];
		let (left, right) = (bob.reveal(&all), cid.reveal(&all));
		assert_applied(report(&left, &right));
		assert_applied(file(&ann.commit()));
		assert_applied(file(&left));
		assert_applied(file(&right));
		narrow(&all);
		show_all(cid);
		assert_judged(Outcome::Failed, &[BOB]);
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_eq!(closed().bears, [0; 3]);
	});
}

/// Bob and Cid do not answer a complaint. In its last block they make up a conflict, in which both are wrong: they are
/// not off the hook.
#[test]
fn nobody_escapes_a_complaint_by_a_conflict_that_nobody_can_show() {
	run(|| {
		open_complaint();
		wait(ANSWER);
		let all = [honest(ANN), honest(BOB).seeing(2), honest(CID).seeing(3)];
		let [_, bob, cid] = all.map(|stance| stance.until(END + 1));
		assert_refused(
			report(&bob.commit(), &cid.commit()),
			ValidityError::AlreadyOpen,
		);
		assert_applied(file(&bob.commit()));
		assert_applied(file(&cid.commit()));
		assert!(matches!(waits_for().0, Stage::Opening { .. }));
		narrow(&[bob, cid]);
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB, CID]);
		assert_eq!(failures(), [BOB, CID].map(|id| (id, Failure::Absence)));
		assert_eq!(closed().bears[0], 0);
	});
}

/// Nobody failed in the dispute that Bob and Cid opened, and it is not judged before it could have been at first: they
/// alone pay for it.
#[track_caller]
fn assert_openers_pay() {
	assert_refused(judge(), ValidityError::NotRipe);
	System::set_block_number(START + ANSWER);
	assert_refused(judge(), ValidityError::NotRipe);
	wait(1);
	let cost = judged();
	let closed = closed();
	assert_eq!((closed.convicted, closed.absent), (vec![], vec![]));
	assert_eq!(closed.bears, [0, cost - cost / 2, cost / 2]);
	assert_eq!(MEMBERS.map(lost), [0; 3]);
}

/// Bob and Cid make up another range, in which one of them lies, and never say so again.
#[test]
fn who_contradicts_an_accomplice_about_what_nobody_else_heard_pays_for_it() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let made_up = [bob.until(END + 1), cid.until(END + 1).claiming(None)];
		let [left, right] = made_up.map(|stance| stance.reveal(&made_up));
		assert_applied(report(&left, &right));
		let authors = [BOB, CID];
		let conflict = Conflict::ResultMismatch;
		let cause = crate::Cause::Conflict { conflict, authors };
		assert_eq!(dispute().unwrap().cause, cause);
		// The range of Ann, who leads, is another one: all commit anew, and settle that.
		assert_applied(file(&ann.commit()));
		let first = [ann, made_up[0], made_up[1]];
		let second = [ann, bob, cid].map(|stance| stance.again(1, set_of(&first), END));
		for stance in second {
			assert_applied(file(&stance.commit()));
		}
		assert_eq!(waits_for().0, Stage::Reveals);
		settle();
		assert_openers_pay();
	});
}

#[test]
fn two_that_saw_different_sets_open_nothing() {
	run(|| {
		let [_, bob, cid] = all_honest();
		let [left, right] = [bob.reveal(&[bob]), cid.reveal(&[cid])];
		assert_refused(report(&left, &right), ValidityError::NoConflict);
	});
}

#[test]
fn who_contradicts_an_accomplice_in_its_data_and_has_the_round_settle_pays_for_it() {
	run(|| {
		let made_up = [honest(BOB), honest(CID).seeing(2)].map(|stance| stance.until(END + 1));
		let [left, right] = made_up.map(|stance| stance.commit());
		assert_applied(report(&left, &right));
		settle();
		assert_openers_pay();
	});
}

/// Bob contradicts Ann by what she never heard of him. She can show what she did hear.
#[test]
fn an_honest_member_pays_for_no_contradiction_that_another_makes_up() {
	run(|| {
		let (ann, bob) = (honest(ANN), honest(BOB));
		let other = bob.seeing(2);
		assert_applied(report(&other.commit(), &ann.commit()));
		settle();
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		assert_applied(report(&bob.commit(), &other.commit()));
		let cost = judged();
		assert_eq!(convicted(), [(BOB, Fault::Equivocation)]);
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(closed().bears, [0; 3]);
	});
}

/// Bob and Cid made up the same window. Cid gives itself up for Bob.
#[test]
fn who_shares_a_lie_is_not_saved_by_another_that_contradicts_itself() {
	run(|| {
		let all = [honest(ANN), honest(BOB).seeing(2), honest(CID).seeing(2)];
		let heard = [all[2], all[1], all[0]].map(|stance| stance.commit());
		assert_applied(complain(heard.to_vec(), heads(WINDOW)));
		for author in [BOB, CID] {
			let place = author as usize;
			assert!(docket().owes(place));
		}
		// Bob's place comes first: it is he who stands for both.
		let (left, right) = contradiction(all[1]);
		assert_applied(report(&left, &right));
		assert_refused(judge(), ValidityError::NotRipe);
		narrow(&all);
		show_all(all[0]);
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB, CID]);
		let wrong = [(BOB, Fault::Equivocation), (CID, Fault::WrongWindow)];
		assert_eq!(convicted(), wrong);
		assert_eq!([lost(ANN), closed().bears[0]], [0; 2]);
	});
}
