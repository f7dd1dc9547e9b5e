//! `do_try_state` finds what must never be.

use syngraph_protocol::{Stage, Trial};

use super::*;
use crate::{Hearing, Trials};

/// Whether a sound complaint is still sound after `change`.
fn holds_after(change: impl FnOnce(&mut DisputeOf<Test>)) -> bool {
	externalities().execute_with(|| {
		open_complaint();
		crate::Disputes::<Test>::mutate(AGREEMENT, WINDOW, |dispute| {
			change(dispute.as_mut().unwrap())
		});
		Disputes::do_try_state().is_ok()
	})
}

#[test]
fn each_invariant_of_a_dispute_is_checked() {
	assert!(holds_after(|_| ()));
	assert!(!holds_after(|dispute| dispute.docket.window += 1));
	assert!(!holds_after(|dispute| dispute.docket.opened += 1));
	assert!(!holds_after(|dispute| dispute.docket.deadline = START - 1));
	assert!(!holds_after(|dispute| {
		dispute.docket.deadline = START + 3 * ANSWER + 1
	}));
	assert!(holds_after(
		|dispute| dispute.docket.deadline = START + 3 * ANSWER
	));
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies.pop();
	}));
	assert!(holds_after(|dispute| dispute.consents = 0b011));
	assert!(!holds_after(|dispute| dispute.consents = 0b111));
	assert!(!holds_after(|dispute| {
		dispute.cause = crate::Cause::Conflict(syngraph_protocol::Conflict::InputMismatch);
		dispute.docket.stage = Stage::Evidence;
	}));
}

#[test]
fn complaints_belong_to_disputes() {
	let holds_with = |window| {
		externalities().execute_with(|| {
			open_complaint();
			crate::Complaints::<Test>::insert(AGREEMENT, window);
			Disputes::do_try_state().is_ok()
		})
	};
	assert!(holds_with(WINDOW));
	assert!(!holds_with(WINDOW + 1));
	externalities().execute_with(|| {
		crate::Complaints::<Test>::insert(AGREEMENT, WINDOW);
		assert!(Disputes::do_try_state().is_err());
	});
}

#[test]
fn trials_belong_to_commitments() {
	let holds_with = |window, place, complete| {
		externalities().execute_with(|| {
			open_complaint();
			let hearing = Hearing {
				trial: Trial::new(),
				advance: 1,
				complete,
			};
			Trials::<Test>::insert((AGREEMENT, window), place, hearing);
			Disputes::do_try_state().is_ok()
		})
	};
	assert!(holds_with(WINDOW, 0, false));
	assert!(!holds_with(WINDOW, 0, true));
	assert!(!holds_with(WINDOW, 1, false));
	assert!(!holds_with(WINDOW + 1, 0, false));
}
