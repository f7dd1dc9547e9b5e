//! What may settle by the chain's own word.

use super::*;
use syngraph_primitives::Ruling;

/// What the chain says of the first window, if sensors signed it as it is.
fn ruled() -> Option<Ruling> {
	let window = genuine(FIRST);
	Some(Ruling {
		outcome: window.result,
		data_root: root_of([window.root]),
	})
}

/// One that gets something else from the first of two windows.
fn miscounter_of_first(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[0].result = Some(99))
}

/// One of two windows, who made up the first.
fn inventor_of_first(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[0] = invented(FIRST))
}

/// The ruling of a verdict before the deadline, and after it.
fn rulings(docket: &TestDocket) -> [Option<Ruling>; 2] {
	[NEXT, late(docket)].map(|now| docket.ruling(&docket.judge(now, false)))
}

#[test]
fn an_outcome_that_refutes_a_member_may_settle() {
	let claims = [honest(0, 2), miscounter_of_first(1), honest(2, 2)];
	let mut docket = revealed(&claims);
	assert_eq!(narrow(&mut docket, &claims), FIRST);
	assert_eq!(rulings(&docket), [None, None], "nothing was shown");
	show(&mut docket, &claims[0], NEXT);
	assert_eq!(faults(&docket), [(id(1), Fault::WrongResult)]);
	assert_eq!(rulings(&docket), [ruled(), ruled()]);
	// Nor does it help to contradict oneself as well.
	contest(&mut docket, &claims[1], &again(&claims[1])).unwrap();
	assert_eq!(faults(&docket), [(id(1), Fault::Equivocation)]);
	assert_eq!(rulings(&docket), [ruled(), ruled()]);
}

#[test]
fn so_may_one_by_which_a_root_was_copied() {
	let copier = claim(1, 2, |it| it.windows[0].digest = H256::zero());
	let claims = [honest(0, 2), copier];
	let mut docket = committed(&claims);
	docket
		.challenge(&claims[0].challenge(1), NEXT, ANSWER)
		.unwrap();
	assert_eq!(narrow(&mut docket, &claims), FIRST);
	show(&mut docket, &claims[0], NEXT);
	assert_eq!(faults(&docket), [(id(1), Fault::FalsePossession)]);
	assert_eq!(rulings(&docket), [ruled(), ruled()]);
}

#[test]
fn a_later_window_does_not_settle_alone() {
	let claims = [honest(0, 2), miscounter(1)];
	let mut docket = revealed(&claims);
	assert_eq!(narrow(&mut docket, &claims), FIRST + 1);
	show(&mut docket, &claims[0], NEXT);
	assert_eq!(faults(&docket), [(id(1), Fault::WrongResult)]);
	assert_eq!(rulings(&docket), [None, None]);
}

#[test]
fn of_data_nothing_settles_as_long_as_another_window_can_be_shown() {
	let claims = [honest(0, 2), inventor_of_first(1)];
	let mut docket = committed(&claims);
	assert_eq!(narrow(&mut docket, &claims), FIRST);
	show(&mut docket, &claims[0], NEXT);
	assert_eq!(rulings(&docket), [None, ruled()]);
	let signed_twice = claim(1, 2, |it| it.windows[0] = second(FIRST));
	let claims = [honest(0, 2), signed_twice];
	let mut docket = committed(&claims);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[0], NEXT);
	show(&mut docket, &claims[1], NEXT);
	assert_eq!(rulings(&docket), [None, None]);
}

/// Otherwise two accomplices could have something settle that a sensor signed for them alone.
#[test]
fn of_data_nothing_settles_that_somebody_has_not_committed_to() {
	let claims = [honest(0, 2), inventor_of_first(1), honest(2, 2)];
	for (order, expected) in [([0, 2, 1], ruled()), ([0, 1, 2], None)] {
		let mut docket = opened(3);
		for place in order {
			if docket.stage == Stage::Commitments {
				file(&mut docket, claims[place].commit()).unwrap();
			}
		}
		assert_eq!(narrow(&mut docket, &claims), FIRST);
		show(&mut docket, &claims[0], NEXT);
		assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
		assert_eq!(rulings(&docket), [None, expected]);
	}
}

#[test]
fn what_lacks_messages_for_good_may_settle_as_null() {
	let right = claim(0, 2, |it| it.windows[0] = Shown::dead());
	let claims = [right, honest(1, 2)];
	let mut docket = committed(&claims);
	assert_eq!(narrow(&mut docket, &claims), FIRST);
	assert_eq!(docket.show(Shown::dead(), NEXT, ANSWER), Effect::None);
	let ruled = Some(Ruling {
		outcome: None,
		data_root: root_of([H256::zero()]),
	});
	assert_eq!(rulings(&docket), [ruled, ruled]);
}

#[test]
fn silence_and_contradictions_decide_no_window() {
	let mut docket = opened(2);
	file(&mut docket, honest(0, 2).commit()).unwrap();
	assert_eq!(rulings(&docket), [None, None]);
	contest(&mut docket, &honest(1, 2), &again(&honest(1, 2))).unwrap();
	assert_eq!(rulings(&docket), [None, None]);
}
