//! What adversaries do, each overriding as little as possible of what the honest worker does.

use std::collections::VecDeque;

use pallet_disputes::Call;
use sp_core::{ed25519, H256};
use syngraph_primitives::{
	BlockNumber, Commitment, Done, Function, Reveal, SignedMessage, SignedStatement, Statement,
};
use syngraph_protocol::{Bundle, Showing, Utterance};
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

/// A function that gives something else than the agreed one.
const WRONG: &[u8] = br#"{"take":"messages","aggregate":"count"}"#;

/// From which step on an adversary is silent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
	Commit,
	Reveal,
	Settle,
	Evidence,
}

/// What one has said about windows, by its own bundle.
pub fn said_by<'a>(heard: &'a [Bundle], own: &Forger) -> impl Iterator<Item = &'a Utterance> {
	let mine = heard.iter().find(|bundle| bundle.intermediary == own.id);
	mine.into_iter().flat_map(|bundle| &bundle.utterances)
}

/// Whether a call says for its author what belongs to the step, or to a later one.
fn belongs_to(call: &RuntimeCall, own: u64, step: Step) -> bool {
	let RuntimeCall::Disputes(call) = call else {
		return step != Step::Evidence;
	};
	let reveals = |statement: &Statement| matches!(statement, Statement::Reveal(_));
	match (call, step) {
		(Call::file { statement, .. }, Step::Reveal | Step::Settle) => {
			reveals(&statement.statement) && statement.statement.intermediary() == own
		},
		(Call::complain { .. }, Step::Reveal | Step::Settle) => true,
		(_, Step::Commit | Step::Evidence) => true,
		_ => false,
	}
}

/// Says nothing from some step on, neither to its peers nor to the chain.
pub struct Silent(pub Step);

impl Mischief for Silent {
	fn say(&mut self, mut bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		match self.0 {
			Step::Commit => return Vec::new(),
			Step::Reveal => bundle
				.utterances
				.iter_mut()
				.for_each(|said| said.reveal = None),
			// What is malformed is not taken in: the commitment is kept, the rest withheld.
			Step::Settle => bundle.utterances.iter_mut().for_each(|said| {
				if let Some(revealed) = &mut said.reveal {
					revealed.settlement = None;
				}
			}),
			Step::Evidence => (),
		}
		vec![(To::All, bundle)]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match belongs_to(&call, own.id, self.0) {
			true => Vec::new(),
			false => vec![call],
		}
	}
}

/// Is late with everything by so many blocks.
#[derive(Default)]
pub struct Late {
	pub by: BlockNumber,
	pub said: VecDeque<(BlockNumber, Bundle)>,
	pub calls: VecDeque<(BlockNumber, RuntimeCall)>,
}

impl Mischief for Late {
	fn say(&mut self, bundle: Bundle, _: &Forger, now: BlockNumber) -> Vec<(To, Bundle)> {
		self.said.push_back((now + self.by, bundle));
		Vec::new()
	}

	fn submit(&mut self, call: RuntimeCall, _: &Forger, now: BlockNumber) -> Vec<RuntimeCall> {
		self.calls.push_back((now + self.by, call));
		Vec::new()
	}

	fn act(
		&mut self,
		_: &[Bundle],
		_: &Forger,
		now: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let (mut said, mut calls) = (Vec::new(), Vec::new());
		while self.said.front().is_some_and(|(due, _)| *due <= now) {
			said.extend(self.said.pop_front().map(|(_, bundle)| (To::All, bundle)));
		}
		while self.calls.front().is_some_and(|(due, _)| *due <= now) {
			calls.extend(self.calls.pop_front().map(|(_, call)| call));
		}
		(said, calls)
	}
}

/// What an equivocator says differently to some.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Other {
	Seal,
	Root,
	Set,
	Result,
}

/// Changes the commitments or reveals of a bundle, and signs it anew.
fn changed(bundle: &Bundle, other: Other, own: &Forger) -> Bundle {
	let mut bundle = bundle.clone();
	for said in &mut bundle.utterances {
		if let Statement::Commit(commit) = &mut said.commit.statement {
			match other {
				Other::Seal => commit.seal = H256::repeat_byte(0x5e),
				Other::Root => commit.root = H256::repeat_byte(0x70),
				Other::Set | Other::Result => (),
			}
		}
		let reveal = said
			.reveal
			.as_mut()
			.map(|revealed| &mut revealed.statement.statement);
		if let Some(Statement::Reveal(reveal)) = reveal {
			match other {
				Other::Set => reveal.commitments = H256::repeat_byte(0x5e),
				Other::Result => reveal.result = reveal.result.map(|result| result + 1),
				Other::Seal | Other::Root => (),
			}
		}
	}
	own.sign_bundle(&bundle)
}

/// Says one thing to some peers and another thing to the others; where there is only one peer, to it and to
/// the chain.
pub struct TwoTongues {
	pub other: Other,
	pub members: usize,
}

impl Mischief for TwoTongues {
	fn say(&mut self, bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		let lie = changed(&bundle, self.other, own);
		let (some, others): (Vec<_>, Vec<_>) = (0..self.members)
			.filter(|place| *place != own.place)
			.partition(|place| place % 2 == 0);
		if some.is_empty() || others.is_empty() {
			return vec![(To::All, lie)];
		}
		vec![(To::Some(some), bundle), (To::Some(others), lie)]
	}
}

/// Tells everybody, and the chain, something else than it computed.
pub struct Liar(pub Other);

impl Mischief for Liar {
	fn say(&mut self, bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		vec![(To::All, changed(&bundle, self.0, own))]
	}
}

/// Computes another function.
pub struct WrongFunction;

impl Mischief for WrongFunction {
	fn function(&self) -> Option<Function> {
		Some(Function::Pipeline(
			WRONG.to_vec().try_into().expect("it is short"),
		))
	}
}

/// Computes another function, and shows only the first message of its window when there is a dispute.
pub struct HalfShown;

impl Mischief for HalfShown {
	fn function(&self) -> Option<Function> {
		WrongFunction.function()
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let RuntimeCall::Disputes(Call::show {
			showing, messages, ..
		}) = call
		else {
			return vec![call];
		};
		if showing.position > 0 {
			return Vec::new();
		}
		use syngraph_primitives::Payload;
		let first: Vec<SignedMessage> = messages.into_iter().take(1).collect();
		let showing = Showing {
			messages: Showing::hash(&first),
			..showing
		};
		let signature = sp_core::Pair::sign(&own.key, &showing.signing_bytes(&own.genesis));
		let messages = first.try_into().expect("one may be shown");
		vec![Call::show {
			showing,
			messages,
			signature,
		}
		.into()]
	}
}

/// Copies from the first peer that it hears.
pub struct Copycat {
	/// Whether it takes the peer's seal too, or only the root of a window that it does not have.
	pub seal: bool,
}

impl Copycat {
	fn copy(&self, peer: &Utterance, mine: Option<&Utterance>, own: &Forger) -> Option<Utterance> {
		let Statement::Commit(theirs) = &peer.commit.statement else {
			return None;
		};
		let mut commit = Commitment {
			intermediary: own.id,
			..theirs.clone()
		};
		if self.seal {
			let Statement::Commit(mine) = &mine?.commit.statement else {
				return None;
			};
			commit.possession = mine.possession;
		}
		let reveal = peer.reveal.as_ref().filter(|_| self.seal).map(|revealed| {
			let mut revealed = revealed.clone();
			if let Statement::Reveal(reveal) = &mut revealed.statement.statement {
				*reveal = Reveal {
					intermediary: own.id,
					..reveal.clone()
				};
			}
			revealed
		});
		let commit = SignedStatement {
			statement: Statement::Commit(commit),
			signature: peer.commit.signature,
		};
		Some(own.sign_utterance(&Utterance { commit, reveal }))
	}
}

impl Mischief for Copycat {
	fn say(&mut self, _: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		// Kept to itself: it needs what it would have said to make its copy.
		Vec::new()
	}

	fn submit(&mut self, _: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		Vec::new()
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let mine = heard.iter().find(|bundle| bundle.intermediary == own.id);
		let Some(peer) = heard.iter().find(|bundle| bundle.intermediary != own.id) else {
			return (Vec::new(), Vec::new());
		};
		let of = |said: &Utterance| said.parts().map(|(commit, _)| commit.window);
		let utterances: Vec<_> = peer
			.utterances
			.iter()
			.filter_map(|theirs| {
				let same = mine
					.and_then(|mine| mine.utterances.iter().find(|said| of(said) == of(theirs)));
				self.copy(theirs, same, own)
			})
			.collect();
		let file = |said: &Utterance| {
			let statement = Box::new(said.commit.clone());
			Call::<Runtime>::file {
				statement,
				assent: None,
			}
			.into()
		};
		let calls = utterances.iter().map(file).collect();
		let done = Done {
			intermediary: own.id,
			below: 0,
			..peer.done.done
		};
		let bundle = Bundle {
			intermediary: own.id,
			done: own.sign_done(done),
			asks: Vec::new(),
			utterances,
			..peer.clone()
		};
		(vec![(To::All, bundle)], calls)
	}
}

/// Says what it says under another agreement's name, or for another chain.
pub struct Replay {
	pub agreement: bool,
}

impl Mischief for Replay {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		let mut own = own.clone();
		if self.agreement {
			for said in &mut bundle.utterances {
				if let Statement::Commit(commit) = &mut said.commit.statement {
					commit.agreement = H256::repeat_byte(1);
				}
				said.reveal = None;
			}
		} else {
			own.genesis = H256::repeat_byte(1);
		}
		vec![(To::All, own.sign_bundle(&bundle))]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let RuntimeCall::Disputes(Call::file { statement, assent }) = call else {
			return Vec::new();
		};
		let foreign = Forger {
			genesis: H256::repeat_byte(1),
			..own.clone()
		};
		let statement = Box::new(foreign.sign(statement.statement));
		vec![Call::file { statement, assent }.into()]
	}
}

/// Complains in every block although all is well.
pub struct Complainer {
	/// The last message of every window.
	pub heads: Vec<SignedMessage>,
}

impl Mischief for Complainer {
	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let calls = said_by(heard, own).filter_map(|said| {
			let window = said.parts()?.0.window;
			let heads = vec![self.heads.get(window as usize)?.clone()];
			let utterance = Box::new(said.clone());
			let heads = heads.try_into().ok()?;
			Some(Call::<Runtime>::complain { utterance, heads }.into())
		});
		(Vec::new(), calls.collect())
	}
}

/// What an adversary sees of its own disk.
pub mod sight {
	use super::*;
	use syngraph_worker::state;

	/// What keys of messages begin with.
	const MESSAGE: &[u8] = b"syngraph/message/";

	/// Messages that say something else than the sensors signed.
	pub fn invented(key: &[u8], value: Vec<u8>) -> Option<Vec<u8>> {
		if !key.starts_with(MESSAGE) {
			return Some(value);
		}
		// Each is kept with the key by which it was checked.
		let kept = state::decode::<(ed25519::Public, SignedMessage)>(&value);
		let (by, mut signed) = kept.expect("it is a message");
		if signed.message.sequence % 2 == 1 {
			signed.message.timestamp += 60_000;
		}
		Some(state::encode(&(by, signed)))
	}

	/// No messages at all, not even those that were shown on chain.
	pub fn nothing(key: &[u8], value: Vec<u8>) -> Option<Vec<u8>> {
		if key.starts_with(b"syngraph/shown/") {
			return None;
		}
		lost(key, value)
	}

	/// None of the messages that it was sent.
	pub fn lost(key: &[u8], value: Vec<u8>) -> Option<Vec<u8>> {
		(!key.starts_with(MESSAGE)).then_some(value)
	}
}
