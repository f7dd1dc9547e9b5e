//! What intermediaries sign in a round: commit, reveal, settle.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use sp_runtime::traits::Verify;

use crate::{
	AgreementId, BlockNumber, GenesisHash, IntermediaryId, Payload, ResultValue, RosterNumber,
	SourceVersion, WindowIndex,
};

/// What hides a result until it is revealed. Drawn afresh for every round and never used again.
pub type Secret = [u8; 32];

/// Binds an intermediary to a result without telling it: `c_i` of the protocol.
///
/// The hash covers who commits to what, so that nobody can pass another's commitment off as its own,
/// in this or in any other agreement or window.
pub fn seal(
	agreement: &AgreementId,
	window: WindowIndex,
	roster: RosterNumber,
	version: SourceVersion,
	intermediary: IntermediaryId,
	result: Option<ResultValue>,
	secret: &Secret,
) -> H256 {
	let tag: &[u8] = b"syngraph/seal/4";
	let sealed = (
		agreement,
		window,
		roster,
		version,
		intermediary,
		result,
		secret,
	);
	H256(blake2_256(&(tag, sealed).encode()))
}

/// Condenses the seals of all intermediaries, in the agreement's order: `C` of the protocol.
pub fn commitment_set(seals: &[H256]) -> H256 {
	let tag: &[u8] = b"syngraph/commitments/1";
	H256(blake2_256(&(tag, seals).encode()))
}

/// An intermediary's promise of a result. See [`seal`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Commitment {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster whose members take part, see [`crate::Roster`].
	pub roster: RosterNumber,
	/// The version of the window's sources, see [`SourceVersion`].
	pub version: SourceVersion,
	/// Who commits.
	pub intermediary: IntermediaryId,
	/// The sealed result.
	pub seal: H256,
	/// The window's Merkle root, `H(w[t])`.
	pub root: H256,
	/// A hash of the window's messages keyed by the intermediary: shows to everyone who has the
	/// window that the sender has it too, and did not copy the root.
	pub possession: H256,
}

/// What opens a commitment.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Reveal {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster whose members take part, see [`crate::Roster`].
	pub roster: RosterNumber,
	/// The version of the window's sources, see [`SourceVersion`].
	pub version: SourceVersion,
	/// Who reveals.
	pub intermediary: IntermediaryId,
	/// The result; none is null.
	pub result: Option<ResultValue>,
	/// The secret that the seal was made with.
	pub secret: Secret,
	/// The set of commitments that were in when this was sent.
	pub commitments: H256,
}

/// An intermediary's signature over a settlement, with its name: the settlement itself names nobody.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Assent {
	/// Who signs.
	pub intermediary: IntermediaryId,
	/// What it signs.
	pub settlement: Settlement,
}

/// What an intermediary says to its peers, and can be held to.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Statement {
	/// It binds itself.
	Commit(Commitment),
	/// It opens its commitment.
	Reveal(Reveal),
	/// It agrees to settle.
	Assent(Assent),
}

impl Payload for Statement {
	const TAG: &'static [u8] = b"syngraph/statement/4";

	/// Of an assent, what is signed is the settlement: the chain asks for that signature from everyone,
	/// and it must be good as evidence, too.
	fn signing_bytes(&self, genesis: &GenesisHash) -> Vec<u8> {
		match self {
			Statement::Assent(assent) => assent.settlement.signing_bytes(genesis),
			Statement::Commit(_) | Statement::Reveal(_) => (Self::TAG, genesis, self).encode(),
		}
	}
}

impl Statement {
	/// The agreement it is about.
	pub fn agreement(&self) -> AgreementId {
		match self {
			Statement::Commit(commitment) => commitment.agreement,
			Statement::Reveal(reveal) => reveal.agreement,
			Statement::Assent(assent) => assent.settlement.agreement,
		}
	}

	/// The window it is about.
	pub fn window(&self) -> WindowIndex {
		match self {
			Statement::Commit(commitment) => commitment.window,
			Statement::Reveal(reveal) => reveal.window,
			Statement::Assent(assent) => assent.settlement.window,
		}
	}

	/// Who says it.
	pub fn intermediary(&self) -> IntermediaryId {
		match self {
			Statement::Commit(commitment) => commitment.intermediary,
			Statement::Reveal(reveal) => reveal.intermediary,
			Statement::Assent(assent) => assent.intermediary,
		}
	}

	/// The number of the roster as a member of which it is said.
	pub fn roster(&self) -> RosterNumber {
		match self {
			Statement::Commit(commitment) => commitment.roster,
			Statement::Reveal(reveal) => reveal.roster,
			Statement::Assent(assent) => assent.settlement.roster,
		}
	}

	/// The version of the window's sources that it is about.
	pub fn version(&self) -> SourceVersion {
		match self {
			Statement::Commit(commitment) => commitment.version,
			Statement::Reveal(reveal) => reveal.version,
			Statement::Assent(assent) => assent.settlement.version,
		}
	}
}

/// A statement with its author's signature.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedStatement {
	/// What is said.
	pub statement: Statement,
	/// The author's signature over it.
	pub signature: sr25519::Signature,
}

impl SignedStatement {
	/// Whether the holder of `key` signed the statement for the chain that `genesis` names.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		let bytes: Vec<u8> = self.statement.signing_bytes(genesis);
		self.signature.verify(&bytes[..], key)
	}
}

/// What every intermediary signs once all have revealed the same result.
///
/// It names nobody: all sign the same bytes. The chain accepts a result only with the signatures of
/// all of them and the secrets that open their commitments.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Settlement {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster whose members take part, see [`crate::Roster`].
	pub roster: RosterNumber,
	/// The version of the window's sources, see [`SourceVersion`].
	pub version: SourceVersion,
	/// The result. A null result is never settled.
	pub result: ResultValue,
	/// The window's Merkle root.
	pub root: H256,
	/// The set of commitments.
	pub commitments: H256,
}

impl Payload for Settlement {
	const TAG: &'static [u8] = b"syngraph/settlement/4";
}

/// What an intermediary declares once it needs nothing more about windows: most of them have settled, and
/// the others are null as far as it is concerned.
///
/// A window about which nothing settles leaves no trace on chain. When all members have declared that they
/// are done with it, it is void, and none of them has to remember what was said about it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Done {
	/// The agreement.
	pub agreement: AgreementId,
	/// The number of the roster as a member of which it is declared.
	pub roster: RosterNumber,
	/// Who declares it.
	pub intermediary: IntermediaryId,
	/// The lowest window that it is not done with.
	pub below: WindowIndex,
	/// The block as of which it declares so: of what the chain learnt of the windows' messages later, it says
	/// nothing.
	pub at: BlockNumber,
	/// How often a sensor of the agreement had been replaced by then.
	pub replaced: u32,
}

impl Payload for Done {
	const TAG: &'static [u8] = b"syngraph/done/2";
}

/// A declaration with its author's signature.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedDone {
	/// What is declared.
	pub done: Done,
	/// The author's signature over it.
	pub signature: sr25519::Signature,
}

impl SignedDone {
	/// Whether the holder of `key` signed the declaration for the chain that `genesis` names.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		self.signature
			.verify(&self.done.signing_bytes(genesis)[..], key)
	}
}

/// What a member of a roster signs when others have committed to a window and messages of it are missing
/// here, so that it cannot.
///
/// It asks for the messages on chain. Whoever has committed to the window has them; whoever says so wrongly
/// has no excuse any more once they are shown.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Lack {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster as a member of which it is said.
	pub roster: RosterNumber,
	/// Who lacks messages.
	pub intermediary: IntermediaryId,
}

impl Payload for Lack {
	const TAG: &'static [u8] = b"syngraph/lack/1";
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;

	#[test]
	fn a_seal_depends_on_everything_it_binds() {
		let (a, b) = (H256::repeat_byte(1), H256::repeat_byte(2));
		let secret = [3; 32];
		let version = SourceVersion::bare;
		let facts = SourceVersion {
			facts: a,
			..version(0)
		};
		let base = seal(&a, 1, 0, version(0), 1, Some(5), &secret);
		for other in [
			seal(&b, 1, 0, version(0), 1, Some(5), &secret),
			seal(&a, 2, 0, version(0), 1, Some(5), &secret),
			seal(&a, 1, 1, version(0), 1, Some(5), &secret),
			seal(&a, 1, 0, version(1), 1, Some(5), &secret),
			seal(&a, 1, 0, facts, 1, Some(5), &secret),
			seal(&a, 1, 0, version(0), 2, Some(5), &secret),
			seal(&a, 1, 0, version(0), 1, Some(6), &secret),
			seal(&a, 1, 0, version(0), 1, None, &secret),
			seal(&a, 1, 0, version(0), 1, Some(5), &[4; 32]),
		] {
			assert_ne!(base, other);
		}
	}

	#[test]
	fn the_set_depends_on_the_order() {
		let (a, b) = (H256::repeat_byte(1), H256::repeat_byte(2));
		assert_ne!(commitment_set(&[a, b]), commitment_set(&[b, a]));
	}

	#[test]
	fn a_settlement_is_not_a_statement() {
		let settlement = Settlement {
			agreement: H256::zero(),
			window: 0,
			roster: 0,
			version: SourceVersion::bare(0),
			result: 0,
			root: H256::zero(),
			commitments: H256::zero(),
		};
		let pair = sr25519::Pair::from_seed(&[1; 32]);
		let genesis = H256::repeat_byte(9);
		let statement = Statement::Reveal(Reveal {
			agreement: H256::zero(),
			window: 0,
			roster: 0,
			version: SourceVersion::bare(0),
			intermediary: 0,
			result: None,
			secret: [0; 32],
			commitments: H256::zero(),
		});
		let signature = pair.sign(&settlement.signing_bytes(&genesis));
		let forged = SignedStatement {
			statement: statement.clone(),
			signature,
		};
		assert!(!forged.verify(&genesis, &pair.public()));
		let signature = pair.sign(&statement.signing_bytes(&genesis));
		let signed = SignedStatement {
			statement,
			signature,
		};
		assert!(signed.verify(&genesis, &pair.public()));
		assert!(!signed.verify(&H256::zero(), &pair.public()));
	}
}
