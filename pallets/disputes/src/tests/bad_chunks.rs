//! `show`: what is not what the member said it was.

use sp_core::Pair;
use syngraph_primitives::SignedMessage;

use super::*;

/// Ann and Bob have committed to different windows; Ann's is genuine.
fn opened() {
	open_by_inputs(honest(ANN), honest(BOB).seeing(2));
}

fn genuine() -> Vec<SignedMessage> {
	messages(WINDOW, 1)
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
		let mut announced = showing(honest(ANN), WINDOW, 0, &all[..4]);
		let own = showing(bob, WINDOW, 0, &all[..4]);
		(announced.intermediary, announced.root) = (BOB, own.root);
		announced.path = own.path;
		assert_charged(BOB, show_signed(&pair(BOB), announced, &all[..4]));
		assert!(docket().shown.is_empty());
	});
}

#[test]
fn nobody_can_spoil_what_others_show() {
	// Cid has committed to Ann's window, and shows genuine messages with the same numbers.
	let other = || messages(WINDOW, 2);
	run(|| {
		let [ann, cid] = open_with_cid();
		assert_charged(CID, show(cid, 0, &other()[..4]));
		show_all(ann);
		assert_eq!(docket().shown.len(), 1);
	});
	run(|| {
		let [ann, cid] = open_with_cid();
		assert_applied(show_first(ann));
		assert_charged(CID, show(cid, 4, &other()[4..]));
		// Not even with the right ones.
		assert_refused(show_last(cid), ValidityError::Misled);
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
		let mut forged = showing(honest(ANN), WINDOW, 0, &genuine()[..4]);
		assert_refused(show_first(honest(ANN)), ValidityError::Misled);
		forged.position = 9;
		assert_refused(
			show_signed(&pair(EVE), forged, &genuine()[..4]),
			ValidityError::Misled,
		);
		// In the next dispute it is heard again.
		all_consent();
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
		open_by_results(&all);
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
			keys.rotate(1, START + 1, sensor_pair(SECOND_KEY).public())
				.unwrap();
		});
		assert_applied(judge());
		opened();
		// Nor is it about this roster.
		assert_refused(before, ValidityError::OtherRound);
		assert!(!docket().has_misled(0));
	});
}
