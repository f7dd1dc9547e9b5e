use super::*;

#[test]
fn the_payee_has_time_to_bring_its_last_receipt() {
	run(|| {
		let id = open(Payer::Direct);
		System::set_block_number(5);
		assert_ok!(Channels::request_close(origin(alice()), id));
		let expires = 5 + CLOSE_PERIOD;
		assert_eq!(
			last_event(),
			Event::CloseRequested {
				channel: id,
				expires
			}
		);
		System::set_block_number(expires - 1);
		assert_noop!(Channels::claim(origin(alice()), id), Error::NotExpired);
		assert_ok!(Channels::redeem(origin(charlie()), by_alice(id, 1)));
		System::set_block_number(expires);
		assert_noop!(
			Channels::redeem(origin(charlie()), by_alice(id, 2)),
			Error::Expired
		);
		assert_ok!(Channels::claim(origin(alice()), id));
	});
}

#[test]
fn a_channel_never_expires_later_for_it() {
	run(|| {
		let id = open(Payer::Direct);
		System::set_block_number(EXPIRES - 1);
		assert_ok!(Channels::request_close(origin(alice()), id));
		assert_eq!(stored(id).expires, EXPIRES);
	});
}

#[test]
fn only_the_depositor_asks_and_only_before_expiry() {
	run(|| {
		let id = open(Payer::Direct);
		let request = |who, id| Channels::request_close(origin(who), id);
		assert_noop!(request(alice(), no_channel()), Error::UnknownChannel);
		assert_noop!(request(bob(), id), Error::NotDepositor);
		assert_noop!(
			Channels::request_close(RuntimeOrigin::none(), id),
			DispatchError::BadOrigin
		);
		System::set_block_number(EXPIRES);
		assert_noop!(request(alice(), id), Error::Expired);
	});
}
