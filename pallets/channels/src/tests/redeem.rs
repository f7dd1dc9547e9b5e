use super::*;
use frame_support::traits::{LockableCurrency, WithdrawReasons};

#[test]
fn each_receipt_pays_what_it_adds() {
	run(|| {
		let id = open(Payer::Delegated(client(1)));
		for (amount, left) in [(10, FUNDS - 10), (25, FUNDS - 25), (FUNDS, 0)] {
			// Whoever brings it.
			let receipt = by_client(1, id, amount);
			assert_ok!(Channels::redeem(origin(charlie()), receipt));
			assert_eq!(Balances::free_balance(bob()), ENDOWMENT + amount);
			assert_eq!(held(), left + DEPOSIT);
			let paid = amount;
			assert_eq!(last_event(), Event::Redeemed { channel: id, paid });
		}
	});
}

#[test]
fn an_old_receipt_changes_nothing() {
	run(|| {
		let id = open(Payer::Direct);
		let redeem = |amount| Channels::redeem(origin(charlie()), by_alice(id, amount));
		assert_noop!(redeem(0), Error::Stale);
		assert_ok!(redeem(10));
		assert_noop!(redeem(10), Error::Stale);
		assert_noop!(redeem(9), Error::Stale);
	});
}

#[test]
fn members_of_a_group_share_one_amount() {
	run(|| {
		let id = open(group());
		let redeem = |receipt| Channels::redeem(origin(bob()), receipt);
		for index in 0..5 {
			assert_ok!(redeem(by_member(index, id, 10 * u64::from(index + 1))));
		}
		assert_noop!(redeem(by_member(0, id, 50)), Error::Stale);
		assert_eq!(stored(id).paid, 50);

		let mut stranger = by_client(1, id, 60);
		assert_noop!(redeem(stranger.clone()), Error::InvalidMembership);
		stranger.membership = by_member(0, id, 60).membership;
		assert_noop!(redeem(stranger), Error::InvalidSignature);
	});
}

#[test]
fn what_does_not_count_is_refused() {
	run(|| {
		let id = open(Payer::Direct);
		let other = open(Payer::Direct);
		let redeem = |receipt| Channels::redeem(origin(bob()), receipt);
		assert_noop!(redeem(by_alice(no_channel(), 5)), Error::UnknownChannel);
		assert_noop!(redeem(by_alice(id, FUNDS + 1)), Error::Overdrawn);
		assert_noop!(redeem(by_client(1, id, 5)), Error::InvalidSignature);
		let mut moved = by_alice(other, 5);
		moved.receipt.channel = id;
		assert_noop!(redeem(moved), Error::InvalidSignature);
		let mut raised = by_alice(id, 5);
		raised.receipt.amount = 6;
		assert_noop!(redeem(raised), Error::InvalidSignature);
		assert_noop!(
			Channels::redeem(RuntimeOrigin::none(), by_alice(id, 5)),
			DispatchError::BadOrigin
		);
		System::set_block_number(EXPIRES);
		assert_noop!(redeem(by_alice(id, 5)), Error::Expired);
	});
}

#[test]
fn a_receipt_of_another_chain_means_nothing() {
	run(|| {
		let id = open(Payer::Direct);
		let receipt = by_alice(id, 5);
		frame_system::BlockHash::<Test>::insert(0, no_channel());
		assert_noop!(
			Channels::redeem(origin(bob()), receipt),
			Error::InvalidSignature
		);
	});
}

#[test]
fn a_payee_that_cannot_receive_changes_nothing() {
	run(|| {
		let nobody = client(9);
		Channels::open(
			origin(alice()),
			nobody.clone(),
			Payer::Direct,
			FUNDS,
			EXPIRES,
		)
		.expect("valid");
		let id = opened();
		let redeem = |amount| Channels::redeem(origin(bob()), by_alice(id, amount));
		assert_noop!(redeem(MINIMUM - 1), TokenError::CannotCreate);
		assert_ok!(redeem(MINIMUM));
		assert_eq!(Balances::free_balance(nobody), MINIMUM);
	});
}

#[test]
fn no_lock_of_the_depositor_keeps_the_payee_from_its_money() {
	run(|| {
		let id = open(Payer::Direct);
		Balances::set_lock(*b"everythi", &alice(), u64::MAX, WithdrawReasons::all());
		assert_ok!(Channels::redeem(origin(bob()), by_alice(id, FUNDS)));
	});
}
