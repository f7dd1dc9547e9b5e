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
	IntermediaryId, Message, Payload, RoundId, Schema, SensorId, Sequence, SignedMessage, Text,
	Timestamp, VariableType, WindowIndex, MAX_SENSORS,
};

use crate::{
	docket::Shown,
	fold::{Fold, FoldState},
	sources::{is_timely, Part},
	tree::Path,
	window::{Contents, MAX_REST},
};

/// The most chunks in which a window is shown.
pub const MAX_CHUNKS: u32 = 16;

/// What a member signs for each chunk of the window that it shows.
///
/// A trial belongs to a root and not to a member: any that committed to the root may go on with it. So
/// each chunk shows that it belongs to the root, and nobody can spoil the trial for others.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Showing {
	/// The round that is disputed. In a dispute about another one the same chunk may be wrong.
	pub round: RoundId,
	/// The window.
	pub window: WindowIndex,
	/// Who shows it.
	pub intermediary: IntermediaryId,
	/// The root of the window that is shown.
	pub root: H256,
	/// What shows that it is the one of this window in the data that the member committed to, see [`crate::path`].
	pub path: Path,
	/// The position in the window of the chunk's first message.
	pub position: u32,
	/// The hash of the chunk, see [`Showing::hash`].
	pub messages: H256,
	/// What follows the chunk in the window, see [`crate::Window::rest`].
	pub rest: BoundedVec<H256, ConstU32<MAX_REST>>,
}

impl Payload for Showing {
	const TAG: &'static [u8] = b"syngraph/showing/4";
}

impl Showing {
	/// The hash of a chunk.
	pub fn hash(messages: &[SignedMessage]) -> H256 {
		BlakeTwo256::hash_of(&messages)
	}
}

/// A window, as the terms of its agreement and what is known of its sensors describe it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
	/// What is computed from it.
	pub fold: &'a Fold,
	/// The messages of each sensor, in the order of the terms.
	pub parts: &'a [Part],
	/// What the sensors declared about their messages, in the same order.
	pub schemas: &'a [Schema],
	/// The earliest and the latest time of a message that is looked at. Others belong to the window all
	/// the same.
	pub times: (Timestamp, Timestamp),
}

impl<'a> Subject<'a> {
	/// How many messages the window has.
	pub fn count(&self) -> u32 {
		let parts = self.parts.iter();
		parts.fold(0, |sum, part| sum.saturating_add(part.count()))
	}

	/// How many messages the chunk has that begins at `position`, if none has more than `most`.
	pub fn chunk(&self, position: u32, most: u32) -> u32 {
		self.count().saturating_sub(position).min(most)
	}

	/// What is computed from a window with these messages; none if they are not those of the window.
	pub fn compute<'m>(&self, messages: impl IntoIterator<Item = &'m Message>) -> Option<Shown> {
		let mut trial = Trial::new();
		trial.push_all(self, messages).ok()?;
		trial.is_complete(self).then(|| trial.finish(self.fold))
	}

	/// The index of the sensor, and the number, of each message from `position` on.
	fn places(&self, position: u32) -> impl Iterator<Item = (usize, Sequence)> + 'a {
		let parts = self.parts.iter().enumerate();
		parts
			.flat_map(|(index, part)| part.numbers().map(move |number| (index, number)))
			.skip(position as usize)
	}

	/// The schema of the sensor at `index`, if this is its message with the number.
	fn check(
		&self,
		(index, number): (usize, Sequence),
		message: &Message,
	) -> Result<&'a Schema, TrialError> {
		let part = self.parts.get(index).ok_or(TrialError::TooMany)?;
		let schema = self.schemas.get(index).ok_or(TrialError::WrongSchema)?;
		if message.sensor != part.sensor {
			return Err(TrialError::WrongSensor);
		}
		if message.sequence != number {
			return Err(TrialError::WrongSequence);
		}
		match schema.check_message(message) {
			Ok(()) => Ok(schema),
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
	/// The messages do not belong to the window with the root.
	WrongRoot,
}

/// The digest of the messages up to a position of a window.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
struct Mark {
	/// How many messages there are up to here.
	position: u32,
	/// The index of the sensor of the last of them.
	sensor: u8,
	digest: H256,
}

/// The most marks: the ends of chunks, and of what is shown of each sensor.
const MAX_MARKS: u32 = MAX_SENSORS + MAX_CHUNKS;

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
	/// What the function remembers; none before the first message that it looks at.
	state: Option<FoldState>,
	marks: BoundedVec<Mark, ConstU32<MAX_MARKS>>,
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
		subject.places(self.position()).next()
	}

	/// Whether the whole window has been shown.
	pub fn is_complete(&self, subject: &Subject<'_>) -> bool {
		self.position() == subject.count()
	}

	/// The trial after the next chunk of the window with the root, if it is that; `rest` is what follows
	/// the chunk, see [`crate::Window::rest`]. `verify` tells whether a message is signed by its sensor;
	/// it is asked only if nothing else is wrong with any message.
	pub fn step(
		&self,
		subject: &Subject<'_>,
		root: &H256,
		rest: &[H256],
		messages: &[SignedMessage],
		verify: impl Fn(&SignedMessage) -> bool,
	) -> Result<Self, TrialError> {
		let mut next = self.clone();
		next.push_all(subject, messages.iter().map(|signed| &signed.message))?;
		let whole = next.contents.root_with(rest, subject.count());
		if whole != Some(*root) {
			return Err(TrialError::WrongRoot);
		}
		let signed = messages.iter().all(verify);
		signed.then_some(next).ok_or(TrialError::BadSignature)
	}

	/// Takes in the next messages.
	fn push_all<'m>(
		&mut self,
		subject: &Subject<'_>,
		messages: impl IntoIterator<Item = &'m Message>,
	) -> Result<(), TrialError> {
		let mut places = subject.places(self.position()).peekable();
		let mut current = None;
		for message in messages {
			let place = places.next().ok_or(TrialError::TooMany)?;
			let schema = subject.check(place, message)?;
			let (index, _) = place;
			self.contents.push(message);
			if is_timely(subject.times, message) {
				let state = self.state.get_or_insert_with(|| subject.fold.start());
				subject.fold.push(state, index, schema, message);
			}
			current = Some(index);
			if places.peek().is_none_or(|(next, _)| *next != index) {
				self.mark(index);
			}
		}
		current.into_iter().for_each(|index| self.mark(index));
		Ok(())
	}

	/// Remembers the digest of the messages so far, of which the last is of the sensor at `index`.
	fn mark(&mut self, index: usize) {
		let position = self.position();
		if self
			.marks
			.last()
			.is_some_and(|mark| mark.position == position)
		{
			return;
		}
		// Without a mark, a sensor may be found out only later; there are enough for whoever shows
		// its window in as few chunks as it may.
		let _ = self.marks.try_push(Mark {
			position,
			sensor: u8::try_from(index).unwrap_or(u8::MAX),
			digest: self.contents.digest(),
		});
	}

	/// The index of the first sensor of which another trial of the same window has shown different messages,
	/// as far as both have been shown: it signed two with one number.
	pub fn differs_at(&self, other: &Self) -> Option<usize> {
		let at = |position| other.marks.iter().find(|mark| mark.position == position);
		let differs =
			|mark: &&Mark| at(mark.position).is_some_and(|other| other.digest != mark.digest);
		let first = self.marks.iter().find(differs)?;
		Some(first.sensor.into())
	}

	/// What a complete trial has shown. Where all numbers count as never sent there is nothing to compute from: then
	/// the result is null, whatever the function makes of nothing.
	pub fn finish(&self, fold: &Fold) -> Shown {
		Shown {
			root: self.contents.root(),
			digest: self.contents.digest(),
			result: match self.contents.count() {
				0 => None,
				_ => match &self.state {
					Some(state) => fold.finish(state),
					None => fold.finish(&fold.start()),
				},
			},
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
