use super::*;
use frame_support::dispatch::DispatchResultWithPostInfo;
use sp_runtime::AccountId32;

fn rotate(who: AccountId32, id: u64, from: u64, n: u8) -> DispatchResultWithPostInfo {
	let (key, proof) = (intermediary_key(n).public(), intermediary_proof(n, &who));
	Registry::rotate_intermediary_key(origin(who), id, from, key, proof)
}

#[test]
fn both_keys_may_use_the_statement_store_and_are_found() {
	run(|| {
		let intermediary = register_offering(0);
		assert_ok!(Registry::bind(&binding(1, intermediary), 0));
		assert_ok!(rotate(alice(), intermediary, 10, 2));
		let (old, new) = (intermediary_key(1).public(), intermediary_key(2).public());
		assert_eq!(Registry::intermediary_key(intermediary, 9), Some(old));
		assert_eq!(Registry::intermediary_key(intermediary, 10), Some(new));
		for key in [old, new] {
			assert_eq!(Grants::all().get(&key), Some(&1));
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

/// Rotates the keys of an intermediary until as many are remembered as can be, each from the block after
/// the one in which it is announced.
fn fill(id: u64) {
	for n in 2..=MAX_KEYS as u8 {
		let next = System::block_number() + 1;
		assert_ok!(rotate(alice(), id, next, n));
		advance(ROTATION_PERIOD);
	}
}

#[test]
fn a_key_that_was_replaced_a_period_ago_is_forgotten() {
	run(|| {
		let id = register_offering(0);
		assert_ok!(Registry::bind(&binding(1, id), 0));
		fill(id);
		// However many there were: it is rotated as often as it needs to be.
		for n in 100..110 {
			let next = System::block_number() + 1;
			assert_ok!(rotate(alice(), id, next, n));
			advance(ROTATION_PERIOD);
		}
		let oldest = intermediary_key(1).public();
		assert!(!Grants::all().contains_key(&oldest));
		assert_eq!(Registry::intermediary_by_key(&oldest), None);
		let keys = Registry::intermediary_keys(id, System::block_number() - ROTATION_PERIOD);
		assert_eq!(keys.len(), 2);
	});
}

#[test]
fn who_is_bound_forgets_no_key_that_counts() {
	run(|| {
		let id = register_offering(0);
		assert_ok!(Registry::bind(&binding(1, id), 0));
		let start = 10_000;
		for n in 2..=MAX_KEYS {
			// The first key counts for long, and all that follow it are announced.
			let from = start + u64::from(n) * ROTATION_PERIOD;
			assert_ok!(rotate(alice(), id, from, n as u8));
			advance(ROTATION_PERIOD);
		}
		let from = start + 100 * ROTATION_PERIOD;
		assert_noop!(rotate(alice(), id, from, 100), Error::TooManyKeys);
		// A period after the second key began, the first is no evidence any more.
		System::set_block_number(start + 3 * ROTATION_PERIOD - 1);
		assert_noop!(rotate(alice(), id, from, 100), Error::TooManyKeys);
		advance(1);
		assert_ok!(rotate(alice(), id, from, 100));
		// Who is not bound may forget what it likes.
		Registry::release(&agreement(1), id);
		advance(ROTATION_PERIOD - 1);
		assert_noop!(
			rotate(alice(), id, from + ROTATION_PERIOD, 101),
			Error::RotatedRecently
		);
		advance(1);
		assert_ok!(rotate(alice(), id, from + ROTATION_PERIOD, 101));
	});
}

#[test]
fn who_is_not_bound_may_forget_any_key() {
	run(|| {
		let id = register_intermediary();
		for n in 2..=MAX_KEYS + 1 {
			let from = 10_000 + u64::from(n) * ROTATION_PERIOD;
			assert_ok!(rotate(alice(), id, from, n as u8));
			advance(ROTATION_PERIOD);
		}
		assert_eq!(Registry::intermediary_key(id, 1), None);
	});
}

#[test]
fn whoever_has_to_hear_of_it_does_and_is_paid_for() {
	run(|| {
		Rotated::set(Vec::new());
		let intermediary = register_offering(0);
		let alone = rotate(alice(), intermediary, 10, 2);
		let alone = alone.unwrap().actual_weight.unwrap();
		assert_eq!(Rotated::get(), [intermediary]);
		assert_ok!(Registry::bind(&binding(1, intermediary), 0));
		advance(ROTATION_PERIOD);
		let next = 10 + ROTATION_PERIOD;
		let bound = rotate(alice(), intermediary, next, 3);
		let bound = bound.unwrap().actual_weight.unwrap();
		assert_eq!(Rotated::get(), [intermediary; 2]);
		let weight = <Test as Config>::KeyRotation::weight;
		assert_eq!(bound - alone, weight(1) - weight(0));
	});
}
