//! What a member keeps to itself: randomness, and the key share that is made of it.

use core::fmt;

use codec::Encode;
use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar};
use zeroize::Zeroizing;

use crate::{
	group::{hash_to_scalar, Encoded},
	public::{challenge, Membership, PublicShare},
	Error,
};

/// Under what a key share is hashed.
const SHARE_TAG: &[u8] = b"syngraph/joint/key-share/1";
/// Under what the nonce of a proof is hashed.
const PROOF_NONCE_TAG: &[u8] = b"syngraph/joint/proof-nonce/1";

/// 32 bytes from a secure source (`random_bytes(32)` of RFC 9591, section 2), good for one purpose, once.
///
/// It is neither copied nor shown, and wiped when it is dropped. Whoever keeps the bytes that it is made of can make
/// the same secret again: keep them in memory only, and of those of nonces see to it that they are taken once.
pub struct Randomness(Zeroizing<[u8; 32]>);

impl Randomness {
	/// Randomness of these bytes.
	pub fn new(bytes: [u8; 32]) -> Self {
		Self(Zeroizing::new(bytes))
	}

	pub(crate) fn bytes(&self) -> &[u8; 32] {
		&self.0
	}
}

impl fmt::Debug for Randomness {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Randomness")
	}
}

/// A member's own part of the secret that nobody has as a whole: a scalar `x` that is not zero.
///
/// In RFC 9591 (section 5) a dealer gives each participant its `sk_i`. Here it is `x / λ_i`, with `λ_i` as in section
/// 4.2, so that what a member adds to a signature is `λ_i × sk_i = x`.
///
/// It is neither copied nor shown nor encoded, and wiped when it is dropped:
///
/// ```compile_fail,E0599
/// # use syngraph_joint::{KeyShare, Randomness};
/// # let share = KeyShare::new(Randomness::new([1; 32])).unwrap();
/// let copy = share.clone();
/// ```
/// ```compile_fail,E0277
/// # use syngraph_joint::{KeyShare, Randomness};
/// # let share = KeyShare::new(Randomness::new([1; 32])).unwrap();
/// let bytes = codec::Encode::encode(&share);
/// ```
pub struct KeyShare {
	secret: Zeroizing<Scalar>,
	public: Encoded,
}

impl KeyShare {
	/// The key share that is made of `randomness`, uniformly distributed as `RandomScalar` of RFC 9591 (section 3.1,
	/// appendix D). The same bytes make the same one.
	///
	/// Fails with [`Error::Degenerate`] if that is zero.
	pub fn new(randomness: Randomness) -> Result<Self, Error> {
		Self::of(hash_to_scalar(SHARE_TAG, &[randomness.bytes()]))
	}

	/// The key share that is this scalar.
	pub(crate) fn of(secret: Zeroizing<Scalar>) -> Result<Self, Error> {
		if *secret == Scalar::ZERO {
			return Err(Error::Degenerate);
		}
		let public = EdwardsPoint::mul_base(&secret).compress().to_bytes();
		Ok(Self { secret, public })
	}

	/// What this member publishes of its key share: `X = x·B`, with a proof that it knows `x`, which holds for this
	/// membership only. The same share and membership always have the same proof.
	pub fn public_share(&self, membership: &Membership) -> PublicShare {
		// As in Ed25519 itself, the nonce is a hash of the secret and of all that the challenge depends on: two
		// challenges never meet one nonce, whatever becomes of randomness.
		let secret = Zeroizing::new(self.secret.to_bytes());
		let nonce = hash_to_scalar(PROOF_NONCE_TAG, &[&*secret, &membership.encode()]);
		let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
		let challenge = challenge(membership, &self.public, &commitment);
		let response = *nonce + challenge * *self.secret;
		PublicShare::new(self.public, commitment, response.to_bytes())
	}

	pub(crate) fn secret(&self) -> &Scalar {
		&self.secret
	}

	pub(crate) fn public(&self) -> &Encoded {
		&self.public
	}
}

impl fmt::Debug for KeyShare {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("KeyShare")
			.field("public", &self.public)
			.finish_non_exhaustive()
	}
}
