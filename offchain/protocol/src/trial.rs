//! A trial: a window is shown to the chain, which checks every message and computes it anew.
//!
//! A window may be too large for one block. So it is shown in chunks, and what is known after each of
//! them is small enough to be stored until the next.

use codec::{Compact, CompactLen, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, ConstU32, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BoundedVec,
};
use syngraph_primitives::{
	AgreementId, IntermediaryId, Message, Payload, RosterNumber, Schema, SensorId, Sequence,
	SignedMessage, Source, Text, Timestamp, VariableType, WindowIndex, WindowShape, MAX_SENSORS,
};

use crate::{docket::Shown, pipeline::Evaluation, window::Contents, Pipeline};

/// What a member signs for each chunk of the window that it shows.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Showing {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster whose members are heard, see [`syngraph_primitives::Roster`].
	pub roster: RosterNumber,
	/// Who shows it.
	pub intermediary: IntermediaryId,
	/// The position in the window of the chunk's first message.
	pub position: u32,
	/// The hash of the chunk, see [`Showing::hash`].
	pub messages: H256,
}

impl Payload for Showing {
	const TAG: &'static [u8] = b"syngraph/showing/1";
}

impl Showing {
	/// The hash of a chunk.
	pub fn hash(messages: &[SignedMessage]) -> H256 {
		BlakeTwo256::hash_of(&messages)
	}
}

/// What a trial is about: a window, as the terms of its agreement describe it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
	/// What is computed from it.
	pub pipeline: &'a Pipeline,
	/// The agreement's sensors.
	pub sources: &'a [Source],
	/// What the sensors declared about their messages, in the same order.
	pub schemas: &'a [Schema],
	/// Which messages make up a window.
	pub shape: WindowShape,
	/// Which window it is.
	pub window: WindowIndex,
}

impl Subject<'_> {
	/// How many messages the window has.
	pub fn count(&self) -> u32 {
		self.shape.size.saturating_mul(self.sources.len() as u32)
	}

	/// The index of the sensor that sends the message at `position`, and the message's number. None
	/// beyond the end.
	fn at(&self, position: u32) -> Option<(usize, Sequence)> {
		let index = position.checked_div(self.shape.size)? as usize;
		let offset = position.checked_rem(self.shape.size)?;
		let range = self
			.shape
			.range(self.sources.get(index)?.start, self.window)?;
		Some((index, range.start.checked_add(offset.into())?))
	}

	/// Whether a message belongs at `position`, and if so, the index and the schema of its sensor.
	fn check(&self, position: u32, message: &Message) -> Result<(usize, &Schema), TrialError> {
		let (index, sequence) = self.at(position).ok_or(TrialError::TooMany)?;
		let source = self.sources.get(index).ok_or(TrialError::TooMany)?;
		let schema = self.schemas.get(index).ok_or(TrialError::WrongSchema)?;
		if message.sensor != source.sensor {
			return Err(TrialError::WrongSensor);
		}
		if message.sequence != sequence {
			return Err(TrialError::WrongSequence);
		}
		match schema.check_message(message) {
			Ok(()) => Ok((index, schema)),
			Err(_) => Err(TrialError::WrongSchema),
		}
	}
}

/// Why a chunk is not the next part of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrialError {
	/// A message is of another sensor than the one whose turn it is.
	WrongSensor,
	/// A message is not the next one of its sensor.
	WrongSequence,
	/// A message does not fit its sensor's schema.
	WrongSchema,
	/// A message is not signed by its sensor.
	BadSignature,
	/// There are more messages than the window has left.
	TooMany,
}

/// What is known of a window that is being shown.
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
pub struct Trial {
	contents: Contents,
	evaluation: Evaluation,
	/// The digest after the last message of each sensor that has been shown as a whole.
	traces: BoundedVec<H256, ConstU32<MAX_SENSORS>>,
}

impl Trial {
	/// A trial in which nothing has been shown yet.
	pub fn new() -> Self {
		Self::default()
	}

	/// How many messages have been shown, which is the position of the next.
	pub fn position(&self) -> u32 {
		self.contents.count()
	}

	/// The index of the sensor that sends the next message, and the message's number. None if all have
	/// been shown.
	pub fn next(&self, subject: &Subject<'_>) -> Option<(usize, Sequence)> {
		subject.at(self.position())
	}

	/// Whether the whole window has been shown.
	pub fn is_complete(&self, subject: &Subject<'_>) -> bool {
		self.position() == subject.count()
	}

	/// The trial after the next chunk of the window, if it is that. `verify` tells whether a message is
	/// signed by its sensor; it is asked only if nothing else is wrong with any message.
	pub fn step(
		&self,
		subject: &Subject<'_>,
		messages: &[SignedMessage],
		verify: impl Fn(&SignedMessage) -> bool,
	) -> Result<Self, TrialError> {
		let mut next = self.clone();
		for signed in messages {
			let message = &signed.message;
			let (index, schema) = subject.check(next.position(), message)?;
			next.contents.push(message);
			next.evaluation
				.push(subject.pipeline, index, schema, message);
			if next.position().checked_rem(subject.shape.size) == Some(0) {
				// There are no more sensors than that.
				let _ = next.traces.try_push(next.contents.digest());
			}
		}
		let signed = messages.iter().all(verify);
		signed.then_some(next).ok_or(TrialError::BadSignature)
	}

	/// The index of the first sensor of which another complete trial of the same window showed different
	/// messages: it signed two with one number.
	pub fn differs_at(&self, other: &Self) -> Option<usize> {
		let mut pairs = self.traces.iter().zip(&other.traces);
		pairs.position(|(own, other)| own != other)
	}

	/// What a complete trial has shown.
	pub fn finish(&self, pipeline: &Pipeline) -> Shown {
		Shown {
			root: self.contents.root(),
			digest: self.contents.digest(),
			result: self.evaluation.finish(pipeline),
		}
	}
}

/// The most bytes that the encoding of a signed message with this schema takes.
pub fn longest_message(schema: &Schema) -> u32 {
	let text = |bytes: u32| bytes.saturating_add(Compact::<u32>::compact_len(&bytes) as u32);
	let fixed = SensorId::max_encoded_len()
		.saturating_add(Sequence::max_encoded_len())
		.saturating_add(Timestamp::max_encoded_len())
		.saturating_add(ed25519::Signature::max_encoded_len()) as u32;
	let count = Compact::<u32>::compact_len(&(schema.variables.len() as u32)) as u32;
	let around = fixed
		.saturating_add(text(schema.kind.len() as u32))
		.saturating_add(count);
	schema.variables.iter().fold(around, |sum, variable| {
		let value = match variable.ty {
			VariableType::Bool => bool::max_encoded_len(),
			VariableType::Integer => i64::max_encoded_len(),
			VariableType::Text => Text::max_encoded_len(),
		};
		// One more byte tells the type of the value.
		sum.saturating_add(value as u32).saturating_add(1)
	})
}

#[cfg(test)]
mod tests;
