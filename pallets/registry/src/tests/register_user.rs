use super::*;
use frame_support::traits::fungible::Mutate;
use sp_runtime::{DispatchError, MultiSignature, TokenError};
use syngraph_primitives::Role;

#[test]
fn a_user_signs_in_its_own_name_without_proof() {
	run(|| {
		assert_ok!(Registry::register_user(
			origin(alice()),
			name("Alice"),
			alice(),
			None
		));
		let user = Users::<Test>::get(alice()).unwrap();
		assert_eq!(
			(user.name, user.uses, user.deposit),
			(name("Alice"), 0, 105)
		);
		assert_eq!(user.signer.at(1), Some(&alice()));
		assert_eq!(held(HoldReason::User, &alice()), 105);
		assert_eq!(
			Keys::<Test>::get(RegisteredKey::User(alice())),
			Some(Entity::User(alice()))
		);
		assert_eq!(
			last_event(),
			Event::UserRegistered {
				user: alice(),
				signer: alice()
			}
		);
	});
}

#[test]
fn another_signer_proves_possession_raw_or_wrapped() {
	run(|| {
		let proof = signer_proof(Sr25519Keyring::Bob, &alice());
		assert_ok!(Registry::register_user(
			origin(alice()),
			name("Alice"),
			bob(),
			proof
		));

		let charlie = Sr25519Keyring::Charlie.to_account_id();
		let bytes = Registry::proof_bytes(Role::User, &charlie);
		let wrapped = [b"<Bytes>", &bytes[..], b"</Bytes>"].concat();
		let proof: MultiSignature = Sr25519Keyring::Dave.sign(&wrapped).into();
		let dave = Sr25519Keyring::Dave.to_account_id();
		assert_ok!(Registry::register_user(
			origin(charlie),
			name("C"),
			dave,
			Some(proof)
		));
	});
}

#[test]
fn a_missing_or_foreign_proof_is_refused() {
	run(|| {
		let register =
			|proof| Registry::register_user(origin(alice()), name("Alice"), bob(), proof);
		assert_noop!(register(None), Error::InvalidProof);
		// Of another key, for another owner, for another role.
		for proof in [
			signer_proof(Sr25519Keyring::Alice, &alice()),
			signer_proof(Sr25519Keyring::Bob, &bob()),
			Some(
				Sr25519Keyring::Bob
					.sign(&Registry::proof_bytes(Role::Sensor, &alice()))
					.into(),
			),
		] {
			assert_noop!(register(proof), Error::InvalidProof);
		}
		let wrong = signer_proof(Sr25519Keyring::Bob, &alice());
		assert_noop!(
			Registry::register_user(origin(alice()), name("Alice"), alice(), wrong),
			Error::InvalidProof
		);
	});
}

#[test]
fn an_account_registers_once_and_a_signer_serves_one_user() {
	run(|| {
		register_alice();
		assert_noop!(
			Registry::register_user(origin(alice()), name("Alice"), alice(), None),
			Error::AlreadyRegistered
		);
		let proof = signer_proof(Sr25519Keyring::Alice, &bob());
		assert_noop!(
			Registry::register_user(origin(bob()), name("Bob"), alice(), proof),
			Error::KeyTaken
		);
	});
}

#[test]
fn a_name_is_a_text_that_can_be_shown() {
	run(|| {
		for bytes in [
			&b""[..],
			b"\xff",
			b"Alice\0",
			b"Alice\n",
			b"\x1b[2JAlice",
			b"Al\xc2\x85ice",
		] {
			let name = bytes.to_vec().try_into().unwrap();
			assert_noop!(
				Registry::register_user(origin(alice()), name, alice(), None),
				Error::InvalidName
			);
		}
		let name = name("Zo\u{eb} & S\u{f8}n, \u{13a2}");
		assert_ok!(Registry::register_user(
			origin(alice()),
			name,
			alice(),
			None
		));
	});
}

#[test]
fn the_deposit_must_be_there_and_the_origin_signed() {
	run(|| {
		Balances::set_balance(&alice(), 105);
		assert_noop!(
			Registry::register_user(origin(alice()), name("Alice"), alice(), None),
			TokenError::FundsUnavailable
		);
		assert_noop!(
			Registry::register_user(RuntimeOrigin::none(), name("Alice"), alice(), None),
			DispatchError::BadOrigin
		);
	});
}
