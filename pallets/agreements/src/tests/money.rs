//! Whatever is called in whatever order: the books balance after every call, and in the end everybody
//! has back what was not spent.

use frame_support::{assert_ok, storage::with_storage_layer};
use proptest::prelude::*;
use sp_runtime::{AccountId32, DispatchResult};
use syngraph_primitives::{AgreementId, Agreements as _, OnFailure, ResultValue, WindowIndex};

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
	/// Opens a dispute about a window, and freezes it if so.
	Open(u64, WindowIndex, bool),
	Freeze(u64, WindowIndex),
	Charge(u64, u64),
	/// Closes a dispute about a window, in which the members at the places of these bits failed.
	Conclude(u64, WindowIndex, u8, bool),
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
		8 => (nonce.clone(), window.clone(), any::<bool>())
			.prop_map(|(n, w, f)| Action::Open(n, w, f)),
		2 => (nonce.clone(), window.clone()).prop_map(|(n, w)| Action::Freeze(n, w)),
		4 => (nonce.clone(), 0u64..2 * DISPUTE).prop_map(|(n, f)| Action::Charge(n, f)),
		6 => (nonce.clone(), window, 0u8..8, any::<bool>())
			.prop_map(|(n, w, f, r)| Action::Conclude(n, w, f, r)),
		6 => (nonce, 0usize..8).prop_map(|(n, place)| Action::Prune(n, place)),
		2 => (0u64..20).prop_map(Action::Wait),
		1 => (1u64..8).prop_map(Action::Price),
	]
}

/// The tests' terms with little in escrow. The one agreement outlives failures, the other does not.
fn scant(nonce: u64) -> TermsOf<Test> {
	let mut terms = terms();
	terms.nonce = nonce;
	terms.limits.sign_by = 60;
	terms.limits.starts_at = 1;
	terms.limits.retention = 5;
	if nonce == 1 {
		terms.on_failure = OnFailure::End;
	}
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
			if let Some(roster) = Agreements::roster(&id(n)) {
				let proof = proof_under(roster.number, &roster.members, &id(n), window, result);
				let _ = settle(id(n), window, proof);
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
		dispute => act_in_dispute(dispute),
	};
}

/// Does what only disputes do.
fn act_in_dispute(action: Action) -> DispatchResult {
	let id = |nonce| id_of(&scant(nonce));
	match action {
		Action::Open(n, window, frozen) => {
			let possible = Agreements::can_open(&id(n), window, frozen);
			let done = with_storage_layer(|| Agreements::open_dispute(&id(n), window, frozen));
			assert_eq!(possible, done.is_ok());
			done
		},
		Action::Freeze(n, window) => with_storage_layer(|| Agreements::freeze(&id(n), window)),
		Action::Charge(n, fee) => with_storage_layer(|| Agreements::charge(&id(n), fee)),
		Action::Conclude(n, window, failed, reopen) => {
			conclude(id(n), window, failed, reopen);
			Ok(())
		},
		_ => Ok(()),
	}
}

/// Closes a dispute, which succeeds whenever there is one.
fn conclude(id: AgreementId, window: WindowIndex, failed: u8, reopen: bool) {
	let members = Agreements::roster(&id).unwrap_or_default().members;
	let failed: Vec<_> = (0u8..)
		.zip(members)
		.filter(|(place, _)| failed & (1 << place) != 0)
		.map(|(_, member)| member)
		.collect();
	let agreement = crate::Agreements::<Test>::get(id);
	let open = agreement.is_some_and(|agreement| agreement.disputes > 0);
	let closed = with_storage_layer(|| Agreements::close_dispute(&id, window, &failed, reopen));
	assert_eq!(closed.is_ok(), open);
}

/// Brings everything to its end.
fn wind_up() {
	at_block(System::block_number() + 1_000);
	for (id, agreement) in crate::Agreements::<Test>::iter().collect::<Vec<_>>() {
		if !matches!(agreement.phase, Phase::Ended { .. }) {
			assert_ok!(Agreements::close(origin(charlie()), id));
		}
		for window in 0..agreement.disputes {
			conclude(id, window.into(), 1, false);
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
