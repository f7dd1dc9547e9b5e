//! What can be done to the chain: anything, and what is signed as it must be but says all sorts of things.

use codec::{Decode, DecodeLimit, Encode};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	MAX_EXTRINSIC_DEPTH,
};
use pallet_disputes::{Disputes, Heads};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::generic::{Era, Preamble, SignedPayload};
use syngraph_primitives::{
	commitment_set, Agreements as _, Complaint, Heartbeat, IntermediaryId, Lack, Payload, Progress,
	Roster, RoundId, Secret, SignedMessage, Span, Utterance, WindowIndex,
};
use syngraph_protocol::{
	outcome_leaf, path, Challenge, Docket, Hashes, Kind, Level, Proof, Showing, Shown, Stage,
	Window,
};
use syngraph_runtime::{
	transactions::extension, AccountId, Agreements, BlockNumber, Runtime, RuntimeCall, System,
	UncheckedExtrinsic,
};
use syngraph_test_kit::{
	bounded,
	claims::{self, WindowClaim},
	proofs::{singles, singly},
};
use syngraph_tests::chain::general;

use crate::cast::{Cast, SIZE, TRACES, WINDOWS};

/// Something that is done to the chain. All its numbers may have any value.
#[derive(Clone, Encode, Decode)]
pub enum Step {
	/// Nothing, for so many blocks.
	Wait(#[codec(compact)] u32),
	/// Bytes are sent as a transaction.
	Send(Vec<u8>),
	/// One of the signers signs a call, given by its encoding.
	Sign(u8, Vec<u8>),
	/// A call is sent that nobody signs, given by its encoding.
	Call(Vec<u8>),
	/// All members of the roster settle with the same claim.
	Settle(Claim),
	/// What two members say is reported.
	Report(Said, Said),
	/// A member complains.
	Complain {
		/// What it says about the round.
		said: Said,
		/// Of how many others it has heard the same.
		others: u8,
		/// Which trace's messages it shows.
		heads: u8,
	},
	/// What a member says is put on file.
	File(Said),
	/// A member lacks messages of a window in its range.
	Lack(Claim, u8),
	/// A member challenges another to have the windows.
	Challenge(Claim, u8),
	/// The tree of a claim is laid open, as that of the member in a place.
	Open(Claim, u8),
	/// A member shows messages of the window in question, or of another one.
	Show {
		/// Who and what.
		claim: Claim,
		/// Which window of its range, if none is in question.
		window: u8,
		/// The position of the first of them.
		from: u8,
		/// How many.
		count: u8,
	},
	/// The dispute is judged.
	Judge,
	/// The lock is accused of having signed two messages with one number: of two traces.
	Accuse(u8, [u8; 2]),
	/// An intermediary shows that it was alive so many blocks ago.
	Beat(Claim, u8),
}

/// What a member claims of the windows of a range. All zeros are the truth about the next window, in the attempt that
/// the chain waits for.
#[derive(Clone, Copy, Default, Encode, Decode)]
pub struct Claim {
	/// Which of the intermediaries claims it.
	pub who: u8,
	/// With which window it begins: with the next one, or so many before or after that.
	pub first: i8,
	/// How many windows the range has, less one, unless the chain waits for another one.
	pub more: u8,
	/// In which attempt: that which the chain waits for, or the one before this number.
	pub attempt: u8,
	/// Under which roster: the current one, the first, or one that never was.
	pub roster: u8,
	/// Which messages it has: of one of the traces, or none.
	pub trace: u8,
	/// What it makes of one of its windows: the truth, another result, null, another digest or another root.
	pub lie: u8,
	/// Of which.
	pub place: u8,
	/// Its secret.
	pub secret: u8,
	/// Which commitments it has seen: those of members who claim the same, or none.
	pub set: u8,
	/// How it signs: well, for another chain, with another's key, or about another agreement.
	pub flaw: u8,
}

/// A claim, and whether it is revealed: if the number is odd.
#[derive(Clone, Copy, Default, Encode, Decode)]
pub struct Said {
	/// What is claimed.
	pub claim: Claim,
	/// Whether it is revealed.
	pub reveals: u8,
}

impl Step {
	/// The transaction that is sent, if what is given encodes one that anybody may send.
	pub fn transaction(self, cast: &Cast) -> Option<UncheckedExtrinsic> {
		let transaction = match self {
			Step::Send(bytes) => UncheckedExtrinsic::decode(&mut &bytes[..]).ok()?,
			Step::Sign(who, bytes) => {
				let signer = &cast.signers[usize::from(who) % cast.signers.len()];
				sign(signer, decode(&bytes)?)?
			},
			step => general(step.call(cast)?),
		};
		// Inherents are the block author's alone.
		let class = transaction.function.get_dispatch_info().class;
		let bare = matches!(transaction.preamble, Preamble::Bare(_));
		(!bare && class != DispatchClass::Mandatory).then_some(transaction)
	}

	/// The call that nobody signs, if it is one.
	pub fn call(self, cast: &Cast) -> Option<RuntimeCall> {
		use pallet_disputes::Call;
		let call: Call<Runtime> = match self {
			Step::Wait(_) | Step::Send(_) | Step::Sign(..) => return None,
			Step::Call(bytes) => return decode(&bytes),
			Step::Settle(claim) => return Some(claim.with(cast).settle().into()),
			Step::Beat(claim, ago) => return Some(claim.with(cast).beat(ago.into()).into()),
			Step::Report(left, right) => Call::report {
				left: Box::new(left.utterance(cast)),
				right: Box::new(right.utterance(cast)),
			},
			Step::Complain {
				said,
				others,
				heads,
			} => complain(&said, others, heads, cast),
			Step::File(said) => Call::file {
				utterance: Box::new(said.utterance(cast)),
			},
			Step::Lack(claim, window) => claim.with(cast).lack(window.into()),
			Step::Challenge(claim, accused) => claim.with(cast).challenge(accused.into()),
			Step::Open(claim, place) => Call::open {
				agreement: cast.agreement,
				place,
				hashes: claim.with(cast).hashes(),
			},
			Step::Show {
				claim,
				window,
				from,
				count,
			} => show(&claim.with(cast), window, from, count),
			Step::Judge => Call::judge {
				agreement: cast.agreement,
			},
			Step::Accuse(sequence, traces) => {
				let message = |trace| Box::new(message(cast, sequence, trace));
				Call::accuse {
					left: message(traces[0]),
					right: message(traces[1]),
				}
			},
		};
		Some(call.into())
	}
}

fn decode(bytes: &[u8]) -> Option<RuntimeCall> {
	RuntimeCall::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &bytes[..]).ok()
}

/// A call as `signer` sends it next.
fn sign(signer: &sr25519::Pair, call: RuntimeCall) -> Option<UncheckedExtrinsic> {
	let account = AccountId::from(signer.public());
	let extension = extension(Era::Immortal, System::account_nonce(&account), 0);
	let payload = SignedPayload::new(call.clone(), extension.clone()).ok()?;
	let signature = payload.using_encoded(|bytes| signer.sign(bytes));
	Some(UncheckedExtrinsic::new_signed(
		call,
		account.into(),
		signature.into(),
		extension,
	))
}

fn message(cast: &Cast, sequence: u8, trace: u8) -> SignedMessage {
	let (sequence, trace) = (usize::from(sequence), usize::from(trace));
	let window = cast.messages(sequence / SIZE % WINDOWS, trace % TRACES);
	window[sequence % SIZE].clone()
}

fn complain(said: &Said, others: u8, heads: u8, cast: &Cast) -> pallet_disputes::Call<Runtime> {
	let own = said.claim.with(cast);
	let members = own.roster.members.iter();
	let others = members
		.filter(|member| **member != own.who)
		.take(usize::from(others));
	let all = [own.who].into_iter().chain(others.copied());
	let utterances: Vec<_> = all
		.map(|member| own.utterance(member, said.reveals % 2 == 1))
		.collect();
	pallet_disputes::Call::complain {
		utterances: bounded(utterances),
		heads: heads_of(&own, heads),
		signature: own.sign(&Complaint {
			round: own.span.round,
			intermediary: own.who,
		}),
	}
}

/// The last message of the range, or of the last window that there is.
fn heads_of(claimed: &Claimed<'_>, trace: u8) -> Heads {
	let last = claimed.span.end.saturating_sub(1).min(WINDOWS as u64 - 1) as usize;
	let messages = claimed.cast.messages(last, usize::from(trace) % TRACES);
	bounded(messages[SIZE - 1..].to_vec())
}

fn show(claimed: &Claimed<'_>, window: u8, from: u8, count: u8) -> pallet_disputes::Call<Runtime> {
	let (cast, span) = (claimed.cast, claimed.span);
	let asked = claimed.docket.as_ref().and_then(Docket::window);
	let other = || {
		let count = u64::from(span.len()).max(1);
		span.round.first.saturating_add(u64::from(window) % count)
	};
	let window = asked.unwrap_or_else(other);
	let all = cast.messages(window as usize % WINDOWS, claimed.trace % TRACES);
	let (from, count) = (usize::from(from) % SIZE, usize::from(count) % (SIZE + 1));
	let messages: Vec<_> = all.iter().skip(from).take(count).cloned().collect();
	let contents = Window::new(all.iter().map(|signed| &signed.message));
	let rest = contents.rest((from + messages.len()) as u32);
	let roots: Vec<H256> = claimed.windows.iter().map(|window| window.root).collect();
	let place = span.place(window).unwrap_or_default();
	let showing = Showing {
		round: span.round,
		window,
		intermediary: claimed.who,
		root: roots.get(place as usize).copied().unwrap_or_default(),
		path: path(&roots, place).unwrap_or_default(),
		position: from as u32,
		messages: Showing::hash(&messages),
		rest: bounded(rest),
	};
	pallet_disputes::Call::show {
		signature: claimed.sign(&showing),
		showing,
		messages: bounded(messages),
	}
}

/// A claim, as it is made.
struct Claimed<'a> {
	cast: &'a Cast,
	who: IntermediaryId,
	roster: Roster,
	span: Span,
	before: Option<H256>,
	trace: usize,
	windows: Vec<WindowClaim>,
	secret: Secret,
	/// Whether it has seen the others' commitments.
	set: bool,
	flaw: u8,
	/// The open dispute.
	docket: Option<Docket<BlockNumber>>,
}

impl Claim {
	fn with(self, cast: &Cast) -> Claimed<'_> {
		let mut roster = cast.roster(self.roster % 4 == 1);
		if self.roster % 4 == 2 {
			roster.number = roster.number.wrapping_add(1);
		}
		let open = Disputes::<Runtime>::get(cast.agreement);
		let docket = open.map(|dispute| dispute.docket);
		let progress = Agreements::progress(&cast.agreement).unwrap_or_default();
		let agreement = match self.flaw {
			3 => cast.proposed.id(&cast.genesis),
			_ => cast.agreement,
		};
		let progress = Progress {
			base: progress.base.saturating_add_signed(self.first.into()),
			..progress
		};
		let version = Agreements::version(&cast.agreement).unwrap_or_default();
		let round = RoundId::new(agreement, &roster, &progress, version);
		let (span, before) = self.span(round, docket.as_ref());
		let trace = usize::from(self.trace) % (TRACES + 1);
		Claimed {
			cast,
			who: cast.intermediaries[usize::from(self.who) % cast.intermediaries.len()].0,
			roster,
			span,
			before,
			trace,
			windows: self.windows(cast, &span, trace),
			secret: [self.secret; 32],
			set: self.set.is_multiple_of(2),
			flaw: self.flaw,
			docket,
		}
	}

	/// The range, and the commitments from which the attempt begins.
	fn span(&self, round: RoundId, docket: Option<&Docket<BlockNumber>>) -> (Span, Option<H256>) {
		let end = round.first.saturating_add(self.more.into());
		let chosen = |attempt| Span {
			round,
			attempt,
			end: end.saturating_add(1),
		};
		match (self.attempt.checked_sub(1), docket) {
			(Some(attempt), _) => {
				let before = H256::repeat_byte(self.place);
				(chosen(attempt), (attempt > 0).then_some(before))
			},
			(None, Some(docket)) => {
				let chosen = chosen(docket.attempt);
				let end = docket.end.unwrap_or(chosen.end);
				(Span { end, ..chosen }, docket.before)
			},
			(None, None) => (chosen(0), None),
		}
	}

	/// What it takes for the windows.
	fn windows(&self, cast: &Cast, span: &Span, trace: usize) -> Vec<WindowClaim> {
		let all = span.round.first..span.end;
		let mut windows: Vec<_> = all.map(|window| window_of(cast, window, trace)).collect();
		let lied = usize::from(self.place) % windows.len().max(1);
		let Some(window) = windows.get_mut(lied) else {
			return windows;
		};
		match self.lie % 5 {
			0 => (),
			1 => window.result = Some(window.result.unwrap_or_default().saturating_add(1)),
			2 => window.result = None,
			3 => window.digest = H256::repeat_byte(3),
			_ => window.root = H256::repeat_byte(4),
		}
		windows
	}
}

/// A window as one claims it that has the messages of a trace. Of those that are yet to come, and of those of which it
/// has none, it claims that they are null.
fn window_of(cast: &Cast, window: WindowIndex, trace: usize) -> WindowClaim {
	let known = usize::try_from(window).ok().filter(|_| trace < TRACES);
	let shown = known.and_then(|window| cast.shown(window, trace));
	let made_up = Shown {
		root: H256::repeat_byte(1),
		..Shown::dead()
	};
	let Shown {
		root,
		digest,
		result,
	} = shown.cloned().unwrap_or(made_up);
	WindowClaim {
		result,
		root,
		digest,
	}
}

impl Said {
	fn utterance(&self, cast: &Cast) -> Utterance {
		let claimed = self.claim.with(cast);
		claimed.utterance(claimed.who, self.reveals % 2 == 1)
	}
}

impl Claimed<'_> {
	fn sign(&self, payload: &impl Payload) -> sr25519::Signature {
		let (genesis, key) = self.signing(self.who);
		key.sign(&payload.signing_bytes(&genesis))
	}

	/// With what somebody signs, and for which chain.
	fn signing(&self, who: IntermediaryId) -> (H256, &sr25519::Pair) {
		match self.flaw {
			1 => (H256::zero(), self.cast.key_of(who)),
			2 => (self.cast.genesis, &self.cast.signers[0]),
			_ => (self.cast.genesis, self.cast.key_of(who)),
		}
	}

	/// What somebody says that claims the same.
	fn claim(&self, who: IntermediaryId) -> claims::Claim {
		claims::Claim {
			span: self.span,
			before: self.before,
			member: who,
			secret: self.secret,
			windows: self.windows.clone(),
		}
	}

	/// The set of all members' commitments, or another one.
	fn commitments(&self) -> H256 {
		let members = self.roster.members.iter();
		let seals: Vec<_> = members.map(|who| self.claim(*who).seal()).collect();
		match self.set {
			true => commitment_set(&seals),
			false => H256::zero(),
		}
	}

	fn utterance(&self, who: IntermediaryId, reveals: bool) -> Utterance {
		let ((genesis, key), claim) = (self.signing(who), self.claim(who));
		match reveals {
			true => claim.revealed(key, &genesis, self.commitments()),
			false => claim.committed(key, &genesis),
		}
	}

	/// All members settle.
	fn settle(&self) -> pallet_agreements::Call<Runtime> {
		let (claim, members) = (self.claim(self.who), &self.roster.members);
		let mut proof = Proof {
			attempt: self.span.attempt,
			outcomes: claim.outcomes(),
			data_root: claim.commitment().data_root,
			blindings: bounded(vec![claim.blinding(); members.len()]),
			assents: singly(Vec::new()),
		};
		singles(&mut proof).former = u16::from(self.flaw == 4);
		let settlement = proof.settlement(&self.span.round, members);
		let signatures = members.iter().map(|who| {
			let (genesis, key) = self.signing(*who);
			key.sign(&settlement.signing_bytes(&genesis))
		});
		let signatures = bounded(signatures.collect());
		singles(&mut proof).signatures = signatures;
		pallet_agreements::Call::settle {
			agreement: self.span.round.agreement,
			first: self.span.round.first,
			proof,
		}
	}

	/// A member lacks messages of a window.
	fn lack(&self, place: u64) -> pallet_disputes::Call<Runtime> {
		let lack = Lack {
			round: self.span.round,
			window: self.span.round.first.saturating_add(place),
			intermediary: self.who,
		};
		let signature = self.sign(&lack);
		pallet_disputes::Call::lack { lack, signature }
	}

	/// A member challenges another.
	fn challenge(&self, accused: usize) -> pallet_disputes::Call<Runtime> {
		let all = &self.cast.intermediaries;
		let challenge = Challenge {
			span: self.span,
			intermediary: self.who,
			accused: all[accused % all.len()].0,
			digests: self.claim(self.who).digests(),
		};
		let signature = self.sign(&challenge);
		pallet_disputes::Call::challenge {
			challenge,
			signature,
		}
	}

	/// What of the tree is to be laid open now.
	fn hashes(&self) -> Hashes {
		let stage = self.docket.as_ref().map(|docket| docket.stage);
		let (kind, level) = match stage {
			Some(Stage::Opening { kind, level }) => (kind, level),
			_ => (Kind::Data, Level::Leaves { block: 0 }),
		};
		let leaf = |window: &WindowClaim| match kind {
			Kind::Data => window.root,
			Kind::Digests => window.digest,
			Kind::Outcomes => outcome_leaf(window.result),
		};
		let leaves: Vec<H256> = self.windows.iter().map(leaf).collect();
		kind.hashes(level, &leaves).unwrap_or_default()
	}

	/// An intermediary was alive so many blocks ago.
	fn beat(&self, ago: u32) -> pallet_registry::Call<Runtime> {
		let (intermediary, at) = (self.who, System::block_number().saturating_sub(ago));
		let signature = self.sign(&Heartbeat { intermediary, at });
		pallet_registry::Call::heartbeat {
			intermediary,
			at,
			signature,
		}
	}
}
