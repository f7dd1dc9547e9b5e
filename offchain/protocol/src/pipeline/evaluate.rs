//! What a pipeline computes.
//!
//! Total: no input makes it panic. Numbers are `i64` values or `u64` durations and a window holds far
//! fewer than 2^63 of them, so that their sum always fits an `i128`.

use alloc::vec::Vec;
use syngraph_primitives::{Message, ResultValue, Schema, Value};

use super::{
	language::{Aggregate, Bounds, Condition, Durations, Pipeline, Select, Take},
	Trace,
};

/// See [`Pipeline::evaluate`].
pub(super) fn evaluate(pipeline: &Pipeline, window: &[Trace<'_>]) -> Option<ResultValue> {
	let numbers: Vec<_> = window
		.iter()
		.enumerate()
		.filter(|(index, trace)| pipeline.select.selects(*index, trace.schema))
		.flat_map(|(_, trace)| {
			pipeline
				.take
				.numbers(trace, pipeline.select.messages(trace))
		})
		.filter(|number| pipeline.keep.admit(*number))
		.collect();
	pipeline
		.aggregate
		.of(&numbers)
		.filter(|result| pipeline.emit_if.admit(*result))
}

impl Select {
	/// Whether the sensor at `index` is looked at.
	pub(super) fn selects(&self, index: usize, schema: &Schema) -> bool {
		let listed = |sensors: &Vec<u8>| sensors.iter().any(|sensor| usize::from(*sensor) == index);
		let of_kind = |kind: &[u8]| kind == &schema.kind[..];
		self.sensors.as_ref().is_none_or(listed)
			&& self.kind.as_deref().map(str::as_bytes).is_none_or(of_kind)
	}

	/// The messages of a selected sensor that are looked at.
	fn messages<'a>(&'a self, trace: &'a Trace<'a>) -> impl Iterator<Item = &'a Message> {
		let condition = self.condition.as_ref();
		trace.messages.iter().filter(move |message| {
			condition.is_none_or(|condition| condition.holds(trace, message))
		})
	}
}

impl Condition {
	fn holds(&self, trace: &Trace<'_>, message: &Message) -> bool {
		let bounds = self.bounds();
		trace.value(message, &self.variable).is_some_and(|value| {
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
	/// The numbers that some messages of one trace give.
	fn numbers<'a>(
		&self,
		trace: &Trace<'_>,
		messages: impl Iterator<Item = &'a Message>,
	) -> Vec<ResultValue> {
		match self {
			Self::Messages => messages.map(|_| 1).collect(),
			Self::Values(name) => messages
				.filter_map(|message| match trace.value(message, name)? {
					Value::Integer(number) => Some((*number).into()),
					Value::Bool(_) | Value::Text(_) => None,
				})
				.collect(),
			Self::Durations(durations) => durations.numbers(trace, messages),
		}
	}
}

impl Durations {
	fn numbers<'a>(
		&self,
		trace: &Trace<'_>,
		messages: impl Iterator<Item = &'a Message>,
	) -> Vec<ResultValue> {
		let mut opened = None;
		messages
			.filter_map(|message| {
				let value = trace.value(message, &self.variable)?;
				if self.from.equals(value) {
					opened = Some(message.timestamp);
				} else if self.to.equals(value) {
					// A clock that was set back must not turn a duration into a debt.
					let elapsed = message.timestamp.saturating_sub(opened.take()?);
					return Some(self.unit.in_milliseconds(elapsed).into());
				}
				None
			})
			.collect()
	}
}

impl Aggregate {
	fn of(self, numbers: &[ResultValue]) -> Option<ResultValue> {
		let count = numbers.len() as ResultValue;
		let sum = || {
			numbers
				.iter()
				.fold(0, |sum: ResultValue, number| sum.saturating_add(*number))
		};
		match self {
			Self::Count => Some(count),
			Self::Sum => Some(sum()),
			Self::Min => numbers.iter().min().copied(),
			Self::Max => numbers.iter().max().copied(),
			// Euclidean division by a positive number rounds down, and by zero gives none.
			Self::Mean => sum().checked_div_euclid(count),
		}
	}
}
