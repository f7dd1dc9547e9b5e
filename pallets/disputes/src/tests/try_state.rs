//! `do_try_state` finds what must never be.

use sp_core::H256;
use syngraph_protocol::{Conflict, Stage, Trial};

use super::*;
use crate::{Cause, Hearing, Trials};

/// Whether a sound complaint is still sound after `change`.
fn holds_after(change: impl FnOnce(&mut DisputeOf<Test>)) -> bool {
	externalities().execute_with(|| {
		open_complaint();
		crate::Disputes::<Test>::mutate(AGREEMENT, |dispute| change(dispute.as_mut().unwrap()));
		Disputes::do_try_state().is_ok()
	})
}

#[test]
fn each_invariant_of_a_docket_is_checked() {
	assert!(holds_after(|_| ()));
	assert!(!holds_after(|dispute| {
		dispute.docket.agreement = H256::repeat_byte(8)
	}));
	assert!(!holds_after(|dispute| dispute.docket.opened += 1));
	assert!(!holds_after(|dispute| dispute.docket.deadline = START - 1));
	assert!(!holds_after(|dispute| {
		dispute.docket.deadline = START + 5 * ANSWER + 1
	}));
	assert!(holds_after(
		|dispute| dispute.docket.deadline = START + 5 * ANSWER
	));
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies.pop();
	}));
	assert!(holds_after(|dispute| dispute.consents = 0b011));
	assert!(!holds_after(|dispute| dispute.consents = 0b111));
}

#[test]
fn a_conflict_is_contested() {
	let conflict = Cause::Conflict(Conflict::InputMismatch);
	assert!(!holds_after(|dispute| dispute.cause = conflict));
	assert!(holds_after(|dispute| {
		dispute.cause = conflict;
		dispute.docket.stage = Stage::Evidence;
	}));
}

#[test]
fn each_invariant_of_the_cost_is_checked() {
	assert!(holds_after(|dispute| dispute.spent = reserve()));
	assert!(!holds_after(|dispute| dispute.spent = reserve() + 1));
	assert!(holds_after(|dispute| dispute.shown_by[1] = dispute.spent));
	assert!(!holds_after(|dispute| {
		dispute.shown_by[0] = 1;
		dispute.shown_by[1] = dispute.spent;
	}));
	assert!(!holds_after(|dispute| {
		dispute.shown_by.pop();
	}));
}

#[test]
fn trials_belong_to_commitments() {
	let holds_with = |open: bool, root, complete| {
		externalities().execute_with(|| {
			if open {
				open_complaint();
			}
			let hearing = Hearing {
				trial: Trial::new(),
				complete,
			};
			Trials::<Test>::insert(AGREEMENT, root, hearing);
			Disputes::do_try_state().is_ok()
		})
	};
	let root = externalities().execute_with(|| honest(ANN).commitment().root);
	assert!(holds_with(true, root, false));
	assert!(!holds_with(true, root, true));
	assert!(!holds_with(true, H256::zero(), false));
	assert!(!holds_with(false, root, false));
}
