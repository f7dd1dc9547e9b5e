//! Who is found at fault, how and when.

use super::*;

#[test]
fn two_statements_of_one_sort_are_an_equivocation() {
	let other = claim(0, |claim| claim.secret = [99; 32]);
	let mut docket = opened(2, OPENED);
	file(&mut docket, honest(0).commit()).unwrap();
	file(&mut docket, honest(1).commit()).unwrap();
	let second = docket.file(other.commit(), None, OPENED + 3, ANSWER);
	assert_eq!(second, Ok(Effect::Contested));
	assert_eq!(
		(docket.stage, docket.deadline),
		(Stage::Evidence, OPENED + 3 + ANSWER)
	);
	assert!(docket.is_ripe(OPENED + 3, false), "no answer changes that");
	let verdict = docket.judge(OPENED + 3, false);
	assert_eq!(verdict.faults, [(id(0), Fault::Equivocation)]);
	assert!(verdict.reopen && verdict.absent.is_empty());
	assert_eq!(
		docket.contest(honest(0).commit(), other.commit(), OPENED + 3, ANSWER),
		Err(FileError::NothingNew)
	);
}

#[test]
fn a_dispute_can_begin_with_a_contradiction() {
	let set = H256::zero();
	let other = claim(0, |claim| claim.secret = [99; 32]);
	let richer = claim(1, |claim| claim.window = SECOND);
	for (left, right, fault) in [
		(
			honest(0).commit(),
			other.commit(),
			Some(Fault::Equivocation),
		),
		(
			honest(0).reveal(set),
			honest(0).reveal(OTHER_SET),
			Some(Fault::Equivocation),
		),
		(
			honest(0).reveal(set),
			honest(0).assent(OTHER_SET),
			Some(Fault::Equivocation),
		),
		(
			honest(0).commit(),
			other.reveal(set),
			Some(Fault::FalseReveal),
		),
		(honest(0).commit(), richer.commit(), None),
		(honest(0).reveal(set), richer.reveal(set), None),
	] {
		let mut docket = opened(2, OPENED);
		let effect = docket.contest(left, right, OPENED, ANSWER);
		assert_eq!(effect, Ok(Effect::Contested));
		assert_eq!(docket.deadline, OPENED + ANSWER);
		let expected: Vec<_> = fault.map(|fault| (id(0), fault)).into_iter().collect();
		assert_eq!(faults(&docket), expected);
	}
}

#[test]
fn a_window_that_nobody_can_show_is_wrong() {
	let liar = claim(1, |claim| claim.window = INVENTED);
	let mut docket = committed(&[honest(0), liar]);
	assert_eq!(docket.stage, Stage::Evidence);
	let may_show = |docket: &TestDocket, window: Shown, place: usize, now: u32| {
		docket.may_show(&window.root, place, now)
	};
	assert!(may_show(&docket, GENUINE, 0, OPENED + 2));
	assert!(may_show(&docket, INVENTED, 1, OPENED + 2));
	assert!(
		!may_show(&docket, INVENTED, 0, OPENED + 2),
		"it is another's"
	);
	assert!(!may_show(&docket, GENUINE, 0, late(&docket)));
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert!(!may_show(&docket, GENUINE, 0, OPENED + 2), "it was shown");
	let now = docket.deadline;
	assert!(
		!docket.is_ripe(now, false),
		"the other one can still be shown"
	);
	assert!(docket.judge(now, false).faults.is_empty());
	assert_eq!(faults(&docket), [(id(1), Fault::WrongWindow)]);
}

#[test]
fn of_two_windows_that_were_shown_neither_is_wrong() {
	let second = claim(1, |claim| claim.window = SECOND);
	let mut docket = committed(&[honest(0), second]);
	docket.show(GENUINE, OPENED + 2, ANSWER);
	docket.show(SECOND, docket.deadline, ANSWER);
	let verdict = docket.judge(late(&docket), false);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	assert!(verdict.sensor_at_fault && !verdict.reopen);
}

#[test]
fn two_windows_are_enough_to_prove_a_sensor_wrong() {
	let claims = [
		honest(0),
		claim(1, |claim| claim.window = SECOND),
		claim(2, |claim| claim.window = INVENTED),
	];
	let mut docket = opened(3, OPENED);
	for claim in &claims {
		file(&mut docket, claim.commit()).unwrap();
	}
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert!(docket.may_show(&INVENTED.root, 2, OPENED + 2));
	docket.show(SECOND, OPENED + 2, ANSWER);
	assert!(!docket.may_show(&INVENTED.root, 2, OPENED + 2));
	let before = docket.clone();
	assert_eq!(docket.show(INVENTED, OPENED + 2, ANSWER), Effect::None);
	assert_eq!(docket, before);
	assert!(faults(&docket).is_empty());
}

#[test]
fn a_window_that_was_not_shown_in_time_is_not_wrong_if_a_sensor_is() {
	let second = claim(1, |claim| claim.window = SECOND);
	let mut docket = committed(&[honest(0), second]);
	docket.show(SECOND, OPENED + 2, ANSWER);
	assert_eq!(faults(&docket), [(id(0), Fault::WrongWindow)]);
	// Member 0 did not come to the end, but far enough.
	docket.expose(3);
	docket.expose(5);
	let verdict = docket.judge(late(&docket), false);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
	assert!(verdict.sensor_at_fault && !verdict.reopen);
	assert_eq!(docket.sensor, Some(3), "the first one that was found out");
}

#[test]
fn a_sensor_at_fault_excuses_no_other_lie() {
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = committed(&[honest(0), copied, claim(2, |c| c.window = SECOND)]);
	docket.show(GENUINE, OPENED + 2, ANSWER);
	docket.expose(0);
	assert_eq!(faults(&docket), [(id(1), Fault::FalsePossession)]);
}

/// A statement about another window of the agreement, or another version of its sources.
fn elsewhere(claim: &Claim, window: WindowIndex, version: SourceVersion) -> SignedStatement {
	let mut commitment = claim.commitment();
	(commitment.window, commitment.version) = (window, version);
	sign(Statement::Commit(commitment))
}

#[test]
fn whoever_contradicts_itself_about_another_window_is_proven_wrong_here() {
	let other = claim(1, |claim| claim.secret = [99; 32]);
	for (window, version) in [
		(WINDOW + 1, VERSION),
		(0, SourceVersion::bare(0)),
		(WINDOW, LATER),
		(WINDOW, FORKED),
	] {
		let contradiction = [&honest(1), &other].map(|claim| elsewhere(claim, window, version));
		let [left, right] = contradiction;
		let mut docket = opened(2, OPENED);
		file(&mut docket, honest(0).commit()).unwrap();
		let effect = docket.contest(left.clone(), right.clone(), OPENED + 1, ANSWER);
		assert_eq!(effect, Ok(Effect::Contested));
		assert_eq!(docket.testimonies[1].said, Default::default());
		assert!(docket.is_ripe(OPENED + 1, false));
		let verdict = docket.judge(OPENED + 1, false);
		assert_eq!(verdict.faults, [(id(1), Fault::Equivocation)]);
		assert!(verdict.reopen);
		assert_eq!(docket.judge(OPENED + 1, true).faults, verdict.faults);
		assert_eq!(docket.dismissal().faults, verdict.faults);
		let again = docket.contest(left, right, OPENED + 1, ANSWER);
		assert_eq!(again, Err(FileError::NothingNew));
	}
}

#[test]
fn a_contradiction_counts_for_members_of_this_roster_only() {
	let contradict = |change: fn(&mut Commitment)| {
		[[1; 32], [2; 32]].map(|secret| {
			let mut commitment = claim(1, |claim| claim.secret = secret).commitment();
			commitment.window = 0;
			change(&mut commitment);
			sign(Statement::Commit(commitment))
		})
	};
	for (change, error) in [
		(
			(|c| c.agreement = H256::zero()) as fn(&mut Commitment),
			FileError::OtherRound,
		),
		(|c| c.roster += 1, FileError::OtherRound),
		(|c| c.intermediary = 99, FileError::NotAMember),
	] {
		let mut docket = opened(2, OPENED);
		let [left, right] = contradict(change);
		let before = docket.clone();
		assert_eq!(docket.contest(left, right, OPENED, ANSWER), Err(error));
		assert_eq!(docket, before);
	}
	let mut docket = opened(2, OPENED);
	let [left, right] = contradict(|_| ());
	let now = late(&docket);
	let effect = docket.contest(left, right, now, ANSWER);
	assert_eq!(effect, Err(FileError::TooLate));
}

#[test]
fn members_that_contradict_each_other_about_another_window_prove_nothing_here() {
	let second = claim(1, |claim| claim.window = SECOND);
	for (window, version) in [(WINDOW + 1, VERSION), (WINDOW, LATER), (WINDOW, FORKED)] {
		let mut docket = opened(2, OPENED);
		let contradiction = [&honest(0), &second].map(|claim| elsewhere(claim, window, version));
		let [left, right] = contradiction;
		let effect = docket.contest(left, right, OPENED, ANSWER);
		assert_eq!(effect, Err(FileError::OtherRound));
	}
}

#[test]
fn it_is_seen_whether_anything_on_file_called_for_the_messages() {
	let agreed = [honest(0), honest(1)];
	let mut docket = revealed(&agreed);
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert!(!docket.is_contradicted(), "nothing was in doubt");
	let other_root = claim(1, |claim| claim.window = INVENTED);
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let other_result = claim(1, |claim| claim.window.result = Some(6));
	for liar in [&other_root, &copied, &other_result] {
		let claims = [honest(0), liar.clone()];
		let mut docket = revealed(&claims);
		let unseen = liar.window.root == GENUINE.root && liar.window.result == GENUINE.result;
		assert_eq!(docket.is_contradicted(), !unseen, "{liar:?}");
		docket.show(GENUINE, OPENED + 2, ANSWER);
		assert!(docket.is_contradicted(), "{liar:?}");
	}
	// A reveal that nobody else's contradicts, but the window does.
	let mut docket = committed(&[honest(0), other_result.clone()]);
	file(&mut docket, other_result.reveal(OTHER_SET)).unwrap();
	assert!(!docket.is_contradicted());
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert!(docket.is_contradicted());
	let mut docket = opened(2, OPENED);
	docket.expose(0);
	assert!(docket.is_contradicted());
}

#[test]
fn a_root_without_its_window_is_no_possession() {
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = committed(&[honest(0), copied]);
	assert_eq!(docket.stage, Stage::Reveals, "the root alone looks right");
	let now = docket.deadline;
	assert_eq!(docket.show(GENUINE, now, ANSWER), Effect::Contested);
	assert!(docket.is_ripe(now, false));
	let verdict = docket.judge(now, false);
	assert_eq!(verdict.faults, [(id(1), Fault::FalsePossession)]);
	assert!(verdict.reopen);
}

#[test]
fn a_copied_root_is_found_out_even_if_the_window_was_shown_before() {
	let copied = claim(1, |claim| claim.window.digest = INVENTED.digest);
	let mut docket = opened(2, OPENED);
	file(&mut docket, honest(0).commit()).unwrap();
	docket.show(GENUINE, OPENED + 1, ANSWER);
	// Member 0 could not show it again, and will not reveal to whoever lacks the window.
	assert_eq!(file(&mut docket, copied.commit()), Ok(Effect::Contested));
	let verdict = docket.judge(late(&docket), false);
	assert_eq!(verdict.faults, [(id(1), Fault::FalsePossession)]);
	assert!(verdict.absent.is_empty());
}

#[test]
fn another_result_than_the_windows_is_wrong() {
	let liar = claim(1, |claim| claim.window.result = Some(6));
	for members in [2, 3] {
		let claims: Vec<_> = [honest(0), liar.clone(), honest(2)][..members].to_vec();
		let mut docket = revealed(&claims);
		assert_eq!(docket.stage, Stage::Evidence);
		assert!(!docket.is_ripe(OPENED + 2, false));
		docket.show(GENUINE, OPENED + 2, ANSWER);
		assert!(docket.is_ripe(OPENED + 2, false));
		let verdict = docket.judge(OPENED + 2, false);
		assert_eq!(verdict.faults, [(id(1), Fault::WrongResult)]);
		assert!(!verdict.reopen);
	}
}

#[test]
fn a_set_that_nobody_made_is_no_answer() {
	let claims = [honest(0), honest(1)];
	let mut docket = committed(&claims);
	file(&mut docket, claims[0].reveal(set_of(&claims))).unwrap();
	let effect = file(&mut docket, claims[1].reveal(H256::zero()));
	assert_eq!(effect, Ok(Effect::Contested));
	let verdict = docket.judge(docket.deadline, false);
	assert_eq!(verdict, Verdict::default());
	let verdict = docket.judge(late(&docket), false);
	assert!(verdict.faults.is_empty() && !verdict.reopen);
	assert_eq!(verdict.absent, [id(1)]);
}

/// Member 0 heard one commitment of member 1, and built its reveal on it; another one is on file.
fn deceived() -> (TestDocket, Claim) {
	let heard = claim(1, |claim| claim.secret = [99; 32]);
	let mut docket = committed(&[honest(0), honest(1)]);
	let reveal = honest(0).reveal(set_of(&[honest(0), heard.clone()]));
	file(&mut docket, reveal).unwrap();
	(docket, heard)
}

#[test]
fn the_author_of_two_commitments_deceived_those_who_heard_the_other() {
	let (mut docket, heard) = deceived();
	let absent = |docket: &TestDocket| docket.judge(late(docket), false).absent;
	assert!(absent(&docket).contains(&id(0)));
	let last = docket.deadline;
	docket.file(heard.commit(), None, last, ANSWER).unwrap();
	assert_eq!(faults(&docket), [(id(1), Fault::Equivocation)]);
	assert!(docket.judge(late(&docket), false).absent.is_empty());
}

#[test]
fn a_settlement_does_not_cut_short_the_time_to_refute() {
	let (docket, _) = deceived();
	assert!(docket.is_ripe(OPENED + 1, true));
	let verdict = docket.judge(OPENED + 1, true);
	assert!(verdict.faults.is_empty() && verdict.absent.is_empty());
}

#[test]
fn a_liar_cannot_hide_an_equivocation_behind_another_fault() {
	let (mut docket, heard) = deceived();
	let false_reveal = claim(1, |claim| claim.secret = [98; 32]).reveal(H256::zero());
	file(&mut docket, false_reveal).unwrap();
	assert_eq!(
		file(&mut docket, heard.commit()),
		Err(FileError::NothingNew)
	);
	assert_eq!(faults(&docket), [(id(1), Fault::FalseReveal)]);
}

#[test]
fn who_showed_something_else_shows_no_more_but_others_with_its_root_do() {
	let liar = claim(2, |claim| claim.window = INVENTED);
	let mut docket = committed(&[honest(0), honest(1), liar]);
	docket.mislead(0);
	assert!(docket.has_misled(0) && !docket.has_misled(1));
	assert!(!docket.may_show(&GENUINE.root, 0, OPENED + 2));
	assert!(docket.may_show(&GENUINE.root, 1, OPENED + 2));
	assert!(docket.may_show(&INVENTED.root, 2, OPENED + 2));
	docket.show(GENUINE, OPENED + 2, ANSWER);
	assert_eq!(faults(&docket), [(id(2), Fault::WrongWindow)]);
	assert!(docket.judge(late(&docket), false).absent.is_empty());
}
