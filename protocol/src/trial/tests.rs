//! Windows shown in chunks, and what is refused.

use super::*;
use crate::{Pipeline, Trace, Window};
use alloc::{vec, vec::Vec};
use core::cell::Cell;
use proptest::{collection::vec, prelude::*};
use syngraph_primitives::{
	Feed, MessageEncoding, SensorKeys, Value, Variable, WindowShape, MAX_VARIABLES,
	MAX_WINDOW_MESSAGES,
};

fn schema(kind: &str, types: &[VariableType]) -> Schema {
	let variables: Vec<_> = types
		.iter()
		.enumerate()
		.map(|(index, ty)| Variable {
			name: vec![b'a' + index as u8].try_into().unwrap(),
			ty: *ty,
		})
		.collect();
	Schema {
		kind: kind.as_bytes().to_vec().try_into().unwrap(),
		variables: variables.try_into().unwrap(),
		encoding: MessageEncoding::Scale,
	}
}

/// The block up to which everything is known.
const NOW: u32 = 100;

/// An agreement of some sensors, all of them switches with a counter.
struct Agreement {
	pipeline: Pipeline,
	fold: Fold,
	feeds: Vec<Feed>,
	keys: Vec<SensorKeys<u32>>,
	schemas: Vec<Schema>,
	shape: WindowShape,
	times: (Timestamp, Timestamp),
	/// What remains of window 3.
	parts: Vec<Part>,
}

impl Agreement {
	fn new(sensors: u64, size: u32, take: &str) -> Self {
		let json = alloc::format!(r#"{{"take": {take}, "aggregate": "sum"}}"#);
		let feed = |index: u64| Feed {
			sensor: 10 + index,
			since: 0,
			start: 100 * index,
		};
		let types = [VariableType::Bool, VariableType::Integer];
		let key = ed25519::Public::from_raw([1; 32]);
		let pipeline = Pipeline::parse(json.as_bytes()).unwrap();
		let agreement = Self {
			fold: Fold::Pipeline(pipeline.clone()),
			pipeline,
			feeds: (0..sensors).map(feed).collect(),
			keys: (0..sensors).map(|_| SensorKeys::new(0, key)).collect(),
			schemas: (0..sensors).map(|_| schema("switch", &types)).collect(),
			shape: WindowShape { size, slide: 2 },
			times: (0, u64::MAX),
			parts: Vec::new(),
		};
		agreement.known()
	}

	/// The same, after what is known of its sensors has changed.
	fn known(mut self) -> Self {
		let feeds = self.feeds.iter().zip(&self.keys);
		let parts = feeds.map(|(feed, keys)| Part::new(feed, &self.shape, 3, keys, NOW).unwrap());
		self.parts = parts.collect();
		self
	}

	/// The same, with some numbers of the sensor at `index` void.
	fn without(mut self, index: usize, numbers: impl IntoIterator<Item = Sequence>) -> Self {
		for number in numbers {
			self.keys[index].convict(number, NOW);
		}
		self.known()
	}

	fn subject(&self) -> Subject<'_> {
		Subject {
			fold: &self.fold,
			parts: &self.parts,
			schemas: &self.schemas,
			times: self.times,
		}
	}

	/// The messages of window 3, with these values.
	fn messages(&self, mut values: impl Iterator<Item = (bool, i64)>) -> Vec<SignedMessage> {
		let mut messages = Vec::new();
		for (part, schema) in self.parts.iter().zip(&self.schemas) {
			for sequence in part.numbers() {
				let (on, count) = values.next().unwrap_or_default();
				let message = Message {
					sensor: part.sensor,
					kind: schema.kind.clone(),
					sequence,
					timestamp: 1_000 * sequence,
					values: vec![Value::Bool(on), Value::Integer(count)]
						.try_into()
						.unwrap(),
				};
				messages.push(signed(message));
			}
		}
		messages
	}

	/// The trial after all messages of a window were shown in chunks of `size`.
	fn tried(&self, messages: &[SignedMessage], size: usize) -> Trial {
		let window = window(messages);
		let chunks = messages.chunks(size);
		chunks.fold(Trial::new(), |trial, chunk| {
			self.step(&trial, &window, chunk).unwrap()
		})
	}

	/// The trial after the next chunk of a window.
	fn step(
		&self,
		trial: &Trial,
		window: &Window,
		chunk: &[SignedMessage],
	) -> Result<Trial, TrialError> {
		let rest = window.rest(trial.position() + chunk.len() as u32);
		trial.step(&self.subject(), &window.root(), &rest, chunk, |_| true)
	}
}

fn window(messages: &[SignedMessage]) -> Window {
	Window::new(messages.iter().map(|signed| &signed.message))
}

fn signed(message: Message) -> SignedMessage {
	SignedMessage {
		message,
		signature: ed25519::Signature::from_raw([0; 64]),
	}
}

const VALUES: &str = r#"{"values": "b"}"#;
const DURATIONS: &str =
	r#"{"durations": {"variable": "a", "from": false, "to": true, "unit": "second"}}"#;

/// What is said of two sensors' window of two messages each, after `change`.
fn trial_error(change: impl Fn(&mut Vec<SignedMessage>)) -> TrialError {
	let agreement = Agreement::new(2, 2, VALUES);
	let mut messages = agreement.messages([].into_iter());
	change(&mut messages);
	let verified = Cell::new(false);
	let (subject, window) = (agreement.subject(), window(&messages));
	let stepped = Trial::new().step(&subject, &window.root(), &[], &messages, |_| {
		verified.set(true);
		true
	});
	assert!(!verified.get(), "signatures are verified last");
	stepped.unwrap_err()
}

#[test]
fn each_message_has_its_place() {
	let other_kind = |message: &mut Message| message.kind = b"door".to_vec().try_into().unwrap();
	assert_eq!(trial_error(|m| m.swap(1, 2)), TrialError::WrongSensor);
	assert_eq!(trial_error(|m| m.swap(0, 1)), TrialError::WrongSequence);
	assert_eq!(
		trial_error(|m| m[3].message.sequence += 1),
		TrialError::WrongSequence
	);
	assert_eq!(
		trial_error(|m| other_kind(&mut m[2].message)),
		TrialError::WrongSchema
	);
	assert_eq!(trial_error(|m| m.push(m[3].clone())), TrialError::TooMany);
}

#[test]
fn every_signature_counts() {
	let agreement = Agreement::new(2, 2, VALUES);
	let messages = agreement.messages([].into_iter());
	let (subject, root) = (agreement.subject(), window(&messages).root());
	for bad in &messages {
		let verify = |signed: &SignedMessage| signed != bad;
		let stepped = Trial::new().step(&subject, &root, &[], &messages, verify);
		assert_eq!(stepped, Err(TrialError::BadSignature));
	}
}

#[test]
fn a_chunk_is_part_of_the_window_with_the_root() {
	let agreement = Agreement::new(2, 4, VALUES);
	let own = agreement.messages((0..).map(|n| (true, n)));
	let mut other = own.clone();
	other[0].message.timestamp += 1;
	let (own_window, other_window) = (window(&own), window(&other));
	let wrong = Err(TrialError::WrongRoot);
	let trial = agreement
		.step(&Trial::new(), &own_window, &own[..3])
		.unwrap();
	for messages in [&other[..3], &other] {
		assert_eq!(agreement.step(&Trial::new(), &own_window, messages), wrong);
		agreement
			.step(&Trial::new(), &other_window, messages)
			.unwrap();
	}
	// Nobody spoils a trial that others have begun.
	assert_eq!(agreement.step(&trial, &other_window, &own[3..]), wrong);
	let last = agreement.step(&trial, &own_window, &own[3..]).unwrap();
	assert!(last.is_complete(&agreement.subject()));
	// Nor with what does not follow the chunk.
	let subject = agreement.subject();
	for rest in [vec![], own_window.rest(4), own_window.rest(5)] {
		let stepped = Trial::new().step(&subject, &own_window.root(), &rest, &own[..3], |_| true);
		assert_eq!(stepped, wrong);
	}
}

#[test]
fn what_is_void_is_left_out_of_a_window() {
	let all = Agreement::new(2, 4, VALUES);
	let every = all.messages((0..).map(|n| (true, 1 << n)));
	let agreement = Agreement::new(2, 4, VALUES).without(1, [106, 108]);
	let subject = agreement.subject();
	assert_eq!(subject.count(), 6);
	let left: Vec<_> = every
		.iter()
		.filter(|signed| ![106, 108].contains(&signed.message.sequence))
		.cloned()
		.collect();
	let trial = agreement.tried(&left, 2);
	assert!(trial.is_complete(&subject));
	// The values 2^4 and 2^6 are those of the messages that were never sent.
	let shown = trial.finish(&agreement.fold);
	assert_eq!(shown.result, Some(0b1010_1111));
	assert_eq!(shown.root, window(&left).root());
	let refused = agreement.step(&Trial::new(), &window(&every), &every);
	assert_eq!(refused, Err(TrialError::WrongSequence));
}

#[test]
fn a_window_of_void_numbers_alone_is_shown_at_once() {
	let agreement = Agreement::new(1, 3, VALUES).without(0, [6, 7, 8]);
	let (trial, subject) = (Trial::new(), agreement.subject());
	assert_eq!((subject.count(), subject.chunk(0, 1_024)), (0, 0));
	assert!(trial.is_complete(&subject) && trial.next(&subject).is_none());
	let empty = window(&[]);
	let trial = agreement.step(&trial, &empty, &[]).unwrap();
	let shown = trial.finish(&agreement.fold);
	assert_eq!(Some(shown.clone()), subject.compute([]));
	assert_eq!(shown.root, empty.root());
	assert_eq!((shown.digest, shown.result), (empty.digest(), None));
	let other = window(&Agreement::new(1, 3, VALUES).messages([].into_iter()));
	let stepped = agreement.step(&trial, &other, &[]);
	assert_eq!(stepped, Err(TrialError::WrongRoot));
}

#[test]
fn a_sensor_whose_numbers_are_all_void_takes_no_turn() {
	let agreement = Agreement::new(3, 2, VALUES).without(1, [106, 107]);
	let messages = agreement.messages((0..).map(|n| (true, n)));
	let mut other = messages.clone();
	other[2].message.timestamp += 1;
	let (own, other) = (agreement.tried(&messages, 4), agreement.tried(&other, 4));
	assert_eq!(own.differs_at(&other), Some(2));
}

#[test]
fn readings_from_before_a_device_had_the_time_are_not_looked_at() {
	let mut agreement = Agreement::new(2, 2, VALUES);
	agreement.times = (7_000, 106_000);
	let messages = agreement.messages([(true, 1), (true, 2), (true, 4), (true, 8)].into_iter());
	let times: Vec<_> = messages
		.iter()
		.map(|signed| signed.message.timestamp)
		.collect();
	assert_eq!(times, [6_000, 7_000, 106_000, 107_000]);
	let shown = agreement.tried(&messages, 3).finish(&agreement.fold);
	assert_eq!(shown.result, Some(2 + 4));
	// They are part of the window all the same.
	assert_eq!(shown.root, window(&messages).root());
	let computed = agreement
		.subject()
		.compute(messages.iter().map(|signed| &signed.message));
	assert_eq!(computed, Some(shown));
	// A clock that begins in 1970 would have made a trip of half a century.
	let mut agreement = Agreement::new(1, 2, DURATIONS);
	let mut messages = agreement.messages([(false, 0), (true, 0)].into_iter());
	messages[0].message.timestamp = 0;
	messages[1].message.timestamp = 1_795_000_000_000;
	let result =
		|agreement: &Agreement| agreement.tried(&messages, 2).finish(&agreement.fold).result;
	assert_eq!(result(&agreement), Some(1_795_000_000));
	agreement.times = (1_790_000_000_000, 1_800_000_000_000);
	assert_eq!(result(&agreement), Some(0));
}

#[test]
fn only_the_messages_of_a_window_give_its_result() {
	let agreement = Agreement::new(2, 2, VALUES);
	let messages = agreement.messages((0..).map(|n| (true, n)));
	let all: Vec<_> = messages.into_iter().map(|signed| signed.message).collect();
	let subject = agreement.subject();
	assert_eq!(subject.compute(&all).unwrap().result, Some(6));
	assert_eq!(subject.compute(&all[..3]), None);
	assert_eq!(subject.compute(all.iter().chain(&all[3..])), None);
	assert_eq!(subject.compute(all.iter().rev()), None);
}

#[test]
fn a_chunk_has_as_many_messages_as_are_left() {
	let agreement = Agreement::new(2, 5, VALUES);
	let subject = agreement.subject();
	let chunks = [0, 4, 8, 10, 11].map(|position| subject.chunk(position, 4));
	assert_eq!(chunks, [4, 4, 2, 0, 0]);
}

#[test]
fn trials_tell_which_sensor_signed_twice_as_far_as_both_have_come() {
	let agreement = Agreement::new(3, 4, VALUES);
	let messages = agreement.messages((0..).map(|n| (true, n)));
	for (changed, chunks_until_seen) in [(0, 1), (3, 1), (4, 1), (5, 2), (9, 2), (10, 3), (11, 3)] {
		let mut others = messages.clone();
		others[changed].message.timestamp += 1;
		let (own, other) = (window(&messages), window(&others));
		let complete = agreement.tried(&messages, 5);
		let mut trial = Trial::new();
		for (index, chunk) in others.chunks(5).enumerate() {
			assert_eq!(
				complete.differs_at(&trial).is_some(),
				index >= chunks_until_seen
			);
			trial = agreement.step(&trial, &other, chunk).unwrap();
			assert_eq!(complete.differs_at(&trial), trial.differs_at(&complete));
		}
		assert_eq!(complete.differs_at(&trial), Some(changed / 4), "{changed}");
		assert_ne!(own.root(), other.root());
		assert_eq!(complete.differs_at(&agreement.tried(&messages, 5)), None);
	}
}

#[test]
fn the_largest_windows_leave_a_mark_after_every_chunk() {
	let (sensors, most) = (u64::from(MAX_SENSORS), MAX_WINDOW_MESSAGES as usize);
	let agreement = Agreement::new(sensors, MAX_WINDOW_MESSAGES / MAX_SENSORS, VALUES);
	let messages = agreement.messages([].into_iter());
	assert_eq!(messages.len(), most);
	// Chunks that end in the midst of what a sensor sent.
	let size = most.div_ceil(MAX_CHUNKS as usize) + 1;
	let trial = agreement.tried(&messages, size);
	let ends = (1..).map(|chunk| (chunk * size).min(most) as u32);
	for end in ends.take(most.div_ceil(size)) {
		assert!(trial.marks.iter().any(|mark| mark.position == end), "{end}");
	}
	assert!(trial.marks.is_sorted_by_key(|mark| mark.position));
	assert!(trial.encoded_size() <= Trial::max_encoded_len());
}

#[test]
fn the_next_message_is_named_until_the_window_is_complete() {
	let agreement = Agreement::new(2, 2, VALUES);
	let subject = agreement.subject();
	let mut trial = Trial::new();
	let messages = agreement.messages([].into_iter());
	let window = window(&messages);
	for signed in messages {
		let (index, sequence) = trial.next(&subject).unwrap();
		assert_eq!(agreement.parts[index].sensor, signed.message.sensor);
		assert_eq!(sequence, signed.message.sequence);
		assert!(!trial.is_complete(&subject));
		trial = agreement.step(&trial, &window, &[signed]).unwrap();
	}
	assert_eq!(trial.next(&subject), None);
	assert!(trial.is_complete(&subject));
}

#[test]
fn a_chunk_has_a_hash_that_depends_on_every_message() {
	let messages = Agreement::new(1, 3, VALUES).messages([].into_iter());
	assert_eq!(
		Showing::hash(&messages),
		BlakeTwo256::hash(&messages.encode())
	);
	assert_ne!(Showing::hash(&messages), Showing::hash(&messages[..2]));
}

#[test]
fn the_longest_message_is_as_long_as_said() {
	let full = |bytes: usize| vec![b'x'; bytes];
	for count in [1, MAX_VARIABLES] {
		for ty in [
			VariableType::Bool,
			VariableType::Integer,
			VariableType::Text,
		] {
			let value = match ty {
				VariableType::Bool => Value::Bool(true),
				VariableType::Integer => Value::Integer(i64::MAX),
				VariableType::Text => Value::Text(full(64).try_into().unwrap()),
			};
			let schema = Schema {
				kind: full(32).try_into().unwrap(),
				..schema("", &vec![ty; count as usize])
			};
			let message = Message {
				sensor: u64::MAX,
				kind: schema.kind.clone(),
				sequence: u64::MAX,
				timestamp: u64::MAX,
				values: vec![value; count as usize].try_into().unwrap(),
			};
			let length = signed(message).encoded_size() as u32;
			assert_eq!(longest_message(&schema), length, "{count} {ty:?}");
			assert!(length as usize <= SignedMessage::max_encoded_len());
		}
	}
}

proptest! {
	#[test]
	fn chunks_of_any_sizes_show_the_same_window(
		sensors in 1u64..4,
		values in vec((any::<bool>(), any::<i64>()), 60),
		chunks in vec(0usize..9, 60),
		take in prop::sample::select(&[VALUES, DURATIONS, r#""messages""#][..]),
	) {
		let agreement = Agreement::new(sensors, 20, take);
		let subject = agreement.subject();
		let messages = agreement.messages(values.into_iter());
		let window = window(&messages);
		let mut trial = Trial::new();
		let mut left = &messages[..];
		for chunk in chunks.into_iter().chain([60]) {
			let (chunk, rest) = left.split_at(chunk.min(left.len()));
			trial = agreement.step(&trial, &window, chunk).unwrap();
			// What is stored between two chunks is all that is needed.
			trial = Trial::decode(&mut &trial.encode()[..]).unwrap();
			prop_assert!(trial.encoded_size() <= Trial::max_encoded_len());
			left = rest;
		}
		prop_assert!(trial.is_complete(&subject));
		let all: Vec<Message> = messages.into_iter().map(|signed| signed.message).collect();
		let traces: Vec<_> = all
			.chunks(20)
			.zip(&agreement.schemas)
			.map(|(messages, schema)| Trace { schema, messages })
			.collect();
		let shown = Shown {
			root: window.root(),
			digest: window.digest(),
			result: agreement.pipeline.evaluate(&traces),
		};
		prop_assert_eq!(subject.compute(&all), Some(shown.clone()));
		prop_assert_eq!(trial.finish(&agreement.fold), shown);
	}
}
