//! What holds for any number of members, any message and any bytes.

use proptest::{array::uniform32, collection::vec, prelude::*};

use super::*;

/// An eighth of the cases that other properties are tried with: each is a signature of all.
fn cases() -> ProptestConfig {
	let usual = ProptestConfig::default();
	ProptestConfig {
		cases: (usual.cases / 8).max(1),
		..usual
	}
}

/// Some 96 bytes.
fn any_public_share() -> impl Strategy<Value = [u8; 96]> {
	vec(any::<u8>(), 96).prop_map(|bytes| bytes.try_into().expect("as many as were asked for"))
}

proptest! {
	#![proptest_config(cases())]

	/// All together make a signature, whoever they are and whatever they sign.
	#[test]
	fn all_make_a_signature(
		count in 2..=MAX_SIGNERS,
		seed: u64,
		message in vec(any::<u8>(), 0..300),
	) {
		let group = Group::seeded(count, seed);
		let signing = group.signing(seed, &message);
		let shares = group.sign(&signing, seed);
		let signature = signing.aggregate(&shares).unwrap();
		prop_assert!(verifies(&group.key, &message, &signature));
	}

	/// One share that differs in any bit is refused by name, and nothing else comes of it.
	#[test]
	fn any_other_share_names_its_author(
		count in 2..=5usize,
		seed: u64,
		at in 0..5usize,
		other in uniform32(any::<u8>()),
	) {
		let group = Group::seeded(count, seed);
		let signing = group.signing(seed, MESSAGE);
		let mut shares = group.sign(&signing, seed);
		let place = at % count;
		let other = decoded(&other);
		prop_assume!(shares[place] != other);
		shares[place] = other;
		let refused = Error::BadSignatureShare { intermediary: IDS[place] };
		prop_assert_eq!(signing.verify_share(IDS[place], &other), Err(refused));
		prop_assert_eq!(signing.aggregate(&shares), Err(refused));
	}

	/// Of any bytes a public share may be decoded, but none is proven by chance.
	#[test]
	fn no_public_share_is_proven_by_chance(bytes in any_public_share()) {
		let group = Group::new(2);
		let share: PublicShare = decoded(&bytes);
		prop_assert_eq!(share.encode(), &bytes[..]);
		prop_assert!(JointKey::new(&signers(&IDS[..2]), &[group.public[0], share]).is_err());
	}

	/// With any nonce commitments of others, one signs or refuses, and others' shares do not become good by it.
	#[test]
	fn any_nonce_commitments_are_taken_or_refused(
		hiding in uniform32(any::<u8>()),
		binding in uniform32(any::<u8>()),
	) {
		let group = Group::new(2);
		let mut commitments = group.commitments(0);
		commitments[1] = decoded(&[hiding, binding].concat());
		let good = group.sign(&group.signing(0, MESSAGE), 0);
		match Signing::new(&group.key, &commitments, MESSAGE) {
			Ok(signing) => {
				let nonces = group.nonces(0).swap_remove(0);
				prop_assert!(signing.sign(&group.shares[0], nonces).is_ok());
				prop_assert!(signing.aggregate(&good).is_err());
			},
			Err(error) => {
				let refused = Error::BadNonceCommitment { intermediary: IDS[1] };
				prop_assert_eq!(error, refused);
			},
		}
	}
}
