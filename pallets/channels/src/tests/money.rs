//! Whatever is called in whatever order: the books balance after every call, the payee gets what the
//! receipts say, and in the end the depositor has back what was not spent.

use super::*;
use proptest::prelude::*;
use syngraph_primitives::{ChannelId, SignedReceipt};

#[derive(Clone, Debug)]
enum Action {
	Open(u8, u64),
	TopUp(usize, u64, u64),
	Redeem(usize, u8, u64),
	Rescue(usize, u8, u64),
	Close(usize, u8, u64),
	/// Closes all, each with the same amount.
	CloseBatch(u8, u64),
	RequestClose(usize),
	ChangePayer(usize, u8),
	Claim(usize),
	Wait(u64),
}

fn action() -> impl Strategy<Value = Action> {
	let (place, kind, amount) = (0usize..4, 0u8..3, 0..FUNDS + 100);
	let receipt = (place.clone(), kind.clone(), amount.clone());
	prop_oneof![
		4 => (kind.clone(), amount.clone()).prop_map(|(k, a)| Action::Open(k, a)),
		2 => (place.clone(), amount.clone(), 0u64..200)
			.prop_map(|(p, a, e)| Action::TopUp(p, a, e)),
		12 => receipt.clone().prop_map(|(p, k, a)| Action::Redeem(p, k, a)),
		12 => receipt.clone().prop_map(|(p, k, a)| Action::Rescue(p, k, a)),
		4 => receipt.prop_map(|(p, k, a)| Action::Close(p, k, a)),
		1 => (kind.clone(), amount).prop_map(|(k, a)| Action::CloseBatch(k, a)),
		1 => place.clone().prop_map(Action::RequestClose),
		2 => (place.clone(), kind).prop_map(|(p, k)| Action::ChangePayer(p, k)),
		2 => place.prop_map(Action::Claim),
		3 => (1u64..30).prop_map(Action::Wait),
	]
}

fn payer(kind: u8) -> Payer {
	match kind {
		0 => Payer::Direct,
		1 => Payer::Delegated(client(1)),
		_ => group(),
	}
}

fn receipt(kind: u8, id: ChannelId, amount: u64) -> SignedReceipt<u64> {
	match kind {
		0 => by_alice(id, amount),
		1 => by_client(1, id, amount),
		_ => by_member(2, id, amount),
	}
}

/// The open channel at this place, or none that there is.
fn channel(place: usize) -> ChannelId {
	let id = Stored::<Test>::iter_keys().nth(place);
	id.unwrap_or_else(no_channel)
}

/// Does it as a transaction would: entirely or not at all.
fn act(action: Action) {
	let (alice, bob, now) = (origin(alice()), origin(bob()), System::block_number());
	let _ = match action {
		Action::Open(kind, funds) => {
			Channels::open(alice, super::bob(), payer(kind), funds, now + EXPIRES)
		},
		Action::TopUp(place, amount, later) => {
			Channels::top_up(alice, channel(place), amount, Some(now + later))
		},
		Action::Redeem(place, kind, amount) => {
			Channels::redeem(bob, receipt(kind, channel(place), amount))
		},
		Action::Rescue(place, kind, amount) => {
			let done = rescue(receipt(kind, channel(place), amount));
			// What the pool takes does not fail.
			assert!(done.is_err() || done == Ok(Ok(())));
			Ok(())
		},
		Action::Close(place, kind, amount) => {
			Channels::close(bob, receipt(kind, channel(place), amount))
		},
		Action::CloseBatch(kind, amount) => {
			let ids = Stored::<Test>::iter_keys();
			let receipts: Vec<_> = ids.map(|id| receipt(kind, id, amount)).collect();
			Channels::close_batch(bob, receipts.try_into().unwrap())
		},
		Action::RequestClose(place) => Channels::request_close(alice, channel(place)),
		Action::ChangePayer(place, kind) => {
			Channels::change_payer(alice, channel(place), payer(kind))
		},
		Action::Claim(place) => Channels::claim(alice, channel(place)),
		Action::Wait(blocks) => {
			System::set_block_number(now + blocks);
			Ok(())
		},
	};
}

/// What the payee was paid, by what the events say of each channel that was closed.
fn paid_by_events() -> u64 {
	let events = events();
	let closed = events.into_iter().filter_map(|event| match event {
		Event::Closed { paid, .. } => Some(paid),
		_ => None,
	});
	closed.sum()
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, ..Default::default() })]

	#[test]
	fn the_books_balance(actions in prop::collection::vec(action(), 1..80)) {
		run(|| {
			for action in actions {
				act(action);
				check_state();
			}
			System::set_block_number(10_000);
			for id in Stored::<Test>::iter_keys().collect::<Vec<_>>() {
				assert_ok!(Channels::claim(origin(charlie()), id));
			}
			assert_eq!(held(), 0);
			let paid = paid_by_events();
			let fees = Balances::free_balance(pot()) - ENDOWMENT;
			assert_eq!(Balances::free_balance(bob()), ENDOWMENT + paid - fees);
			assert_eq!(Balances::free_balance(alice()), ENDOWMENT - paid);
			assert_eq!(Balances::free_balance(charlie()), ENDOWMENT);
		});
	}
}
