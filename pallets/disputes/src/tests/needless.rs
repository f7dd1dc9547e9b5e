//! What was shown although nothing called for it, and what others cut short.

use super::{money::judged, *};

#[test]
fn who_shows_what_nothing_called_for_pays_for_it() {
	run(|| {
		open_complaint();
		let shown = applied(show_first(honest(ANN))) + applied(show_last(honest(ANN)));
		answer(&all_honest(), &[]);
		miss_deadline();
		let cost = judged();
		assert_eq!(lost(ANN), shown);
		let half = (cost - shown) / 2;
		let quarter = half / 2;
		let others = [half - quarter, quarter];
		assert_eq!(closed().bears, [cost - shown - half, others[0], others[1]]);
	});
	run(|| {
		// Nor if it is dismissed.
		open_complaint();
		let shown = applied(show_first(honest(ANN))) + applied(show_last(honest(ANN)));
		assert_applied(dismiss(all_done(WINDOW + 1)));
		assert_eq!(lost(ANN), shown);
		assert_all_gone();
	});
}

/// Bob copied the root without having the window, so that Ann must show it. Nobody knows before she is through.
fn ann_is_forced_to_show() {
	open_complaint();
	let mut copied = honest(BOB).commitment();
	copied.possession = Default::default();
	assert_applied(file(&signed(Statement::Commit(copied))));
	assert_applied(show_first(honest(ANN)));
}

#[test]
fn nobody_pays_for_showing_what_others_cut_short() {
	let untouched = |cut_short: fn()| {
		run(|| {
			ann_is_forced_to_show();
			cut_short();
			assert_all_gone();
			assert_eq!(MEMBERS.map(lost), [0; 3]);
		})
	};
	untouched(|| {
		for user in [1, 2, 3] {
			let origin = RuntimeOrigin::signed(user);
			Disputes::reconcile(origin, AGREEMENT, WINDOW).unwrap();
		}
	});
	untouched(|| assert_applied(dismiss(all_done(WINDOW + 1))));
	untouched(|| {
		wait(1);
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
			keys.convict(10 + 3 * WINDOW, START + 1);
		});
		judged();
	});
	untouched(|| {
		alter(|books| books.settled.insert(WINDOW));
		wait(2 * ANSWER);
		judged();
	});
	// Nor does it pay for what it showed as a whole, if there is no verdict about it.
	run(|| {
		open_complaint();
		show_all(honest(ANN));
		for user in [1, 2, 3] {
			let origin = RuntimeOrigin::signed(user);
			Disputes::reconcile(origin, AGREEMENT, WINDOW).unwrap();
		}
		assert_all_gone();
		assert_eq!(lost(ANN), 0);
	});
}
