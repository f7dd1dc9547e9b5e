//! One signature in the making.

use alloc::collections::BTreeMap;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frost_core::verify_signature_share;
use frost_ed25519::{round2, SigningPackage};
use scale_info::TypeInfo;

use crate::{
	error::unexpected, group::Encoded, key::Member, Error, IntermediaryId, JointKey, KeyShare,
	NonceCommitments, Nonces,
};

/// A member's part of a joint signature: a scalar. 32 bytes.
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
pub struct SignatureShare(Encoded);

impl SignatureShare {
	fn of(share: &round2::SignatureShare) -> Result<Self, Error> {
		let bytes = share.serialize().try_into();
		bytes.map(Self).map_err(|_| Error::Degenerate)
	}

	/// The scalar that it stands for, if it is one.
	fn scalar(&self, author: &Member) -> Result<round2::SignatureShare, Error> {
		round2::SignatureShare::deserialize(&self.0).map_err(|_| Error::BadSignatureShare {
			intermediary: author.intermediary,
		})
	}
}

/// A joint signature: an ordinary Ed25519 signature of the joint key (RFC 8032, section 5.1.6). 64 bytes.
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
pub struct Signature([u8; 64]);

impl Signature {
	/// The bytes that a verifier takes.
	pub fn to_bytes(&self) -> [u8; 64] {
		self.0
	}
}

/// One signature in the making: which key it is of, what is signed, and which nonces all members have committed to for
/// it.
///
/// There may be any number of them at a time, as long as no member's nonces take part in two.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
	key: &'a JointKey,
	/// "Participant input" of RFC 9591 (section 5.2).
	package: SigningPackage,
}

impl<'a> Signing<'a> {
	/// The signature of `key` over `message` with these nonce commitments of all members, in the order of the roster.
	///
	/// All members have to agree on all three. That the message is one that a member wants to sign is for the member to
	/// check (RFC 9591, section 7.7).
	///
	/// Fails if there is not one commitment for each member, or if one is not what it should be, which names its
	/// author.
	pub fn new(
		key: &'a JointKey,
		commitments: &[NonceCommitments],
		message: &[u8],
	) -> Result<Self, Error> {
		if commitments.len() != key.members().len() {
			return Err(Error::WrongCount);
		}
		let points = key.members().iter().zip(commitments);
		let points = points.map(|(member, commitments)| {
			let intermediary = member.intermediary;
			let points = commitments.points();
			let points = points.ok_or(Error::BadNonceCommitment { intermediary })?;
			Ok((member.identifier, points))
		});
		let package = SigningPackage::new(points.collect::<Result<_, _>>()?, message);
		Ok(Self { key, package })
	}

	/// The share of the member that has this key share (`sign` of RFC 9591, section 5.2). The nonces are used up, also
	/// if it fails.
	///
	/// Fails if the key share or the nonces are not among those that this signature is made with.
	pub fn sign(&self, share: &KeyShare, nonces: Nonces) -> Result<SignatureShare, Error> {
		let participant = self.key.participant(share)?;
		let share = round2::sign(&self.package, nonces.nonces(), &participant);
		let share = share.map_err(|error| match error {
			frost_ed25519::Error::IncorrectCommitment => Error::ForeignNonces,
			other => unexpected(other),
		})?;
		SignatureShare::of(&share)
	}

	/// Checks the share of one member (`verify_signature_share` of RFC 9591, section 5.3). It takes about as long as
	/// [`Self::aggregate`] takes for the good shares of all.
	///
	/// Fails with [`Error::BadSignatureShare`], which names the member, or if it is none.
	pub fn verify_share(
		&self,
		intermediary: IntermediaryId,
		share: &SignatureShare,
	) -> Result<(), Error> {
		let author = self.key.member(intermediary)?;
		let share = share.scalar(author)?;
		let (identifier, verifying) = (author.identifier, &author.verifying);
		let key = self.key.group().verifying_key();
		verify_signature_share(identifier, verifying, &share, &self.package, key)
			.map_err(|error| self.blame(&error))
	}

	/// The signature that the shares of all members make, in the order of the roster (`aggregate` of RFC 9591, section
	/// 5.3). It is verified before it is returned. Only if it is not good is each share looked at: bad ones that add up
	/// to the right sum go unnoticed, and do no harm.
	///
	/// Fails if there is not one share for each member, or with [`Error::BadSignatureShare`], which names the first
	/// whose share is bad; [`Self::verify_share`] tells of the others.
	pub fn aggregate(&self, shares: &[SignatureShare]) -> Result<Signature, Error> {
		let members = self.key.members();
		if shares.len() != members.len() {
			return Err(Error::WrongCount);
		}
		let scalars = members.iter().zip(shares);
		let scalars = scalars
			.map(|(author, share)| Ok((author.identifier, share.scalar(author)?)))
			.collect::<Result<BTreeMap<_, _>, _>>()?;
		let signature = frost_ed25519::aggregate(&self.package, &scalars, self.key.group())
			.map_err(|error| self.blame(&error))?;
		let bytes = signature.serialize().map_err(unexpected)?;
		let bytes = bytes.try_into().map_err(|_| Error::Degenerate)?;
		Ok(Signature(bytes))
	}

	/// Whose share was bad, as the library says.
	fn blame(&self, error: &frost_ed25519::Error) -> Error {
		let culprits = error.culprits();
		let mut members = self.key.members().iter();
		let culprit = members.find(|member| culprits.contains(&member.identifier));
		culprit.map_or(Error::Degenerate, |member| Error::BadSignatureShare {
			intermediary: member.intermediary,
		})
	}
}
