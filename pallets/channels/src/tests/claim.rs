use super::*;

#[test]
fn after_expiry_the_depositor_gets_all_that_is_left() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::redeem(origin(bob()), by_alice(id, 300)));
		System::set_block_number(EXPIRES);
		// Whoever asks for it.
		assert_ok!(Channels::claim(origin(charlie()), id));
		assert_eq!(Stored::<Test>::get(id), None);
		assert_eq!(held(), 0);
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT - 300);
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
fn a_payee_that_cannot_receive_is_no_hindrance() {
	run(|| {
		let nobody = client(9);
		Channels::open(origin(alice()), nobody, Payer::Direct, FUNDS, EXPIRES).expect("valid");
		let id = opened();
		let receipt = by_alice(id, MINIMUM - 1);
		assert_noop!(
			Channels::redeem(origin(bob()), receipt),
			TokenError::CannotCreate
		);
		System::set_block_number(EXPIRES);
		assert_ok!(Channels::claim(origin(alice()), id));
		assert_eq!(Balances::free_balance(alice()), ENDOWMENT);
	});
}

#[test]
fn not_before_and_not_twice() {
	run(|| {
		let id = open(Payer::Direct);
		System::set_block_number(EXPIRES - 1);
		let claim = || Channels::claim(origin(alice()), id);
		assert_noop!(claim(), Error::NotExpired);
		System::set_block_number(EXPIRES);
		assert_noop!(
			Channels::claim(RuntimeOrigin::none(), id),
			DispatchError::BadOrigin
		);
		assert_ok!(claim());
		assert_noop!(claim(), Error::UnknownChannel);
	});
}
