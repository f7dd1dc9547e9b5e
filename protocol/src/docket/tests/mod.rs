//! Disputes among members that tell the truth and members that lie.

use super::*;
use crate::{
	tree::{outcome_leaf, path, root_of, Path, BLOCK},
	window::possession,
};
use alloc::{vec, vec::Vec};
use sp_core::sr25519;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	blinding, seal, Assent, Lack, Progress, ResultValue, RosterNumber, Secret, SignedCommitment,
	MAX_SPAN,
};

mod accomplices;
mod attempts;
mod faults;
mod halts;
mod messages;
mod openings;
mod properties;
mod rulings;
mod stages;

const AGREEMENT: AgreementId = H256::repeat_byte(1);
const FIRST: WindowIndex = 7;
const ROSTER: RosterNumber = 2;
const VERSION: SourceVersion = SourceVersion::bare(3);
const ANSWER: u32 = 10;
/// The block in which every dispute here is opened.
const OPENED: u32 = 100;
/// The block after it, in which most things here happen.
const NEXT: u32 = OPENED + 1;
/// A set of commitments that nobody made.
const OTHER_SET: H256 = H256::repeat_byte(8);

type TestDocket = Docket<u32>;

/// A window of which everything depends on a name.
fn named(name: &str, window: WindowIndex) -> Shown {
	let hash = |what: &str| BlakeTwo256::hash_of(&(name, what, window));
	Shown {
		root: hash("root"),
		digest: hash("digest"),
		result: (!window.is_multiple_of(3)).then_some(window as ResultValue),
	}
}

/// A window as the sensors signed it first.
fn genuine(window: WindowIndex) -> Shown {
	named("genuine", window)
}

/// The same window as they signed it once more.
fn second(window: WindowIndex) -> Shown {
	named("second", window)
}

/// One that nobody signed, whose root was made up.
fn invented(window: WindowIndex) -> Shown {
	named("invented", window)
}

fn id(place: usize) -> IntermediaryId {
	10 * (place as u64 + 1)
}

/// What a member claims to have computed.
#[derive(Clone, PartialEq, Debug)]
struct Claim {
	place: usize,
	attempt: u8,
	before: Option<H256>,
	/// From the round's first window on.
	windows: Vec<Shown>,
	secret: Secret,
}

impl Claim {
	fn span(&self) -> Span {
		Span {
			round: opened(1).round(),
			attempt: self.attempt,
			end: FIRST + self.windows.len() as u64,
		}
	}

	fn leaves(&self, kind: Kind) -> Vec<H256> {
		let leaf = |window: &Shown| match kind {
			Kind::Data => window.root,
			Kind::Digests => window.digest,
			Kind::Outcomes => outcome_leaf(window.result),
		};
		self.windows.iter().map(leaf).collect()
	}

	fn root(&self, kind: Kind) -> H256 {
		kind.root(&self.leaves(kind)).unwrap()
	}

	fn commitment(&self) -> Commitment {
		let (span, member) = (self.span(), id(self.place));
		Commitment {
			span,
			intermediary: member,
			seal: seal(
				&span,
				member,
				&self.root(Kind::Outcomes),
				&blinding(&span, &self.secret, &None),
			),
			data_root: self.root(Kind::Data),
			possession: possession(&span, member, &self.root(Kind::Digests)),
			before: self.before,
			contribution: None,
		}
	}

	fn commit(&self) -> Utterance {
		said(self.commitment(), None)
	}

	fn reveal(&self, commitments: H256) -> Utterance {
		let reveal = Reveal {
			outcomes: self.root(Kind::Outcomes),
			secret: self.secret,
			commitments,
			assent: Assent::plain(sr25519::Signature::default()),
		};
		said(self.commitment(), Some(reveal))
	}

	fn hashes(&self, kind: Kind, level: Level) -> Hashes {
		kind.hashes(level, &self.leaves(kind)).unwrap()
	}

	fn window(&self, window: WindowIndex) -> &Shown {
		&self.windows[(window - FIRST) as usize]
	}

	fn path(&self, window: WindowIndex) -> Path {
		path(&self.leaves(Kind::Data), (window - FIRST) as u32).unwrap()
	}

	fn challenge(&self, accused: usize) -> Challenge {
		Challenge {
			span: self.span(),
			intermediary: id(self.place),
			accused: id(accused),
			digests: self.root(Kind::Digests),
		}
	}
}

/// A docket does not look at signatures.
fn said(commitment: Commitment, reveal: Option<Reveal>) -> Utterance {
	Utterance {
		commit: SignedCommitment {
			commitment,
			signature: sr25519::Signature::default(),
		},
		reveal,
	}
}

/// What a member claims of so many windows in the first attempt, and what a liar claims who differs from it as told.
fn claim(place: usize, windows: u64, lie: impl Fn(&mut Claim)) -> Claim {
	let mut claim = Claim {
		place,
		attempt: 0,
		before: None,
		windows: (FIRST..FIRST + windows).map(genuine).collect(),
		secret: [place as u8; 32],
	};
	lie(&mut claim);
	claim
}

fn honest(place: usize, windows: u64) -> Claim {
	claim(place, windows, |_| ())
}

/// One of two windows, the second of which a sensor signed twice.
fn misled(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[1] = second(FIRST + 1))
}

/// One of two windows, who made up the second.
fn inventor(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[1] = invented(FIRST + 1))
}

/// One of two windows, who copied the root of the second.
fn copier(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[1].digest = H256::zero())
}

/// One of two windows, who gets something else from the second.
fn miscounter(place: usize) -> Claim {
	claim(place, 2, |it| it.windows[1].result = Some(99))
}

/// The same with another secret: it commits to something else.
fn again(claim: &Claim) -> Claim {
	Claim {
		secret: [99; 32],
		..claim.clone()
	}
}

/// The set of the commitments behind some claims.
fn set_of(claims: &[Claim]) -> H256 {
	let seals: Vec<H256> = claims.iter().map(|claim| claim.commitment().seal).collect();
	commitment_set(&seals)
}

fn opened(members: usize) -> TestDocket {
	let members: Vec<_> = (0..members).map(id).collect();
	let roster = Roster {
		number: ROSTER,
		since: 0,
		members: members.try_into().unwrap(),
	};
	let progress = Progress {
		base: FIRST,
		rounds: 0,
	};
	Docket {
		// One for all, however many take part: what is said does not depend on it here.
		lineup: H256::repeat_byte(9),
		..Docket::new(AGREEMENT, roster, &progress, VERSION, 0, OPENED, ANSWER)
	}
}

/// Files one block after the dispute was opened.
fn file(docket: &mut TestDocket, said: Utterance) -> Result<Effect, FileError> {
	docket.file(said, NEXT, ANSWER)
}

fn contest(docket: &mut TestDocket, left: &Claim, right: &Claim) -> Result<Effect, FileError> {
	docket.contest(left.commit(), right.commit(), NEXT, ANSWER)
}

fn lacks(place: usize, window: WindowIndex) -> Lack {
	Lack {
		round: opened(1).round(),
		window,
		intermediary: id(place),
	}
}

/// A docket with these commitments, of as many members.
fn committed(claims: &[Claim]) -> TestDocket {
	let mut docket = opened(claims.len());
	for claim in claims {
		if docket.stage == Stage::Commitments {
			file(&mut docket, claim.commit()).unwrap();
		}
	}
	docket
}

/// The same with the reveals of all, until two differ.
fn revealed(claims: &[Claim]) -> TestDocket {
	let (mut docket, set) = (committed(claims), set_of(claims));
	for claim in claims {
		if docket.stage == Stage::Reveals {
			file(&mut docket, claim.reveal(set)).unwrap();
		}
	}
	docket
}

/// The places of the two that differ.
fn sides(docket: &TestDocket) -> [usize; 2] {
	docket.sides.clone().unwrap().map(|side| side.place.into())
}

/// Opens the trees of the two that differ, whose claims are given by place, until the window is known.
fn narrow(docket: &mut TestDocket, claims: &[Claim]) -> WindowIndex {
	while let Stage::Opening { kind, level } = docket.stage {
		for place in sides(docket) {
			let hashes = claims[place].hashes(kind, level);
			docket.open(place, hashes, NEXT, ANSWER).unwrap();
		}
	}
	docket.window().unwrap()
}

fn may_show(docket: &TestDocket, claim: &Claim, now: u32) -> bool {
	let window = docket.window().unwrap();
	let (root, path) = (claim.window(window).root, claim.path(window));
	docket.may_show(&root, &path, claim.place, now)
}

/// Shows the window in question as a member claims that it is.
fn show(docket: &mut TestDocket, claim: &Claim, now: u32) -> Effect {
	assert!(may_show(docket, claim, now));
	let window = docket.window().unwrap();
	docket.show(claim.window(window).clone(), now, ANSWER)
}

/// The first block after the deadline.
fn late(docket: &TestDocket) -> u32 {
	docket.deadline + 1
}

/// The verdict after the deadline.
fn judged(docket: &TestDocket) -> Verdict {
	docket.judge(late(docket), false)
}

/// Who is at fault after the deadline. Nobody is absent.
fn faults(docket: &TestDocket) -> Vec<(IntermediaryId, Fault)> {
	let verdict = judged(docket);
	assert!(verdict.absent.is_empty());
	verdict.faults
}

/// Who is absent after the deadline. Nobody is at fault.
fn absent(docket: &TestDocket) -> Vec<IntermediaryId> {
	let verdict = judged(docket);
	assert_eq!(verdict.faults, []);
	verdict.absent
}

/// Whether there is nothing to wait for, and no verdict about anybody.
fn nothing() -> Verdict {
	Verdict::default()
}

#[test]
fn a_docket_fits_where_it_is_stored() {
	let most = syngraph_primitives::MAX_INTERMEDIARIES as usize;
	let mut claims: Vec<_> = (0..most).map(|place| honest(place, 130)).collect();
	claims[most - 1].windows[100].result = Some(-1);
	let mut docket = revealed(&claims);
	let [left, _] = sides(&docket);
	let Stage::Opening { kind, level } = docket.stage else {
		panic!("{:?}", docket.stage);
	};
	docket
		.open(left, claims[left].hashes(kind, level), NEXT, ANSWER)
		.unwrap();
	let bytes = docket.encode();
	assert!(bytes.len() <= TestDocket::max_encoded_len());
	// Two commitments of each member have 160 bytes that it contributes to a joint signature.
	let most = TestDocket::max_encoded_len();
	assert!(most < 22 * 1024, "{most}");
	assert_eq!(Docket::decode(&mut &bytes[..]), Ok(docket));
}
