use codec::Encode;
use frame_support::{assert_noop, assert_ok, assert_storage_noop, traits::Get};
use frame_system::{limits::BlockWeights, RawOrigin};
use sp_core::{Pair, H256};
use sp_runtime::{transaction_validity::TransactionValidityError, DispatchError};
use syngraph_primitives::WindowIndex;
use syngraph_protocol::Proof;

use super::last_event;
use crate::{
	mock::*, EndReason, Event, HoldReason, Phase, Refusal, Results, SettledResult, WeightInfo,
};

/// A settlement of [`terms`] is refused, and nothing changes.
fn is_refused(window: WindowIndex, proof: Proof, refusal: Refusal) {
	assert_storage_noop!(assert_eq!(settle(id(), window, proof), refused(refusal)));
}

/// A settlement of window 0, which would be accepted, is refused after `change`.
fn is_refused_after(change: impl FnOnce(&mut Proof), refusal: Refusal) {
	let mut changed = proof(&id(), 0, 5);
	change(&mut changed);
	is_refused(0, changed, refusal);
}

#[test]
fn a_settlement_moves_exactly_the_money_of_the_terms() {
	run(|| {
		let id = activate(&terms());
		let proof = proof(&id, 0, 30);
		assert_ok!(settle(id, 0, proof.clone()));
		let fee = Agreements::settlement_fee(&terms());
		let (shares, deposit) = ([fee - fee / 2, fee / 2], 151);
		let spent = [
			shares[0] + deposit + REWARD + 60,
			shares[1] + deposit + 2 * REWARD,
		];
		assert_eq!(
			agreement().funds.to_vec(),
			spent.map(|spent| ESCROW - spent)
		);
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW + 60);
		assert_eq!(free(&operator()), ENDOWMENT + 3 * REWARD);
		assert_eq!(free(&pot()), ENDOWMENT + fee);
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Storage, &user), deposit);
		}
		let settled = SettledResult {
			result: 30,
			root: proof.root,
			proof: proof.hash(),
			at: 5,
		};
		assert_eq!(Results::<Test>::get(id, 0), Some(settled));
		assert_eq!(agreement().results, 1);
	});
}

#[test]
fn everything_is_told_in_events() {
	run(|| {
		let agreement = activate(&terms());
		System::reset_events();
		assert_ok!(settle(agreement, 4, proof(&agreement, 4, 30)));
		let rewarded = |intermediary| Event::Rewarded {
			agreement,
			window: 4,
			intermediary,
			operator: operator(),
			amount: REWARD,
		};
		let [first, second, third] = INTERMEDIARIES.map(rewarded);
		let paid = Event::Paid {
			agreement,
			window: 4,
			from: alice(),
			to: bob(),
			amount: 60,
		};
		let settled = Event::Settled {
			agreement,
			window: 4,
			result: 30,
			cost: Agreements::settlement_fee(&terms()),
		};
		assert_eq!(events(), [first, second, third, paid, settled]);
	});
}

#[test]
fn windows_settle_in_any_order_but_once() {
	run(|| {
		let id = activate(&terms());
		for window in [3, 0, 70, 69] {
			assert_ok!(settle(id, window, proof(&id, window, 5)));
			is_refused(window, proof(&id, window, 5), Refusal::AlreadyDecided);
			is_refused(window, proof(&id, window, 6), Refusal::AlreadyDecided);
		}
		assert_eq!(agreement().progress.base(), 7);
		is_refused(0, proof(&id, 0, 5), Refusal::WindowTooOld);
		is_refused(6, proof(&id, 6, 5), Refusal::WindowTooOld);
	});
}

#[test]
fn a_settlement_comes_neither_early_nor_late() {
	run(|| {
		is_refused(0, proof(&id(), 0, 5), Refusal::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		is_refused(0, proof(&id(), 0, 5), Refusal::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(4);
		is_refused(0, proof(&id(), 0, 5), Refusal::TooEarly);
		at_block(101);
		is_refused(0, proof(&id(), 0, 5), Refusal::TooLate);
		at_block(100);
		assert_ok!(settle(id(), 0, proof(&id(), 0, 5)));
	});
}

#[test]
fn nothing_may_be_missing_or_repeated() {
	run(|| {
		activate(&terms());
		is_refused_after(|p| p.secrets.truncate(2), Refusal::WrongCount);
		is_refused_after(|p| p.signatures.truncate(2), Refusal::WrongCount);
		is_refused_after(|p| p.signatures.clear(), Refusal::WrongCount);
		is_refused_after(
			|p| {
				p.secrets.force_push([0; 32]);
				p.signatures.force_push(p.signatures[0]);
			},
			Refusal::WrongCount,
		);
		is_refused_after(
			|p| p.signatures[1] = p.signatures[0],
			Refusal::RepeatedSignature,
		);
	});
}

#[test]
fn everything_must_be_what_all_have_signed() {
	run(|| {
		let id = activate(&terms());
		let bad = Refusal::BadSignature;
		is_refused_after(|p| p.result = 6, bad);
		is_refused_after(|p| p.root = H256::zero(), bad);
		is_refused_after(|p| p.secrets[0] = [0; 32], bad);
		is_refused_after(|p| p.signatures.as_mut().swap(0, 1), bad);
		is_refused_after(|p| p.signatures[2] = Default::default(), bad);
		is_refused(1, proof(&id, 0, 5), bad);
		is_refused(0, proof(&H256::zero(), 0, 5), bad);
		is_refused(0, proof_by(&[10, 20, 22], &id, 0, 5), bad);
		is_refused(0, proof_by(&[20, 10, 21], &id, 0, 5), bad);
	});
}

#[test]
fn no_window_lies_beyond_the_last_message() {
	run(|| {
		let id = activate(&terms());
		let beyond = u64::MAX / 2;
		is_refused(beyond, proof(&id, beyond, 5), Refusal::NoSuchWindow);
		is_refused(u64::MAX, proof(&id, u64::MAX, 5), Refusal::NoSuchWindow);
	});
}

#[test]
fn keys_count_as_they_are_now() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_intermediary(20, &operator(), None, 0);
		is_refused(0, proof(&id, 0, 5), Refusal::MissingKey);
		let rotated = intermediary_key(99);
		MockDirectory::set_intermediary(20, &operator(), Some(rotated.public()), 0);
		is_refused(0, proof(&id, 0, 5), Refusal::BadSignature);
		let mut anew = proof(&id, 0, 5);
		let settlement = anew.settlement(&id, 0, 0, &INTERMEDIARIES);
		let bytes =
			syngraph_primitives::Payload::signing_bytes(&settlement, &Agreements::genesis());
		anew.signatures[1] = rotated.sign(&bytes);
		assert_ok!(settle(id, 0, anew));
	});
}

#[test]
fn a_settlement_that_the_escrow_cannot_pay_is_refused() {
	run(|| {
		let id = activate(&terms());
		Price::set(1_000);
		is_refused(0, proof(&id, 0, 5), Refusal::EscrowExhausted);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::top_up(origin(user), id, 100 * ESCROW));
		}
		assert_ok!(settle(id, 0, proof(&id, 0, 5)));
	});
}

#[test]
fn the_agreement_ends_when_an_escrow_is_exhausted() {
	run(|| {
		let share = Agreements::storage_share(&terms());
		let mut scant = terms();
		let least = Agreements::least_escrow(&scant, share, 1);
		scant.users[1].escrow = least;
		let id = activate(&scant);
		let weight = settle(id, 0, proof(&id, 0, 30)).unwrap();
		let reason = EndReason::EscrowExhausted;
		assert_eq!(
			last_event(),
			Event::Ended {
				agreement: id,
				reason
			}
		);
		let (fee, ending) = (
			Agreements::settlement_fee(&scant),
			Agreements::ending_fee(&scant),
		);
		assert!(events().contains(&Event::Settled {
			agreement: id,
			window: 0,
			result: 30,
			cost: fee + ending
		}));
		assert_eq!(
			weight,
			<() as WeightInfo>::settle(3, 1) + <() as WeightInfo>::end(6, 2)
		);
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(ended.phase, Phase::Ended { reason, at: 5 });
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
		}
		// The least escrow is what the worst settlement and a dispute take, and no more.
		let spent = fee / 2 + ending / 2 + share + 2 * REWARD;
		assert_eq!(least, spent + DISPUTE / 2 + 201);
		assert_eq!(free(&bob()), ENDOWMENT - spent + 60);
		assert_eq!(free(&pot()), ENDOWMENT + fee + ending);
	});
}

#[test]
fn only_the_proof_authorises() {
	run(|| {
		let id = activate(&terms());
		for origin in [RawOrigin::Root, RawOrigin::None, RawOrigin::Signed(alice())] {
			assert_noop!(
				Agreements::settle(origin.into(), id, 0, proof(&id, 0, 5)),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn the_pool_keeps_one_settlement_of_a_window() {
	run(|| {
		let id = activate(&terms());
		let valid = authorize(id, 3, proof(&id, 3, 5)).unwrap();
		assert_eq!(valid.provides, [("syngraph/settle", (id, 3u64)).encode()]);
		assert!(valid.requires.is_empty());
		assert!(valid.propagate);
		assert_eq!((valid.priority, valid.longevity), (1_000_000, 64));
	});
}

#[test]
fn what_is_not_used_is_refunded_and_the_length_is_paid() {
	run(|| {
		let id = activate(&terms());
		let call = crate::Call::<Test>::settle {
			agreement: id,
			window: 0,
			proof: proof(&id, 0, 5),
		};
		let length = RuntimeCall::from(call).encoded_size() as u64 + 16;
		let weight = settle(id, 0, proof(&id, 0, 5)).unwrap();
		assert_eq!(weight, <() as WeightInfo>::settle(3, 1));
		let weights: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
		let base = weights
			.get(frame_support::dispatch::DispatchClass::Normal)
			.base_extrinsic;
		let weight = weight + base + <() as WeightInfo>::authorize_settle(3);
		assert_eq!(
			Agreements::settlement_fee(&terms()),
			weight.ref_time() / 1_000_000 + length
		);
	});
}

#[test]
fn every_refusal_has_its_code() {
	let codes: std::collections::BTreeSet<u8> = [
		Refusal::NotFound,
		Refusal::NotActive,
		Refusal::TooEarly,
		Refusal::TooLate,
		Refusal::NoSuchWindow,
		Refusal::WindowTooOld,
		Refusal::AlreadyDecided,
		Refusal::WrongCount,
		Refusal::RepeatedSignature,
		Refusal::EscrowExhausted,
		Refusal::MissingKey,
		Refusal::BadSignature,
	]
	.map(|refusal| refusal as u8)
	.into();
	assert_eq!(codes, (1..=12).collect());
	let refused: Result<(), TransactionValidityError> = refused(Refusal::BadSignature);
	assert_eq!(refused, Err(Refusal::BadSignature.into()));
}
