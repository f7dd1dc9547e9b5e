//! Each word of the language by example.

use alloc::{string::String, vec, vec::Vec};
use syngraph_primitives::{Function, Message, ResultValue, Schema, Text, Value, VariableType};
use syngraph_test_kit::schema;

use super::{FunctionError, Pipeline, Trace};
use crate::Fold;

mod errors;
mod evaluation;
mod warnings;

/// A lock that reports whether it is locked, its battery, and who used it.
pub(super) fn lock() -> Schema {
	schema(
		"lock",
		&[
			("locked", VariableType::Bool),
			("battery", VariableType::Integer),
			("tenant", VariableType::Text),
		],
	)
}

fn thermometer() -> Schema {
	schema("thermometer", &[("temperature", VariableType::Integer)])
}

pub(super) fn message(schema: &Schema, timestamp: u64, values: Vec<Value>) -> Message {
	Message {
		sensor: 0,
		kind: schema.kind.clone(),
		sequence: 0,
		timestamp,
		values: values.try_into().unwrap(),
	}
}

fn text(text: &str) -> Value {
	Value::Text(Text::truncate_from(text.as_bytes().to_vec()))
}

/// Messages of a lock from its state, battery and tenant over time.
fn locks(states: &[(u64, bool, i64, &str)]) -> Vec<Message> {
	states
		.iter()
		.map(|(timestamp, locked, battery, tenant)| {
			let values = vec![Value::Bool(*locked), Value::Integer(*battery), text(tenant)];
			message(&lock(), *timestamp, values)
		})
		.collect()
}

fn temperatures(values: &[i64]) -> Vec<Message> {
	values
		.iter()
		.map(|value| message(&thermometer(), 0, vec![Value::Integer(*value)]))
		.collect()
}

fn parse(json: &str) -> Pipeline {
	Pipeline::parse(json.as_bytes()).unwrap()
}

/// What a function that passes the check computes from a window of these traces.
fn evaluate(json: &str, traces: &[(Schema, Vec<Message>)]) -> Option<ResultValue> {
	let pipeline = parse(json);
	let schemas: Vec<_> = traces.iter().map(|(schema, _)| schema.clone()).collect();
	assert_eq!(pipeline.check(&schemas), Ok(()));
	let window: Vec<_> = traces
		.iter()
		.map(|(schema, messages)| Trace { schema, messages })
		.collect();
	pipeline.evaluate(&window)
}

/// The result for one lock that is ridden twice, for 10.5 s by ann and for 3 s by bob.
fn two_trips(json: &str) -> Option<ResultValue> {
	let states = [
		(0, true, 90, ""),
		(1_000, false, 80, "ann"),
		(11_500, true, 70, "ann"),
		(20_000, false, 60, "bob"),
		(23_000, true, 50, "bob"),
	];
	evaluate(json, &[(lock(), locks(&states))])
}

const TRIPS: &str =
	r#"{"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}}"#;

/// A function that takes durations and does something with them.
fn trips(rest: &str) -> String {
	alloc::format!(r#"{{"take": {TRIPS}, {rest}}}"#)
}
