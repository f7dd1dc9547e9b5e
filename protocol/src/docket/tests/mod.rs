//! Disputes among members that tell the truth and members that lie.

use super::*;
use alloc::vec::Vec;
use sp_core::H256;
use syngraph_primitives::{
	commitment_set, Assent, Lack, ResultValue, RosterNumber, Secret, Settlement,
};
use syngraph_test_kit::claims;

mod accomplices;
mod faults;
mod messages;
mod properties;
mod stages;

const AGREEMENT: AgreementId = H256::repeat_byte(1);
const WINDOW: WindowIndex = 7;
const ROSTER: RosterNumber = 2;
const VERSION: SourceVersion = SourceVersion::bare(3);
/// What is known after one more change.
const LATER: SourceVersion = SourceVersion::bare(4);
/// What another branch knows, which has seen as many changes.
const FORKED: SourceVersion = SourceVersion {
	changes: 3,
	facts: H256([1; 32]),
};
const ANSWER: u32 = 10;
/// The block in which every dispute here is opened.
const OPENED: u32 = 100;
const RESULT: ResultValue = 5;
/// A set of commitments that nobody made.
const OTHER_SET: H256 = H256::repeat_byte(8);

type TestDocket = Docket<u32>;

/// The window that the sensors signed first.
const GENUINE: Shown = Shown {
	root: H256::repeat_byte(2),
	digest: H256::repeat_byte(3),
	result: Some(RESULT),
};

/// Another one that they signed as well.
const SECOND: Shown = Shown {
	root: H256::repeat_byte(4),
	digest: H256::repeat_byte(5),
	result: Some(6),
};

/// One that nobody signed, whose root was made up.
const INVENTED: Shown = Shown {
	root: H256::repeat_byte(6),
	digest: H256::repeat_byte(7),
	result: Some(RESULT),
};

fn id(place: usize) -> IntermediaryId {
	10 * (place as u64 + 1)
}

/// What a member claims to have computed.
#[derive(Clone, Debug)]
struct Claim {
	place: usize,
	window: Shown,
	secret: Secret,
}

impl Claim {
	fn in_full(&self) -> claims::Claim {
		claims::Claim {
			agreement: AGREEMENT,
			window: WINDOW,
			roster: ROSTER,
			version: VERSION,
			member: id(self.place),
			result: self.window.result,
			secret: self.secret,
			root: self.window.root,
			digest: self.window.digest,
		}
	}

	fn commitment(&self) -> Commitment {
		self.in_full().commitment()
	}

	fn commit(&self) -> SignedStatement {
		sign(Statement::Commit(self.commitment()))
	}

	fn reveal(&self, commitments: H256) -> SignedStatement {
		sign(Statement::Reveal(self.in_full().reveal(commitments)))
	}

	fn assent(&self, commitments: H256) -> SignedStatement {
		sign(Statement::Assent(Assent {
			intermediary: id(self.place),
			settlement: Settlement {
				agreement: AGREEMENT,
				window: WINDOW,
				roster: ROSTER,
				version: VERSION,
				result: self.window.result.unwrap_or_default(),
				root: self.window.root,
				commitments,
			},
		}))
	}
}

/// A docket does not look at signatures.
fn sign(statement: Statement) -> SignedStatement {
	SignedStatement {
		statement,
		signature: signature(),
	}
}

fn signature() -> sr25519::Signature {
	sr25519::Signature::from_raw([0; 64])
}

/// What an honest member claims, and what a liar claims who differs from it as told.
fn claim(place: usize, lie: impl Fn(&mut Claim)) -> Claim {
	let mut claim = Claim {
		place,
		window: GENUINE,
		secret: [place as u8; 32],
	};
	lie(&mut claim);
	claim
}

fn honest(place: usize) -> Claim {
	claim(place, |_| ())
}

/// The set of the commitments behind some claims.
fn set_of(claims: &[Claim]) -> H256 {
	let seals: Vec<H256> = claims.iter().map(|claim| claim.commitment().seal).collect();
	commitment_set(&seals)
}

fn opened(members: usize, now: u32) -> TestDocket {
	let members: Vec<_> = (0..members).map(id).collect();
	let roster = Roster {
		number: ROSTER,
		since: 0,
		members: members.try_into().unwrap(),
	};
	Docket::new(AGREEMENT, WINDOW, VERSION, roster, now, ANSWER)
}

/// Files without assent one block after the dispute was opened.
fn file(docket: &mut TestDocket, signed: SignedStatement) -> Result<Effect, FileError> {
	docket.file(signed, None, OPENED + 1, ANSWER)
}

fn lacks(place: usize) -> Lack {
	Lack {
		agreement: AGREEMENT,
		window: WINDOW,
		roster: ROSTER,
		intermediary: id(place),
	}
}

/// A docket with the commitments of all.
fn committed(claims: &[Claim]) -> TestDocket {
	let mut docket = opened(claims.len(), OPENED);
	for claim in claims {
		file(&mut docket, claim.commit()).unwrap();
	}
	docket
}

/// A docket with the commitments and reveals of all, and assents to all that is not null.
fn revealed(claims: &[Claim]) -> TestDocket {
	let mut docket = committed(claims);
	for claim in claims {
		let assent = claim.window.result.map(|_| signature());
		let reveal = claim.reveal(set_of(claims));
		docket.file(reveal, assent, OPENED + 2, ANSWER).unwrap();
	}
	docket
}

/// The first block after the deadline.
fn late(docket: &TestDocket) -> u32 {
	docket.deadline + 1
}

/// The faults of a verdict after the deadline.
fn faults(docket: &TestDocket) -> Vec<(IntermediaryId, Fault)> {
	docket.judge(late(docket), false).faults
}
