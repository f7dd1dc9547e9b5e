//! What travels has one encoding, of a fixed length; and what is hashed stays as it is.

use codec::MaxEncodedLen;

use super::*;

const AUTHOR: IntermediaryId = IDS[1];

#[test]
fn all_have_a_fixed_length() {
	let group = Group::new(2);
	let signing = group.signing(0, MESSAGE);
	let shares = group.sign(&signing, 0);
	let signature = signing.aggregate(&shares).unwrap();
	assert_eq!(group.public[0].encode().len(), 96);
	assert_eq!(group.commitments(0)[0].encode().len(), 64);
	assert_eq!(shares[0].encode().len(), 32);
	assert_eq!(signature.encode(), signature.to_bytes());
	let longest = [
		PublicShare::max_encoded_len(),
		NonceCommitments::max_encoded_len(),
		SignatureShare::max_encoded_len(),
		Signature::max_encoded_len(),
	];
	assert_eq!(longest, [96, 64, 32, 64]);
	for length in [0, 31, 33, 63, 65, 95, 97] {
		let bytes = vec![1; length];
		assert!(PublicShare::decode_all(&mut &bytes[..]).is_err());
		assert!(NonceCommitments::decode_all(&mut &bytes[..]).is_err());
		assert!(SignatureShare::decode_all(&mut &bytes[..]).is_err());
		assert!(Signature::decode_all(&mut &bytes[..]).is_err());
	}
}

#[test]
fn a_public_share_is_a_canonical_point_of_prime_order() {
	let group = Group::new(2);
	let intermediary = AUTHOR;
	for point in bad_points() {
		let bad = changed(&group.public[1], |bytes| {
			bytes[..32].copy_from_slice(&point)
		});
		let made = JointKey::new(&signers(&IDS[..2]), &[group.public[0], bad]);
		let refused = Error::BadPublicShare { intermediary };
		assert_eq!(made.unwrap_err(), refused, "{point:?}");
	}
}

#[test]
fn a_proof_is_a_canonical_point_and_a_canonical_scalar() {
	let group = Group::new(2);
	let membership = signers(&IDS).membership(AUTHOR);
	let intermediary = AUTHOR;
	let bad = Err(Error::BadProof { intermediary });
	for point in bad_points() {
		let touched = changed(&group.public[1], |bytes| {
			bytes[32..64].copy_from_slice(&point)
		});
		assert_eq!(touched.verify(&membership), bad);
	}
	for scalar in bad_scalars() {
		let touched = changed(&group.public[1], |bytes| {
			bytes[64..].copy_from_slice(&scalar)
		});
		assert_eq!(touched.verify(&membership), bad);
	}
	// The response plus the order is the same scalar.
	let touched = changed(&group.public[1], |bytes| add_order(&mut bytes[64..]));
	assert_eq!(touched.verify(&membership), bad);
}

#[test]
fn nonce_commitments_are_canonical_points_of_prime_order() {
	let group = Group::new(2);
	let intermediary = AUTHOR;
	for point in bad_points() {
		for at in [0, 32] {
			let mut commitments = group.commitments(0);
			commitments[1] = changed(&commitments[1], |bytes| {
				bytes[at..at + 32].copy_from_slice(&point)
			});
			let signing = Signing::new(&group.key, &commitments, MESSAGE);
			let refused = Error::BadNonceCommitment { intermediary };
			assert_eq!(signing.unwrap_err(), refused, "{point:?}");
		}
	}
	let missing = Signing::new(&group.key, &group.commitments(0)[..1], MESSAGE);
	assert_eq!(missing.unwrap_err(), Error::WrongCount);
}

#[test]
fn a_signature_share_is_a_canonical_scalar() {
	let group = Group::new(2);
	let signing = group.signing(0, MESSAGE);
	let shares = group.sign(&signing, 0);
	let intermediary = AUTHOR;
	let bad = Error::BadSignatureShare { intermediary };
	let same = changed(&shares[1], add_order);
	let others = bad_scalars();
	let others = others.iter().map(|scalar| decoded(scalar));
	for share in others.chain([same]) {
		assert_eq!(signing.verify_share(AUTHOR, &share), Err(bad));
		assert_eq!(signing.aggregate(&[shares[0], share]), Err(bad));
	}
}

/// Adds the order of the group to a scalar.
fn add_order(scalar: &mut [u8]) {
	let mut carry = 0;
	for (byte, more) in scalar.iter_mut().zip(&bad_scalars()[0]) {
		let sum = u16::from(*byte) + u16::from(*more) + carry;
		*byte = sum as u8;
		carry = sum >> 8;
	}
	assert_eq!(carry, 0);
}

/// Computed once more in Python, from RFC 9591 and the tags. If one of these moves, members of two versions do not
/// understand each other: then its tag has to change.
#[test]
fn what_is_hashed_stays_as_it_is() {
	let group = Group::new(2);
	let signing = group.signing(0, MESSAGE);
	let shares = group.sign(&signing, 0);
	let signature = signing.aggregate(&shares).unwrap();
	let all = [
		digits(&group.public[0].encode()),
		digits(&group.key.to_bytes()),
		digits(&group.commitments(0)[0].encode()),
		digits(&shares[0].encode()),
		digits(&signature.to_bytes()),
	];
	assert_eq!(all, PINNED);
}

const PINNED: [&str; 5] = [
	"49430d206ed636d37d1c2965359cf50446e7bab52d72535b4b952ac9094d16c0\
	 ec31f864fa101c62c751e6982facbfb123533d7923e54659d0d8ad4c98c443f1\
	 d5f47325c1c88a1e0d11708e3cd202783a65dfd58a31833c3f6a667f0427e00f",
	"e3675d47c98540bd8e978d82c5b63dc52a4c51a3f3db0a5f48ab2f7a9d1498f5",
	"fd39683785316246147ae2e97b603a9d004c02efc16d1fe0d8aff6d5fc90a3c6\
	 c3b34d9ffaa66a9db039ecc5970eb59da51014432241615c27f54560e2884fb3",
	"fd14fc30eacdda3893f7761df107f5bbeeb99e0f7ee127e84de9ef4d89ba9f0b",
	"5d03ed9acd3966e3b821249c571027fceab8e2e0e55c18b3fa9901964d111cb0\
	 0d21e7bc50f79bbf065c4893ddaaedbb44289b75e801963907f4cdf433a6560f",
];
