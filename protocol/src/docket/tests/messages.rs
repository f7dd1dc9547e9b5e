//! Members that lack messages, and those that have them.

use super::*;

/// A docket of three members, of which the first has committed to three windows.
fn begun() -> TestDocket {
	let mut docket = opened(3);
	docket.file(honest(0, 3).commit(), OPENED, ANSWER).unwrap();
	docket
}

/// The same, and the second said in block `now` that it lacks messages of the first window.
fn asked(now: u32) -> TestDocket {
	let mut docket = begun();
	let effect = docket.lack(&lacks(1, FIRST), now, ANSWER);
	assert_eq!(effect, Ok(Effect::Questioned));
	docket
}

#[test]
fn whoever_has_committed_owes_the_messages() {
	let last = OPENED + ANSWER;
	let docket = asked(last);
	assert_eq!(docket.stage, Stage::Messages { window: FIRST });
	assert_eq!(
		(docket.window(), docket.deadline),
		(Some(FIRST), last + ANSWER)
	);
	assert!(docket.lackers().eq([id(1)]) && docket.asked().eq([id(0)]));
	assert!(!docket.is_ripe(docket.deadline, false));
	assert_eq!(docket.judge(docket.deadline, false), nothing());
	// Of the third nobody can tell: perhaps it lacks a higher window.
	assert_eq!(absent(&docket), [id(0)]);
}

#[test]
fn only_those_whose_range_has_the_window_owe_it() {
	let mut docket = opened(4);
	for claim in [honest(0, 3), honest(1, 5)] {
		file(&mut docket, claim.commit()).unwrap();
	}
	docket.lack(&lacks(2, FIRST + 3), NEXT, ANSWER).unwrap();
	assert!(docket.asked().eq([id(1)]));
	let beyond = opened(1).lack(&lacks(0, FIRST), NEXT, ANSWER);
	assert_eq!(beyond, Err(FileError::NobodyCommitted));
}

#[test]
fn a_lower_window_takes_the_place_of_a_higher_one() {
	let mut docket = begun();
	docket.lack(&lacks(1, FIRST + 2), NEXT, ANSWER).unwrap();
	for window in [2, 3] {
		let higher = docket.lack(&lacks(2, FIRST + window), NEXT, ANSWER);
		assert_eq!(higher, Err(FileError::NothingNew));
	}
	let now = docket.deadline;
	let lower = docket.lack(&lacks(2, FIRST + 1), now, ANSWER);
	assert_eq!(lower, Ok(Effect::Questioned));
	assert_eq!(docket.stage, Stage::Messages { window: FIRST + 1 });
	assert_eq!(docket.deadline, now + ANSWER);
	show(&mut docket, &honest(0, 3), now);
	assert_eq!(docket.end, Some(FIRST + 2));
}

#[test]
fn when_all_lack_messages_there_is_nobody_to_ask() {
	let mut docket = opened(2);
	for place in [0, 1] {
		let effect = docket.lack(&lacks(place, FIRST), OPENED, ANSWER);
		assert_eq!(effect, Err(FileError::NobodyCommitted));
	}
	assert_eq!(docket, opened(2));
}

#[test]
fn whoever_lacked_messages_has_the_time_to_commit_once_they_are_shown() {
	let mut docket = asked(NEXT);
	let last = docket.deadline;
	assert_eq!(show(&mut docket, &honest(0, 3), last), Effect::Advanced);
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Commitments, last + ANSWER)
	);
	assert_eq!((docket.end, docket.window()), (Some(FIRST + 1), None));
	// Now it is silent as anybody.
	assert_eq!(absent(&docket), [id(0), id(1), id(2)]);
	// It is remembered who lacked what, and who had it then.
	assert!(docket.lackers().eq([id(1)]) && docket.asked().eq([id(0)]));
}

#[test]
fn messages_that_come_another_way_are_as_good() {
	let mut docket = asked(NEXT);
	assert_eq!(file(&mut docket, honest(2, 3).commit()), Ok(Effect::None));
	// It need not show what it had not when messages were asked for, but it can.
	assert_eq!(absent(&docket), [id(0)]);
	assert!(may_show(&docket, &honest(2, 3), docket.deadline));
	assert_eq!(
		file(&mut docket, honest(1, 3).commit()),
		Ok(Effect::Advanced)
	);
	assert_eq!(docket.stage, Stage::Reveals);
}

#[test]
fn who_pretends_to_lack_messages_is_refuted_by_its_own_commitment() {
	let claims = [honest(0, 3), honest(1, 5), honest(2, 3)];
	let mut docket = asked(NEXT);
	file(&mut docket, claims[2].commit()).unwrap();
	let window = docket.window().unwrap();
	assert_eq!(file(&mut docket, claims[1].commit()), Ok(Effect::Advanced));
	// It cannot say so again: so the range is one that nobody can lack anything of.
	assert_eq!((docket.stage, docket.attempt), (Stage::Commitments, 2));
	assert_eq!(docket.end, Some((window + 1).min(FIRST + 3)));
	assert_eq!(docket.before, Some(set_of(&claims)));
}

#[test]
fn windows_that_differ_need_no_messages_but_evidence() {
	let mut docket = opened(3);
	file(&mut docket, honest(0, 2).commit()).unwrap();
	docket.lack(&lacks(1, FIRST), NEXT, ANSWER).unwrap();
	assert_eq!(file(&mut docket, misled(2).commit()), Ok(Effect::Advanced));
	assert!(matches!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Data,
			..
		}
	));
	assert_eq!(absent(&docket), [id(0), id(2)]);
}

#[test]
fn a_window_is_shown_as_part_of_what_was_committed_to() {
	let mut docket = opened(4);
	let (long, short) = (honest(0, 5), honest(1, 2));
	for claim in [&long, &short] {
		file(&mut docket, claim.commit()).unwrap();
	}
	docket.lack(&lacks(2, FIRST + 1), NEXT, ANSWER).unwrap();
	let now = docket.deadline;
	assert!(may_show(&docket, &long, now) && may_show(&docket, &short, now));
	assert!(!may_show(&docket, &long, now + 1));
	let (root, path) = (long.window(FIRST + 1).root, long.path(FIRST + 1));
	assert!(
		!docket.may_show(&root, &path, 1, now),
		"the path is another's"
	);
	assert!(!docket.may_show(&root, &path[1..], 0, now));
	assert!(!docket.may_show(&H256::zero(), &path, 0, now));
	assert!(
		!docket.may_show(&root, &path, 3, now),
		"it has committed to nothing"
	);
	let other = long.path(FIRST + 2);
	let third = long.window(FIRST + 2).root;
	assert!(
		!docket.may_show(&third, &other, 0, now),
		"it is another window"
	);
	docket.mislead(0);
	assert!(docket.has_misled(0) && !docket.has_misled(1));
	assert!(!may_show(&docket, &long, now) && may_show(&docket, &short, now));
	assert!(
		!opened(2).may_show(&root, &path, 0, NEXT),
		"nobody asked for it"
	);
}

#[test]
fn whoever_has_begun_to_show_a_window_shows_no_other() {
	let mut docket = opened(3);
	let (one, other) = (
		honest(0, 5),
		claim(0, 5, |it| it.windows[1] = second(FIRST + 1)),
	);
	file(&mut docket, one.commit()).unwrap();
	docket.lack(&lacks(2, FIRST + 1), NEXT, ANSWER).unwrap();
	docket.begin_showing(0, one.window(FIRST + 1).root);
	assert!(may_show(&docket, &one, NEXT));
	docket.begin_showing(0, other.window(FIRST + 1).root);
	assert!(!may_show(&docket, &one, NEXT));
	// Another question, another window.
	docket.lack(&lacks(1, FIRST), NEXT, ANSWER).unwrap();
	let (root, path) = (one.window(FIRST).root, one.path(FIRST));
	assert!(docket.may_show(&root, &path, 0, NEXT));
}

#[test]
fn a_sensor_that_is_found_out_ends_the_dispute() {
	let mut docket = asked(NEXT);
	docket.expose(3);
	docket.expose(5);
	assert_eq!(docket.sensor, Some(3), "the first one that was found out");
	assert!(docket.is_ripe(NEXT, false));
	for now in [NEXT, late(&docket)] {
		let verdict = docket.judge(now, false);
		assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
		assert!(verdict.sensor_at_fault);
	}
	assert_eq!(
		file(&mut docket, honest(2, 3).commit()),
		Err(FileError::NotAwaited)
	);
}

#[test]
fn a_lack_is_that_of_a_member_without_a_commitment() {
	let mut docket = begun();
	let before = docket.clone();
	for (change, error) in [
		(
			(|it| it.round.agreement = H256::zero()) as fn(&mut Lack),
			FileError::OtherRound,
		),
		(|it| it.round.first += 1, FileError::OtherRound),
		(|it| it.round.roster += 1, FileError::OtherRound),
		(|it| it.round.version.changes += 1, FileError::OtherRound),
		(|it| it.intermediary = 99, FileError::NotAMember),
		(|it| it.intermediary = id(0), FileError::NothingNew),
		(|it| it.window = FIRST - 1, FileError::NothingNew),
		(|it| it.window = FIRST + 3, FileError::NobodyCommitted),
		(|it| it.window = u64::MAX, FileError::NothingNew),
	] {
		let mut lack = lacks(1, FIRST);
		change(&mut lack);
		assert_eq!(docket.lack(&lack, NEXT, ANSWER), Err(error));
	}
	let now = late(&docket);
	assert_eq!(
		docket.lack(&lacks(1, FIRST), now, ANSWER),
		Err(FileError::TooLate)
	);
	assert_eq!(docket, before);
	let mut docket = asked(NEXT);
	let again = docket.lack(&lacks(1, FIRST), NEXT, ANSWER);
	assert_eq!(again, Err(FileError::NothingNew));
	let mut docket = committed(&[honest(0, 3), honest(1, 3)]);
	let revealing = docket.lack(&lacks(1, FIRST), NEXT, ANSWER);
	assert_eq!(revealing, Err(FileError::NothingNew));
}
