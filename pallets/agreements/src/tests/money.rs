//! Whatever is called in whatever order: the books balance after every call, and in the end everybody
//! has back what was not spent.

use frame_support::{assert_ok, storage::with_storage_layer};
use proptest::prelude::*;
use sp_core::H256;
use sp_runtime::{AccountId32, DispatchResult};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, IntermediaryId, OnFailure, ResultValue, Ruling, Source,
};

use crate::{mock::*, HoldReason, Phase, TermsOf};

#[derive(Clone, Debug)]
enum Action {
	Propose(u8, u64),
	Sign(u8, u64),
	Cancel(u8, u64),
	TopUp(u8, u64, u64),
	Notice(u8, u64),
	Consent(u8, u64),
	Close(u64),
	/// The next round settles, with these outcomes.
	Settle(u64, Vec<Option<i16>>),
	/// Opens a dispute.
	Open(u64),
	/// Closes the dispute: the members at the places of the first bits were convicted, those at the places of
	/// the second absent, and each user bears so much. This is what the chain computed, if it rules.
	Conclude(u64, u8, u8, [u64; 2], Option<i16>),
	/// The intermediary at a place of the terms resigns, is released, dies, or is let go.
	Resign(u64, usize),
	Release(u64, usize),
	Die(usize, bool),
	Vacate(u64, usize),
	Retain(u64),
	/// A user consents to have one of the two sensors replaced by a third.
	Replace(u8, u64, bool),
	/// Pays out what has accrued.
	PayOut(u64),
	Forget(u64),
	Wait(u64),
	Price(u64),
}

/// What a user bears of a dispute: often all that is reserved.
fn bears() -> impl Strategy<Value = u64> {
	0..=2 * DISPUTE
}

fn action() -> impl Strategy<Value = Action> {
	let nonce = 0u64..3;
	let outcomes = prop::collection::vec(any::<Option<i16>>(), 1..20);
	let both = (0u8..3, nonce.clone());
	prop_oneof![
		3 => both.clone().prop_map(|(u, n)| Action::Propose(u, n)),
		6 => both.clone().prop_map(|(u, n)| Action::Sign(u, n)),
		1 => both.clone().prop_map(|(u, n)| Action::Cancel(u, n)),
		4 => (both.clone(), 0u64..ESCROW).prop_map(|((u, n), a)| Action::TopUp(u, n, a)),
		1 => both.clone().prop_map(|(u, n)| Action::Notice(u, n)),
		1 => both.prop_map(|(u, n)| Action::Consent(u, n)),
		2 => nonce.clone().prop_map(Action::Close),
		20 => (nonce.clone(), outcomes).prop_map(|(n, all)| Action::Settle(n, all)),
		8 => nonce.clone().prop_map(Action::Open),
		8 => (nonce.clone(), 0u8..8, 0u8..8, [bears(), bears()], any::<Option<i16>>())
			.prop_map(|(n, c, a, b, o)| Action::Conclude(n, c, a & !c, b, o)),
		2 => (nonce.clone(), 0usize..6).prop_map(|(n, p)| Action::Resign(n, p)),
		2 => (nonce.clone(), 0usize..6).prop_map(|(n, p)| Action::Release(n, p)),
		1 => (0usize..6, any::<bool>()).prop_map(|(p, d)| Action::Die(p, d)),
		2 => (nonce.clone(), 0usize..6).prop_map(|(n, p)| Action::Vacate(n, p)),
		2 => nonce.clone().prop_map(Action::Retain),
		2 => (0u8..3, nonce.clone(), any::<bool>()).prop_map(|(u, n, s)| Action::Replace(u, n, s)),
		3 => nonce.clone().prop_map(Action::PayOut),
		2 => nonce.prop_map(Action::Forget),
		2 => (0u64..20).prop_map(Action::Wait),
		1 => (1u64..8).prop_map(Action::Price),
	]
}

/// The tests' terms with little in escrow. One agreement outlives failures, another does not, and about the third the
/// chain rules.
fn scant(nonce: u64) -> TermsOf<Test> {
	let mut terms = terms();
	terms.nonce = nonce;
	terms.limits.sign_by = 60;
	terms.limits.starts_at = 1;
	terms.limits.payout = 15;
	(terms.retainer, terms.spare_retainer) = (1_000, 100);
	terms.on_failure = match nonce {
		0 => OnFailure::GoOn,
		1 => OnFailure::End,
		_ => OnFailure::Judge,
	};
	for party in &mut terms.users {
		party.escrow = 80_000;
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
		Action::Settle(n, all) => {
			let all: Vec<_> = all
				.into_iter()
				.map(|it| it.map(ResultValue::from))
				.collect();
			if let Some(roster) = Agreements::roster(&id(n)) {
				let first = Agreements::progress(&id(n)).unwrap().base;
				let proof = proof_under(roster.number, &roster.members, &id(n), first, &all);
				let _ = settle(id(n), first, proof);
			}
			Ok(())
		},
		Action::PayOut(n) => with_storage_layer(|| pay_out(id(n))),
		Action::Forget(n) => with_storage_layer(|| forget(id(n))),
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

/// Does what changes who computes what, or from what.
fn act_on_members(action: Action) -> DispatchResult {
	let id = |nonce| id_of(&scant(nonce));
	let named = |place: usize| [INTERMEDIARIES, SPARES].concat()[place];
	let anybody = || origin(user(2));
	match action {
		Action::Resign(n, place) => Agreements::resign(origin(operator()), id(n), named(place)),
		Action::Release(n, place) => Agreements::release(anybody(), id(n), named(place)),
		Action::Die(place, dead) => {
			MockDirectory::set_alive(named(place), !dead);
			Ok(())
		},
		Action::Vacate(n, place) => Agreements::vacate(anybody(), id(n), named(place)),
		Action::Retain(n) => Agreements::pay_retainers(anybody(), id(n)),
		Action::Replace(u, n, first) => {
			MockDirectory::set_sensor(3, &alice(), lock_schema());
			let source = Source {
				sensor: 3,
				start: 0,
			};
			let old = if first { 1 } else { 2 };
			Agreements::replace_sensor(origin(user(u)), id(n), old, source)
		},
		_ => Ok(()),
	}
}

/// Does what only disputes do.
fn act_in_dispute(action: Action) -> DispatchResult {
	let id = |nonce| id_of(&scant(nonce));
	match action {
		Action::Open(n) => {
			let possible = Agreements::can_open(&id(n));
			let done = with_storage_layer(|| Agreements::open_dispute(&id(n)));
			assert_eq!(possible, done.is_ok());
			done
		},
		Action::Conclude(n, convicted, absent, bears, outcome) => {
			conclude(id(n), convicted, absent, bears, outcome.map(Into::into));
			Ok(())
		},
		other => act_on_members(other),
	}
}

/// Closes a dispute, which succeeds whenever there is one. If the chain rules, this is what it computed.
fn conclude(
	id: AgreementId,
	convicted: u8,
	absent: u8,
	bears: [u64; 2],
	outcome: Option<ResultValue>,
) {
	let members = Agreements::roster(&id).unwrap_or_default().members;
	let of = |bits: u8| -> Vec<IntermediaryId> {
		let places = (0u8..).zip(members.clone());
		let chosen = places.filter(|(place, _)| bits & (1 << place) != 0);
		chosen.map(|(_, member)| member).collect()
	};
	let agreement = crate::Agreements::<Test>::get(id);
	let open = agreement.is_some_and(|agreement| agreement.is_disputed());
	// No more is borne than was reserved when the agreement came into force.
	let reserve = Agreements::reserve(&id);
	let convicted = of(convicted);
	let rules = Agreements::ruling_fee(&id, &convicted).is_some();
	let data_root = H256::repeat_byte(3);
	let closing = Closing {
		convicted,
		absent: of(absent),
		bears: bears.map(|share| share.min(reserve)).to_vec(),
		ruling: rules.then_some(Ruling { outcome, data_root }),
	};
	let base = || Agreements::progress(&id).map(|progress| progress.base);
	let before = base();
	let closed = with_storage_layer(|| Agreements::close_dispute(&id, &closing));
	assert_eq!(closed.is_ok(), open);
	let settles = u64::from(rules && open);
	assert_eq!(base(), before.map(|before| before + settles));
}

/// Brings everything to its end.
fn wind_up() {
	at_block(System::block_number() + 1_000);
	for id in crate::Agreements::<Test>::iter_keys().collect::<Vec<_>>() {
		conclude(id, 1, 0, [DISPUTE, 0], None);
		let ended = crate::Agreements::<Test>::get(id).map(|agreement| agreement.phase);
		if !matches!(ended, Some(Phase::Ended { .. })) {
			assert_ok!(Agreements::close(origin(charlie()), id));
		}
		assert_ok!(forget(id));
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
