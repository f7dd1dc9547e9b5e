//! Members that differ about nothing, to win time or to cover each other.

use super::*;

/// Two members that made up different windows, and an honest one.
fn inventors() -> [Claim; 3] {
	let other = claim(1, 2, |it| it.windows[1] = invented(99));
	[inventor(0), other, honest(2, 2)]
}

#[test]
fn of_two_that_differ_one_fails_at_least() {
	let claims = inventors();
	let mut docket = opened(3);
	contest(&mut docket, &claims[0], &claims[1]).unwrap();
	assert_eq!(absent(&docket), [id(0), id(1)]);
	narrow(&mut docket, &claims);
	assert_eq!(absent(&docket), [id(0), id(1)]);
	assert_eq!(docket.judge(docket.deadline, false), nothing());
	docket.expose(0);
	assert!(absent(&docket).is_empty(), "its owner bears it");
}

#[test]
fn a_third_member_owes_nothing_when_two_differ() {
	let [left, right, _] = inventors();
	let mut docket = opened(3);
	let short = claim(2, 1, |_| ());
	for claim in [&short, &left, &right] {
		file(&mut docket, claim.commit()).unwrap();
	}
	assert_eq!(absent(&docket), [id(0), id(1)]);
	narrow(&mut docket, &[left, right]);
	assert_eq!((docket.claim(2), docket.owes(2)), (None, false));
	assert_eq!(absent(&docket), [id(0), id(1)]);
}

#[test]
fn a_challenge_among_accomplices_costs_one_of_them() {
	let claims = [copier(0), honest(1, 2), honest(2, 2)];
	let mut docket = committed(&claims);
	docket
		.challenge(&claims[0].challenge(1), NEXT, ANSWER)
		.unwrap();
	assert_eq!(absent(&docket), [id(0), id(1)]);
	narrow(&mut docket, &claims);
	assert_eq!(absent(&docket), [id(0), id(1)]);
	show(&mut docket, &claims[2], NEXT);
	assert_eq!(faults(&docket), [(id(0), Fault::FalsePossession)]);
}

#[test]
fn two_outcomes_that_are_both_wrong_are_both_refuted() {
	let other = claim(2, 2, |it| it.windows[1].result = Some(98));
	let claims = [honest(0, 2), miscounter(1), other];
	let mut docket = committed(&claims);
	for place in [1, 2] {
		file(&mut docket, claims[place].reveal(set_of(&claims))).unwrap();
	}
	// What others have not revealed yet, they need not any more.
	assert_eq!(absent(&docket), [id(1), id(2)]);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[0], NEXT);
	let wrong = [id(1), id(2)].map(|member| (member, Fault::WrongResult));
	assert_eq!(faults(&docket), wrong);
}

#[test]
fn who_contradicts_itself_for_another_pays_for_it() {
	// Member 1 would be absent; its accomplice ends the dispute.
	let mut docket = opened(3);
	file(&mut docket, honest(0, 2).commit()).unwrap();
	contest(&mut docket, &honest(2, 2), &again(&honest(2, 2))).unwrap();
	assert_eq!(faults(&docket), [(id(2), Fault::Equivocation)]);
	// But it does not help one that differs from an honest member.
	let claims = [honest(0, 2), miscounter(1), honest(2, 2)];
	let mut docket = revealed(&claims);
	contest(&mut docket, &honest(2, 2), &again(&honest(2, 2))).unwrap();
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[0], NEXT);
	let wrong = [(id(1), Fault::WrongResult), (id(2), Fault::Equivocation)];
	assert_eq!(faults(&docket), wrong);
}

#[test]
fn who_contradicts_itself_saves_nobody_with_the_same_tree() {
	let contradict = |docket: &mut TestDocket, claim: &Claim| {
		contest(docket, claim, &again(claim)).unwrap();
	};
	for (lie, fault) in [
		(inventor as fn(usize) -> Claim, Fault::WrongWindow),
		(miscounter, Fault::WrongResult),
	] {
		// Before their tree was opened, and when it is known in which window it is wrong.
		for opens in [false, true] {
			let claims = [lie(0), lie(1), honest(2, 2), lie(3)];
			let mut docket = revealed_by(&claims, &[0, 1, 3, 2]);
			assert_eq!(sides(&docket), [0, 2]);
			if opens {
				narrow(&mut docket, &claims);
			}
			let before = (docket.stage, docket.deadline);
			contradict(&mut docket, &claims[0]);
			assert_eq!((docket.stage, docket.deadline), before);
			assert!(!docket.is_ripe(NEXT, false) && docket.owes(1) && docket.owes(3));
			narrow(&mut docket, &claims);
			show(&mut docket, &claims[2], NEXT);
			let wrong = [(id(0), Fault::Equivocation), (id(1), fault), (id(3), fault)];
			assert_eq!(faults(&docket), wrong);
		}
	}
	// If nobody else has it, there is nobody to be held to it.
	let claims = [inventor(0), inventor(1), honest(2, 2)];
	let mut docket = revealed_by(&claims, &[0, 1, 2]);
	contradict(&mut docket, &claims[0]);
	assert!(!docket.is_ripe(NEXT, false));
	contradict(&mut docket, &claims[1]);
	assert!(docket.is_ripe(NEXT, false));
	let wrong = [0, 1].map(|place| (id(place), Fault::Equivocation));
	assert_eq!(faults(&docket), wrong);
}

#[test]
fn who_contradicts_itself_takes_nothing_from_an_honest_member_with_the_same_tree() {
	let claims = [honest(0, 2), inventor(1), honest(2, 2)];
	let mut docket = revealed_by(&claims, &[0, 2, 1]);
	assert_eq!(sides(&docket), [0, 1]);
	contest(&mut docket, &claims[0], &again(&claims[0])).unwrap();
	assert_eq!(docket.deadline, NEXT + ANSWER);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[2], NEXT);
	let wrong = [(id(0), Fault::Equivocation), (id(1), Fault::WrongWindow)];
	assert_eq!(faults(&docket), wrong);
}

/// A dispute in which these commit in an order, and then reveal in it, until two differ.
fn revealed_by(claims: &[Claim], order: &[usize]) -> TestDocket {
	let (mut docket, set) = (opened(claims.len()), set_of(claims));
	for place in order {
		if docket.stage == Stage::Commitments {
			file(&mut docket, claims[*place].commit()).unwrap();
		}
	}
	for place in order {
		if docket.stage == Stage::Reveals {
			file(&mut docket, claims[*place].reveal(set)).unwrap();
		}
	}
	docket
}

#[test]
fn a_commitment_in_the_last_block_takes_no_time_from_others() {
	let last = OPENED + ANSWER;
	for (other, stage) in [
		(honest(1, 2), Stage::Reveals),
		(honest(1, 3), Stage::Commitments),
		(
			inventor(1),
			Stage::Opening {
				kind: Kind::Data,
				level: Level::Leaves { block: 0 },
			},
		),
	] {
		let mut docket = opened(2);
		docket.file(honest(0, 2).commit(), OPENED, ANSWER).unwrap();
		docket.file(other.commit(), last, ANSWER).unwrap();
		assert_eq!((docket.stage, docket.deadline), (stage, last + ANSWER));
	}
}
