use super::*;
use crate::testing::Memory;
use alloc::boxed::Box;
use sp_core::{Pair, H256};
use syngraph_primitives::{GenesisHash, Message, SensorKeys};
use syngraph_test_kit::{
	people::{ed25519_key as key, signed_message},
	schema,
};

const SENSOR: SensorId = 7;
const GENESIS: GenesisHash = H256::repeat_byte(7);

fn message(sensor: SensorId, sequence: Sequence) -> SignedMessage {
	let message = Message {
		sensor,
		kind: Default::default(),
		sequence,
		timestamp: 0,
		values: Default::default(),
	};
	signed_message(&key(1), &GENESIS, message)
}

/// What a sensor with these keys may send: the messages of [`message`].
fn by(keys: &SensorKeys<u32>) -> Rules<'_> {
	Rules::new(keys, Box::leak(Box::new(schema("", &[]))))
}

/// Keys of which none was ever replaced.
fn first_key() -> SensorKeys<u32> {
	SensorKeys::new(0, key(1).public())
}

fn append(traces: &Traces<&Memory>, signed: SignedMessage, first: u64) -> Result<(), AppendError> {
	let keys = first_key();
	traces.append(&signed, first, by(&keys))
}

fn with_messages(range: core::ops::Range<Sequence>) -> Memory {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	let keys = first_key();
	let mut appender = traces.appender(SENSOR, range.start, by(&keys));
	range.for_each(|sequence| appender.append(&message(SENSOR, sequence)).unwrap());
	appender.commit();
	memory
}

fn extent(traces: &Traces<&Memory>) -> (Option<Sequence>, Option<Sequence>) {
	(traces.tail(SENSOR), traces.head(SENSOR))
}

#[test]
fn an_unknown_sensor_has_no_trace() {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	assert_eq!(extent(&traces), (None, None));
	assert_eq!(traces.message(SENSOR, 0), None);
	traces.drop_before(SENSOR, 10);
	assert!(memory.0.borrow().is_empty());
}

#[test]
fn a_trace_begins_where_the_first_agreement_does() {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	assert_eq!(
		append(&traces, message(SENSOR, 4), 5),
		Err(AppendError::OutOfOrder)
	);
	assert_eq!(append(&traces, message(SENSOR, 5), 5), Ok(()));
	assert_eq!(extent(&traces), (Some(5), Some(6)));
	assert_eq!(traces.message(SENSOR, 5), Some(message(SENSOR, 5)));
}

#[test]
fn messages_come_in_order_and_only_once() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	for sequence in [0, 2, 4, u64::MAX] {
		let result = append(&traces, message(SENSOR, sequence), 0);
		assert_eq!(result, Err(AppendError::OutOfOrder), "{sequence}");
	}
	assert_eq!(append(&traces, message(SENSOR, 3), 0), Ok(()));
}

#[test]
fn sensors_do_not_mix() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	let keys = first_key();
	let mut appender = traces.appender(SENSOR, 0, by(&keys));
	assert_eq!(
		appender.append(&message(8, 3)),
		Err(AppendError::OtherSensor)
	);
	append(&traces, message(8, 0), 0).unwrap();
	traces.drop_before(8, 1);
	assert_eq!(extent(&traces), (Some(0), Some(3)));
	assert!(traces.message(SENSOR, 0).is_some());
}

#[test]
fn what_is_dropped_is_gone_and_what_is_needed_stays() {
	let memory = with_messages(0..5);
	let traces = Traces::new(&memory);
	traces.drop_before(SENSOR, 3);
	traces.drop_before(SENSOR, 1);
	assert_eq!(extent(&traces), (Some(3), Some(5)));
	assert_eq!(traces.message(SENSOR, 2), None);
	assert!(traces.message(SENSOR, 3).is_some());
	traces.drop_before(SENSOR, 100);
	assert_eq!(extent(&traces), (Some(5), Some(5)));
	assert_eq!(
		memory.0.borrow().len(),
		3,
		"only tail, head and rules are left"
	);
}

#[test]
fn what_was_not_committed_does_not_count() {
	let memory = with_messages(0..2);
	let traces = Traces::new(&memory);
	let keys = first_key();
	let mut appender = traces.appender(SENSOR, 0, by(&keys));
	appender.append(&message(SENSOR, 2)).unwrap();
	assert_eq!(appender.message(2), Some(message(SENSOR, 2)));
	assert_eq!(traces.head(SENSOR), Some(2));
	assert_eq!(append(&traces, message(SENSOR, 2), 0), Ok(()));
}

#[test]
fn a_trace_that_nobody_needs_any_more_begins_anew() {
	let memory = with_messages(0..5);
	let traces = Traces::new(&memory);
	let keys = first_key();
	let appender = traces.appender(SENSOR, 9, by(&keys));
	assert_eq!((appender.head(), appender.message(3)), (9, None));
	appender.commit();
	assert_eq!(
		extent(&traces),
		(Some(0), Some(5)),
		"not before a message has come"
	);
	append(&traces, message(SENSOR, 9), 9).unwrap();
	assert_eq!(extent(&traces), (Some(9), Some(10)));
	assert_eq!(memory.0.borrow().len(), 4, "the old messages are gone");
}

#[test]
fn the_backlog_is_bounded() {
	let memory = with_messages(0..MAX_BACKLOG);
	let traces = Traces::new(&memory);
	let next = message(SENSOR, MAX_BACKLOG);
	assert_eq!(append(&traces, next.clone(), 0), Err(AppendError::Full));
	traces.drop_before(SENSOR, 1);
	assert_eq!(append(&traces, next.clone(), 0), Ok(()));
	let keys = first_key();
	let rules = by(&keys);
	assert!(traces.appender(SENSOR, 0, rules).is_full());
}

#[test]
fn numbers_that_count_as_never_sent_are_passed_over() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	let mut keys = first_key();
	keys.convict(1, 1);
	keys.rotate(5, 2, key(1).public()).unwrap();
	keys.convict(8, 3);
	let rules = by(&keys);
	let mut appender = traces.appender(SENSOR, 0, rules);
	assert_eq!(appender.head(), 5);
	for number in [5, 6, 7] {
		appender.append(&message(SENSOR, number)).unwrap();
	}
	assert_eq!(appender.head(), 9);
	appender.commit();
	assert_eq!(extent(&traces), (Some(0), Some(9)));
	assert_eq!(traces.message(SENSOR, 4), None);
	assert!(
		traces.message(SENSOR, 1).is_some(),
		"it is kept as long as others are"
	);
	// A trace can begin with them, too.
	let empty = Memory::default();
	let traces = Traces::new(&empty);
	traces.appender(SENSOR, 3, rules).commit();
	assert_eq!(extent(&traces), (Some(3), Some(5)));
}

/// Signs the sensor's message with a number.
fn signed(seed: u8, sequence: Sequence) -> SignedMessage {
	twice(seed, sequence).0
}

/// A trace of messages 0 to 8, signed with the first key, and keys of which the second signs from number 4 on.
fn with_replaced_key() -> (Memory, SensorKeys<u32>) {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	(0..9).for_each(|number| append(&traces, signed(1, number), 0).unwrap());
	let mut keys = first_key();
	keys.rotate(4, 1, key(2).public()).unwrap();
	(memory, keys)
}

#[test]
fn what_a_replaced_key_signed_has_to_come_again() {
	let (memory, keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	let rules = by(&keys);
	for number in 4..9 {
		let mut appender = traces.appender(SENSOR, 0, rules);
		assert_eq!(appender.head(), number);
		assert!(appender.message(3).is_some() && appender.message(number).is_none());
		appender.append(&signed(2, number)).unwrap();
		appender.commit();
	}
	assert_eq!(extent(&traces), (Some(0), Some(9)));
	assert!((0..9).all(|number| traces.valid(SENSOR, number, &rules).is_some()));
	assert_eq!(memory.get(&hole_key(SENSOR)), None);
}

#[test]
fn whoever_finds_what_a_replaced_key_signed_says_so() {
	let (memory, keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	let rules = by(&keys);
	assert!(traces.valid(SENSOR, 3, &rules).is_some());
	assert_eq!(traces.valid(SENSOR, 6, &rules), None);
	assert_eq!(traces.head(SENSOR), Some(6));
	assert_eq!(traces.valid(SENSOR, 5, &rules), None);
	assert_eq!(traces.head(SENSOR), Some(5), "the lowest counts");
	traces.appender(SENSOR, 0, rules).commit();
	assert_eq!(traces.head(SENSOR), Some(4));
}

#[test]
fn a_key_that_turns_out_not_to_be_replaced_loses_nothing() {
	let (memory, keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	assert_eq!(traces.appender(SENSOR, 0, by(&keys)).head(), 4);
	// That block was on a branch that others left.
	let keys = first_key();
	let rules = by(&keys);
	assert_eq!(traces.appender(SENSOR, 0, rules).head(), 9);
	assert_eq!(extent(&traces), (Some(0), Some(9)));
}

#[test]
fn a_hole_that_nobody_needs_any_more_does_not_hide_others() {
	let (memory, keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	let rules = by(&keys);
	assert_eq!(traces.appender(SENSOR, 0, rules).head(), 4);
	traces.drop_before(SENSOR, 6);
	assert_eq!(
		traces.valid(SENSOR, 6, &rules),
		None,
		"before the node looks"
	);
	let appender = traces.appender(SENSOR, 6, rules);
	assert_eq!(appender.head(), 6);
	assert!(appender.message(6).is_none());
}

#[test]
fn what_another_branch_registered_a_key_for_has_to_come_again() {
	let memory = with_messages(0..9);
	let traces = Traces::new(&memory);
	let keys = SensorKeys::new(0, key(2).public());
	let rules = by(&keys);
	assert_eq!(
		traces.valid(SENSOR, 7, &rules),
		None,
		"before the node looks"
	);
	assert_eq!(traces.appender(SENSOR, 0, rules).head(), 0);
	// Also if both branches know of the same key after it.
	let mut ours = first_key();
	let mut theirs = keys.clone();
	for keys in [&mut ours, &mut theirs] {
		keys.rotate(9, 1, key(3).public()).unwrap();
	}
	assert_eq!(traces.appender(SENSOR, 0, by(&ours)).head(), 9);
	assert_eq!(traces.valid(SENSOR, 7, &by(&theirs)), None);
	assert_eq!(traces.appender(SENSOR, 0, by(&theirs)).head(), 0);
}

#[test]
fn what_another_branch_declared_otherwise_has_to_come_again() {
	let memory = with_messages(0..9);
	let traces = Traces::new(&memory);
	let (keys, schema) = (first_key(), schema("lock", &[]));
	let rules = Rules::new(&keys, &schema);
	assert_eq!(traces.valid(SENSOR, 7, &rules), None);
	let mut appender = traces.appender(SENSOR, 0, rules);
	assert_eq!(appender.head(), 0);
	for number in 0..9 {
		let mut signed = message(SENSOR, number);
		signed.message.kind = schema.kind.clone();
		appender.append(&signed).unwrap();
	}
	appender.commit();
	assert_eq!(extent(&traces), (Some(0), Some(9)));
	assert!((0..9).all(|number| traces.valid(SENSOR, number, &rules).is_some()));
}

#[test]
fn a_message_that_is_not_there_has_to_come_again() {
	let memory = with_messages(0..9);
	let traces = Traces::new(&memory);
	let keys = first_key();
	memory.remove(&message_key(SENSOR, 5));
	assert_eq!(traces.valid(SENSOR, 5, &by(&keys)), None);
	assert_eq!(traces.head(SENSOR), Some(5));
	for gone in [2, 20] {
		traces.drop_before(SENSOR, 3);
		assert_eq!(traces.valid(SENSOR, gone, &by(&keys)), None);
		assert_eq!(traces.head(SENSOR), Some(5), "nobody keeps that one");
	}
}

#[test]
fn what_another_branch_knew_a_key_for_has_to_come_again() {
	let (memory, keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	let rules = by(&keys);
	for number in 4..9 {
		traces.append(&signed(2, number), 0, rules).unwrap();
	}
	let other = first_key();
	let rules = by(&other);
	assert_eq!(
		traces.valid(SENSOR, 7, &rules),
		None,
		"before the node looks"
	);
	assert_eq!(traces.appender(SENSOR, 0, rules).head(), 4);
	// And back again.
	let rules = by(&keys);
	assert_eq!(traces.appender(SENSOR, 0, rules).head(), 9);
	assert!(traces.valid(SENSOR, 7, &rules).is_some());
}

#[test]
fn of_what_a_replaced_key_signed_only_what_is_needed_has_to_come_again() {
	let (memory, mut keys) = with_replaced_key();
	let traces = Traces::new(&memory);
	let head = |keys: &SensorKeys<u32>, first| {
		let rules = by(keys);
		traces.appender(SENSOR, first, rules).head()
	};
	assert_eq!(head(&keys, 5), 5);
	keys.convict(5, 2);
	assert_eq!(
		head(&keys, 5),
		6,
		"nothing can take the place of a void one"
	);
	keys.rotate(7, 3, key(3).public()).unwrap();
	assert_eq!(head(&keys, 5), 7);
	traces.drop_before(SENSOR, 9);
	assert_eq!(head(&keys, 0), 9);
}

#[test]
fn what_was_looked_at_by_the_same_rules_is_not_looked_at_again() {
	let memory = with_messages(0..9);
	let traces = Traces::new(&memory);
	let (keys, other) = (first_key(), SensorKeys::new(0, key(2).public()));
	let mut looked = Looked::default();
	let mut look = |keys, numbers| traces.doubtful(SENSOR, numbers, &by(keys), &mut looked, 4);
	assert_eq!(look(&keys, 2..9), None, "2 to 5 count");
	for gone in [3, 7] {
		memory.remove(&message_key(SENSOR, gone));
	}
	assert_eq!(look(&keys, 2..9), Some(7), "nobody looks at 3");
	assert_eq!(traces.head(SENSOR), Some(7));
	assert_eq!(look(&keys, 4..7), None);
	append(&traces, message(SENSOR, 7), 0).unwrap();
	memory.remove(&message_key(SENSOR, 8));
	assert_eq!(look(&keys, 4..9), Some(8), "it goes on behind the hole");
	// With other rules, or from a lower number on, it begins anew.
	assert_eq!(look(&other, 4..9), Some(4));
	assert_eq!(look(&keys, 4..9), None, "4 to 7 count");
	assert_eq!(look(&keys, 3..9), Some(3));
}

#[test]
fn what_is_not_a_message_is_none() {
	let memory = with_messages(0..1);
	memory.set(&message_key(SENSOR, 0), b"x");
	assert_eq!(Traces::new(&memory).message(SENSOR, 0), None);
}

#[test]
fn what_is_needed_is_said_and_unsaid() {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	assert_eq!(traces.needed(SENSOR), None);
	traces.need(SENSOR, Some(7));
	assert_eq!(traces.needed(SENSOR), Some(7));
	traces.need(SENSOR, None);
	assert_eq!(traces.needed(SENSOR), None);
	assert!(memory.0.borrow().is_empty());
}

#[test]
fn messages_are_handed_over_until_they_are_taken() {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	assert_eq!(traces.handed_over(), None);
	traces.hand_over(&[message(SENSOR, 1)]);
	traces.hand_over(&[message(SENSOR, 1), message(SENSOR, 2)]);
	let both = vec![message(SENSOR, 1), message(SENSOR, 2)];
	assert_eq!(traces.handed_over(), Some(both.clone()));
	assert!(traces.take_over(&both));
	assert_eq!(traces.handed_over(), None);
}

#[test]
fn what_is_handed_over_while_the_node_takes_is_not_lost() {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	let first = [message(SENSOR, 1)];
	let both = vec![message(SENSOR, 1), message(SENSOR, 2)];
	traces.hand_over(&first);
	traces.hand_over(&both);
	assert!(!traces.take_over(&first));
	assert_eq!(traces.handed_over(), Some(both));
}

/// Makes messages unreadable, and notices it as whoever needs them does.
fn damage(memory: &Memory, sequences: &[Sequence]) {
	for sequence in sequences {
		memory.set(&message_key(SENSOR, *sequence), b"x");
	}
	for sequence in sequences {
		let keys = first_key();
		assert_eq!(
			Traces::new(memory).valid(SENSOR, *sequence, &by(&keys)),
			None
		);
	}
}

#[test]
fn holes_are_filled_one_after_the_other_and_nothing_else_is_asked_for() {
	let memory = with_messages(0..9);
	damage(&memory, &[2, 3, 6]);
	let traces = Traces::new(&memory);
	for hole in [2, 3, 6] {
		assert_eq!(traces.head(SENSOR), Some(hole));
		let other = append(&traces, message(SENSOR, 8), 0);
		assert_eq!(other, Err(AppendError::OutOfOrder));
		assert_eq!(append(&traces, message(SENSOR, hole), 0), Ok(()));
	}
	assert_eq!(extent(&traces), (Some(0), Some(9)));
	assert!((0..9).all(|sequence| traces.message(SENSOR, sequence).is_some()));
	assert_eq!(memory.get(&hole_key(SENSOR)), None);
}

#[test]
fn a_hole_that_nobody_needs_any_more_is_none() {
	let memory = with_messages(0..9);
	damage(&memory, &[2]);
	let traces = Traces::new(&memory);
	let keys = first_key();
	let rules = by(&keys);
	assert_eq!(traces.appender(SENSOR, 5, rules).head(), 9);
	traces.drop_before(SENSOR, 4);
	assert_eq!(extent(&traces), (Some(4), Some(9)));
	damage(&memory, &[7]);
	assert_eq!(
		traces.head(SENSOR),
		Some(7),
		"another one is noted in its place"
	);
	traces.forget(SENSOR);
	assert_eq!(memory.get(&hole_key(SENSOR)), None);
}

#[test]
fn an_unreadable_tail_leaves_nothing_behind() {
	let memory = with_messages(0..9);
	memory.set(&tail_key(SENSOR), b"x");
	let traces = Traces::new(&memory);
	assert_eq!(traces.tail(SENSOR), None);
	traces.drop_before(SENSOR, 4);
	assert_eq!(extent(&traces), (Some(4), Some(9)));
	assert!((0..4).all(|sequence| memory.get(&message_key(SENSOR, sequence)).is_none()));
}

#[test]
fn with_an_unreadable_head_a_trace_begins_anew() {
	let memory = with_messages(0..9);
	memory.set(&head_key(SENSOR), b"x");
	let traces = Traces::new(&memory);
	assert_eq!(traces.head(SENSOR), None);
	assert_eq!(append(&traces, message(SENSOR, 5), 5), Ok(()));
	assert_eq!(extent(&traces), (Some(5), Some(6)));
}

/// Two different messages of the sensor with one number, signed with the key of a seed.
fn twice(seed: u8, sequence: Sequence) -> (SignedMessage, SignedMessage) {
	let sign = |timestamp| {
		let mut message = message(SENSOR, sequence).message;
		message.timestamp = timestamp;
		signed_message(&key(seed), &GENESIS, message)
	};
	(sign(9), sign(10))
}

#[test]
fn a_contradiction_is_kept_as_long_as_it_convicts() {
	type Change = fn(&mut SensorKeys<u32>);
	let spent: [(&str, Change); 2] = [
		("void", |keys| {
			keys.convict(5, 1);
			keys.rotate(6, 2, key(2).public()).unwrap();
		}),
		("replaced", |keys| {
			keys.rotate(4, 1, key(2).public()).unwrap();
		}),
	];
	for (name, change) in spent {
		let (memory, mut keys) = (Memory::default(), SensorKeys::new(0, key(1).public()));
		let traces = Traces::new(&memory);
		let contradict = |pair: &(SignedMessage, SignedMessage), keys: &SensorKeys<u32>| {
			traces.contradict(&pair.0, &pair.1, &GENESIS, keys);
			traces.contradiction(SENSOR)
		};
		let (first, second, next) = (twice(1, 5), twice(1, 3), twice(2, 7));
		assert_eq!(contradict(&first, &keys), Some(first.clone()));
		assert_eq!(contradict(&second, &keys), Some(first.clone()));
		assert_eq!(
			traces.evidence(SENSOR, &GENESIS, &keys),
			Some(first.clone())
		);
		change(&mut keys);
		assert_eq!(traces.evidence(SENSOR, &GENESIS, &keys), None, "{name}");
		assert_eq!(contradict(&next, &keys), Some(next.clone()), "{name}");
		assert_eq!(traces.evidence(SENSOR, &GENESIS, &keys), Some(next));
	}
}

#[test]
fn a_contradiction_is_forgotten_with_its_sensor() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	let (left, right) = twice(1, 1);
	let keys = SensorKeys::new(0, key(1).public());
	traces.contradict(&left, &right, &GENESIS, &keys);
	traces.need(SENSOR, Some(2));
	traces.forget(SENSOR);
	assert_eq!(extent(&traces), (Some(3), Some(3)));
	assert_eq!(memory.0.borrow().len(), 2, "only tail and head are left");
}
