use super::*;
use crate::codes::Retry;
use codec::MaxEncodedLen;
use std::collections::BTreeSet;
use syngraph_primitives::{SchemaError, MAX_BACKLOG, MAX_KEYS};
use syngraph_worker::traces::{Rules, Traces};

use Answer::{Accepted, Duplicate, Gap};

/// What is refused leaves the trace as it was.
fn assert_refused(message: SignedMessage, reason: Refusal) {
	let (intake, _) = setup();
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Accepted);
	assert_eq!(submit_one(&intake, message), refused(reason));
	assert_eq!(head(&intake, LOCK), Ok(1));
	assert_eq!(submit_one(&intake, good(LOCK, 1)), Accepted);
}

#[test]
fn messages_in_order_are_accepted_and_stored() {
	let (intake, _, store) = setup_with_store();
	let messages: Vec<_> = (0..5).map(|sequence| good(LOCK, sequence)).collect();
	assert_eq!(submit(&intake, &messages[..2]), [Accepted; 2]);
	assert_eq!(submit(&intake, &messages[2..]), [Accepted; 3]);
	assert_eq!(head(&intake, LOCK), Ok(5));
	let traces = Traces::new(Persistent::new(store));
	for stored in messages {
		assert_eq!(traces.message(LOCK, stored.message.sequence), Some(stored));
	}
}

#[test]
fn a_trace_begins_where_the_agreements_begin() {
	let (intake, chain) = setup();
	chain.change(LOCK, |info| info.first = Some(10));
	assert_eq!(head(&intake, LOCK), Ok(10));
	// An agreement may come that begins with it, until the trace does.
	let unneeded = refused(Refusal::Unneeded);
	assert_eq!(submit_one(&intake, good(LOCK, 9)), unneeded);
	assert_eq!(submit_one(&intake, good(LOCK, 11)), Gap { expected: 10 });
	chain.change(LOCK, |info| info.first = Some(9));
	assert_eq!(submit_one(&intake, good(LOCK, 9)), Accepted);
	assert_eq!(submit_one(&intake, good(LOCK, 10)), Accepted);
	assert_eq!(submit_one(&intake, good(LOCK, 8)), refused(Refusal::Old));
	chain.change(LOCK, |info| info.first = Some(50));
	assert_eq!(
		head(&intake, LOCK),
		Ok(50),
		"what lies between is needed by none"
	);
	assert_eq!(submit_one(&intake, good(LOCK, 50)), Accepted);
}

#[test]
fn receipts_are_in_the_order_of_the_batch_whatever_it_mixes() {
	let (intake, _) = setup();
	let batch = [
		good(LOCK, 0),
		good(4, 0),
		good(LOCK, 2),
		good(9, 0),
		good(LOCK, 1),
		good(4, 1),
	];
	assert_eq!(
		submit(&intake, &batch),
		[
			Accepted,
			Accepted,
			Gap { expected: 1 },
			refused(Refusal::UnknownSensor),
			Accepted,
			Accepted
		]
	);
	assert_eq!((head(&intake, LOCK), head(&intake, 4)), (Ok(2), Ok(2)));
}

/// Whoever sends what is over again and again must not use up the signatures that are there for others.
#[test]
fn no_signature_is_checked_of_what_is_no_longer_kept() {
	let (intake, _, store) = setup_with_store();
	submit(&intake, &[good(LOCK, 0), good(LOCK, 1)]);
	Traces::new(Persistent::new(store)).drop_before(LOCK, 1);
	let bytes = good(LOCK, 0).encode();
	let tally = Tally::endless();
	let answers = intake.take([&bytes[..]].into_iter(), &tally);
	assert_eq!(answers, [refused(Refusal::Old)]);
	assert_eq!(tally.counted(), (0, 0));
}

#[test]
fn what_was_for_nothing_is_counted_and_ends_the_batch() {
	let (intake, _) = setup();
	submit(&intake, &[good(LOCK, 0)]);
	let forged = sign(message(LOCK, 1), &key(4));
	let mut replaced = good(LOCK, 0);
	replaced.message.timestamp = 99;
	let tally = Tally::endless();
	// One of them has the number of one that is stored.
	let batch = [
		forged.clone(),
		replaced,
		good(9, 0),
		good(9, 1),
		good(LOCK, 0),
	];
	submit_for(&intake, &batch, &tally);
	assert_eq!(tally.counted(), (2, 3));
	// Good ones cost nothing.
	let tally = Tally::endless();
	submit_for(&intake, &[good(LOCK, 1), good(4, 0)], &tally);
	assert_eq!(tally.counted(), (2, 0));
	let tally = Tally::up_to(2);
	let forged = sign(message(LOCK, 2), &key(4));
	let answers = submit_for(&intake, &vec![forged; 100], &tally);
	assert_eq!(answers[..3], vec![refused(Refusal::UnknownKey); 3]);
	assert_eq!(answers[3..], vec![Gap { expected: 2 }; 97]);
	assert_eq!(tally.counted(), (3, 3));
}

/// Each of them is looked up in the runtime, which takes longer than a signature.
#[test]
fn sensors_that_nobody_registered_are_not_looked_up_without_end() {
	let (intake, _) = setup();
	let tally = Tally::up_to(2);
	let batch: Vec<_> = (100..200).map(|sensor| good(sensor, 0)).collect();
	let answers = submit_for(&intake, &batch, &tally);
	assert_eq!(answers[..3], vec![refused(Refusal::UnknownSensor); 3]);
	assert_eq!(answers[3..], vec![refused(Refusal::TooFast); 97]);
	assert_eq!(intake.head(300, &tally), Err(Refusal::TooFast));
	assert_eq!(tally.counted(), (0, 3));
	let asked = Tally::endless();
	assert_eq!(intake.head(300, &asked), Err(Refusal::UnknownSensor));
	assert_eq!(intake.head(LOCK, &asked), Ok(0));
	assert_eq!(asked.counted(), (0, 1));
}

#[test]
fn a_repeated_message_is_a_duplicate() {
	let (intake, _) = setup();
	assert_eq!(
		submit(&intake, &[good(LOCK, 0), good(LOCK, 0)]),
		[Accepted, Duplicate]
	);
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Duplicate);
	assert_eq!(head(&intake, LOCK), Ok(1));
}

#[test]
fn another_message_under_a_stored_number_conflicts() {
	assert_refused(
		changed(0, |message| message.timestamp = 99),
		Refusal::Conflict,
	);
	// Whoever does not hold the key cannot even ask.
	let mut forged = good(LOCK, 0);
	forged.message.timestamp = 99;
	assert_refused(forged, Refusal::BadSignature);
}

#[test]
fn a_sensor_that_signs_twice_is_remembered() {
	let (intake, _, store) = setup_with_store();
	let traces = Traces::new(Persistent::new(store));
	submit(&intake, &[good(LOCK, 0), good(LOCK, 1)]);
	let mut forged = good(LOCK, 1);
	forged.message.timestamp = 99;
	submit_one(&intake, forged);
	assert_eq!(
		traces.contradiction(LOCK),
		None,
		"nobody can forge evidence"
	);
	let other = changed(1, |message| message.timestamp = 99);
	submit_one(&intake, other.clone());
	assert_eq!(traces.contradiction(LOCK), Some((good(LOCK, 1), other)));
}

/// The owner has paid for one number, or has taken the key away with which it was signed twice: the sensor is accused
/// of the next one all the same.
#[test]
fn a_sensor_that_signs_twice_once_more_is_remembered_by_that() {
	type Change = fn(&mut SensorInfo);
	let spent: [Change; 2] = [
		|info| {
			info.keys.convict(1, 7);
			info.keys.rotate(2, 8, key(77).public()).expect("ahead");
		},
		|info| {
			info.keys.rotate(1, 8, key(77).public()).expect("ahead");
		},
	];
	for change in spent {
		let (intake, chain, store) = setup_with_store();
		let traces = Traces::new(Persistent::new(store));
		submit(&intake, &[good(LOCK, 0), good(LOCK, 1)]);
		let other = |sequence| changed(sequence, |message| message.timestamp = 99);
		assert_eq!(submit_one(&intake, other(1)), refused(Refusal::Conflict));
		assert_eq!(submit_one(&intake, other(0)), refused(Refusal::Conflict));
		assert_eq!(traces.contradiction(LOCK), Some((good(LOCK, 1), other(1))));
		chain.change(LOCK, change);
		let resign = |signed: SignedMessage| sign(signed.message, &key(77));
		submit_one(&intake, resign(good(LOCK, 1)));
		let (next, again) = (resign(good(LOCK, 2)), resign(other(2)));
		assert_eq!(submit_one(&intake, next.clone()), Accepted);
		assert_eq!(
			submit_one(&intake, again.clone()),
			refused(Refusal::Conflict)
		);
		assert_eq!(traces.contradiction(LOCK), Some((next, again)));
	}
}

#[test]
fn what_peers_pass_on_is_checked_and_stored() {
	let (intake, _, store) = setup_with_store();
	let traces = Traces::new(Persistent::new(store));
	assert_eq!(intake.take_repairs(), 0);
	let forged = sign(message(LOCK, 2), &key(4));
	traces.hand_over(&[good(LOCK, 0), good(LOCK, 1), forged]);
	assert_eq!(intake.take_repairs(), 2);
	assert_eq!(head(&intake, LOCK), Ok(2));
	assert_eq!(traces.handed_over(), None, "there is room for the next");
}

/// A chain that takes so long to answer that the worker hands over more meanwhile.
struct SlowChain {
	chain: FakeChain,
	traces: Traces<Persistent<TestPersistentOffchainDB>>,
	more: Mutex<Option<Vec<SignedMessage>>>,
}

impl Sensors for SlowChain {
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable> {
		if let Some(more) = self.more.lock().take() {
			self.traces.hand_over(&more);
		}
		self.chain.sensor(id)
	}
}

#[test]
fn what_peers_pass_on_while_the_node_takes_it_in_is_not_lost() {
	let (_, chain, store) = setup_with_store();
	let traces = || Traces::new(Persistent::new(store.clone()));
	traces().hand_over(&[good(LOCK, 0)]);
	let slow = SlowChain {
		chain,
		traces: traces(),
		more: Mutex::new(Some(vec![good(LOCK, 0), good(LOCK, 1)])),
	};
	let intake = Intake::new(GENESIS, slow, Persistent::new(store.clone()));
	assert_eq!(intake.take_repairs(), 1);
	assert_eq!(intake.take_repairs(), 1, "the second one is still there");
	assert_eq!(head(&intake, LOCK), Ok(2));
	assert_eq!(traces().handed_over(), None);
}

#[test]
fn a_trace_goes_on_where_the_worker_needs_it() {
	let (intake, _, store) = setup_with_store();
	let traces = Traces::new(Persistent::new(store));
	submit_one(&intake, good(LOCK, 0));
	traces.need(LOCK, Some(10));
	assert_eq!(head(&intake, LOCK), Ok(10));
	let unneeded = refused(Refusal::Unneeded);
	assert_eq!(submit_one(&intake, good(LOCK, 1)), unneeded);
	assert_eq!(submit_one(&intake, good(LOCK, 10)), Accepted);
	assert_eq!(submit_one(&intake, good(LOCK, 1)), refused(Refusal::Old));
	traces.need(LOCK, Some(5));
	assert_eq!(head(&intake, LOCK), Ok(11), "it never goes back");
}

#[test]
fn bytes_that_are_no_message_are_refused() {
	let (intake, _) = setup();
	let encoded = good(LOCK, 0).encode();
	let (short, long) = (&encoded[..encoded.len() - 1], [&encoded[..], &[0]].concat());
	for bytes in [&b""[..], b"{}", short, &long] {
		assert_eq!(
			intake.take([bytes].into_iter(), &Tally::endless()),
			[refused(Refusal::NotAMessage)]
		);
	}
	let large = vec![0; SignedMessage::max_encoded_len() + 1];
	assert_eq!(
		intake.take([&large[..]].into_iter(), &Tally::endless()),
		[refused(Refusal::TooLarge)]
	);
	assert_eq!(head(&intake, LOCK), Ok(0));
}

#[test]
fn a_message_must_be_what_the_sensor_declared() {
	let values = |values: Vec<Value>| {
		changed(1, |message| {
			message.values = values.try_into().expect("few")
		})
	};
	let text = |bytes: &[u8]| Value::Text(Text::try_from(bytes.to_vec()).expect("short"));
	for (message, error) in [
		(
			changed(1, |message| message.kind = bytes("door")),
			SchemaError::WrongKind,
		),
		(values(vec![Value::Bool(true)]), SchemaError::WrongCount),
		(
			values(vec![Value::Integer(1), text(b"a")]),
			SchemaError::WrongType,
		),
		(
			values(vec![Value::Bool(true), text(b"\xff")]),
			SchemaError::InvalidText,
		),
	] {
		assert_refused(message, Refusal::Schema(error));
	}
}

/// What no sensor can declare is told first: the device need not keep it.
#[test]
fn a_text_that_is_none_stays_wrong_whatever_the_sensor_declares() {
	let bad = Text::try_from(b"\xff".to_vec()).expect("short");
	let message = changed(1, |message| {
		message.kind = bytes("door");
		message.values = vec![Value::Text(bad)].try_into().expect("few");
	});
	assert_refused(message, Refusal::Schema(SchemaError::InvalidText));
}

/// Between two agreements a sensor may declare something else, and this node may not know it yet.
#[test]
fn what_the_sensor_may_have_declared_since_is_not_refused_for_good() {
	let (intake, chain) = setup();
	let message = changed(0, |message| message.kind = bytes("door"));
	let wrong = Refusal::Schema(SchemaError::WrongKind);
	assert_eq!(submit_one(&intake, message.clone()), refused(wrong));
	assert_eq!(wrong.retry(), Retry::Later);
	chain.change(LOCK, |info| info.schema.kind = bytes("door"));
	assert_eq!(submit_one(&intake, message), Accepted);
}

#[test]
fn a_gap_tells_what_is_missing() {
	let (intake, _) = setup();
	assert_eq!(submit_one(&intake, good(LOCK, 3)), Gap { expected: 0 });
	assert_eq!(
		submit_one(&intake, good(LOCK, u64::MAX)),
		Gap { expected: 0 }
	);
	assert_eq!(head(&intake, LOCK), Ok(0));
}

#[test]
fn only_the_sensors_own_signature_counts() {
	assert_refused(sign(message(LOCK, 1), &key(4)), Refusal::UnknownKey);
	let elsewhere = signed_message(&key(LOCK), &H256::zero(), message(LOCK, 1));
	assert_refused(elsewhere, Refusal::UnknownKey);
}

#[test]
fn a_rotated_key_signs_from_its_number_on() {
	let (intake, chain) = setup();
	let new = key(77);
	chain.change(LOCK, |info| {
		info.keys
			.rotate(2, 0, new.public())
			.expect("later than the first");
	});
	let by_new = |sequence| sign(message(LOCK, sequence), &new);
	assert_eq!(
		submit(&intake, &[good(LOCK, 0), by_new(1)]),
		[Accepted, refused(Refusal::BadSignature)]
	);
	assert_eq!(
		submit(&intake, &[good(LOCK, 1), good(LOCK, 2), by_new(2)]),
		[Accepted, refused(Refusal::BadSignature), Accepted]
	);
}

/// Of two nodes, the one that knows of the rotation takes what the other must not have the device drop.
#[test]
fn what_a_newer_key_may_have_signed_is_not_refused_for_good() {
	let (intake, chain) = setup();
	let (second, third) = (key(77), key(78));
	let by_third = |sequence| sign(message(LOCK, sequence), &third);
	let rotate = |from, new: &ed25519::Pair| {
		let new = new.public();
		chain.change(LOCK, |info| {
			info.keys.rotate(from, 0, new).expect("ahead");
		});
	};
	rotate(1, &second);
	let by_second = |sequence| sign(message(LOCK, sequence), &second);
	// Where the newest key begins, and before, no other can come.
	let bad = refused(Refusal::BadSignature);
	assert_eq!(submit_one(&intake, by_third(0)), bad);
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Accepted);
	assert_eq!(submit_one(&intake, by_third(1)), bad);
	assert_eq!(submit_one(&intake, by_second(1)), Accepted);
	let unknown = refused(Refusal::UnknownKey);
	assert_eq!(submit_one(&intake, by_third(2)), unknown);
	assert_eq!(Refusal::UnknownKey.code(), Refusal::BadSignature.code());
	rotate(2, &third);
	assert_eq!(submit_one(&intake, by_third(2)), Accepted);
	// Of what is stored, too.
	assert_eq!(submit_one(&intake, by_third(3)), Accepted);
	let other = sign(
		changed(3, |message| message.timestamp = 99).message,
		&key(79),
	);
	assert_eq!(submit_one(&intake, other), unknown);
	// No key comes to a sensor that is revoked from some number on.
	chain.change(LOCK, |info| info.keys.revoke(9, 0).expect("ahead"));
	assert_eq!(submit_one(&intake, by_second(4)), bad);
}

#[test]
fn a_revoked_or_unknown_key_signs_nothing() {
	let (intake, chain) = setup();
	chain.change(LOCK, |info| {
		info.keys.revoke(1, 0).expect("later than the first");
	});
	// What was signed before is still to come.
	assert_eq!(head(&intake, LOCK), Ok(0));
	chain.change(4, |info| {
		for number in 1..=u64::from(MAX_KEYS) {
			let next = key(100 + number);
			info.keys.rotate(number, 0, next.public()).expect("ahead");
		}
	});
	assert_eq!(
		submit(&intake, &[good(LOCK, 0), good(LOCK, 1)]),
		[Accepted, refused(Refusal::Revoked)]
	);
	assert_eq!(head(&intake, LOCK), Err(Refusal::Revoked));
	assert_eq!(submit_one(&intake, good(4, 0)), refused(Refusal::NoKey));
}

#[test]
fn a_sensor_that_contradicted_itself_is_suspended_until_it_has_another_key() {
	let (intake, chain) = setup();
	assert_eq!(
		submit(&intake, &[good(LOCK, 0), good(LOCK, 1)]),
		[Accepted; 2]
	);
	chain.change(LOCK, |info| {
		info.keys.convict(1, 7);
	});
	assert_eq!(head(&intake, LOCK), Err(Refusal::Suspended));
	assert_eq!(
		submit(&intake, &[good(LOCK, 0), good(LOCK, 1), good(LOCK, 2)]),
		[
			Duplicate,
			refused(Refusal::Void),
			refused(Refusal::Suspended)
		]
	);
	let new = key(77);
	chain.change(LOCK, |info| {
		info.keys.rotate(2, 8, new.public()).expect("ahead");
	});
	assert_eq!(head(&intake, LOCK), Ok(2));
	assert_eq!(submit_one(&intake, sign(message(LOCK, 2), &new)), Accepted);
}

/// Windows that end before the void number settle, and whoever lacks one of their messages must be able to get it.
#[test]
fn what_a_suspended_sensor_sent_before_still_counts() {
	let (intake, chain, store) = setup_with_store();
	let traces = Traces::new(Persistent::new(store));
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Accepted);
	chain.change(LOCK, |info| {
		info.keys.convict(4, 7);
	});
	assert_eq!(head(&intake, LOCK), Ok(1));
	assert_eq!(submit(&intake, &[good(LOCK, 1)]), [Accepted]);
	// From the device or from peers.
	traces.hand_over(&[good(LOCK, 2), good(LOCK, 3), good(LOCK, 5)]);
	assert_eq!(intake.take_repairs(), 2);
	let suspended = Refusal::Suspended;
	assert_eq!(head(&intake, LOCK), Err(suspended));
	assert_eq!(
		submit(&intake, &[good(LOCK, 3), good(LOCK, 4), good(LOCK, 5)]),
		[Duplicate, refused(Refusal::Void), refused(suspended)]
	);
}

#[test]
fn a_number_that_counts_as_never_sent_is_not_waited_for() {
	let (intake, chain) = setup();
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Accepted);
	let new = key(77);
	chain.change(LOCK, |info| {
		info.keys.convict(1, 7);
		info.keys.rotate(3, 8, new.public()).expect("ahead");
	});
	assert_eq!(head(&intake, LOCK), Ok(3));
	for number in [1, 2] {
		let void = refused(Refusal::Void);
		assert_eq!(submit_one(&intake, good(LOCK, number)), void);
	}
	assert_eq!(submit_one(&intake, sign(message(LOCK, 3), &new)), Accepted);
}

/// A device that asks where to go on after a rotation is sent back to the first message that the new key has to sign,
/// whatever the old one signed.
#[test]
fn what_a_key_that_was_replaced_signed_gives_way() {
	let (intake, chain) = setup();
	let old: Vec<_> = (0..4).map(|number| good(LOCK, number)).collect();
	assert_eq!(submit(&intake, &old), [Accepted; 4]);
	let new = key(77);
	chain.change(LOCK, |info| {
		info.keys.rotate(1, 8, new.public()).expect("ahead");
	});
	let right = |number| {
		let changed = changed(number, |message| message.timestamp += 1);
		sign(changed.message, &new)
	};
	assert_eq!(head(&intake, LOCK), Ok(1));
	let bad = refused(Refusal::BadSignature);
	assert_eq!(submit_one(&intake, old[1].clone()), bad);
	assert_eq!(
		submit(&intake, &[old[0].clone(), right(3), old[3].clone()]),
		[Duplicate, Gap { expected: 1 }, Gap { expected: 1 }]
	);
	assert_eq!(submit(&intake, &[right(1), right(2)]), [Accepted; 2]);
	assert_eq!(submit_one(&intake, right(1)), Duplicate);
	assert_eq!(submit_one(&intake, old[1].clone()), bad);
	assert_eq!(head(&intake, LOCK), Ok(3));
	assert_eq!(submit(&intake, &[right(3), right(4)]), [Accepted; 2]);
	assert_eq!(head(&intake, LOCK), Ok(5));
}

#[test]
fn nothing_is_taken_for_a_sensor_that_is_unknown_or_in_no_agreement() {
	let (intake, chain) = setup();
	assert_eq!(
		submit_one(&intake, good(9, 0)),
		refused(Refusal::UnknownSensor)
	);
	assert_eq!(head(&intake, 9), Err(Refusal::UnknownSensor));
	chain.change(LOCK, |info| info.first = None);
	assert_eq!(
		submit_one(&intake, good(LOCK, 0)),
		refused(Refusal::Unneeded)
	);
	assert_eq!(head(&intake, LOCK), Err(Refusal::Unneeded));
}

#[test]
fn nothing_is_decided_without_the_chain() {
	let (intake, chain) = setup();
	chain.set_unavailable(true);
	assert_eq!(
		submit_one(&intake, good(LOCK, 0)),
		refused(Refusal::Unavailable)
	);
	chain.set_unavailable(false);
	assert_eq!(submit_one(&intake, good(LOCK, 0)), Accepted);
}

#[test]
fn a_full_backlog_waits_for_the_worker() {
	let (intake, _, store) = setup_with_store();
	let traces = Traces::new(Persistent::new(store));
	let info = info(LOCK);
	let mut filled = traces.appender(LOCK, 0, Rules::new(&info.keys, &info.schema));
	for sequence in 0..MAX_BACKLOG {
		let mut message = good(LOCK, 0);
		message.message.sequence = sequence;
		filled.append(&message).expect("there is room");
	}
	filled.commit();
	let next = good(LOCK, MAX_BACKLOG);
	assert_eq!(
		submit_one(&intake, next.clone()),
		refused(Refusal::BacklogFull)
	);
	traces.drop_before(LOCK, 5);
	assert_eq!(submit_one(&intake, next), Accepted);
	assert_eq!(submit_one(&intake, good(LOCK, 4)), refused(Refusal::Old));
}

#[test]
fn the_last_number_stays_unused() {
	let (intake, chain) = setup();
	chain.change(LOCK, |info| info.first = Some(u64::MAX));
	assert_eq!(
		submit_one(&intake, good(LOCK, u64::MAX)),
		refused(Refusal::LastSequence)
	);
}

#[test]
fn of_those_who_send_the_same_at_once_one_is_first() {
	let (intake, _) = setup();
	let messages: Vec<_> = (0..50).map(|sequence| good(LOCK, sequence)).collect();
	let results: Vec<_> = std::thread::scope(|scope| {
		let threads: Vec<_> = (0..4)
			.map(|_| {
				scope.spawn(|| {
					messages
						.iter()
						.map(|message| submit_one(&intake, message.clone()))
						.collect()
				})
			})
			.collect();
		threads
			.into_iter()
			.map(|thread| thread.join().expect("no panic"))
			.collect::<Vec<Vec<_>>>()
	});
	for sequence in 0..50 {
		let of_each: Vec<_> = results.iter().map(|answers| answers[sequence]).collect();
		assert_eq!(
			of_each.iter().filter(|answer| **answer == Accepted).count(),
			1
		);
		assert!(of_each
			.iter()
			.all(|answer| matches!(answer, Accepted | Duplicate)));
	}
	assert_eq!(head(&intake, LOCK), Ok(50));
}

/// All reasons that there are, but for schemas that cannot be registered.
const REASONS: [Refusal; 20] = {
	use SchemaError::*;
	[
		Refusal::TooLarge,
		Refusal::NotAMessage,
		Refusal::TooFast,
		Refusal::Unavailable,
		Refusal::UnknownSensor,
		Refusal::Unneeded,
		Refusal::Schema(WrongKind),
		Refusal::Schema(WrongCount),
		Refusal::Schema(WrongType),
		Refusal::Schema(InvalidText),
		Refusal::Conflict,
		Refusal::Old,
		Refusal::BacklogFull,
		Refusal::Void,
		Refusal::Suspended,
		Refusal::Revoked,
		Refusal::NoKey,
		Refusal::BadSignature,
		Refusal::UnknownKey,
		Refusal::LastSequence,
	]
};

#[test]
fn every_reason_is_told_in_other_words() {
	let texts: BTreeSet<_> = REASONS.iter().map(ToString::to_string).collect();
	assert_eq!(texts.len(), REASONS.len());
}

#[test]
fn the_page_for_devices_says_of_every_code_what_to_do() {
	let page = include_str!("../../../../docs/how-to/device.md");
	let retries = [Retry::Soon, Retry::Later, Retry::Never];
	let mut told = BTreeSet::new();
	for row in page.lines() {
		let mut cells = row.trim().split('|').map(str::trim).skip(1);
		let (codes, retry) = (cells.next(), cells.next());
		let retry = retries
			.iter()
			.find(|known| Some(format!("{known:?}").to_lowercase().as_str()) == retry);
		for code in codes.unwrap_or_default().split(", ") {
			if let (Ok(code), Some(retry)) = (code.parse::<i32>(), retry) {
				told.insert((code, format!("{retry:?}")));
			}
		}
	}
	let broken = Refusal::Schema(SchemaError::NoVariables);
	let reasons = REASONS.iter().chain([&broken]);
	let right: BTreeSet<(i32, String)> = reasons
		.map(|reason| (reason.code(), format!("{:?}", reason.retry())))
		.collect();
	assert_eq!(told, right);
}
