//! Which rounds are kept, what their windows came to, and how older ones are shown.

use frame_support::assert_ok;
use sp_core::H256;
use syngraph_primitives::{
	api::WindowOutcome, AgreementId, Outcomes, ResultValue, SettledRound, WindowIndex,
};
use syngraph_protocol::{prove_round, round_leaf, verify_round};

use crate::{mock::*, EndReason, HoldReason, Rounds};

/// Settles so many rounds of the agreement on [`terms`], of which four are kept: each of two windows, the second of
/// which is null. Returns all of them.
fn settle_many(rounds: u64) -> (AgreementId, Vec<SettledRound<u64>>) {
	let id = activate(&terms());
	let settled = (0..rounds).map(|number| {
		at_block(5 + number);
		decide(id, &[Some(number.into()), None]);
		let last = Agreements::last_rounds(&id);
		last.last().expect("one has settled").clone()
	});
	(id, settled.collect())
}

#[test]
fn the_last_rounds_are_kept_in_a_ring() {
	run(|| {
		assert_eq!(Agreements::last_rounds(&id()), []);
		let (id, all) = settle_many(11);
		assert_eq!(Agreements::last_rounds(&id), all[7..]);
		let firsts = all.iter().map(|settled| settled.first);
		assert!(firsts.eq((0..11).map(|number| 2 * number)));
		assert_eq!(Rounds::<Test>::iter_prefix(id).count(), 4);
		// The ninth round has the place of the first and the fifth.
		assert_eq!(Rounds::<Test>::get(id, 0).as_ref(), Some(&all[8]));
		// Whatever settles, the deposit is that of all places.
		assert_eq!(held(HoldReason::Storage, &bob()), ROUNDS_DEPOSIT);
	});
}

#[test]
fn fewer_rounds_than_are_kept_are_all_there() {
	run(|| {
		let (id, all) = settle_many(3);
		assert_eq!(Agreements::last_rounds(&id), all);
	});
}

#[test]
fn one_round_may_be_all_that_is_kept() {
	run(|| {
		let mut single = terms();
		(single.rounds.kept, single.rounds.most) = (1, 2);
		let id = activate(&single);
		for window in 0..3 {
			decide(id, &[Some(7)]);
			let kept = Agreements::last_rounds(&id);
			assert!(kept.iter().map(|settled| settled.first).eq([window]));
		}
		// A round, and two results of 21 bytes.
		let deposit: u64 = 301 + 2 * 21 * 2;
		assert_eq!(held(HoldReason::Storage, &bob()), deposit.div_ceil(2));
	});
}

#[test]
fn the_outcome_of_a_window_is_told_while_its_round_is_kept() {
	run(|| {
		let outcome = |id: &AgreementId, window: WindowIndex| Agreements::outcome(id, window);
		assert_eq!(outcome(&id(), 0), None);
		let (id, all) = settle_many(5);
		assert_eq!(decide(id, &[None, None, Some(-9), None]), 10);
		// The first two of six rounds are not kept.
		for window in [0, 3, 14, 15, u64::MAX] {
			assert_eq!(outcome(&id, window), None, "{window}");
		}
		let result = |window| outcome(&id, window).map(|outcome| (outcome.result, outcome.number));
		let expected: [(Option<ResultValue>, u64); 10] = [
			(Some(2), 2),
			(None, 2),
			(Some(3), 3),
			(None, 3),
			(Some(4), 4),
			(None, 4),
			(None, 5),
			(None, 5),
			(Some(-9), 5),
			(None, 5),
		];
		for (window, expected) in (4..).zip(expected) {
			assert_eq!(result(window), Some(expected), "{window}");
		}
		let settled = all[3].clone();
		let expected = WindowOutcome {
			result: Some(3),
			number: 3,
			round: SettledRound {
				first: settled.first,
				outcomes: settled.outcomes,
				data_root: settled.data_root,
				signed: settled.signed,
				proof: settled.proof,
				at: settled.at as u32,
			},
		};
		assert_eq!(outcome(&id, 6), Some(expected));
	});
}

#[test]
fn any_round_is_shown_by_the_root_that_outlives_the_agreement() {
	run(|| {
		let (id, all) = settle_many(11);
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_eq!(super::last_event(), ended(id, EndReason::Expired));
		let accounts = Agreements::accounts(&id).unwrap();
		let (root, count) = (accounts.root, accounts.rounds);
		assert_eq!(count, 11);
		assert_ok!(forget(id));
		assert_eq!(crate::Finals::<Test>::get(id), Some((root, count)));
		let leaves: Vec<H256> = all.iter().map(|settled| round_leaf(&id, settled)).collect();
		let is_shown = |number: u64, settled: &SettledRound<u64>| {
			let proof = prove_round(&leaves, number).unwrap();
			verify_round(&root, count, number, round_leaf(&id, settled), &proof)
		};
		for (number, settled) in (0..).zip(&all) {
			assert!(is_shown(number, settled));
			let mut forged = settled.clone();
			forged.outcomes = Outcomes::new([Some(-1), None]).unwrap();
			assert!(!is_shown(number, &forged));
			assert!(!is_shown((number + 1) % 11, settled));
		}
		// Nor is it one of another agreement.
		let other = round_leaf(&H256::zero(), &all[3]);
		let proof = prove_round(&leaves, 3).unwrap();
		assert!(!verify_round(&root, count, 3, other, &proof));
	});
}
