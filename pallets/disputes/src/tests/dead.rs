//! Windows that lack messages for good: there is nothing to be shown of them.

use sp_core::Pair;
use syngraph_protocol::{Fault, Stage};

use super::{judge::convicted, *};

/// The first sensor took the place of another, and begins with the window after the round.
fn round_dies() {
	alter(|books| {
		books.replaced += 1;
		books.feeds[0].since = END;
		books.feeds[0].start = 10 + 3 * END;
	});
}

/// The key by which the first sensor signed the round is forgotten: it has had too many others.
fn round_is_forgotten() {
	alter(|books| {
		let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
		for n in 0..syngraph_primitives::MAX_KEYS {
			let from = 10 + 3 * END + u64::from(n);
			let fresh = sensor_pair(20 + u64::from(n)).public();
			keys.rotate(from, START - 1, fresh).unwrap();
		}
	});
}

#[test]
fn nobody_has_to_show_a_dead_window() {
	run(|| {
		round_dies();
		let all = all_honest().map(|stance| stance.claiming(None));
		let all = [all[0], all[1].claiming(Some(9)), all[2]];
		assert_applied(complain(vec![all[0].commit()], vec![]));
		answer(&all);
		narrow(&all);
		// It is known at once what it comes to.
		assert_eq!(waits_for().0, evidence(Kind::Outcomes));
		assert!(docket().shown[0].root.is_zero());
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_all_gone();
	});
}

#[test]
fn who_makes_up_a_dead_window_is_convicted() {
	run(|| {
		round_dies();
		let (ann, bob) = (honest(ANN).claiming(None), honest(BOB).seeing(2));
		open_by_inputs(ann, bob);
		// Not even with messages that were signed.
		assert_refused(show_first(bob), ValidityError::NothingToShow);
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
		assert_all_gone();
	});
}

#[test]
fn nobody_lacks_a_dead_window() {
	run(|| {
		round_dies();
		let ann = honest(ANN).claiming(None);
		assert_applied(complain(vec![ann.commit()], vec![]));
		wait(2);
		assert_applied(lack(BOB));
		// There is nothing to be shown: it can commit at once.
		let deadline = START + 2 + ANSWER;
		assert_eq!(waits_for(), (Stage::Commitments, deadline));
		assert_eq!((docket().attempt, docket().end), (2, Some(END)));
	});
}

#[test]
fn a_window_that_dies_during_a_dispute_makes_it_stale() {
	run(|| {
		let sides = [honest(ANN), honest(BOB).seeing(2)];
		assert_applied(report(&sides[0].commit(), &sides[1].commit()));
		wait(1);
		let level = Level::Leaves { block: 0 };
		let calls = [0, 1].map(|place| open_side(&sides, place, Kind::Data, level));
		round_dies();
		for call in calls {
			assert_applied(call);
		}
		// It was not dead when they said what they did.
		assert!(docket().shown.is_empty());
		assert_applied(judge());
		assert_eq!(convicted(), []);
		assert!(closed().absent.is_empty());
	});
}

#[test]
fn a_range_may_end_with_dead_windows() {
	for dies in [round_dies, round_is_forgotten] {
		run(|| {
			dies();
			let ann = honest(ANN).claiming(None);
			let call = |heads| complain(vec![ann.commit()], heads);
			// Nothing shows that there is anything to wait for.
			assert_refused(call(heads(WINDOW)), ValidityError::WrongHeads);
			assert_applied(call(vec![]));
		});
	}
}

/// The first sensor signed twice under a number of the window that tests are about, or is revoked: no honest member
/// commits to that window.
fn window_waits() {
	alter(|books| {
		let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
		keys.suspend(12 + 3 * WINDOW, START);
	});
}

#[test]
fn windows_that_wait_for_a_key_cannot_be_shown() {
	run(|| {
		window_waits();
		let (ann, bob) = (honest(ANN), honest(BOB).seeing(2));
		open_by_inputs(ann, bob);
		for stance in [ann, bob] {
			assert_refused(show_first(stance), ValidityError::NothingToShow);
		}
		miss_deadline();
		assert_applied(judge());
		assert_eq!(
			(closed().convicted, closed().absent),
			(vec![], vec![ANN, BOB])
		);
	});
}

#[test]
fn nobody_has_to_commit_to_windows_that_wait_for_a_key() {
	run(|| {
		window_waits();
		// The one who leads claims to have one.
		let all = [
			honest(ANN),
			honest(BOB).until(WINDOW),
			honest(CID).until(WINDOW),
		];
		let heard = [1, 2, 0].map(|place: usize| all[place].commit());
		assert_applied(complain(heard.to_vec(), heads(FIRST)));
		assert_eq!((docket().attempt, docket().end), (1, Some(END)));
		assert_applied(lack(BOB));
		assert_refused(show_first(all[0]), ValidityError::NothingToShow);
		miss_deadline();
		assert_applied(judge());
		assert_eq!((closed().convicted, closed().absent), (vec![], vec![ANN]));
	});
}
