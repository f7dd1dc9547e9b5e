//! What can be done to the chain: anything, and what is signed as it must be but says all sorts of things.

use codec::{Decode, DecodeLimit, Encode};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	MAX_EXTRINSIC_DEPTH,
};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::generic::{Era, Preamble, SignedPayload};
use syngraph_primitives::{
	commitment_set, Agreements as _, Assent, Done, Heartbeat, IntermediaryId, Lack, Payload,
	ResultValue, Roster, Secret, Settlement, SignedDone, SignedMessage, SignedStatement,
	SourceVersion, Statement, WindowIndex,
};
use syngraph_protocol::{Proof, Revealed, Showing, Utterance, Window};
use syngraph_runtime::{
	transactions::extension, AccountId, Agreements, Runtime, RuntimeCall, System,
	UncheckedExtrinsic,
};
use syngraph_test_kit::claims;
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
	/// Two statements are reported.
	Report((Claim, Sort), (Claim, Sort)),
	/// A member complains.
	Complain {
		/// What it says about the window.
		claim: Claim,
		/// Odd if it has revealed.
		reveals: u8,
		/// Which trace's messages it shows.
		heads: u8,
	},
	/// A statement is put on file; the last says whether an assent goes with it: odd for none.
	File(Claim, Sort, u8),
	/// A member shows messages of a window.
	Show {
		/// Who and what.
		claim: Claim,
		/// The position of the first of them.
		from: u8,
		/// How many.
		count: u8,
	},
	/// The dispute about a window is judged.
	Judge(u8),
	/// A dispute is dismissed: all members of the roster are done with the windows below one.
	Dismiss(Claim, u8),
	/// The lock is accused of having signed two messages with one number: of two traces.
	Accuse(u8, [u8; 2]),
	/// A member lacks messages of a window.
	Lack(Claim),
	/// All members of the roster are done with the windows below one, which are passed over.
	Pass(Claim, u8),
	/// An intermediary shows that it was alive so many blocks ago.
	Beat(Claim, u8),
}

/// What a member says about a window. All zeros are the truth.
#[derive(Clone, Copy, Default, Encode, Decode)]
pub struct Claim {
	/// Which of the intermediaries says it.
	pub who: u8,
	/// About which window.
	pub window: u8,
	/// Under which roster: the current one, the first, or one that never was.
	pub roster: u8,
	/// Which messages it has: of one of the traces, or none.
	pub trace: u8,
	/// What it computes: the result, another one, or null.
	pub result: u8,
	/// Its secret.
	pub secret: u8,
	/// Which commitments it has seen: those of members who claim the same, or none.
	pub set: u8,
	/// How it signs: well, for another chain, with another's key, or about another agreement.
	pub flaw: u8,
}

/// The sort of a statement.
#[derive(Clone, Copy, Encode, Decode)]
pub enum Sort {
	/// A commitment.
	Commit,
	/// A reveal.
	Reveal,
	/// An assent.
	Assent,
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
			Step::Pass(claim, below) => return Some(claim.with(cast).pass(below.into()).into()),
			Step::Beat(claim, ago) => return Some(claim.with(cast).beat(ago.into()).into()),
			Step::Lack(claim) => claim.with(cast).lack(),
			Step::Report((left, one), (right, other)) => {
				let (left, right) = (left.with(cast), right.with(cast));
				let heads = match left.who == right.who {
					true => Default::default(),
					false => heads_of(&left, 0),
				};
				Call::report {
					left: Box::new(left.statement(one)),
					right: Box::new(right.statement(other)),
					heads,
				}
			},
			Step::Complain {
				claim,
				reveals,
				heads,
			} => complain(&claim.with(cast), reveals % 2 == 1, heads),
			Step::File(claim, sort, bare) => {
				let said = claim.with(cast);
				let assent = matches!(sort, Sort::Reveal) && bare % 2 == 0;
				Call::file {
					statement: Box::new(said.statement(sort)),
					assent: assent.then(|| said.assent()).flatten(),
				}
			},
			Step::Show { claim, from, count } => show(&claim.with(cast), from, count),
			Step::Judge(window) => Call::judge {
				agreement: cast.agreement,
				window: u64::from(window) % WINDOWS as u64,
			},
			Step::Dismiss(claim, below) => claim.with(cast).dismiss(below.into()),
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

fn complain(said: &Said<'_>, reveals: bool, heads: u8) -> pallet_disputes::Call<Runtime> {
	let revealed = || Revealed {
		statement: said.statement(Sort::Reveal),
		settlement: said.assent(),
	};
	let utterance = Utterance {
		commit: said.statement(Sort::Commit),
		reveal: reveals.then(revealed),
	};
	pallet_disputes::Call::complain {
		utterance: Box::new(utterance),
		heads: heads_of(said, heads),
	}
}

/// The last message of the window.
fn heads_of(said: &Said<'_>, trace: u8) -> pallet_disputes::Heads {
	let messages = said.cast.messages(said.window, usize::from(trace) % TRACES);
	messages[SIZE - 1..].to_vec().try_into().unwrap_or_default()
}

fn show(said: &Said<'_>, from: u8, count: u8) -> pallet_disputes::Call<Runtime> {
	let all = said.cast.messages(said.window, said.trace % TRACES);
	let (from, count) = (usize::from(from) % SIZE, usize::from(count) % (SIZE + 1));
	let messages: Vec<_> = all.iter().skip(from).take(count).cloned().collect();
	let window = Window::new(all.iter().map(|signed| &signed.message));
	let rest = window.rest((from + messages.len()) as u32);
	let showing = Showing {
		agreement: said.cast.agreement,
		window: said.window as u64,
		roster: said.roster.number,
		version: said.version,
		intermediary: said.who,
		root: said.claim(said.who).root,
		position: from as u32,
		messages: Showing::hash(&messages),
		rest: rest.try_into().unwrap_or_default(),
	};
	pallet_disputes::Call::show {
		signature: said.sign(&showing),
		showing,
		messages: messages.try_into().unwrap_or_default(),
	}
}

/// A claim, as it is made.
struct Said<'a> {
	cast: &'a Cast,
	who: IntermediaryId,
	window: usize,
	roster: Roster,
	version: SourceVersion,
	trace: usize,
	result: Option<ResultValue>,
	secret: Secret,
	/// Whether it has seen the others' commitments.
	set: bool,
	flaw: u8,
}

impl Claim {
	fn with(self, cast: &Cast) -> Said<'_> {
		let mut roster = cast.roster(self.roster % 4 == 1);
		if self.roster % 4 == 2 {
			roster.number = roster.number.wrapping_add(1);
		}
		let (window, trace) = (
			usize::from(self.window) % WINDOWS,
			usize::from(self.trace) % (TRACES + 1),
		);
		let truth = cast.shown(window, trace % TRACES).result;
		Said {
			cast,
			who: cast.intermediaries[usize::from(self.who) % cast.intermediaries.len()].0,
			window,
			roster,
			version: Agreements::version(&cast.agreement, window as u64).unwrap_or_default(),
			trace,
			result: match self.result % 3 {
				0 => truth,
				1 => Some(truth.unwrap_or_default() + 1),
				_ => None,
			},
			secret: [self.secret; 32],
			set: self.set.is_multiple_of(2),
			flaw: self.flaw,
		}
	}
}

impl Said<'_> {
	fn agreement(&self) -> H256 {
		match self.flaw {
			3 => self.cast.proposed.id(&self.cast.genesis),
			_ => self.cast.agreement,
		}
	}

	fn sign(&self, payload: &impl Payload) -> sr25519::Signature {
		self.sign_as(self.who, payload)
	}

	fn sign_as(&self, who: IntermediaryId, payload: &impl Payload) -> sr25519::Signature {
		let (genesis, key) = match self.flaw {
			1 => (H256::zero(), self.cast.key_of(who)),
			2 => (self.cast.genesis, &self.cast.signers[0]),
			_ => (self.cast.genesis, self.cast.key_of(who)),
		};
		key.sign(&payload.signing_bytes(&genesis))
	}

	/// What somebody says that claims the same.
	fn claim(&self, who: IntermediaryId) -> claims::Claim {
		let shown = self.cast.shown(self.window, self.trace % TRACES);
		claims::Claim {
			agreement: self.agreement(),
			window: self.window as u64,
			roster: self.roster.number,
			version: self.version,
			member: who,
			result: self.result,
			secret: self.secret,
			root: match self.trace {
				TRACES => H256::repeat_byte(1),
				_ => shown.root,
			},
			digest: shown.digest,
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

	fn settlement(&self) -> Option<Settlement> {
		self.claim(self.who).settlement(self.commitments())
	}

	fn assent(&self) -> Option<sr25519::Signature> {
		Some(self.sign(&self.settlement()?))
	}

	fn statement(&self, sort: Sort) -> SignedStatement {
		let statement = match (sort, self.settlement()) {
			(Sort::Reveal, _) => Statement::Reveal(self.claim(self.who).reveal(self.commitments())),
			(Sort::Assent, Some(settlement)) => Statement::Assent(Assent {
				intermediary: self.who,
				settlement,
			}),
			_ => Statement::Commit(self.claim(self.who).commitment()),
		};
		SignedStatement {
			signature: self.sign(&statement),
			statement,
		}
	}

	/// All members settle.
	fn settle(&self) -> pallet_agreements::Call<Runtime> {
		let members = self.roster.members.clone();
		let mut proof = Proof {
			result: self.result.unwrap_or_default(),
			root: self.claim(self.who).root,
			secrets: vec![self.secret; members.len()]
				.try_into()
				.unwrap_or_default(),
			signatures: Default::default(),
			former: u16::from(self.flaw == 4),
		};
		let (agreement, window) = (self.agreement(), self.window as u64);
		let (number, version) = (self.roster.number, self.version);
		let settlement = proof.settlement(&agreement, window, number, version, &members);
		let signatures = members.iter().map(|who| self.sign_as(*who, &settlement));
		proof.signatures = signatures
			.collect::<Vec<_>>()
			.try_into()
			.unwrap_or_default();
		pallet_agreements::Call::settle {
			agreement,
			window,
			proof,
		}
	}

	/// A member lacks messages of the window.
	fn lack(&self) -> pallet_disputes::Call<Runtime> {
		let lack = Lack {
			agreement: self.agreement(),
			window: self.window as u64,
			roster: self.roster.number,
			intermediary: self.who,
		};
		let signature = self.sign(&lack);
		pallet_disputes::Call::lack { lack, signature }
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

	/// All members declare that they are done with the windows below one.
	fn declarations(&self, below: WindowIndex) -> pallet_disputes::Declarations {
		let declare = |who: &IntermediaryId| {
			let done = Done {
				agreement: self.agreement(),
				roster: self.roster.number,
				intermediary: *who,
				below,
				at: u32::MAX,
				replaced: 0,
			};
			SignedDone {
				signature: self.sign_as(*who, &done),
				done,
			}
		};
		let declarations: Vec<_> = self.roster.members.iter().map(declare).collect();
		declarations.try_into().unwrap_or_default()
	}

	/// The windows below one are passed over.
	fn pass(&self, below: WindowIndex) -> pallet_agreements::Call<Runtime> {
		pallet_agreements::Call::pass {
			agreement: self.cast.agreement,
			declarations: self.declarations(below),
		}
	}

	/// The dispute about the window is dismissed.
	fn dismiss(&self, below: WindowIndex) -> pallet_disputes::Call<Runtime> {
		pallet_disputes::Call::dismiss {
			agreement: self.cast.agreement,
			window: self.window as u64,
			declarations: self.declarations(below),
		}
	}
}
