//! What is shown depends on what is known of the sensors, and may show something of them.

use sp_core::{Pair, H256};
use syngraph_primitives::SignedMessage;

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
	let (agreement, window, outcome) = (AGREEMENT, WINDOW, Outcome::Unproven);
	System::assert_has_event(
		Event::Judged {
			agreement,
			window,
			outcome,
		}
		.into(),
	);
	let closed = closed();
	assert!(closed.convicted.is_empty() && closed.absent.is_empty() && !closed.reopen);
	assert_all_gone();
}

#[test]
fn messages_count_by_the_key_of_their_number() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		rotate(SENSORS[0], 13 + 3 * WINDOW);
		assert_applied(show_first(honest(ANN)));
	});
	run(|| {
		// Whoever has a key that was replaced earlier can show nothing that was signed with it.
		rotate(SENSORS[0], 1);
		let stances = [honest(ANN), honest(BOB).seeing(2)];
		let [left, right] = stances.map(|stance| {
			let mut commitment = stance.commitment();
			commitment.version = LATER;
			signed(Statement::Commit(commitment))
		});
		assert_applied(report(&left, &right));
		let all = &messages(WINDOW, 1)[..4];
		let mut announced = showing(honest(ANN), 0, all);
		announced.version = LATER;
		assert_charged(ANN, show_signed(&pair(ANN), announced, all));
	});
}

#[test]
fn nothing_is_shown_once_the_sources_are_others_than_when_it_was_opened() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		rotate(SENSORS[0], 1);
		assert_refused(show_first(honest(ANN)), ValidityError::OtherVersion);
	});
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		alter(|books| books.replaced += 1);
		assert_refused(show_first(honest(ANN)), ValidityError::OtherVersion);
	});
}

#[test]
fn void_numbers_are_left_out() {
	run(|| {
		let void = 12 + 3 * WINDOW;
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(void, START - 1);
		});
		let mut all = messages(WINDOW, 1);
		all.retain(|signed| signed.message.sensor != SENSORS[0] || signed.message.sequence != void);
		assert_eq!(all.len(), 5);
		let window = syngraph_protocol::Window::new(all.iter().map(|signed| &signed.message));
		let commit = |stance: Stance, root| {
			let mut commitment = stance.commitment();
			(commitment.version, commitment.root) = (LATER, root);
			signed(Statement::Commit(commitment))
		};
		let (left, right) = (
			commit(honest(ANN), window.root()),
			commit(honest(BOB), H256::zero()),
		);
		assert_applied(report(&left, &right));
		let chunk = |position: usize, chunk: &[SignedMessage]| {
			let mut announced = showing(honest(ANN), 0, chunk);
			announced.root = window.root();
			announced.version = LATER;
			announced.position = position as u32;
			let rest = window.rest((position + chunk.len()) as u32);
			announced.rest = rest.try_into().unwrap();
			show_signed(&pair(ANN), announced, chunk)
		};
		assert_applied(chunk(0, &all[..4]));
		assert_applied(chunk(4, &all[4..]));
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
		assert_eq!(docket().shown[0].root, honest(ANN).commitment().root);
		assert_eq!(docket().shown[0].result, None);
	});
}

#[test]
fn if_both_windows_are_genuine_a_sensor_lied() {
	run(|| {
		let [ann, bob, _] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		show_all(ann);
		show_all(bob.seeing(2));
		miss_deadline();
		assert_unproven();
		let sensor = SENSORS[0];
		System::assert_has_event(
			Event::SensorAtFault {
				agreement: AGREEMENT,
				window: WINDOW,
				sensor,
			}
			.into(),
		);
		let keys = read(|books| books.sensors[&sensor].clone());
		assert_eq!(keys.suspended(), Some(System::block_number()));
		// Nobody knows under which number: nothing of the window counts, nor after it.
		let first = 10 + 3 * WINDOW;
		assert!(keys.validity(&(first - 3..first)).is_some());
		assert!(keys.validity(&(first - 2..first + 1)).is_none());
		assert!(read(|books| books.sensors[&SENSORS[1]].is_live()));
	});
}

#[test]
fn part_of_another_window_is_enough_to_expose_a_sensor() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		assert_applied(file(&cid.seeing(3).commit()));
		show_all(ann);
		assert_eq!(docket().sensor, None);
		assert_applied(show_first(bob.seeing(2)));
		assert_eq!(docket().sensor, Some(0));
		assert_eq!(dispute().unwrap().exposed, Some(SENSORS[0]));
		miss_deadline();
		// Nobody can tell which of the windows is the right one.
		assert_unproven();
		assert!(!read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}
