//! What a dispute waits for, and for how long.

use super::*;

#[test]
fn a_dispute_waits_for_commitments_reveals_and_the_settlement() {
	let claims = [honest(0, 3), honest(1, 3)];
	let mut docket = opened(2);
	assert_eq!(docket.deadline, OPENED + ANSWER);
	assert_eq!(
		docket.file(claims[0].commit(), OPENED, ANSWER),
		Ok(Effect::None)
	);
	let last = docket.deadline;
	assert_eq!(
		docket.file(claims[1].commit(), last, ANSWER),
		Ok(Effect::Advanced)
	);
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Reveals, last + ANSWER)
	);
	let last = docket.deadline;
	for (claim, effect) in claims.iter().zip([Effect::None, Effect::Advanced]) {
		let filed = docket.file(claim.reveal(set_of(&claims)), last, ANSWER);
		assert_eq!(filed, Ok(effect));
	}
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Settlement, last + ANSWER)
	);
	assert!((0..2).all(|place| !docket.owes(place) && docket.reveal(place).is_some()));
	// There is time to settle before anybody can have it judged.
	assert!(!docket.is_ripe(docket.deadline, false) && docket.is_ripe(last, true));
	assert!(docket.is_ripe(late(&docket), false));
	assert_eq!(judged(&docket), nothing());
	assert_eq!(docket.judge(last, true), nothing());
}

#[test]
fn a_commitment_and_its_reveal_can_come_together() {
	let claims = [honest(0, 3), honest(1, 3)];
	let set = set_of(&claims);
	let mut docket = opened(2);
	// The first one's reveal has to wait.
	file(&mut docket, claims[0].reveal(set)).unwrap();
	assert!(docket.commitment(0).is_some() && docket.reveal(0).is_none());
	assert_eq!(
		file(&mut docket, claims[0].reveal(set)),
		Err(FileError::NotAwaited)
	);
	assert_eq!(
		file(&mut docket, claims[1].reveal(set)),
		Ok(Effect::Advanced)
	);
	assert!(docket.reveal(1).is_some());
	assert_eq!(
		file(&mut docket, claims[1].reveal(set)),
		Err(FileError::NothingNew)
	);
	assert_eq!(
		file(&mut docket, claims[1].commit()),
		Err(FileError::NothingNew)
	);
	file(&mut docket, claims[0].reveal(set)).unwrap();
	assert_eq!(docket.stage, Stage::Settlement);
}

#[test]
fn what_is_not_about_the_round_is_not_filed() {
	let other = |change: fn(&mut Commitment)| {
		let mut commitment = honest(0, 2).commitment();
		change(&mut commitment);
		said(commitment, None)
	};
	let facts = |it: &mut Commitment| it.span.round.version.facts = H256::repeat_byte(1);
	let mut docket = opened(2);
	for (change, error) in [
		(
			(|it| it.span.round.agreement = H256::zero()) as fn(&mut Commitment),
			FileError::OtherRound,
		),
		(|it| it.span.round.roster = 3, FileError::OtherRound),
		(|it| it.span.round.first = 8, FileError::OtherRound),
		(
			|it| it.span.round.version.changes = 4,
			FileError::OtherRound,
		),
		(facts, FileError::OtherRound),
		(|it| it.intermediary = 99, FileError::NotAMember),
		(|it| it.span.end = FIRST, FileError::Unsound),
		(
			|it| it.span.end = FIRST + u64::from(MAX_SPAN) + 1,
			FileError::Unsound,
		),
		(|it| it.before = Some(OTHER_SET), FileError::Unsound),
		(|it| it.span.attempt = 1, FileError::Unsound),
		(
			|it| (it.span.attempt, it.before) = (1, Some(OTHER_SET)),
			FileError::OtherAttempt,
		),
	] {
		assert_eq!(file(&mut docket, other(change)), Err(error));
	}
	assert_eq!(docket, opened(2));
	let now = late(&docket);
	assert_eq!(
		docket.file(honest(0, 2).commit(), now, ANSWER),
		Err(FileError::TooLate)
	);
	assert_eq!(
		contest(&mut docket, &honest(0, 2), &honest(1, 2)),
		Err(FileError::NoConflict)
	);
}

#[test]
fn silence_is_absence_once_the_deadline_has_passed() {
	let mut docket = opened(3);
	file(&mut docket, honest(1, 2).commit()).unwrap();
	assert_eq!(
		docket.judge(docket.deadline, false),
		nothing(),
		"there is still time"
	);
	assert!(!docket.is_ripe(docket.deadline, false) && docket.is_ripe(late(&docket), false));
	assert_eq!(absent(&docket), [id(0), id(2)]);
	assert_eq!(
		[0, 1, 2].map(|place| docket.owes(place)),
		[true, false, true]
	);
	assert!(!docket.owes(3));
	let claims = [honest(0, 2), honest(1, 2)];
	let mut docket = committed(&claims);
	file(&mut docket, claims[0].reveal(set_of(&claims))).unwrap();
	assert_eq!(absent(&docket), [id(1)]);
}

#[test]
fn only_what_opens_a_commitment_and_has_the_set_on_file_is_a_reveal() {
	let claims = [honest(0, 2), honest(1, 2)];
	let mut docket = committed(&claims);
	let mut other = claims[0].reveal(set_of(&claims));
	other.reveal.as_mut().unwrap().secret = [99; 32];
	assert_eq!(file(&mut docket, other), Err(FileError::Unsound));
	let other = claims[0].reveal(OTHER_SET);
	assert_eq!(file(&mut docket, other), Err(FileError::WrongSet));
	assert_eq!(docket.commitments(), set_of(&claims));
	assert_eq!(absent(&docket), [id(0), id(1)]);
}

#[test]
fn the_time_begins_with_the_first_commitment() {
	// Else who lacks messages could not say so if that came in the last block.
	let mut docket = opened(3);
	let last = docket.deadline;
	assert_eq!(
		docket.file(honest(0, 2).commit(), last, ANSWER),
		Ok(Effect::Advanced)
	);
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Commitments, last + ANSWER)
	);
	let second = docket.file(honest(1, 2).commit(), last + 1, ANSWER);
	assert_eq!((second, docket.deadline), (Ok(Effect::None), last + ANSWER));
}

#[test]
fn nobody_has_to_answer_when_the_round_is_over() {
	let claims = [honest(0, 2), inventor(1)];
	let mut contested = committed(&claims);
	narrow(&mut contested, &claims);
	let mut asked = opened(2);
	file(&mut asked, honest(0, 2).commit()).unwrap();
	asked.lack(&lacks(1, FIRST), NEXT, ANSWER).unwrap();
	let agreed = [honest(0, 2), honest(1, 2)];
	for mut docket in [
		opened(2),
		asked,
		contested,
		committed(&agreed),
		revealed(&agreed),
	] {
		for now in [NEXT, late(&docket)] {
			assert!(docket.is_ripe(now, true));
			assert_eq!(docket.judge(now, true), nothing());
		}
		if matches!(docket.stage, Stage::Evidence { .. }) {
			show(&mut docket, &claims[0], NEXT);
			assert_eq!(
				docket.judge(late(&docket), true),
				nothing(),
				"it can be refuted"
			);
			assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
		}
	}
}

#[test]
fn what_nothing_refutes_outlasts_the_round() {
	let claims = [honest(0, 2), miscounter(1)];
	let mut docket = revealed(&claims);
	narrow(&mut docket, &claims);
	show(&mut docket, &claims[0], NEXT);
	assert_eq!(
		docket.judge(NEXT, true).faults,
		[(id(1), Fault::WrongResult)]
	);
	let mut docket = committed(&[honest(0, 2), honest(1, 2)]);
	contest(&mut docket, &honest(1, 2), &again(&honest(1, 2))).unwrap();
	assert_eq!(
		docket.judge(NEXT, true).faults,
		[(id(1), Fault::Equivocation)]
	);
}

#[test]
fn nothing_new_is_said_once_two_members_differ() {
	let mut docket = opened(3);
	for claim in [honest(0, 2), inventor(1)] {
		file(&mut docket, claim.commit()).unwrap();
	}
	assert_eq!(
		file(&mut docket, misled(2).commit()),
		Err(FileError::NotAwaited)
	);
	let lack = docket.lack(&lacks(2, FIRST), NEXT, ANSWER);
	assert_eq!(lack, Err(FileError::NothingNew));
	// But that somebody contradicts itself.
	contest(&mut docket, &honest(2, 2), &misled(2)).unwrap();
	let verdict = judged(&docket);
	assert_eq!(verdict.faults, [(id(2), Fault::Equivocation)]);
	assert_eq!(verdict.absent, [id(0), id(1)], "that is none of the two");
	assert!(!docket.is_ripe(NEXT, false));
}

#[test]
fn a_dispute_lasts_no_longer_than_told() {
	const MEMBERS: usize = 4;
	let windows = 200;
	let mut full: Vec<_> = (0..MEMBERS).map(|place| honest(place, windows)).collect();
	full[2].windows[100].result = Some(-1);
	let mut claims: Vec<_> = (0..MEMBERS).map(|place| honest(place, 150)).collect();
	claims[0] = full[0].clone();
	let mut docket = opened(MEMBERS);
	docket.file(claims[0].commit(), OPENED, ANSWER).unwrap();
	let mut stages = vec![docket.stage];
	let mut now = docket.deadline;
	let mut step = |docket: &mut TestDocket, act: &mut dyn FnMut(&mut TestDocket, u32)| {
		act(docket, now);
		now += ANSWER;
		assert_eq!(docket.deadline, now);
		stages.push(docket.stage);
	};
	let commit = |docket: &mut TestDocket, claims: &mut [Claim], now: u32| {
		for claim in claims.iter_mut() {
			(claim.attempt, claim.before) = (docket.attempt, docket.before);
			if let Some(end) = docket.end {
				claim.windows.truncate((end - FIRST) as usize);
			}
		}
		for claim in claims {
			let _ = docket.file(claim.commit(), now, ANSWER);
		}
	};
	step(&mut docket, &mut |docket, now| {
		commit(docket, &mut claims.clone(), now)
	});
	for place in 1..MEMBERS {
		let window = FIRST + 190 - 10 * place as u64;
		step(&mut docket, &mut |docket, now| {
			docket.lack(&lacks(place, window), now, ANSWER).unwrap();
		});
		step(&mut docket, &mut |docket, now| {
			show(docket, &full[0], now);
		});
	}
	step(&mut docket, &mut |docket, now| {
		commit(docket, &mut full, now)
	});
	step(&mut docket, &mut |docket, now| {
		for claim in &full {
			let _ = docket.file(claim.reveal(set_of(&full)), now, ANSWER);
		}
	});
	for _ in 0..2 {
		step(&mut docket, &mut |docket, now| {
			let Stage::Opening { kind, level } = docket.stage else {
				panic!("{:?}", docket.stage);
			};
			for place in sides(docket) {
				docket
					.open(place, full[place].hashes(kind, level), now, ANSWER)
					.unwrap();
			}
		});
	}
	assert_eq!(docket.window(), Some(FIRST + 100));
	assert_eq!(
		docket.deadline,
		OPENED + (6 + 2 * (MEMBERS as u32 - 1)) * ANSWER
	);
	assert_eq!(stages.len(), 6 + 2 * (MEMBERS - 1));
}

/// Only so is what all have signed the same.
#[test]
fn a_reveal_on_file_is_signed_and_asks_for_nothing() {
	let claims = [honest(0, 3), honest(1, 3)];
	let set = set_of(&claims);
	let mut docket = committed(&claims);
	let with = |assent| {
		let mut said = claims[0].reveal(set);
		said.reveal.as_mut().unwrap().assent = assent;
		said
	};
	let share = codec::Decode::decode(&mut &[1u8; 32][..]).unwrap();
	let asks = Assent::Single {
		key: Some(Default::default()),
		signature: Default::default(),
	};
	for assent in [Assent::Joint(share), asks] {
		assert_eq!(file(&mut docket, with(assent)), Err(FileError::NotSingle));
	}
	assert!(docket.owes(0));
	file(&mut docket, claims[0].reveal(set)).unwrap();
	assert!(!docket.owes(0));
}
