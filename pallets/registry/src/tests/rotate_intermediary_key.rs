use super::*;
use sp_runtime::{AccountId32, DispatchResult};

fn rotate(who: AccountId32, id: u64, from: u64, n: u8) -> DispatchResult {
	let (key, proof) = (intermediary_key(n).public(), intermediary_proof(n, &who));
	Registry::rotate_intermediary_key(origin(who), id, from, key, proof)
}

#[test]
fn both_keys_may_use_the_statement_store_and_are_found() {
	run(|| {
		let intermediary = register_intermediary();
		assert_ok!(rotate(alice(), intermediary, 10, 2));
		let (old, new) = (intermediary_key(1).public(), intermediary_key(2).public());
		assert_eq!(Registry::intermediary_key(intermediary, 9), Some(old));
		assert_eq!(Registry::intermediary_key(intermediary, 10), Some(new));
		for key in [old, new] {
			assert!(Grants::all().contains(&key));
			assert_eq!(Registry::intermediary_by_key(&key), Some(intermediary));
		}
		assert_eq!(
			last_event(),
			Event::IntermediaryKeyRotated {
				intermediary,
				from_block: 10,
				key: new
			}
		);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		assert_noop!(rotate(alice(), 0, 10, 2), Error::NotRegistered);
		let id = register_intermediary();
		assert_noop!(rotate(bob(), id, 10, 2), Error::NotOwner);
		assert_noop!(rotate(alice(), id, 1, 2), Error::PositionInPast);
		assert_noop!(rotate(alice(), id, 10, 1), Error::KeyTaken);
		let rotate_to =
			|key, proof| Registry::rotate_intermediary_key(origin(alice()), id, 10, key, proof);
		let weak = sr25519::Public::from_raw([0; 32]);
		assert_noop!(
			rotate_to(weak, intermediary_proof(2, &alice())),
			Error::WeakKey
		);
		let foreign = intermediary_proof(2, &bob());
		assert_noop!(
			rotate_to(intermediary_key(2).public(), foreign),
			Error::InvalidProof
		);
		assert_ok!(rotate(alice(), id, 10, 2));
		assert_noop!(rotate(alice(), id, 10, 3), Error::PositionNotAhead);
		assert_ok!(Registry::revoke_intermediary(origin(alice()), id, 11));
		assert_noop!(rotate(alice(), id, 12, 3), Error::Revoked);
	});
}

#[test]
fn the_oldest_key_is_forgotten_unless_an_agreement_may_need_it() {
	run(|| {
		let id = register_intermediary();
		for n in 2..=MAX_KEYS as u8 {
			assert_ok!(rotate(alice(), id, n.into(), n));
		}
		assert_ok!(Registry::acquire(&Entity::Intermediary(id)));
		assert_noop!(rotate(alice(), id, 100, 100), Error::TooManyKeys);
		Registry::release(&Entity::Intermediary(id));
		assert_ok!(rotate(alice(), id, 100, 100));
		let oldest = intermediary_key(1).public();
		assert!(!Grants::all().contains(&oldest));
		assert_eq!(Registry::intermediary_by_key(&oldest), None);
	});
}
