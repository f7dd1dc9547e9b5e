use super::*;

#[test]
fn funds_and_deposit_go_into_the_channel() {
	run(|| {
		let id = open(Payer::Delegated(client(1)));
		let channel = Channel {
			depositor: alice(),
			payee: bob(),
			payer: Payer::Delegated(client(1)),
			change: None,
			funds: FUNDS,
			paid: 0,
			expires: EXPIRES,
			deposit: DEPOSIT,
		};
		assert_eq!(stored(id), channel);
		assert_eq!(held(), FUNDS + DEPOSIT);
		let left = ENDOWMENT - FUNDS - DEPOSIT;
		assert_eq!(Balances::free_balance(alice()), left);
		assert_eq!(
			last_event(),
			Event::Opened {
				channel: id,
				depositor: alice(),
				payee: bob()
			}
		);
	});
}

#[test]
fn no_two_channels_ever_have_one_id() {
	run(|| {
		let first = open(Payer::Direct);
		let second = open(Payer::Direct);
		assert_ne!(first, second);
		assert_ok!(Channels::close(origin(bob()), by_alice(second, 1)));
		let third = open(Payer::Direct);
		assert_ne!(second, third);
		System::reset_events();
		System::set_block_number(2);
		let later = open(Payer::Direct);
		assert!(![first, second, third].contains(&later));
		// What was signed for a channel that is no more means nothing for another.
		assert_noop!(
			Channels::close(origin(bob()), by_alice(second, 1)),
			Error::UnknownChannel
		);
	});
}

#[test]
fn a_channel_lasts_at_least_one_block() {
	run(|| {
		let open = |expires| Channels::open(origin(alice()), bob(), Payer::Direct, FUNDS, expires);
		assert_noop!(open(1), Error::ExpiresTooSoon);
		assert_ok!(open(2));
	});
}

#[test]
fn there_is_something_in_a_channel() {
	run(|| {
		let open = |funds| Channels::open(origin(alice()), bob(), Payer::Direct, funds, EXPIRES);
		assert_noop!(open(0), Error::ZeroAmount);
		assert_ok!(open(1));
	});
}

#[test]
fn somebody_can_sign() {
	run(|| {
		for payer in unsound() {
			assert_noop!(
				Channels::open(origin(alice()), bob(), payer, FUNDS, EXPIRES),
				Error::InvalidGroup
			);
		}
	});
}

#[test]
fn the_funds_must_be_there_and_the_origin_signed() {
	run(|| {
		let open = |origin, funds| Channels::open(origin, bob(), Payer::Direct, funds, EXPIRES);
		assert_noop!(
			open(origin(alice()), ENDOWMENT - DEPOSIT),
			TokenError::FundsUnavailable
		);
		assert_noop!(
			open(origin(alice()), u64::MAX),
			sp_runtime::ArithmeticError::Overflow
		);
		assert_noop!(open(RuntimeOrigin::none(), FUNDS), DispatchError::BadOrigin);
		assert_ok!(open(origin(alice()), ENDOWMENT - DEPOSIT - MINIMUM));
	});
}
