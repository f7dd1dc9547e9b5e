//! The messages of each sensor, in local storage.
//!
//! Of each sensor one contiguous part of its trace is kept: from its *tail*, the oldest message that an
//! agreement may still need, up to its *head*, the number of the message that has to come next. The
//! node that receives messages moves the head, the worker that uses them up moves the tail; each
//! writes only its own, so that they need no lock between them.
//!
//! The two tell each other three things more: the worker, from which message on it *needs* a trace, and
//! the messages that peers passed on to it; the node, that a sensor *contradicted* itself. Whoever finds that
//! a message of a trace cannot be read, or does not count by what the chain knows now ([`Rules`]), notes the *hole*,
//! which the next copy of the message fills.

use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use core::ops::Range;
use sp_core::H256;
use syngraph_primitives::{SensorId, Sequence, SignedMessage, MAX_BACKLOG};

use crate::{state, store::LocalStore};
use rules::Kept;
pub use rules::Rules;

mod contradictions;
mod rules;

/// Why a message cannot be appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppendError {
	/// It is of another sensor.
	OtherSensor,
	/// It is not the message that has to come next.
	OutOfOrder,
	/// [`MAX_BACKLOG`] messages are waiting to be used.
	Full,
	/// No key signs its number.
	NoKey,
}

/// Which messages of a sensor were looked at for one that does not count, and by which rules. Those do count: nobody
/// has to read them again as long as the rules stay the same.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Looked {
	/// The rules.
	rules: H256,
	/// The number of the first of them.
	from: Sequence,
	/// The number after that of the last.
	to: Sequence,
}

impl Looked {
	/// Goes on by these rules where it was left, if number `first` and those after it were looked at; begins there if
	/// not.
	fn go_on(&mut self, rules: H256, first: Sequence) {
		let known = self.rules == rules && (self.from..=self.to).contains(&first);
		if !known {
			(self.rules, self.from, self.to) = (rules, first, first);
		}
	}
}

/// The traces in a local store.
pub struct Traces<S>(S);

impl<S: LocalStore> Traces<S> {
	/// The traces in `store`.
	pub fn new(store: S) -> Self {
		Self(store)
	}

	/// The store.
	pub fn store(&self) -> &S {
		&self.0
	}

	/// The sequence number of the sensor's message that has to come next, if any came before.
	pub fn head(&self, sensor: SensorId) -> Option<Sequence> {
		self.hole(sensor).or_else(|| self.end(sensor))
	}

	/// The sequence number of the sensor's oldest message that is kept, or of the next to come if none
	/// is.
	pub fn tail(&self, sensor: SensorId) -> Option<Sequence> {
		self.read(&tail_key(sensor))
	}

	/// One of the messages from the tail up to the head, whether it counts or not.
	pub fn message(&self, sensor: SensorId, sequence: Sequence) -> Option<SignedMessage> {
		Some(self.kept(sensor, sequence)?.signed)
	}

	/// The same, if it counts. If it does not, or is not there, it has to come again.
	pub fn valid(
		&self,
		sensor: SensorId,
		sequence: Sequence,
		rules: &Rules<'_>,
	) -> Option<SignedMessage> {
		let kept = self.kept(sensor, sequence);
		let kept = kept.filter(|kept| rules.are_met_by(kept));
		if kept.is_none() {
			self.note_hole(sensor, sequence);
		}
		Some(kept?.signed)
	}

	/// The first of some messages that does not count, if it is among the `most` that are looked at in one go: there
	/// may be thousands. Those that `looked` tells of are passed over, so that the next go begins where this one ends.
	pub fn doubtful(
		&self,
		sensor: SensorId,
		numbers: Range<Sequence>,
		rules: &Rules<'_>,
		looked: &mut Looked,
		most: u32,
	) -> Option<Sequence> {
		looked.go_on(rules.hash(), numbers.start);
		for at in rules.sent(looked.to..numbers.end).take(most as usize) {
			if rules.key(at).is_none() || self.valid(sensor, at, rules).is_none() {
				return Some(at);
			}
			looked.to = at.saturating_add(1);
		}
		None
	}

	fn kept(&self, sensor: SensorId, sequence: Sequence) -> Option<Kept> {
		self.read(&message_key(sensor, sequence))
	}

	/// Appends the sensor's next message, whose signature was checked. See [`Traces::appender`] for `first`.
	pub fn append(
		&self,
		message: &SignedMessage,
		first: Sequence,
		rules: Rules<'_>,
	) -> Result<(), AppendError> {
		let mut appender = self.appender(message.message.sensor, first, rules);
		appender.append(message)?;
		appender.commit();
		Ok(())
	}

	/// Opens a trace for appending, where a message has to come. Nobody else may append to it meanwhile.
	///
	/// No agreement needs a message before number `first`. A trace that ends earlier is continued from
	/// there, and what it holds is dropped with the first new message.
	pub fn appender<'a>(
		&'a self,
		sensor: SensorId,
		first: Sequence,
		rules: Rules<'a>,
	) -> Appender<'a, S> {
		let end = self.end(sensor).filter(|end| first <= *end);
		let mut appender = Appender {
			traces: self,
			rules,
			sensor,
			checked: self.checked(sensor),
			tail: end.map(|_| self.tail(sensor).unwrap_or(first)),
			head: end.unwrap_or(first),
			behind_hole: None,
			dirty: false,
		};
		appender.check(first);
		appender.pass_over();
		appender
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
			Some(first) => self.write(&need_key(sensor), &first),
			None => self.0.remove(&need_key(sensor)),
		}
	}

	/// Messages that peers passed on, and that the node has not taken in yet.
	pub fn handed_over(&self) -> Option<Vec<SignedMessage>> {
		let messages: Vec<_> = self.read(REPAIR_KEY)?;
		(!messages.is_empty()).then_some(messages)
	}

	/// Hands messages of peers over to the node, which alone writes traces: all those from before that it
	/// has not taken in yet, and new ones. They must have been verified, and be wanted.
	pub fn hand_over(&self, messages: &[SignedMessage]) {
		self.write(REPAIR_KEY, &messages);
	}

	/// Notes that the node has taken in what was handed over. If more was handed over meanwhile, all of it is
	/// left there: the node finds what it has taken once more, which does no harm. Tells whether there was not.
	pub fn take_over(&self, taken: &[SignedMessage]) -> bool {
		let none: &[SignedMessage] = &[];
		let taken = state::encode(&taken);
		self.0
			.replace(REPAIR_KEY, Some(&taken), &state::encode(&none))
	}

	/// Forgets everything about a sensor whose messages nobody needs any more, but where its trace ended.
	pub fn forget(&self, sensor: SensorId) {
		self.drop_before(sensor, self.end(sensor).unwrap_or_default());
		self.need(sensor, None);
		for key in [
			contradictions::key(sensor),
			hole_key(sensor),
			checked_key(sensor),
		] {
			if self.0.get(&key).is_some() {
				self.0.remove(&key);
			}
		}
	}

	/// Drops the messages before number `sequence`.
	pub fn drop_before(&self, sensor: SensorId, sequence: Sequence) {
		let Some(head) = self.end(sensor) else {
			return;
		};
		// No more than that is ever kept.
		let lowest = || head.saturating_sub(MAX_BACKLOG);
		let tail = self.tail(sensor).unwrap_or_else(lowest);
		let end = sequence.min(head);
		if tail >= end {
			return;
		}
		for dropped in tail..end {
			self.0.remove(&message_key(sensor, dropped));
		}
		// Last, so that a run that is interrupted is repeated and leaves no message behind.
		self.write(&tail_key(sensor), &end);
	}

	/// The number after that of the last message that was appended.
	fn end(&self, sensor: SensorId) -> Option<Sequence> {
		self.read(&head_key(sensor))
	}

	/// The lowest number of a message that should be there and cannot be read, as far as anybody noticed.
	fn hole(&self, sensor: SensorId) -> Option<Sequence> {
		let hole = self.read(&hole_key(sensor))?;
		let kept = self.tail(sensor).unwrap_or_default()..self.end(sensor)?;
		kept.contains(&hole).then_some(hole)
	}

	/// By what the node has looked through what it keeps of a sensor.
	fn checked(&self, sensor: SensorId) -> Checked {
		self.read(&checked_key(sensor)).unwrap_or_default()
	}

	/// Notes that a message that should be there is not, unless one before it is missing, too.
	fn note_hole(&self, sensor: SensorId, sequence: Sequence) {
		let tail = self.tail(sensor).unwrap_or_default();
		let kept = self.end(sensor).map(|end| tail..end);
		let is_kept = kept.is_some_and(|kept| kept.contains(&sequence));
		if is_kept && self.hole(sensor).is_none_or(|hole| sequence < hole) {
			self.write(&hole_key(sensor), &sequence);
		}
	}

	fn read<T: DecodeAll>(&self, key: &[u8]) -> Option<T> {
		state::read(&self.0, key)
	}

	fn write(&self, key: &[u8], value: &impl Encode) {
		state::write(&self.0, key, value)
	}
}

/// A trace that is open for appending.
///
/// What is appended counts only once it is committed, so that a batch costs little more than its
/// messages, and a crash leaves either all or none of it.
pub struct Appender<'a, S> {
	traces: &'a Traces<S>,
	rules: Rules<'a>,
	sensor: SensorId,
	checked: Checked,
	/// The tail; none if the trace has to begin anew.
	tail: Option<Sequence>,
	head: Sequence,
	/// If the message at the head fills a hole: where the trace goes on.
	behind_hole: Option<Sequence>,
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

	/// A message that was appended, committed or not, is still kept, and counts.
	pub fn message(&self, sequence: Sequence) -> Option<SignedMessage> {
		let kept = self.keeps(sequence).then(|| self.kept(sequence))??;
		Some(kept.signed)
	}

	/// A message that is there and counts.
	fn kept(&self, sequence: Sequence) -> Option<Kept> {
		let kept = self.traces.kept(self.sensor, sequence);
		kept.filter(|kept| self.rules.are_met_by(kept))
	}

	/// Whether the number is one of those from the tail up to the head.
	fn keeps(&self, sequence: Sequence) -> bool {
		self.tail
			.is_some_and(|tail| (tail..self.head).contains(&sequence))
	}

	/// Notes that the message with a number has to come again, if those around it are kept. Tells whether they are.
	pub fn miss(&self, sequence: Sequence) -> bool {
		let keeps = self.keeps(sequence);
		if keeps {
			self.traces.note_hole(self.sensor, sequence);
		}
		keeps
	}

	/// Goes back to the first message that is missing. Those are that do not count any more: as soon as the rules are
	/// other ones, all that is kept is looked through.
	fn check(&mut self, first: Sequence) {
		let is_new = self.checked.rules != self.rules.hash();
		let unchecked = is_new.then_some(first);
		let hole = self.traces.hole(self.sensor);
		let from = unchecked.into_iter().chain(self.checked.until).chain(hole);
		match (self.tail, from.min()) {
			(Some(tail), Some(from)) => {
				let end = self.head;
				self.head = from.max(first).clamp(tail, end.max(tail));
				self.go_on(end);
			},
			_ if is_new => self.note_checked(None),
			_ => (),
		}
	}

	/// Notes up to where all that is kept counts by the rules, as they are now.
	fn note_checked(&mut self, until: Option<Sequence>) {
		let rules = self.rules.hash();
		let checked = Checked { rules, until };
		if checked != self.checked {
			self.traces.write(&checked_key(self.sensor), &checked);
			self.checked = checked;
		}
	}

	/// Passes over numbers that count as never sent, where messages should come next. What of them was
	/// appended before stays. There can be any number of them: no more are passed over than messages are kept,
	/// and the rest once those are used up.
	fn pass_over(&mut self) {
		while self.rules.is_void(self.head) && self.head < Sequence::MAX && !self.is_full() {
			if self.tail.is_none() {
				self.begin();
			}
			self.head = self.head.saturating_add(1);
			self.dirty = true;
			if let Some(end) = self.behind_hole {
				self.go_on(end);
			}
		}
	}

	/// Appends the next message, whose signature was checked by the key that the rules know for its number.
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
		let key = self.rules.key(message.sequence).ok_or(AppendError::NoKey)?;
		if self.tail.is_none() {
			self.begin();
		}
		let kept = Kept {
			key: *key,
			signed: signed.clone(),
		};
		self.traces
			.write(&message_key(self.sensor, message.sequence), &kept);
		self.head = next;
		if let Some(end) = self.behind_hole {
			self.go_on(end);
		}
		self.dirty = true;
		self.pass_over();
		Ok(())
	}

	/// Whether a message is missing, or does not count. None has to be there whose number counts as never sent.
	fn lacks(&self, sequence: Sequence) -> bool {
		!self.rules.is_void(sequence) && self.kept(sequence).is_none()
	}

	/// Goes on to the first message from the head on that is missing, or to the end of what was stored before.
	fn go_on(&mut self, end: Sequence) {
		let hole = (self.head..end).find(|at| self.lacks(*at));
		let (traces, key) = (self.traces, hole_key(self.sensor));
		let known = traces.hole(self.sensor);
		match hole {
			Some(hole) if known != Some(hole) => traces.write(&key, &hole),
			None if known.is_some() => traces.0.remove(&key),
			_ => (),
		}
		self.note_checked(hole);
		self.behind_hole = hole.map(|_| end);
		self.head = hole.unwrap_or(self.head.max(end));
	}

	/// Makes what was appended count.
	pub fn commit(self) {
		if self.dirty {
			let end = self.behind_hole.unwrap_or(self.head);
			self.traces.write(&head_key(self.sensor), &end);
		}
	}

	/// Begins the trace anew at the head.
	fn begin(&mut self) {
		self.traces.drop_before(self.sensor, self.head);
		self.traces.write(&tail_key(self.sensor), &self.head);
		self.tail = Some(self.head);
	}
}

/// How the key begins under which a trace's head is stored.
const HEAD: &[u8] = b"syngraph/head/";

fn head_key(sensor: SensorId) -> Vec<u8> {
	key_of(HEAD, sensor)
}

/// A key of a sensor.
fn key_of(start: &[u8], sensor: SensorId) -> Vec<u8> {
	[start, &sensor.to_le_bytes()].concat()
}

/// The sensor of which something new is there once a value is written under a key: messages, since its head is written
/// last, or the proof that it contradicted itself.
pub fn written(key: &[u8]) -> Option<SensorId> {
	let starts = [HEAD, contradictions::START];
	let sensor = starts.iter().find_map(|start| key.strip_prefix(*start))?;
	Some(SensorId::from_le_bytes(sensor.try_into().ok()?))
}

fn tail_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/tail/", sensor).encode()
}

fn hole_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/hole/", sensor).encode()
}

/// By what the node has looked through the messages that it keeps of a sensor.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
struct Checked {
	/// The rules that it went by.
	rules: H256,
	/// The first message that is missing, if one is: nothing behind it was looked at.
	until: Option<Sequence>,
}

/// Where the node puts that.
fn checked_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/checked/", sensor).encode()
}

fn need_key(sensor: SensorId) -> Vec<u8> {
	(b"syngraph/need/", sensor).encode()
}

/// Where the worker puts messages of peers for the node.
const REPAIR_KEY: &[u8] = b"syngraph/repair";

fn message_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/message/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests;
