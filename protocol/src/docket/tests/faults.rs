//! Who is found at fault, how and when.

use super::*;

#[test]
fn two_commitments_in_one_attempt_are_an_equivocation() {
	let mut docket = committed(&[honest(0, 2), honest(1, 2)]);
	let deadline = docket.deadline;
	for other in [again(&honest(0, 2)), honest(0, 3), inventor(0), copier(0)] {
		let mut docket = docket.clone();
		assert_eq!(file(&mut docket, other.commit()), Ok(Effect::None));
		assert_eq!((docket.stage, docket.deadline), (Stage::Reveals, deadline));
		assert!(docket.is_ripe(NEXT, false), "no answer changes that");
		assert_eq!(
			docket.judge(NEXT, false).faults,
			[(id(0), Fault::Equivocation)]
		);
		let again = contest(&mut docket, &honest(0, 2), &other);
		assert_eq!(again, Err(FileError::NothingNew));
	}
	let set = set_of(&[honest(0, 2), honest(1, 2)]);
	file(&mut docket, honest(0, 2).reveal(set)).unwrap();
	assert_eq!(
		file(&mut docket, honest(0, 2).reveal(OTHER_SET)),
		Ok(Effect::None)
	);
	assert_eq!(faults(&docket), [(id(0), Fault::Equivocation)]);
}

#[test]
fn a_dispute_can_begin_with_a_contradiction() {
	let own = honest(0, 2);
	let sets = [OTHER_SET, H256::zero()].map(|set| own.reveal(set));
	for [left, right] in [[own.commit(), again(&own).commit()], sets] {
		let mut docket = opened(2);
		assert_eq!(
			docket.contest(left, right, OPENED, ANSWER),
			Ok(Effect::None)
		);
		assert!(docket.is_ripe(OPENED, false));
		assert_eq!(faults(&docket), [(id(0), Fault::Equivocation)]);
	}
	let mut docket = opened(2);
	assert_eq!(
		contest(&mut docket, &own, &inventor(1)),
		Ok(Effect::Advanced)
	);
	assert!(matches!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Data,
			..
		}
	));
	// What two members revealed counts once all have committed.
	let claims = [honest(0, 2), miscounter(1), honest(2, 2)];
	let [left, right] = [0, 1].map(|place| claims[place].reveal(set_of(&claims)));
	let mut docket = opened(3);
	docket
		.contest(left.clone(), right.clone(), OPENED, ANSWER)
		.unwrap();
	assert_eq!(docket.stage, Stage::Commitments);
	file(&mut docket, claims[2].commit()).unwrap();
	docket.contest(left, right, NEXT, ANSWER).unwrap();
	assert!(matches!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Outcomes,
			..
		}
	));
}

#[test]
fn whoever_contradicts_itself_about_another_round_is_proven_wrong_here() {
	let changes = [
		(|it| it.span.round.first = 0) as fn(&mut Commitment),
		|it| it.span.round.version.changes += 1,
		|it| it.span.round.version.facts = H256::repeat_byte(1),
		|it| (it.span.attempt, it.before) = (1, Some(OTHER_SET)),
	];
	for change in changes {
		let [left, right] = [honest(1, 2), again(&honest(1, 2))].map(|claim| {
			let mut commitment = claim.commitment();
			change(&mut commitment);
			said(commitment, None)
		});
		let mut docket = opened(2);
		file(&mut docket, honest(0, 2).commit()).unwrap();
		docket
			.contest(left.clone(), right.clone(), NEXT, ANSWER)
			.unwrap();
		assert!(docket.commitment(1).is_none() && docket.is_ripe(NEXT, false));
		let verdict = docket.judge(NEXT, false);
		assert_eq!(verdict.faults, [(id(1), Fault::Equivocation)]);
		assert_eq!(docket.judge(NEXT, true), verdict);
		let again = docket.contest(left, right, NEXT, ANSWER);
		assert_eq!(again, Err(FileError::NothingNew));
	}
}

#[test]
fn a_contradiction_counts_for_members_of_this_roster_only() {
	let contradict = |change: fn(&mut Commitment)| {
		[honest(1, 2), again(&honest(1, 2))].map(|claim| {
			let mut commitment = claim.commitment();
			change(&mut commitment);
			said(commitment, None)
		})
	};
	for (change, error) in [
		(
			(|it| it.span.round.agreement = H256::zero()) as fn(&mut Commitment),
			FileError::OtherRound,
		),
		(|it| it.span.round.roster += 1, FileError::OtherRound),
		(|it| it.intermediary = 99, FileError::NotAMember),
		(|it| it.span.end = 0, FileError::Unsound),
	] {
		let mut docket = opened(2);
		let [left, right] = contradict(change);
		assert_eq!(docket.contest(left, right, OPENED, ANSWER), Err(error));
		assert_eq!(docket, opened(2));
	}
	let mut docket = opened(2);
	let [left, right] = contradict(|_| ());
	let now = late(&docket);
	assert_eq!(
		docket.contest(left, right, now, ANSWER),
		Err(FileError::TooLate)
	);
}

#[test]
fn a_window_that_nobody_can_show_is_wrong() {
	let claims = [honest(0, 2), inventor(1)];
	let mut docket = committed(&claims);
	assert_eq!(narrow(&mut docket, &claims), FIRST + 1);
	assert_eq!(absent(&docket), [id(0), id(1)], "nobody has shown either");
	assert!(claims.iter().all(|claim| may_show(&docket, claim, NEXT)));
	assert!(!may_show(&docket, &claims[0], late(&docket)));
	show(&mut docket, &claims[0], NEXT);
	assert!(!may_show(&docket, &claims[0], NEXT), "it was shown");
	let now = docket.deadline;
	assert!(
		!docket.is_ripe(now, false),
		"the other one can still be shown"
	);
	assert_eq!(docket.judge(now, false), nothing());
	assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
	assert_eq!(
		docket.show(claims[0].windows[1].clone(), now, ANSWER),
		Effect::None
	);
	assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
}

#[test]
fn of_two_windows_that_were_shown_neither_is_wrong() {
	let claims = [honest(0, 2), misled(1)];
	let mut docket = committed(&claims);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[0], NEXT);
	let now = docket.deadline;
	show(&mut docket, &claims[1], now);
	assert!(docket.is_ripe(now, false) && !may_show(&docket, &claims[1], now));
	let verdict = judged(&docket);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	assert!(verdict.sensor_at_fault);
}

#[test]
fn a_window_that_was_not_shown_in_time_is_not_wrong_if_a_sensor_is() {
	let claims = [honest(0, 2), misled(1)];
	let mut docket = committed(&claims);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[1], NEXT);
	assert_eq!(faults(&docket), [(id(0), Fault::WrongWindow)]);
	// Member 0 did not come to the end, but far enough.
	docket.expose(3);
	let verdict = judged(&docket);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	assert!(verdict.sensor_at_fault);
}

#[test]
fn a_window_that_lacks_messages_for_good_is_known_without_being_shown() {
	let right = claim(0, 2, |it| it.windows[1] = Shown::dead());
	for (liars, wrong) in [
		([honest(1, 2), right.clone()], vec![id(1)]),
		([honest(1, 2), inventor(2)], vec![id(1), id(2)]),
	] {
		let mut docket = opened(3);
		let [left, mut other] = liars;
		other.place = 2;
		file(&mut docket, left.commit()).unwrap();
		file(&mut docket, other.commit()).unwrap();
		let claims = [right.clone(), left.clone(), other];
		narrow(&mut docket, &claims);
		assert_eq!(docket.show(Shown::dead(), NEXT, ANSWER), Effect::None);
		assert!(!may_show(&docket, &left, NEXT) && docket.is_ripe(NEXT, false));
		for over in [false, true] {
			let verdict = docket.judge(NEXT, over);
			let faulty = verdict.faults.iter().map(|(member, _)| *member);
			assert!(faulty.eq(wrong.iter().copied()) && verdict.absent.is_empty());
		}
	}
}

#[test]
fn whoever_has_the_claim_of_a_side_shares_its_lot() {
	let claims = [honest(0, 2), inventor(1), inventor(2)];
	let mut docket = opened(3);
	for place in [2, 1, 0] {
		file(&mut docket, claims[place].commit()).unwrap();
	}
	assert_eq!(sides(&docket), [0, 1]);
	narrow(&mut docket, &claims);
	assert_eq!(docket.claim(2), docket.claim(1));
	assert_eq!(absent(&docket), [id(0), id(1), id(2)]);
	show(&mut docket, &claims[0], NEXT);
	let wrong = [id(1), id(2)].map(|member| (member, Fault::WrongWindow));
	assert_eq!(faults(&docket), wrong);
}

#[test]
fn a_root_without_its_window_is_no_possession() {
	let claims = [honest(0, 2), copier(1), honest(2, 2)];
	let mut docket = committed(&claims);
	docket
		.challenge(&claims[0].challenge(1), NEXT, ANSWER)
		.unwrap();
	assert_eq!(absent(&docket), [id(0), id(1)]);
	narrow(&mut docket, &claims);
	assert_eq!(
		absent(&docket),
		[id(0), id(1)],
		"the third has nothing to do with it"
	);
	// Whoever has the window can show it.
	assert!(may_show(&docket, &claims[0], NEXT));
	show(&mut docket, &claims[2], NEXT);
	assert!(docket.is_ripe(NEXT, false));
	assert_eq!(
		docket.judge(NEXT, false).faults,
		[(id(1), Fault::FalsePossession)]
	);
}

#[test]
fn another_outcome_than_the_windows_is_wrong() {
	for members in [2, 3] {
		let claims = [honest(0, 2), miscounter(1), miscounter(2)];
		let claims = &claims[..members];
		let mut docket = revealed(&claims[..2]);
		if members == 3 {
			// The third one has revealed the wrong outcome first.
			docket = committed(claims);
			for place in [2, 1, 0] {
				file(&mut docket, claims[place].reveal(set_of(claims))).unwrap();
			}
		}
		narrow(&mut docket, claims);
		assert!(!docket.is_ripe(NEXT, false));
		show(&mut docket, &claims[0], NEXT);
		assert!(docket.is_ripe(NEXT, false));
		let wrong = (1..members).map(|place| (id(place), Fault::WrongResult));
		assert!(docket.judge(NEXT, false).faults.into_iter().eq(wrong));
	}
}

#[test]
fn who_showed_something_else_shows_no_more_but_others_with_its_windows_do() {
	let claims = [honest(0, 2), inventor(1), honest(2, 2)];
	let mut docket = opened(3);
	for place in [0, 2, 1] {
		file(&mut docket, claims[place].commit()).unwrap();
	}
	narrow(&mut docket, &claims);
	docket.mislead(0);
	assert!(docket.has_misled(0) && !docket.has_misled(2));
	assert!(!may_show(&docket, &claims[0], NEXT) && may_show(&docket, &claims[2], NEXT));
	show(&mut docket, &claims[2], NEXT);
	assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
}

#[test]
fn nobody_answers_to_who_contradicted_itself() {
	let claims = [honest(0, 2), inventor(1)];
	for opens in [false, true] {
		let mut docket = committed(&claims);
		if opens {
			narrow(&mut docket, &claims);
			// Not even for a window that others have shown.
			show(&mut docket, &claims[1], NEXT);
		}
		contest(&mut docket, &claims[1], &again(&claims[1])).unwrap();
		assert!(docket.is_ripe(NEXT, false));
		assert_eq!(faults(&docket), [(id(1), Fault::Equivocation)]);
	}
}
