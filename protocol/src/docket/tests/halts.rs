//! Deadlines stand still in blocks that have no room for answers, for so long and no longer.

use super::*;

/// By how many blocks a stage is prolonged at most.
const MORE: u32 = ANSWER / 2;

#[test]
fn a_deadline_is_put_off_by_each_block_without_room() {
	let mut docket = opened(2);
	for halted in 1..=MORE {
		docket.put_off(halted);
		assert_eq!(docket.deadline, OPENED + ANSWER + halted);
		// To look at it twice in one block changes nothing.
		docket.put_off(halted);
		assert_eq!(docket.deadline, OPENED + ANSWER + halted);
	}
}

#[test]
fn it_is_not_put_off_any_further_than_told() {
	let mut docket = opened(2);
	for halted in [MORE + 1, 100, u32::MAX] {
		docket.put_off(halted);
		assert_eq!(docket.deadline, OPENED + longest_stage(ANSWER));
		assert_eq!(docket.deadline, docket.latest);
	}
}

#[test]
fn blocks_before_the_dispute_do_not_count() {
	let mut docket = Docket {
		halted: 7,
		..opened(2)
	};
	docket.put_off(7);
	assert_eq!(docket.deadline, OPENED + ANSWER);
	docket.put_off(8);
	assert_eq!(docket.deadline, OPENED + ANSWER + 1);
}

#[test]
fn everything_that_ends_with_the_deadline_ends_later() {
	let claims = [honest(0, 2), honest(1, 2)];
	let mut docket = opened(3);
	docket.file(claims[0].commit(), OPENED, ANSWER).unwrap();
	let late = late(&docket);
	assert!(docket.is_ripe(late, false));
	assert_eq!(
		docket.clone().file(claims[1].commit(), late, ANSWER),
		Err(FileError::TooLate)
	);
	let lack = lacks(2, FIRST);
	assert_eq!(docket.check_lack(&lack, late), Err(FileError::TooLate));

	docket.put_off(1);
	assert!(!docket.is_ripe(late, false));
	assert_eq!(docket.judge(late, false), nothing());
	assert_eq!(docket.check_lack(&lack, late), Ok(2));
	let filed = docket.file(claims[1].commit(), late, ANSWER);
	assert_eq!(filed, Ok(Effect::None));
	assert!(docket.is_ripe(late + 1, false));
	assert_eq!(docket.judge(late + 1, false).absent, [id(2)]);
}

#[test]
fn a_window_is_shown_until_the_deadline_that_was_put_off() {
	let claims = [honest(0, 2), inventor(1)];
	let mut docket = committed(&claims);
	narrow(&mut docket, &claims);
	let late = late(&docket);
	assert!(!may_show(&docket, &claims[0], late));
	docket.put_off(1);
	show(&mut docket, &claims[0], late);
	assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
}

#[test]
fn a_stage_begins_with_the_whole_time_whatever_the_one_before_was_prolonged_by() {
	let claims = [honest(0, 2), honest(1, 2)];
	let mut docket = opened(2);
	docket.file(claims[0].commit(), OPENED, ANSWER).unwrap();
	docket.put_off(MORE);
	let last = docket.deadline;
	assert_eq!(
		docket.file(claims[1].commit(), last, ANSWER),
		Ok(Effect::Advanced)
	);
	assert_eq!(docket.stage, Stage::Reveals);
	assert_eq!(docket.deadline, last + ANSWER);
	// What the stage before was prolonged by is not counted once more.
	docket.put_off(MORE);
	assert_eq!(docket.deadline, last + ANSWER);
	docket.put_off(2 * MORE);
	assert_eq!(docket.deadline, last + ANSWER + MORE);
	docket.put_off(3 * MORE);
	assert_eq!(docket.deadline, last + ANSWER + MORE);
}

/// Else whoever was absent could come back.
#[test]
fn what_is_too_late_remains_so() {
	for late_by in 1..4 {
		let mut docket = opened(2);
		let mut now = docket.deadline + late_by;
		// Each block that comes is without room.
		for halted in 1..=ANSWER {
			now += 1;
			docket.put_off(halted);
			assert!(docket.is_ripe(now, false));
			let filed = docket.file(honest(0, 2).commit(), now, ANSWER);
			assert_eq!(filed, Err(FileError::TooLate));
		}
	}
}

#[test]
fn the_same_stage_with_more_time_is_told_of() {
	let mut docket = opened(3);
	docket.put_off(1);
	// The first commitment begins the time anew: it ends in the same block, but can be put off further.
	let now = OPENED + 1;
	let filed = docket.file(honest(0, 2).commit(), now, ANSWER);
	assert_eq!(filed, Ok(Effect::Advanced));
	assert_eq!(docket.deadline, now + ANSWER);
	assert_eq!(docket.latest, now + longest_stage(ANSWER));
}
