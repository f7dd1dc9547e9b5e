//! The proof of computation: what convinces the chain that all members agreed, and that none knew another's outcomes
//! before it was bound to its own.
//!
//! All have signed one settlement: each by itself, or all of them together.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, sr25519, ConstU32, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash, Verify},
	BoundedVec,
};
use syngraph_primitives::{
	commitment_set, seals, Blinding, GenesisHash, IntermediaryId, Outcomes, Payload, RoundId,
	Settlement, Span, MAX_INTERMEDIARIES,
};

use crate::tree::outcomes_root;

/// The outcomes of a round with what opens the seals of all members, and with their assents.
///
/// All that each member gives stands in the order of the roster. The seals themselves are not part of it: whoever
/// checks the proof recomputes them from the outcomes and the blindings, so that outcomes or a blinding that do not
/// open what was committed to are not what was signed.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Proof {
	/// Which attempt at the round it is from.
	pub attempt: u8,
	/// What the windows of the round came to.
	pub outcomes: Outcomes,
	/// The Merkle root over the roots of the windows.
	pub data_root: H256,
	/// What opens each member's seal, see [`blinding`](syngraph_primitives::blinding).
	pub blindings: BoundedVec<Blinding, ConstU32<MAX_INTERMEDIARIES>>,
	/// How all members assent.
	pub assents: Assents,
}

/// How all members assent to a [`Settlement`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Assents {
	/// Each by a signature of its own.
	Single(Singles),
	/// All together, by a signature of the joint key.
	Joint(ed25519::Signature),
}

/// The signatures of all members.
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
pub struct Singles {
	/// The joint key that is to be in force from then on: all have signed that.
	pub key: Option<ed25519::Public>,
	/// Each member's signature over the [`Settlement`].
	pub signatures: BoundedVec<sr25519::Signature, ConstU32<MAX_INTERMEDIARIES>>,
	/// Whose signature is made with the key that its author had before it rotated its key the last time: bit
	/// `i` stands for the member in place `i`.
	pub former: u16,
}

const _: () = assert!(MAX_INTERMEDIARIES <= u16::BITS);

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofError {
	/// There is not exactly one blinding and one signature for each member, or a key is said to be that of one there is
	/// not.
	WrongCount,
	/// There are no windows, more of them or of their results than a round can have, or they are not written in the one
	/// way there is.
	WrongOutcomes,
	/// A signature occurs twice.
	RepeatedSignature {
		/// Where it occurs again.
		index: usize,
	},
	/// A signature is not the member's over this round, these outcomes, the root and the commitments that the blindings
	/// open: one of these is wrong, or the key is.
	BadSignature {
		/// Whose it should be, by the roster's order.
		index: usize,
	},
	/// The joint signature is not that of the joint key over all this; or there is one in place of those of all
	/// members, or the other way round.
	BadJointSignature,
}

impl Singles {
	/// Whether the signature of the member in this place is made with the key that it had before it rotated its key the
	/// last time.
	pub fn former_at(&self, place: usize) -> bool {
		let bit = u32::try_from(place)
			.ok()
			.and_then(|place| 1u16.checked_shl(place));
		bit.is_some_and(|bit| self.former & bit != 0)
	}

	/// Whether they have the form of those of so many members.
	fn check_form(&self, members: usize) -> Result<(), ProofError> {
		if self.signatures.len() != members {
			return Err(ProofError::WrongCount);
		}
		if self.former.checked_shr(members as u32).unwrap_or(0) != 0 {
			return Err(ProofError::WrongCount);
		}
		// Could not pass anyway, since no two members have one key; but it deserves a name.
		for (index, signature) in self.signatures.iter().enumerate() {
			let mut earlier = self.signatures.iter().take(index);
			if earlier.any(|earlier| earlier == signature) {
				return Err(ProofError::RepeatedSignature { index });
			}
		}
		Ok(())
	}
}

impl Proof {
	/// What it is about, if it is about this round.
	pub fn span(&self, round: &RoundId) -> Span {
		Span {
			round: *round,
			attempt: self.attempt,
			end: round.first.saturating_add(self.outcomes.len().into()),
		}
	}

	/// What all members must have signed.
	pub fn settlement(&self, round: &RoundId, members: &[IntermediaryId]) -> Settlement {
		let span = self.span(round);
		let outcomes = outcomes_root(&self.outcomes);
		let pairs = members.iter().copied().zip(&self.blindings);
		let seals = seals(&span, &outcomes, pairs);
		Settlement {
			span,
			outcomes,
			data_root: self.data_root,
			commitments: commitment_set(&seals),
			key: self.key(),
		}
	}

	/// The signatures of all members, if each has signed by itself.
	pub fn singles(&self) -> Option<&Singles> {
		match &self.assents {
			Assents::Single(singles) => Some(singles),
			Assents::Joint(_) => None,
		}
	}

	/// The joint key that is to be in force once it has settled.
	pub fn key(&self) -> Option<ed25519::Public> {
		self.singles()?.key
	}

	/// Whether the proof has the form of one by so many members. Costs no cryptography.
	pub fn check_form(&self, members: usize) -> Result<(), ProofError> {
		if self.blindings.len() != members {
			return Err(ProofError::WrongCount);
		}
		if self.outcomes.is_empty() || !self.outcomes.is_sound() {
			return Err(ProofError::WrongOutcomes);
		}
		match &self.assents {
			Assents::Single(singles) => singles.check_form(members),
			Assents::Joint(_) => Ok(()),
		}
	}

	/// Whether the holders of `keys`, who are all members in the roster's order, agreed on the outcomes of the round,
	/// on the chain that `genesis` names, and have signed by themselves. The keys are those that [`Singles::former_at`]
	/// asks for: each signature is held against one key, and costs as much as any.
	pub fn verify(
		&self,
		genesis: &GenesisHash,
		round: &RoundId,
		keys: &[(IntermediaryId, sr25519::Public)],
	) -> Result<(), ProofError> {
		self.check_form(keys.len())?;
		let singles = self.singles().ok_or(ProofError::BadJointSignature)?;
		let members: Vec<IntermediaryId> = keys.iter().map(|(id, _)| *id).collect();
		let bytes = self.settlement(round, &members).signing_bytes(genesis);
		let mut pairs = singles.signatures.iter().zip(keys);
		let bad = pairs.position(|(signature, (_, key))| !signature.verify(&bytes[..], key));
		bad.map_or(Ok(()), |index| Err(ProofError::BadSignature { index }))
	}

	/// Whether all of `members`, in the roster's order, whose joint key this is, agreed on the outcomes of the round,
	/// on the chain that `genesis` names, and have signed jointly.
	pub fn verify_jointly(
		&self,
		genesis: &GenesisHash,
		round: &RoundId,
		members: &[IntermediaryId],
		key: &ed25519::Public,
	) -> Result<(), ProofError> {
		self.check_form(members.len())?;
		let Assents::Joint(signature) = &self.assents else {
			return Err(ProofError::BadJointSignature);
		};
		let bytes = self.settlement(round, members).signing_bytes(genesis);
		let good = signature.verify(&bytes[..], key);
		good.then_some(()).ok_or(ProofError::BadJointSignature)
	}

	/// The hash by which the chain remembers the proof.
	pub fn hash(&self) -> H256 {
		BlakeTwo256::hash_of(self)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;
	use syngraph_primitives::{ResultValue, SourceVersion};

	const IDS: [IntermediaryId; 3] = [10, 20, 30];

	fn genesis() -> H256 {
		H256::repeat_byte(1)
	}

	fn round() -> RoundId {
		RoundId {
			agreement: H256::repeat_byte(2),
			roster: 1,
			first: 7,
			version: SourceVersion::bare(1),
			lineup: H256::zero(),
		}
	}

	fn pair(intermediary: IntermediaryId) -> sr25519::Pair {
		sr25519::Pair::from_seed(&[intermediary as u8; 32])
	}

	fn keys() -> Vec<(IntermediaryId, sr25519::Public)> {
		IDS.iter().map(|id| (*id, pair(*id).public())).collect()
	}

	const OUTCOMES: [Option<ResultValue>; 4] = [None, Some(5), None, Some(-3)];

	/// A proof by everyone that these are the outcomes.
	fn proof(outcomes: &[Option<ResultValue>]) -> Proof {
		proof_for(outcomes, None)
	}

	/// The same, by which a joint key is to be in force.
	fn proof_for(outcomes: &[Option<ResultValue>], key: Option<ed25519::Public>) -> Proof {
		let mut proof = Proof {
			attempt: 0,
			outcomes: Outcomes::new(outcomes.iter().copied()).unwrap(),
			data_root: H256::repeat_byte(3),
			blindings: vec![[1; 12], [2; 12], [3; 12]].try_into().unwrap(),
			assents: Assents::Single(Singles {
				key,
				..Default::default()
			}),
		};
		let bytes = proof.settlement(&round(), &IDS).signing_bytes(&genesis());
		let signatures: Vec<_> = IDS.iter().map(|id| pair(*id).sign(&bytes)).collect();
		singles(&mut proof).signatures = signatures.try_into().unwrap();
		proof
	}

	fn singles(proof: &mut Proof) -> &mut Singles {
		match &mut proof.assents {
			Assents::Single(singles) => singles,
			Assents::Joint(_) => unreachable!("each has signed by itself"),
		}
	}

	fn joint_key() -> ed25519::Pair {
		ed25519::Pair::from_seed(&[9; 32])
	}

	/// The same, signed with one key that stands for all.
	fn joint_proof(outcomes: &[Option<ResultValue>]) -> Proof {
		let mut proof = proof(outcomes);
		let bytes = proof.settlement(&round(), &IDS).signing_bytes(&genesis());
		proof.assents = Assents::Joint(joint_key().sign(&bytes));
		proof
	}

	fn verify_jointly(proof: &Proof) -> Result<(), ProofError> {
		proof.verify_jointly(&genesis(), &round(), &IDS, &joint_key().public())
	}

	fn verify(proof: &Proof) -> Result<(), ProofError> {
		proof.verify(&genesis(), &round(), &keys())
	}

	const BAD: Result<(), ProofError> = Err(ProofError::BadSignature { index: 0 });

	#[test]
	fn what_all_signed_is_proven() {
		assert_eq!(verify(&proof(&OUTCOMES)), Ok(()));
		assert_eq!(verify(&proof(&[None])), Ok(()));
		assert_eq!(proof(&OUTCOMES).span(&round()).end, 11);
	}

	#[test]
	fn nothing_else_is() {
		let good = proof(&OUTCOMES);
		for spoil in [
			|it: &mut Proof| it.attempt = 1,
			|it: &mut Proof| it.outcomes = Outcomes::new([None, Some(6), None, Some(-3)]).unwrap(),
			|it: &mut Proof| it.outcomes = Outcomes::new([None, Some(5), None]).unwrap(),
			|it: &mut Proof| it.data_root = H256::zero(),
			|it: &mut Proof| it.blindings[2] = [9; 12],
		] {
			let mut spoilt = good.clone();
			spoil(&mut spoilt);
			assert_eq!(verify(&spoilt), BAD);
		}
		let other = RoundId {
			first: 8,
			..round()
		};
		assert_eq!(good.verify(&genesis(), &other, &keys()), BAD);
		assert_eq!(good.verify(&H256::zero(), &round(), &keys()), BAD);
		let mut swapped = keys();
		swapped.swap(0, 1);
		assert_eq!(good.verify(&genesis(), &round(), &swapped), BAD);
	}

	#[test]
	fn the_signature_that_is_wrong_is_named() {
		let mut spoilt = proof(&OUTCOMES);
		singles(&mut spoilt).signatures[1] = sr25519::Signature::default();
		assert_eq!(verify(&spoilt), Err(ProofError::BadSignature { index: 1 }));
		let first = singles(&mut spoilt).signatures[0];
		singles(&mut spoilt).signatures[1] = first;
		let repeated = Err(ProofError::RepeatedSignature { index: 1 });
		assert_eq!(verify(&spoilt), repeated);
	}

	#[test]
	fn everybody_has_to_be_there() {
		let good = proof(&OUTCOMES);
		let mut short = good.clone();
		singles(&mut short).signatures.pop();
		assert_eq!(verify(&short), Err(ProofError::WrongCount));
		let mut secret = good.clone();
		secret.blindings.pop();
		assert_eq!(verify(&secret), Err(ProofError::WrongCount));
		let former = |former| {
			let mut changed = good.clone();
			singles(&mut changed).former = former;
			changed
		};
		assert_eq!(former(0b111).check_form(3), Ok(()));
		assert_eq!(former(0b1000).check_form(3), Err(ProofError::WrongCount));
	}

	#[test]
	fn a_joint_key_is_asked_for_by_all() {
		let (key, other) = (Some(joint_key().public()), Some(ed25519::Public::default()));
		let asks = proof_for(&OUTCOMES, key);
		assert_eq!((verify(&asks), asks.key()), (Ok(()), key));
		for (mut changed, key) in [(asks.clone(), None), (asks, other), (proof(&OUTCOMES), key)] {
			singles(&mut changed).key = key;
			assert_eq!(verify(&changed), BAD);
		}
	}

	#[test]
	fn one_signature_stands_for_all() {
		let good = joint_proof(&OUTCOMES);
		assert_eq!((verify_jointly(&good), good.key()), (Ok(()), None));
		const BAD: Result<(), ProofError> = Err(ProofError::BadJointSignature);
		for spoil in [
			|it: &mut Proof| it.attempt = 1,
			|it: &mut Proof| it.outcomes = Outcomes::new([None, Some(6), None, Some(-3)]).unwrap(),
			|it: &mut Proof| it.data_root = H256::zero(),
			|it: &mut Proof| it.blindings[2] = [9; 12],
			|it: &mut Proof| it.assents = Assents::Joint(ed25519::Signature::default()),
			|it: &mut Proof| it.assents = proof(&OUTCOMES).assents,
		] {
			let mut spoilt = good.clone();
			spoil(&mut spoilt);
			assert_eq!(verify_jointly(&spoilt), BAD);
		}
		let key = ed25519::Public::default();
		let by_another = good.verify_jointly(&genesis(), &round(), &IDS, &key);
		assert_eq!(by_another, BAD);
		let key = joint_key().public();
		let of_two = good.verify_jointly(&genesis(), &round(), &IDS[..2], &key);
		assert_eq!(of_two, Err(ProofError::WrongCount));
		assert_eq!(verify(&good), BAD);
	}

	#[test]
	fn there_is_something_to_settle() {
		let empty = Proof {
			outcomes: Outcomes::default(),
			..proof(&OUTCOMES)
		};
		assert_eq!(empty.check_form(3), Err(ProofError::WrongOutcomes));
		// Two runs of nulls in sequence.
		let bytes = vec![syngraph_primitives::Run::Nulls(1); 2].encode();
		let split = Proof {
			outcomes: Outcomes::decode(&mut &bytes[..]).unwrap(),
			..proof(&OUTCOMES)
		};
		assert_eq!(split.check_form(3), Err(ProofError::WrongOutcomes));
	}
}
