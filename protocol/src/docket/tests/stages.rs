//! What a dispute waits for, and for how long.

use super::*;
use alloc::vec;
use syngraph_primitives::Done;

#[test]
fn a_dispute_waits_for_commitments_and_then_for_reveals() {
	let mut docket = opened(2, OPENED);
	assert_eq!(docket.deadline, OPENED + ANSWER);
	assert_eq!(file(&mut docket, honest(0).commit()), Ok(Effect::None));
	let last = docket.deadline;
	let second = docket.file(honest(1).commit(), None, last, ANSWER);
	assert_eq!(second, Ok(Effect::Advanced));
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Reveals, last + ANSWER)
	);
}

#[test]
fn what_is_not_about_the_round_or_comes_too_late_is_not_filed() {
	let mut docket = opened(2, OPENED);
	let other = |change: fn(&mut Commitment)| {
		let mut commitment = honest(0).commitment();
		change(&mut commitment);
		sign(Statement::Commit(commitment))
	};
	for (change, error) in [
		(
			(|c| c.agreement = H256::zero()) as fn(&mut Commitment),
			FileError::OtherRound,
		),
		(|c| c.window = 8, FileError::OtherRound),
		(|c| c.roster = 3, FileError::OtherRound),
		(|c| c.version = LATER, FileError::OtherRound),
		(|c| c.version = FORKED, FileError::OtherRound),
		(|c| c.intermediary = 99, FileError::NotAMember),
	] {
		assert_eq!(file(&mut docket, other(change)), Err(error));
		assert_eq!(
			docket.contest(other(change), honest(1).commit(), OPENED, ANSWER),
			Err(FileError::NoConflict),
		);
	}
	let after = docket.file(honest(0).commit(), None, late(&docket), ANSWER);
	assert_eq!(after, Err(FileError::TooLate));
	assert_eq!(file(&mut docket, honest(0).commit()), Ok(Effect::None));
	for known in [honest(0).commit(), honest(0).assent(H256::zero())] {
		assert_eq!(file(&mut docket, known), Err(FileError::NothingNew));
	}
	assert_eq!(
		docket.contest(honest(0).commit(), honest(1).commit(), OPENED, ANSWER),
		Err(FileError::NoConflict)
	);
}

#[test]
fn silence_is_absence_once_the_deadline_has_passed() {
	let mut docket = opened(3, OPENED);
	file(&mut docket, honest(1).commit()).unwrap();
	assert_eq!(
		docket.judge(docket.deadline, false),
		Verdict::default(),
		"there is still time"
	);
	let verdict = docket.judge(late(&docket), false);
	assert_eq!(verdict.absent, [id(0), id(2)]);
	assert!(verdict.faults.is_empty() && verdict.reopen);
	assert!(!docket.is_ripe(docket.deadline, false) && docket.is_ripe(late(&docket), false));
}

#[test]
fn a_reveal_without_assent_is_silence_too() {
	let claims = [honest(0), honest(1)];
	let set = set_of(&claims);
	let mut docket = committed(&claims);
	docket
		.file(claims[0].reveal(set), Some(signature()), OPENED + 2, ANSWER)
		.unwrap();
	file(&mut docket, claims[1].reveal(set)).unwrap();
	let verdict = docket.judge(late(&docket), false);
	assert_eq!(verdict.absent, [id(1)]);
	assert!(!verdict.reopen, "results are known");
	let assent = docket.file(claims[1].reveal(set), Some(signature()), OPENED + 3, ANSWER);
	assert_eq!(assent, Ok(Effect::None));
	assert_eq!(docket.judge(late(&docket), false), Verdict::default());
}

#[test]
fn nobody_has_to_answer_about_a_window_that_is_settled() {
	let docket = opened(2, OPENED);
	assert!(docket.is_ripe(OPENED, true) && !docket.is_ripe(OPENED, false));
	let verdict = docket.judge(late(&docket), true);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
}

#[test]
fn when_all_reveal_null_there_is_nothing_to_wait_for() {
	let null = |place| claim(place, |claim| claim.window.result = None);
	let docket = revealed(&[null(0), null(1)]);
	assert!(docket.is_ripe(OPENED + 2, false));
	assert_eq!(docket.judge(OPENED + 2, false), Verdict::default());
	let docket = revealed(&[honest(0), honest(1)]);
	assert!(!docket.is_ripe(OPENED + 2, false), "it can still settle");
}

#[test]
fn nothing_new_is_said_when_the_time_to_answer_is_half_over() {
	let other = claim(2, |claim| claim.secret = [99; 32]);
	let mut docket = opened(3, OPENED);
	docket
		.contest(honest(2).commit(), other.commit(), OPENED, ANSWER)
		.unwrap();
	let half = OPENED + ANSWER / 2;
	let late = claim(1, |claim| claim.window = SECOND);
	assert_eq!(
		docket.clone().file(late.commit(), None, half, ANSWER),
		Ok(Effect::None)
	);
	assert_eq!(
		docket.file(late.commit(), None, half + 1, ANSWER),
		Err(FileError::TooLate)
	);
	// Whoever contradicts itself can be shown to do so until the end, but what it said is not kept.
	let now = docket.deadline;
	let early = docket.contest(late.commit(), honest(1).commit(), now, ANSWER);
	assert_eq!(early, Ok(Effect::None));
	assert!(!docket.may_show(&SECOND.root, 1, now));
	assert_eq!(
		faults(&docket),
		[(id(1), Fault::Equivocation), (id(2), Fault::Equivocation)]
	);
}

#[test]
fn what_is_shown_too_late_changes_nothing() {
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = committed(&[honest(0), copied]);
	let before = docket.clone();
	assert_eq!(docket.show(GENUINE, late(&before), ANSWER), Effect::None);
	assert_eq!(docket, before);
}

#[test]
fn nobody_has_to_answer_when_the_sources_are_not_what_they_were() {
	// Whatever has been said: all commit anew, with secrets of their own.
	let claims = [honest(0), honest(1)];
	for docket in [opened(2, OPENED), committed(&claims), revealed(&claims)] {
		for now in [OPENED + 2, late(&docket)] {
			assert!(docket.is_ripe(now, true));
			let verdict = docket.judge(now, true);
			assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
			assert!(verdict.reopen);
		}
	}
	let mut asked = opened(2, OPENED);
	file(&mut asked, honest(0).commit()).unwrap();
	asked.lack(&lacks(1), OPENED + 1, ANSWER).unwrap();
	assert!(asked.judge(late(&asked), true).absent.is_empty());
}

#[test]
fn of_faults_only_those_that_nothing_refutes_outlast_the_sources() {
	let invented = claim(1, |claim| claim.window = INVENTED);
	let copied = claim(2, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = committed(&[honest(0), invented, copied]);
	docket.show(GENUINE, OPENED + 2, ANSWER);
	let now = late(&docket);
	let all: Vec<_> = faults(&docket)
		.into_iter()
		.map(|(member, _)| member)
		.collect();
	assert_eq!(all, [id(1), id(2)]);
	let verdict = docket.judge(now, true);
	let members: Vec<_> = verdict
		.faults
		.into_iter()
		.map(|(member, _)| member)
		.collect();
	assert_eq!(members, [id(2)]);
	assert!(verdict.reopen);
}

#[test]
fn a_dispute_lasts_for_five_answers_at_most() {
	let mut docket = opened(2, OPENED);
	file(&mut docket, honest(0).commit()).unwrap();
	let mut now = docket.deadline;
	let mut stages = vec![docket.stage];
	let mut next = |docket: &mut TestDocket, step: &dyn Fn(&mut TestDocket, u32)| {
		step(docket, now);
		assert_eq!(docket.deadline, now + ANSWER);
		let bytes = docket.encode();
		assert_eq!(Docket::decode(&mut &bytes[..]).as_ref(), Ok(&*docket));
		stages.push(docket.stage);
		now = docket.deadline;
	};
	next(&mut docket, &|docket, now| {
		docket.lack(&lacks(1), now, ANSWER).unwrap();
	});
	next(&mut docket, &|docket, now| {
		docket.show(GENUINE, now, ANSWER);
	});
	next(&mut docket, &|docket, now| {
		docket.file(honest(1).commit(), None, now, ANSWER).unwrap();
	});
	next(&mut docket, &|docket, now| {
		let other = claim(0, |claim| claim.secret = [99; 32]);
		docket.file(other.commit(), None, now, ANSWER).unwrap();
	});
	assert_eq!(
		stages,
		[
			Stage::Commitments,
			Stage::Messages,
			Stage::Commitments,
			Stage::Reveals,
			Stage::Evidence
		]
	);
	assert_eq!(docket.deadline, OPENED + 5 * ANSWER);
}

/// What members declare themselves done with, in the order of their places.
fn declarations(below: &[WindowIndex]) -> Vec<SignedDone> {
	let all = below.iter().enumerate();
	all.map(|(place, below)| SignedDone {
		done: Done {
			agreement: AGREEMENT,
			roster: ROSTER,
			intermediary: id(place),
			below: *below,
			at: 0,
			replaced: 0,
		},
		signature: signature(),
	})
	.collect()
}

#[test]
fn all_members_together_can_dismiss_what_they_have_done_with() {
	let docket = opened(2, OPENED);
	let all = declarations(&[WINDOW + 1, WINDOW + 9]);
	assert!(docket.is_dismissed_by(&all));
	assert_eq!(docket.dismissal(), Verdict::default());
	assert!(!docket.is_dismissed_by(&declarations(&[WINDOW + 1, WINDOW])));
	assert!(!docket.is_dismissed_by(&declarations(&[WINDOW + 1])));
	assert!(!docket.is_dismissed_by(&declarations(&[WINDOW + 1; 3])));
	let swapped = [all[1].clone(), all[0].clone()];
	assert!(!docket.is_dismissed_by(&swapped));
	for change in [
		(|done| done.agreement = H256::zero()) as fn(&mut Done),
		|done| done.roster += 1,
		|done| done.intermediary += 1,
	] {
		let mut other = all.clone();
		change(&mut other[0].done);
		assert!(!docket.is_dismissed_by(&other));
	}
}

#[test]
fn a_dismissal_lets_nobody_off_who_contradicted_itself() {
	let mut docket = committed(&[honest(0), honest(1)]);
	let other = claim(1, |claim| claim.secret = [99; 32]);
	file(&mut docket, other.commit()).unwrap();
	let verdict = docket.dismissal();
	assert_eq!(verdict.faults, [(id(1), Fault::Equivocation)]);
	assert!(verdict.absent.is_empty() && !verdict.reopen);
}

#[test]
fn a_contested_dispute_takes_no_reveal_before_the_commitments_that_it_was_made_for() {
	let claims = [honest(0), honest(1), honest(2)];
	let liars = [1, 2].map(|place| claim(place, |claim| claim.secret = [99; 32]));
	let mut docket = opened(3, OPENED);
	let [left, right] = [OTHER_SET, H256::zero()];
	let effect = docket.contest(
		liars[0].reveal(left),
		liars[1].reveal(right),
		OPENED,
		ANSWER,
	);
	assert_eq!(effect, Ok(Effect::Contested));
	// In the last block in which anything is put on file, others bring in what member 0 revealed.
	let last = OPENED + ANSWER / 2;
	let mut late = docket.clone();
	let missing = Err(FileError::CommitmentMissing);
	let own = claims[0].reveal(set_of(&claims));
	assert_eq!(late.file(own.clone(), None, last, ANSWER), missing);
	for author in [&honest(0), &liars[0]] {
		late.file(author.commit(), None, last, ANSWER).unwrap();
		assert!(!late.takes_reveal_of(0));
		assert_eq!(late.file(own.clone(), None, last, ANSWER), missing);
	}
	late.file(liars[1].commit(), None, last, ANSWER).unwrap();
	assert!(late.takes_reveal_of(0));
	assert_eq!(late.file(own, None, last, ANSWER), Ok(Effect::None));
	// A commitment of one that contradicted itself is not waited for.
	docket
		.contest(liars[0].commit(), honest(1).commit(), last, ANSWER)
		.unwrap();
	file(&mut docket, honest(0).commit()).unwrap();
	assert!(!docket.takes_reveal_of(0));
	file(&mut docket, liars[1].commit()).unwrap();
	assert!(docket.takes_reveal_of(0));
}
