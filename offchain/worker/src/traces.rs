//! The messages of each sensor, in local storage.
//!
//! Of each sensor one contiguous part of its trace is kept: from its *tail*, the oldest message that an
//! agreement may still need, up to its *head*, the number of the message that has to come next. The
//! node that receives messages moves the head, the worker that uses them up moves the tail; each
//! writes only its own, so that they need no lock between them.

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

fn message_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/message/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::collections::BTreeMap;
	use core::cell::RefCell;
	use sp_core::ed25519::Signature;
	use syngraph_primitives::Message;

	const SENSOR: SensorId = 7;

	#[derive(Default)]
	struct Memory(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

	impl LocalStore for Memory {
		fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
			self.0.borrow().get(key).cloned()
		}

		fn set(&self, key: &[u8], value: &[u8]) {
			self.0.borrow_mut().insert(key.to_vec(), value.to_vec());
		}

		fn remove(&self, key: &[u8]) {
			self.0.borrow_mut().remove(key);
		}
	}

	fn message(sensor: SensorId, sequence: Sequence) -> SignedMessage {
		SignedMessage {
			message: Message {
				sensor,
				kind: Default::default(),
				sequence,
				timestamp: 0,
				values: Default::default(),
			},
			signature: Signature::default(),
		}
	}

	fn with_messages(range: core::ops::Range<Sequence>) -> Memory {
		let memory = Memory::default();
		let traces = Traces::new(&memory);
		let mut appender = traces.appender(SENSOR, range.start);
		range.for_each(|sequence| appender.append(&message(SENSOR, sequence)).unwrap());
		appender.commit();
		memory
	}

	fn extent(traces: &Traces<&Memory>) -> (Option<Sequence>, Option<Sequence>) {
		(traces.tail(SENSOR), traces.head(SENSOR))
	}

	#[test]
	fn an_unknown_sensor_has_no_trace() {
		let memory = Memory::default();
		let traces = Traces::new(&memory);
		assert_eq!(extent(&traces), (None, None));
		assert_eq!(traces.message(SENSOR, 0), None);
		traces.drop_before(SENSOR, 10);
		assert!(memory.0.borrow().is_empty());
	}

	#[test]
	fn a_trace_begins_where_the_first_agreement_does() {
		let memory = Memory::default();
		let traces = Traces::new(&memory);
		assert_eq!(
			traces.append(&message(SENSOR, 4), 5),
			Err(AppendError::OutOfOrder)
		);
		assert_eq!(traces.append(&message(SENSOR, 5), 5), Ok(()));
		assert_eq!(extent(&traces), (Some(5), Some(6)));
		assert_eq!(traces.message(SENSOR, 5), Some(message(SENSOR, 5)));
	}

	#[test]
	fn messages_come_in_order_and_only_once() {
		let memory = with_messages(0..3);
		let traces = Traces::new(&memory);
		for sequence in [0, 2, 4, u64::MAX] {
			let result = traces.append(&message(SENSOR, sequence), 0);
			assert_eq!(result, Err(AppendError::OutOfOrder), "{sequence}");
		}
		assert_eq!(traces.append(&message(SENSOR, 3), 0), Ok(()));
	}

	#[test]
	fn sensors_do_not_mix() {
		let memory = with_messages(0..3);
		let traces = Traces::new(&memory);
		let mut appender = traces.appender(SENSOR, 0);
		assert_eq!(
			appender.append(&message(8, 3)),
			Err(AppendError::OtherSensor)
		);
		traces.append(&message(8, 0), 0).unwrap();
		traces.drop_before(8, 1);
		assert_eq!(extent(&traces), (Some(0), Some(3)));
		assert!(traces.message(SENSOR, 0).is_some());
	}

	#[test]
	fn what_is_dropped_is_gone_and_what_is_needed_stays() {
		let memory = with_messages(0..5);
		let traces = Traces::new(&memory);
		traces.drop_before(SENSOR, 3);
		traces.drop_before(SENSOR, 1);
		assert_eq!(extent(&traces), (Some(3), Some(5)));
		assert_eq!(traces.message(SENSOR, 2), None);
		assert!(traces.message(SENSOR, 3).is_some());
		traces.drop_before(SENSOR, 100);
		assert_eq!(extent(&traces), (Some(5), Some(5)));
		assert_eq!(memory.0.borrow().len(), 2, "only tail and head are left");
	}

	#[test]
	fn what_was_not_committed_does_not_count() {
		let memory = with_messages(0..2);
		let traces = Traces::new(&memory);
		let mut appender = traces.appender(SENSOR, 0);
		appender.append(&message(SENSOR, 2)).unwrap();
		assert_eq!(appender.message(2), Some(message(SENSOR, 2)));
		assert_eq!(traces.head(SENSOR), Some(2));
		assert_eq!(traces.append(&message(SENSOR, 2), 0), Ok(()));
	}

	#[test]
	fn a_trace_that_nobody_needs_any_more_begins_anew() {
		let memory = with_messages(0..5);
		let traces = Traces::new(&memory);
		let appender = traces.appender(SENSOR, 9);
		assert_eq!((appender.head(), appender.message(3)), (9, None));
		appender.commit();
		assert_eq!(
			extent(&traces),
			(Some(0), Some(5)),
			"not before a message has come"
		);
		traces.append(&message(SENSOR, 9), 9).unwrap();
		assert_eq!(extent(&traces), (Some(9), Some(10)));
		assert_eq!(memory.0.borrow().len(), 3, "the old messages are gone");
	}

	#[test]
	fn the_backlog_is_bounded() {
		let memory = with_messages(0..MAX_BACKLOG);
		let traces = Traces::new(&memory);
		let next = message(SENSOR, MAX_BACKLOG);
		assert_eq!(traces.append(&next, 0), Err(AppendError::Full));
		traces.drop_before(SENSOR, 1);
		assert_eq!(traces.append(&next, 0), Ok(()));
		assert!(traces.appender(SENSOR, 0).is_full());
	}

	#[test]
	fn what_is_not_a_message_is_none() {
		let memory = with_messages(0..1);
		memory.set(&message_key(SENSOR, 0), b"x");
		assert_eq!(Traces::new(&memory).message(SENSOR, 0), None);
	}
}
