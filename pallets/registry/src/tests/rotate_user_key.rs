use super::*;

fn rotate(from_block: u64, signer: Sr25519Keyring) -> sp_runtime::DispatchResult {
	let proof = signer_proof(signer, &alice());
	Registry::rotate_user_key(origin(alice()), from_block, signer.to_account_id(), proof)
}

#[test]
fn the_new_signer_counts_from_its_block_on() {
	run(|| {
		register_alice();
		assert_ok!(rotate(10, Sr25519Keyring::Bob));
		assert_eq!(Registry::user_signer(&alice(), 9), Some(alice()));
		assert_eq!(Registry::user_signer(&alice(), 10), Some(bob()));
		assert_eq!(
			Keys::<Test>::get(RegisteredKey::User(bob())),
			Some(Entity::User(alice()))
		);
		assert_eq!(
			last_event(),
			Event::UserKeyRotated {
				user: alice(),
				from_block: 10,
				signer: bob()
			}
		);
	});
}

#[test]
fn blocks_lie_in_the_future_and_in_order() {
	run(|| {
		assert_noop!(rotate(10, Sr25519Keyring::Bob), Error::NotRegistered);
		register_alice();
		assert_noop!(rotate(1, Sr25519Keyring::Bob), Error::PositionInPast);
		assert_ok!(rotate(10, Sr25519Keyring::Bob));
		assert_noop!(rotate(10, Sr25519Keyring::Charlie), Error::PositionNotAhead);
	});
}

#[test]
fn a_taken_or_unproven_signer_is_refused() {
	run(|| {
		register_alice();
		assert_noop!(rotate(10, Sr25519Keyring::Alice), Error::KeyTaken);
		assert_noop!(
			Registry::rotate_user_key(origin(alice()), 10, bob(), None),
			Error::InvalidProof
		);
	});
}

#[test]
fn nothing_follows_a_revocation() {
	run(|| {
		register_alice();
		assert_ok!(Registry::revoke_user(origin(alice()), 10));
		assert_noop!(rotate(11, Sr25519Keyring::Bob), Error::Revoked);
	});
}

#[test]
fn the_oldest_signer_is_forgotten_also_of_a_user_in_an_agreement() {
	run(|| {
		register_alice();
		let signers = Sr25519Keyring::iter().filter(|who| *who != Sr25519Keyring::Alice);
		let signers: Vec<_> = signers.take(MAX_KEYS as usize).collect();
		let (last, others) = signers.split_last().unwrap();
		for (i, signer) in others.iter().enumerate() {
			assert_ok!(rotate(2 + i as u64, *signer));
		}
		assert_ok!(Registry::acquire(&Entity::User(alice())));
		assert_ok!(rotate(50, *last));
		assert!(!Keys::<Test>::contains_key(RegisteredKey::User(alice())));
	});
}
