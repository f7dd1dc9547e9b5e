//! Members that contradict each other about nothing.

use syngraph_primitives::Failure;
use syngraph_protocol::Fault;

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
		assert_judged(Outcome::Failed, &[ANN, BOB], true);
		assert_eq!(convicted(), []);
		assert_eq!(failures(), [ANN, BOB].map(|id| (id, Failure::Absence)));
		assert_eq!(MEMBERS.map(lost), [ABSENCE_FEE, ABSENCE_FEE, 0]);
		assert_eq!(closed().bears[2], 0, "Cid has nothing to do with it");
	});
}

/// Two that conspire reveal different results and never commit.
#[test]
fn who_reveals_without_a_commitment_is_not_above_the_window_that_was_shown() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let bob = bob.claiming(None);
		let all = [ann, bob, cid];
		open_by_results(bob, cid, &all);
		assert_applied(file(&ann.commit()));
		show_all(ann);
		assert_refused(judge(), ValidityError::NotRipe);
		miss_deadline();
		assert_judged(Outcome::Failed, &[BOB, CID], false);
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_eq!(closed().absent, [CID]);
		assert_eq!(closed().bears[0], 0, "Ann showed what refutes Bob");
		assert_eq!(lost(ANN), 0);
	});
}

#[test]
fn a_reveal_is_put_on_file_after_the_commitments_that_it_was_made_for() {
	run(|| {
		let [ann, bob, cid] = all_honest().map(|stance| stance.claiming(None));
		let all = [ann, bob, cid];
		open_by_inputs(bob, cid.seeing(2));
		let own = file_reveal(&ann.revealed(&all));
		assert_refused(own.clone(), ValidityError::CommitmentMissing);
		assert_applied(file(&ann.commit()));
		assert_applied(own);
	});
}

/// Bob and Cid do not answer a complaint. In its last block they make up a conflict about another window, in which
/// both are wrong: the complaint is gone, but they are not off the hook.
#[test]
fn nobody_escapes_a_complaint_by_a_conflict_that_nobody_can_show() {
	run(|| {
		open_complaint();
		wait(ANSWER);
		let far = WINDOW + 100;
		let (bob, cid) = (honest(BOB), honest(CID).seeing(2));
		assert_applied(report(&commit_to(bob, far), &commit_to(cid, far)));
		alter(|books| books.closed.clear());
		miss_deadline();
		let (agreement, window) = (AGREEMENT, far);
		let call = crate::Call::judge { agreement, window };
		assert_applied(RuntimeCall::Disputes(call));
		assert_eq!(failures(), [BOB, CID].map(|id| (id, Failure::Absence)));
		assert_eq!((closed().absent, closed().reopen), (vec![BOB, CID], true));
		assert_eq!(closed().bears[0], 0);
		assert_all_gone();
	});
}
