use codec::Encode;
use frame_support::{assert_noop, assert_ok, assert_storage_noop, traits::Get};
use frame_system::{limits::BlockWeights, RawOrigin};
use sp_core::{Pair, H256};
use sp_runtime::{transaction_validity::TransactionValidityError, DispatchError};
use syngraph_primitives::WindowIndex;
use syngraph_protocol::Proof;

use super::last_event;
use crate::{
	mock::*, EndReason, Event, HoldReason, Phase, Prices, Results, SettledResult, ValidityError,
	WeightInfo,
};

/// A settlement of [`terms`] is refused, and nothing changes.
fn is_refused(window: WindowIndex, proof: Proof, error: ValidityError) {
	assert_storage_noop!(assert_eq!(settle(id(), window, proof), refused(error)));
}

/// A settlement of window 0, which would be accepted, is refused after `change`.
fn is_refused_after(change: impl FnOnce(&mut Proof), error: ValidityError) {
	let mut changed = proof(&id(), 0, 5);
	change(&mut changed);
	is_refused(0, changed, error);
}

#[test]
fn a_settlement_moves_exactly_the_money_of_the_terms() {
	run(|| {
		let id = activate(&terms());
		let proof = proof(&id, 0, 30);
		assert_ok!(settle(id, 0, proof.clone()));
		let fee = prices(&terms()).settlement;
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
			cost: prices(&terms()).settlement,
		};
		assert_eq!(events(), [first, second, third, paid, settled]);
	});
}

#[test]
fn windows_settle_in_any_order_but_once() {
	run(|| {
		let id = activate(&terms());
		for window in [3, 0, 127, 69] {
			assert_ok!(settle(id, window, proof(&id, window, 5)));
			is_refused(window, proof(&id, window, 5), ValidityError::AlreadyDecided);
			is_refused(window, proof(&id, window, 6), ValidityError::AlreadyDecided);
		}
		assert_eq!(agreement().progress.base(), 1);
		assert_ok!(settle(id, 1, proof(&id, 1, 5)));
		assert_ok!(settle(id, 2, proof(&id, 2, 5)));
		assert_eq!(agreement().progress.base(), 4);
	});
}

#[test]
fn nothing_beyond_reach_settles() {
	run(|| {
		let id = activate(&terms());
		is_refused(128, proof(&id, 128, 5), ValidityError::TooFarAhead);
		is_refused(
			u64::MAX,
			proof(&id, u64::MAX, 5),
			ValidityError::TooFarAhead,
		);
		assert_ok!(settle(id, 0, proof(&id, 0, 5)));
		assert_ok!(settle(id, 128, proof(&id, 128, 5)));
	});
}

#[test]
fn a_settlement_comes_neither_early_nor_late() {
	run(|| {
		is_refused(0, proof(&id(), 0, 5), ValidityError::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		is_refused(0, proof(&id(), 0, 5), ValidityError::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		at_block(4);
		is_refused(0, proof(&id(), 0, 5), ValidityError::TooEarly);
		at_block(101);
		is_refused(0, proof(&id(), 0, 5), ValidityError::TooLate);
		at_block(100);
		assert_ok!(settle(id(), 0, proof(&id(), 0, 5)));
	});
}

#[test]
fn nothing_may_be_missing_or_repeated() {
	run(|| {
		activate(&terms());
		is_refused_after(|p| p.secrets.truncate(2), ValidityError::WrongCount);
		is_refused_after(|p| p.signatures.truncate(2), ValidityError::WrongCount);
		is_refused_after(|p| p.signatures.clear(), ValidityError::WrongCount);
		is_refused_after(
			|p| {
				p.secrets.force_push([0; 32]);
				p.signatures.force_push(p.signatures[0]);
			},
			ValidityError::WrongCount,
		);
		is_refused_after(
			|p| p.signatures[1] = p.signatures[0],
			ValidityError::RepeatedSignature,
		);
	});
}

#[test]
fn everything_must_be_what_all_have_signed() {
	run(|| {
		let id = activate(&terms());
		let bad = ValidityError::BadSignature;
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
		let mut last = terms();
		last.sensors[0].start = u64::MAX - 3;
		let id = activate(&last);
		assert_ok!(settle(id, 0, proof(&id, 0, 5)));
		let refused = refused(ValidityError::NoSuchWindow);
		assert_storage_noop!(assert_eq!(settle(id, 1, proof(&id, 1, 5)), refused));
	});
}

#[test]
fn keys_count_as_they_are_now_or_were_lately() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_keys(20, &[]);
		is_refused(0, proof(&id, 0, 5), ValidityError::MissingKey);
		let rotated = intermediary_key(99);
		MockDirectory::set_keys(20, &[rotated.public()]);
		is_refused(0, proof(&id, 0, 5), ValidityError::BadSignature);
		// It takes one bit to say that a signature was made before the rotation.
		let mut before = proof(&id, 0, 5);
		before.former = 0b010;
		is_refused(0, before.clone(), ValidityError::MissingKey);
		MockDirectory::set_keys(20, &[rotated.public(), intermediary_key(20).public()]);
		is_refused(0, proof(&id, 0, 5), ValidityError::BadSignature);
		assert_ok!(settle(id, 0, before));
		let mut anew = proof(&id, 1, 5);
		let settlement = anew.settlement(&id, 1, 0, version(&id, 1), &INTERMEDIARIES);
		let bytes =
			syngraph_primitives::Payload::signing_bytes(&settlement, &Agreements::genesis());
		anew.signatures[1] = rotated.sign(&bytes);
		assert_ok!(settle(id, 1, anew));
	});
}

#[test]
fn nothing_settles_that_needs_a_message_of_a_revoked_sensor() {
	run(|| {
		let id = activate(&terms());
		// Windows begin with number seven: number ten is in the second.
		let [first, second, third] = [0, 1, 2].map(|window| proof(&id, window, 5));
		MockDirectory::change_sensor(1, |keys| keys.revoke(10, 3).unwrap());
		is_refused(1, second, ValidityError::SensorRevoked);
		is_refused(2, third, ValidityError::SensorRevoked);
		assert_ok!(settle(id, 0, first));
	});
}

#[test]
fn what_was_computed_before_a_number_became_void_does_not_settle() {
	run(|| {
		let id = activate(&terms());
		let before = [0, 1].map(|window| proof(&id, window, 5));
		MockDirectory::change_sensor(1, |keys| {
			keys.convict(10, 3);
		});
		let [first, second] = before;
		assert_ok!(settle(id, 0, first));
		is_refused(1, second, ValidityError::BadSignature);
		// Without the void number it does.
		assert_ok!(settle(id, 1, proof(&id, 1, 4)));
	});
}

#[test]
fn prices_are_those_of_the_activation() {
	run(|| {
		let id = activate(&terms());
		let before = prices(&terms());
		Price::set(1_000);
		assert_ok!(settle(id, 0, proof(&id, 0, 5)));
		assert_eq!(agreement().prices, before);
		assert_eq!(free(&pot()), ENDOWMENT + before.settlement);
	});
}

#[test]
fn the_agreement_ends_when_an_escrow_is_exhausted() {
	run(|| {
		let mut scant = terms();
		let least = least_escrow(&scant, 1);
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
		let Prices {
			settlement: fee,
			pass,
			ending,
			storage_share,
			..
		} = prices(&scant);
		assert!(events().contains(&Event::Settled {
			agreement: id,
			window: 0,
			result: 30,
			cost: fee
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
		// The least escrow is what the worst settlement, a pass and a dispute take, and no more.
		let spent = fee / 2 + ending / 2 + storage_share + 2 * REWARD;
		assert_eq!(least, spent + pass / 2 + DISPUTE + DISPUTE_DEPOSIT);
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
fn the_pool_keeps_as_many_settlements_as_can_be_paid() {
	run(|| {
		let id = activate(&terms());
		let valid = authorize(id, 3, proof(&id, 3, 5)).unwrap();
		assert_eq!(valid.provides, [("syngraph/settle", (id, 3u64)).encode()]);
		assert!(valid.requires.is_empty());
		assert!(valid.propagate);
		assert_eq!((valid.priority, valid.longevity), (1_000_000, 64));
		for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
			MockDirectory::set_bond(intermediary, 3 * PENALTY);
		}
		let places = |id: H256| {
			let tags = (0..128).map(|w| authorize(id, w, proof(&id, w, 5)).unwrap().provides);
			tags.collect::<std::collections::BTreeSet<_>>().len()
		};
		assert_eq!(places(id), 16);
		let mut scant = terms();
		scant.nonce = 1;
		for index in [0, 1] {
			scant.users[index].escrow = least_escrow(&scant, index);
		}
		assert_eq!(places(activate(&scant)), 1);
		let once = least_escrow(&scant, 1) - DISPUTE - DISPUTE_DEPOSIT;
		scant.nonce = 2;
		scant.users[1].escrow += 2 * once;
		scant.users[0].escrow = ESCROW;
		assert_eq!(places(activate(&scant)), 3);
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
		let weight = weight + base + <() as WeightInfo>::authorize_settle(3, 2);
		assert_eq!(
			prices(&terms()).settlement,
			weight.ref_time() / 1_000_000 + length
		);
	});
}

#[test]
fn every_refusal_has_its_code() {
	let codes: std::collections::BTreeSet<u8> = [
		ValidityError::NotFound,
		ValidityError::NotActive,
		ValidityError::TooEarly,
		ValidityError::TooLate,
		ValidityError::NoSuchWindow,
		ValidityError::AlreadyDecided,
		ValidityError::WrongCount,
		ValidityError::RepeatedSignature,
		ValidityError::EscrowExhausted,
		ValidityError::MissingKey,
		ValidityError::BadSignature,
		ValidityError::SensorRevoked,
		ValidityError::TooFarAhead,
		ValidityError::WrongRoster,
		ValidityError::Disputed,
	]
	.map(|error| error as u8)
	.into();
	assert_eq!(codes, (1..=16).filter(|code| *code != 6).collect());
	let refused: Result<(), TransactionValidityError> = refused(ValidityError::BadSignature);
	assert_eq!(refused, Err(ValidityError::BadSignature.into()));
}
