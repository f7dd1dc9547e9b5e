//! The proof of computation: what convinces the chain that all intermediaries agreed, and that none
//! knew another's result before it was bound to its own.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{sr25519, ConstU32, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash, Verify},
	BoundedVec,
};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, GenesisHash, IntermediaryId, Payload, ResultValue,
	RosterNumber, Secret, Settlement, SourceVersion, WindowIndex, MAX_INTERMEDIARIES,
};

/// A result with the secrets and signatures of all intermediaries.
///
/// Secrets and signatures stand in the order of `Terms::intermediaries`. The commitments themselves
/// are not part of it: whoever checks the proof recomputes them from the result and the secrets, so
/// that a result or a secret that does not open what was committed to is not what was signed.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Proof {
	/// The result of the window.
	pub result: ResultValue,
	/// The window's Merkle root.
	pub root: H256,
	/// What opens each intermediary's commitment.
	pub secrets: BoundedVec<Secret, ConstU32<MAX_INTERMEDIARIES>>,
	/// Each intermediary's signature over the [`Settlement`].
	pub signatures: BoundedVec<sr25519::Signature, ConstU32<MAX_INTERMEDIARIES>>,
	/// Whose signature is made with the key that its author had before it rotated its key the last time: bit
	/// `i` stands for the intermediary in place `i`.
	pub former: u16,
}

const _: () = assert!(MAX_INTERMEDIARIES <= u16::BITS);

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofError {
	/// There is not exactly one secret and one signature for each intermediary, or a key is said to be that of
	/// one there is not.
	WrongCount,
	/// A signature occurs twice.
	RepeatedSignature {
		/// Where it occurs again.
		index: usize,
	},
	/// A signature is not the intermediary's over this agreement, window, result, root and the
	/// commitments that the secrets open: one of these is wrong, or the key is.
	BadSignature {
		/// Whose it should be, by the agreement's order.
		index: usize,
	},
}

impl Proof {
	/// The set of commitments that the secrets open to the result.
	pub fn commitments(
		&self,
		agreement: &AgreementId,
		window: WindowIndex,
		roster: RosterNumber,
		version: SourceVersion,
		intermediaries: &[IntermediaryId],
	) -> H256 {
		let seals: Vec<H256> = intermediaries
			.iter()
			.zip(&self.secrets)
			.map(|(intermediary, secret)| {
				seal(
					agreement,
					window,
					roster,
					version,
					*intermediary,
					Some(self.result),
					secret,
				)
			})
			.collect();
		commitment_set(&seals)
	}

	/// What all intermediaries must have signed.
	pub fn settlement(
		&self,
		agreement: &AgreementId,
		window: WindowIndex,
		roster: RosterNumber,
		version: SourceVersion,
		intermediaries: &[IntermediaryId],
	) -> Settlement {
		Settlement {
			agreement: *agreement,
			window,
			roster,
			version,
			result: self.result,
			root: self.root,
			commitments: self.commitments(agreement, window, roster, version, intermediaries),
		}
	}

	/// Whether the signature of the intermediary in this place is made with the key that it had before it
	/// rotated its key the last time.
	pub fn former_at(&self, place: usize) -> bool {
		let bit = u32::try_from(place)
			.ok()
			.and_then(|place| 1u16.checked_shl(place));
		bit.is_some_and(|bit| self.former & bit != 0)
	}

	/// Whether the proof has the form of one by so many intermediaries. Costs no cryptography.
	pub fn check_form(&self, intermediaries: usize) -> Result<(), ProofError> {
		if self.secrets.len() != intermediaries || self.signatures.len() != intermediaries {
			return Err(ProofError::WrongCount);
		}
		if self.former.checked_shr(intermediaries as u32).unwrap_or(0) != 0 {
			return Err(ProofError::WrongCount);
		}
		// Could not pass anyway, since no two intermediaries have one key; but it deserves a name.
		for (index, signature) in self.signatures.iter().enumerate() {
			if self
				.signatures
				.iter()
				.take(index)
				.any(|earlier| earlier == signature)
			{
				return Err(ProofError::RepeatedSignature { index });
			}
		}
		Ok(())
	}

	/// Whether the holders of `keys`, who are all intermediaries of the agreement in its order, agreed
	/// on the result of the window, on the chain that `genesis` names. The keys are those that
	/// [`Self::former_at`] asks for: each signature is held against one key, and costs as much as any.
	pub fn verify(
		&self,
		genesis: &GenesisHash,
		agreement: &AgreementId,
		window: WindowIndex,
		roster: RosterNumber,
		version: SourceVersion,
		keys: &[(IntermediaryId, sr25519::Public)],
	) -> Result<(), ProofError> {
		self.check_form(keys.len())?;
		let intermediaries: Vec<IntermediaryId> = keys.iter().map(|(id, _)| *id).collect();
		let bytes = self
			.settlement(agreement, window, roster, version, &intermediaries)
			.signing_bytes(genesis);
		let bad = self
			.signatures
			.iter()
			.zip(keys)
			.position(|(signature, (_, key))| !signature.verify(&bytes[..], key));
		bad.map_or(Ok(()), |index| Err(ProofError::BadSignature { index }))
	}

	/// The hash by which the chain remembers the proof.
	pub fn hash(&self) -> H256 {
		BlakeTwo256::hash_of(self)
	}

	/// How many bytes the encoding of a proof by so many intermediaries takes.
	pub const fn encoded_length(intermediaries: u32) -> u32 {
		const RESULT_ROOT_AND_FORMER: u32 = 16 + 32 + 2;
		// A length of up to 63 items is encoded in one byte.
		const TWO_LENGTHS: u32 = 2;
		const SECRET_AND_SIGNATURE: u32 = 32 + 64;
		RESULT_ROOT_AND_FORMER
			.saturating_add(TWO_LENGTHS)
			.saturating_add(SECRET_AND_SIGNATURE.saturating_mul(intermediaries))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;

	const WINDOW: WindowIndex = 7;
	const IDS: [IntermediaryId; 3] = [10, 20, 30];

	fn genesis() -> H256 {
		H256::repeat_byte(1)
	}

	fn agreement() -> AgreementId {
		H256::repeat_byte(2)
	}

	const VERSION: SourceVersion = SourceVersion::bare(1);

	fn pair(intermediary: IntermediaryId) -> sr25519::Pair {
		sr25519::Pair::from_seed(&[intermediary as u8; 32])
	}

	fn keys() -> Vec<(IntermediaryId, sr25519::Public)> {
		IDS.iter().map(|id| (*id, pair(*id).public())).collect()
	}

	/// A proof by everyone that the window's result is `result`.
	fn proof(result: ResultValue) -> Proof {
		proof_with(result, 0)
	}

	/// The same, with the key of some being said to be their former one.
	fn proof_with(result: ResultValue, former: u16) -> Proof {
		let mut proof = Proof {
			result,
			root: H256::repeat_byte(3),
			secrets: vec![[1; 32], [2; 32], [3; 32]].try_into().unwrap(),
			signatures: Default::default(),
			former,
		};
		let bytes = proof
			.settlement(&agreement(), WINDOW, 0, VERSION, &IDS)
			.signing_bytes(&genesis());
		let signatures: Vec<_> = IDS.iter().map(|id| pair(*id).sign(&bytes)).collect();
		proof.signatures = signatures.try_into().unwrap();
		proof
	}

	/// What verification says of a good proof after `change`.
	fn after(change: impl Fn(&mut Proof)) -> Result<(), ProofError> {
		let mut changed = proof(5);
		change(&mut changed);
		changed.verify(&genesis(), &agreement(), WINDOW, 0, VERSION, &keys())
	}

	#[test]
	fn a_proof_by_all_is_accepted() {
		assert_eq!(after(|_| ()), Ok(()));
	}

	#[test]
	fn whatever_was_not_committed_to_spoils_the_signatures() {
		let bad = Err(ProofError::BadSignature { index: 0 });
		assert_eq!(after(|p| p.result = 6), bad);
		assert_eq!(after(|p| p.root = H256::zero()), bad);
		assert_eq!(after(|p| p.secrets[2] = [9; 32]), bad);
		assert_eq!(after(|p| p.secrets.as_mut().swap(0, 1)), bad);
	}

	#[test]
	fn a_signature_counts_only_in_its_authors_place() {
		assert_eq!(
			after(|p| p.signatures.as_mut().swap(1, 2)),
			Err(ProofError::BadSignature { index: 1 })
		);
		assert_eq!(
			after(|p| p.signatures[2] = p.signatures[1]),
			Err(ProofError::RepeatedSignature { index: 2 })
		);
	}

	#[test]
	fn nothing_may_be_missing() {
		let missing = Err(ProofError::WrongCount);
		assert_eq!(after(|p| p.secrets.truncate(2)), missing);
		assert_eq!(after(|p| p.signatures.truncate(2)), missing);
		let of_two = proof(5).verify(&genesis(), &agreement(), WINDOW, 0, VERSION, &keys()[..2]);
		assert_eq!(of_two, missing);
	}

	#[test]
	fn a_proof_holds_for_one_chain_agreement_window_roster_and_version() {
		let bad = Err(ProofError::BadSignature { index: 0 });
		let (proof, keys) = (proof(5), keys());
		let other = H256::repeat_byte(9);
		assert_eq!(
			proof.verify(&other, &agreement(), WINDOW, 0, VERSION, &keys),
			bad
		);
		assert_eq!(
			proof.verify(&genesis(), &other, WINDOW, 0, VERSION, &keys),
			bad
		);
		assert_eq!(
			proof.verify(&genesis(), &agreement(), 8, 0, VERSION, &keys),
			bad
		);
		let (id, genesis) = (agreement(), genesis());
		assert_eq!(proof.verify(&genesis, &id, WINDOW, 1, VERSION, &keys), bad);
		let forked = SourceVersion {
			facts: other,
			..VERSION
		};
		for version in [SourceVersion::bare(2), forked] {
			let verified = proof.verify(&genesis, &id, WINDOW, 0, version, &keys);
			assert_eq!(verified, bad);
		}
		assert_eq!(
			proof.verify(&genesis, &id, WINDOW, 0, VERSION, &keys),
			Ok(())
		);
	}

	#[test]
	fn a_proof_says_whose_key_is_the_former_one() {
		let proof = proof_with(5, 0b101);
		let former: Vec<bool> = (0..IDS.len()).map(|place| proof.former_at(place)).collect();
		assert_eq!(former, [true, false, true]);
		assert!(!proof.former_at(16) && !proof.former_at(usize::MAX));
		// Which of the keys that is tells the one who verifies it.
		let mut keys = keys();
		let verified = proof.verify(&genesis(), &agreement(), WINDOW, 0, VERSION, &keys);
		assert_eq!(verified, Ok(()));
		keys[2].1 = pair(99).public();
		let verified = proof.verify(&genesis(), &agreement(), WINDOW, 0, VERSION, &keys);
		assert_eq!(verified, Err(ProofError::BadSignature { index: 2 }));
	}

	#[test]
	fn only_an_intermediary_has_a_former_key() {
		assert_eq!(proof_with(5, 0b111).check_form(3), Ok(()));
		for former in [0b1000, 1 << 15] {
			let checked = proof_with(5, former).check_form(3);
			assert_eq!(checked, Err(ProofError::WrongCount));
		}
		let mut all = proof_with(5, u16::MAX);
		let secrets: Vec<Secret> = (0..16).map(|n| [n; 32]).collect();
		let signatures = (0..16).map(|n| sr25519::Signature::from_raw([n; 64]));
		all.secrets = secrets.try_into().unwrap();
		all.signatures = signatures.collect::<Vec<_>>().try_into().unwrap();
		assert_eq!(all.check_form(16), Ok(()));
	}

	#[test]
	fn a_proof_by_others_is_refused() {
		let mut keys = keys();
		keys[1].1 = pair(99).public();
		assert_eq!(
			proof(5).verify(&genesis(), &agreement(), WINDOW, 0, VERSION, &keys),
			Err(ProofError::BadSignature { index: 1 })
		);
	}

	#[test]
	fn the_hash_covers_everything() {
		let proof = proof(5);
		let mut other = proof.clone();
		assert_eq!(other.hash(), proof.hash());
		other.signatures.as_mut().swap(0, 1);
		assert_ne!(other.hash(), proof.hash());
		assert_ne!(proof_with(5, 1).hash(), proof.hash());
	}

	#[test]
	fn the_length_depends_on_the_number_of_intermediaries_alone() {
		assert_eq!(
			Proof::encoded_length(3) as usize,
			proof(i128::MIN).encoded_size()
		);
		assert_eq!(
			Proof::encoded_length(MAX_INTERMEDIARIES) as usize,
			Proof::max_encoded_len()
		);
	}
}
