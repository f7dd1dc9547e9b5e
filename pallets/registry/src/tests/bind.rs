use super::*;
use sp_runtime::DispatchResult;

/// Binds an intermediary to the n-th agreement, in which Alice names it.
fn bind(n: u8, intermediary: u64, liability: u64) -> DispatchResult {
	Registry::bind(&binding(n, intermediary), liability)
}

/// Binds the first intermediary, whatever its offer says.
fn bind_by_consent(n: u8) -> DispatchResult {
	let consented = true;
	Registry::bind(
		&Binding {
			consented,
			..binding(n, 0)
		},
		0,
	)
}

fn record(intermediary: u64) -> IntermediaryOf<Test> {
	Intermediaries::<Test>::get(intermediary).unwrap()
}

#[test]
fn a_binding_is_there_until_it_is_released() {
	run(|| {
		let id = register_offering(50);
		assert_ok!(bind(1, id, 30));
		assert_ok!(bind(2, id, 15));
		assert_eq!((record(id).uses, record(id).liable), (2, 45));
		assert_eq!(Registry::liability(&agreement(1), id), 30);
		assert_eq!(Named::<Test>::get(id, alice()), 2);
		check_state();
		Registry::release(&agreement(1), id);
		assert_eq!((record(id).uses, record(id).liable), (1, 15));
		assert_eq!(Registry::liability(&agreement(1), id), 0);
		assert_eq!(Named::<Test>::get(id, alice()), 1);
		// Once is enough.
		Registry::release(&agreement(1), id);
		check_state();
		Registry::release(&agreement(2), id);
		assert_eq!((record(id).uses, record(id).liable), (0, 0));
		assert_eq!(Named::<Test>::iter().count(), 0);
		assert_eq!(Bindings::<Test>::iter().count(), 0);
		assert_ok!(bind(1, id, 50));
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		assert_noop!(bind(1, 0, 0), Error::NotRegistered);
		let id = register_bonded(50);
		assert_noop!(bind(1, id, 0), Error::NoOffer);
		assert_ok!(Registry::publish_offer(origin(alice()), id, offer()));
		assert_noop!(bind(1, id, 51), Error::BondTooSmall);
		assert_noop!(bind(1, id, u64::MAX), Error::BondTooSmall);
		assert_ok!(bind(1, id, 50));
		assert_noop!(bind(1, id, 0), Error::AlreadyBound);
		Registry::release(&agreement(1), id);
		assert_ok!(Registry::revoke_intermediary(origin(alice()), id, 10));
		assert_noop!(bind(2, id, 0), Error::Revoked);
		assert_noop!(bind_by_consent(2), Error::Revoked);
	});
}

#[test]
fn a_bond_covers_the_liability_of_all_agreements() {
	run(|| {
		let id = register_offering(50);
		assert_ok!(bind(1, id, 30));
		assert_noop!(bind(2, id, 21), Error::BondTooSmall);
		assert_noop!(bind(2, id, u64::MAX), Error::BondTooSmall);
		assert_ok!(bind(2, id, 20));
		assert_eq!(record(id).liable, 50);
		Registry::release(&agreement(1), id);
		assert_eq!(record(id).liable, 20);
		Registry::release(&agreement(2), id);
		assert_eq!(record(id).liable, 0);
	});
}

#[test]
fn what_is_being_unbonded_covers_nothing() {
	run(|| {
		let id = register_offering(50);
		assert_ok!(Registry::unbond(origin(alice()), id, 10));
		assert_noop!(bind(1, id, 41), Error::BondTooSmall);
		assert_ok!(bind(1, id, 40));
	});
}

#[test]
fn an_offer_says_in_how_many_agreements_and_how_many_of_a_user() {
	run(|| {
		let id = register_offering(0);
		let of_bob = |n| Binding {
			user: bob(),
			..binding(n, id)
		};
		for n in 0..4 {
			assert_ok!(bind(n, id, 0));
		}
		assert_noop!(bind(4, id, 0), Error::TooManyOfUser);
		for n in 4..8 {
			assert_ok!(Registry::bind(&of_bob(n), 0));
		}
		for user in [alice(), bob()] {
			assert_eq!(Named::<Test>::get(id, user), 4);
		}
		// What the operator consents to may be more.
		assert_noop!(bind(8, id, 0), Error::TooManyAgreements);
		assert_ok!(bind_by_consent(8));
		check_state();
		Registry::release(&agreement(4), id);
		Registry::release(&agreement(5), id);
		assert_noop!(bind(9, id, 0), Error::TooManyOfUser);
		assert_ok!(Registry::bind(&of_bob(9), 0));
	});
}

#[test]
fn without_an_offer_consent_is_enough_but_the_chain_has_its_limit() {
	run(|| {
		register_bonded(0);
		for n in 0..MaxAgreements::get() as u8 {
			assert_ok!(bind_by_consent(n));
		}
		assert_noop!(bind_by_consent(100), Error::TooManyAgreements);
	});
}

#[test]
fn who_is_bound_neither_leaves_nor_revokes_its_key() {
	run(|| {
		let id = register_offering(0);
		assert_ok!(bind(1, id, 0));
		let deregister = || Registry::deregister_intermediary(origin(alice()), id);
		let revoke = || Registry::revoke_intermediary(origin(alice()), id, 10);
		assert_noop!(deregister(), Error::InUse);
		assert_noop!(revoke(), Error::InUse);
		Registry::release(&agreement(1), id);
		assert_ok!(revoke());
		assert_ok!(deregister());
	});
}

#[test]
fn it_may_publish_as_much_as_its_agreements_need() {
	run(|| {
		let id = register_offering(0);
		let key = |n| intermediary_key(n).public();
		// A registration alone fills no node's statement store.
		assert_eq!(Grants::all(), [].into());
		assert_ok!(bind(1, id, 0));
		assert_ok!(bind(2, id, 0));
		assert_eq!(Grants::all(), [(key(1), 2)].into());
		let rotate = |n| {
			let next = System::block_number() + 1;
			let (key, proof) = (key(n), intermediary_proof(n, &alice()));
			let rotate = Registry::rotate_intermediary_key;
			assert_ok!(rotate(origin(alice()), id, next, key, proof));
			advance(ROTATION_PERIOD);
		};
		rotate(2);
		assert_eq!(Grants::all(), [(key(1), 2), (key(2), 2)].into());
		rotate(3);
		assert_eq!(Grants::all(), [(key(2), 2), (key(3), 2)].into());
		Registry::release(&agreement(1), id);
		assert_eq!(Grants::all(), [(key(2), 1), (key(3), 1)].into());
		Registry::release(&agreement(2), id);
		assert_eq!(Grants::all(), [].into());
	});
}
