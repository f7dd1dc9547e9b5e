//! The joint key, as it is made of the shares of all members.

use alloc::vec::Vec;

use curve25519_dalek::{
	edwards::{CompressedEdwardsY, EdwardsPoint},
	scalar::Scalar,
	traits::IsIdentity,
};
use frost_ed25519::{
	keys::{KeyPackage, PublicKeyPackage, SigningShare, VerifyingShare},
	Identifier, VerifyingKey,
};
use zeroize::Zeroizing;

use crate::{
	error::unexpected, group::Encoded, Error, IntermediaryId, KeyShare, Membership, PublicShare,
};

/// How many members it takes at least to sign jointly. One alone signs as usual.
pub const MIN_SIGNERS: usize = 2;
/// How many members can sign jointly: as many as an agreement can have.
pub const MAX_SIGNERS: usize = 16;

/// Who signs jointly: all members of a roster, in its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signers<'a> {
	/// The hash of the chain's first block.
	pub genesis: [u8; 32],
	/// The agreement.
	pub agreement: [u8; 32],
	/// The number of the roster.
	pub roster: u32,
	/// Its members, in its order.
	pub members: &'a [IntermediaryId],
}

impl Signers<'_> {
	/// As what `intermediary` publishes its share.
	pub fn membership(&self, intermediary: IntermediaryId) -> Membership {
		Membership {
			genesis: self.genesis,
			agreement: self.agreement,
			roster: self.roster,
			intermediary,
		}
	}

	fn check(&self) -> Result<(), Error> {
		if !(MIN_SIGNERS..=MAX_SIGNERS).contains(&self.members.len()) {
			return Err(Error::MemberCount);
		}
		match repeats(self.members, self.members) {
			Some(intermediary) => Err(Error::RepeatedMember { intermediary }),
			None => Ok(()),
		}
	}

	/// Whether there is one share for each, and none is another's as well.
	fn check_shares(&self, shares: &[PublicShare]) -> Result<(), Error> {
		self.check()?;
		if shares.len() != self.members.len() {
			return Err(Error::WrongCount);
		}
		let keys: Vec<&Encoded> = shares.iter().map(PublicShare::key).collect();
		match repeats(self.members, &keys) {
			Some(intermediary) => Err(Error::RepeatedPublicShare { intermediary }),
			None => Ok(()),
		}
	}
}

/// A member, as far as a joint key is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Member {
	/// Who it is.
	pub intermediary: IntermediaryId,
	/// Its place in the roster, beginning with 1, as a participant's identifier (RFC 9591, section 5).
	pub identifier: Identifier,
	/// Its `PK_i` (RFC 9591, section 5), which is `X / λ`.
	pub verifying: VerifyingShare,
	/// Its public share: `X`.
	public: Encoded,
	/// `1 / λ`, by which its key share becomes the RFC's.
	factor: Scalar,
}

/// What a joint key is made of: an identifier, who has it, and that one's public share.
pub(crate) type Part = (u16, IntermediaryId, EdwardsPoint);

impl Member {
	fn new((identifier, intermediary, key): &Part, all: &[u16]) -> Result<Self, Error> {
		let factor = factor(all, *identifier);
		let verifying = (key * factor).compress().to_bytes();
		Ok(Self {
			intermediary: *intermediary,
			identifier: Identifier::try_from(*identifier).map_err(unexpected)?,
			verifying: VerifyingShare::deserialize(&verifying).map_err(unexpected)?,
			public: key.compress().to_bytes(),
			factor,
		})
	}
}

/// The public key for which all members of a roster sign jointly: the sum of their public shares.
///
/// It is good for as long as the roster and everybody's key share are what they were.
#[derive(Clone, Debug)]
pub struct JointKey {
	members: Vec<Member>,
	/// "Group info" of RFC 9591 (section 5): the joint key, and the `PK_i` of all.
	group: PublicKeyPackage,
	count: u16,
	bytes: Encoded,
}

impl JointKey {
	/// The joint key of these members. `shares` are their public shares in the same order.
	///
	/// Fails if there are too few or too many members, or one is named twice; if there is not one share for each; if a
	/// share is not its member's, or is not a point of prime order, or is another's as well; if all add up to the
	/// identity. Who is to blame is named.
	pub fn new(signers: &Signers, shares: &[PublicShare]) -> Result<Self, Error> {
		signers.check_shares(shares)?;
		let parts = (1..).zip(signers.members).zip(shares);
		let parts = parts.map(|((place, member), share)| {
			let key = share.verified(&signers.membership(*member))?;
			Ok((place, *member, key))
		});
		Self::of(&parts.collect::<Result<Vec<_>, _>>()?)
	}

	/// The joint key of these members, if it is `key`, to which all of them have agreed before: whoever did had looked
	/// at all proofs, so that nobody looks at them again. Of shares that were put in place of others, so that the sum
	/// stays the same, nobody's own is harmed: what it adds to a signature depends on the sum alone.
	///
	/// Fails as [`Self::new`] does, but for proofs, and with [`Error::OtherKey`] if it is another one.
	pub fn known(signers: &Signers, shares: &[PublicShare], key: &[u8; 32]) -> Result<Self, Error> {
		// A key share finds its place by its public share: were that another's as well, it might sign in that one's.
		signers.check_shares(shares)?;
		let parts = (1..).zip(signers.members).zip(shares);
		let parts = parts.map(|((place, member), share)| {
			let key = share.point(*member)?;
			Ok((place, *member, key))
		});
		let known = Self::of(&parts.collect::<Result<Vec<_>, _>>()?)?;
		match known.bytes == *key {
			true => Ok(known),
			false => Err(Error::OtherKey),
		}
	}

	/// Whether shares add up to `key`. That says nothing about who made them.
	pub fn is_sum(key: &[u8; 32], shares: &[PublicShare]) -> bool {
		let points = shares.iter().map(|share| CompressedEdwardsY(*share.key()));
		let sum: Option<EdwardsPoint> = points.map(|point| point.decompress()).sum();
		sum.is_some_and(|sum| sum.compress().to_bytes() == *key)
	}

	/// The joint key of these parts, which have been looked at. Identifiers are not zero, and differ.
	pub(crate) fn of(parts: &[Part]) -> Result<Self, Error> {
		let sum: EdwardsPoint = parts.iter().map(|(_, _, key)| key).sum();
		if sum.is_identity() {
			return Err(Error::NullKey);
		}
		let bytes = sum.compress().to_bytes();
		let key = VerifyingKey::deserialize(&bytes).map_err(unexpected)?;
		let count = u16::try_from(parts.len()).map_err(|_| Error::MemberCount)?;
		let all: Vec<u16> = parts.iter().map(|(identifier, _, _)| *identifier).collect();
		let members = parts.iter().map(|part| Member::new(part, &all));
		let members = members.collect::<Result<Vec<_>, _>>()?;
		let verifying = members
			.iter()
			.map(|member| (member.identifier, member.verifying));
		let group = PublicKeyPackage::new(verifying.collect(), key, Some(count));
		Ok(Self {
			members,
			group,
			count,
			bytes,
		})
	}

	/// The Ed25519 public key that the signatures are good for.
	pub fn to_bytes(&self) -> [u8; 32] {
		self.bytes
	}

	pub(crate) fn group(&self) -> &PublicKeyPackage {
		&self.group
	}

	/// All members, in the order of the roster.
	pub(crate) fn members(&self) -> &[Member] {
		&self.members
	}

	/// A member.
	pub(crate) fn member(&self, intermediary: IntermediaryId) -> Result<&Member, Error> {
		let mut members = self.members.iter();
		members
			.find(|member| member.intermediary == intermediary)
			.ok_or(Error::NotAMember { intermediary })
	}

	/// What a participant is configured with (RFC 9591, section 5), for the member whose key share this is.
	pub(crate) fn participant(&self, share: &KeyShare) -> Result<KeyPackage, Error> {
		let mut members = self.members.iter();
		let member = members
			.find(|member| member.public == *share.public())
			.ok_or(Error::ForeignKeyShare)?;
		let secret = Zeroizing::new(share.secret() * member.factor);
		let secret = Zeroizing::new(secret.to_bytes());
		Ok(KeyPackage::new(
			member.identifier,
			SigningShare::deserialize(&*secret).map_err(unexpected)?,
			member.verifying,
			*self.group.verifying_key(),
			self.count,
		))
	}
}

/// `1 / λ` for the one with identifier `own`, with `λ` as `derive_interpolating_value` of RFC 9591 (section 4.2) has
/// it. Identifiers are not zero, and differ.
pub(crate) fn factor(identifiers: &[u16], own: u16) -> Scalar {
	let others = identifiers.iter().filter(|other| **other != own);
	let (mut numerator, mut denominator) = (Scalar::ONE, Scalar::ONE);
	for other in others.map(|other| Scalar::from(*other)) {
		numerator *= other - Scalar::from(own);
		denominator *= other;
	}
	numerator * denominator.invert()
}

/// The first member that has the same as an earlier one.
fn repeats<T: PartialEq>(members: &[IntermediaryId], all: &[T]) -> Option<IntermediaryId> {
	let places = members.iter().zip(all).enumerate();
	let mut repeated =
		places.filter(|(place, (_, own))| all.iter().take(*place).any(|other| other == *own));
	repeated.next().map(|(_, (member, _))| *member)
}
