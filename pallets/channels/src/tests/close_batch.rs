use super::*;
use crate::MAX_BATCH;
use frame_support::dispatch::GetDispatchInfo;

#[test]
fn one_that_cannot_be_closed_does_not_keep_the_others() {
	run(|| {
		let ids = [Payer::Direct, Payer::Direct, group()].map(open);
		let receipts = vec![
			by_alice(ids[0], 5),
			by_alice(no_channel(), 5),
			by_alice(ids[1], FUNDS + 1),
			by_member(3, ids[2], 7),
		];
		let receipts = receipts.try_into().unwrap();
		System::reset_events();
		assert_ok!(Channels::close_batch(origin(bob()), receipts));
		let closed = |channel, paid| Event::Closed {
			channel,
			paid,
			returned: FUNDS - paid + DEPOSIT,
		};
		let not_closed = |channel, error: Error| Event::NotClosed {
			channel,
			error: error.into(),
		};
		assert_eq!(
			events(),
			[
				closed(ids[0], 5),
				not_closed(no_channel(), Error::UnknownChannel),
				not_closed(ids[1], Error::Overdrawn),
				closed(ids[2], 7),
			]
		);
		assert_eq!(Stored::<Test>::iter_keys().collect::<Vec<_>>(), [ids[1]]);
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 12);
	});
}

#[test]
fn as_many_as_fit() {
	run(|| {
		let receipts: Vec<_> = (0..MAX_BATCH)
			.map(|_| by_alice(open(Payer::Direct), 5))
			.collect();
		let receipts = receipts.try_into().unwrap();
		assert_ok!(Channels::close_batch(origin(bob()), receipts));
		assert_eq!(Stored::<Test>::iter().count(), 0);
		let receipts = Default::default();
		assert_noop!(
			Channels::close_batch(RuntimeOrigin::none(), receipts),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn a_batch_weighs_what_its_receipts_do() {
	run(|| {
		let receipts = [by_alice(no_channel(), 5), by_member(0, no_channel(), 5)];
		let weights = receipts
			.clone()
			.map(|receipt| crate::Call::<Test>::close { receipt })
			.map(|call| call.get_dispatch_info().call_weight);
		assert_ne!(weights[0], weights[1]);
		let receipts = receipts.to_vec().try_into().unwrap();
		let batch = crate::Call::<Test>::close_batch { receipts };
		assert_eq!(
			batch.get_dispatch_info().call_weight,
			weights[0] + weights[1]
		);
	});
}
