//! What is shown depends on what is known of the sensors, and may show something of them.

use sp_core::Pair;
use syngraph_primitives::Fate;

use super::*;
use crate::{Event, Outcome};

/// The owner of a sensor gives it a new key from this number on.
fn rotate(sensor: u64, from: u64) {
	let now = System::block_number();
	alter(|books| {
		let keys = books.sensors.get_mut(&sensor).unwrap();
		keys.rotate(from, now, sensor_pair(SECOND_KEY).public())
			.unwrap();
	});
}

/// Judges the dispute, which proves nothing against any member.
#[track_caller]
fn assert_unproven() {
	assert_applied(judge());
	let (agreement, first, outcome) = (AGREEMENT, FIRST, Outcome::Unproven);
	System::assert_has_event(
		Event::Judged {
			agreement,
			first,
			outcome,
		}
		.into(),
	);
	let closed = closed();
	assert!(closed.convicted.is_empty() && closed.absent.is_empty());
	assert_all_gone();
}

#[test]
fn messages_count_by_the_key_of_their_number() {
	run(|| {
		rotate(SENSORS[0], 13 + 3 * WINDOW);
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_applied(show_first(honest(ANN)));
	});
	run(|| {
		// Whoever has a key that was replaced earlier can show nothing that was signed with it.
		rotate(SENSORS[0], 1);
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_charged(ANN, show_first(honest(ANN)));
	});
}

#[test]
fn nothing_is_shown_once_the_sources_are_others_than_when_it_was_opened() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let call = show_first(honest(ANN));
		wait(1);
		rotate(SENSORS[0], 1);
		assert_refused(call, ValidityError::OtherVersion);
		// Nor as what it would be now.
		assert_refused(show_first(honest(ANN)), ValidityError::OtherVersion);
	});
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let call = show_first(honest(ANN));
		alter(|books| books.replaced += 1);
		assert_refused(call, ValidityError::OtherVersion);
	});
}

#[test]
fn void_numbers_are_left_out() {
	run(|| {
		let void = 12 + 3 * WINDOW;
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(void, START - 1);
			let fresh = sensor_pair(SECOND_KEY).public();
			keys.rotate(void + 1, START - 1, fresh).unwrap();
		});
		let (ann, bob) = (honest(ANN), honest(BOB).seeing(2));
		let all = ann.messages(WINDOW);
		assert_eq!(all.len(), 5);
		open_by_inputs(ann, bob);
		assert_applied(show(ann, 0, &all[..4]));
		assert_applied(show(ann, 4, &all[4..]));
		assert_eq!(docket().shown[0].result, Some(RESULT - 1));
	});
}

#[test]
fn messages_of_another_time_are_shown_but_not_looked_at() {
	run(|| {
		// All say that it is the beginning of time.
		alter(|books| books.times = (1, 9));
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		show_all(honest(ANN));
		assert_eq!(docket().shown[0].root, honest(ANN).root_of(WINDOW));
		assert_eq!(docket().shown[0].result, None);
	});
}

#[test]
fn if_both_windows_are_genuine_a_sensor_lied() {
	run(|| {
		let [ann, bob, _] = all_honest();
		let bob = bob.seeing_last(2);
		open_by_inputs(ann, bob);
		show_all(ann);
		show_all(bob);
		assert_eq!(docket().shown.len(), 2);
		assert_unproven();
		let [other, sensor] = SENSORS;
		System::assert_has_event(
			Event::SensorAtFault {
				agreement: AGREEMENT,
				first: FIRST,
				window: WINDOW,
				sensor,
			}
			.into(),
		);
		let keys = read(|books| books.sensors[&sensor].clone());
		assert_eq!(keys.suspended(), Some(System::block_number()));
		// Nobody knows under which number: nothing of the window counts, nor after it.
		let first = 10 + 3 * WINDOW;
		assert_eq!(keys.fate(&(first - 3..first)), Fate::Live);
		assert_eq!(keys.fate(&(first - 2..first + 1)), Fate::Waiting);
		assert!(read(|books| books.sensors[&other].is_live()));
	});
}

#[test]
fn part_of_another_window_is_enough_to_expose_a_sensor() {
	run(|| {
		let [ann, bob, _] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		show_all(ann);
		assert_eq!(docket().sensor, None);
		assert_applied(show_first(bob.seeing(2)));
		assert_eq!(docket().sensor, Some(0));
		assert_eq!(dispute().unwrap().exposed, Some(exposure()));
		// Nobody can tell which of the windows is the right one.
		assert_unproven();
		assert!(!read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}

/// Two members that committed to ranges of different lengths have got different messages of a window that a third
/// lacks.
#[test]
fn a_sensor_is_exposed_also_while_messages_are_lacking() {
	run(|| {
		let (ann, cid) = (honest(ANN), honest(CID).seeing(2).until(END + 1));
		open_complaint();
		assert_applied(file(&cid.commit()));
		assert_applied(lack(BOB));
		assert_applied(show_first(ann));
		let cost = spent() + applied(show_first(cid));
		assert_eq!(dispute().unwrap().exposed, Some(exposure()));
		// There is no use in going on.
		assert_refused(show_last(ann), ValidityError::NothingToShow);
		let cost = cost + fee(&judge());
		wait(ANSWER + 1);
		assert_unproven();
		assert_eq!(closed().bears, [cost, 0, 0]);
		assert!(!read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}
