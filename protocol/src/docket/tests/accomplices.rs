//! Members that contradict each other about nothing.

use super::*;

fn absent(docket: &TestDocket) -> Vec<IntermediaryId> {
	docket.judge(late(docket), false).absent
}

/// Members 1 and 2 revealed null and a result, and put no commitment on file; member 0 has committed.
fn bare() -> TestDocket {
	let null = claim(1, |claim| claim.window.result = None);
	let mut docket = opened(3, OPENED);
	let reveals = [null.reveal(OTHER_SET), honest(2).reveal(OTHER_SET)];
	let [left, right] = reveals;
	docket.contest(left, right, OPENED, ANSWER).unwrap();
	file(&mut docket, honest(0).commit()).unwrap();
	docket
}

#[test]
fn a_reveal_without_a_commitment_is_measured_by_the_window_that_is_shown() {
	let mut docket = bare();
	docket.show(GENUINE, OPENED + 2, ANSWER);
	let now = docket.deadline;
	assert_eq!(
		docket.judge(now, false),
		Verdict::default(),
		"it can still be put on file"
	);
	assert!(!docket.is_ripe(now, false));
	let verdict = docket.judge(late(&docket), false);
	assert_eq!(verdict.faults, [(id(1), Fault::WrongResult)]);
	assert_eq!(verdict.absent, [id(2)]);
	assert!(!verdict.reopen);
	// Nobody has to answer about other sources.
	let verdict = docket.judge(late(&docket), true);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
}

#[test]
fn a_reveal_without_a_commitment_is_no_answer() {
	assert_eq!(faults(&bare()), []);
	assert_eq!(absent(&bare()), [id(1), id(2)]);
	// If a sensor signed twice, nobody can tell which window it is about.
	let mut docket = bare();
	docket.show(GENUINE, OPENED + 2, ANSWER);
	docket.expose(0);
	assert_eq!(faults(&docket), []);
	assert_eq!(absent(&docket), [id(1), id(2)]);
}

#[test]
fn whoever_contradicts_another_must_be_borne_out_by_a_window() {
	// Roots that nobody shows; member 2 has said nothing.
	let mut docket = opened(3, OPENED);
	let invented = [INVENTED, SECOND].map(|window| {
		let place = usize::from(window == SECOND);
		claim(place, |claim| claim.window = window.clone()).commit()
	});
	let [left, right] = invented;
	docket.contest(left, right, OPENED, ANSWER).unwrap();
	assert_eq!(docket.judge(docket.deadline, false), Verdict::default());
	let verdict = docket.judge(late(&docket), false);
	assert_eq!(verdict.absent, [id(0), id(1)]);
	assert!(verdict.faults.is_empty() && verdict.reopen);
	assert!(docket.judge(late(&docket), true).absent.is_empty());
	docket.expose(0);
	assert!(absent(&docket).is_empty(), "its owner bears it");
	// Two results of one root, which member 0 contradicts with neither.
	let liars = [1, 2].map(|place| {
		let result = Some(place as ResultValue + 50);
		claim(place, |claim| {
			(claim.window.root, claim.window.result) = (INVENTED.root, result)
		})
	});
	let mut docket = opened(3, OPENED);
	for liar in &liars {
		file(&mut docket, liar.commit()).unwrap();
	}
	for liar in &liars {
		file(&mut docket, liar.reveal(OTHER_SET)).unwrap();
	}
	assert_eq!(docket.stage, Stage::Evidence);
	assert_eq!(absent(&docket), [id(1), id(2)]);
}

#[test]
fn sets_that_differ_are_no_answer_if_the_commitments_are_missing() {
	let mut docket = opened(3, OPENED);
	for place in [1, 2] {
		file(&mut docket, honest(place).commit()).unwrap();
	}
	file(&mut docket, honest(1).reveal(OTHER_SET)).unwrap();
	file(&mut docket, honest(2).reveal(H256::zero())).unwrap();
	assert_eq!(docket.stage, Stage::Evidence);
	assert_eq!(absent(&docket), [id(1), id(2)]);
	// The window does not tell what sets there were.
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert_eq!(absent(&docket), [id(1), id(2)]);
}

#[test]
fn nothing_has_to_be_shown_because_of_who_contradicted_itself() {
	let [left, right] = [1, 2].map(|secret| {
		claim(1, |claim| {
			(claim.window, claim.secret) = (INVENTED, [secret; 32]);
		})
		.commit()
	});
	let mut docket = opened(3, OPENED);
	docket.contest(left, right, OPENED, ANSWER).unwrap();
	file(&mut docket, honest(0).commit()).unwrap();
	assert_eq!(faults(&docket), [(id(1), Fault::Equivocation)]);
	assert!(absent(&docket).is_empty());
}
