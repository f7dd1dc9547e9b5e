use super::*;
use alloc::collections::BTreeMap;
use core::cell::RefCell;
use sp_core::{
	ed25519::{self, Signature},
	Pair, H256,
};
use syngraph_primitives::{Message, Payload, SensorKeys};

const SENSOR: SensorId = 7;
const GENESIS: H256 = H256::repeat_byte(7);

#[derive(Default)]
struct Memory(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

impl LocalStore for Memory {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.0.borrow().get(key).cloned()
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
	}

	fn remove(&self, key: &[u8]) {
		self.0.borrow_mut().remove(key);
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		let is_old = self.get(key).as_deref() == old;
		if is_old {
			self.set(key, new);
		}
		is_old
	}
}

fn message(sensor: SensorId, sequence: Sequence) -> SignedMessage {
	SignedMessage {
		message: Message {
			sensor,
			kind: Default::default(),
			sequence,
			timestamp: 0,
			values: Default::default(),
		},
		signature: Signature::default(),
	}
}

fn with_messages(range: core::ops::Range<Sequence>) -> Memory {
	let memory = Memory::default();
	let traces = Traces::new(&memory);
	let mut appender = traces.appender(SENSOR, range.start);
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
		traces.append(&message(SENSOR, 4), 5),
		Err(AppendError::OutOfOrder)
	);
	assert_eq!(traces.append(&message(SENSOR, 5), 5), Ok(()));
	assert_eq!(extent(&traces), (Some(5), Some(6)));
	assert_eq!(traces.message(SENSOR, 5), Some(message(SENSOR, 5)));
}

#[test]
fn messages_come_in_order_and_only_once() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	for sequence in [0, 2, 4, u64::MAX] {
		let result = traces.append(&message(SENSOR, sequence), 0);
		assert_eq!(result, Err(AppendError::OutOfOrder), "{sequence}");
	}
	assert_eq!(traces.append(&message(SENSOR, 3), 0), Ok(()));
}

#[test]
fn sensors_do_not_mix() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	let mut appender = traces.appender(SENSOR, 0);
	assert_eq!(
		appender.append(&message(8, 3)),
		Err(AppendError::OtherSensor)
	);
	traces.append(&message(8, 0), 0).unwrap();
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
	assert_eq!(memory.0.borrow().len(), 2, "only tail and head are left");
}

#[test]
fn what_was_not_committed_does_not_count() {
	let memory = with_messages(0..2);
	let traces = Traces::new(&memory);
	let mut appender = traces.appender(SENSOR, 0);
	appender.append(&message(SENSOR, 2)).unwrap();
	assert_eq!(appender.message(2), Some(message(SENSOR, 2)));
	assert_eq!(traces.head(SENSOR), Some(2));
	assert_eq!(traces.append(&message(SENSOR, 2), 0), Ok(()));
}

#[test]
fn a_trace_that_nobody_needs_any_more_begins_anew() {
	let memory = with_messages(0..5);
	let traces = Traces::new(&memory);
	let appender = traces.appender(SENSOR, 9);
	assert_eq!((appender.head(), appender.message(3)), (9, None));
	appender.commit();
	assert_eq!(
		extent(&traces),
		(Some(0), Some(5)),
		"not before a message has come"
	);
	traces.append(&message(SENSOR, 9), 9).unwrap();
	assert_eq!(extent(&traces), (Some(9), Some(10)));
	assert_eq!(memory.0.borrow().len(), 3, "the old messages are gone");
}

#[test]
fn the_backlog_is_bounded() {
	let memory = with_messages(0..MAX_BACKLOG);
	let traces = Traces::new(&memory);
	let next = message(SENSOR, MAX_BACKLOG);
	assert_eq!(traces.append(&next, 0), Err(AppendError::Full));
	traces.drop_before(SENSOR, 1);
	assert_eq!(traces.append(&next, 0), Ok(()));
	assert!(traces.appender(SENSOR, 0).is_full());
}

#[test]
fn numbers_that_count_as_never_sent_are_passed_over() {
	let memory = with_messages(0..3);
	let traces = Traces::new(&memory);
	let is_void = |number| [1, 3, 4].contains(&number);
	let mut appender = traces.appender(SENSOR, 0);
	appender.pass_over(is_void);
	assert_eq!(appender.head(), 5);
	appender.append(&message(SENSOR, 5)).unwrap();
	appender.commit();
	assert_eq!(extent(&traces), (Some(0), Some(6)));
	assert_eq!(traces.message(SENSOR, 4), None);
	assert!(
		traces.message(SENSOR, 1).is_some(),
		"it is kept as long as others are"
	);
	// A trace can begin with them, too.
	let empty = Memory::default();
	let traces = Traces::new(&empty);
	let mut appender = traces.appender(SENSOR, 3);
	appender.pass_over(is_void);
	appender.commit();
	assert_eq!(extent(&traces), (Some(3), Some(5)));
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
		assert_eq!(Traces::new(memory).message(SENSOR, *sequence), None);
	}
}

#[test]
fn holes_are_filled_one_after_the_other_and_nothing_else_is_asked_for() {
	let memory = with_messages(0..9);
	damage(&memory, &[2, 3, 6]);
	let traces = Traces::new(&memory);
	for hole in [2, 3, 6] {
		assert_eq!(traces.head(SENSOR), Some(hole));
		let other = traces.append(&message(SENSOR, 8), 0);
		assert_eq!(other, Err(AppendError::OutOfOrder));
		assert_eq!(traces.append(&message(SENSOR, hole), 0), Ok(()));
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
	assert_eq!(traces.appender(SENSOR, 5).head(), 9);
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
	assert_eq!(traces.append(&message(SENSOR, 5), 5), Ok(()));
	assert_eq!(extent(&traces), (Some(5), Some(6)));
}

/// Two different messages of the sensor with one number, signed with the key of a seed.
fn twice(seed: u8, sequence: Sequence) -> (SignedMessage, SignedMessage) {
	let sign = |timestamp| {
		let mut signed = message(SENSOR, sequence);
		signed.message.timestamp = timestamp;
		let bytes = signed.message.signing_bytes(&GENESIS);
		signed.signature = key(seed).sign(&bytes);
		signed
	};
	(sign(9), sign(10))
}

fn key(seed: u8) -> ed25519::Pair {
	ed25519::Pair::from_seed(&[seed; 32])
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
