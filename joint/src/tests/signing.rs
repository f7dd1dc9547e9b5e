//! What all make together is an ordinary signature, and whatever does not fit together is refused.

use super::*;

/// The member in the second place.
const SECOND: IntermediaryId = IDS[1];
const BAD_SECOND: Error = Error::BadSignatureShare {
	intermediary: SECOND,
};

#[test]
fn all_members_make_an_ordinary_signature() {
	for count in [2, 3, 5, 16] {
		let group = Group::new(count);
		let signing = group.signing(0, MESSAGE);
		let shares = group.sign(&signing, 0);
		for (member, share) in IDS.iter().zip(&shares) {
			assert_eq!(signing.verify_share(*member, share), Ok(()));
		}
		let signature = signing.aggregate(&shares).unwrap();
		assert!(verifies(&group.key, MESSAGE, &signature), "{count} members");
		assert!(!verifies(&group.key, b"something else", &signature));
		assert!(!verifies(&Group::seeded(count, 1).key, MESSAGE, &signature));
	}
}

#[test]
fn an_empty_message_can_be_signed_and_a_long_one() {
	let group = Group::new(2);
	for (number, message) in [vec![], vec![7; 100_000]].iter().enumerate() {
		let number = number as u64;
		let signing = group.signing(number, message);
		let signature = signing.aggregate(&group.sign(&signing, number)).unwrap();
		assert!(verifies(&group.key, message, &signature));
	}
}

#[test]
fn several_signatures_may_be_in_the_making() {
	let group = Group::new(3);
	let signings: Vec<_> = (0..4).map(|n| group.signing(n, &[n as u8])).collect();
	for number in (0..4).rev() {
		let signing = &signings[number as usize];
		let signature = signing.aggregate(&group.sign(signing, number)).unwrap();
		assert!(verifies(&group.key, &[number as u8], &signature));
	}
}

#[test]
fn a_bad_share_names_its_author() {
	let group = Group::new(5);
	let signing = group.signing(0, MESSAGE);
	let good = group.sign(&signing, 0);
	for (place, intermediary) in IDS[..5].iter().copied().enumerate() {
		let mut shares = good.clone();
		shares[place] = changed(&shares[place], |bytes| bytes[0] ^= 1);
		let bad = Error::BadSignatureShare { intermediary };
		let verified = signing.verify_share(intermediary, &shares[place]);
		assert_eq!(verified, Err(bad));
		assert_eq!(signing.aggregate(&shares), Err(bad));
	}
}

#[test]
fn of_several_bad_shares_each_is_found() {
	let group = Group::new(4);
	let signing = group.signing(0, MESSAGE);
	let mut shares = group.sign(&signing, 0);
	for place in [1, 3] {
		shares[place] = changed(&shares[place], |bytes| bytes[0] ^= 1 << place);
	}
	assert_eq!(signing.aggregate(&shares), Err(BAD_SECOND));
	let verified = IDS.iter().zip(&shares);
	let verified = verified.map(|(member, share)| signing.verify_share(*member, share).is_ok());
	assert_eq!(verified.collect::<Vec<_>>(), [true, false, true, false]);
}

#[test]
fn bad_shares_with_the_right_sum_make_a_good_signature() {
	let group = Group::new(3);
	let signing = group.signing(0, MESSAGE);
	let mut shares = group.sign(&signing, 0);
	shares.swap(1, 2);
	assert_eq!(signing.verify_share(SECOND, &shares[1]), Err(BAD_SECOND));
	let signature = signing.aggregate(&shares).unwrap();
	assert!(verifies(&group.key, MESSAGE, &signature));
}

#[test]
fn a_share_of_what_was_signed_otherwise_is_bad() {
	let group = Group::new(3);
	let signing = group.signing(0, MESSAGE);
	let good = group.sign(&signing, 0);
	let with = |share: SignatureShare| [good[0], share, good[2]];

	let other_message = group.signing(0, b"something else");
	let share = group.sign(&other_message, 0)[1];
	assert_eq!(signing.aggregate(&with(share)), Err(BAD_SECOND));

	let mut mixed = group.commitments(0);
	mixed[2] = group.commitments(1)[2];
	let other_nonces = Signing::new(&group.key, &mixed, MESSAGE).unwrap();
	let nonces = group.nonces(0).swap_remove(1);
	let share = other_nonces.sign(&group.shares[1], nonces).unwrap();
	assert_eq!(signing.aggregate(&with(share)), Err(BAD_SECOND));

	let share = group.sign(&group.signing(1, MESSAGE), 1)[1];
	assert_eq!(signing.aggregate(&with(share)), Err(BAD_SECOND));

	// The same members, and of another group the same places.
	let other_group = Group::seeded(3, 1);
	let share = other_group.sign(&other_group.signing(0, MESSAGE), 0)[1];
	assert_eq!(signing.aggregate(&with(share)), Err(BAD_SECOND));
}

#[test]
fn no_share_may_be_missing_or_too_much() {
	let group = Group::new(3);
	let signing = group.signing(0, MESSAGE);
	let mut shares = group.sign(&signing, 0);
	assert_eq!(signing.aggregate(&shares[..2]), Err(Error::WrongCount));
	assert_eq!(signing.aggregate(&[]), Err(Error::WrongCount));
	shares.push(shares[0]);
	assert_eq!(signing.aggregate(&shares), Err(Error::WrongCount));
}

#[test]
fn one_who_is_no_member_has_no_share() {
	let group = Group::new(2);
	let signing = group.signing(0, MESSAGE);
	let share = group.sign(&signing, 0)[0];
	let intermediary = IDS[2];
	assert_eq!(
		signing.verify_share(intermediary, &share),
		Err(Error::NotAMember { intermediary })
	);
}

#[test]
fn nobody_signs_with_the_key_share_of_another_group() {
	let (group, other) = (Group::new(2), Group::seeded(2, 1));
	let signing = group.signing(0, MESSAGE);
	let nonces = group.nonces(0).swap_remove(0);
	let signed = signing.sign(&other.shares[0], nonces);
	assert_eq!(signed, Err(Error::ForeignKeyShare));
}

#[test]
fn nobody_signs_if_other_nonces_were_put_in_place_of_its_own() {
	let group = Group::new(3);
	let mut substituted = group.commitments(0);
	substituted[1] = group.commitments(1)[1];
	let signing = Signing::new(&group.key, &substituted, MESSAGE).unwrap();
	let nonces = group.nonces(0).swap_remove(1);
	let signed = signing.sign(&group.shares[1], nonces);
	assert_eq!(signed, Err(Error::ForeignNonces));
	// Another place's are as foreign.
	let signing = group.signing(0, MESSAGE);
	let nonces = group.nonces(0).swap_remove(2);
	let signed = signing.sign(&group.shares[1], nonces);
	assert_eq!(signed, Err(Error::ForeignNonces));
}

#[test]
fn commitments_that_others_see_otherwise_make_bad_shares_and_no_signature() {
	let group = Group::new(3);
	let signing = group.signing(0, MESSAGE);
	let mut seen_by_third = group.commitments(0);
	seen_by_third[0] = group.commitments(1)[0];
	let seen_by_third = Signing::new(&group.key, &seen_by_third, MESSAGE).unwrap();
	let mut shares = group.sign(&signing, 0);
	let nonces = group.nonces(0).swap_remove(2);
	shares[2] = seen_by_third.sign(&group.shares[2], nonces).unwrap();
	let intermediary = IDS[2];
	let bad = Err(Error::BadSignatureShare { intermediary });
	assert_eq!(signing.aggregate(&shares), bad);
}

#[test]
fn the_same_nonces_for_the_same_signature_make_the_same_share() {
	// So that a share that was published can be published again, nobody has to make it again; but if the worst comes to
	// the worst, it gives nothing away.
	let group = Group::new(2);
	let signing = group.signing(0, MESSAGE);
	assert_eq!(group.sign(&signing, 0), group.sign(&signing, 0));
}

#[test]
fn secrets_are_not_shown() {
	let group = Group::new(2);
	let nonces = group.nonces(0).swap_remove(0);
	let shown = format!("{:?} {:?}", group.shares[0], nonces);
	let shown = shown + &format!("{:?}", randomness(0, "key share", 0));
	assert!(shown.contains(".. }"), "{shown}");
	assert!(
		!shown.contains("secret") && !shown.contains("hiding: Nonce"),
		"{shown}"
	);
	let secret = group.shares[0].secret().to_bytes();
	assert!(!shown.contains(&format!("{secret:?}")));
	assert!(!shown.contains(&format!("{:?}", bytes(0, "key share", 0))));
}
