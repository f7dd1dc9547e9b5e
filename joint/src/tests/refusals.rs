//! Of what no joint key is made.

use super::*;
use crate::{public::challenge, Membership};

fn membership() -> Membership {
	signers(&IDS).membership(IDS[0])
}

#[test]
fn one_member_alone_does_not_sign_jointly_and_no_more_than_sixteen_do() {
	let group = Group::new(16);
	let too_few = JointKey::new(&signers(&IDS[..1]), &group.public[..1]);
	assert_eq!(too_few.unwrap_err(), Error::MemberCount);
	let nobody = JointKey::new(&signers(&[]), &[]);
	assert_eq!(nobody.unwrap_err(), Error::MemberCount);
	let mut members = IDS.to_vec();
	members.push(999);
	let mut public = group.public.clone();
	public.push(group.shares[0].public_share(&signers(&members).membership(999)));
	let too_many = JointKey::new(&signers(&members), &public);
	assert_eq!(too_many.unwrap_err(), Error::MemberCount);
}

#[test]
fn each_member_has_one_share() {
	let group = Group::new(3);
	let missing = JointKey::new(&signers(&IDS[..3]), &group.public[..2]);
	assert_eq!(missing.unwrap_err(), Error::WrongCount);
	let too_many = JointKey::new(&signers(&IDS[..2]), &group.public);
	assert_eq!(too_many.unwrap_err(), Error::WrongCount);
	let twice = [IDS[0], IDS[1], IDS[0]];
	let twice = JointKey::new(&signers(&twice), &group.public);
	let intermediary = IDS[0];
	assert_eq!(twice.unwrap_err(), Error::RepeatedMember { intermediary });
}

#[test]
fn the_order_is_that_of_the_roster() {
	let group = Group::new(3);
	let mut public = group.public.clone();
	public.swap(1, 2);
	let made = JointKey::new(&signers(&IDS[..3]), &public);
	let intermediary = IDS[1];
	assert_eq!(made.unwrap_err(), Error::BadProof { intermediary });
	// The sum would be the same, but not what others expect to be signed.
	let members = [IDS[0], IDS[2], IDS[1]];
	let other = JointKey::new(&signers(&members), &public).unwrap();
	assert_eq!(other.to_bytes(), group.key.to_bytes());
	let mut commitments = group.commitments(0);
	commitments.swap(1, 2);
	let signing = group.signing(0, MESSAGE);
	let in_other_order = Signing::new(&other, &commitments, MESSAGE).unwrap();
	let nonces = group.nonces(0).swap_remove(1);
	let share = in_other_order.sign(&group.shares[1], nonces).unwrap();
	let bad = Err(Error::BadSignatureShare { intermediary });
	assert_eq!(signing.verify_share(IDS[1], &share), bad);
	assert_eq!(in_other_order.verify_share(IDS[1], &share), Ok(()));
}

#[test]
fn a_proof_is_good_for_one_member_roster_agreement_and_chain() {
	let share = Group::new(2).shares.swap_remove(0);
	let good = membership();
	let public = share.public_share(&good);
	assert_eq!(public.verify(&good), Ok(()));
	let others = [
		Membership {
			genesis: [9; 32],
			..good
		},
		Membership {
			agreement: [9; 32],
			..good
		},
		Membership { roster: 8, ..good },
		Membership {
			intermediary: 20,
			..good
		},
	];
	for other in others {
		let intermediary = other.intermediary;
		let bad = Err(Error::BadProof { intermediary });
		assert_eq!(public.verify(&other), bad);
		assert_ne!(share.public_share(&other), public);
		assert_eq!(share.public_share(&other).verify(&other), Ok(()));
	}
}

#[test]
fn a_proof_that_was_touched_proves_nothing() {
	let group = Group::new(2);
	let intermediary = IDS[0];
	for at in 0..96 {
		let touched = changed(&group.public[0], |bytes| bytes[at] ^= 1);
		let refused = touched.verify(&membership()).unwrap_err();
		let allowed = [
			Error::BadProof { intermediary },
			Error::BadPublicShare { intermediary },
		];
		assert!(allowed.contains(&refused), "byte {at}: {refused:?}");
		let made = JointKey::new(&signers(&IDS[..2]), &[touched, group.public[1]]);
		assert_eq!(made.unwrap_err(), refused);
	}
}

/// If not, two proofs would give away the key share, as two signatures with one nonce do.
#[test]
fn two_proofs_have_two_nonces() {
	let share = Group::new(2).shares.swap_remove(0);
	let good = membership();
	let commitment = |of: &Membership| share.public_share(of).encode()[32..64].to_vec();
	let other = Membership { roster: 8, ..good };
	assert_eq!(commitment(&good), commitment(&good));
	assert_ne!(commitment(&good), commitment(&other));
}

/// If one of them were not hashed, it could be chosen when the challenge is known.
#[test]
fn the_challenge_of_a_proof_covers_the_key_and_the_commitment() {
	let good = challenge(&membership(), &[1; 32], &[2; 32]);
	assert_ne!(good, challenge(&membership(), &[3; 32], &[2; 32]));
	assert_ne!(good, challenge(&membership(), &[1; 32], &[3; 32]));
	assert_ne!(good, challenge(&membership(), &[2; 32], &[1; 32]));
}

#[test]
fn no_member_has_the_share_of_another() {
	let signers = signers(&IDS[..3]);
	let share = |n| KeyShare::new(randomness(n, "key share", 0)).unwrap();
	let public = |n, place| share(n).public_share(&signers.membership(IDS[place]));
	let shares = [public(0, 0), public(1, 1), public(0, 2)];
	let intermediary = IDS[2];
	assert_eq!(
		JointKey::new(&signers, &shares).unwrap_err(),
		Error::RepeatedPublicShare { intermediary }
	);
}

#[test]
fn shares_that_cancel_out_make_no_key() {
	let signers = signers(&IDS[..2]);
	let share = KeyShare::new(randomness(0, "key share", 0)).unwrap();
	let opposite = KeyShare::of(zeroize::Zeroizing::new(-share.secret())).unwrap();
	let shares = [
		share.public_share(&signers.membership(IDS[0])),
		opposite.public_share(&signers.membership(IDS[1])),
	];
	let made = JointKey::new(&signers, &shares);
	assert_eq!(made.unwrap_err(), Error::NullKey);
}

#[test]
fn zero_is_no_key_share() {
	let made = KeyShare::of(zeroize::Zeroizing::new(Default::default()));
	assert_eq!(made.unwrap_err(), Error::Degenerate);
}

#[test]
fn a_key_that_is_known_is_made_without_proofs() {
	let (group, other) = (Group::new(3), Group::seeded(3, 1));
	let members = signers(&IDS[..3]);
	let key = group.key.to_bytes();
	// Proofs of another roster are good enough.
	let elsewhere = Signers {
		roster: ROSTER + 1,
		..members
	};
	for signers in [members, elsewhere] {
		let known = JointKey::known(&signers, &group.public, &key).unwrap();
		assert_eq!(known.to_bytes(), key);
	}
	let known = JointKey::known(&members, &group.public, &key).unwrap();
	let signing = Signing::new(&known, &group.commitments(0), MESSAGE).unwrap();
	let signature = signing.aggregate(&group.sign(&signing, 0)).unwrap();
	assert!(verifies(&group.key, MESSAGE, &signature));
	let refused = |shares: &[PublicShare]| JointKey::known(&members, shares, &key).unwrap_err();
	assert_eq!(refused(&other.public), Error::OtherKey);
	assert_eq!(refused(&group.public[..2]), Error::WrongCount);
	let mut odd = group.public.clone();
	odd[1] = changed(&odd[1], |bytes| bytes[..32].copy_from_slice(&mixed_order()));
	let intermediary = IDS[1];
	assert_eq!(refused(&odd), Error::BadPublicShare { intermediary });
	// Two could copy the share of the third, and make up for it, so that it signs in the place of one of them.
	let mut copied = group.public.clone();
	copied[1] = copied[0];
	assert_eq!(
		refused(&copied),
		Error::RepeatedPublicShare { intermediary }
	);
}

#[test]
fn a_sum_is_known_without_looking_at_anything_else() {
	let (group, other) = (Group::new(3), Group::seeded(3, 1));
	let key = group.key.to_bytes();
	assert!(JointKey::is_sum(&key, &group.public));
	assert!(!JointKey::is_sum(&key, &other.public));
	assert!(!JointKey::is_sum(&key, &group.public[..2]));
	let no_point = *bad_points().last().unwrap();
	let mut odd = group.public.clone();
	odd[1] = changed(&odd[1], |bytes| bytes[..32].copy_from_slice(&no_point));
	assert!(!JointKey::is_sum(&key, &odd));
}
