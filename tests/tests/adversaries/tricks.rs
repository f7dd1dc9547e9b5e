//! What adversaries do, each overriding as little as possible of what the honest worker does.

use std::collections::VecDeque;

use pallet_disputes::Call;
use sp_core::{ed25519, sr25519, H256};
use syngraph_primitives::{
	Assent, BlockNumber, Commitment, Complaint, Function, SignedMessage, Utterance,
};
use syngraph_protocol::{Bundle, Showing};
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};
use syngraph_worker::AgreementInfo;

/// A function that gives something else than the agreed one.
const WRONG: &[u8] = br#"{"take":"messages","aggregate":"count"}"#;
/// One that gives the same of the first window, and something else of all others: zero.
const WRONG_LATER: &[u8] = br#"{
	"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
	"keep": {"at_most": 60},
	"aggregate": "sum"
}"#;

/// What one has said, by its own bundle.
pub fn said_by<'a>(heard: &'a [Bundle], own: &Forger) -> impl Iterator<Item = &'a Utterance> {
	let mine = heard.iter().find(|bundle| bundle.intermediary == own.id);
	mine.into_iter().flat_map(|bundle| &bundle.utterances)
}

/// A call in which everything that its author says itself is changed, and signed anew.
pub fn rewritten(
	call: RuntimeCall,
	own: &Forger,
	mut change: impl FnMut(&mut Utterance),
) -> RuntimeCall {
	let mut rewrite = |said: &mut Utterance| {
		if said.author() == own.id {
			change(said);
			*said = own.sign_utterance(said);
		}
	};
	let RuntimeCall::Disputes(mut call) = call else {
		return call;
	};
	match &mut call {
		Call::file { utterance } => rewrite(utterance),
		Call::complain {
			utterances,
			signature,
			..
		} => {
			utterances.iter_mut().for_each(&mut rewrite);
			let first = utterances.first().filter(|said| said.author() == own.id);
			first
				.into_iter()
				.for_each(|said| *signature = own.sign(&Complaint::of(said)));
		},
		Call::report { left, right } => {
			rewrite(left);
			rewrite(right);
		},
		_ => (),
	}
	call.into()
}

/// From which step on an adversary is silent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
	/// It does not commit, nor anything else.
	Commit,
	/// It does not reveal.
	Reveal,
	/// It submits nothing to the chain.
	Chain,
	/// It says nothing to its peers.
	Peers,
	/// It does not lay open what it claims.
	Opening,
	/// It shows no messages.
	Evidence,
}

/// Says nothing from some step on. It may lie before.
pub struct Silent {
	pub step: Step,
	pub lies: bool,
}

impl Silent {
	pub fn from(step: Step) -> Self {
		let lies = false;
		Self { step, lies }
	}
}

impl Mischief for Silent {
	fn say(&mut self, mut bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		match self.step {
			Step::Commit | Step::Peers => return Vec::new(),
			Step::Reveal => bundle.utterances.iter_mut().for_each(conceal),
			Step::Chain | Step::Opening | Step::Evidence => (),
		}
		vec![(To::All, bundle)]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match (self.step, &call) {
			(Step::Commit | Step::Chain, _) => Vec::new(),
			// Whoever settles reveals.
			(Step::Reveal, RuntimeCall::Agreements(_)) => Vec::new(),
			(Step::Reveal, _) => vec![rewritten(call, own, conceal)],
			(Step::Opening, RuntimeCall::Disputes(Call::open { .. })) => Vec::new(),
			(Step::Evidence, RuntimeCall::Disputes(Call::show { .. })) => Vec::new(),
			_ => vec![call],
		}
	}

	fn see(&self, agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		match self.lies {
			true => other(agreement, WRONG),
			false => agreement,
		}
	}
}

fn conceal(said: &mut Utterance) {
	said.reveal = None;
}

/// Is heard by some of the others only.
pub struct Whisper(pub Vec<usize>);

impl Mischief for Whisper {
	fn say(&mut self, bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		vec![(To::Some(self.0.clone()), bundle)]
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

/// What an adversary says differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Other {
	/// It commits to other outcomes.
	Seal,
	/// It commits to other data.
	Root,
	/// It commits to one window less, or one more if there is only one.
	Range,
	/// It commits to many more windows than there are.
	Far,
	/// It reveals with another set of commitments.
	Set,
	/// It reveals other outcomes than it committed to.
	Outcomes,
	/// It reveals, but does not assent to what follows.
	Assent,
}

impl Other {
	/// Changes what is said. What cannot be opened any more is not revealed.
	fn change(self, said: &mut Utterance) {
		let Utterance { commit, reveal } = said;
		let commitment = &mut commit.commitment;
		let span = &mut commitment.span;
		match self {
			Other::Seal => commitment.seal = H256::repeat_byte(0x5e),
			Other::Root => commitment.data_root = H256::repeat_byte(0x70),
			Other::Range if span.len() > 1 => span.end -= 1,
			Other::Range => span.end += 1,
			Other::Far => span.end += 20,
			Other::Set | Other::Outcomes | Other::Assent => (),
		}
		if matches!(self, Other::Seal | Other::Range | Other::Far) {
			*reveal = None;
		}
		if let Some(reveal) = reveal {
			match self {
				Other::Set => reveal.commitments = H256::repeat_byte(0x5e),
				Other::Outcomes => reveal.outcomes = H256::repeat_byte(0x5e),
				_ => (),
			}
		}
	}
}

/// A bundle that says something else, signed anew.
fn changed(
	bundle: &Bundle,
	other: Other,
	own: &Forger,
	change: impl FnMut(&mut Utterance),
) -> Bundle {
	let mut bundle = bundle.clone();
	bundle.utterances.iter_mut().for_each(change);
	let mut bundle = own.sign_bundle(&bundle);
	if other == Other::Assent {
		let reveals = bundle.utterances.iter_mut();
		let reveals = reveals.filter_map(|said| said.reveal.as_mut());
		reveals.for_each(|reveal| {
			if let Assent::Single { signature, .. } = &mut reveal.assent {
				*signature = sr25519::Signature::default();
			}
		});
	}
	bundle
}

/// Says one thing to some peers and another thing to the others; where there is only one peer, or all are to hear the
/// same, to them and to the chain.
pub struct TwoTongues {
	pub other: Other,
	pub members: usize,
	/// Whether all peers hear the same.
	pub alike: bool,
	/// What it tells the chain, if they do.
	pub said: Vec<Utterance>,
}

impl Mischief for TwoTongues {
	fn say(&mut self, bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		let other = self.other;
		let lie = changed(&bundle, other, own, |said| other.change(said));
		let (some, others): (Vec<_>, Vec<_>) = (0..self.members)
			.filter(|place| *place != own.place)
			.partition(|place| place % 2 == 0);
		if self.alike || some.is_empty() || others.is_empty() {
			self.said = bundle.utterances;
			return vec![(To::All, lie)];
		}
		vec![(To::Some(some), bundle), (To::Some(others), lie)]
	}

	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match call {
			// What settles is not looked at any more.
			RuntimeCall::Agreements(_) if !self.said.is_empty() => Vec::new(),
			_ => vec![call],
		}
	}

	fn act(
		&mut self,
		_: &[Bundle],
		_: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let file = |said: &Utterance| {
			let utterance = Box::new(said.clone());
			Call::<Runtime>::file { utterance }.into()
		};
		(Vec::new(), self.said.iter().map(file).collect())
	}
}

/// Tells everybody something else than it computed, and the chain, too.
pub struct Liar {
	other: Other,
	/// To what it has committed. The worker remembers that, and says it again as it was.
	told: Vec<Commitment>,
}

impl Liar {
	pub fn new(other: Other) -> Self {
		let told = Vec::new();
		Self { other, told }
	}

	fn change(&mut self, said: &mut Utterance) {
		if self.told.contains(said.commitment()) {
			return;
		}
		let before = said.commitment().clone();
		self.other.change(said);
		if *said.commitment() != before {
			self.told.push(said.commitment().clone());
		}
	}
}

impl Mischief for Liar {
	fn say(&mut self, bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		let lie = changed(&bundle, self.other, own, |said| self.change(said));
		vec![(To::All, lie)]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match (self.other, &call) {
			(Other::Assent, RuntimeCall::Disputes(Call::file { .. })) => {
				// It would be refused.
				vec![rewritten(call, own, conceal)]
			},
			(_, RuntimeCall::Agreements(_)) => Vec::new(),
			_ => vec![rewritten(call, own, |said| self.change(said))],
		}
	}
}

/// Computes another function.
pub struct WrongFunction;

impl Mischief for WrongFunction {
	fn see(&self, agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		other(agreement, WRONG)
	}
}

/// Computes one that gives the same of the first window.
pub struct WrongLater;

impl Mischief for WrongLater {
	fn see(&self, agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		other(agreement, WRONG_LATER)
	}
}

/// The agreement with another function.
fn other(agreement: AgreementInfo, function: &[u8]) -> AgreementInfo {
	let function = function.to_vec().try_into().expect("it is short");
	AgreementInfo {
		function: Function::Pipeline(function),
		..agreement
	}
}

/// Computes another function, and shows only the first message of its window when there is a dispute.
pub struct HalfShown;

impl Mischief for HalfShown {
	fn see(&self, agreement: AgreementInfo, _: &Forger) -> AgreementInfo {
		other(agreement, WRONG)
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
		let first: Vec<SignedMessage> = messages.into_iter().take(1).collect();
		let showing = Showing {
			messages: Showing::hash(&first),
			..showing
		};
		let signature = own.sign(&showing);
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
	/// Whether it takes the peer's seal too, or only the roots of windows that it does not have.
	pub seal: bool,
}

impl Copycat {
	fn copy(&self, peer: &Utterance, mine: Option<&Utterance>, own: &Forger) -> Option<Utterance> {
		let mut commitment = Commitment {
			intermediary: own.id,
			..peer.commitment().clone()
		};
		if self.seal {
			commitment.possession = mine?.commitment().possession;
		}
		let copy = Utterance {
			commit: own.sign_commitment(commitment),
			reveal: peer.reveal.clone().filter(|_| self.seal),
		};
		Some(own.sign_utterance(&copy))
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
		let mine: Vec<_> = said_by(heard, own).collect();
		let Some(peer) = heard.iter().find(|bundle| bundle.intermediary != own.id) else {
			return (Vec::new(), Vec::new());
		};
		let theirs = peer.utterances.iter();
		let copies: Vec<_> = theirs
			.filter_map(|theirs| {
				let mut mine = mine.iter().copied();
				let same = mine.find(|said| said.span() == theirs.span());
				self.copy(theirs, same, own)
			})
			.collect();
		let file = |said: &Utterance| {
			let utterance = Box::new(said.clone());
			Call::<Runtime>::file { utterance }.into()
		};
		let calls = copies.iter().map(file).collect();
		// What does not open the seal is not taken in, and nothing else with it.
		let mut utterances = copies.clone();
		utterances.iter_mut().for_each(conceal);
		let bundle = Bundle {
			intermediary: own.id,
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
				said.commit.commitment.span.round.agreement = H256::repeat_byte(1);
				said.reveal = None;
			}
		} else {
			own.genesis = H256::repeat_byte(1);
		}
		vec![(To::All, own.sign_bundle(&bundle))]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let foreign = Forger {
			genesis: H256::repeat_byte(1),
			..own.clone()
		};
		match call {
			RuntimeCall::Disputes(Call::file { .. }) => vec![rewritten(call, &foreign, |_| ())],
			_ => Vec::new(),
		}
	}
}

/// Complains in every block although all is well.
pub struct Complainer {
	/// The last message of every window.
	pub heads: Vec<SignedMessage>,
	/// Whether it does so in the names of others, who would have to pay for it.
	pub as_others: bool,
}

impl Mischief for Complainer {
	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let whose = |bundle: &&Bundle| (bundle.intermediary != own.id) == self.as_others;
		let said = heard.iter().filter(whose).flat_map(|it| &it.utterances);
		let calls = said.filter_map(|said| complaint(said, &self.heads, own));
		(Vec::new(), calls.collect())
	}
}

/// A complaint that begins with what its author said, whoever signs it.
pub fn complaint(said: &Utterance, heads: &[SignedMessage], by: &Forger) -> Option<RuntimeCall> {
	let last = said.span().end.checked_sub(1)?;
	let heads = vec![heads.get(last as usize)?.clone()];
	let utterances = vec![said.clone()];
	Some(
		Call::<Runtime>::complain {
			utterances: utterances.try_into().ok()?,
			heads: heads.try_into().ok()?,
			signature: by.sign(&Complaint::of(said)),
		}
		.into(),
	)
}

/// What an adversary sees of its own disk.
pub mod sight {
	use super::*;
	use syngraph_tests::machine::Sight;
	use syngraph_worker::state;

	/// What keys of messages begin with.
	const MESSAGE: &[u8] = b"syngraph/message/";

	/// Messages that say something else than the sensors signed.
	pub fn invented(key: &[u8], value: Vec<u8>) -> Option<Vec<u8>> {
		changed(key, value, invent)
	}

	/// The same of all windows but the first.
	pub fn invented_later(key: &[u8], value: Vec<u8>) -> Option<Vec<u8>> {
		changed(key, value, |signed| match signed.message.sequence {
			0 | 1 => signed,
			_ => invent(signed),
		})
	}

	/// In the place of its messages, these with their numbers.
	pub fn others(messages: Vec<SignedMessage>) -> Sight {
		Box::new(move |key: &[u8], value| {
			changed(key, value, |signed| {
				let number = signed.message.sequence;
				let mut all = messages.iter();
				let other = all.find(|other| other.message.sequence == number);
				other.cloned().unwrap_or(signed)
			})
		})
	}

	fn invent(mut signed: SignedMessage) -> SignedMessage {
		if signed.message.sequence % 2 == 1 {
			signed.message.timestamp += 60_000;
		}
		signed
	}

	/// What is stored under a key, with another message if it is one.
	fn changed(
		key: &[u8],
		value: Vec<u8>,
		change: impl FnOnce(SignedMessage) -> SignedMessage,
	) -> Option<Vec<u8>> {
		if !key.starts_with(MESSAGE) {
			return Some(value);
		}
		// Each is kept with the key by which it was checked.
		let kept = state::decode::<(ed25519::Public, SignedMessage)>(&value);
		let (by, signed) = kept.expect("it is a message");
		Some(state::encode(&(by, change(signed))))
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
