//! The group of Ed25519: what bytes stand for, and what is hashed to a scalar.

use codec::Encode;
use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar};
use frost_ed25519::{Ed25519Group, Ed25519ScalarField, Field, Group};
use zeroize::Zeroizing;

/// A point or a scalar as it is encoded.
pub type Encoded = [u8; 32];

/// `DeserializeElement` (RFC 9591, sections 3.1 and 6.1): None unless it is the canonical encoding of a point of prime
/// order that is not the identity.
pub fn point(bytes: &Encoded) -> Option<EdwardsPoint> {
	Ed25519Group::deserialize(bytes).ok()
}

/// `DeserializeScalar` (RFC 9591, sections 3.1 and 6.1): None unless it is less than the order of the group.
pub fn scalar(bytes: &Encoded) -> Option<Scalar> {
	Ed25519ScalarField::deserialize(bytes).ok()
}

/// The scalar that a hash stands for: Blake2b-512 of SCALE(tag, parts), as a little-endian number, modulo the order of
/// the group. All parts of one tag have a fixed length.
///
/// All hashes of RFC 9591 (section 6.1) are SHA-512, and the challenge of a signature has no tag there. With another
/// function, nothing that is hashed here can be what is hashed there.
pub fn hash_to_scalar(tag: &[u8], parts: &[&[u8]]) -> Zeroizing<Scalar> {
	let mut state = blake2b_simd::State::new();
	state.update(&tag.encode());
	for part in parts {
		state.update(part);
	}
	let wide = Zeroizing::new(*state.finalize().as_array());
	Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
}
