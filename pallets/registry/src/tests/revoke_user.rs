use super::*;

#[test]
fn a_revoked_user_has_no_signer_from_the_block_on() {
	run(|| {
		register_alice();
		assert_ok!(Registry::revoke_user(origin(alice()), 10));
		assert_eq!(Registry::user_signer(&alice(), 9), Some(alice()));
		assert_eq!(Registry::user_signer(&alice(), 10), None);
		assert!(Registry::is_user(&alice()));
		assert_eq!(
			last_event(),
			Event::UserRevoked {
				user: alice(),
				from_block: 10
			}
		);
	});
}

#[test]
fn it_is_final_and_lies_in_the_future() {
	run(|| {
		assert_noop!(
			Registry::revoke_user(origin(alice()), 10),
			Error::NotRegistered
		);
		register_alice();
		assert_noop!(
			Registry::revoke_user(origin(alice()), 1),
			Error::PositionInPast
		);
		let proof = signer_proof(Sr25519Keyring::Bob, &alice());
		assert_ok!(Registry::rotate_user_key(origin(alice()), 10, bob(), proof));
		assert_ok!(Registry::revoke_user(origin(alice()), 11));
		assert_noop!(Registry::revoke_user(origin(alice()), 12), Error::Revoked);
		// It can be brought forward, even to before a rotation that was announced.
		assert_ok!(Registry::revoke_user(origin(alice()), 5));
	});
}
