//! Members complain only of what has been sent: the last messages of the range show it.

use sp_core::Pair;

use super::*;

/// A complaint of Ann's about a range that ends with this window.
fn of(window: WindowIndex) -> Vec<Utterance> {
	vec![honest(ANN).until(window + 1).commit()]
}

#[test]
fn members_complain_of_nothing_that_was_not_sent() {
	run(|| {
		let made_up = of(WINDOW + 1);
		let refused = |heads, error| assert_refused(complain(made_up.clone(), heads), error);
		refused(vec![], ValidityError::WrongHeads);
		refused(heads(WINDOW), ValidityError::WrongHeads);
		// One of each sensor, in the order of the terms.
		let good = || heads(WINDOW + 1);
		refused(good()[..1].to_vec(), ValidityError::WrongHeads);
		refused(
			good().into_iter().rev().collect(),
			ValidityError::WrongHeads,
		);
		let again = good().into_iter().chain(good()).collect();
		refused(again, ValidityError::WrongHeads);
		let mut forged = good();
		forged[1] = message_by(&sensor_pair(SECOND_KEY), SENSORS[1], 15 + 3 * WINDOW, 1);
		refused(forged, ValidityError::BadSignature);
		// Later ones will do.
		assert_applied(complain(made_up, heads(WINDOW + 2)));
	});
}

/// What others committed to is theirs to bear out.
#[test]
fn only_the_range_of_who_complains_must_have_been_sent() {
	run(|| {
		let longer = honest(BOB).until(END + 9).commit();
		let mut both = of(WINDOW);
		both.push(longer);
		assert_applied(complain(both, heads(WINDOW)));
	});
}

#[test]
fn no_complaint_is_made_up_about_what_a_sensor_is_yet_to_send() {
	run(|| {
		// All up to the end of the window has been sent, and the owner rotates the key from the next number on.
		let next = 13 + 3 * WINDOW;
		let early = of(WINDOW + 1);
		let call = complain(early, heads(WINDOW));
		assert_refused(call, ValidityError::WrongHeads);
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.rotate(next, START - 1, sensor_pair(SECOND_KEY).public())
				.unwrap();
		});
		let fresh = message_by(&sensor_pair(SECOND_KEY), SENSORS[0], next + 2, 1);
		let [_, second] = heads(WINDOW + 1).try_into().unwrap();
		assert_applied(complain(of(WINDOW + 1), vec![fresh, second]));
	});
}

#[test]
fn nobody_waits_for_a_number_that_is_void() {
	let next = 13 + 3 * WINDOW;
	let void = |numbers: &[u64]| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			for number in numbers {
				keys.convict(*number, START - 1);
			}
			let fresh = sensor_pair(SECOND_KEY).public();
			keys.rotate(next, START - 1, fresh).unwrap();
		})
	};
	let last = 12 + 3 * WINDOW;
	let second = || message(SENSORS[1], last, 1);
	run(|| {
		void(&[last]);
		let with = |number| {
			let first = message(SENSORS[0], number, 1);
			complain(of(WINDOW), vec![first, second()])
		};
		assert_refused(with(last - 2), ValidityError::WrongHeads);
		assert_refused(with(last), ValidityError::BadSignature);
		assert_applied(with(last - 1));
	});
	run(|| {
		void(&[last, last - 1, last - 2]);
		let first = message(SENSORS[0], last + 1, 1);
		let call = |heads| complain(of(WINDOW), heads);
		assert_refused(call(vec![first, second()]), ValidityError::WrongHeads);
		assert_applied(call(vec![second()]));
	});
}
