//! `show`: a window is shown in chunks, and the dispute pays.

use codec::Encode;
use frame_support::assert_noop;
use sp_core::{Pair, H256};
use sp_runtime::DispatchError;
use syngraph_primitives::SignedMessage;
use syngraph_protocol::{shown_key, Fault, Showing, Stage};

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
fn hearing(view: View) -> Option<crate::Hearing> {
	crate::Trials::<Test>::get(AGREEMENT, view.commitment().root)
}

/// How many messages of it were shown.
fn position(view: View) -> u32 {
	hearing(view).map_or(0, |hearing| hearing.trial.position())
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
		assert_eq!(shown.root, ann.commitment().root);
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
fn the_dispute_pays_and_nobody_advances_anything() {
	run(|| {
		opened();
		let before = spent();
		let shown = applied(show_first(honest(ANN))) + applied(show_last(honest(ANN)));
		assert_eq!(spent(), before + shown);
		assert_eq!(dispute().unwrap().shown_by.to_vec(), [shown, 0, 0]);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
	});
}

#[test]
fn whoever_committed_to_the_root_may_go_on() {
	run(|| {
		opened();
		let [ann, _, cid] = all_honest();
		assert_applied(file(&cid.commit()));
		let first = applied(show_first(ann));
		assert_eq!(position(cid), 4);
		assert_refused(show_first(cid), Refusal::WrongPosition);
		let last = applied(show_last(cid));
		assert_eq!(dispute().unwrap().shown_by.to_vec(), [first, 0, last]);
		assert!(hearing(ann).unwrap().complete);
		assert_refused(show_last(ann), Refusal::NothingToShow);
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
		let ann = honest(ANN);
		alter(|books| books.liable.insert(ANN, ABSENCE_FEE / 2));
		assert_applied(complain(honest(BOB).utterance(None), heads(WINDOW)));
		assert_applied(file(&honest(CID).commit()));
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().absent, [ANN]);
		assert_eq!(liable(ANN), 0);
		alter(|books| books.closed.clear());
		// The sensors sign for Bob what they did not sign for Ann.
		let bob = honest(BOB).seeing(2);
		open_by_inputs(ann, bob);
		show_all(bob);
		show_all(ann);
		miss_deadline();
		assert_applied(judge());
		assert_eq!((closed().convicted, closed().absent), (vec![], vec![]));
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
		assert_applied(file(&signed(Statement::Commit(copied))));
		assert_eq!(waits_for().0, Stage::Reveals);
		show_all(honest(ANN));
		assert_eq!(waits_for().0, Stage::Evidence);
		assert_eq!(read(|books| books.open), Some((WINDOW, true)));
		assert_eq!(
			docket().judge(START, false).faults,
			[(CID, Fault::FalsePossession)]
		);
	});
}

#[test]
fn chunks_are_as_large_as_they_may_be_and_come_in_order() {
	run(|| {
		opened();
		let all = genuine();
		let ann = |position, messages: &[SignedMessage]| show(honest(ANN), position, messages);
		assert_refused(ann(4, &all[4..]), Refusal::WrongPosition);
		assert_refused(ann(0, &all[..3]), Refusal::WrongMessages);
		assert_refused(ann(0, &[]), Refusal::WrongMessages);
		assert_applied(ann(0, &all[..4]));
		assert_refused(ann(0, &all[..4]), Refusal::WrongPosition);
		assert_refused(ann(4, &all[4..5]), Refusal::WrongMessages);
		let mut more = all[4..].to_vec();
		more.push(message(SENSORS[1], 13 + 3 * WINDOW, 1));
		let mut longer = showing(honest(ANN), 4, &all[4..]);
		longer.messages = Showing::hash(&more);
		assert_refused(
			show_signed(&pair(ANN), longer, &more),
			Refusal::WrongMessages,
		);
		assert_applied(ann(4, &all[4..]));
	});
}

#[test]
fn who_shows_what_the_sensors_did_not_say_pays_for_it() {
	let charged = |change: fn(&mut SignedMessage)| {
		run(|| {
			opened();
			let mut all = genuine();
			change(&mut all[3]);
			assert_charged(ANN, show(honest(ANN), 0, &all[..4]));
			assert_eq!(liable(ANN), LIABILITY - lost(ANN));
		})
	};
	charged(|signed| signed.message.sensor = 5);
	charged(|signed| signed.message.sequence += 1);
	charged(|signed| signed.message.values = Default::default());
	// All that is wrong is the last signature.
	charged(|signed| signed.signature = Default::default());
}

#[test]
fn what_is_shown_belongs_to_the_window_that_was_committed_to() {
	// Every message is genuine, but of another window than Bob's.
	run(|| {
		opened();
		let (all, bob) = (genuine(), honest(BOB).seeing(2));
		assert_charged(BOB, show(bob, 0, &all[..4]));
		assert!(docket().shown.is_empty());
	});
	// Nor does it help to say that the rest is Ann's.
	run(|| {
		opened();
		let (all, bob) = (genuine(), honest(BOB).seeing(2));
		let mut announced = showing(honest(ANN), 0, &all[..4]);
		(announced.intermediary, announced.root) = (BOB, bob.commitment().root);
		assert_charged(BOB, show_signed(&pair(BOB), announced, &all[..4]));
		assert!(docket().shown.is_empty());
	});
}

#[test]
fn nobody_can_spoil_what_others_show() {
	// Cid has committed to Ann's window, and shows genuine messages with the same numbers.
	let other = || messages(WINDOW, 2);
	run(|| {
		opened();
		let [ann, _, cid] = all_honest();
		assert_applied(file(&cid.commit()));
		assert_charged(CID, show(cid, 0, &other()[..4]));
		show_all(ann);
		assert_eq!(docket().shown.len(), 1);
	});
	run(|| {
		opened();
		let [ann, _, cid] = all_honest();
		assert_applied(file(&cid.commit()));
		assert_applied(show_first(ann));
		assert_charged(CID, show(cid, 4, &other()[4..]));
		// Not even with the right ones.
		assert_refused(show_last(cid), Refusal::Misled);
		assert_applied(show_last(ann));
		assert_eq!(docket().shown.len(), 1);
	});
}

/// A bad chunk of Ann's.
fn bad() -> RuntimeCall {
	let mut all = genuine();
	all[3].signature = Default::default();
	show(honest(ANN), 0, &all[..4])
}

#[test]
fn a_bad_chunk_is_paid_for_as_far_as_its_author_is_liable() {
	for left in [0, 7] {
		run(|| {
			opened();
			alter(|books| books.liable.insert(ANN, left));
			assert_charged(ANN, bad());
			assert_eq!(lost(ANN), left);
		});
	}
}

#[test]
fn nothing_more_is_heard_from_who_showed_a_bad_chunk() {
	run(|| {
		opened();
		assert_applied(bad());
		// It is refused before any signature is looked at.
		let mut forged = showing(honest(ANN), 0, &genuine()[..4]);
		assert_refused(show_first(honest(ANN)), Refusal::Misled);
		forged.position = 9;
		assert_refused(
			show_signed(&pair(EVE), forged, &genuine()[..4]),
			Refusal::Misled,
		);
		// In the next dispute it is heard again.
		for user in [1, 2, 3] {
			let origin = RuntimeOrigin::signed(user);
			Disputes::reconcile(origin, AGREEMENT, WINDOW).unwrap();
		}
		alter(|books| books.frozen.clear());
		opened();
		show_all(honest(ANN));
	});
}

/// If it makes blocks, it would pay itself.
#[test]
fn a_liar_cannot_burn_what_it_owes_to_the_harmed() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		let all = [ann, liar, cid];
		open_by_results(ann, liar, &all);
		answer(&all, &[]);
		let mut bad = genuine()[..4].to_vec();
		bad[3].signature = Default::default();
		let call = show(liar, 0, &bad);
		let once = fee(&call);
		let mut times = 0;
		while apply(call.clone()).is_ok() {
			times += 1;
		}
		assert_eq!((times, lost(BOB)), (1, once));
		show_all(ann);
		let cost = spent() + applied(judge());
		assert_eq!(closed().convicted, [BOB]);
		let penalty = LIABILITY - once - cost;
		let witnesses = 2 * (penalty / 10 / 2);
		assert_eq!(paid(1) + paid(3), penalty - witnesses);
	});
}

/// Ann's window is shown in a dispute that comes to nothing since a key turns out to be another. In the next one
/// Bob shows, in her name, what she showed in the first.
#[test]
fn what_was_shown_of_another_version_is_not_held_against_its_author() {
	run(|| {
		opened();
		let before = show_first(honest(ANN));
		wait(1);
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.rotate(1, START + 1, sensor_pair(9).public()).unwrap();
		});
		assert_applied(judge());
		let [left, right] = [honest(ANN), honest(BOB).seeing(2)].map(|view| {
			let mut commitment = view.commitment();
			commitment.version = VERSION + 1;
			signed(Statement::Commit(commitment))
		});
		assert_applied(report(&left, &right));
		assert_refused(before, Refusal::OtherVersion);
		assert!(!docket().has_misled(0));
	});
}

#[test]
fn the_members_signature_comes_before_any_message() {
	run(|| {
		opened();
		let all = &genuine()[..4];
		let mut forged = all.to_vec();
		forged[0].message.timestamp = 7;
		let announced = showing(honest(ANN), 0, all);
		let by_eve = show_signed(&pair(EVE), announced.clone(), all);
		assert_refused(by_eve, Refusal::BadSignature);
		let by_eve = show_signed(&pair(EVE), showing(honest(ANN), 0, &forged), &forged);
		assert_refused(by_eve, Refusal::BadSignature);
		assert_refused(
			show_signed(&pair(ANN), announced, &forged),
			Refusal::WrongMessages,
		);
		let refused = |change: fn(&mut Showing), refusal| {
			let mut other = showing(honest(ANN), 0, all);
			change(&mut other);
			assert_refused(show_signed(&pair(ANN), other, all), refusal);
		};
		refused(|showing| showing.roster += 1, Refusal::OtherRound);
		refused(|showing| showing.window += 1, Refusal::NotOpen);
		refused(
			|showing| showing.root = H256::zero(),
			Refusal::NothingToShow,
		);
		refused(
			|showing| showing.intermediary = EVE,
			Refusal::NotIntermediary,
		);
	});
}

#[test]
fn only_a_window_that_was_committed_to_is_shown_and_once() {
	run(|| {
		opened();
		let all = genuine();
		assert_refused(show_first(honest(CID)), Refusal::NothingToShow);
		show_all(honest(ANN));
		let again = show(honest(ANN), 6, &all[..1]);
		assert_refused(again, Refusal::NothingToShow);
		assert_applied(file(&honest(CID).commit()));
		assert_refused(show_first(honest(CID)), Refusal::NothingToShow);
	});
}

#[test]
fn the_deadline_is_the_last_block_for_showing() {
	run(|| {
		opened();
		wait(ANSWER);
		assert_applied(show_first(honest(ANN)));
		wait(1);
		assert_refused(show_last(honest(ANN)), Refusal::TooLate);
	});
}

#[test]
fn a_settled_window_is_not_shown() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		assert_refused(show_first(honest(ANN)), Refusal::Settled);
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
		let showing = showing(honest(ANN), 0, &chunk);
		let signature = Default::default();
		assert_noop!(
			Disputes::show(RuntimeOrigin::signed(1), showing, chunk, signature),
			DispatchError::BadOrigin
		);
	});
}
