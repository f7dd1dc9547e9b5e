//! `reconcile`: the users settle it among themselves.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::*;
use crate::{Error, Event};

fn reconcile(user: u64) -> sp_runtime::DispatchResult {
	Disputes::reconcile(RuntimeOrigin::signed(user), AGREEMENT, ROSTER)
}

#[test]
fn when_all_users_consent_nobody_is_punished() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_results(&[ann, bob.claiming(Some(9)), cid]);
		show_all(ann);
		for user in [3, 1] {
			assert_ok!(reconcile(user));
			let (agreement, first) = (AGREEMENT, FIRST);
			System::assert_last_event(
				Event::Consented {
					agreement,
					first,
					user,
				}
				.into(),
			);
		}
		assert!(dispute().is_some());
		assert_ok!(reconcile(2));
		System::assert_last_event(
			Event::Reconciled {
				agreement: AGREEMENT,
				first: FIRST,
			}
			.into(),
		);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		let closed = closed();
		assert_eq!((closed.convicted, closed.absent), (vec![], vec![]));
		assert_all_gone();
	});
}

#[test]
fn the_users_repay_what_it_cost_also_what_members_showed() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_results(&[ann, bob.claiming(Some(9)), cid]);
		show_all(ann);
		let spent = spent();
		for user in [1, 2, 3] {
			assert_ok!(reconcile(user));
		}
		let third = spent / 3;
		assert_eq!(closed().bears, [spent - 2 * third, third, third]);
		assert_eq!(read(|books| books.fees), spent);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		assert_eq!(MEMBERS.map(|member| paid(operator(member))), [0; 3]);
		assert_all_gone();
	});
}

#[test]
fn a_complaint_can_be_reconciled_at_any_time() {
	run(|| {
		open_complaint();
		let spent = spent();
		for user in [1, 2, 3] {
			assert_ok!(reconcile(user));
		}
		// Whoever complained: they agreed.
		let third = spent / 3;
		assert_eq!(closed().bears, [spent - 2 * third, third, third]);
		assert_all_gone();
	});
}

#[test]
fn a_user_consents_once() {
	run(|| {
		assert_noop!(reconcile(1), Error::<Test>::NotOpen);
		open_complaint();
		assert_ok!(reconcile(1));
		assert_noop!(reconcile(1), Error::<Test>::AlreadyConsented);
	});
}

#[test]
fn nobody_consents_to_a_dispute_that_it_did_not_mean() {
	run(|| {
		open_complaint();
		let other = Disputes::reconcile(RuntimeOrigin::signed(1), AGREEMENT, ROSTER + 1);
		assert_noop!(other, Error::<Test>::NotOpen);
		// The next dispute, be it about the same round, hears a roster with another number.
		miss_deadline();
		assert_applied(judge());
		open_complaint();
		assert_noop!(reconcile(1), Error::<Test>::NotOpen);
	});
}

#[test]
fn only_users_consent() {
	run(|| {
		open_complaint();
		assert_noop!(reconcile(operator(ANN)), Error::<Test>::NotAUser);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(
				Disputes::reconcile(origin, AGREEMENT, ROSTER),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn consents_outlast_what_is_put_on_file() {
	run(|| {
		open_complaint();
		assert_ok!(reconcile(1));
		assert_ok!(reconcile(2));
		assert_applied(file(&honest(BOB).commit()));
		assert_ok!(reconcile(3));
		assert_all_gone();
	});
}
