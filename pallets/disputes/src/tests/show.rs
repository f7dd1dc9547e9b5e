//! `show`: a window is shown in chunks, and the dispute pays.

use codec::Encode;
use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::SignedMessage;
use syngraph_protocol::{shown_key, Showing};

use super::*;
use crate::Event;

/// Ann and Bob have committed to different windows; Ann's is genuine.
fn opened() {
	open_by_inputs(honest(ANN), honest(BOB).seeing(2));
}

fn genuine() -> Vec<SignedMessage> {
	messages(WINDOW, 1)
}

/// What is known of the window that someone committed to.
fn hearing(stance: Stance) -> Option<crate::Hearing> {
	crate::Trials::<Test>::get(AGREEMENT, stance.root_of(WINDOW))
}

/// How many messages of it were shown.
fn position(stance: Stance) -> u32 {
	hearing(stance).map_or(0, |hearing| hearing.trial.position())
}

#[test]
fn a_window_is_shown_in_chunks() {
	run(|| {
		opened();
		let ann = honest(ANN);
		assert_applied(show_first(ann));
		assert_eq!(position(ann), 4);
		assert!(!hearing(ann).unwrap().complete);
		assert!(docket().shown.is_empty());
		assert_applied(show_last(ann));
		assert!(hearing(ann).unwrap().complete);
		let shown = docket().shown[0].clone();
		assert_eq!(shown.result, Some(RESULT));
		assert_eq!(shown.root, ann.root_of(WINDOW));
		System::assert_has_event(
			Event::Shown {
				agreement: AGREEMENT,
				first: FIRST,
				window: WINDOW,
				intermediary: ANN,
				result: Some(RESULT),
			}
			.into(),
		);
	});
}

#[test]
fn the_dispute_pays_and_nobody_advances_anything() {
	run(|| {
		opened();
		let before = spent();
		let shown = applied(show_first(honest(ANN))) + applied(show_last(honest(ANN)));
		assert_eq!(spent(), before + shown);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
	});
}

#[test]
fn whoever_committed_to_the_root_may_go_on() {
	run(|| {
		let [ann, cid] = open_with_cid();
		assert_applied(show_first(ann));
		assert_eq!(position(cid), 4);
		assert_refused(show_first(cid), ValidityError::WrongPosition);
		assert_applied(show_last(cid));
		assert!(hearing(ann).unwrap().complete);
		assert_refused(show_last(ann), ValidityError::NothingToShow);
	});
}

#[test]
fn who_has_nothing_left_can_still_show_its_window() {
	run(|| {
		opened();
		alter(|books| books.liable.insert(ANN, 0));
		show_all(honest(ANN));
		assert_eq!(lost(ANN), 0);
		assert_eq!(docket().shown.len(), 1);
	});
}

/// Absences are paid out of the liability that pays for bad chunks as well.
#[test]
fn who_was_absent_before_can_still_show_its_window() {
	run(|| {
		alter(|books| books.liable.insert(ANN, ABSENCE_FEE / 2));
		let heard = vec![honest(BOB).commit(), honest(CID).commit()];
		assert_applied(complain(heard, heads(WINDOW)));
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().absent, [ANN]);
		assert_eq!(liable(ANN), 0);
		alter(|books| books.closed.clear());
		// The sensors sign for Bob what they did not sign for Ann.
		let (ann, bob) = (honest(ANN), honest(BOB).seeing_last(2));
		open_by_inputs(ann, bob);
		show_all(bob);
		show_all(ann);
		miss_deadline();
		assert_applied(judge());
		assert_eq!((closed().convicted, closed().absent), (vec![], vec![]));
	});
}

#[test]
fn chunks_are_as_large_as_they_may_be_and_come_in_order() {
	run(|| {
		opened();
		let all = genuine();
		let ann = |position, messages: &[SignedMessage]| show(honest(ANN), position, messages);
		assert_refused(ann(4, &all[4..]), ValidityError::WrongPosition);
		assert_refused(ann(0, &all[..3]), ValidityError::WrongMessages);
		assert_refused(ann(0, &[]), ValidityError::WrongMessages);
		assert_applied(ann(0, &all[..4]));
		assert_refused(ann(0, &all[..4]), ValidityError::WrongPosition);
		assert_refused(ann(4, &all[4..5]), ValidityError::WrongMessages);
		let mut more = all[4..].to_vec();
		more.push(message(SENSORS[1], 13 + 3 * WINDOW, 1));
		let mut longer = showing(honest(ANN), WINDOW, 4, &all[4..]);
		longer.messages = Showing::hash(&more);
		assert_refused(
			show_signed(&pair(ANN), longer, &more),
			ValidityError::WrongMessages,
		);
		assert_applied(ann(4, &all[4..]));
	});
}

#[test]
fn the_members_signature_comes_before_any_message() {
	run(|| {
		opened();
		let all = &genuine()[..4];
		let mut forged = all.to_vec();
		forged[0].message.timestamp = 7;
		let announced = showing(honest(ANN), WINDOW, 0, all);
		let by_eve = show_signed(&pair(EVE), announced.clone(), all);
		assert_refused(by_eve, ValidityError::BadSignature);
		let by_eve = show_signed(
			&pair(EVE),
			showing(honest(ANN), WINDOW, 0, &forged),
			&forged,
		);
		assert_refused(by_eve, ValidityError::BadSignature);
		assert_refused(
			show_signed(&pair(ANN), announced, &forged),
			ValidityError::WrongMessages,
		);
		let refused = |change: fn(&mut Showing), error| {
			let mut other = showing(honest(ANN), WINDOW, 0, all);
			change(&mut other);
			assert_refused(show_signed(&pair(ANN), other, all), error);
		};
		refused(
			|it| it.round.agreement = H256::zero(),
			ValidityError::NotOpen,
		);
		refused(|it| it.round.roster += 1, ValidityError::OtherRound);
		refused(|it| it.round.first += 1, ValidityError::OtherRound);
		refused(
			|it| it.round.version.changes += 1,
			ValidityError::OtherVersion,
		);
		refused(|it| it.window = FIRST, ValidityError::NothingToShow);
		refused(|it| it.root = H256::zero(), ValidityError::NothingToShow);
		refused(|it| it.intermediary = EVE, ValidityError::NotIntermediary);
	});
}

#[test]
fn only_a_window_that_was_committed_to_is_shown_and_once() {
	run(|| {
		opened();
		let all = genuine();
		assert_refused(show_first(honest(CID)), ValidityError::NothingToShow);
		show_all(honest(ANN));
		let again = show(honest(ANN), 6, &all[..1]);
		assert_refused(again, ValidityError::NothingToShow);
	});
	run(|| {
		let [ann, cid] = open_with_cid();
		show_all(ann);
		assert_refused(show_first(cid), ValidityError::NothingToShow);
	});
}

#[test]
fn the_path_leads_from_the_window_to_what_was_committed_to() {
	run(|| {
		let [ann, cid] = open_with_cid();
		let all = &genuine()[..4];
		let with = |path| {
			let mut other = showing(ann, WINDOW, 0, all);
			other.path = path;
			show_signed(&pair(ANN), other, all)
		};
		for path in [
			Default::default(),
			ann.path(FIRST),
			honest(BOB).seeing(2).path(FIRST),
			ann.until(END + 1).path(WINDOW),
		] {
			assert_refused(with(path), ValidityError::NothingToShow);
		}
		// That of a member with the same data is the same.
		assert_applied(with(cid.path(WINDOW)));
	});
}

#[test]
fn nothing_is_shown_that_nobody_asked_for() {
	run(|| {
		open_complaint();
		let call = show_first(honest(ANN));
		assert_refused(call.clone(), ValidityError::NothingToShow);
		let (left, right) = (honest(BOB).seeing(2), honest(ANN));
		assert_applied(file(&left.commit()));
		assert_refused(call.clone(), ValidityError::NothingToShow);
		narrow(&[left, right]);
		let other = chunks(honest(ANN), FIRST).swap_remove(0);
		assert_refused(other, ValidityError::NothingToShow);
		assert_applied(call);
	});
}

#[test]
fn the_deadline_is_the_last_block_for_showing() {
	run(|| {
		opened();
		wait(ANSWER);
		assert_applied(show_first(honest(ANN)));
		wait(1);
		assert_refused(show_last(honest(ANN)), ValidityError::TooLate);
	});
}

#[test]
fn a_settled_round_needs_no_evidence() {
	run(|| {
		opened();
		let call = show_first(honest(ANN));
		settle();
		assert_refused(call, ValidityError::Settled);
	});
}

#[test]
fn what_is_shown_reaches_those_that_lack_it() {
	let mut externalities = externalities();
	externalities.execute_with(|| {
		opened();
		assert_applied(show_first(honest(ANN)));
		let mut forged = genuine();
		forged[4].signature = Default::default();
		assert_applied(show(honest(ANN), 4, &forged[4..]));
	});
	externalities.persist_offchain_overlay();
	let kept = externalities.offchain_db();
	externalities.execute_with(|| {
		for (index, signed) in genuine().into_iter().enumerate() {
			let message = &signed.message;
			let key = shown_key(message.sensor, message.sequence);
			let found = kept.get(&key);
			// What was not what the member said reaches nobody.
			assert_eq!(found, (index < 4).then(|| signed.encode()));
		}
	});
}

#[test]
fn only_an_authorised_transaction_shows() {
	run(|| {
		opened();
		let all = genuine();
		let chunk = crate::ChunkOf::<Test>::try_from(all[..4].to_vec()).unwrap();
		let showing = showing(honest(ANN), WINDOW, 0, &chunk);
		let signature = Default::default();
		assert_noop!(
			Disputes::show(RuntimeOrigin::signed(1), showing, chunk, signature),
			DispatchError::BadOrigin
		);
	});
}
