use super::*;
use crate::{rescue::code, MIN_FEES};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{Authorize, Get, LockableCurrency, WithdrawReasons},
};
use frame_system::limits::BlockWeights;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	StateVersion,
};
use syngraph_primitives::{ChannelId, SignedReceipt};

/// The first block in which receipts can be rescued.
const SOON: u64 = EXPIRES - TOWER_PERIOD;

/// A channel that ends soon.
fn ending(payer: Payer) -> ChannelId {
	let id = open(payer);
	System::set_block_number(SOON);
	id
}

fn fee(receipt: &SignedReceipt<u64>) -> u64 {
	Channels::rescue_fee(receipt)
}

/// That a rescue is refused, by the pool and by a block, and changes nothing.
#[track_caller]
fn assert_refused(receipt: SignedReceipt<u64>, error: Error) {
	let root = || sp_io::storage::root(StateVersion::V1);
	let before = root();
	let code = InvalidTransaction::Custom(200 + error.encode()[0]);
	assert_eq!(
		rescue(receipt),
		Err(TransactionValidityError::Invalid(code))
	);
	assert_eq!(root(), before);
}

#[test]
fn the_payee_bears_the_fee_and_nobody_else() {
	run(|| {
		let payers = [Payer::Direct, Payer::Delegated(client(1)), group()];
		let ids = payers.map(open);
		System::set_block_number(SOON);
		let receipts = [
			by_alice(ids[0], 200),
			by_client(1, ids[1], 200),
			by_member(3, ids[2], 200),
		];
		let mut fees = 0;
		for (receipt, id) in receipts.into_iter().zip(ids) {
			let fee = fee(&receipt);
			fees += fee;
			assert!(fee > 0);
			assert_eq!(rescue(receipt), Ok(Ok(())));
			let events = events();
			let redeemed = Event::Redeemed {
				channel: id,
				paid: 200,
			};
			let charged = Event::Charged { channel: id, fee };
			assert!(events.ends_with(&[redeemed, charged]));
			assert_eq!(stored(id).paid, 200);
		}
		assert_eq!(Balances::free_balance(bob()), ENDOWMENT + 600 - fees);
		assert_eq!(Balances::free_balance(pot()), ENDOWMENT + fees);
		assert_eq!(held(), 3 * (FUNDS + DEPOSIT) - 600);
	});
}

#[test]
fn the_fee_is_that_of_a_signed_transaction() {
	run(|| {
		let receipt = by_member(3, no_channel(), 200);
		let call = RuntimeCall::Channels(crate::Call::rescue {
			receipt: receipt.clone(),
		});
		let base = <<Test as frame_system::Config>::BlockWeights as Get<BlockWeights>>::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let weight = base + call.weight_of_authorize() + call.get_dispatch_info().call_weight;
		// Length, version, extensions; the indices are part of the call.
		let length = call.encoded_size() as u64 + 16;
		assert_eq!(
			fee(&receipt),
			weight.ref_time() / 100_000_000 + length / 100
		);
	});
}

#[test]
fn nobody_else_can_call_it() {
	run(|| {
		let id = ending(Payer::Direct);
		for origin in [RuntimeOrigin::none(), origin(bob()), RuntimeOrigin::root()] {
			assert_noop!(
				Channels::rescue(origin, by_alice(id, 500)),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn a_receipt_is_rescued_only_if_it_would_soon_not_count() {
	run(|| {
		let id = open(Payer::Direct);
		System::set_block_number(SOON - 1);
		assert_refused(by_alice(id, 500), Error::TooEarly);
		System::set_block_number(SOON);
		assert_eq!(rescue(by_alice(id, 500)), Ok(Ok(())));
		System::set_block_number(EXPIRES - 1);
		assert_eq!(rescue(by_alice(id, 700)), Ok(Ok(())));
		System::set_block_number(EXPIRES);
		assert_refused(by_alice(id, 900), Error::Expired);
	});
}

#[test]
fn a_request_to_close_leaves_the_payee_a_head_start() {
	run(|| {
		let id = open(Payer::Direct);
		assert_ok!(Channels::request_close(origin(alice()), id));
		assert_refused(by_alice(id, 500), Error::TooEarly);
		System::set_block_number(1 + CLOSE_PERIOD - TOWER_PERIOD);
		assert_eq!(rescue(by_alice(id, 500)), Ok(Ok(())));
	});
}

#[test]
fn a_receipt_is_rescued_before_its_payer_changes() {
	run(|| {
		let id = open(Payer::Delegated(client(1)));
		assert_ok!(Channels::change_payer(
			origin(alice()),
			id,
			Payer::Delegated(client(2))
		));
		let from = 1 + CHANGE_PERIOD;
		System::set_block_number(from - TOWER_PERIOD - 1);
		assert_refused(by_client(1, id, 200), Error::TooEarly);
		System::set_block_number(from - 1);
		assert_refused(by_client(2, id, 500), Error::InvalidSignature);
		assert_eq!(rescue(by_client(1, id, 200)), Ok(Ok(())));
		System::set_block_number(from);
		// It counts until the channel expires, which is not soon.
		assert_refused(by_client(2, id, 500), Error::TooEarly);
	});
}

#[test]
fn what_does_not_count_is_refused() {
	run(|| {
		let id = ending(Payer::Direct);
		let other = open(Payer::Direct);
		assert_refused(by_alice(no_channel(), 500), Error::UnknownChannel);
		assert_refused(by_alice(id, FUNDS + 1), Error::Overdrawn);
		assert_refused(by_client(1, id, 500), Error::InvalidSignature);
		assert_refused(
			SignedReceipt {
				membership: by_member(0, id, 500).membership,
				..by_alice(id, 500)
			},
			Error::InvalidMembership,
		);
		let mut moved = by_alice(other, 500);
		moved.receipt.channel = id;
		assert_refused(moved, Error::InvalidSignature);
		let mut raised = by_alice(id, 500);
		raised.receipt.amount = 501;
		assert_refused(raised, Error::InvalidSignature);
	});
}

#[test]
fn a_replay_changes_nothing() {
	run(|| {
		let id = ending(Payer::Direct);
		assert_eq!(rescue(by_alice(id, 500)), Ok(Ok(())));
		for amount in [500, 499, 0] {
			assert_refused(by_alice(id, amount), Error::Stale);
		}
		assert_ok!(Channels::close(origin(bob()), by_alice(id, 500)));
		assert_refused(by_alice(id, 900), Error::UnknownChannel);
	});
}

#[test]
fn what_a_payee_earned_cannot_be_turned_into_fees() {
	run(|| {
		let id = ending(Payer::Direct);
		let fee = fee(&by_alice(id, FUNDS));
		let least = fee * u64::from(MIN_FEES);
		assert_refused(by_alice(id, least - 1), Error::TooLittle);
		for amount in (1..=FUNDS).step_by(9) {
			let _ = rescue(by_alice(id, amount));
		}
		let spent = Balances::free_balance(pot()) - ENDOWMENT;
		assert!(spent > 0);
		assert!(spent <= stored(id).paid / u64::from(MIN_FEES));
	});
}

#[test]
fn one_that_would_fail_is_refused() {
	run(|| {
		let receipt = by_alice(ending(Payer::Direct), 500);
		let set_free = |amount| {
			frame_system::Account::<Test>::mutate(bob(), |account| account.data.free = amount);
		};
		set_free(u64::MAX - 1);
		assert_refused(receipt, Error::CannotReceive);
		set_free(ENDOWMENT);
	});
}

#[test]
fn a_payee_without_an_account_gets_one() {
	run(|| {
		let nobody = client(9);
		let open = Channels::open(
			origin(alice()),
			nobody.clone(),
			Payer::Direct,
			FUNDS,
			EXPIRES,
		);
		assert_ok!(open);
		let receipt = by_alice(opened(), 500);
		System::set_block_number(SOON);
		let rest = 500 - fee(&receipt);
		assert_eq!(rescue(receipt), Ok(Ok(())));
		assert_eq!(Balances::free_balance(nobody), rest);
	});
}

#[test]
fn no_lock_keeps_the_payee_from_its_money() {
	run(|| {
		let id = ending(Payer::Direct);
		for who in [alice(), bob()] {
			Balances::set_lock(*b"everythi", &who, u64::MAX, WithdrawReasons::all());
		}
		assert_eq!(rescue(by_alice(id, FUNDS)), Ok(Ok(())));
	});
}

#[test]
fn the_pool_keeps_one_rescue_of_a_channel_and_prefers_the_best() {
	run(|| {
		let id = ending(Payer::Direct);
		let (less, more) = (by_alice(id, 200), by_alice(id, FUNDS));
		let [low, high] = [&less, &more].map(|one| authorize(one.clone()).unwrap());
		assert_eq!(low.provides, [("syngraph/rescue", id).encode()]);
		assert_eq!(low.provides, high.provides);
		assert_eq!(low.priority, 7 + 200 / fee(&less));
		assert_eq!(high.priority, 7 + FUNDS / fee(&more));
		assert!(low.requires.is_empty() && low.propagate);
		assert_eq!(low.longevity, 8);

		// Two towers: whichever comes second finds that nothing is left, or the difference.
		assert_eq!(rescue(less.clone()), Ok(Ok(())));
		assert_refused(less, Error::Stale);
		assert_eq!(rescue(more.clone()), Ok(Ok(())));
		assert_refused(more, Error::Stale);
	});
}

#[test]
fn codes_say_what_errors_do() {
	// The numbers are in the metadata, and in what submitters know: they never change.
	assert_eq!(Error::UnknownChannel.encode()[0], 0);
	assert_eq!(Error::InvalidSignature.encode()[0], 11);
	assert_eq!(Error::CannotReceive.encode()[0], 14);
	assert_eq!(
		code(&Error::ZeroAmount),
		200 + Error::ZeroAmount.encode()[0]
	);
}
