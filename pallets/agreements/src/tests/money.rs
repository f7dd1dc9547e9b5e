//! Whatever is called in whatever order: the books balance after every call, and in the end everybody
//! has back what was not spent.

use frame_support::assert_ok;
use proptest::prelude::*;
use sp_runtime::AccountId32;
use syngraph_primitives::{Agreements as _, ResultValue, WindowIndex};

use crate::{mock::*, HoldReason, Phase, Results, TermsOf};

#[derive(Clone, Debug)]
enum Action {
	Propose(u8, u64),
	Sign(u8, u64),
	Cancel(u8, u64),
	TopUp(u8, u64, u64),
	Notice(u8, u64),
	Consent(u8, u64),
	Close(u64),
	Settle(u64, WindowIndex, i16),
	Freeze(u64, WindowIndex, u64),
	Forget(u64),
	/// Drops the stored result at this place.
	Prune(u64, usize),
	Wait(u64),
	Price(u64),
}

fn action() -> impl Strategy<Value = Action> {
	let nonce = 0u64..2;
	let window = 0u64..200;
	let both = (0u8..3, nonce.clone());
	prop_oneof![
		3 => both.clone().prop_map(|(u, n)| Action::Propose(u, n)),
		6 => both.clone().prop_map(|(u, n)| Action::Sign(u, n)),
		1 => both.clone().prop_map(|(u, n)| Action::Cancel(u, n)),
		4 => (both.clone(), 0u64..ESCROW).prop_map(|((u, n), a)| Action::TopUp(u, n, a)),
		1 => both.clone().prop_map(|(u, n)| Action::Notice(u, n)),
		1 => both.prop_map(|(u, n)| Action::Consent(u, n)),
		2 => nonce.clone().prop_map(Action::Close),
		20 => (nonce.clone(), window.clone(), any::<i16>())
			.prop_map(|(n, w, r)| Action::Settle(n, w, r)),
		6 => (nonce.clone(), window, 0u64..40_000)
			.prop_map(|(n, w, f)| Action::Freeze(n, w, f)),
		3 => nonce.clone().prop_map(Action::Forget),
		6 => (nonce, 0usize..8).prop_map(|(n, place)| Action::Prune(n, place)),
		2 => (0u64..20).prop_map(Action::Wait),
		1 => (1u64..8).prop_map(Action::Price),
	]
}

/// The tests' terms with little in escrow.
fn scant(nonce: u64) -> TermsOf<Test> {
	let mut terms = terms();
	terms.nonce = nonce;
	terms.limits.sign_by = 60;
	terms.limits.starts_at = 1;
	terms.limits.retention = 5;
	for party in &mut terms.users {
		party.escrow = 60_000;
	}
	terms
}

fn user(index: u8) -> AccountId32 {
	[alice(), bob(), charlie()][usize::from(index)].clone()
}

/// Does it as a transaction would: entirely or not at all.
fn act(action: Action) {
	let id = |nonce| id_of(&scant(nonce));
	let from = |index| origin(user(index));
	let _ = match action {
		Action::Propose(u, n) => Agreements::propose(from(u), scant(n)),
		Action::Sign(u, n) => Agreements::sign(from(u), id(n)),
		Action::Cancel(u, n) => Agreements::cancel(from(u), id(n)),
		Action::TopUp(u, n, amount) => Agreements::top_up(from(u), id(n), amount),
		Action::Notice(u, n) => Agreements::give_notice(from(u), id(n)),
		Action::Consent(u, n) => Agreements::consent_to_end(from(u), id(n)),
		Action::Close(n) => Agreements::close(from(2), id(n)),
		Action::Settle(n, window, result) => {
			let result = ResultValue::from(result);
			let _ = settle(id(n), window, proof(&id(n), window, result));
			Ok(())
		},
		Action::Freeze(n, window, fee) => {
			let possible = Agreements::can_freeze(&id(n), window, fee);
			let done = frame_support::storage::with_storage_layer(|| {
				Agreements::freeze(&id(n), window, fee)
			});
			assert_eq!(possible, done.is_ok());
			done
		},
		Action::Forget(n) => {
			if crate::Agreements::<Test>::contains_key(id(n)) {
				Agreements::forget(&id(n));
			}
			Ok(())
		},
		Action::Prune(n, place) => {
			let stored = Results::<Test>::iter_key_prefix(id(n)).nth(place);
			let windows: Vec<_> = stored.into_iter().collect();
			Agreements::prune(from(2), id(n), windows.try_into().unwrap())
		},
		Action::Wait(blocks) => {
			at_block(System::block_number() + blocks);
			Ok(())
		},
		Action::Price(price) => {
			Price::set(price);
			Ok(())
		},
	};
}

/// Brings everything to its end.
fn wind_up() {
	at_block(System::block_number() + 1_000);
	for (id, agreement) in crate::Agreements::<Test>::iter().collect::<Vec<_>>() {
		if !matches!(agreement.phase, Phase::Ended { .. }) {
			assert_ok!(Agreements::close(origin(charlie()), id));
		}
		for _ in 0..agreement.frozen {
			Agreements::forget(&id);
		}
		for window in Results::<Test>::iter_key_prefix(id).collect::<Vec<_>>() {
			let windows = vec![window].try_into().unwrap();
			assert_ok!(Agreements::prune(origin(charlie()), id, windows));
		}
		if agreement.results == 0 {
			assert_ok!(Agreements::prune(origin(charlie()), id, Default::default()));
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 48, ..Default::default() })]

	#[test]
	fn the_books_balance(actions in prop::collection::vec(action(), 1..100)) {
		run(|| {
			activate(&scant(0));
			for action in actions {
				act(action);
				check_state();
			}
			wind_up();
			assert_eq!(crate::Agreements::<Test>::iter().count(), 0);
			for user in [alice(), bob(), charlie()] {
				for reason in [HoldReason::Proposal, HoldReason::Escrow, HoldReason::Storage] {
					assert_eq!(held(reason, &user), 0);
				}
			}
		});
	}
}
