//! `show`: a window is shown in chunks, at the expense of the member that shows it.

use codec::Encode;
use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_protocol::{Fault, Stage};

use super::*;
use crate::Event;

/// Ann and Bob have committed to different windows; Ann's is genuine.
fn opened() {
	open_by_inputs(honest(ANN), honest(BOB).seeing(2));
}

fn genuine() -> Vec<syngraph_primitives::SignedMessage> {
	messages(WINDOW, 1)
}

/// What a chunk costs.
fn fee(chunk: &[syngraph_primitives::SignedMessage]) -> u64 {
	let bytes: usize = chunk.iter().map(|message| message.encoded_size()).sum();
	Disputes::show_fee(chunk.len() as u32, bytes as u32)
}

#[test]
fn a_window_is_shown_in_chunks() {
	run(|| {
		opened();
		let all = genuine();
		assert_applied(show(ANN, 0, &all[..4]));
		let hearing = crate::Trials::<Test>::get((AGREEMENT, WINDOW), 0).unwrap();
		assert_eq!((hearing.trial.position(), hearing.complete), (4, false));
		assert!(docket().shown.is_empty());
		assert_applied(show(ANN, 4, &all[4..]));
		let hearing = crate::Trials::<Test>::get((AGREEMENT, WINDOW), 0).unwrap();
		assert!(hearing.complete);
		let shown = docket().shown[0].clone();
		assert_eq!(shown.result, Some(RESULT));
		assert_eq!(shown.root, honest(ANN).commitment().root);
		System::assert_has_event(
			Event::Shown {
				agreement: AGREEMENT,
				window: WINDOW,
				intermediary: ANN,
				result: Some(RESULT),
			}
			.into(),
		);
	});
}

#[test]
fn the_member_advances_the_fees() {
	run(|| {
		opened();
		let escrow = read(|books| books.escrow);
		let all = genuine();
		show_all(honest(ANN));
		let advance = fee(&all[..4]) + fee(&all[4..]);
		assert_eq!(read(|books| books.bonds[&ANN]), BOND - advance);
		assert_eq!(read(|books| books.escrow), escrow);
		let hearing = crate::Trials::<Test>::get((AGREEMENT, WINDOW), 0).unwrap();
		assert_eq!(hearing.advance, advance);
	});
}

#[test]
fn who_cannot_advance_the_fee_is_refused() {
	run(|| {
		opened();
		let all = genuine();
		alter(|books| books.bonds.insert(ANN, fee(&all[..4]) - 1));
		assert_refused(show(ANN, 0, &all[..4]), Refusal::CannotAdvance);
		alter(|books| books.bonds.insert(ANN, fee(&all[..4])));
		assert_applied(show(ANN, 0, &all[..4]));
		assert_eq!(read(|books| books.bonds[&ANN]), 0);
		alter(|books| {
			books.bonds.insert(ANN, BOND);
			books.fees -= fee(&all[..4]);
		});
	});
}

#[test]
fn a_window_that_was_shown_convicts_those_with_another() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		// A window may be shown before anything is contested.
		let mut copied = honest(CID).commitment();
		copied.possession = H256::zero();
		assert_applied(file(&signed(syngraph_primitives::Statement::Commit(
			copied,
		))));
		assert_eq!(waits_for().0, Stage::Reveals);
		show_all(honest(ANN));
		assert_eq!(waits_for().0, Stage::Evidence);
		assert!(read(|books| books.open[&WINDOW]));
		assert_eq!(
			docket().judge(START, false).faults,
			[(CID, Fault::FalsePossession)]
		);
	});
}

#[test]
fn chunks_come_in_order() {
	run(|| {
		opened();
		let all = genuine();
		assert_refused(show(ANN, 2, &all[2..4]), Refusal::WrongPosition);
		assert_applied(show(ANN, 0, &all[..2]));
		assert_refused(show(ANN, 0, &all[..2]), Refusal::WrongPosition);
		assert_refused(show(ANN, 2, &all[3..5]), Refusal::WrongMessages);
		assert_applied(show(ANN, 2, &all[2..4]));
		let mut more = all[4..].to_vec();
		more.push(message(SENSORS[1], 13 + 3 * WINDOW, 1));
		assert_refused(show(ANN, 4, &more), Refusal::WrongMessages);
		assert_refused(show(ANN, 4, &[]), Refusal::WrongMessages);
	});
}

#[test]
fn messages_must_be_those_of_the_sensors() {
	run(|| {
		opened();
		let refused = |change: fn(&mut syngraph_primitives::SignedMessage), refusal| {
			let mut all = genuine();
			change(&mut all[1]);
			assert_refused(show(ANN, 0, &all[..4]), refusal);
		};
		refused(|signed| signed.message.sensor = 6, Refusal::WrongMessages);
		refused(
			|signed| signed.message.sequence += 1,
			Refusal::WrongMessages,
		);
		refused(
			|signed| signed.message.values = Default::default(),
			Refusal::WrongMessages,
		);
		refused(|signed| signed.message.timestamp = 7, Refusal::BadSignature);
	});
}

#[test]
fn the_members_signature_comes_first() {
	run(|| {
		opened();
		let all = &genuine()[..4];
		let mut forged = all.to_vec();
		forged[0].message.timestamp = 7;
		let announced = showing(ANN, 0, all);
		let by_eve = show_signed(&pair(EVE), announced.clone(), all);
		assert_refused(by_eve, Refusal::BadSignature);
		assert_refused(
			show_signed(&pair(ANN), announced, &forged),
			Refusal::WrongMessages,
		);
		let mut other = showing(ANN, 0, all);
		other.roster += 1;
		assert_refused(show_signed(&pair(ANN), other, all), Refusal::OtherRound);
		let mut other = showing(ANN, 0, all);
		other.window += 1;
		assert_refused(show_signed(&pair(ANN), other, all), Refusal::NotOpen);
		assert_refused(show(EVE, 0, all), Refusal::NotIntermediary);
	});
}

#[test]
fn only_a_window_that_was_committed_to_is_shown_and_once() {
	run(|| {
		opened();
		let all = genuine();
		assert_refused(show(CID, 0, &all[..4]), Refusal::NothingToShow);
		show_all(honest(ANN));
		assert_refused(show(ANN, 6, &all[..1]), Refusal::NothingToShow);
		assert_applied(file(&honest(CID).commit()));
		assert_refused(show(CID, 0, &all[..4]), Refusal::NothingToShow);
	});
}

#[test]
fn an_invented_window_cannot_be_shown() {
	run(|| {
		opened();
		let all = genuine();
		assert_applied(show(BOB, 0, &all[..4]));
		assert_refused(show(BOB, 4, &all[4..]), Refusal::WrongRoot);
		assert!(docket().shown.is_empty());
	});
}

#[test]
fn the_deadline_is_the_last_block_for_showing() {
	run(|| {
		opened();
		let all = genuine();
		wait(ANSWER);
		assert_applied(show(ANN, 0, &all[..4]));
		wait(1);
		assert_refused(show(ANN, 4, &all[4..]), Refusal::TooLate);
	});
}

#[test]
fn a_settled_window_is_not_shown() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		assert_refused(show(ANN, 0, &genuine()[..4]), Refusal::Settled);
	});
}

#[test]
fn messages_count_by_the_key_of_their_time() {
	let rotated = |since| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.rotate(1, since, sp_core::Pair::public(&sensor_pair(9)))
				.unwrap();
		})
	};
	run(|| {
		opened();
		rotated(START - LOOKBACK + 1);
		assert_applied(show(ANN, 0, &genuine()[..4]));
	});
	run(|| {
		opened();
		rotated(START - LOOKBACK);
		assert_refused(show(ANN, 0, &genuine()[..4]), Refusal::BadSignature);
	});
}

#[test]
fn the_pool_keeps_one_of_each_chunk() {
	run(|| {
		opened();
		let all = genuine();
		let (two, four) = (show(ANN, 0, &all[..2]), show(ANN, 0, &all[..4]));
		assert_exclusive(&two, &four, true);
		assert_exclusive(&two, &show(BOB, 0, &all[..2]), false);
	});
}

#[test]
fn only_an_authorised_transaction_shows() {
	run(|| {
		opened();
		let all = genuine();
		let chunk = crate::ChunkOf::<Test>::try_from(all[..4].to_vec()).unwrap();
		let showing = showing(ANN, 0, &chunk);
		let signature = Default::default();
		assert_noop!(
			Disputes::show(RuntimeOrigin::signed(1), showing, chunk, signature),
			DispatchError::BadOrigin
		);
	});
}
