//! Ranges that differ, and the attempts that follow.

use super::*;

/// The claim in the attempt that a docket is at, about the range of that.
fn anew(docket: &TestDocket, place: usize) -> Claim {
	let mut claim = honest(place, docket.end.unwrap() - FIRST);
	(claim.attempt, claim.before) = (docket.attempt, docket.before);
	claim.secret = [docket.attempt + 50; 32];
	claim
}

#[test]
fn if_ranges_differ_that_of_the_leader_counts() {
	for leader in 0..3u8 {
		let claims = [honest(0, 3), honest(1, 5), honest(2, 4)];
		let mut docket = opened(3);
		docket.leader = leader;
		for claim in &claims {
			docket
				.file(claim.commit(), OPENED + ANSWER, ANSWER)
				.unwrap();
		}
		assert_eq!((docket.stage, docket.attempt), (Stage::Commitments, 1));
		assert_eq!(docket.deadline, OPENED + 2 * ANSWER);
		assert_eq!(docket.end, Some(claims[usize::from(leader)].span().end));
		assert_eq!(docket.before, Some(set_of(&claims)));
		assert!((0..3).all(|place| docket.commitment(place).is_none()));
		assert_eq!(absent(&docket), [id(0), id(1), id(2)]);
		for place in 0..3 {
			let claim = anew(&docket, place);
			file(&mut docket, claim.commit()).unwrap();
		}
		assert_eq!(docket.stage, Stage::Reveals);
	}
}

#[test]
fn another_attempt_takes_its_own_range_from_where_it_begins() {
	let mut docket = committed(&[honest(0, 3), honest(1, 5)]);
	for change in [
		|it: &mut Claim| it.windows.truncate(2),
		|it: &mut Claim| it.windows.push(genuine(FIRST + 3)),
		|it: &mut Claim| it.before = Some(OTHER_SET),
		|it: &mut Claim| it.attempt = 2,
		|it: &mut Claim| (it.attempt, it.before) = (0, None),
	] {
		let mut other = anew(&docket, 0);
		change(&mut other);
		assert_eq!(
			file(&mut docket, other.commit()),
			Err(FileError::OtherAttempt)
		);
	}
}

#[test]
fn who_cannot_begin_from_what_is_on_file_holds_what_proves_why() {
	let claims = [honest(0, 3), honest(1, 5)];
	let mut docket = committed(&claims);
	// Member 0 heard another one, and has committed in the second attempt.
	let heard = again(&claims[1]);
	let mut bound = anew(&docket, 0);
	bound.before = Some(set_of(&[claims[0].clone(), heard.clone()]));
	assert_eq!(
		file(&mut docket, bound.commit()),
		Err(FileError::OtherAttempt)
	);
	let now = docket.deadline;
	docket
		.contest(claims[1].commit(), heard.commit(), now, ANSWER)
		.unwrap();
	assert!(docket.is_ripe(now, false));
	for now in [now, late(&docket)] {
		let verdict = docket.judge(now, false);
		assert_eq!(verdict.faults, [(id(1), Fault::Equivocation)]);
		assert!(verdict.absent.is_empty());
	}
	// Neither is it held to both.
	let mut other = anew(&docket, 0);
	other.secret = bound.secret;
	assert_eq!(
		file(&mut docket, other.commit()),
		Err(FileError::NotAwaited)
	);
}

#[test]
fn who_revealed_with_another_set_holds_what_proves_why() {
	let claims = [honest(0, 3), honest(1, 3)];
	let mut docket = committed(&claims);
	let heard = again(&claims[1]);
	let set = set_of(&[claims[0].clone(), heard.clone()]);
	assert_eq!(
		file(&mut docket, claims[0].reveal(set)),
		Err(FileError::WrongSet)
	);
	file(&mut docket, heard.commit()).unwrap();
	assert_eq!(faults(&docket), [(id(1), Fault::Equivocation)]);
}

#[test]
fn a_lack_in_the_first_attempt_skips_the_second() {
	// Members may have committed in that already.
	let mut docket = opened(3);
	file(&mut docket, honest(0, 3).commit()).unwrap();
	docket.lack(&lacks(1, FIRST + 1), NEXT, ANSWER).unwrap();
	show(&mut docket, &honest(0, 3), NEXT);
	assert_eq!((docket.attempt, docket.end), (2, Some(FIRST + 2)));
	assert_eq!(docket.before, Some(set_of(&[honest(0, 3)])));
}

#[test]
fn lacks_shorten_the_range_again_and_again() {
	let mut docket = opened(4);
	let full = honest(0, 9);
	file(&mut docket, full.commit()).unwrap();
	for (place, window, attempt) in [(1, 7, 2), (2, 4, 3), (3, 2, 4)] {
		docket
			.lack(&lacks(place, FIRST + window), NEXT, ANSWER)
			.unwrap();
		// Who had them owes them, whatever it has said in this attempt.
		assert!(docket.asked().eq([id(0)]));
		assert_eq!(show(&mut docket, &full, NEXT), Effect::Advanced);
		assert_eq!(
			(docket.stage, docket.attempt),
			(Stage::Commitments, attempt)
		);
		assert_eq!(docket.end, Some(FIRST + window + 1));
	}
	let again = docket.lack(&lacks(3, FIRST + 1), NEXT, ANSWER);
	assert_eq!(again, Err(FileError::NothingNew), "each lacks once");
	for place in 0..4 {
		let claim = anew(&docket, place);
		file(&mut docket, claim.commit()).unwrap();
	}
	assert_eq!(docket.stage, Stage::Reveals);
	assert!(docket.lackers().eq([id(1), id(2), id(3)]));
}

#[test]
fn nobody_lacks_what_was_shown_or_what_it_had() {
	let mut docket = opened(3);
	let full = honest(0, 9);
	for claim in [&full, &honest(1, 3)] {
		file(&mut docket, claim.commit()).unwrap();
	}
	docket.lack(&lacks(2, FIRST + 5), NEXT, ANSWER).unwrap();
	show(&mut docket, &full, NEXT);
	for (window, error) in [
		(5, Err(FileError::NothingNew)),
		(6, Err(FileError::NothingNew)),
		(2, Err(FileError::NothingNew)),
		(3, Ok(1)),
	] {
		let lack = docket.check_lack(&lacks(1, FIRST + window), NEXT);
		assert_eq!(lack, error, "{window}");
	}
}

#[test]
fn the_leader_owes_what_it_committed_to_before_it_commits_again() {
	// It could else put its commitment on file in the last block, and nobody could say that it lacks anything.
	let claims = [honest(0, 5), honest(1, 3)];
	let mut docket = committed(&claims);
	assert_eq!((docket.attempt, docket.end), (1, Some(FIRST + 5)));
	let now = docket.deadline;
	let lack = docket.lack(&lacks(1, FIRST + 3), now, ANSWER);
	assert_eq!(lack, Ok(Effect::Questioned));
	assert!(docket.asked().eq([id(0)]));
	assert_eq!(absent(&docket), [id(0)]);
	assert!(may_show(&docket, &claims[0], now));
}

#[test]
fn attempts_of_another_branch_are_not_held_against_anybody() {
	let mut docket = committed(&[honest(0, 5), honest(1, 3)]);
	docket.lack(&lacks(1, FIRST + 3), NEXT, ANSWER).unwrap();
	show(&mut docket, &honest(0, 5), NEXT);
	assert_eq!(docket.attempt, 2);
	let own = anew(&docket, 0);
	let mut longer = own.clone();
	longer.windows.push(genuine(FIRST + 4));
	let other = Claim {
		before: Some(OTHER_SET),
		..own.clone()
	};
	for elsewhere in [longer, other] {
		let both = contest(&mut docket, &own, &elsewhere);
		assert_eq!(both, Err(FileError::NoConflict));
	}
	contest(&mut docket, &own, &again(&own)).unwrap();
	assert_eq!(faults(&docket), [(id(0), Fault::Equivocation)]);
}
