//! `do_try_state` finds what must never be.

use sp_core::H256;
use syngraph_primitives::longest_stage;
use syngraph_protocol::{Stage, Testimony, Trial};

use super::*;
use crate::{Hearing, Trials};

/// Whether a dispute that `open` opens is still sound after `change`.
fn holds(open: impl FnOnce(), change: impl FnOnce(&mut DisputeOf<Test>)) -> bool {
	externalities().execute_with(|| {
		open();
		assert_eq!(Disputes::do_try_state(), Ok(()));
		crate::Disputes::<Test>::mutate(AGREEMENT, |dispute| change(dispute.as_mut().unwrap()));
		Disputes::do_try_state().is_ok()
	})
}

/// Whether a sound complaint is still sound after `change`.
fn holds_after(change: impl FnOnce(&mut DisputeOf<Test>)) -> bool {
	holds(open_complaint, change)
}

/// Ann and Bob differ, and it is known in which window.
fn differ() {
	open_by_inputs(honest(ANN), honest(BOB).seeing(2));
}

#[test]
fn each_invariant_of_a_dispute_is_checked() {
	assert!(holds_after(|_| ()));
	assert!(!holds_after(|dispute| {
		dispute.docket.agreement = H256::repeat_byte(8)
	}));
	assert!(holds_after(|dispute| dispute.consents = 0b011));
	assert!(!holds_after(|dispute| dispute.consents = 0b111));
	assert!(holds_after(|dispute| dispute.spent = reserve()));
	assert!(!holds_after(|dispute| dispute.spent = reserve() + 1));
	assert!(!holds_after(|dispute| {
		dispute.exposed = Some(exposure())
	}));
	assert!(holds_after(|dispute| {
		dispute.exposed = Some(exposure());
		dispute.docket.expose(0);
	}));
}

#[test]
fn blocks_are_in_order() {
	assert!(!holds_after(|dispute| dispute.docket.opened += 1));
	assert!(!holds_after(|dispute| dispute.docket.deadline = START - 1));
	// Of three members, two may lack messages.
	let last = START + 10 * longest_stage(ANSWER);
	assert!(!holds_after(|dispute| dispute.docket.latest = last + 1));
	assert!(holds_after(|dispute| dispute.docket.latest = last));
	assert!(!holds_after(|dispute| dispute.docket.deadline = last));
	assert!(holds_after(|dispute| {
		(dispute.docket.deadline, dispute.docket.latest) = (last, last);
	}));
}

#[test]
fn no_block_counts_that_there_was_not() {
	assert!(!holds_after(|dispute| dispute.docket.halted = 1));
	assert!(!holds_after(|dispute| dispute.halted = 1));
	let halted = |before: u64, since: u64| {
		let change = |dispute: &mut DisputeOf<Test>| {
			crate::Halted::<Test>::put(2);
			(dispute.halted, dispute.docket.halted) = (before, since);
		};
		holds_after(change)
	};
	assert!(halted(0, 0) && halted(1, 2) && halted(2, 2));
	assert!(!halted(2, 1) && !halted(2, 3));
}

#[test]
fn what_is_on_file_is_about_the_attempt_and_by_its_author() {
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies.pop();
	}));
	assert!(holds_after(|dispute| dispute.docket.leader = 2));
	assert!(!holds_after(|dispute| dispute.docket.leader = 3));
	assert!(!holds_after(|dispute| dispute.docket.attempt = 1));
	assert!(!holds_after(|dispute| dispute.docket.end = Some(END)));
	assert!(!holds_after(|dispute| {
		dispute.docket.before = Some(H256::zero())
	}));
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies.as_mut().swap(0, 1)
	}));
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies[0] = Testimony::default()
	}));
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies[0].pledge.as_mut().unwrap().end = FIRST
	}));
	let kept = externalities().execute_with(|| {
		let [ann, bob, cid] = all_honest();
		let heard = [ann, bob.until(END + 1), cid].map(|stance| stance.commit());
		assert_applied(complain(heard.to_vec(), heads(WINDOW)));
		docket().testimonies[0].first.clone()
	});
	assert!(kept.is_some());
	assert!(!holds_after(|dispute| {
		dispute.docket.testimonies[0].first = kept
	}));
	let elsewhere = externalities().execute_with(|| honest(ANN).until(END + 1));
	assert!(!holds_after(|dispute| {
		let said = elsewhere.spanning(|span| span.round.first += 1).commit();
		dispute.docket.testimonies[0].said = Some(said);
	}));
}

#[test]
fn the_stage_follows_from_what_is_on_file() {
	for stage in [
		Stage::Messages { window: WINDOW },
		Stage::Reveals,
		Stage::Settlement,
		Stage::Opening {
			kind: Kind::Data,
			level: Level::Blocks,
		},
		evidence(Kind::Data),
	] {
		assert!(!holds_after(|dispute| dispute.docket.stage = stage));
	}
	assert!(holds(differ, |_| ()));
	assert!(!holds(differ, |dispute| dispute.docket.sides = None));
	let commitments = Stage::Commitments;
	assert!(!holds(differ, |dispute| dispute.docket.stage = commitments));
}

fn begin_showing(place: usize, root: H256) {
	crate::Disputes::<Test>::mutate(AGREEMENT, |dispute| {
		if let Some(dispute) = dispute {
			dispute.docket.begin_showing(place, root);
		}
	});
}

#[test]
fn trials_are_of_the_window_in_question() {
	let holds_with = |open: fn(), root, complete| {
		externalities().execute_with(|| {
			open();
			let hearing = Hearing {
				trial: Trial::new(),
				complete,
			};
			Trials::<Test>::insert(AGREEMENT, root, hearing);
			begin_showing(0, root);
			Disputes::do_try_state().is_ok()
		})
	};
	let root = externalities().execute_with(|| honest(ANN).root_of(WINDOW));
	assert!(holds_with(differ, root, false));
	assert!(!holds_with(differ, root, true));
	assert!(!holds_with(open_complaint, root, false));
	assert!(!holds_with(|| (), root, false));
	let show = || {
		differ();
		show_all(honest(ANN));
	};
	assert!(holds_with(show, root, true));
	assert!(!holds_with(show, root, false));
	// No more than there are members.
	let many = |count: u8| {
		externalities().execute_with(|| {
			differ();
			for root in 0..count {
				let hearing = Hearing {
					trial: Trial::new(),
					complete: false,
				};
				begin_showing(root.into(), H256::repeat_byte(root));
				Trials::<Test>::insert(AGREEMENT, H256::repeat_byte(root), hearing);
			}
			Disputes::do_try_state().is_ok()
		})
	};
	assert!(many(3));
	assert!(!many(4));
}
