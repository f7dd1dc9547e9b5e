//! Windows shown in chunks, and what is refused.

use super::*;
use crate::{Trace, Window};
use alloc::{vec, vec::Vec};
use core::cell::Cell;
use proptest::{collection::vec, prelude::*};
use syngraph_primitives::{MessageEncoding, Value, Variable, MAX_VARIABLES};

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

/// An agreement of some sensors, all of them switches with a counter.
struct Agreement {
	pipeline: Pipeline,
	sources: Vec<Source>,
	schemas: Vec<Schema>,
	shape: WindowShape,
}

impl Agreement {
	fn new(sensors: u64, size: u32, take: &str) -> Self {
		let json = alloc::format!(r#"{{"take": {take}, "aggregate": "sum"}}"#);
		let source = |index: u64| Source {
			sensor: 10 + index,
			start: 100 * index,
		};
		let types = [VariableType::Bool, VariableType::Integer];
		Self {
			pipeline: Pipeline::parse(json.as_bytes()).unwrap(),
			sources: (0..sensors).map(source).collect(),
			schemas: (0..sensors).map(|_| schema("switch", &types)).collect(),
			shape: WindowShape { size, slide: 2 },
		}
	}

	fn subject(&self) -> Subject<'_> {
		Subject {
			pipeline: &self.pipeline,
			sources: &self.sources,
			schemas: &self.schemas,
			shape: self.shape,
			window: 3,
		}
	}

	/// The messages of window 3, with these values.
	fn messages(&self, mut values: impl Iterator<Item = (bool, i64)>) -> Vec<SignedMessage> {
		let mut messages = Vec::new();
		for (source, schema) in self.sources.iter().zip(&self.schemas) {
			for sequence in self.shape.range(source.start, 3).unwrap() {
				let (on, count) = values.next().unwrap_or_default();
				let message = Message {
					sensor: source.sensor,
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
fn refusal(change: impl Fn(&mut Vec<SignedMessage>)) -> TrialError {
	let agreement = Agreement::new(2, 2, VALUES);
	let mut messages = agreement.messages([].into_iter());
	change(&mut messages);
	let verified = Cell::new(false);
	let stepped = Trial::new().step(&agreement.subject(), &messages, |_| {
		verified.set(true);
		true
	});
	assert!(!verified.get(), "signatures are verified last");
	stepped.unwrap_err()
}

#[test]
fn each_message_has_its_place() {
	let other_kind = |message: &mut Message| message.kind = b"door".to_vec().try_into().unwrap();
	assert_eq!(refusal(|m| m.swap(1, 2)), TrialError::WrongSensor);
	assert_eq!(refusal(|m| m.swap(0, 1)), TrialError::WrongSequence);
	assert_eq!(
		refusal(|m| m[3].message.sequence += 1),
		TrialError::WrongSequence
	);
	assert_eq!(
		refusal(|m| other_kind(&mut m[2].message)),
		TrialError::WrongSchema
	);
	assert_eq!(refusal(|m| m.push(m[3].clone())), TrialError::TooMany);
}

#[test]
fn every_signature_counts() {
	let agreement = Agreement::new(2, 2, VALUES);
	let messages = agreement.messages([].into_iter());
	for bad in &messages {
		let stepped = Trial::new().step(&agreement.subject(), &messages, |signed| signed != bad);
		assert_eq!(stepped, Err(TrialError::BadSignature));
	}
}

#[test]
fn a_window_that_no_sensor_can_fill_is_never_complete() {
	let mut agreement = Agreement::new(1, 2, VALUES);
	agreement.sources[0].start = Sequence::MAX;
	let (trial, subject) = (Trial::new(), agreement.subject());
	assert_eq!(trial.next(&subject), None);
	assert!(!trial.is_complete(&subject));
	let message = Agreement::new(1, 2, VALUES).messages([].into_iter());
	assert_eq!(
		trial.step(&subject, &message, |_| true),
		Err(TrialError::TooMany)
	);
}

#[test]
fn the_next_message_is_named_until_the_window_is_complete() {
	let agreement = Agreement::new(2, 2, VALUES);
	let subject = agreement.subject();
	let mut trial = Trial::new();
	for signed in agreement.messages([].into_iter()) {
		let (index, sequence) = trial.next(&subject).unwrap();
		assert_eq!(agreement.sources[index].sensor, signed.message.sensor);
		assert_eq!(sequence, signed.message.sequence);
		assert!(!trial.is_complete(&subject));
		trial = trial.step(&subject, &[signed], |_| true).unwrap();
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
		let mut trial = Trial::new();
		let mut left = &messages[..];
		for chunk in chunks.into_iter().chain([60]) {
			let (chunk, rest) = left.split_at(chunk.min(left.len()));
			trial = trial.step(&subject, chunk, |_| true).unwrap();
			// What is stored between two chunks is all that is needed.
			trial = Trial::decode(&mut &trial.encode()[..]).unwrap();
			prop_assert!(trial.encoded_size() <= Trial::max_encoded_len());
			left = rest;
		}
		prop_assert!(trial.is_complete(&subject));
		let all: Vec<Message> = messages.into_iter().map(|signed| signed.message).collect();
		let window = Window::new(&all);
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
		prop_assert_eq!(trial.finish(&agreement.pipeline), shown);
	}
}
