//! A dispute into which everybody brings whatever they like, in any order and at any time.
#![no_main]

use codec::{Decode, Encode, MaxEncodedLen};
use libfuzzer_sys::{
	arbitrary::{Result, Unstructured},
	fuzz_target,
};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	commitment_set, longest_stage, Assent, Commitment, Lack, Progress, Reveal, Roster, RoundId,
	SignedCommitment, SourceVersion, Span, Utterance, WindowIndex,
};
use syngraph_protocol::{
	blocks, outcome_leaf, path, Challenge, Docket, Effect, Hashes, Kind, Level, Path, Shown, Stage,
	BLOCK,
};
use syngraph_test_kit::claims::{Claim, WindowClaim};

const AGREEMENT: H256 = H256::repeat_byte(1);
const VERSION: SourceVersion = SourceVersion::bare(0);
/// The first window of the round.
const FIRST: WindowIndex = 5;
const OPENED: u32 = 100;
const ANSWER: u32 = 10;
const MEMBERS: u64 = 3;
/// One more than the roster has, so that strangers speak, too.
const AUTHORS: u64 = MEMBERS + 1;
/// How many stages a dispute can have, one after the other.
const STAGES: u32 = 6 + 2 * (MEMBERS as u32 - 1);

/// A dispute, and what was claimed in it.
struct Dispute {
	docket: Docket<u32>,
	now: u32,
	/// How many blocks had no room for answers.
	halted: u32,
	/// All claims that were made, and what they commit to, so that what belongs to them can be shown.
	claims: Vec<(Commitment, Claim)>,
	/// Whether the first window lacks messages for good.
	dead: bool,
}

fn roster() -> Roster {
	Roster {
		members: (0..MEMBERS)
			.collect::<Vec<_>>()
			.try_into()
			.unwrap_or_default(),
		..Default::default()
	}
}

fn progress() -> Progress {
	Progress {
		base: FIRST,
		rounds: 0,
	}
}

fn round() -> RoundId {
	RoundId::new(AGREEMENT, &roster(), &progress(), VERSION)
}

/// The claim to have a window: what it is known by and what is computed from it. One without a root lacks messages for
/// good.
fn window(input: &mut Unstructured<'_>) -> Result<WindowClaim> {
	let root = input.int_in_range(0..=2)?;
	let digest = if input.ratio(3, 4)? { root } else { 9 };
	Ok(WindowClaim {
		root: H256::repeat_byte(root),
		digest: H256::repeat_byte(digest),
		result: input.choose(&[None, Some(0), Some(1)]).copied()?,
	})
}

/// Windows in which one is claimed to be something else than the others.
fn windows(input: &mut Unstructured<'_>, count: usize) -> Result<Vec<WindowClaim>> {
	let honest = WindowClaim {
		result: Some(0),
		root: H256::repeat_byte(1),
		digest: H256::repeat_byte(1),
	};
	// No more results than a round can have.
	let null = WindowClaim {
		result: None,
		..honest
	};
	let mut windows = vec![null; count];
	windows
		.iter_mut()
		.take(8)
		.for_each(|window| *window = honest);
	if input.ratio(1, 2)? {
		let place = input.choose_index(count)?;
		windows[place] = window(input)?;
	}
	Ok(windows)
}

impl Dispute {
	/// What somebody claims: mostly of the attempt that is waited for.
	fn claim(&self, input: &mut Unstructured<'_>) -> Result<Claim> {
		let docket = &self.docket;
		let count = match input.ratio(1, 8)? {
			true => BLOCK as usize + 2,
			false => input.int_in_range(1..=3)?,
		};
		let chosen = FIRST + count as u64;
		let (attempt, end, before) = match input.ratio(7, 8)? {
			true => (docket.attempt, docket.end.unwrap_or(chosen), docket.before),
			false => {
				let attempt = input.int_in_range(0..=3)?;
				let before = (attempt > 0).then_some(H256::repeat_byte(attempt));
				(attempt, chosen, before)
			},
		};
		Ok(Claim {
			span: Span {
				round: round(),
				attempt,
				end,
			},
			before,
			member: input.int_in_range(0..=AUTHORS - 1)?,
			secret: [input.int_in_range(0..=1)?; 32],
			windows: windows(input, (end - FIRST) as usize)?,
		})
	}

	/// What somebody says, perhaps with a reveal.
	fn utterance(&mut self, input: &mut Unstructured<'_>) -> Result<Utterance> {
		let claim = self.claim(input)?;
		let set = match input.ratio(3, 4)? {
			true => self.docket.commitments(),
			false => commitment_set(&[]),
		};
		let settlement = claim.settlement(set);
		let reveal = input.ratio(1, 2)?.then_some(Reveal {
			outcomes: settlement.outcomes,
			secret: claim.secret,
			commitments: set,
			assent: assent(input)?,
		});
		let commit = SignedCommitment {
			commitment: claim.commitment(),
			signature: signature(),
		};
		self.claims.push((commit.commitment.clone(), claim));
		Ok(Utterance { commit, reveal })
	}

	/// The claim by which something with this root was committed to.
	fn claimed(&self, data_root: H256) -> Option<&Claim> {
		let mut all = self.claims.iter();
		let (_, claim) = all.find(|(commitment, _)| commitment.data_root == data_root)?;
		Some(claim)
	}

	/// The hashes of what a member committed to, as it is opened now; now and then, of something else.
	fn hashes(&self, place: usize, input: &mut Unstructured<'_>) -> Result<Option<Hashes>> {
		let Stage::Opening { kind, level } = self.docket.stage else {
			return Ok(Some(Hashes::default()));
		};
		let filed = self.docket.commitment(place);
		let own = match input.ratio(7, 8)? {
			true => self.claims.iter().find(|(made, _)| filed == Some(made)),
			false => self.claims.last(),
		};
		let leaf = |window: &WindowClaim| match kind {
			Kind::Data => window.root,
			Kind::Digests => window.digest,
			Kind::Outcomes => outcome_leaf(window.result),
		};
		Ok(own.and_then(|(_, claim)| {
			let leaves: Vec<H256> = claim.windows.iter().map(leaf).collect();
			let hashes = match level {
				Level::Blocks => blocks(&leaves),
				Level::Leaves { block } => {
					let mut all = leaves.chunks(BLOCK as usize);
					all.nth(block as usize)?.to_vec()
				},
			};
			hashes.try_into().ok()
		}))
	}

	/// The window in question as a member committed to it, and what shows that it did.
	fn pledged(&self, place: usize) -> Option<(WindowClaim, Path)> {
		let claim = self.claimed(self.docket.pledged(place)?.data_root)?;
		let at = self.docket.window()? - FIRST;
		let roots: Vec<H256> = claim.windows.iter().map(|window| window.root).collect();
		let window = claim.windows.get(at as usize)?;
		Some((*window, path(&roots, at as u32)?))
	}

	/// Shows what a member committed to, or a part of it.
	fn show(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
		let (place, now) = (input.choose_index(MEMBERS as usize)?, self.now);
		let Some((window, path)) = self.pledged(place) else {
			return Ok(());
		};
		let exists = !window.root.is_zero();
		if !exists || !self.docket.may_show(&window.root, &path, place, now) {
			return Ok(());
		}
		match input.int_in_range(0..=5)? {
			0 => self.docket.mislead(place),
			1 => self.docket.expose(input.int_in_range(0..=40)?),
			_ => {
				// Those that copied its root do not know its digest.
				let shown = Shown {
					root: window.root,
					digest: window.root,
					result: input.choose(&[None, Some(0), Some(1)]).copied()?,
				};
				self.docket.show(shown, now, ANSWER);
			},
		}
		Ok(())
	}

	/// Some blocks pass, of which some have no room for answers.
	fn pass(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
		let late = self.now > self.docket.deadline;
		let blocks = input.int_in_range(0..=ANSWER)?;
		self.now += blocks;
		self.halted += input.int_in_range(0..=blocks)?;
		self.docket.put_off(self.halted);
		assert!(
			!late || self.now > self.docket.deadline,
			"what is too late remains so"
		);
		let settled = self.docket.clone();
		self.docket.put_off(self.halted);
		assert_eq!(self.docket, settled);
		Ok(())
	}

	/// One call, and what must hold after it.
	fn step(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
		let before = self.docket.clone();
		let member = input.int_in_range(0..=AUTHORS - 1)?;
		let now = self.now;
		let result = match input.int_in_range(0..=7)? {
			0 => {
				self.pass(input)?;
				check(&self.docket, &self.docket, self.now);
				return Ok(());
			},
			1 | 2 => {
				let said = self.utterance(input)?;
				self.docket.file(said, now, ANSWER)
			},
			3 => {
				let (left, right) = (self.utterance(input)?, self.utterance(input)?);
				self.docket.contest(left, right, now, ANSWER)
			},
			4 => {
				let lack = Lack {
					round: round(),
					window: FIRST - 1 + input.int_in_range(0..=4)?,
					intermediary: member,
				};
				self.docket.lack(&lack, now, ANSWER)
			},
			5 => {
				let place = usize::try_from(member).unwrap_or_default();
				let said = self.docket.commitment(place).cloned();
				let own = said.and_then(|said| self.claimed(said.data_root).cloned());
				let Some(own) = own else { return Ok(()) };
				let challenge = Challenge {
					span: own.span,
					intermediary: member,
					accused: input.int_in_range(0..=AUTHORS - 1)?,
					digests: own.digests(),
				};
				self.docket.challenge(&challenge, now, ANSWER)
			},
			6 => {
				let place = usize::try_from(member).unwrap_or_default();
				let Some(hashes) = self.hashes(place, input)? else {
					return Ok(());
				};
				self.docket.open(place, hashes, now, ANSWER)
			},
			_ => {
				self.show(input)?;
				Ok(Effect::None)
			},
		};
		match result {
			Err(_) => assert_eq!(self.docket, before, "what is refused changes nothing"),
			// The chain passes over what nobody can show.
			Ok(Effect::Questioned) if self.dead && self.docket.window() == Some(FIRST) => {
				self.docket.show(Shown::dead(), now, ANSWER);
			},
			Ok(_) => (),
		}
		check(&before, &self.docket, self.now);
		Ok(())
	}
}

/// How somebody assents: mostly as disputes hear it.
fn assent(input: &mut Unstructured<'_>) -> Result<Assent> {
	Ok(match input.int_in_range(0..=15)? {
		0 => Assent::Single {
			key: Some(Default::default()),
			signature: signature(),
		},
		1 => match Decode::decode(&mut &[0u8; 32][..]) {
			Ok(share) => Assent::Joint(share),
			Err(_) => Assent::plain(signature()),
		},
		_ => Assent::plain(signature()),
	})
}

fn signature() -> sr25519::Signature {
	sr25519::Signature::from_raw([0; 64])
}

fn check(before: &Docket<u32>, docket: &Docket<u32>, now: u32) {
	assert!(docket.deadline <= docket.latest);
	assert!(docket.latest <= OPENED + STAGES * longest_stage(ANSWER));
	assert!(before.attempt <= docket.attempt);
	let differ = |docket: &Docket<u32>| {
		matches!(docket.stage, Stage::Opening { .. } | Stage::Evidence { .. })
	};
	assert!(
		!differ(before) || differ(docket),
		"two that differ go on to"
	);
	assert_eq!(docket.sides.is_some(), differ(docket));
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
		assert!(!over || verdict.absent.is_empty());
	}
	// Somebody is waited for, or there is nothing to wait for but a settlement, or what refutes a window.
	let mut places = 0..docket.roster.members.len();
	assert!(
		docket.is_ripe(now, false)
			|| docket.stage == Stage::Settlement
			|| !docket.shown.is_empty()
			|| places.any(|place| docket.owes(place))
	);
	// What is proven beyond refutation stays proven.
	let proven = before.judge(OPENED, false).faults;
	let now_proven = docket.judge(OPENED, false).faults;
	let still = |(member, _): &_| now_proven.iter().any(|(other, _)| other == member);
	assert!(proven.iter().all(still));
}

fuzz_target!(|data: &[u8]| {
	let mut input = Unstructured::new(data);
	let (leader, dead) = match (input.int_in_range(0..=MEMBERS as u8 - 1), input.arbitrary()) {
		(Ok(leader), Ok(dead)) => (leader, dead),
		_ => return,
	};
	let mut dispute = Dispute {
		docket: Docket::new(
			AGREEMENT,
			roster(),
			&progress(),
			VERSION,
			leader,
			OPENED,
			ANSWER,
		),
		now: OPENED,
		halted: 0,
		claims: Vec::new(),
		dead,
	};
	while !input.is_empty() && dispute.now <= OPENED + (STAGES + 1) * longest_stage(ANSWER) {
		if dispute.step(&mut input).is_err() {
			break;
		}
	}
});
