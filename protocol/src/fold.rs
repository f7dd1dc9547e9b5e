//! What is computed from a window: a fold over its messages.
//!
//! Every function has the same form, of whatever kind it is: it starts with a state, takes in message after message,
//! and gives a result. The state is small and can be stored between any two messages, so that a window that is too
//! large for one block is computed over several; and whoever runs it, a worker or the chain, runs this code.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::{Function, Message, ResultValue, Schema};

use crate::pipeline::{Evaluation, FunctionError, Pipeline};

/// An agreement's function, ready to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fold {
	/// A declarative pipeline.
	Pipeline(Pipeline),
}

/// What a function remembers of the messages so far.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum FoldState {
	/// Of a [`Fold::Pipeline`].
	Pipeline(Evaluation),
}

impl Fold {
	/// Reads an agreement's function and holds it against the schemas of the agreement's sensors, given in the order
	/// of the terms.
	pub fn prepare(function: &Function, schemas: &[Schema]) -> Result<Self, FunctionError> {
		let Function::Pipeline(json) = function;
		let pipeline = Pipeline::parse(json)?;
		pipeline.check(schemas)?;
		Ok(Self::Pipeline(pipeline))
	}

	/// The state before the first message.
	pub fn start(&self) -> FoldState {
		match self {
			Self::Pipeline(_) => FoldState::Pipeline(Evaluation::default()),
		}
	}

	/// Takes in the next message of the window: sensor after sensor in the order of the terms, of which this one has
	/// the place `index`, each sensor's messages in sequence.
	///
	/// Never panics. A message that does not fit its schema is passed over.
	pub fn push(&self, state: &mut FoldState, index: usize, schema: &Schema, message: &Message) {
		let (Self::Pipeline(pipeline), FoldState::Pipeline(evaluation)) = (self, state);
		evaluation.push(pipeline, index, schema, message);
	}

	/// The result, once all messages of the window were taken in; none is null.
	pub fn finish(&self, state: &FoldState) -> Option<ResultValue> {
		let (Self::Pipeline(pipeline), FoldState::Pipeline(evaluation)) = (self, state);
		evaluation.finish(pipeline)
	}
}
