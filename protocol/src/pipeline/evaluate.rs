//! What a pipeline computes, message by message.
//!
//! Total: no input makes it panic. Numbers are `i64` values or `u64` durations and a window holds far
//! fewer than 2^63 of them, so that their sum always fits an `i128`.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::{Message, ResultValue, Schema, Timestamp, Value};

use super::language::{Aggregate, Bounds, Condition, Durations, Pipeline, Select, Take};

/// A pipeline that is being evaluated: what it needs to remember of the messages so far.
///
/// It can be stored between any two messages, so that a window too large for one block can be evaluated
/// over several.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Evaluation {
	/// The index of the sensor whose messages are coming.
	sensor: u32,
	/// When the duration began that its last messages left open.
	opened: Option<Timestamp>,
	/// How many numbers were kept.
	count: u32,
	/// Their sum.
	sum: ResultValue,
	/// The least of them.
	least: Option<ResultValue>,
	/// The greatest of them.
	greatest: Option<ResultValue>,
}

impl Evaluation {
	/// Takes in the next message of the window: sensor after sensor in the order of the terms, of which
	/// this one has the place `index`, each sensor's messages in sequence.
	///
	/// Never panics. A message that does not fit its schema is passed over.
	pub fn push(&mut self, pipeline: &Pipeline, index: usize, schema: &Schema, message: &Message) {
		if self.sensor as usize != index {
			self.sensor = index as u32;
			// Durations do not reach from one sensor to another.
			self.opened = None;
		}
		if !pipeline.select.selects(index, schema) || !pipeline.select.looks_at(schema, message) {
			return;
		}
		let number = pipeline.take.number(&mut self.opened, schema, message);
		if let Some(number) = number.filter(|number| pipeline.keep.admit(*number)) {
			self.count = self.count.saturating_add(1);
			self.sum = self.sum.saturating_add(number);
			self.least = Some(self.least.map_or(number, |least| least.min(number)));
			self.greatest = Some(self.greatest.map_or(number, |most| most.max(number)));
		}
	}

	/// The result, once all messages of the window were taken in; none is null.
	pub fn finish(&self, pipeline: &Pipeline) -> Option<ResultValue> {
		let count = self.count.into();
		let result = match pipeline.aggregate {
			Aggregate::Count => Some(count),
			Aggregate::Sum => Some(self.sum),
			Aggregate::Min => self.least,
			Aggregate::Max => self.greatest,
			// Euclidean division by a positive number rounds down, and by zero gives none.
			Aggregate::Mean => self.sum.checked_div_euclid(count),
		};
		result.filter(|result| pipeline.emit_if.admit(*result))
	}
}

/// The value of the variable called `name` in a message of a sensor with the schema.
fn value<'a>(schema: &Schema, message: &'a Message, name: &str) -> Option<&'a Value> {
	let (position, _) = schema.variable(name.as_bytes())?;
	message.values.get(position)
}

impl Select {
	/// Whether the sensor at `index` is looked at.
	pub(super) fn selects(&self, index: usize, schema: &Schema) -> bool {
		let listed = |sensors: &Vec<u8>| sensors.iter().any(|sensor| usize::from(*sensor) == index);
		let of_kind = |kind: &[u8]| kind == &schema.kind[..];
		self.sensors.as_ref().is_none_or(listed)
			&& self.kind.as_deref().map(str::as_bytes).is_none_or(of_kind)
	}

	/// Whether a message of a selected sensor is looked at.
	fn looks_at(&self, schema: &Schema, message: &Message) -> bool {
		let condition = self.condition.as_ref();
		condition.is_none_or(|condition| condition.holds(schema, message))
	}
}

impl Condition {
	fn holds(&self, schema: &Schema, message: &Message) -> bool {
		let bounds = self.bounds();
		value(schema, message, &self.variable).is_some_and(|value| {
			let within = match value {
				Value::Integer(number) => bounds.admit((*number).into()),
				Value::Bool(_) | Value::Text(_) => bounds == Bounds::default(),
			};
			within && self.is.as_ref().is_none_or(|scalar| scalar.equals(value))
		})
	}
}

impl Bounds {
	/// Whether `number` lies within them.
	fn admit(&self, number: ResultValue) -> bool {
		self.at_least.is_none_or(|bound| number >= bound.into())
			&& self.at_most.is_none_or(|bound| number <= bound.into())
	}
}

impl Take {
	/// The number that a message gives, if any. `opened` tells when the duration began, if one did, that
	/// earlier messages of the sensor left open.
	fn number(
		&self,
		opened: &mut Option<Timestamp>,
		schema: &Schema,
		message: &Message,
	) -> Option<ResultValue> {
		match self {
			Self::Messages => Some(1),
			Self::Values(name) => match value(schema, message, name)? {
				Value::Integer(number) => Some((*number).into()),
				Value::Bool(_) | Value::Text(_) => None,
			},
			Self::Durations(durations) => durations.number(opened, schema, message),
		}
	}
}

impl Durations {
	fn number(
		&self,
		opened: &mut Option<Timestamp>,
		schema: &Schema,
		message: &Message,
	) -> Option<ResultValue> {
		let value = value(schema, message, &self.variable)?;
		if self.from.equals(value) {
			*opened = Some(message.timestamp);
			return None;
		}
		if !self.to.equals(value) {
			return None;
		}
		// A clock that was set back must not turn a duration into a debt.
		let elapsed = message.timestamp.saturating_sub(opened.take()?);
		Some(self.unit.in_milliseconds(elapsed).into())
	}
}
