//! What a member publishes of its key share, and how it is shown that the member knows the secret to it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar};
use scale_info::TypeInfo;

use crate::{
	group::{hash_to_scalar, point, scalar, Encoded},
	Error, IntermediaryId,
};

/// Under what the challenge of a proof is hashed.
const PROOF_TAG: &[u8] = b"syngraph/joint/share-proof/1";

/// As what a member publishes its share: as this intermediary, on this roster of this agreement, on this chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode)]
pub struct Membership {
	/// The hash of the chain's first block.
	pub genesis: [u8; 32],
	/// The agreement.
	pub agreement: [u8; 32],
	/// The number of the roster.
	pub roster: u32,
	/// The member.
	pub intermediary: IntermediaryId,
}

/// A member's part of the joint key, with a proof that the member knows the secret to it. 96 bytes.
///
/// Without the proof, a member could publish its own key less those of all the others, and so make the joint key its
/// own. The proof is Schnorr's, as in SpeedyMuSig (ePrint 2021/1375).
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
pub struct PublicShare {
	/// `X`, a point.
	key: Encoded,
	/// `R`, a point.
	commitment: Encoded,
	/// `z`, a scalar with `z·B = R + c·X`, where `c` is the [`challenge`].
	response: Encoded,
}

impl PublicShare {
	pub(crate) fn new(key: Encoded, commitment: Encoded, response: Encoded) -> Self {
		Self {
			key,
			commitment,
			response,
		}
	}

	/// Checks that it is what this member may publish under this roster: a canonical point of prime order and not the
	/// identity, to which the member knows the secret.
	///
	/// Fails with [`Error::BadPublicShare`] or [`Error::BadProof`], which name the member.
	pub fn verify(&self, membership: &Membership) -> Result<(), Error> {
		self.verified(membership).map(|_| ())
	}

	/// The point, if it is proven.
	pub(crate) fn verified(&self, membership: &Membership) -> Result<EdwardsPoint, Error> {
		let intermediary = membership.intermediary;
		let key = self.point(intermediary)?;
		let bad = Error::BadProof { intermediary };
		let response = scalar(&self.response).ok_or(bad)?;
		let challenge = challenge(membership, &self.key, &self.commitment);
		// What R has to be is computed, and compared byte by byte: so it has one encoding, and is in the right group.
		let expected =
			EdwardsPoint::vartime_double_scalar_mul_basepoint(&challenge, &-key, &response);
		if expected.compress().to_bytes() != self.commitment {
			return Err(bad);
		}
		Ok(key)
	}

	/// The point, be it proven or not, if it is one that a share can be.
	pub(crate) fn point(&self, intermediary: IntermediaryId) -> Result<EdwardsPoint, Error> {
		point(&self.key).ok_or(Error::BadPublicShare { intermediary })
	}

	pub(crate) fn key(&self) -> &Encoded {
		&self.key
	}
}

/// The challenge of a proof: a hash of who proves the knowledge of what, and of the commitment.
pub(crate) fn challenge(membership: &Membership, key: &Encoded, commitment: &Encoded) -> Scalar {
	*hash_to_scalar(PROOF_TAG, &[&membership.encode(), key, commitment])
}
