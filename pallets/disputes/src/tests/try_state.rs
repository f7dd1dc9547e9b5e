//! `do_try_state` finds what must never be.

use sp_core::H256;
use syngraph_protocol::Conflict;

use crate::{mock::*, Dispute, Evidence};

/// Whether a sound dispute is still sound after `change`.
fn holds_after(change: impl Fn(&mut Dispute<u64>)) -> bool {
	let evidence = |author, hash| Evidence {
		author,
		hash: H256::repeat_byte(hash),
	};
	let mut dispute = Dispute {
		conflict: Conflict::InputMismatch,
		left: evidence(ANN, 1),
		right: evidence(BOB, 2),
		opened: 1,
		deadline: 1 + PERIOD,
	};
	change(&mut dispute);
	externalities().execute_with(|| {
		crate::Disputes::<Test>::insert(AGREEMENT, 3, dispute);
		Disputes::do_try_state().is_ok()
	})
}

#[test]
fn each_invariant_is_checked() {
	assert!(holds_after(|_| ()));
	assert!(!holds_after(|dispute| dispute.opened = 2));
	assert!(!holds_after(|dispute| dispute.deadline = 0));
	assert!(!holds_after(
		|dispute| dispute.right.hash = dispute.left.hash
	));
	assert!(!holds_after(|dispute| dispute.right.author = ANN));
	assert!(!holds_after(|dispute| {
		dispute.conflict = Conflict::Equivocation { author: ANN }
	}));
	assert!(!holds_after(|dispute| {
		dispute.right.author = ANN;
		dispute.conflict = Conflict::FalseReveal { author: BOB };
	}));
	assert!(holds_after(|dispute| {
		dispute.right.author = ANN;
		dispute.conflict = Conflict::FalseReveal { author: ANN };
	}));
}
