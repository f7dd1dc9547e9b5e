//! Members that lack messages of the window, and those that have them.

use super::*;

/// A docket of three members, of which the first has committed.
fn begun() -> TestDocket {
	let mut docket = opened(3, OPENED);
	file(&mut docket, honest(0).commit()).unwrap();
	docket
}

/// The same, and the second said in block `now` that it lacks messages.
fn asked(now: u32) -> TestDocket {
	let mut docket = begun();
	let effect = docket.lack(&lacks(1), now, ANSWER);
	assert_eq!(effect, Ok(Effect::Advanced));
	docket
}

fn absent(docket: &TestDocket) -> Vec<IntermediaryId> {
	let verdict = docket.judge(late(docket), false);
	assert!(verdict.faults.is_empty());
	verdict.absent
}

#[test]
fn whoever_has_committed_owes_the_messages() {
	let last = OPENED + ANSWER;
	let docket = asked(last);
	assert_eq!(docket.stage, Stage::Messages);
	assert_eq!(docket.deadline, last + ANSWER);
	assert!(docket.lackers().eq([id(1)]) && docket.asked().eq([id(0)]));
	assert!(!docket.is_ripe(docket.deadline, false));
	assert_eq!(docket.judge(docket.deadline, false), Verdict::default());
	// The third one neither has the window nor says that it lacks it.
	assert_eq!(absent(&docket), [id(0), id(2)]);
	assert!(docket.judge(late(&docket), false).reopen);
}

#[test]
fn several_can_lack_messages_but_the_time_begins_with_the_first() {
	let mut docket = asked(OPENED + 1);
	let deadline = docket.deadline;
	let second = docket.lack(&lacks(2), OPENED + 5, ANSWER);
	assert_eq!(second, Ok(Effect::None));
	assert_eq!(docket.deadline, deadline);
	assert!(docket.lackers().eq([id(1), id(2)]));
	assert_eq!(absent(&docket), [id(0)]);
}

#[test]
fn when_all_lack_messages_there_is_nobody_to_ask() {
	let mut docket = opened(2, OPENED);
	for place in [0, 1] {
		let effect = docket.lack(&lacks(place), OPENED, ANSWER);
		assert_eq!(effect, Err(FileError::NobodyCommitted));
	}
	assert_eq!(docket, opened(2, OPENED));
}

#[test]
fn whoever_lacked_messages_has_the_time_to_commit_once_they_are_shown() {
	let mut docket = asked(OPENED + 1);
	let last = docket.deadline;
	assert!(docket.may_show(&GENUINE.root, 0, last));
	assert_eq!(docket.show(GENUINE, last, ANSWER), Effect::Advanced);
	assert_eq!(docket.stage, Stage::Commitments);
	assert_eq!(docket.deadline, last + ANSWER);
	// Nobody lacks them any more.
	for place in [1, 2] {
		let again = docket.lack(&lacks(place), last + 1, ANSWER);
		assert_eq!(again, Err(FileError::NothingNew));
	}
	assert_eq!(absent(&docket), [id(1), id(2)]);
	let now = docket.deadline;
	docket.file(honest(2).commit(), None, now, ANSWER).unwrap();
	let all = docket.file(honest(1).commit(), None, now, ANSWER);
	assert_eq!(all, Ok(Effect::Advanced));
	assert_eq!(docket.stage, Stage::Reveals);
	// It is remembered who lacked what, and who had it then.
	assert!(docket.lackers().eq([id(1)]) && docket.asked().eq([id(0)]));
	assert!(docket.committed().eq([id(0), id(1), id(2)]));
}

#[test]
fn messages_that_come_another_way_are_as_good() {
	let mut docket = asked(OPENED + 1);
	assert_eq!(file(&mut docket, honest(2).commit()), Ok(Effect::None));
	// It need not show what it had not when messages were asked for, but it can.
	assert_eq!(absent(&docket), [id(0)]);
	assert!(docket.may_show(&GENUINE.root, 2, docket.deadline));
	assert_eq!(file(&mut docket, honest(1).commit()), Ok(Effect::Advanced));
	assert_eq!(docket.stage, Stage::Reveals);
	assert!(!docket.is_contradicted());
}

#[test]
fn another_window_than_that_of_others_needs_no_messages_but_evidence() {
	let mut docket = asked(OPENED + 1);
	let second = claim(2, |claim| claim.window = SECOND);
	let effect = file(&mut docket, second.commit());
	assert_eq!(effect, Ok(Effect::Contested));
	assert_eq!(docket.stage, Stage::Evidence);
	assert_eq!(absent(&docket), [id(0), id(2)], "nobody has shown either");
	let late = docket.lack(&lacks(1), OPENED + 2, ANSWER);
	assert_eq!(late, Err(FileError::NothingNew));
}

#[test]
fn a_copied_root_is_found_out_when_messages_are_asked_for() {
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = begun();
	file(&mut docket, copied.commit()).unwrap();
	docket.lack(&lacks(2), OPENED + 1, ANSWER).unwrap();
	let now = docket.deadline;
	assert_eq!(docket.show(GENUINE, now, ANSWER), Effect::Contested);
	assert_eq!(faults(&docket), [(id(1), Fault::FalsePossession)]);
}

#[test]
fn a_window_that_is_shown_unasked_leaves_the_others_time() {
	// Else whoever shows it in the last block would cut off those that still wait for it.
	let mut docket = begun();
	let last = docket.deadline;
	assert_eq!(docket.show(GENUINE, last, ANSWER), Effect::Advanced);
	assert_eq!(docket.stage, Stage::Commitments);
	assert_eq!(docket.deadline, last + ANSWER);
	assert_eq!(
		docket.lack(&lacks(1), last, ANSWER),
		Err(FileError::NothingNew)
	);
	let known = docket.show(GENUINE, last + 1, ANSWER);
	assert_eq!(known, Effect::None);
	assert_eq!(docket.deadline, last + ANSWER, "only once");
}

#[test]
fn a_lack_is_that_of_a_member_without_a_commitment() {
	let mut docket = begun();
	let before = docket.clone();
	for (change, error) in [
		(
			(|lack| lack.agreement = H256::zero()) as fn(&mut Lack),
			FileError::OtherRound,
		),
		(|lack| lack.window += 1, FileError::OtherRound),
		(|lack| lack.roster += 1, FileError::OtherRound),
		(|lack| lack.intermediary = 99, FileError::NotAMember),
		(|lack| lack.intermediary = id(0), FileError::NothingNew),
	] {
		let mut lack = lacks(1);
		change(&mut lack);
		assert_eq!(docket.lack(&lack, OPENED + 1, ANSWER), Err(error));
	}
	let now = late(&docket);
	let late = docket.lack(&lacks(1), now, ANSWER);
	assert_eq!(late, Err(FileError::TooLate));
	assert_eq!(docket, before);
	let mut docket = asked(OPENED + 1);
	let again = docket.lack(&lacks(1), OPENED + 2, ANSWER);
	assert_eq!(again, Err(FileError::NothingNew));
	let mut docket = committed(&[honest(0), honest(1)]);
	let revealing = docket.lack(&lacks(1), OPENED + 2, ANSWER);
	assert_eq!(revealing, Err(FileError::NothingNew));
}
