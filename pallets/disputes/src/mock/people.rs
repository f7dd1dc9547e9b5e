//! Who is there, and what they say.

use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	commitment_set, Assent, Commitment, Done, IntermediaryId, Lack, Message, ResultValue, Reveal,
	SensorId, Sequence, Settlement, SignedDone, SignedMessage, SignedStatement, SourceVersion,
	Statement, Value, WindowIndex,
};
use syngraph_protocol::{Revealed, Showing, Utterance, Window};
use syngraph_test_kit::{
	bounded,
	claims::Claim,
	people::{ed25519_key, sign, signed_message, sr25519_key},
};

pub use super::state::AGREEMENT;
pub use syngraph_test_kit::people::signed_statement as signed_by;

use super::{read, state::schema, RuntimeCall, System};
use crate::Call;

/// An intermediary of the first user.
pub const ANN: IntermediaryId = 0;
/// An intermediary of the second user.
pub const BOB: IntermediaryId = 1;
/// An intermediary of the third user.
pub const CID: IntermediaryId = 2;
/// A registered intermediary that is none of the agreement's.
pub const EVE: IntermediaryId = 3;
/// The members of the roster.
pub const MEMBERS: [IntermediaryId; 3] = [ANN, BOB, CID];
/// The sensors of the agreement.
pub const SENSORS: [SensorId; 2] = [5, 6];
/// The number of the roster.
pub const ROSTER: u32 = 4;
/// The block in which tests begin.
pub const START: u64 = 100;
/// How many blocks members have to answer.
pub const ANSWER: u64 = 10;
/// What a lie costs.
pub const PENALTY: u64 = 1_000_000_000_007;
/// What an absence costs.
pub const ABSENCE_FEE: u64 = 1_000_003;
/// The bond of everyone.
pub const BOND: u64 = 10_000_000_000_000;
/// What of it can be taken for this agreement.
pub const LIABILITY: u64 = PENALTY;
/// What every user has in escrow.
pub const ESCROW: u64 = 1_000_000_000_000;
/// The deposit of every sensor.
pub const DEPOSIT: u64 = 1_000_000_000_000;
/// Names the key that sensors are given in place of their first one.
pub const SECOND_KEY: SensorId = 9;
/// The users that own the sensors.
pub const OWNERS: [u64; 2] = [1, 2];
/// The version of the sources of all windows, as long as nothing becomes known of them.
pub const VERSION: SourceVersion = SourceVersion::bare(2);
/// What is known after one more change.
pub const LATER: SourceVersion = SourceVersion::bare(3);
/// What another branch knows, which has seen as many changes.
pub const FORKED: SourceVersion = SourceVersion {
	changes: 2,
	facts: H256([1; 32]),
};
/// The window that tests are about.
pub const WINDOW: WindowIndex = 3;
/// What the function gives for every window.
pub const RESULT: ResultValue = 6;

/// The key pair of an intermediary.
pub fn pair(intermediary: IntermediaryId) -> sr25519::Pair {
	sr25519_key(intermediary as u8 + 1)
}

/// The key pair of a sensor.
pub fn sensor_pair(sensor: SensorId) -> ed25519::Pair {
	ed25519_key(sensor as u8)
}

/// The account that operates an intermediary.
pub fn operator(intermediary: IntermediaryId) -> u64 {
	10 + intermediary
}

/// The hash that everything signed names the chain by.
pub fn genesis() -> H256 {
	System::block_hash(0)
}

/// A statement, signed by its author for this chain.
pub fn signed(statement: Statement) -> SignedStatement {
	signed_by(&pair(statement.intermediary()), &genesis(), statement)
}

/// A message of a sensor that says `level`, signed.
pub fn message(sensor: SensorId, sequence: Sequence, level: i64) -> SignedMessage {
	message_by(&sensor_pair(sensor), sensor, sequence, level)
}

/// The same, signed by `signer`.
pub fn message_by(
	signer: &ed25519::Pair,
	sensor: SensorId,
	sequence: Sequence,
	level: i64,
) -> SignedMessage {
	let message = Message {
		sensor,
		kind: schema().kind,
		sequence,
		timestamp: 0,
		values: bounded(vec![Value::Integer(level)]),
	};
	signed_message(signer, &genesis(), message)
}

/// The messages of a window, all of which say `level`.
pub fn messages(window: WindowIndex, level: i64) -> Vec<SignedMessage> {
	let first = 10 + 3 * window;
	SENSORS
		.into_iter()
		.flat_map(|sensor| (first..first + 3).map(move |number| message(sensor, number, level)))
		.collect()
}

/// The last message of each sensor, signed with the key that it has, be it that which tests give it instead.
pub fn heads(window: WindowIndex) -> Vec<SignedMessage> {
	let head = |sensor| {
		let keys = read(|books| books.sensors[&sensor].clone());
		let mut numbers = (10 + 3 * window..13 + 3 * window).rev();
		let last = numbers.find(|number| !keys.is_void(*number))?;
		let second = sensor_pair(SECOND_KEY);
		let signer = match keys.key(last) == Some(&second.public()) {
			true => second,
			false => sensor_pair(sensor),
		};
		Some(message_by(&signer, sensor, last, 1))
	};
	SENSORS.into_iter().filter_map(head).collect()
}

/// What someone makes of a window.
#[derive(Clone, Copy)]
pub struct Stance {
	/// Who.
	pub author: IntermediaryId,
	/// What the messages of the window say.
	pub level: i64,
	/// What it takes for the result.
	pub result: Option<ResultValue>,
}

/// What an honest member makes of the window.
pub fn honest(author: IntermediaryId) -> Stance {
	Stance {
		author,
		level: 1,
		result: Some(RESULT),
	}
}

impl Stance {
	/// The same with another result.
	pub fn claiming(self, result: Option<ResultValue>) -> Self {
		Self { result, ..self }
	}

	/// The same with other messages.
	pub fn seeing(self, level: i64) -> Self {
		Self { level, ..self }
	}

	/// What it claims of the result. Its seal does not depend on the window.
	fn sealed(&self) -> Claim {
		Claim {
			agreement: AGREEMENT,
			window: WINDOW,
			roster: ROSTER,
			version: VERSION,
			member: self.author,
			result: self.result,
			secret: [self.author as u8; 32],
			root: H256::zero(),
			digest: H256::zero(),
		}
	}

	/// All that it claims.
	fn claim(&self) -> Claim {
		let window = self.window();
		Claim {
			root: window.root(),
			digest: window.digest(),
			..self.sealed()
		}
	}

	/// The seal of the result.
	pub fn seal(&self) -> H256 {
		self.sealed().seal()
	}

	/// What it takes for the window.
	pub fn window(&self) -> Window {
		let all = messages(WINDOW, self.level);
		Window::new(all.iter().map(|signed| &signed.message))
	}

	/// The commitment.
	pub fn commitment(&self) -> Commitment {
		self.claim().commitment()
	}

	/// The commitment, signed.
	pub fn commit(&self) -> SignedStatement {
		signed(Statement::Commit(self.commitment()))
	}

	/// The reveal, if those of `others` make up the set of commitments.
	pub fn reveal_among(&self, others: &[Stance]) -> Reveal {
		self.sealed().reveal(set_of(others))
	}

	/// The settlement that the reveal leads to.
	pub fn settlement_among(&self, others: &[Stance]) -> Option<Settlement> {
		self.claim().settlement(set_of(others))
	}

	/// The reveal, signed, with the assent that goes with it.
	pub fn revealed(&self, others: &[Stance]) -> Revealed {
		let settlement = self.settlement_among(others);
		Revealed {
			statement: signed(Statement::Reveal(self.reveal_among(others))),
			settlement: settlement.map(|agreed| sign(&pair(self.author), &genesis(), &agreed)),
		}
	}

	/// The assent as a statement of its own.
	pub fn assent(&self, others: &[Stance]) -> SignedStatement {
		signed(Statement::Assent(Assent {
			intermediary: self.author,
			settlement: self.settlement_among(others).unwrap(),
		}))
	}

	/// All that is said about the window, with the reveal if those of `others` are known.
	pub fn utterance(&self, others: Option<&[Stance]>) -> Utterance {
		Utterance {
			commit: self.commit(),
			reveal: others.map(|others| self.revealed(others)),
		}
	}
}

/// The set of their commitments.
fn set_of(stances: &[Stance]) -> H256 {
	let seals: Vec<_> = stances.iter().map(Stance::seal).collect();
	commitment_set(&seals)
}

/// What all members make of the window if they are honest.
pub fn all_honest() -> [Stance; 3] {
	MEMBERS.map(honest)
}

/// The report of two statements, with the heads of their window if they are of two members.
pub fn report(left: &SignedStatement, right: &SignedStatement) -> RuntimeCall {
	let members = [left, right].map(|signed| signed.statement.intermediary());
	let heads = match members[0] == members[1] {
		true => vec![],
		false => heads(left.statement.window()),
	};
	report_with(left, right, heads)
}

/// The same with other heads.
pub fn report_with(
	left: &SignedStatement,
	right: &SignedStatement,
	heads: Vec<SignedMessage>,
) -> RuntimeCall {
	RuntimeCall::Disputes(Call::report {
		left: Box::new(left.clone()),
		right: Box::new(right.clone()),
		heads: bounded(heads),
	})
}

/// A complaint.
pub fn complain(utterance: Utterance, heads: Vec<SignedMessage>) -> RuntimeCall {
	RuntimeCall::Disputes(Call::complain {
		utterance: Box::new(utterance),
		heads: bounded(heads),
	})
}

/// A statement is put on file.
pub fn file(statement: &SignedStatement) -> RuntimeCall {
	RuntimeCall::Disputes(Call::file {
		statement: Box::new(statement.clone()),
		assent: None,
	})
}

/// A reveal is put on file.
pub fn file_reveal(revealed: &Revealed) -> RuntimeCall {
	RuntimeCall::Disputes(Call::file {
		statement: Box::new(revealed.statement.clone()),
		assent: revealed.settlement,
	})
}

/// What someone signs to show messages of its window, which begin at the position.
pub fn showing(stance: Stance, position: u32, messages: &[SignedMessage]) -> Showing {
	let window = stance.window();
	let rest = window.rest(position + messages.len() as u32);
	Showing {
		agreement: AGREEMENT,
		window: WINDOW,
		roster: ROSTER,
		version: VERSION,
		intermediary: stance.author,
		root: window.root(),
		position,
		messages: Showing::hash(messages),
		rest: bounded(rest),
	}
}

/// A chunk, signed by `signer`.
pub fn show_signed(
	signer: &sr25519::Pair,
	showing: Showing,
	messages: &[SignedMessage],
) -> RuntimeCall {
	RuntimeCall::Disputes(Call::show {
		signature: sign(signer, &genesis(), &showing),
		showing,
		messages: bounded(messages.to_vec()),
	})
}

/// Someone shows messages of its window.
pub fn show(stance: Stance, position: u32, messages: &[SignedMessage]) -> RuntimeCall {
	show_signed(
		&pair(stance.author),
		showing(stance, position, messages),
		messages,
	)
}

/// Someone shows the first part of its window.
pub fn show_first(stance: Stance) -> RuntimeCall {
	show(stance, 0, &messages(WINDOW, stance.level)[..4])
}

/// Someone shows the rest of its window.
pub fn show_last(stance: Stance) -> RuntimeCall {
	show(stance, 4, &messages(WINDOW, stance.level)[4..])
}

/// A member lacks messages, as `signer` says.
pub fn lack_by(signer: &sr25519::Pair, lack: Lack) -> RuntimeCall {
	let signature = sign(signer, &genesis(), &lack);
	RuntimeCall::Disputes(Call::lack { lack, signature })
}

/// What a member signs who lacks messages.
pub fn lacking(intermediary: IntermediaryId) -> Lack {
	Lack {
		agreement: AGREEMENT,
		window: WINDOW,
		roster: ROSTER,
		intermediary,
	}
}

/// A member lacks messages.
pub fn lack(intermediary: IntermediaryId) -> RuntimeCall {
	lack_by(&pair(intermediary), lacking(intermediary))
}

/// Anyone wants the window judged.
pub fn judge() -> RuntimeCall {
	RuntimeCall::Disputes(Call::judge {
		agreement: AGREEMENT,
		window: WINDOW,
	})
}

/// What a member declares itself done with, signed by `signer`.
pub fn done_by(signer: &sr25519::Pair, member: IntermediaryId, below: WindowIndex) -> SignedDone {
	let done = Done {
		agreement: AGREEMENT,
		roster: ROSTER,
		intermediary: member,
		below,
		at: START as u32,
		replaced: 0,
	};
	signed_done(signer, done)
}

/// A declaration, signed by `signer`.
pub fn signed_done(signer: &sr25519::Pair, done: Done) -> SignedDone {
	SignedDone {
		signature: sign(signer, &genesis(), &done),
		done,
	}
}

/// What all members declare if they are done with everything below a window.
pub fn all_done(below: WindowIndex) -> Vec<SignedDone> {
	MEMBERS
		.map(|member| done_by(&pair(member), member, below))
		.to_vec()
}

/// The dispute is to be dismissed.
pub fn dismiss(declarations: Vec<SignedDone>) -> RuntimeCall {
	RuntimeCall::Disputes(Call::dismiss {
		agreement: AGREEMENT,
		window: WINDOW,
		declarations: bounded(declarations),
	})
}

/// A sensor is accused.
pub fn accuse(left: &SignedMessage, right: &SignedMessage) -> RuntimeCall {
	RuntimeCall::Disputes(Call::accuse {
		left: Box::new(left.clone()),
		right: Box::new(right.clone()),
	})
}
