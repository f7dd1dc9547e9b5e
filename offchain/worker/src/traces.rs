//! The messages of each sensor, in local storage.
//!
//! Of each sensor one contiguous part of its trace is kept: from its *tail*, the oldest message that an
//! agreement may still need, up to its *head*, the number of the message that has to come next. The
//! node that receives messages moves the head, the worker that uses them up moves the tail; each
//! writes only its own, so that they need no lock between them.
//!
//! The two tell each other three things more: the worker, from which message on it *needs* a trace, and
//! the messages that peers passed on to it; the node, that a sensor *contradicted* itself.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{SensorId, Sequence, SignedMessage};

/// The most messages of one sensor that are kept. A sensor that is further ahead of the agreements
/// has to wait, so that nobody can fill the node's disk.
pub const MAX_BACKLOG: u64 = 8192;

/// A store of bytes that outlives the process.
pub trait LocalStore {
	/// What is stored under `key`.
	fn get(&self, key: &[u8]) -> Option<Vec<u8>>;
	/// Stores `value` under `key`.
	fn set(&self, key: &[u8], value: &[u8]);
	/// Removes what is stored under `key`.
	fn remove(&self, key: &[u8]);
}

impl<S: LocalStore + ?Sized> LocalStore for &S {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		(**self).get(key)
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		(**self).set(key, value)
	}

	fn remove(&self, key: &[u8]) {
		(**self).remove(key)
	}
}

/// Why a message cannot be appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppendError {
	/// It is of another sensor.
	OtherSensor,
	/// It is not the message that has to come next.
	OutOfOrder,
	/// [`MAX_BACKLOG`] messages are waiting to be used.
	Full,
}

/// The traces in a local store.
pub struct Traces<S>(S);

impl<S: LocalStore> Traces<S> {
	/// The traces in `store`.
	pub fn new(store: S) -> Self {
		Self(store)
	}

	/// The sequence number of the sensor's message that has to come next, if any came before.
	pub fn head(&self, sensor: SensorId) -> Option<Sequence> {
		self.read(&head_key(sensor))
	}

	/// The sequence number of the sensor's oldest message that is kept, or of the next to come if none
	/// is.
	pub fn tail(&self, sensor: SensorId) -> Option<Sequence> {
		self.read(&tail_key(sensor))
	}

	/// One of the messages from the tail up to the head.
	pub fn message(&self, sensor: SensorId, sequence: Sequence) -> Option<SignedMessage> {
		self.read(&message_key(sensor, sequence))
	}

	/// Appends the sensor's next message. See [`Traces::appender`] for `first`.
	pub fn append(&self, message: &SignedMessage, first: Sequence) -> Result<(), AppendError> {
		let mut appender = self.appender(message.message.sensor, first);
		appender.append(message)?;
		appender.commit();
		Ok(())
	}

	/// Opens a trace for appending. Nobody else may append to it meanwhile.
	///
	/// No agreement needs a message before number `first`. A trace that ends earlier is continued from
	/// there, and what it holds is dropped with the first new message.
	pub fn appender(&self, sensor: SensorId, first: Sequence) -> Appender<'_, S> {
		let stored = self.head(sensor);
		let jump = stored.is_none_or(|head| head < first);
		Appender {
			traces: self,
			sensor,
			tail: (!jump).then(|| self.tail(sensor).unwrap_or(first)),
			head: if jump { first } else { stored.unwrap_or(first) },
			dirty: false,
		}
	}

	/// The number of the first message that this machine needs of a sensor, if the worker has said so.
	pub fn needed(&self, sensor: SensorId) -> Option<Sequence> {
		self.read(&need_key(sensor))
	}

	/// Says from which message on this machine needs a sensor's trace; none if it does not matter.
	pub fn need(&self, sensor: SensorId, first: Option<Sequence>) {
		if self.needed(sensor) == first {
			return;
		}
		match first {
			Some(first) => self.write(&need_key(sensor), first),
			None => self.0.remove(&need_key(sensor)),
		}
	}

	/// Messages that peers passed on, and that the node has not taken in yet.
	pub fn handed_over(&self) -> Option<Vec<SignedMessage>> {
		self.read(REPAIR_KEY)
	}

	/// Hands messages of peers over to the node, which alone writes traces. Not if it has not taken in
	/// those from before: they do not pile up, and peers publish again what is still missing.
	pub fn hand_over(&self, messages: &[SignedMessage]) -> bool {
		let free = self.0.get(REPAIR_KEY).is_none();
		if free {
			self.write(REPAIR_KEY, messages);
		}
		free
	}

	/// Notes that the node has taken in what was handed over.
	pub fn take_over(&self) {
		self.0.remove(REPAIR_KEY)
	}

	/// Two different messages of a sensor with one number, if it ever signed such.
	pub fn contradiction(&self, sensor: SensorId) -> Option<(SignedMessage, SignedMessage)> {
		self.read(&contradiction_key(sensor))
	}

	/// Remembers that a sensor signed two different messages with one number. The first such pair is
	/// enough.
	pub fn contradict(&self, stored: &SignedMessage, other: &SignedMessage) {
		let key = contradiction_key(stored.message.sensor);
		if self.0.get(&key).is_none() {
			self.write(&key, (stored, other));
		}
	}

	/// Forgets everything about a sensor whose messages nobody needs any more, but where its trace ended.
	pub fn forget(&self, sensor: SensorId) {
		self.drop_before(sensor, self.head(sensor).unwrap_or_default());
		self.need(sensor, None);
		let key = contradiction_key(sensor);
		if self.0.get(&key).is_some() {
			self.0.remove(&key);
		}
	}

	/// Drops the messages before number `sequence`.
	pub fn drop_before(&self, sensor: SensorId, sequence: Sequence) {
		let (Some(tail), Some(head)) = (self.tail(sensor), self.head(sensor)) else {
			return;
		};
		let end = sequence.min(head);
		if tail >= end {
			return;
		}
		for dropped in tail..end {
			self.0.remove(&message_key(sensor, dropped));
		}
		// Last, so that a run that is interrupted is repeated and leaves no message behind.
		self.write(&tail_key(sensor), end);
	}

	fn read<T: Decode>(&self, key: &[u8]) -> Option<T> {
		T::decode(&mut &self.0.get(key)?[..]).ok()
	}

	fn write(&self, key: &[u8], value: impl Encode) {
		value.using_encoded(|bytes| self.0.set(key, bytes))
	}
}

/// A trace that is open for appending.
///
/// What is appended counts only once it is committed, so that a batch costs little more than its
/// messages, and a crash leaves either all or none of it.
pub struct Appender<'a, S> {
	traces: &'a Traces<S>,
	sensor: SensorId,
	/// The tail; none if the trace has to begin anew.
	tail: Option<Sequence>,
	head: Sequence,
	dirty: bool,
}

impl<S: LocalStore> Appender<'_, S> {
	/// The sequence number of the message that has to come next.
	pub fn head(&self) -> Sequence {
		self.head
	}

	/// Whether [`MAX_BACKLOG`] messages are waiting to be used.
	pub fn is_full(&self) -> bool {
		self.tail
			.is_some_and(|tail| self.head.saturating_sub(tail) >= MAX_BACKLOG)
	}

	/// A message that was appended, committed or not, and is still kept.
	pub fn message(&self, sequence: Sequence) -> Option<SignedMessage> {
		let kept = self
			.tail
			.is_some_and(|tail| (tail..self.head).contains(&sequence));
		kept.then(|| self.traces.message(self.sensor, sequence))
			.flatten()
	}

	/// Passes over numbers that count as never sent, where messages should come next. What of them was
	/// appended before stays.
	pub fn pass_over(&mut self, is_void: impl Fn(Sequence) -> bool) {
		while is_void(self.head) && self.head < Sequence::MAX {
			if self.tail.is_none() {
				self.begin();
			}
			self.head = self.head.saturating_add(1);
			self.dirty = true;
		}
	}

	/// Appends the next message.
	pub fn append(&mut self, signed: &SignedMessage) -> Result<(), AppendError> {
		let message = &signed.message;
		if message.sensor != self.sensor {
			return Err(AppendError::OtherSensor);
		}
		let next = message
			.sequence
			.checked_add(1)
			.ok_or(AppendError::OutOfOrder)?;
		if message.sequence != self.head {
			return Err(AppendError::OutOfOrder);
		}
		if self.is_full() {
			return Err(AppendError::Full);
		}
		if self.tail.is_none() {
			self.begin();
		}
		self.traces
			.write(&message_key(self.sensor, message.sequence), signed);
		self.head = next;
		self.dirty = true;
		Ok(())
	}

	/// Makes what was appended count.
	pub fn commit(self) {
		if self.dirty {
			self.traces.write(&head_key(self.sensor), self.head);
		}
	}

	/// Begins the trace anew at the head.
	fn begin(&mut self) {
		self.traces.drop_before(self.sensor, self.head);
		self.traces.write(&tail_key(self.sensor), self.head);
		self.tail = Some(self.head);
	}
}

fn head_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/head/", sensor).encode()
}

fn tail_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/tail/", sensor).encode()
}

fn need_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/need/", sensor).encode()
}

fn contradiction_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/contradiction/", sensor).encode()
}

/// Where the worker puts messages of peers for the node.
const REPAIR_KEY: &[u8] = b"syngraph/repair";

fn message_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/message/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests;
