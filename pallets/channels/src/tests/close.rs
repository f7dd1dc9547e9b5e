use super::*;
use frame_support::traits::{Currency, ExistenceRequirement};
use sp_core::{ecdsa, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

#[test]
fn the_payee_gets_its_due_and_the_depositor_the_rest() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::close(origin(bob()), by_alice(id, 300)));
		assert_eq!(Stored::<Test>::get(id), None);
		assert_eq!(held(), 0);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT - 300);
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 300);
		assert_eq!(
			last_event(),
			Event::Closed {
				channel: id,
				paid: 300,
				returned: FUNDS - 300 + DEPOSIT
			}
		);
	});
}

#[test]
fn all_three_kinds_close_with_one_receipt() {
	run(|| {
		let close = |receipt| Channels::close(origin(bob()), receipt);
		assert_ok!(close(by_alice(open(Payer::Direct), 5)));
		let delegated = open(Payer::Delegated(client(1)));
		assert_ok!(close(by_client(1, delegated, 5)));
		for index in 0..5 {
			assert_ok!(close(by_member(index, open(group()), 5)));
		}
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 7 * 5);
	});
}

#[test]
fn clients_use_keys_of_any_scheme() {
	run(|| {
		let (sr, ec) = (
			sr25519::Pair::from_seed(&[1; 32]),
			ecdsa::Pair::from_seed(&[1; 32]),
		);
		let open = |key: MultiSigner| open(Payer::Delegated(key.into_account()));
		let id = open(sr.public().into());
		let receipt = signed(id, 5, sr.sign(&receipt_bytes(id, 5)));
		assert_ok!(Channels::close(origin(bob()), receipt));
		let id = open(ec.public().into());
		let receipt = signed(id, 5, ec.sign(&receipt_bytes(id, 5)));
		assert_ok!(Channels::close(origin(bob()), receipt));
	});
}

#[test]
fn what_was_redeemed_is_not_paid_again() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::redeem(origin(charlie()), by_alice(id, 300)));
		assert_noop!(
			Channels::close(origin(bob()), by_alice(id, 299)),
			Error::Stale
		);
		// The same receipt closes.
		assert_ok!(Channels::close(origin(bob()), by_alice(id, 300)));
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 300);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT - 300);
	});
}

#[test]
fn only_the_payee_closes() {
	run(|| {
		let id = open(Payer::Direct);
		// Not even the depositor, who has old receipts.
		for who in [alice(), charlie()] {
			assert_noop!(
				Channels::close(origin(who), by_alice(id, 5)),
				Error::NotPayee
			);
		}
		assert_noop!(
			Channels::close(RuntimeOrigin::none(), by_alice(id, 5)),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn what_does_not_count_is_refused() {
	run(|| {
		let id = open(Payer::Direct);
		let close = |receipt| Channels::close(origin(bob()), receipt);
		assert_noop!(close(by_alice(no_channel(), 5)), Error::UnknownChannel);
		assert_noop!(close(by_alice(id, FUNDS + 1)), Error::Overdrawn);
		assert_noop!(close(by_client(1, id, 5)), Error::InvalidSignature);
		System::set_block_number(EXPIRES);
		assert_noop!(close(by_alice(id, 5)), Error::Expired);
	});
}

#[test]
fn a_depositor_that_is_gone_comes_back_for_the_rest() {
	run(|| {
		let id = open(Payer::Direct);
		let all = Balances::free_balance(alice());
		let dying = ExistenceRequirement::AllowDeath;
		let transferred = <Balances as Currency<_>>::transfer(&alice(), &bob(), all, dying);
		assert_ok!(transferred);
		assert!(!System::account_exists(&alice()));
		assert_ok!(Channels::close(origin(bob()), by_alice(id, FUNDS)));
		assert_eq!(Balances::free_balance(alice()), DEPOSIT);
	});
}
