//! What intermediaries send one another.
//!
//! An intermediary does not send single messages: it publishes, for each agreement, one bundle that
//! holds everything it has to say about the windows it works on, and replaces it by a new one whenever
//! that changes. A bundle that is lost, doubled or overtaken by a later one does no harm, and a peer
//! that comes back needs only the last.
//!
//! Messages that a member lacks travel apart from that, in [`Repair`]s.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::sr25519;
use sp_runtime::traits::Verify;
use syngraph_primitives::{
	AgreementId, Commitment, Done, GenesisHash, IntermediaryId, Payload, Reveal, RosterNumber,
	SensorId, Sequence, Settlement, SignedDone, SignedMessage, SignedStatement, SourceVersion,
	Statement, WindowIndex, MAX_SENSORS,
};

/// The most [`Ask`]s of a bundle: one for each sensor.
pub const MAX_ASKS: usize = MAX_SENSORS as usize;
/// The most bytes of a [`Repair`].
pub const MAX_REPAIR_BYTES: usize = 48 * 1024;

/// What an intermediary says about a window.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Utterance {
	/// Its commitment.
	pub commit: SignedStatement,
	/// Its reveal, once it knows that everyone has committed.
	pub reveal: Option<Revealed>,
}

/// A reveal, with the signature that helps to settle it.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Revealed {
	/// The reveal.
	pub statement: SignedStatement,
	/// The signature over the [`Settlement`] that follows from the reveal; none if it is null.
	pub settlement: Option<sr25519::Signature>,
}

/// What is known of what a member said about a window.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Said {
	/// Its commitment.
	pub commit: Option<SignedStatement>,
	/// Its reveal.
	pub reveal: Option<Revealed>,
}

impl Said {
	/// The version of the window's sources that it is about; none if nothing was said.
	pub fn version(&self) -> Option<SourceVersion> {
		Some(self.statements().next()?.statement.version())
	}

	/// The statements.
	pub fn statements(&self) -> impl Iterator<Item = &SignedStatement> {
		let reveal = self.reveal.as_ref().map(|revealed| &revealed.statement);
		self.commit.iter().chain(reveal)
	}

	/// The commitment, without its signature.
	pub fn commitment(&self) -> Option<&Commitment> {
		match &self.commit.as_ref()?.statement {
			Statement::Commit(commit) => Some(commit),
			_ => None,
		}
	}

	/// The reveal, without any signature.
	pub fn revelation(&self) -> Option<&Reveal> {
		match &self.reveal.as_ref()?.statement.statement {
			Statement::Reveal(reveal) => Some(reveal),
			_ => None,
		}
	}

	/// Whether it revealed, with the assent without which its result cannot settle.
	pub fn is_revealed(&self) -> bool {
		let null = self
			.revelation()
			.is_some_and(|reveal| reveal.result.is_none());
		let assents = |revealed: &Revealed| revealed.settlement.is_some();
		null || self.reveal.as_ref().is_some_and(assents)
	}

	/// Adds what does not contradict it: a statement, or the assent that was missing from a reveal. Tells whether it
	/// is new.
	pub(crate) fn add(
		&mut self,
		signed: SignedStatement,
		assent: Option<sr25519::Signature>,
	) -> bool {
		match (&signed.statement, &mut self.commit, &mut self.reveal) {
			(Statement::Commit(_), commit @ None, _) => *commit = Some(signed),
			(Statement::Reveal(_), _, reveal @ None) => {
				*reveal = Some(Revealed {
					statement: signed,
					settlement: assent,
				})
			},
			(Statement::Reveal(_), _, Some(revealed))
				if revealed.settlement.is_none() && assent.is_some() =>
			{
				revealed.settlement = assent
			},
			_ => return false,
		}
		true
	}
}

/// An utterance as it is before it is signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode)]
pub struct Unsigned {
	/// The commitment.
	pub commit: Commitment,
	/// The reveal, and the settlement that follows from it unless it is null.
	pub reveal: Option<(Reveal, Option<Settlement>)>,
}

/// The settlement that follows from a commitment and its reveal; none if the result is null.
pub fn settlement_of(commit: &Commitment, reveal: &Reveal) -> Option<Settlement> {
	Some(Settlement {
		agreement: reveal.agreement,
		window: reveal.window,
		roster: reveal.roster,
		version: reveal.version,
		result: reveal.result?,
		root: commit.root,
		commitments: reveal.commitments,
	})
}

impl Unsigned {
	/// Signs it with the help of `sign`, which returns none if the key is not there.
	pub fn sign(
		self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		let statement = |statement: Statement| {
			let signature = sign(&statement.signing_bytes(genesis))?;
			Some(SignedStatement {
				statement,
				signature,
			})
		};
		let reveal = match self.reveal {
			None => None,
			Some((reveal, settlement)) => Some(Revealed {
				statement: statement(Statement::Reveal(reveal))?,
				settlement: match settlement {
					None => None,
					Some(settlement) => Some(sign(&settlement.signing_bytes(genesis))?),
				},
			}),
		};
		Some(Utterance {
			commit: statement(Statement::Commit(self.commit))?,
			reveal,
		})
	}
}

impl Utterance {
	/// The commitment and the reveal, if they are about one version of one window and by one author.
	pub fn parts(&self) -> Option<(&Commitment, Option<&Reveal>)> {
		let Statement::Commit(commit) = &self.commit.statement else {
			return None;
		};
		let Some(revealed) = &self.reveal else {
			return Some((commit, None));
		};
		let Statement::Reveal(reveal) = &revealed.statement.statement else {
			return None;
		};
		let same = reveal.agreement == commit.agreement
			&& reveal.window == commit.window
			&& reveal.roster == commit.roster
			&& reveal.version == commit.version
			&& reveal.intermediary == commit.intermediary
			&& reveal.result.is_some() == revealed.settlement.is_some();
		same.then_some((commit, Some(reveal)))
	}

	/// Whether it is well formed and all its signatures are those of the holder of `key`.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		let Some((commit, reveal)) = self.parts() else {
			return false;
		};
		if !self.commit.verify(genesis, key) {
			return false;
		}
		let (Some(revealed), Some(reveal)) = (&self.reveal, reveal) else {
			return true;
		};
		let settles = match (&revealed.settlement, settlement_of(commit, reveal)) {
			(Some(signature), Some(settlement)) => {
				signature.verify(&settlement.signing_bytes(genesis)[..], key)
			},
			_ => true,
		};
		settles && revealed.statement.verify(genesis, key)
	}
}

/// Messages of a sensor that an intermediary lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Ask {
	/// The sensor.
	pub sensor: SensorId,
	/// The number of the first message that is missing.
	pub from: Sequence,
	/// The number of the first message after it that is not asked for.
	pub to: Sequence,
}

/// How far an intermediary has come under a roster: for itself, should it lose its state.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Past {
	/// The lowest window about which it has not said anything yet. Others see by it that it makes progress.
	pub next: WindowIndex,
	/// How often it has said something new about a window below that: about another version of its sources.
	pub reopened: u32,
	/// The most changes of a version about which it has said anything.
	pub spoken: u32,
}

/// All that an intermediary has to say about an agreement at one time.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Bundle {
	/// The agreement.
	pub agreement: AgreementId,
	/// Who says it.
	pub intermediary: IntermediaryId,
	/// The number of the roster as a member of which it says so.
	pub roster: RosterNumber,
	/// With which windows it is done.
	pub done: SignedDone,
	/// What the others declared last, as far as it has heard, at most one of each. One that lost its state
	/// believes nobody but itself about what it is done with: here it finds its own signature. An author that
	/// drops a null window publishes a bundle with the declarations that let it.
	pub heard: Vec<SignedDone>,
	/// How far it has come.
	pub past: Past,
	/// What it says about the windows it works on.
	pub utterances: Vec<Utterance>,
	/// What it needs to go on, at most [`MAX_ASKS`] of them. Whoever has it may publish a [`Repair`].
	pub asks: Vec<Ask>,
}

impl Payload for Bundle {
	const TAG: &'static [u8] = b"syngraph/bundle/7";
}

impl Bundle {
	/// The lowest window that its author is not done with; none if it carries a declaration that is
	/// somebody else's, or about something else.
	pub fn below(&self) -> Option<WindowIndex> {
		self.is_about(&self.done.done, self.intermediary)
			.then_some(self.done.done.below)
	}

	/// The lowest window with which `intermediary` has not declared itself done, as far as the author has
	/// heard.
	pub fn heard_of(&self, intermediary: IntermediaryId) -> Option<WindowIndex> {
		let all = self.heard.iter().map(|signed| &signed.done);
		all.filter(|done| self.is_about(done, intermediary))
			.map(|done| done.below)
			.max()
	}

	/// Drops what others declared, but for what the holder of one of the keys did as `intermediary`.
	pub fn keep_heard_of(
		&mut self,
		intermediary: IntermediaryId,
		genesis: &GenesisHash,
		keys: &[sr25519::Public],
	) {
		self.heard.retain(|signed| {
			let own = signed.done.intermediary == intermediary;
			own && keys.iter().any(|key| signed.verify(genesis, key))
		});
	}

	/// Whether a declaration is one of `intermediary` under the same roster.
	fn is_about(&self, done: &Done, intermediary: IntermediaryId) -> bool {
		done.agreement == self.agreement
			&& done.roster == self.roster
			&& done.intermediary == intermediary
	}
}

/// A bundle with its author's signature, without which anybody could say that another is done with
/// its windows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SignedBundle {
	/// What is said.
	pub bundle: Bundle,
	/// The author's signature.
	pub signature: sr25519::Signature,
}

impl SignedBundle {
	/// Whether the holder of `key` signed the bundle, and the declaration in it.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		let bytes = self.bundle.signing_bytes(genesis);
		self.bundle.below().is_some()
			&& self.signature.verify(&bytes[..], key)
			&& self.bundle.done.verify(genesis, key)
	}
}

/// Messages that another member asked for. They are signed by their sensors: it does not matter who
/// passes them on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Repair {
	/// The agreement whose members need them.
	pub agreement: AgreementId,
	/// The messages of each sensor in sequence.
	pub messages: Vec<SignedMessage>,
}

/// What intermediaries publish.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
// It is decoded, looked at and taken apart: nothing keeps many of them.
#[allow(clippy::large_enum_variant)]
pub enum Publication {
	/// What one has to say.
	Bundle(SignedBundle),
	/// What another needs.
	Repair(Repair),
}
