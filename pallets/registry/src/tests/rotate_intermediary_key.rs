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
		assert_ok!(Registry::revoke_intermediary(origin(alice()), id, 11));
		assert_noop!(rotate(alice(), id, 12, 3), Error::Revoked);
	});
}

#[test]
fn a_period_lies_between_rotations_and_between_the_keys() {
	run(|| {
		let id = register_intermediary();
		assert_ok!(rotate(alice(), id, 10, 2));
		advance(ROTATION_PERIOD - 1);
		let next = 10 + ROTATION_PERIOD;
		assert_noop!(rotate(alice(), id, next, 3), Error::RotatedRecently);
		advance(1);
		assert_noop!(rotate(alice(), id, next - 1, 3), Error::RotatedRecently);
		assert_ok!(rotate(alice(), id, next, 3));
	});
}

#[test]
fn a_period_sees_two_keys_at_most() {
	run(|| {
		let id = register_intermediary();
		for n in 2..=5 {
			let next = System::block_number() + 1;
			assert_ok!(rotate(alice(), id, next, n));
			advance(ROTATION_PERIOD);
		}
		let end = System::block_number();
		for since in end - ROTATION_PERIOD..=end {
			let keys = Registry::intermediary_keys(id, since);
			let last = intermediary_key(5).public();
			assert!(keys.len() <= 2 && keys[0] == last, "{since}");
		}
	});
}

#[test]
fn the_oldest_key_is_forgotten_unless_an_agreement_may_need_it() {
	run(|| {
		let id = register_intermediary();
		for n in 2..=MAX_KEYS as u8 {
			let next = System::block_number() + 1;
			assert_ok!(rotate(alice(), id, next, n));
			advance(ROTATION_PERIOD);
		}
		let next = System::block_number() + 1;
		assert_ok!(Registry::acquire(&Entity::Intermediary(id), 0));
		assert_noop!(rotate(alice(), id, next, 100), Error::TooManyKeys);
		Registry::release(&Entity::Intermediary(id), 0);
		assert_ok!(rotate(alice(), id, next, 100));
		let oldest = intermediary_key(1).public();
		assert!(!Grants::all().contains(&oldest));
		assert_eq!(Registry::intermediary_by_key(&oldest), None);
	});
}
