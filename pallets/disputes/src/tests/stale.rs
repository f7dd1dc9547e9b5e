//! What is known of the sensors changes while a round is in dispute.

use sp_core::Pair;
use syngraph_protocol::Fault;

use super::*;
use crate::{Event, Outcome};

/// The owner of a sensor gives it a new key from this number on.
fn rotate(sensor: usize, from: u64) {
	let now = System::block_number();
	alter(|books| {
		let keys = books.sensors.get_mut(&SENSORS[sensor]).unwrap();
		keys.rotate(from, now, sensor_pair(SECOND_KEY).public())
			.unwrap();
	});
}

/// Judges, and returns what the dispute cost.
#[track_caller]
fn judged(outcome: Outcome) -> u64 {
	let before = spent();
	let cost = before + applied(judge());
	System::assert_has_event(
		Event::Judged {
			agreement: AGREEMENT,
			first: FIRST,
			outcome,
		}
		.into(),
	);
	assert_all_gone();
	cost
}

#[test]
fn nobody_has_to_answer_any_more_and_all_is_computed_anew() {
	run(|| {
		open_complaint();
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		rotate(1, 11 + 3 * WINDOW);
		let cost = judged(Outcome::Stale);
		let closed = closed();
		assert_eq!((closed.absent, closed.convicted), (vec![], vec![]));
		// The owner of the second sensor is the second user.
		assert_eq!(closed.bears, [0, cost, 0]);
		assert_eq!(borne(), [(Entity::User(2), cost)]);
	});
}

#[test]
fn silence_means_nothing_after_the_deadline_either() {
	run(|| {
		open_complaint();
		wait(1);
		rotate(0, 1);
		miss_deadline();
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost, 0, 0]);
	});
}

#[test]
fn no_owner_escapes_by_changing_keys_in_the_block_of_the_opening() {
	run(|| {
		open_complaint();
		rotate(1, 1);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [0, cost, 0]);
	});
	// But whoever did so before it was opened is not to blame for what another did later, be it in the same block.
	for blocks in [0, 1] {
		run(|| {
			rotate(0, 1);
			let (left, right) = inputs();
			assert_applied(report(&left, &right));
			wait(blocks);
			rotate(1, 1);
			let cost = judged(Outcome::Stale);
			assert_eq!(closed().bears, [0, cost, 0]);
		});
	}
}

#[test]
fn what_no_answer_could_refute_still_counts() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		let (left, right) = contradiction(cid);
		assert_applied(report(&left, &right));
		show_all(ann);
		wait(1);
		rotate(0, 1);
		let cost = judged(Outcome::Failed);
		// Bob's window could still be shown; Cid said two things.
		assert_eq!(closed().convicted, [CID]);
		let convicted = events().into_iter().any(|event| {
			matches!(
				event,
				Event::Convicted {
					intermediary: CID,
					fault: Fault::Equivocation,
					..
				}
			)
		});
		assert!(convicted);
		assert_eq!(borne(), [(Entity::Intermediary(CID), cost)]);
	});
}

#[test]
fn a_void_number_and_a_revoked_one_make_it_stale() {
	let becomes_stale = |change: fn(&mut MockState)| {
		run(|| {
			open_by_inputs(honest(ANN), honest(BOB).seeing(2));
			wait(1);
			assert_refused(judge(), ValidityError::NotRipe);
			alter(change);
			let cost = judged(Outcome::Stale);
			assert_eq!(closed().bears, [0, cost, 0]);
		})
	};
	becomes_stale(|books| {
		let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
		keys.convict(10 + 3 * WINDOW, START + 1);
	});
	// Nobody knows what comes after a number before it, or whether anything does.
	becomes_stale(|books| {
		let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
		keys.convict(9 + 3 * WINDOW, START + 1);
	});
	becomes_stale(|books| {
		let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
		keys.revoke(12 + 3 * WINDOW, START + 1).unwrap();
	});
}

#[test]
fn who_accuses_a_sensor_ends_the_dispute_about_its_messages() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		let number = 10 + 3 * WINDOW;
		assert_applied(accuse(
			&message(SENSORS[0], number, 1),
			&message(SENSORS[0], number, 2),
		));
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost, 0, 0]);
	});
}

/// What is known is one for all rounds: so nobody has to tell which of them it concerns.
#[test]
fn what_concerns_other_windows_makes_it_stale_too() {
	run(|| {
		open_complaint();
		wait(1);
		rotate(0, 1_000);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost, 0, 0]);
	});
	run(|| {
		open_complaint();
		wait(1);
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
			keys.convict(3, START + 1);
		});
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [0, cost, 0]);
	});
}

#[test]
fn owners_of_sensors_of_which_something_became_known_share() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		rotate(0, 1);
		rotate(1, 1);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost - cost / 2, cost / 2, 0]);
	});
}

#[test]
fn if_all_consented_to_another_sensor_all_bear_it() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		alter(|books| books.replaced += 1);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost - 2 * (cost / 3), cost / 3, cost / 3]);
	});
}

#[test]
fn another_roster_makes_it_stale() {
	run(|| {
		open_complaint();
		alter(|books| books.roster.number += 1);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost - 2 * (cost / 3), cost / 3, cost / 3]);
	});
}

#[test]
fn a_sensor_that_was_exposed_is_convicted_and_not_the_one_that_took_its_place() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		show_all(honest(ANN));
		assert_applied(show_first(honest(BOB).seeing(2)));
		alter(|books| {
			books.replaced += 1;
			books.feeds.swap(0, 1);
		});
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost, 0, 0]);
		let live = SENSORS.map(|sensor| read(|books| books.sensors[&sensor].is_live()));
		assert_eq!(live, [false, true]);
	});
}

#[test]
fn what_has_settled_stays_settled() {
	run(|| {
		open_complaint();
		settle();
		wait(1);
		rotate(0, 1);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(ANSWER);
		judged(Outcome::Settled);
	});
}

#[test]
fn a_sensor_that_was_convicted_meanwhile_is_not_suspended_once_more() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		show_all(honest(ANN));
		assert_applied(show_first(honest(BOB).seeing(2)));
		let number = 10 + 3 * WINDOW;
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(number, START + 1);
		});
		rotate(0, 13 + 3 * WINDOW);
		let cost = judged(Outcome::Stale);
		assert_eq!(closed().bears, [cost, 0, 0]);
		assert!(read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}
