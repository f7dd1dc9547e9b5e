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
