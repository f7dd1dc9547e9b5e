use super::*;

#[test]
fn more_funds_and_more_time() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::top_up(origin(alice()), id, 5, None));
		assert_ok!(Channels::top_up(origin(alice()), id, 6, Some(EXPIRES + 1)));
		let (funds, expires) = (FUNDS + 11, EXPIRES + 1);
		assert_eq!((stored(id).funds, stored(id).expires), (funds, expires));
		assert_eq!(held(), funds + DEPOSIT);
		assert_eq!(
			last_event(),
			Event::ToppedUp {
				channel: id,
				funds,
				expires
			}
		);
		assert_ok!(Channels::close(origin(bob()), by_alice(id, funds)));
	});
}

#[test]
fn a_channel_is_not_made_to_expire_earlier() {
	run(|| {
		let id = open(Payer::Direct);
		assert_noop!(
			Channels::top_up(origin(alice()), id, 5, Some(EXPIRES - 1)),
			Error::ExpiresTooSoon
		);
	});
}

#[test]
fn a_request_to_close_is_taken_back() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::request_close(origin(alice()), id));
		assert_ok!(Channels::top_up(origin(alice()), id, 0, Some(EXPIRES)));
		assert_eq!(stored(id).expires, EXPIRES);
	});
}

#[test]
fn only_the_depositor_tops_up_what_has_not_expired() {
	run(|| {
		let id = open(Payer::Direct);
		let top_up = |who, id| Channels::top_up(origin(who), id, 5, None);
		assert_noop!(top_up(alice(), no_channel()), Error::UnknownChannel);
		assert_noop!(top_up(bob(), id), Error::NotDepositor);
		assert_noop!(
			Channels::top_up(origin(alice()), id, u64::MAX, None),
			sp_runtime::ArithmeticError::Overflow
		);
		assert_noop!(
			Channels::top_up(origin(alice()), id, ENDOWMENT, None),
			TokenError::FundsUnavailable
		);
		assert_noop!(
			Channels::top_up(RuntimeOrigin::none(), id, 5, None),
			DispatchError::BadOrigin
		);
		System::set_block_number(EXPIRES);
		assert_noop!(top_up(alice(), id), Error::Expired);
	});
}
