//! A dispute into which everybody brings whatever they like, in any order and at any time.
#![no_main]

use codec::{Decode, Encode, MaxEncodedLen};
use libfuzzer_sys::{
	arbitrary::{Result, Unstructured},
	fuzz_target,
};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	commitment_set, seal, Assent, Commitment, Lack, Reveal, Roster, Settlement, SignedStatement,
	SourceVersion, Statement,
};
use syngraph_protocol::{possession, Docket, Shown, Stage};

const AGREEMENT: H256 = H256::repeat_byte(1);
const VERSION: SourceVersion = SourceVersion::bare(0);
const OPENED: u32 = 100;
const ANSWER: u32 = 10;
/// One more than the roster has, so that strangers speak, too.
const AUTHORS: u64 = 4;

/// A window, or the claim to have one: what it is known by and what is computed from it.
fn window(input: &mut Unstructured<'_>) -> Result<Shown> {
	let root = input.int_in_range(0..=2)?;
	let digest = if input.ratio(3, 4)? { root } else { 9 };
	Ok(Shown {
		root: H256::repeat_byte(root),
		digest: H256::repeat_byte(digest),
		result: input.choose(&[None, Some(0), Some(1)]).copied()?,
	})
}

fn commitment(author: u64, window: &Shown, secret: u8) -> Commitment {
	Commitment {
		agreement: AGREEMENT,
		window: 0,
		roster: 0,
		version: VERSION,
		intermediary: author,
		seal: seal(
			&AGREEMENT,
			0,
			0,
			VERSION,
			author,
			window.result,
			&[secret; 32],
		),
		root: window.root,
		possession: possession(&AGREEMENT, 0, author, &window.digest),
	}
}

fn statement(input: &mut Unstructured<'_>) -> Result<SignedStatement> {
	let author = input.int_in_range(0..=AUTHORS - 1)?;
	let (window, secret) = (window(input)?, input.int_in_range(0..=1)?);
	let honest = Shown {
		root: H256::zero(),
		digest: H256::zero(),
		result: Some(0),
	};
	let seals: Vec<_> = (0..AUTHORS - 1)
		.map(|author| commitment(author, &honest, 0).seal)
		.collect();
	let commitments = if input.ratio(3, 4)? {
		commitment_set(&seals)
	} else {
		H256::zero()
	};
	let statement = match input.int_in_range(0..=2)? {
		0 => Statement::Commit(commitment(author, &window, secret)),
		1 => Statement::Reveal(Reveal {
			agreement: AGREEMENT,
			window: 0,
			roster: 0,
			version: VERSION,
			intermediary: author,
			result: window.result,
			secret: [secret; 32],
			commitments,
		}),
		_ => Statement::Assent(Assent {
			intermediary: author,
			settlement: Settlement {
				agreement: AGREEMENT,
				window: 0,
				roster: 0,
				version: VERSION,
				result: window.result.unwrap_or_default(),
				root: window.root,
				commitments,
			},
		}),
	};
	Ok(SignedStatement {
		statement,
		signature: signature(),
	})
}

fn signature() -> sr25519::Signature {
	sr25519::Signature::from_raw([0; 64])
}

/// One call, and what must hold after it.
fn step(docket: &mut Docket<u32>, now: &mut u32, input: &mut Unstructured<'_>) -> Result<()> {
	let before = docket.clone();
	match input.int_in_range(0..=5)? {
		0 => *now += input.int_in_range(0..=ANSWER)?,
		1 => {
			let assent = input.arbitrary::<bool>()?.then(signature);
			if docket
				.file(statement(input)?, assent, *now, ANSWER)
				.is_err()
			{
				assert_eq!(*docket, before, "what is refused changes nothing");
			}
		},
		2 => {
			let (left, right) = (statement(input)?, statement(input)?);
			if docket.contest(left, right, *now, ANSWER).is_err() {
				assert_eq!(*docket, before, "what is refused changes nothing");
			}
		},
		3 => {
			let lack = Lack {
				agreement: AGREEMENT,
				window: 0,
				roster: 0,
				intermediary: input.int_in_range(0..=AUTHORS - 1)?,
			};
			if docket.lack(&lack, *now, ANSWER).is_err() {
				assert_eq!(*docket, before, "what is refused changes nothing");
			}
		},
		4 if *now <= docket.deadline => docket.expose(input.int_in_range(0..=40)?),
		_ => {
			let shown = window(input)?;
			let mut places = 0..docket.roster.members.len();
			if places.any(|place| docket.may_show(&shown.root, place, *now)) {
				docket.show(shown, *now, ANSWER);
			}
		},
	}
	check(&before, docket, *now);
	Ok(())
}

fn check(before: &Docket<u32>, docket: &Docket<u32>, now: u32) {
	assert!(docket.deadline <= OPENED + 5 * ANSWER);
	assert!(before.stage != Stage::Evidence || docket.stage == Stage::Evidence);
	assert!(
		now <= before.deadline || docket == before,
		"nothing changes after the deadline"
	);
	assert!(docket.encoded_size() <= Docket::<u32>::max_encoded_len());
	assert_eq!(
		Docket::decode(&mut &docket.encode()[..]).as_ref(),
		Ok(docket)
	);
	for over in [false, true] {
		let verdict = docket.judge(now, over);
		let faulty: Vec<_> = verdict.faults.iter().map(|(member, _)| *member).collect();
		let mut failed = faulty.iter().chain(&verdict.absent);
		assert!(failed.all(|member| docket.roster.place(*member).is_some()));
		assert!(verdict.absent.iter().all(|member| !faulty.contains(member)));
		assert!(!over || (verdict.absent.is_empty() && verdict.reopen));
	}
	// Whoever fails without a hearing fails with one.
	let heard = docket.judge(now, false).faults;
	let mut unheard = docket.dismissal().faults.into_iter();
	assert!(unheard.all(|fault| heard.contains(&fault)));
	// What is proven beyond refutation stays proven.
	let proven = before.judge(OPENED, false).faults;
	let now_proven = docket.judge(OPENED, false).faults;
	let still = |(member, _): &_| now_proven.iter().any(|(other, _)| other == member);
	assert!(proven.iter().all(still));
}

fuzz_target!(|data: &[u8]| {
	let roster = Roster {
		number: 0,
		since: 0,
		members: (0..AUTHORS - 1)
			.collect::<Vec<_>>()
			.try_into()
			.unwrap_or_default(),
	};
	let mut docket = Docket::new(AGREEMENT, 0, VERSION, roster, OPENED, ANSWER);
	let (mut input, mut now) = (Unstructured::new(data), OPENED);
	while !input.is_empty() && now <= OPENED + 6 * ANSWER {
		if step(&mut docket, &mut now, &mut input).is_err() {
			break;
		}
	}
});
