//! Declarative functions: a pipeline in JSON that selects, takes, keeps, aggregates and emits.
//!
//! The language is described in `docs/functions.md`. It knows integers only: every number is an `i64`
//! in the JSON and an `i128` in the result, so that nothing can overflow and every machine computes the
//! same. A pipeline is read by [`Pipeline::parse`], held against the schemas of an agreement's sensors
//! by [`Pipeline::check`], and then gives a result or null for every window, by [`Pipeline::evaluate`] or,
//! message by message, by [`Evaluation`].

use syngraph_primitives::{Message, ResultValue, Schema};

mod check;
mod error;
mod evaluate;
mod language;
#[cfg(test)]
mod properties;
mod strict;
#[cfg(test)]
mod tests;
mod warnings;

pub use error::FunctionError;
pub use evaluate::Evaluation;
pub use language::Pipeline;
pub use warnings::{warnings, Warning};

/// The messages of one sensor in a window, in sequence order.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'a> {
	/// What the sensor declared about its messages.
	pub schema: &'a Schema,
	/// The messages.
	pub messages: &'a [Message],
}

impl Pipeline {
	/// Reads a pipeline from its JSON, all of which means something: nothing in it is passed over.
	pub fn parse(json: &[u8]) -> Result<Self, FunctionError> {
		let mut reader = serde_json::Deserializer::from_slice(json);
		let pipeline = strict::object(&mut reader)?;
		reader.end()?;
		Ok(pipeline)
	}

	/// Whether the pipeline makes sense for sensors with these schemas, given in the order of the
	/// terms: every sensor it names exists, and every selected sensor has the variables that it uses,
	/// with fitting types.
	pub fn check(&self, schemas: &[Schema]) -> Result<(), FunctionError> {
		check::check(self, schemas)
	}

	/// The result for a window, given as one trace per sensor in the order of the terms; none is null.
	///
	/// Never panics. A message that does not fit its schema is passed over.
	pub fn evaluate(&self, window: &[Trace<'_>]) -> Option<ResultValue> {
		let mut evaluation = Evaluation::default();
		for (index, trace) in window.iter().enumerate() {
			for message in trace.messages {
				evaluation.push(self, index, trace.schema, message);
			}
		}
		evaluation.finish(self)
	}
}
