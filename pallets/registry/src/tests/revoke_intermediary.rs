use super::*;

#[test]
fn it_has_no_key_from_the_block_on() {
	run(|| {
		let intermediary = register_intermediary();
		assert_ok!(Registry::revoke_intermediary(
			origin(alice()),
			intermediary,
			10
		));
		let key = intermediary_key(1).public();
		assert_eq!(Registry::intermediary_key(intermediary, 9), Some(key));
		assert_eq!(Registry::intermediary_key(intermediary, 10), None);
		// What it said before can still be traced to it.
		assert_eq!(Registry::intermediary_by_key(&key), Some(intermediary));
		assert_eq!(
			last_event(),
			Event::IntermediaryRevoked {
				intermediary,
				from_block: 10
			}
		);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let revoke = |who, from| Registry::revoke_intermediary(origin(who), 0, from);
		assert_noop!(revoke(alice(), 10), Error::NotRegistered);
		register_intermediary();
		assert_noop!(revoke(bob(), 10), Error::NotOwner);
		assert_noop!(revoke(alice(), 1), Error::PositionInPast);
		assert_ok!(revoke(alice(), 10));
		assert_noop!(revoke(alice(), 11), Error::Revoked);
	});
}

#[test]
fn it_forgets_no_key_but_has_to_wait_until_no_agreement_needs_it() {
	run(|| {
		let id = register_offering(0);
		for n in 2..=MAX_KEYS as u8 {
			let (key, proof) = (
				intermediary_key(n).public(),
				intermediary_proof(n, &alice()),
			);
			let (rotate, next) = (
				Registry::rotate_intermediary_key,
				System::block_number() + 1,
			);
			assert_ok!(rotate(origin(alice()), id, next, key, proof));
			advance(ROTATION_PERIOD);
		}
		assert_ok!(Registry::bind(&binding(1, id), 0));
		let next = System::block_number() + 1;
		let revoke = || Registry::revoke_intermediary(origin(alice()), id, next);
		assert_noop!(revoke(), Error::InUse);
		Registry::release(&agreement(1), id);
		assert_ok!(revoke());
		for n in 1..=MAX_KEYS as u8 {
			let key = intermediary_key(n).public();
			assert_eq!(Registry::intermediary_by_key(&key), Some(id));
		}
	});
}
