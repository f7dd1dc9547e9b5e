//! Members that contradict each other about nothing.

use syngraph_primitives::Failure;
use syngraph_protocol::{Fault, Stage};

use super::{
	judge::{assert_judged, convicted, failures},
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

/// Bob and Cid do not answer a complaint. In its last block they make up a conflict, in which both are wrong: they are not
/// off the hook.
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
