//! Members contradict each other only about what has been sent: the last messages of a window show it.

use sp_core::Pair;
use syngraph_primitives::Agreements as _;

use super::*;

/// Two commitments to a window that no sensor has sent.
fn made_up(window: WindowIndex) -> (SignedStatement, SignedStatement) {
	let (left, right) = (honest(ANN), honest(BOB).seeing(2));
	(commit_to(left, window), commit_to(right, window))
}

#[test]
fn members_contradict_each_other_about_nothing_that_was_not_sent() {
	run(|| {
		let (left, right) = made_up(WINDOW + 1);
		let refused = |heads, error| assert_refused(report_with(&left, &right, heads), error);
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
		assert_applied(report_with(&left, &right, heads(WINDOW + 2)));
	});
	// Nor is a complaint replaced by that.
	run(|| {
		open_complaint();
		let (left, right) = made_up(WINDOW + 1);
		let call = report_with(&left, &right, heads(WINDOW));
		assert_refused(call, ValidityError::WrongHeads);
	});
}

#[test]
fn who_contradicts_itself_does_so_about_any_window() {
	run(|| {
		let [left, right] = [1, 2].map(|level| commit_to(honest(BOB).seeing(level), WINDOW + 9));
		let call = report_with(&left, &right, heads(WINDOW + 9));
		assert_refused(call, ValidityError::WrongHeads);
		assert_applied(report_with(&left, &right, vec![]));
	});
}

#[test]
fn no_conflict_is_made_up_about_what_a_sensor_is_yet_to_send() {
	run(|| {
		// All up to the end of the window has been sent, and the owner rotates the key from the next number on.
		let next = 13 + 3 * WINDOW;
		let (left, right) = made_up(WINDOW + 1);
		let call = report_with(&left, &right, heads(WINDOW));
		assert_refused(call, ValidityError::WrongHeads);
		// Who disputes what has been sent is not concerned by it.
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		wait(1);
		let now = System::block_number();
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.rotate(next, now, sensor_pair(SECOND_KEY).public())
				.unwrap();
		});
		assert_refused(judge(), ValidityError::NotRipe);
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
	let conflict = || {
		let stances = [honest(ANN), honest(BOB).seeing(2)];
		stances.map(|stance| {
			let mut commitment = stance.commitment();
			commitment.version = MockChain::version(&AGREEMENT, WINDOW).unwrap();
			signed(Statement::Commit(commitment))
		})
	};
	let last = 12 + 3 * WINDOW;
	let second = || message(SENSORS[1], last, 1);
	run(|| {
		void(&[last]);
		let [left, right] = conflict();
		let with = |number| {
			let first = message(SENSORS[0], number, 1);
			report_with(&left, &right, vec![first, second()])
		};
		assert_refused(with(last - 2), ValidityError::WrongHeads);
		assert_refused(with(last), ValidityError::BadSignature);
		assert_applied(with(last - 1));
	});
	run(|| {
		void(&[last, last - 1, last - 2]);
		let [left, right] = conflict();
		let first = message(SENSORS[0], last + 1, 1);
		let call = report_with(&left, &right, vec![first, second()]);
		assert_refused(call, ValidityError::WrongHeads);
		assert_applied(report_with(&left, &right, vec![second()]));
	});
}
