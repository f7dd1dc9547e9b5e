//! What holds of every pipeline and every window.

use alloc::{string::String, vec::Vec};
use proptest::{collection::vec, option, prelude::*};
use syngraph_primitives::{Message, ResultValue, Schema, Text, Value};

use super::{
	language::{Aggregate, Bounds, Condition, Durations, Pipeline, Scalar, Select, Take, Unit},
	tests::{lock, message},
	Trace,
};

const NAMES: [&str; 4] = ["locked", "battery", "tenant", "unknown"];
const TENANTS: [&str; 3] = ["", "ann", "bob"];

/// Small numbers, so that values meet bounds, and a few extreme ones.
fn number() -> impl Strategy<Value = i64> {
	prop_oneof![8 => -3..4i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn name() -> impl Strategy<Value = String> {
	prop::sample::select(&NAMES[..]).prop_map(String::from)
}

fn scalar() -> impl Strategy<Value = Scalar> {
	prop_oneof![
		any::<bool>().prop_map(Scalar::Bool),
		number().prop_map(Scalar::Integer),
		prop::sample::select(&TENANTS[..]).prop_map(|text| Scalar::Text(text.into())),
	]
}

fn bounds() -> impl Strategy<Value = Bounds> {
	(option::of(number()), option::of(number()))
		.prop_map(|(at_least, at_most)| Bounds { at_least, at_most })
}

fn condition() -> impl Strategy<Value = Condition> {
	(name(), option::of(scalar()), bounds()).prop_map(|(variable, is, bounds)| Condition {
		variable,
		is,
		at_least: bounds.at_least,
		at_most: bounds.at_most,
	})
}

fn select() -> impl Strategy<Value = Select> {
	let kind = prop::sample::select(&["lock", "lock", "door"][..]).prop_map(String::from);
	(
		option::of(kind),
		option::of(vec(0..5u8, 0..4)),
		option::of(condition()),
	)
		.prop_map(|(kind, sensors, condition)| Select {
			kind,
			sensors,
			condition,
		})
}

fn take() -> impl Strategy<Value = Take> {
	let unit =
		prop::sample::select(&[Unit::Millisecond, Unit::Second, Unit::Minute, Unit::Hour][..]);
	prop_oneof![
		Just(Take::Messages),
		name().prop_map(Take::Values),
		(name(), scalar(), scalar(), unit).prop_map(|(variable, from, to, unit)| {
			Take::Durations(Durations {
				variable,
				from,
				to,
				unit,
			})
		}),
	]
}

fn pipeline() -> impl Strategy<Value = Pipeline> {
	let aggregate = prop::sample::select(
		&[
			Aggregate::Count,
			Aggregate::Sum,
			Aggregate::Min,
			Aggregate::Max,
			Aggregate::Mean,
		][..],
	);
	(select(), take(), bounds(), aggregate, bounds()).prop_map(
		|(select, take, keep, aggregate, emit_if)| Pipeline {
			select,
			take,
			keep,
			aggregate,
			emit_if,
		},
	)
}

fn trace() -> impl Strategy<Value = Vec<Message>> {
	let timestamp = prop_oneof![9 => 0..10_000_000u64, 1 => any::<u64>()];
	let tenant = prop::sample::select(&TENANTS[..])
		.prop_map(|text| Value::Text(Text::truncate_from(text.as_bytes().to_vec())));
	let sent = (timestamp, any::<bool>(), number(), tenant).prop_map(
		|(timestamp, locked, battery, tenant)| {
			let values = [Value::Bool(locked), Value::Integer(battery), tenant];
			message(&lock(), timestamp, values.to_vec())
		},
	);
	vec(sent, 0..20)
}

/// Whether `value` is the one of `scalar`, by the text they have in common.
fn same(value: &Value, scalar: &Scalar) -> bool {
	match (value, scalar) {
		(Value::Bool(value), Scalar::Bool(scalar)) => value == scalar,
		(Value::Integer(value), Scalar::Integer(scalar)) => value == scalar,
		(Value::Text(value), Scalar::Text(scalar)) => value.to_vec() == scalar.clone().into_bytes(),
		_ => false,
	}
}

fn within(number: ResultValue, bounds: &Bounds) -> bool {
	let least = bounds.at_least.map_or(ResultValue::MIN, ResultValue::from);
	let most = bounds.at_most.map_or(ResultValue::MAX, ResultValue::from);
	(least..=most).contains(&number)
}

/// The value of the variable called `name`, known by its place in a lock's messages.
fn value_of<'a>(message: &'a Message, name: &str) -> Option<&'a Value> {
	let place = NAMES.iter().position(|known| *known == name)?;
	message.values.get(place)
}

fn passes(condition: &Condition, message: &Message) -> bool {
	let Some(value) = value_of(message, &condition.variable) else {
		return false;
	};
	if condition.is.as_ref().is_some_and(|is| !same(value, is)) {
		return false;
	}
	match value {
		Value::Integer(number) => within((*number).into(), &condition.bounds()),
		_ => condition.at_least.is_none() && condition.at_most.is_none(),
	}
}

/// Every closing message is looked at by itself: the last end before it must be an opening one.
fn durations(durations: &Durations, messages: &[&Message]) -> Vec<ResultValue> {
	let is = |message: &Message, scalar: &Scalar| {
		value_of(message, &durations.variable).is_some_and(|value| same(value, scalar))
	};
	let opens = |message: &Message| is(message, &durations.from);
	let closes = |message: &Message| !opens(message) && is(message, &durations.to);
	let mut numbers = Vec::new();
	for (i, last) in messages
		.iter()
		.enumerate()
		.filter(|(_, message)| closes(message))
	{
		let before = messages[..i].iter().rev();
		let first = before
			.into_iter()
			.find(|message| opens(message) || closes(message));
		if let Some(first) = first.filter(|message| opens(message)) {
			let elapsed = i128::from(last.timestamp) - i128::from(first.timestamp);
			let unit = match durations.unit {
				Unit::Millisecond => 1,
				Unit::Second => 1_000,
				Unit::Minute => 60 * 1_000,
				Unit::Hour => 60 * 60 * 1_000,
			};
			numbers.push(elapsed.max(0) / unit);
		}
	}
	numbers
}

/// The numbers that locks give, in plain words.
fn numbers(pipeline: &Pipeline, traces: &[Vec<Message>]) -> Vec<ResultValue> {
	let mut numbers = Vec::new();
	for (index, trace) in traces.iter().enumerate() {
		let select = &pipeline.select;
		let listed = match &select.sensors {
			Some(sensors) => sensors.contains(&(index as u8)),
			None => true,
		};
		if !listed || select.kind.as_ref().is_some_and(|kind| kind != "lock") {
			continue;
		}
		let mut messages: Vec<&Message> = trace.iter().collect();
		if let Some(condition) = &select.condition {
			messages.retain(|message| passes(condition, message));
		}
		match &pipeline.take {
			Take::Messages => numbers.extend(messages.iter().map(|_| 1)),
			Take::Values(name) => {
				for message in messages {
					if let Some(Value::Integer(number)) = value_of(message, name) {
						numbers.push(ResultValue::from(*number));
					}
				}
			},
			Take::Durations(taken) => numbers.extend(durations(taken, &messages)),
		}
	}
	numbers
}

/// The result for locks, in plain words.
fn reference(pipeline: &Pipeline, traces: &[Vec<Message>]) -> Option<ResultValue> {
	let mut numbers = numbers(pipeline, traces);
	numbers.retain(|number| within(*number, &pipeline.keep));
	numbers.sort();
	let sum: ResultValue = numbers.iter().sum();
	let count = numbers.len() as ResultValue;
	let result = match pipeline.aggregate {
		Aggregate::Count => count,
		Aggregate::Sum => sum,
		Aggregate::Min => *numbers.first()?,
		Aggregate::Max => *numbers.last()?,
		Aggregate::Mean if numbers.is_empty() => return None,
		Aggregate::Mean => sum / count - ResultValue::from(sum % count < 0),
	};
	within(result, &pipeline.emit_if).then_some(result)
}

fn evaluate(pipeline: &Pipeline, schema: &Schema, traces: &[Vec<Message>]) -> Option<ResultValue> {
	let window: Vec<_> = traces
		.iter()
		.map(|messages| Trace { schema, messages })
		.collect();
	pipeline.evaluate(&window)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

	#[test]
	fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
		let _ = Pipeline::parse(&bytes);
	}

	#[test]
	fn a_damaged_pipeline_is_read_or_refused(
		pipeline in pipeline(),
		at in any::<prop::sample::Index>(),
		byte in any::<u8>(),
	) {
		let mut json = serde_json::to_vec(&pipeline).unwrap();
		let at = at.index(json.len());
		json[at] = byte;
		if let Ok(read) = Pipeline::parse(&json) {
			let _ = read.check(&[lock()]);
			let _ = evaluate(&read, &lock(), &[]);
		}
	}

	#[test]
	fn a_written_pipeline_reads_the_same(pipeline in pipeline()) {
		let json = serde_json::to_vec(&pipeline).unwrap();
		prop_assert_eq!(Pipeline::parse(&json), Ok(pipeline));
	}

	#[test]
	fn the_result_is_that_of_the_plain_words(
		pipeline in pipeline(),
		traces in vec(trace(), 0..4),
	) {
		prop_assert_eq!(evaluate(&pipeline, &lock(), &traces), reference(&pipeline, &traces));
	}
}
