//! Which terms make sense, and what they cost.

use super::*;

type TestTerms = Terms<u64, u128, u32>;

fn party(user: u64, intermediaries: &[u64]) -> Party<u64, u128> {
	Party {
		user,
		intermediaries: intermediaries.to_vec().try_into().unwrap(),
		spares: Default::default(),
		escrow: 100,
	}
}

fn rounds() -> RoundTerms<u32> {
	RoundTerms {
		most: 16,
		patience: 0,
		leader: None,
		kept: 4,
	}
}

fn terms() -> TestTerms {
	Terms {
		users: vec![party(1, &[10]), party(2, &[20, 21])]
			.try_into()
			.unwrap(),
		sensors: vec![Source {
			sensor: 5,
			start: 0,
		}]
		.try_into()
		.unwrap(),
		window: WindowShape { size: 2, slide: 2 },
		function: Function::Pipeline(Default::default()),
		quality_of_service: QualityOfService::NoProof,
		reaction: vec![Step::Transfer {
			from: 0,
			to: 1,
			amount: Amount::PerUnit {
				rate: 2,
				at_most: 50,
			},
		}]
		.try_into()
		.unwrap(),
		reward: 3,
		retainer: 0,
		spare_retainer: 0,
		penalty: 100,
		absence_fee: 1,
		on_failure: OnFailure::GoOn,
		rounds: rounds(),
		limits: TimeLimits {
			sign_by: 10,
			starts_at: 5,
			ends_at: 100,
			notice: 5,
			payout: 9,
			answer: 10,
			drift: u64::MAX,
		},
		nonce: 0,
	}
}

/// What `check` says of the terms after `change`.
fn after(change: impl Fn(&mut TestTerms)) -> Result<(), TermsError> {
	let mut changed = terms();
	change(&mut changed);
	changed.check()
}

#[test]
fn sound_terms_pass() {
	assert_eq!(terms().check(), Ok(()));
}

#[test]
fn each_fault_has_its_error() {
	let users = |list: Vec<Party<u64, u128>>| {
		move |t: &mut TestTerms| t.users = list.clone().try_into().unwrap()
	};
	assert_eq!(
		after(users(vec![party(1, &[10])])),
		Err(TermsError::TooFewUsers)
	);
	assert_eq!(
		after(users(vec![party(1, &[1]), party(1, &[2])])),
		Err(TermsError::DuplicateUser)
	);
	assert_eq!(
		after(users(vec![party(1, &[1]), party(2, &[])])),
		Err(TermsError::NoIntermediary)
	);
	assert_eq!(
		after(users(vec![party(1, &[1]), party(2, &[1])])),
		Err(TermsError::DuplicateIntermediary)
	);
	let many: Vec<u64> = (0..MAX_INTERMEDIARIES as u64).collect();
	assert_eq!(
		after(users(vec![party(1, &many), party(2, &[99])])),
		Err(TermsError::TooManyIntermediaries)
	);
	assert_eq!(
		after(|t| t.sensors = Default::default()),
		Err(TermsError::NoSensors)
	);
	assert_eq!(
		after(|t| t
			.sensors
			.try_push(Source {
				sensor: 5,
				start: 1
			})
			.unwrap()),
		Err(TermsError::DuplicateSensor)
	);
	assert_eq!(after(|t| t.window.size = 0), Err(TermsError::ZeroSize));
	assert_eq!(after(|t| t.window.slide = 0), Err(TermsError::ZeroSlide));
	assert_eq!(
		after(|t| t.window.size = MAX_WINDOW_MESSAGES + 1),
		Err(TermsError::WindowTooLarge)
	);
	assert_eq!(
		after(|t| t.limits.sign_by = 101),
		Err(TermsError::InvalidLimits)
	);
	assert_eq!(
		after(|t| t.limits.starts_at = 101),
		Err(TermsError::InvalidLimits)
	);
	for kept in [0, MAX_KEPT + 1, u32::MAX] {
		let found = after(|t| t.rounds.kept = kept);
		assert_eq!(found, Err(TermsError::InvalidRounds));
	}
	for most in [0, MAX_ROUND_RESULTS + 1, u32::MAX] {
		let found = after(|t| t.rounds.most = most);
		assert_eq!(found, Err(TermsError::InvalidRounds));
	}
	let found = after(|t| t.rounds.leader = Some(200));
	assert_eq!(found, Err(TermsError::InvalidRounds));
	assert_eq!(
		after(|t| {
			(t.rounds.kept, t.rounds.most) = (MAX_KEPT, MAX_ROUND_RESULTS);
			t.rounds.leader = Some(0);
		}),
		Ok(())
	);
	let step = |step: Step<u128>| {
		move |t: &mut TestTerms| t.reaction = vec![step.clone()].try_into().unwrap()
	};
	let transfer = |from, to| Step::Transfer {
		from,
		to,
		amount: Amount::Fixed(1),
	};
	assert_eq!(
		after(step(transfer(0, 0))),
		Err(TermsError::InvalidTransfer)
	);
	assert_eq!(
		after(step(transfer(0, 2))),
		Err(TermsError::InvalidTransfer)
	);
	assert_eq!(
		after(step(Step::Actuate {
			sensor: 6,
			command: Default::default()
		})),
		Err(TermsError::InvalidActuation)
	);
}

#[test]
fn an_amount_per_unit_is_capped_and_never_negative() {
	let amount = Amount::PerUnit {
		rate: 2u128,
		at_most: 50,
	};
	assert_eq!(
		[-5, 0, 7, 25, 26].map(|result| amount.of(result)),
		[0, 0, 14, 50, 50]
	);
	assert_eq!(amount.of(i128::MAX), 50);
	assert_eq!(
		Amount::PerUnit {
			rate: u64::MAX,
			at_most: 7
		}
		.of(i128::MAX),
		7
	);
}

#[test]
fn a_party_pays_its_transfers_and_its_own_intermediaries() {
	assert_eq!(terms().cost(0, 10), 3 + 20);
	assert_eq!(terms().cost(1, 10), 6);
	assert_eq!(terms().highest_cost(0), 53);
}

#[test]
fn windows_overlap_when_they_slide_by_less_than_their_size() {
	let shape = WindowShape { size: 4, slide: 2 };
	assert_eq!(shape.range(10, 0), Some(10..14));
	assert_eq!(shape.range(10, 3), Some(16..20));
	assert_eq!(shape.range(1, u64::MAX), None);
}

#[test]
fn the_id_depends_on_the_chain_and_on_every_term() {
	let (here, elsewhere) = (H256::repeat_byte(1), H256::repeat_byte(2));
	let mut other = terms();
	other.nonce = 1;
	assert_ne!(terms().id(&here), terms().id(&elsewhere));
	assert_ne!(terms().id(&here), other.id(&here));
}

#[test]
fn the_messages_of_two_rounds_find_room() {
	let of = |size, slide| WindowShape { size, slide }.longest_round();
	assert_eq!([of(1, 1), of(2, 1), of(2, 2)], [4096, 4095, 2048]);
	assert_eq!([of(4096, 4096), of(8192, 1)], [1, 1]);
	for (size, slide) in [(1, 2), (7, 3), (100, 100), (1_000, 10)] {
		let end = u64::from(of(size, slide) - 1) * u64::from(slide) + u64::from(size);
		assert!(2 * end <= MAX_BACKLOG && 2 * (end + u64::from(slide)) > MAX_BACKLOG);
	}
}
