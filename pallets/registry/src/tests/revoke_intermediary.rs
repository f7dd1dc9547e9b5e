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
fn it_is_possible_at_any_time_and_forgets_no_key() {
	run(|| {
		let id = register_intermediary();
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
		assert_ok!(Registry::acquire(&Entity::Intermediary(id), 0));
		assert_ok!(Registry::revoke_intermediary(
			origin(alice()),
			id,
			System::block_number() + 1
		));
		assert_eq!(Grants::all().len(), MAX_KEYS as usize);
		assert_eq!(
			Registry::intermediary_by_key(&intermediary_key(1).public()),
			Some(id)
		);
	});
}
