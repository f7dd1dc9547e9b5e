//! Who is there, and what they say.

use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	commitment_set, Agreements, Commitment, Complaint, Fate, IntermediaryId, Lack, Message,
	ResultValue, RoundId, SensorId, Sequence, SignedMessage, SourceVersion, Span, Utterance, Value,
	WindowIndex,
};
use syngraph_protocol::{
	outcome_leaf, path, Challenge, Hashes, Kind, Level, Path, Showing, Window,
};
use syngraph_test_kit::{
	bounded,
	claims::{Claim, WindowClaim},
	people::{ed25519_key, sign, signed_message, sr25519_key},
};

pub use super::state::AGREEMENT;

use super::{read, state::schema, MockChain, RuntimeCall, System};
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
pub const START: u64 = 1_000;
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
/// The first window of the round that tests are about.
pub const FIRST: WindowIndex = 3;
/// The window that tests are about: the last one of the round.
pub const WINDOW: WindowIndex = 4;
/// The first window after the round.
pub const END: WindowIndex = 5;
/// How many windows a round has at most, if each has three messages of its own of every sensor.
pub const LONGEST: u64 = 1365;
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

/// What is known of the sensors now.
pub fn version() -> SourceVersion {
	MockChain::version(&AGREEMENT).unwrap()
}

/// The round that is to settle next.
pub fn round() -> RoundId {
	let version = version();
	read(|books| RoundId::new(AGREEMENT, &books.roster, &books.progress, version))
}

fn unsigned(sensor: SensorId, sequence: Sequence, level: i64) -> Message {
	Message {
		sensor,
		kind: schema().kind,
		sequence,
		timestamp: 0,
		values: bounded(vec![Value::Integer(level)]),
	}
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
	signed_message(signer, &genesis(), unsigned(sensor, sequence, level))
}

/// The numbers of the messages of a window that are not void, each with its sensor.
fn numbers(window: WindowIndex) -> Vec<(SensorId, Sequence)> {
	let first = 10 + 3 * window;
	let all = SENSORS.into_iter().flat_map(|sensor| {
		let keys = read(|books| books.sensors[&sensor].clone());
		let numbers = (first..first + 3).filter(move |number| !keys.is_void(*number));
		numbers.map(move |number| (sensor, number))
	});
	all.collect()
}

/// The messages of a window, all of which say `level`.
pub fn messages(window: WindowIndex, level: i64) -> Vec<SignedMessage> {
	let all = numbers(window).into_iter();
	all.map(|(sensor, number)| message(sensor, number, level))
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

/// What someone makes of a round: of one window something of its own, and of the others what everybody does.
#[derive(Clone, Copy, Debug)]
pub struct Stance {
	/// Who.
	pub author: IntermediaryId,
	/// What it is about.
	pub span: Span,
	/// From which commitments its attempt begins.
	pub before: Option<H256>,
	/// The window of which it may make something else than others.
	pub odd: WindowIndex,
	/// What the messages of that window say.
	pub level: i64,
	/// Whether only the last of them does.
	pub late: bool,
	/// What it takes for the result of that window.
	pub result: Option<ResultValue>,
	/// Whether it has the messages of that window, and did not copy the root.
	pub has: bool,
	/// With what it seals the outcomes.
	pub secret: u8,
}

/// What an honest member makes of the round that is to settle next, in the first attempt.
pub fn honest(author: IntermediaryId) -> Stance {
	Stance {
		author,
		span: Span {
			round: round(),
			attempt: 0,
			end: END,
		},
		before: None,
		odd: WINDOW,
		level: 1,
		late: false,
		result: Some(RESULT),
		has: true,
		secret: author as u8,
	}
}

/// What all members make of the round if they are honest.
pub fn all_honest() -> [Stance; 3] {
	MEMBERS.map(honest)
}

impl Stance {
	/// The same with another result of the window that tests are about.
	pub fn claiming(self, result: Option<ResultValue>) -> Self {
		Self { result, ..self }
	}

	/// The same with other messages of it.
	pub fn seeing(self, level: i64) -> Self {
		Self { level, ..self }
	}

	/// The same with another last message of it.
	pub fn seeing_last(self, level: i64) -> Self {
		Self {
			late: true,
			..self.seeing(level)
		}
	}

	/// The same without any messages of it: the root is copied.
	pub fn copying(self) -> Self {
		Self { has: false, ..self }
	}

	/// The same, sealed with another secret.
	pub fn sealing(self, secret: u8) -> Self {
		Self { secret, ..self }
	}

	/// The same about another window.
	pub fn about(self, odd: WindowIndex) -> Self {
		Self { odd, ..self }
	}

	/// The same about another range.
	pub fn until(self, end: WindowIndex) -> Self {
		self.spanning(|span| span.end = end)
	}

	/// The same about another span.
	pub fn spanning(self, change: impl FnOnce(&mut Span)) -> Self {
		let mut stance = self;
		change(&mut stance.span);
		stance
	}

	/// The same in another attempt, which begins from some commitments.
	pub fn again(self, attempt: u8, before: H256, end: WindowIndex) -> Self {
		Self {
			before: Some(before),
			secret: self.secret.wrapping_add(attempt << 4),
			..self.spanning(|span| (span.attempt, span.end) = (attempt, end))
		}
	}

	/// What it takes for the messages of a window: their sensors and numbers, and what they say.
	fn contents(&self, window: WindowIndex) -> Vec<(SensorId, Sequence, i64)> {
		let all = numbers(window);
		let last = all.len() - 1;
		let level = |index| match window == self.odd && (index == last || !self.late) {
			true => self.level,
			false => 1,
		};
		let all = all.into_iter().enumerate();
		all.map(|(index, (sensor, number))| (sensor, number, level(index)))
			.collect()
	}

	/// The messages that it takes for those of a window.
	pub fn messages(&self, window: WindowIndex) -> Vec<SignedMessage> {
		let all = self.contents(window).into_iter();
		all.map(|(sensor, number, level)| message(sensor, number, level))
			.collect()
	}

	/// What it takes for a window.
	pub fn window(&self, window: WindowIndex) -> Window {
		let all = self.contents(window).into_iter();
		let all = all.map(|(sensor, number, level)| unsigned(sensor, number, level));
		Window::new(&all.collect::<Vec<_>>())
	}

	/// The root of a window.
	pub fn root_of(&self, window: WindowIndex) -> H256 {
		self.claim_of(window).root
	}

	/// What it claims of a window. Of one that lacks messages for good there is nothing to be known, unless it makes it
	/// up.
	fn claim_of(&self, window: WindowIndex) -> WindowClaim {
		let odd = window == self.odd;
		let honest = !odd || self.level == 1;
		let dead = honest && MockChain::fate(&AGREEMENT, window) == Fate::Dead;
		let whole = self.window(window);
		WindowClaim {
			result: match odd {
				true => self.result,
				false => (!dead).then_some(RESULT),
			},
			root: match dead {
				true => H256::zero(),
				false => whole.root(),
			},
			digest: match dead || (odd && !self.has) {
				true => H256::zero(),
				false => whole.digest(),
			},
		}
	}

	/// All that it claims.
	fn claim(&self) -> Claim {
		let windows = self.span.round.first..self.span.end;
		Claim {
			span: self.span,
			before: self.before,
			member: self.author,
			secret: [self.secret; 32],
			windows: windows.map(|window| self.claim_of(window)).collect(),
		}
	}

	/// The commitment.
	pub fn commitment(&self) -> Commitment {
		self.claim().commitment()
	}

	/// The commitment, signed.
	pub fn commit(&self) -> Utterance {
		self.claim().committed(&pair(self.author), &genesis())
	}

	/// The commitment and what opens it, if those of `others` make up the set of commitments.
	pub fn reveal(&self, others: &[Stance]) -> Utterance {
		let set = set_of(others);
		self.claim().revealed(&pair(self.author), &genesis(), set)
	}

	fn leaves(&self, kind: Kind) -> Vec<H256> {
		let windows = self.claim().windows.into_iter();
		let leaf = |window: WindowClaim| match kind {
			Kind::Data => window.root,
			Kind::Digests => window.digest,
			Kind::Outcomes => outcome_leaf(window.result),
		};
		windows.map(leaf).collect()
	}

	/// The hashes that open its tree.
	pub fn hashes(&self, kind: Kind, level: Level) -> Hashes {
		kind.hashes(level, &self.leaves(kind)).unwrap()
	}

	/// What leads from a window to the root of the data that it committed to.
	pub fn path(&self, window: WindowIndex) -> Path {
		let place = window - self.span.round.first;
		path(&self.leaves(Kind::Data), place as u32).unwrap()
	}
}

/// The set of their commitments.
pub fn set_of(stances: &[Stance]) -> H256 {
	let seals: Vec<_> = stances
		.iter()
		.map(|stance| stance.commitment().seal)
		.collect();
	commitment_set(&seals)
}

/// The report of two utterances.
pub fn report(left: &Utterance, right: &Utterance) -> RuntimeCall {
	RuntimeCall::Disputes(Call::report {
		left: Box::new(left.clone()),
		right: Box::new(right.clone()),
	})
}

/// A complaint, with what was heard of others and some heads.
pub fn complain(utterances: Vec<Utterance>, heads: Vec<SignedMessage>) -> RuntimeCall {
	let own = utterances.first();
	let sign = |own: &Utterance| sign(&pair(own.author()), &genesis(), &Complaint::of(own));
	let signature = own.map_or_else(Default::default, sign);
	complain_signed(utterances, heads, signature)
}

/// The same, with a signature that somebody else may have made.
pub fn complain_signed(
	utterances: Vec<Utterance>,
	heads: Vec<SignedMessage>,
	signature: sr25519::Signature,
) -> RuntimeCall {
	RuntimeCall::Disputes(Call::complain {
		utterances: bounded(utterances),
		heads: bounded(heads),
		signature,
	})
}

/// An utterance is put on file.
pub fn file(utterance: &Utterance) -> RuntimeCall {
	RuntimeCall::Disputes(Call::file {
		utterance: Box::new(utterance.clone()),
	})
}

/// What someone signs to show messages of a window, which begin at the position.
pub fn showing(
	stance: Stance,
	window: WindowIndex,
	position: u32,
	messages: &[SignedMessage],
) -> Showing {
	let whole = stance.window(window);
	let rest = whole.rest(position + messages.len() as u32);
	Showing {
		round: stance.span.round,
		window,
		intermediary: stance.author,
		root: whole.root(),
		path: stance.path(window),
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

/// Someone shows messages of the window that tests are about.
pub fn show(stance: Stance, position: u32, messages: &[SignedMessage]) -> RuntimeCall {
	show_signed(
		&pair(stance.author),
		showing(stance, WINDOW, position, messages),
		messages,
	)
}

/// The chunks in which someone shows a window.
pub fn chunks(stance: Stance, window: WindowIndex) -> Vec<RuntimeCall> {
	let all = stance.messages(window);
	let most = super::MaxShown::get() as usize;
	let chunk = |(index, chunk): (usize, &[SignedMessage])| {
		let showing = showing(stance, window, (index * most) as u32, chunk);
		show_signed(&pair(stance.author), showing, chunk)
	};
	all.chunks(most).enumerate().map(chunk).collect()
}

/// Someone shows the first part of the window that tests are about.
pub fn show_first(stance: Stance) -> RuntimeCall {
	chunks(stance, WINDOW).swap_remove(0)
}

/// Someone shows the rest of it.
pub fn show_last(stance: Stance) -> RuntimeCall {
	chunks(stance, WINDOW).swap_remove(1)
}

/// A member lacks messages, as `signer` says.
pub fn lack_by(signer: &sr25519::Pair, lack: Lack) -> RuntimeCall {
	let signature = sign(signer, &genesis(), &lack);
	RuntimeCall::Disputes(Call::lack { lack, signature })
}

/// What a member signs who lacks messages of a window.
pub fn lacking(intermediary: IntermediaryId, window: WindowIndex) -> Lack {
	Lack {
		round: round(),
		window,
		intermediary,
	}
}

/// A member lacks messages of a window.
pub fn lack_of(intermediary: IntermediaryId, window: WindowIndex) -> RuntimeCall {
	lack_by(&pair(intermediary), lacking(intermediary, window))
}

/// A member lacks messages of the window that tests are about.
pub fn lack(intermediary: IntermediaryId) -> RuntimeCall {
	lack_of(intermediary, WINDOW)
}

/// What someone signs to challenge another.
pub fn challenging(stance: Stance, accused: IntermediaryId) -> Challenge {
	Challenge {
		span: stance.span,
		intermediary: stance.author,
		accused,
		digests: stance.claim().digests(),
	}
}

/// Another is challenged, as `signer` says.
pub fn challenge_by(signer: &sr25519::Pair, challenge: Challenge) -> RuntimeCall {
	let signature = sign(signer, &genesis(), &challenge);
	RuntimeCall::Disputes(Call::challenge {
		challenge,
		signature,
	})
}

/// Someone challenges another.
pub fn challenge(stance: Stance, accused: IntermediaryId) -> RuntimeCall {
	challenge_by(&pair(stance.author), challenging(stance, accused))
}

/// The tree of the member at a place is opened.
pub fn lay_open(place: u8, hashes: Hashes) -> RuntimeCall {
	RuntimeCall::Disputes(Call::open {
		agreement: AGREEMENT,
		place,
		hashes,
	})
}

/// Anyone wants the dispute judged.
pub fn judge() -> RuntimeCall {
	RuntimeCall::Disputes(Call::judge {
		agreement: AGREEMENT,
	})
}

/// A sensor is accused.
pub fn accuse(left: &SignedMessage, right: &SignedMessage) -> RuntimeCall {
	RuntimeCall::Disputes(Call::accuse {
		left: Box::new(left.clone()),
		right: Box::new(right.clone()),
	})
}
