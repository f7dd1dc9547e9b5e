//! Nonces: drawn afresh for each signature, and used once.

use core::{fmt, hint::black_box};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use curve25519_dalek::scalar::Scalar;
use frost_core::round1::Nonce;
use frost_ed25519::{
	round1::{NonceCommitment, SigningCommitments, SigningNonces},
	Ciphersuite, Ed25519Sha512,
};
use scale_info::TypeInfo;
use zeroize::{Zeroize, Zeroizing};

use crate::{error::unexpected, group::Encoded, Error, KeyShare, Randomness};

/// The two secret nonces of one signature, hiding and binding (round one of RFC 9591, section 5.1).
///
/// Whoever signs more than once with the same nonces can lose its key share (section 7.3). So they are neither copied
/// nor shown nor encoded, [`crate::Signing::sign`] takes them for good, and they are wiped when they are dropped:
///
/// ```compile_fail,E0382
/// # use syngraph_joint::{KeyShare, Nonces, Signing};
/// fn twice(share: &KeyShare, nonces: Nonces, one: &Signing, other: &Signing) {
///     one.sign(share, nonces);
///     other.sign(share, nonces);
/// }
/// ```
/// ```compile_fail,E0599
/// # use syngraph_joint::Nonces;
/// fn copy(nonces: Nonces) -> (Nonces, Nonces) {
///     (nonces.clone(), nonces)
/// }
/// ```
/// ```compile_fail,E0277
/// # use syngraph_joint::Nonces;
/// fn bytes(nonces: &Nonces) -> Vec<u8> {
///     codec::Encode::encode(nonces)
/// }
/// ```
pub struct Nonces {
	nonces: SigningNonces,
	commitments: NonceCommitments,
}

impl Nonces {
	/// The nonces that a member makes of randomness for one signature.
	///
	/// The same randomness makes the same nonces: whoever keeps it, since it has to commit in one run and to sign in
	/// another, takes it away before it signs, so that no run finds it again.
	///
	/// Fails with [`Error::Degenerate`] if one of them is zero.
	pub fn new(share: &KeyShare, hiding: Randomness, binding: Randomness) -> Result<Self, Error> {
		Self::of(share.secret(), hiding, binding)
	}

	/// The nonces that are made of a secret and of randomness.
	pub(crate) fn of(
		secret: &Scalar,
		hiding: Randomness,
		binding: Randomness,
	) -> Result<Self, Error> {
		let (hiding, binding) = (generate(secret, hiding)?, generate(secret, binding)?);
		let nonces = SigningNonces::from_nonces(hiding, binding);
		let commitments = NonceCommitments::of(nonces.commitments())?;
		Ok(Self {
			nonces,
			commitments,
		})
	}

	/// What the member publishes of them.
	pub fn commitments(&self) -> NonceCommitments {
		self.commitments
	}

	pub(crate) fn nonces(&self) -> &SigningNonces {
		&self.nonces
	}
}

impl Drop for Nonces {
	fn drop(&mut self) {
		self.nonces.zeroize();
		// The library wipes nonces with a plain store, which a compiler may leave out as long as nobody looks.
		black_box(&self.nonces);
	}
}

impl fmt::Debug for Nonces {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Nonces")
			.field("commitments", &self.commitments)
			.finish_non_exhaustive()
	}
}

/// `nonce_generate` (RFC 9591, section 4.1), with the randomness that the caller brings.
fn generate(secret: &Scalar, randomness: Randomness) -> Result<Nonce<Ed25519Sha512>, Error> {
	let secret = Zeroizing::new(secret.to_bytes());
	let mut input = Zeroizing::new([0; 64]);
	let (first, second) = input.split_at_mut(32);
	first.copy_from_slice(randomness.bytes());
	second.copy_from_slice(&*secret);
	let nonce = Zeroizing::new(Ed25519Sha512::H3(&*input));
	if *nonce == Scalar::ZERO {
		return Err(Error::Degenerate);
	}
	Nonce::deserialize(&*Zeroizing::new(nonce.to_bytes())).map_err(unexpected)
}

/// What a member publishes of its nonces for one signature. 64 bytes.
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
pub struct NonceCommitments {
	/// The hiding nonce, times the base point.
	hiding: Encoded,
	/// The binding nonce, times the base point.
	binding: Encoded,
}

impl NonceCommitments {
	fn of(commitments: &SigningCommitments) -> Result<Self, Error> {
		Ok(Self {
			hiding: encoded(commitments.hiding())?,
			binding: encoded(commitments.binding())?,
		})
	}

	/// The points that they stand for, if they are what they should be.
	pub(crate) fn points(&self) -> Option<SigningCommitments> {
		let hiding = NonceCommitment::deserialize(&self.hiding).ok()?;
		let binding = NonceCommitment::deserialize(&self.binding).ok()?;
		Some(SigningCommitments::new(hiding, binding))
	}
}

fn encoded(commitment: &NonceCommitment) -> Result<Encoded, Error> {
	let bytes = commitment.serialize().map_err(unexpected)?;
	bytes.try_into().map_err(|_| Error::Degenerate)
}
