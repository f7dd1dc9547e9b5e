//! A member that makes the joint key its own.

use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar};
use frost_ed25519::{Ciphersuite, Ed25519Sha512};
use zeroize::Zeroizing;

use super::*;
use crate::{group::point, public::challenge, Membership};

/// The secret of the one that attacks.
fn own() -> Scalar {
	Scalar::from(1234567u32)
}

/// What it publishes so that the joint key is its own: its own key, less that of the other.
fn rogue(other: &PublicShare) -> EdwardsPoint {
	EdwardsPoint::mul_base(&own()) - point(other.key()).unwrap()
}

fn as_published(key: EdwardsPoint, proof: &[u8]) -> PublicShare {
	decoded(&[&key.compress().to_bytes(), proof].concat())
}

/// A proof for `key` by one who knows another secret.
fn proof_with(secret: &Scalar, key: &EdwardsPoint, membership: &Membership) -> Vec<u8> {
	let nonce = Scalar::from(99u32);
	let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
	let challenge = challenge(membership, &key.compress().to_bytes(), &commitment);
	let response = nonce + challenge * secret;
	[commitment, response.to_bytes()].concat()
}

#[test]
fn the_joint_key_would_be_the_attackers() {
	// Without proofs: this is what they are for.
	let honest = Group::new(2).public[0];
	let parts = [
		(1, IDS[0], point(honest.key()).unwrap()),
		(2, IDS[1], rogue(&honest)),
	];
	let key = JointKey::of(&parts).unwrap();
	let of_attacker = EdwardsPoint::mul_base(&own()).compress().to_bytes();
	assert_eq!(key.to_bytes(), of_attacker);
}

#[test]
fn but_it_cannot_prove_what_it_publishes() {
	let signers = signers(&IDS[..2]);
	let honest = Group::new(2).public[0];
	let rogue = rogue(&honest);
	let (of_victim, of_rogue) = (signers.membership(IDS[0]), signers.membership(IDS[1]));
	let own_proof = KeyShare::of(Zeroizing::new(own()))
		.unwrap()
		.public_share(&of_rogue)
		.encode();
	let attempts = [
		proof_with(&own(), &rogue, &of_rogue),
		proof_with(&own(), &rogue, &of_victim),
		own_proof[32..].to_vec(),
		honest.encode()[32..].to_vec(),
		[[0; 32], [0; 32]].concat(),
	];
	let intermediary = IDS[1];
	for proof in attempts {
		let made = JointKey::new(&signers, &[honest, as_published(rogue, &proof)]);
		assert_eq!(made.unwrap_err(), Error::BadProof { intermediary });
	}
}

/// What a key share has signed is hashed with another function: nobody can be made to sign a proof.
#[test]
fn a_signature_of_the_same_bytes_is_no_proof() {
	let membership = signers(&IDS).membership(IDS[0]);
	let key = EdwardsPoint::mul_base(&own());
	let nonce = Scalar::from(99u32);
	let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
	let signed = [
		&commitment[..],
		key.compress().as_bytes(),
		&membership.encode(),
	]
	.concat();
	let response = nonce + Ed25519Sha512::H2(&signed) * own();
	let signature = [commitment, response.to_bytes()].concat();
	let message = membership.encode();
	let verifying = ed25519_zebra::VerificationKey::try_from(key.compress().to_bytes()).unwrap();
	let ordinary = <[u8; 64]>::try_from(&signature[..]).unwrap();
	verifying.verify(&ordinary.into(), &message).unwrap();
	let intermediary = IDS[0];
	let refused = as_published(key, &signature).verify(&membership);
	assert_eq!(refused, Err(Error::BadProof { intermediary }));
	let proof = proof_with(&own(), &key, &membership);
	assert_eq!(as_published(key, &proof).verify(&membership), Ok(()));
}
