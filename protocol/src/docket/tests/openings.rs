//! Trees that differ, opened until the window is known.

use super::*;
use proptest::prelude::*;

#[test]
fn few_windows_are_opened_at_once() {
	let claims = [honest(0, 2), inventor(1)];
	let docket = committed(&claims);
	let level = Level::Leaves { block: 0 };
	assert_eq!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Data,
			level
		}
	);
	assert_eq!(docket.deadline, NEXT + ANSWER);
	let mut docket = committed(&[honest(0, 64), claim(1, 64, |it| it.windows.reverse())]);
	assert_eq!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Data,
			level
		}
	);
	let claims = [honest(0, 65), claim(1, 65, |it| it.windows.reverse())];
	docket = committed(&claims);
	let level = Level::Blocks;
	assert_eq!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Data,
			level
		}
	);
	assert_eq!(narrow(&mut docket, &claims), FIRST);
}

#[test]
fn each_step_leaves_the_whole_time() {
	let claims = [
		honest(0, 200),
		claim(1, 200, |it| it.windows[130] = invented(0)),
	];
	let mut docket = committed(&claims);
	for (level, effect) in [
		(Level::Blocks, Effect::Advanced),
		(Level::Leaves { block: 2 }, Effect::Questioned),
	] {
		assert_eq!(
			docket.stage,
			Stage::Opening {
				kind: Kind::Data,
				level
			}
		);
		assert_eq!(absent(&docket), [id(0), id(1)]);
		let now = docket.deadline;
		let mut open =
			|place: usize| docket.open(place, claims[place].hashes(Kind::Data, level), now, ANSWER);
		assert_eq!(open(1), Ok(Effect::None));
		assert_eq!(open(1), Err(FileError::NothingNew));
		assert_eq!(open(0), Ok(effect));
		assert_eq!(docket.deadline, now + ANSWER);
	}
	let window = FIRST + 130;
	assert_eq!(
		docket.stage,
		Stage::Evidence {
			kind: Kind::Data,
			window
		}
	);
	let expected = claims
		.each_ref()
		.map(|claim| Some(claim.window(window).root));
	assert_eq!([docket.claim(0), docket.claim(1)], expected);
}

#[test]
fn only_the_hashes_of_the_tree_are_put_on_file() {
	let claims = [
		honest(0, 100),
		claim(1, 100, |it| it.windows[70] = invented(0)),
	];
	let mut docket = committed(&claims);
	let good = |place: usize, level| claims[place].hashes(Kind::Data, level);
	let block = Level::Leaves { block: 1 };
	for wrong in [
		good(1, Level::Blocks),
		good(0, block),
		Hashes::default(),
		vec![claims[0].root(Kind::Data)].try_into().unwrap(),
		claims[0].hashes(Kind::Outcomes, Level::Blocks),
	] {
		let opened = docket.open(0, wrong, NEXT, ANSWER);
		assert_eq!(opened, Err(FileError::WrongHashes));
	}
	for place in [2, usize::MAX] {
		let opened = docket.open(place, good(0, Level::Blocks), NEXT, ANSWER);
		assert_eq!(opened, Err(FileError::NotAwaited));
	}
	let now = late(&docket);
	let opened = docket.open(0, good(0, Level::Blocks), now, ANSWER);
	assert_eq!(opened, Err(FileError::TooLate));
	for place in [0, 1] {
		docket
			.open(place, good(place, Level::Blocks), NEXT, ANSWER)
			.unwrap();
	}
	// Now those of another block are wrong.
	let other = good(0, Level::Leaves { block: 0 });
	assert_eq!(
		docket.open(0, other, NEXT, ANSWER),
		Err(FileError::WrongHashes)
	);
	docket.open(0, good(0, block), NEXT, ANSWER).unwrap();
	docket.open(1, good(1, block), NEXT, ANSWER).unwrap();
	let again = docket.open(0, good(0, block), NEXT, ANSWER);
	assert_eq!(again, Err(FileError::NotAwaited));
}

#[test]
fn who_does_not_open_its_tree_is_absent() {
	let claims = [honest(0, 100), inventor_of(1, 100, 3), honest(2, 100)];
	let mut docket = committed(&claims);
	assert_eq!(sides(&docket), [0, 1]);
	// Anybody could do so for those that have the same.
	assert_eq!(absent(&docket), [id(0), id(1)]);
	docket
		.open(0, claims[0].hashes(Kind::Data, Level::Blocks), NEXT, ANSWER)
		.unwrap();
	assert_eq!(absent(&docket), [id(1)]);
	assert_eq!(
		[0, 1, 2].map(|place| docket.owes(place)),
		[false, true, false]
	);
	let others = [honest(0, 100), honest(2, 100), inventor_of(1, 100, 3)];
	let mut docket = opened(3);
	for claim in &others {
		file(&mut docket, claim.commit()).unwrap();
	}
	assert_eq!(
		absent(&docket),
		[id(0), id(1), id(2)],
		"two of them have one tree"
	);
}

fn inventor_of(place: usize, windows: u64, at: usize) -> Claim {
	claim(place, windows, |it| it.windows[at] = invented(0))
}

#[test]
fn a_possession_is_opened_by_what_it_hides() {
	let claims = [honest(0, 2), copier(1)];
	let mut docket = committed(&claims);
	assert_eq!(docket.stage, Stage::Reveals, "the roots alone look right");
	let effect = docket.challenge(&claims[0].challenge(1), NEXT, ANSWER);
	assert_eq!(effect, Ok(Effect::Advanced));
	let level = Level::Leaves { block: 0 };
	assert_eq!(
		docket.stage,
		Stage::Opening {
			kind: Kind::Digests,
			level
		}
	);
	for place in [0, 1] {
		let other = claims[1 - place].hashes(Kind::Digests, level);
		let opened = docket.open(place, other, NEXT, ANSWER);
		assert_eq!(opened, Err(FileError::WrongHashes));
	}
	assert_eq!(narrow(&mut docket, &claims), FIRST + 1);
}

#[test]
fn nobody_is_challenged_for_nothing() {
	let claims = [honest(0, 2), copier(1), honest(2, 2)];
	let mut docket = committed(&claims);
	let good = claims[0].challenge(1);
	let before = docket.clone();
	for (change, error) in [
		(
			(|it| it.span.round.first = 0) as fn(&mut Challenge),
			FileError::OtherRound,
		),
		(|it| it.span.attempt = 1, FileError::OtherAttempt),
		(|it| it.span.end += 1, FileError::OtherAttempt),
		(|it| it.accused = id(2), FileError::NoConflict),
		(|it| it.accused = id(0), FileError::NoConflict),
		(|it| it.accused = 99, FileError::NotAMember),
		(|it| it.intermediary = 99, FileError::NotAMember),
		(|it| it.intermediary = id(1), FileError::NoConflict),
		(|it| it.digests = H256::zero(), FileError::NoConflict),
	] {
		let mut challenge = good;
		change(&mut challenge);
		assert_eq!(docket.challenge(&challenge, NEXT, ANSWER), Err(error));
	}
	assert_eq!(docket, before);
	let now = late(&docket);
	assert_eq!(
		docket.challenge(&good, now, ANSWER),
		Err(FileError::TooLate)
	);
	// What is opened would help others to pretend that they have the windows.
	let mut docket = opened(3);
	for claim in &claims[..2] {
		file(&mut docket, claim.commit()).unwrap();
	}
	let early = docket.challenge(&good, NEXT, ANSWER);
	assert_eq!(early, Err(FileError::NotAwaited));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn they_lead_to_the_first_window_in_which_the_two_differ(
		windows in prop_oneof![1u64..70, 1u64..=u64::from(MAX_SPAN)],
		places in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
		kind in prop::sample::select(&[Kind::Data, Kind::Digests, Kind::Outcomes][..]),
		members in 2usize..4,
		liar in any::<prop::sample::Index>(),
	) {
		let mut claims: Vec<_> = (0..members).map(|place| honest(place, windows)).collect();
		let liar = liar.index(members);
		let places: Vec<usize> = places.iter().map(|place| place.index(windows as usize)).collect();
		for place in &places {
			let window = &mut claims[liar].windows[*place];
			match kind {
				Kind::Data => *window = invented(*place as u64),
				Kind::Digests => window.digest = H256::zero(),
				Kind::Outcomes => window.result = Some(-1),
			}
		}
		let first = FIRST + *places.iter().min().unwrap() as u64;
		let mut docket = revealed(&claims);
		let right = usize::from(liar == 0);
		if kind == Kind::Digests {
			docket = committed(&claims);
			docket.challenge(&claims[right].challenge(liar), NEXT, ANSWER).unwrap();
		}
		prop_assert!(sides(&docket).contains(&liar));
		prop_assert_eq!(narrow(&mut docket, &claims), first);
		prop_assert_eq!(docket.stage, Stage::Evidence { kind, window: first });
		prop_assert!(docket.encode().len() <= TestDocket::max_encoded_len());
		show(&mut docket, &claims[right], NEXT);
		let fault = match kind {
			Kind::Data => Fault::WrongWindow,
			Kind::Digests => Fault::FalsePossession,
			Kind::Outcomes => Fault::WrongResult,
		};
		prop_assert_eq!(faults(&docket), [(id(liar), fault)]);
	}
}
