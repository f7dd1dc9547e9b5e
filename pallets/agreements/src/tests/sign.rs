use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::{last_event, Error};
use crate::{mock::*, AgreementsOf, AgreementsOfSensor, Event, HoldReason, Phase};

fn propose() {
	assert_ok!(Agreements::propose(origin(alice()), terms()));
}

#[test]
fn the_last_signature_activates() {
	run(|| {
		propose();
		assert_eq!(AgreementsOf::<Test>::iter().count(), 0);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_eq!(agreement().phase, Phase::active(&terms().limits));
		assert_eq!(agreement().funds.to_vec(), [FUNDS, FUNDS]);
		assert_eq!(held(HoldReason::Escrow, &bob()), FUNDS);
		assert_eq!(held(HoldReason::Proposal, &bob()), 0);
		for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
			assert!(AgreementsOf::<Test>::contains_key(intermediary, id()));
		}
		for sensor in SENSORS {
			assert_eq!(AgreementsOfSensor::<Test>::get(sensor, id()), Some(7));
		}
		assert_eq!(last_event(), Event::Activated { agreement: id() });
	});
}

#[test]
fn all_of_many_must_sign() {
	run(|| {
		let mut of_three = terms();
		let third = party(charlie(), &[30], &[], ESCROW / 2);
		of_three.users.try_push(third).unwrap();
		MockDirectory::add_intermediary(30);
		let id = id_of(&of_three);
		assert_ok!(Agreements::propose(origin(bob()), of_three));
		assert_ok!(Agreements::sign(origin(charlie()), id));
		assert_eq!(
			last_event(),
			Event::Signed {
				agreement: id,
				user: charlie()
			}
		);
		assert_ok!(Agreements::sign(origin(alice()), id));
		assert_eq!(last_event(), Event::Activated { agreement: id });
	});
}

#[test]
fn only_users_sign_once_and_in_time() {
	run(|| {
		assert_noop!(Agreements::sign(origin(bob()), id()), Error::NotFound);
		propose();
		assert_noop!(Agreements::sign(origin(charlie()), id()), Error::NotAUser);
		assert_noop!(
			Agreements::sign(origin(alice()), id()),
			Error::AlreadySigned
		);
		at_block(11);
		assert_noop!(Agreements::sign(origin(bob()), id()), Error::SigningOver);
		at_block(10);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(Agreements::sign(origin(bob()), id()), Error::NotProposed);
	});
}

#[test]
fn who_signs_must_have_the_money() {
	run(|| {
		propose();
		let most = ENDOWMENT - ESCROW;
		assert_ok!(Balances::transfer_keep_alive(
			origin(bob()),
			operator(),
			most
		));
		assert_noop!(
			Agreements::sign(origin(bob()), id()),
			Error::InsufficientFunds
		);
	});
}

#[test]
fn what_changed_since_the_proposal_is_checked_again() {
	run(|| {
		propose();
		let signs = || Agreements::sign(origin(bob()), id());
		MockDirectory::set_keys(10, &[]);
		assert_noop!(signs(), DispatchError::Other("revoked"));
		MockDirectory::add_intermediary(10);

		MockDirectory::set_sensor(1, &charlie(), lock_schema());
		assert_noop!(signs(), Error::ForeignSensor);
		MockDirectory::set_sensor(1, &alice(), lock_schema());

		MockDirectory::remove_user(&alice());
		assert_noop!(signs(), Error::UnregisteredUser);
		MockDirectory::set_signer(&alice(), None);
		assert_noop!(signs(), DispatchError::Other("revoked"));
		MockDirectory::set_signer(&alice(), Some(alice()));

		Price::set(1_000);
		assert_noop!(signs(), Error::PenaltyTooLow);
		Price::set(1);
		assert_ok!(signs());
	});
}

#[test]
fn every_bond_must_cover_the_penalty() {
	run(|| {
		propose();
		let signs = || Agreements::sign(origin(bob()), id());
		for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
			MockDirectory::set_bond(intermediary, PENALTY - 1);
			assert_noop!(signs(), DispatchError::Other("bond too small"));
			MockDirectory::set_bond(intermediary, PENALTY);
		}
		assert_ok!(signs());
	});
}
