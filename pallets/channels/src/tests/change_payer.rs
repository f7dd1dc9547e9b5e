use super::*;

/// From when the change counts that is asked for in block 1.
const FROM: u64 = 1 + CHANGE_PERIOD;

#[test]
fn the_old_payer_counts_until_the_new_one_does() {
	run(|| {
		let id = open(Payer::Delegated(client(1)));
		let payer = Payer::Delegated(client(2));
		assert_ok!(Channels::change_payer(origin(alice()), id, payer.clone()));
		let change = PayerChange { payer, from: FROM };
		assert_eq!(stored(id).change, Some(change));
		assert_eq!(
			last_event(),
			Event::PayerChanged {
				channel: id,
				from: FROM
			}
		);

		let redeem = |receipt| Channels::redeem(origin(bob()), receipt);
		System::set_block_number(FROM - 1);
		assert_noop!(redeem(by_client(2, id, 5)), Error::InvalidSignature);
		assert_ok!(redeem(by_client(1, id, 5)));
		System::set_block_number(FROM);
		assert_noop!(redeem(by_client(1, id, 6)), Error::InvalidSignature);
		assert_ok!(redeem(by_client(2, id, 6)));
	});
}

#[test]
fn a_root_is_replaced_and_a_client_revoked() {
	run(|| {
		let id = open(group());
		let members = [client(1), client(2)];
		let smaller = Payer::Group(Group::new(&members).unwrap());
		assert_ok!(Channels::change_payer(origin(alice()), id, smaller));
		System::set_block_number(FROM);
		assert_noop!(
			Channels::close(origin(bob()), by_member(0, id, 5)),
			Error::InvalidMembership
		);

		assert_ok!(Channels::change_payer(origin(alice()), id, Payer::Direct));
		System::set_block_number(FROM + CHANGE_PERIOD);
		assert_ok!(Channels::close(origin(bob()), by_alice(id, 5)));
	});
}

#[test]
fn what_was_announced_stands() {
	run(|| {
		let id = open(Payer::Direct);
		let change = |n| {
			let payer = Payer::Delegated(client(n));
			Channels::change_payer(origin(alice()), id, payer)
		};
		assert_ok!(change(1));
		System::set_block_number(FROM - 1);
		assert_noop!(change(2), Error::ChangePending);
		System::set_block_number(FROM);
		assert_ok!(change(2));
		// The first change has taken effect, and the second has not.
		assert_ok!(Channels::close(origin(bob()), by_client(1, id, 5)));
	});
}

#[test]
fn only_the_depositor_changes_it_and_only_before_expiry() {
	run(|| {
		let id = open(Payer::Direct);
		let change = |who, id, payer| Channels::change_payer(origin(who), id, payer);
		assert_noop!(
			change(alice(), no_channel(), group()),
			Error::UnknownChannel
		);
		assert_noop!(change(bob(), id, group()), Error::NotDepositor);
		for payer in unsound() {
			assert_noop!(change(alice(), id, payer), Error::InvalidGroup);
		}
		assert_noop!(
			Channels::change_payer(RuntimeOrigin::none(), id, group()),
			DispatchError::BadOrigin
		);
		System::set_block_number(EXPIRES);
		assert_noop!(change(alice(), id, group()), Error::Expired);
	});
}
