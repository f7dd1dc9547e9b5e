//! What the chain computed in a dispute settles, where the terms say so and there is no spare.

use frame_support::{assert_noop, assert_ok};
use sp_core::{Pair, H256};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, IntermediaryId, OnFailure, ResultValue, Ruling,
};
use syngraph_protocol::{round_leaf, History};

use crate::{mock::*, EndReason, Event, JointKeys, Phase, TermsOf};

/// [`terms`] by which the chain's own outcome settles.
fn judging() -> TermsOf<Test> {
	let mut judging = terms();
	judging.on_failure = OnFailure::Judge;
	judging
}

/// The same without spares.
fn spareless() -> TermsOf<Test> {
	let mut spareless = judging();
	for party in spareless.users.iter_mut() {
		party.spares = Default::default();
	}
	spareless
}

fn ruling(outcome: Option<ResultValue>) -> Ruling {
	let data_root = H256::repeat_byte(9);
	Ruling { outcome, data_root }
}

/// Opens and closes a dispute, in which these members are proven wrong by what the chain computed.
fn rule(id: AgreementId, convicted: &[IntermediaryId], outcome: Option<ResultValue>) {
	assert_ok!(Agreements::open_dispute(&id));
	close_by(id, convicted, outcome, [0, 0]);
}

/// Closes a dispute in the same way. Alice and Bob bear so much of what it cost.
fn close_by(
	id: AgreementId,
	convicted: &[IntermediaryId],
	outcome: Option<ResultValue>,
	bears: [u64; 2],
) {
	assert!(Agreements::ruling_fee(&id, convicted).is_some());
	let closing = Closing {
		convicted: convicted.to_vec(),
		bears: bears.to_vec(),
		ruling: Some(ruling(outcome)),
		..closing()
	};
	assert_ok!(Agreements::close_dispute(&id, &closing));
}

fn state(id: AgreementId) -> crate::AgreementOf<Test> {
	crate::Agreements::<Test>::get(id).unwrap()
}

/// Whom events tell to have been rewarded, and how much.
fn rewarded() -> Vec<(IntermediaryId, u64)> {
	let rewarded = events().into_iter().filter_map(|event| match event {
		Event::Rewarded {
			intermediary,
			amount,
			..
		} => Some((intermediary, amount)),
		_ => None,
	});
	rewarded.collect()
}

#[test]
fn all_but_those_that_were_wrong_are_paid_for_it_at_once() {
	run(|| {
		let id = activate(&spareless());
		decide(id, &[None, Some(3)]);
		let bob_before = state(id).funds[1];
		let fees = state(id).accrued.fees;
		System::reset_events();
		rule(id, &[20], Some(5));
		// What settled before is paid to all, also to the one that was wrong then.
		let each = |members: &[IntermediaryId]| -> Vec<_> {
			members.iter().map(|member| (*member, REWARD)).collect()
		};
		assert_eq!(
			rewarded(),
			[each(&INTERMEDIARIES), each(&[10, 21])].concat()
		);
		let agreement = state(id);
		assert!(agreement.accrued.is_nothing());
		let bob_pays = fees / 2 + 2 * REWARD + REWARD;
		assert_eq!(agreement.funds[1], bob_before - bob_pays);
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW + 2 * 3 + 2 * 5);
		assert_eq!(agreement.roster.members.to_vec(), [10, 21]);
		assert_eq!((agreement.roster.number, agreement.roster.since), (1, 3));
		assert!(matches!(agreement.phase, Phase::Active { .. }));
	});
}

#[test]
fn it_is_a_round_that_nobody_signed() {
	run(|| {
		let id = activate(&spareless());
		System::reset_events();
		rule(id, &[21], Some(-1));
		let settled = ruling(Some(-1)).settled(0, System::block_number());
		assert_eq!(
			Agreements::last_rounds(&id),
			core::slice::from_ref(&settled)
		);
		assert_eq!(state(id).history, History::of(&[round_leaf(&id, &settled)]));
		let told = Event::Settled {
			agreement: id,
			number: 0,
			first: 0,
			outcomes: outcomes(&[Some(-1)]),
			cost: 0,
		};
		assert!(events().contains(&told));
		// The next round follows it.
		assert_eq!(decide(id, &[Some(1), None]), 1);
	});
}

#[test]
fn nothing_follows_from_null() {
	run(|| {
		let id = activate(&spareless());
		let before = state(id).funds;
		System::reset_events();
		rule(id, &[21], None);
		assert_eq!(state(id).funds, before);
		assert_eq!(state(id).progress.base, 1);
		assert_eq!(rewarded(), []);
	});
}

#[test]
fn it_settles_before_an_agreement_ends_for_want_of_a_member() {
	run(|| {
		let id = activate(&spareless());
		rule(id, &[10], Some(7));
		let phase = Phase::Ended {
			reason: EndReason::Failure,
			at: System::block_number(),
		};
		assert_eq!(state(id).phase, phase);
		assert_eq!(state(id).progress.base, 1);
		let deposits = ROUNDS_DEPOSIT;
		assert_eq!(free(&bob()), ENDOWMENT - deposits + 2 * 7 - 2 * REWARD);
	});
}

#[test]
fn only_terms_without_a_spare_for_somebody_know_rulings() {
	for on_failure in [OnFailure::GoOn, OnFailure::End] {
		run(|| {
			let mut other = spareless();
			other.on_failure = on_failure;
			let id = activate(&other);
			assert_eq!(Agreements::ruling_fee(&id, &[10]), None);
		});
	}
	run(|| {
		let id = activate(&judging());
		for (convicted, ruled) in [
			(&[10][..], false),
			(&[20][..], false),
			(&[10, 21][..], false),
			// Bob has one spare.
			(&[20, 21][..], true),
		] {
			let fee = Agreements::ruling_fee(&id, convicted);
			assert_eq!(fee.is_some(), ruled, "{convicted:?}");
		}
		at_block(100 + ANSWER);
		assert!(Agreements::ruling_fee(&id, &[20, 21]).is_some());
		at_block(100 + ANSWER + 1);
		assert_eq!(Agreements::ruling_fee(&id, &[20, 21]), None);
	});
}

#[test]
fn what_is_reserved_and_every_penalty_cover_it() {
	run(|| {
		let id = activate(&spareless());
		let fee = Agreements::ruling_fee(&id, &[10]).unwrap();
		assert!(fee > 0);
		assert_eq!(Agreements::reserve(&id), DISPUTE + fee);
		let mut cheap = spareless();
		(cheap.penalty, cheap.nonce) = (DISPUTE + fee - 1, 1);
		let refused = Agreements::propose(origin(alice()), cheap);
		assert_eq!(refused, Err(super::Error::PenaltyTooLow.into()));
	});
}

#[test]
fn one_that_is_silent_without_a_spare_stays_all_the_same() {
	run(|| {
		let id = activate(&spareless());
		assert_ok!(Agreements::open_dispute(&id));
		let closing = Closing {
			absent: vec![10],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(state(id).roster.members.to_vec(), INTERMEDIARIES);
	});
}

#[test]
fn the_least_escrow_is_enough_for_it_besides_the_dispute() {
	run(|| {
		let mut scant = spareless();
		for index in [0, 1] {
			scant.users[index].escrow = least_escrow(&spareless(), index);
		}
		let id = activate(&scant);
		assert_ok!(Agreements::open_dispute(&id));
		let reserve = Agreements::reserve(&id);
		System::reset_events();
		// As much as both can have to pay, by all three.
		close_by(id, &[20], Some(1_000), [reserve, reserve]);
		assert_eq!(rewarded(), [(10, REWARD), (21, REWARD)]);
		let unpaid = |event: &Event<Test>| matches!(event, Event::Unpaid { .. });
		assert!(!events().iter().any(unpaid));
		let phase = Phase::Ended {
			reason: EndReason::EscrowExhausted,
			at: System::block_number(),
		};
		assert_eq!(state(id).phase, phase);
		assert_eq!((state(id).progress.base, state(id).history.count()), (1, 1));
		assert_eq!(state(id).funds.to_vec(), [0, 0]);
	});
}

#[test]
fn after_the_last_block_it_settles_as_long_as_rounds_do() {
	run(|| {
		let id = activate(&spareless());
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		at_block(System::block_number() + ANSWER);
		rule(id, &[20], Some(5));
		assert_eq!(state(id).progress.base, 1);
		assert_eq!(decide(id, &[Some(1)]), 1);
		at_block(System::block_number() + 1);
		assert_eq!(Agreements::ruling_fee(&id, &[21]), None);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_ok!(forget(id));
	});
}

/// Else who is wrong, and knows that the end is near, would only have to take its time.
#[test]
fn a_dispute_that_lasts_beyond_that_is_ruled_on_all_the_same() {
	for (terms, convicted) in [(spareless(), 20), (judging(), 10)] {
		run(|| {
			let id = activate(&terms);
			for user in [alice(), bob()] {
				assert_ok!(Agreements::consent_to_end(origin(user), id));
			}
			at_block(System::block_number() + ANSWER);
			assert_ok!(Agreements::open_dispute(&id));
			// A spare could step in as long as rounds settle.
			let spared = convicted == 10;
			assert_eq!(Agreements::ruling_fee(&id, &[convicted]).is_none(), spared);
			at_block(System::block_number() + 8 * ANSWER);
			assert_noop!(
				Agreements::close(origin(alice()), id),
				super::Error::Disputed
			);
			close_by(id, &[convicted], Some(5), [0, 0]);
			assert_eq!(state(id).progress.base, 1);
			let wrong = |(member, _): &(IntermediaryId, _)| *member == convicted;
			assert!(!rewarded().is_empty() && !rewarded().iter().any(wrong));
			assert_ok!(Agreements::close(origin(charlie()), id));
			assert_ok!(forget(id));
		});
	}
	// One that was opened too late is not.
	run(|| {
		let id = activate(&spareless());
		at_block(100 + ANSWER);
		assert_ok!(Agreements::open_dispute(&id));
		assert_ok!(Agreements::close_dispute(&id, &closing()));
		at_block(100 + ANSWER + 1);
		assert!(Agreements::open_dispute(&id).is_err());
		assert_eq!(Agreements::ruling_fee(&id, &[20]), None);
	});
	// Where the chain does not rule, nothing waits for it.
	run(|| {
		let mut other = spareless();
		other.on_failure = OnFailure::GoOn;
		let id = activate(&other);
		at_block(100 + ANSWER);
		assert_ok!(Agreements::open_dispute(&id));
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
	});
}

/// Whoever steps in does not know what the chain did, and needs not.
#[test]
fn spares_step_in_for_those_that_have_one_and_go_on_behind_it() {
	run(|| {
		let id = activate(&judging());
		// Bob has one spare.
		rule(id, &[20, 21], Some(5));
		let roster = state(id).roster;
		assert_eq!(roster.members.to_vec(), [10, 22]);
		assert_eq!((roster.number, roster.since), (1, 1));
		System::reset_events();
		assert_eq!(decide(id, &[Some(3), None]), 1);
		assert_ok!(pay_out(id));
		assert_eq!(rewarded(), [(10, REWARD), (22, REWARD)]);
	});
}

#[test]
fn one_whose_notice_has_run_out_is_paid_for_it_and_leaves() {
	run(|| {
		let mut other = judging();
		other.users[1].spares = Default::default();
		let id = activate(&other);
		assert_ok!(Agreements::resign(origin(operator()), id, 10));
		at_block(System::block_number() + other.limits.notice);
		System::reset_events();
		rule(id, &[20], Some(1));
		assert_eq!(rewarded(), [(10, REWARD), (21, REWARD)]);
		assert_eq!(state(id).roster.members.to_vec(), [11, 21]);
	});
}

/// Else a user could have its spare give notice, wait for that, and have its member lie.
#[test]
fn a_spare_that_leaves_with_the_verdict_is_none() {
	run(|| {
		let id = activate(&judging());
		for spare in [11, 12] {
			assert_ok!(Agreements::resign(origin(operator()), id, spare));
		}
		let due = System::block_number() + judging().limits.notice;
		at_block(due - 1);
		assert_eq!(Agreements::ruling_fee(&id, &[10]), None);
		at_block(due);
		rule(id, &[10], Some(7));
		assert_eq!(state(id).progress.base, 1);
		assert_eq!(rewarded(), [(20, REWARD), (21, REWARD)]);
		let reason = EndReason::Failure;
		assert_eq!(state(id).phase, Phase::Ended { reason, at: due });
	});
	// After the last block no spare leaves, so that one steps in.
	run(|| {
		let id = activate(&judging());
		assert_ok!(Agreements::resign(origin(operator()), id, 22));
		at_block(101);
		assert_ok!(Agreements::open_dispute(&id));
		assert_eq!(Agreements::ruling_fee(&id, &[20]), None);
		let closing = Closing {
			convicted: vec![20],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(state(id).roster.members.to_vec(), [10, 22, 21]);
	});
}

#[test]
fn its_round_takes_the_place_of_the_oldest_one_and_no_joint_key_stays() {
	run(|| {
		let id = activate(&spareless());
		let (key, all) = (joint_key(), [Some(1)]);
		let first = proof_for(Some(key.public()), 0, &INTERMEDIARIES, &id, 0, &all);
		assert_ok!(settle(id, 0, first));
		for window in 1..4 {
			assert_ok!(settle(id, window, joint_proof(&key, 0, &id, window, &all)));
		}
		assert!(JointKeys::<Test>::contains_key(id));
		rule(id, &[20], Some(9));
		let rounds = Agreements::last_rounds(&id).into_iter();
		let first: Vec<_> = rounds.map(|round| round.first).collect();
		assert_eq!(first, [1, 2, 3, 4]);
		assert!(!JointKeys::<Test>::contains_key(id));
	});
}
