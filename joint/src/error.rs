//! Why something cannot be signed jointly.

use crate::IntermediaryId;

/// Why a joint key, a share or a signature is refused.
///
/// Where one member alone is to blame, the error names it. What it is blamed for can be checked by anybody who has what
/// the member has signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
	/// There are fewer than [`crate::MIN_SIGNERS`] members, or more than [`crate::MAX_SIGNERS`].
	MemberCount,
	/// A member is named twice.
	RepeatedMember {
		/// Who.
		intermediary: IntermediaryId,
	},
	/// There is not exactly one public share, nonce commitment or signature share for each member.
	WrongCount,
	/// Who is named is not a member.
	NotAMember {
		/// Who.
		intermediary: IntermediaryId,
	},
	/// A public share is not the canonical encoding of a point of prime order, or is the identity.
	BadPublicShare {
		/// Whose it is said to be.
		intermediary: IntermediaryId,
	},
	/// A public share does not come with a proof that this member of this roster knows the secret to it. So it is for
	/// one of another member, too, and for shares that are not in the order of the roster.
	BadProof {
		/// Whose it is said to be.
		intermediary: IntermediaryId,
	},
	/// A public share is that of an earlier member as well.
	RepeatedPublicShare {
		/// The later one of the two.
		intermediary: IntermediaryId,
	},
	/// The public shares add up to the identity, which is nobody's key. It takes all of their secrets to make that so.
	NullKey,
	/// The public shares do not add up to the joint key that is known.
	OtherKey,
	/// The joint key was not made with this key share.
	ForeignKeyShare,
	/// A nonce commitment is not the canonical encoding of a point of prime order, or is the identity.
	BadNonceCommitment {
		/// Whose it is said to be.
		intermediary: IntermediaryId,
	},
	/// The nonces are not those to which the signer has committed for this signature.
	ForeignNonces,
	/// A signature share is not the canonical encoding of a scalar, or not the share of this member for this message
	/// and these nonce commitments under this key.
	BadSignatureShare {
		/// Whose it is said to be.
		intermediary: IntermediaryId,
	},
	/// A scalar came out as zero or a point as the identity. Randomness that is random does that once in 2^250 times:
	/// draw again, or sign singly.
	Degenerate,
}

/// What the library refuses although all that it is given has been checked.
pub(crate) fn unexpected(_: frost_ed25519::Error) -> Error {
	Error::Degenerate
}
