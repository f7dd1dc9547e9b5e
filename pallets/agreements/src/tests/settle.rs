use codec::{Decode, Encode};
use frame_support::{
	assert_noop, assert_ok, assert_storage_noop,
	traits::Get,
	weights::{RuntimeDbWeight, Weight},
};
use frame_system::{limits::BlockWeights, RawOrigin};
use sp_core::{Pair, H256};
use sp_runtime::{transaction_validity::TransactionValidityError, DispatchError};
use syngraph_primitives::{
	Agreements as _, Outcomes, ResultValue, RoundId, Run, WindowIndex, WindowShape,
	MAX_ROUND_RESULTS, MAX_SPAN,
};
use syngraph_protocol::Proof;

use super::{last_event, Error};
use crate::{
	mock::*, EndReason, Event, HoldReason, JointKeys, Phase, Prices, TermsOf, ValidityError,
	WeightInfo,
};

/// What it weighs to look for how much of the largest round of [`terms`] the escrows cover.
pub(super) fn searched() -> Weight {
	let settle = |results| <() as WeightInfo>::settle(16, 2, results);
	(settle(16) - settle(0)) * 5
}

/// A settlement of [`terms`] is refused, and nothing changes.
fn is_refused(window: WindowIndex, proof: Proof, error: ValidityError) {
	assert_storage_noop!(assert_eq!(settle(id(), window, proof), refused(error)));
}

/// A settlement of a round of one window, which would be accepted, is refused after `change`.
fn is_refused_after(change: impl FnOnce(&mut Proof), error: ValidityError) {
	let mut changed = proof(&id(), 0, 5);
	change(&mut changed);
	is_refused(0, changed, error);
}

#[test]
fn a_settlement_transfers_nothing_and_is_owed() {
	run(|| {
		let id = activate(&terms());
		let everybody = || [alice(), bob(), operator(), pot()].map(|who| free(&who));
		let before = everybody();
		let proof = proof(&id, 0, 30);
		assert_ok!(settle(id, 0, proof.clone()));
		assert_eq!(everybody(), before);
		assert_eq!(agreement().funds.to_vec(), [FUNDS, FUNDS]);
		let fee = prices(&terms()).settlement;
		let expected = [fee - fee / 2 + REWARD + 60, fee / 2 + 2 * REWARD];
		assert_eq!(owed(id), expected);
		assert_eq!(Agreements::last_rounds(&id), [settled(0, &proof)]);
	});
}

#[test]
fn what_settled_is_told_in_an_event() {
	run(|| {
		let agreement = activate(&terms());
		let prices = prices(&terms());
		let settlement = prices.settlement;
		let rounds: [(&[Option<ResultValue>], _, _); 3] = [
			(&[Some(30)], 0, settlement),
			(
				&[None, Some(1), Some(2), None, Some(3), None],
				1,
				settlement + further(&prices, 4) + further(&prices, 4),
			),
			(&[None, None], 7, settlement),
		];
		for (number, (all, first, cost)) in (0..).zip(rounds) {
			System::reset_events();
			assert_eq!(decide(agreement, all), first);
			let settled = Event::Settled {
				agreement,
				number,
				first,
				outcomes: outcomes(all),
				cost,
			};
			assert_eq!(events(), [settled]);
		}
	});
}

#[test]
fn rounds_settle_in_order_and_once() {
	run(|| {
		let id = activate(&terms());
		let later = proof(&id, 3, 5);
		is_refused(3, later.clone(), ValidityError::TooFarAhead);
		is_refused(
			u64::MAX,
			proof(&id, u64::MAX, 5),
			ValidityError::TooFarAhead,
		);
		let first = proof_of(&id, 0, &[Some(5), None, None]);
		assert_ok!(settle(id, 0, first.clone()));
		assert_eq!(
			(agreement().progress.base, agreement().progress.rounds),
			(3, 1)
		);
		is_refused(0, first, ValidityError::AlreadyDecided);
		is_refused(2, proof(&id, 2, 5), ValidityError::AlreadyDecided);
		// It names how many rounds were decided before.
		is_refused(3, later, ValidityError::BadSignature);
		assert_ok!(settle(id, 3, proof(&id, 3, 5)));
		assert_eq!(
			(agreement().progress.base, agreement().progress.rounds),
			(4, 2)
		);
		assert_noop!(
			Agreements::do_settle(id, 3, proof(&id, 3, 5)),
			Error::OutOfOrder
		);
		assert_noop!(
			Agreements::do_settle(id, 5, proof(&id, 5, 5)),
			Error::OutOfOrder
		);
	});
}

#[test]
fn every_result_is_owed_for_and_the_fee_once() {
	run(|| {
		let id = activate(&terms());
		decide(id, &[Some(30), None, Some(-1), Some(7)]);
		let prices = prices(&terms());
		let settlement = prices.settlement;
		let fee = settlement + 2 * further(&prices, 2);
		let expected = [fee - fee / 2 + 3 * REWARD + 60 + 14, fee / 2 + 6 * REWARD];
		assert_eq!(owed(id), expected);
		assert_eq!(Agreements::accounts(&id).unwrap().windows, 3);
	});
}

/// Terms by which a round has as many windows as any.
fn terms_of_long_rounds() -> TermsOf<Test> {
	TermsOf::<Test> {
		window: WindowShape { size: 1, slide: 1 },
		..terms()
	}
}

#[test]
fn a_round_of_null_windows_costs_a_settlement_and_rewards_nobody() {
	run(|| {
		let terms = terms_of_long_rounds();
		let id = activate(&terms);
		decide(id, &[None; MAX_SPAN as usize]);
		let stored = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(stored.progress.base, u64::from(MAX_SPAN));
		let fee = prices(&terms).settlement;
		assert_eq!(owed(id), [fee - fee / 2, fee / 2]);
		let accounts = Agreements::accounts(&id).unwrap();
		assert_eq!(
			(accounts.windows, accounts.rounds, accounts.base),
			(0, 1, 4096)
		);
		assert_ok!(pay_out(id));
		assert_eq!(free(&operator()), ENDOWMENT);
		assert_eq!(free(&pot()), ENDOWMENT + fee);
	});
}

#[test]
fn the_largest_round_settles_as_a_whole() {
	run(|| {
		let mut large = terms_of_long_rounds();
		large.rounds.most = MAX_ROUND_RESULTS;
		let id = activate(&large);
		let each = [vec![None; 15], vec![Some(30)]].concat();
		let all = each.repeat(MAX_ROUND_RESULTS as usize);
		decide(id, &all);
		let stored = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(stored.progress.base, u64::from(MAX_SPAN));
		let count = u64::from(MAX_ROUND_RESULTS);
		assert_eq!(stored.accrued.windows, MAX_ROUND_RESULTS);
		assert_eq!(stored.accrued.steps.to_vec(), [count * 60]);
		let prices = prices(&large);
		assert_eq!(
			stored.accrued.fees,
			prices.settlement + (count - 2) * further(&prices, 4) + further(&prices, 2)
		);
		assert_ok!(pay_out(id));
		assert_eq!(free(&operator()), ENDOWMENT + 3 * count * REWARD);
	});
}

#[test]
fn there_are_no_more_results_than_the_terms_allow() {
	run(|| {
		let id = activate(&terms());
		let all = [None, Some(5)].repeat(17);
		is_refused(0, proof_of(&id, 0, &all), ValidityError::TooManyResults);
		decide(id, &all[..33]);
	});
}

/// Its members cannot be asked to keep the messages of more.
#[test]
fn a_round_has_no_more_windows_than_its_members_have_room_for() {
	run(|| {
		let id = activate(&terms());
		let longest = terms().window.longest_round();
		assert!(longest < MAX_SPAN);
		let all = vec![None; longest as usize + 1];
		is_refused(0, proof_of(&id, 0, &all), ValidityError::WrongOutcomes);
		decide(id, &all[1..]);
		assert_eq!(agreement().progress.base, u64::from(longest));
	});
}

#[test]
fn there_is_something_to_settle_and_one_way_to_write_it() {
	run(|| {
		activate(&terms());
		let wrong = ValidityError::WrongOutcomes;
		is_refused_after(|p| p.outcomes = Default::default(), wrong);
		for runs in [
			vec![Run::Nulls(0)],
			vec![Run::Nulls(1), Run::Nulls(1)],
			vec![Run::Nulls(4096), Run::Result(1)],
			vec![Run::Result(1); 257],
		] {
			let decoded = Outcomes::decode(&mut &runs.encode()[..]).unwrap();
			is_refused_after(|p| p.outcomes = decoded, wrong);
		}
	});
}

#[test]
fn the_escrows_front_of_a_round_settles_and_the_agreement_ends() {
	run(|| {
		let mut scant = terms();
		let prices = prices(&scant);
		// Bob can pay for three windows, the first of which may be any.
		let [second, third] = [2, 4].map(|bytes| further(&prices, bytes));
		let fees = (second + third).div_ceil(2);
		scant.users[1].escrow = least_escrow(&scant, 1) + fees + 4 * REWARD;
		let id = activate(&scant);
		let all = [
			None,
			Some(1),
			None,
			Some(2),
			Some(3),
			None,
			None,
			Some(4),
			None,
		];
		let proof = proof_of(&id, 0, &all);
		let weight = settle(id, 0, proof.clone()).unwrap();
		let front = outcomes(&all[..7]);
		let cost = prices.settlement + second + third;
		assert!(events().contains(&Event::Settled {
			agreement: id,
			number: 0,
			first: 0,
			outcomes: front.clone(),
			cost,
		}));
		// What was signed is known all the same, by whose root messages are shown.
		let kept = Agreements::last_rounds(&id);
		let whole = settled(0, &proof);
		assert_eq!((kept[0].signed, kept[0].data_root), (9, whole.data_root));
		assert_eq!((&kept[0].outcomes, kept[0].proof), (&front, whole.proof));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(last_event(), ended(id, reason));
		let stored = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(stored.phase, Phase::Ended { reason, at: 5 });
		assert_eq!(stored.progress.base, 7);
		// Three windows are paid.
		assert_eq!(free(&operator()), ENDOWMENT + 9 * REWARD);
		assert_eq!(
			free(&pot()),
			ENDOWMENT + cost + prices.payout + prices.ending
		);
		// What was to be verified is paid for by weight, whatever settled.
		let end = <() as WeightInfo>::end(6, 2) + <() as WeightInfo>::payout(3, 2, 1);
		assert_eq!(
			weight,
			<() as WeightInfo>::settle(3, 2, 4) + end + searched()
		);
	});
}

#[test]
fn a_round_that_is_covered_just_so_settles_as_a_whole() {
	run(|| {
		let mut scant = terms();
		let further = prices(&scant).window.div_ceil(2) + 2 * REWARD;
		scant.users[1].escrow = least_escrow(&scant, 1) + 2 * further;
		let id = activate(&scant);
		let all = [Some(1), Some(2), Some(3), None];
		decide(id, &all);
		let kept = Agreements::last_rounds(&id);
		assert_eq!(kept[0].outcomes, outcomes(&all));
		// But there is not enough for another window.
		let reason = EndReason::EscrowExhausted;
		assert_eq!(last_event(), ended(id, reason));
	});
}

#[test]
fn a_round_settles_while_a_dispute_is_open() {
	run(|| {
		let id = activate(&terms());
		assert_ok!(Agreements::open_dispute(&id));
		decide(id, &[Some(1), None, Some(2)]);
		assert_eq!(Agreements::progress(&id).unwrap().base, 3);
		assert_ok!(Agreements::close_dispute(&id, &closing()));
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
		at_block(100 + ANSWER + 1);
		is_refused(0, proof(&id(), 0, 5), ValidityError::TooLate);
		at_block(5);
		assert_ok!(settle(id(), 0, proof(&id(), 0, 5)));
		at_block(100 + ANSWER);
		assert_ok!(settle(id(), 1, proof(&id(), 1, 5)));
	});
}

#[test]
fn nothing_may_be_missing_or_repeated() {
	run(|| {
		activate(&terms());
		is_refused_after(|p| p.blindings.truncate(2), ValidityError::WrongCount);
		is_refused_after(
			|p| singles(p).signatures.truncate(2),
			ValidityError::WrongCount,
		);
		is_refused_after(|p| singles(p).signatures.clear(), ValidityError::WrongCount);
		is_refused_after(
			|p| {
				p.blindings.force_push([0; 12]);
				let first = singles(p).signatures[0];
				singles(p).signatures.force_push(first);
			},
			ValidityError::WrongCount,
		);
		is_refused_after(
			|p| singles(p).signatures[1] = singles(p).signatures[0],
			ValidityError::RepeatedSignature,
		);
	});
}

#[test]
fn everything_must_be_what_all_have_signed() {
	run(|| {
		let id = activate(&terms());
		let bad = ValidityError::BadSignature;
		is_refused_after(|p| p.outcomes = outcomes(&[Some(6)]), bad);
		is_refused_after(|p| p.outcomes = outcomes(&[None]), bad);
		is_refused_after(|p| p.outcomes = outcomes(&[Some(5), None]), bad);
		is_refused_after(|p| p.data_root = H256::zero(), bad);
		is_refused_after(|p| p.attempt = 1, bad);
		is_refused_after(|p| p.blindings[0] = [0; 12], bad);
		is_refused_after(|p| singles(p).signatures.as_mut().swap(0, 1), bad);
		is_refused_after(|p| singles(p).signatures[2] = Default::default(), bad);
		is_refused(0, proof(&id, 1, 5), bad);
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
		let refused = refused(ValidityError::SensorRevoked);
		assert_storage_noop!(assert_eq!(settle(id, 1, proof(&id, 1, 5)), refused));
		// It is not null either: another sensor may take the place of this one.
		assert_storage_noop!(assert_eq!(
			settle(id, 1, proof_of(&id, 1, &[None])),
			refused
		));
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
		singles(&mut before).former = 0b010;
		is_refused(0, before.clone(), ValidityError::MissingKey);
		MockDirectory::set_keys(20, &[rotated.public(), intermediary_key(20).public()]);
		is_refused(0, proof(&id, 0, 5), ValidityError::BadSignature);
		assert_ok!(settle(id, 0, before));
		let mut anew = proof(&id, 1, 5);
		let stored = agreement();
		let round = RoundId::new(id, &stored.roster, &stored.progress, version(&id));
		let settlement = anew.settlement(&round, &INTERMEDIARIES);
		let bytes =
			syngraph_primitives::Payload::signing_bytes(&settlement, &Agreements::genesis());
		singles(&mut anew).signatures[1] = rotated.sign(&bytes);
		assert_ok!(settle(id, 1, anew));
	});
}

/// Windows of two begin with number seven: number eleven is in the third.
#[test]
fn no_result_settles_that_needs_a_message_of_a_revoked_sensor() {
	run(|| {
		let id = activate(&terms());
		let before = proof(&id, 0, 5);
		MockDirectory::change_sensor(1, |keys| keys.revoke(11, 3).unwrap());
		is_refused(0, before, ValidityError::BadSignature);
		for all in [
			&[None, None, Some(5)][..],
			&[Some(5), None, None, Some(5)],
			&[Some(5), Some(5), Some(5)],
			&[Some(5), Some(5), None],
		] {
			is_refused(0, proof_of(&id, 0, all), ValidityError::SensorRevoked);
		}
		// They wait for a sensor in its place.
		assert_eq!(decide(id, &[Some(5), Some(5)]), 0);
		for result in [Some(5), None] {
			is_refused(2, proof_of(&id, 2, &[result]), ValidityError::SensorRevoked);
		}
	});
}

#[test]
fn no_window_settles_that_waits_for_a_sensors_key() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::change_sensor(1, |keys| keys.suspend(11, 3));
		for all in [
			&[None, None, None][..],
			&[Some(5), Some(5), None],
			&[None, None, Some(5)],
		] {
			is_refused(0, proof_of(&id, 0, all), ValidityError::SensorRevoked);
		}
		assert_eq!(decide(id, &[None, Some(5)]), 0);
		is_refused(2, proof_of(&id, 2, &[None]), ValidityError::SensorRevoked);
		MockDirectory::change_sensor(1, |keys| {
			let fresh = sp_core::ed25519::Public::from_raw([7; 32]);
			keys.rotate(21, 6, fresh).unwrap();
		});
		assert_eq!(decide(id, &[None, Some(5)]), 2);
	});
}

#[test]
fn what_was_computed_before_a_number_became_void_does_not_settle() {
	run(|| {
		let id = activate(&terms());
		let before = proof_of(&id, 0, &[Some(5), Some(5)]);
		MockDirectory::change_sensor(1, |keys| {
			keys.convict(11, 3);
		});
		is_refused(0, before, ValidityError::BadSignature);
		// What is known of the sensors is known of all windows: all commit anew.
		assert_eq!(decide(id, &[Some(5), Some(5)]), 0);
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
		assert_ok!(pay_out(id));
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
		assert_eq!(last_event(), ended(id, reason));
		let Prices {
			settlement: fee,
			payout,
			ending,
			storage_share,
			..
		} = prices(&scant);
		assert!(events().contains(&Event::Settled {
			agreement: id,
			number: 0,
			first: 0,
			outcomes: outcomes(&[Some(30)]),
			cost: fee,
		}));
		let end = <() as WeightInfo>::end(6, 2) + <() as WeightInfo>::payout(3, 2, 1);
		assert_eq!(
			weight,
			<() as WeightInfo>::settle(3, 2, 1) + end + searched()
		);
		let agreement = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(agreement.phase, Phase::Ended { reason, at: 5 });
		assert!(agreement.accrued.is_nothing());
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), 0);
		}
		// The least escrow is what the worst window, a payout, the end and a dispute take, and no more.
		let fees = [fee, payout, ending].map(|fee| fee.div_ceil(2));
		let most = fees.iter().sum::<u64>() + 2 * REWARD;
		assert_eq!(least, storage_share + most + DISPUTE + DISPUTE_DEPOSIT);
		let last = payout + ending;
		let spent = fee / 2 + last / 2 + 2 * REWARD;
		assert_eq!(free(&bob()), ENDOWMENT - storage_share - spent + 60);
		assert_eq!(free(&pot()), ENDOWMENT + fee + last);
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
fn the_pool_keeps_one_settlement_of_an_agreement() {
	run(|| {
		let id = activate(&terms());
		for (outcomes, tag) in [(&[Some(5)][..], 0u64), (&[Some(6), None], 0), (&[None], 0)] {
			let valid = authorize(id, 0, proof_of(&id, 0, outcomes)).unwrap();
			assert_eq!(valid.provides, [("syngraph/settle", (id, tag)).encode()]);
			assert!(valid.requires.is_empty());
			assert!(valid.propagate);
			assert_eq!((valid.priority, valid.longevity), (1_000_000, 64));
		}
		decide(id, &[Some(5), None]);
		let valid = authorize(id, 2, proof(&id, 2, 5)).unwrap();
		assert_eq!(valid.provides, [("syngraph/settle", (id, 2u64)).encode()]);
	});
}

/// Terms whose reaction tells two things of each result, between which money is moved.
fn telling() -> crate::TermsOf<Test> {
	let mut telling = terms();
	let label = text("rides");
	let log = syngraph_primitives::Step::Log { label };
	telling.reaction = vec![log.clone(), alice_pays_bob(), log].try_into().unwrap();
	telling
}

#[test]
fn what_is_not_used_is_refunded_and_the_length_is_paid() {
	for terms in [terms(), telling()] {
		let told = terms.reaction.len() as u32 - 1;
		// Windows with results, each among null ones, as many as there may be.
		for (windows, jointly) in [1, 2, 16]
			.into_iter()
			.flat_map(|it| [(it, false), (it, true)])
		{
			run(|| {
				let id = activate(&terms);
				if jointly {
					JointKeys::<Test>::insert(id, joint_key().public());
				}
				let all = [None, Some(5)].repeat(windows as usize);
				let all = [all, vec![None]].concat();
				let key = Some(joint_key().public());
				let single = proof_for(key, 0, &INTERMEDIARIES, &id, 0, &all);
				let joint = joint_proof(&joint_key(), 0, &id, 0, &all);
				let proof = if jointly { joint } else { single };
				let call = crate::Call::<Test>::settle {
					agreement: id,
					first: 0,
					proof: proof.clone(),
				};
				// There could be so many runs that their number takes another byte.
				let length = RuntimeCall::from(call).encoded_size() as u64 + 16 + 1;
				let weight = settle(id, 0, proof).unwrap();
				let react = match told {
					0 => Weight::zero(),
					_ => <() as WeightInfo>::react(told * windows),
				};
				let written: RuntimeDbWeight = <Test as frame_system::Config>::DbWeight::get();
				let installed = u64::from(!jointly);
				let installation = written.reads_writes(3 * installed, installed);
				let dispatched = <() as WeightInfo>::settle(3, 2, windows) + react;
				assert_eq!(weight, dispatched + installation);
				let weights: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
				let base = weights
					.get(frame_support::dispatch::DispatchClass::Normal)
					.base_extrinsic;
				let check = match jointly {
					true => <() as WeightInfo>::authorize_joint(3, 2, windows),
					false => <() as WeightInfo>::authorize_settle(3, 2, windows),
				};
				let weight = (weight + base + check).ref_time();
				let prices = prices(&terms);
				let first = if jointly {
					prices.joint
				} else {
					prices.settlement
				};
				let further = u64::from(windows - 1) * further(&prices, 4);
				let fee = first + further;
				// The first result could be longer, with more null windows around it. What each window adds is rounded
				// down, and is that of a round that is signed in the other way, if that is more.
				let exact = weight / 1_000_000 + length + 18;
				let lower = [
					<() as WeightInfo>::authorize_joint(3, 2, windows - 1),
					<() as WeightInfo>::authorize_settle(3, 2, windows - 1),
				];
				let more = lower[0].max(lower[1]).ref_time() - lower[0].min(lower[1]).ref_time();
				let within = exact - u64::from(windows)..=exact + more / 1_000_000;
				assert!(within.contains(&fee), "{fee}: {within:?}");
			});
		}
	}
}

#[test]
fn every_refusal_has_its_code() {
	let codes: std::collections::BTreeSet<u8> = [
		ValidityError::NotFound,
		ValidityError::NotActive,
		ValidityError::TooEarly,
		ValidityError::TooLate,
		ValidityError::AlreadyDecided,
		ValidityError::WrongCount,
		ValidityError::RepeatedSignature,
		ValidityError::EscrowExhausted,
		ValidityError::MissingKey,
		ValidityError::BadSignature,
		ValidityError::SensorRevoked,
		ValidityError::TooFarAhead,
		ValidityError::WrongOutcomes,
		ValidityError::TooManyResults,
		ValidityError::NoJointKey,
		ValidityError::BadJointSignature,
	]
	.map(|error| error as u8)
	.into();
	let former = [5, 6, 15, 16];
	assert_eq!(
		codes,
		(1..=20).filter(|code| !former.contains(code)).collect()
	);
	let refused: Result<(), TransactionValidityError> = refused(ValidityError::BadSignature);
	assert_eq!(refused, Err(ValidityError::BadSignature.into()));
}
