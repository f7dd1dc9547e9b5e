//! Members that sign jointly, and others that spoil it.

use codec::{DecodeAll, Encode};

use crate::{
	Error, IntermediaryId, JointKey, KeyShare, NonceCommitments, Nonces, PublicShare, Randomness,
	Signature, SignatureShare, Signers, Signing, MAX_SIGNERS,
};

mod encodings;
mod properties;
mod refusals;
mod rfc9591;
mod rogue;
mod signing;
mod times;

const GENESIS: [u8; 32] = [1; 32];
const AGREEMENT: [u8; 32] = [2; 32];
const ROSTER: u32 = 7;
const MESSAGE: &[u8] = b"what all have agreed on";
/// Not in the order of their numbers: the order is that of the roster.
const IDS: [IntermediaryId; MAX_SIGNERS] = [
	70, 20, 90, 10, 160, 30, 50, 40, 60, 80, 100, 120, 110, 130, 150, 140,
];

/// Bytes that differ with each of the numbers.
fn bytes(seed: u64, purpose: &str, place: usize) -> [u8; 32] {
	let hash = blake2b_simd::blake2b(&(seed, purpose, place as u64).encode());
	hash.as_bytes()[..32].try_into().unwrap()
}

fn randomness(seed: u64, purpose: &str, place: usize) -> Randomness {
	Randomness::new(bytes(seed, purpose, place))
}

/// The signers with these numbers.
fn signers(members: &[IntermediaryId]) -> Signers<'_> {
	Signers {
		genesis: GENESIS,
		agreement: AGREEMENT,
		roster: ROSTER,
		members,
	}
}

/// The members of a roster, with what each of them knows and has published.
struct Group {
	shares: Vec<KeyShare>,
	public: Vec<PublicShare>,
	key: JointKey,
}

impl Group {
	fn new(count: usize) -> Self {
		Self::seeded(count, 0)
	}

	fn seeded(count: usize, seed: u64) -> Self {
		let signers = signers(&IDS[..count]);
		let share = |place| KeyShare::new(randomness(seed, "key share", place)).unwrap();
		let shares: Vec<_> = (0..count).map(share).collect();
		let pairs = shares.iter().zip(signers.members);
		let public: Vec<_> = pairs
			.map(|(share, member)| share.public_share(&signers.membership(*member)))
			.collect();
		let key = JointKey::new(&signers, &public).unwrap();
		Self {
			shares,
			public,
			key,
		}
	}

	/// The nonces of all members for the signature with this number. Asked twice, they are the same.
	fn nonces(&self, number: u64) -> Vec<Nonces> {
		let places = self.shares.iter().enumerate();
		let nonces = places.map(|(place, share)| {
			let hiding = randomness(number, "hiding nonce", place);
			Nonces::new(share, hiding, randomness(number, "binding nonce", place)).unwrap()
		});
		nonces.collect()
	}

	/// What they have committed to for it.
	fn commitments(&self, number: u64) -> Vec<NonceCommitments> {
		let nonces = self.nonces(number);
		nonces.iter().map(Nonces::commitments).collect()
	}

	fn signing(&self, number: u64, message: &[u8]) -> Signing<'_> {
		Signing::new(&self.key, &self.commitments(number), message).unwrap()
	}

	/// The shares of all members in a signature, with the nonces that have this number.
	fn sign(&self, signing: &Signing, number: u64) -> Vec<SignatureShare> {
		let pairs = self.shares.iter().zip(self.nonces(number));
		pairs
			.map(|(share, nonces)| signing.sign(share, nonces).unwrap())
			.collect()
	}
}

/// Whether those who verify ordinary signatures accept one: as the chain does (ZIP 215), and as strictly as anybody
/// (RFC 8032, and no points of small order).
fn verifies(key: &JointKey, message: &[u8], signature: &Signature) -> bool {
	let (key, signature) = (key.to_bytes(), signature.to_bytes());
	let zebra = ed25519_zebra::VerificationKey::try_from(key).unwrap();
	let by_chain = zebra.verify(&signature.into(), message).is_ok();
	let dalek = ed25519_dalek::VerifyingKey::from_bytes(&key).unwrap();
	let strictly = dalek.verify_strict(message, &signature.into()).is_ok();
	assert_eq!(by_chain, strictly);
	by_chain
}

/// The value that is encoded as these bytes.
fn decoded<T: DecodeAll>(bytes: &[u8]) -> T {
	T::decode_all(&mut &bytes[..]).unwrap()
}

/// What `value` becomes when `change` has changed its bytes.
fn changed<T: Encode + DecodeAll>(value: &T, change: impl FnOnce(&mut [u8])) -> T {
	let mut bytes = value.encode();
	change(&mut bytes);
	decoded(&bytes)
}

/// Bytes of hexadecimal digits.
fn hex<const N: usize>(digits: &str) -> [u8; N] {
	assert_eq!(digits.len(), 2 * N);
	core::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
}

/// Hexadecimal digits of bytes.
fn digits(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Encodings that are no points of prime order, or not the only one of theirs.
fn bad_points() -> Vec<[u8; 32]> {
	let identity = hex("0100000000000000000000000000000000000000000000000000000000000000");
	let order_8 = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
	// -1, of order 2, and 0, of order 4.
	let order_2 = hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
	let order_4 = [0; 32];
	// The base point, and a point of order 8.
	let mixed = mixed_order();
	// p + 1, which is the identity once more, and p + 3, which is no canonical encoding of anything.
	let another_identity = hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
	let not_reduced = hex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
	// The identity with the sign of minus zero.
	let minus_zero = hex("0100000000000000000000000000000000000000000000000000000000000080");
	// Not on the curve.
	let no_point = hex("0200000000000000000000000000000000000000000000000000000000000000");
	let points = [
		identity,
		order_8,
		order_2,
		order_4,
		mixed,
		another_identity,
		not_reduced,
		minus_zero,
		no_point,
		[0xff; 32],
	];
	points.to_vec()
}

/// A point of eight times the order that it should have.
fn mixed_order() -> [u8; 32] {
	use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
	let point = ED25519_BASEPOINT_POINT + EIGHT_TORSION[1];
	point.compress().to_bytes()
}

/// The order of the group, and more: encodings that are no scalars.
fn bad_scalars() -> Vec<[u8; 32]> {
	let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	let one_more = hex("eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	[order, one_more, [0xff; 32]].to_vec()
}
