//! What one node still has to be given. Pure: no clock, no I/O.

use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	sync::Arc,
};

use serde::Deserialize;
use sp_core::Bytes;
use syngraph_primitives::{SensorId, Sequence};

/// The most messages that are handed over at once.
const BATCH: usize = 64;
/// How many messages of each sensor are kept after a node accepted them, lest it lose them in a crash.
const KEPT: usize = 256;

/// What a node says of a message.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Receipt {
	/// What became of it.
	pub status: Status,
	/// Why it was refused.
	pub reason: Option<String>,
	/// The number of the message that the node expects of the sensor.
	pub expected: Option<Sequence>,
}

/// What became of a message that was handed over.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Status {
	/// The node stored it.
	Accepted,
	/// The node has it already.
	Duplicate,
	/// The node lacks an earlier message of the sensor.
	Gap,
	/// The node does not want it.
	Refused,
}

/// A message on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
	pub(super) sensor: SensorId,
	pub(super) sequence: Sequence,
	/// The message as the node wants it.
	pub(super) bytes: Bytes,
}

/// A message that a node refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
	pub(super) sensor: SensorId,
	pub(super) sequence: Sequence,
	pub(super) reason: String,
}

/// The node lacks messages of a sensor, from this number on, that are no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
	pub(super) sensor: SensorId,
	pub(super) head: Sequence,
}

/// What came of handing over a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
	/// How many messages the node has now.
	pub(super) accepted: usize,
	/// The first message that was refused.
	pub(super) refusal: Option<Refusal>,
}

/// The messages for one node, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Queue {
	waiting: VecDeque<Arc<Entry>>,
	/// The last accepted messages of each sensor.
	kept: BTreeMap<SensorId, VecDeque<Arc<Entry>>>,
}

impl Queue {
	pub(super) fn push(&mut self, entry: Arc<Entry>) {
		self.waiting.push_back(entry);
	}

	/// How many messages the node does not have yet, as far as is known.
	pub(super) fn len(&self) -> usize {
		self.waiting.len()
	}

	/// Whether there is room for another message before the next batch.
	pub(super) fn has_room(&self) -> bool {
		self.waiting.len() < BATCH
	}

	/// All sensors of which messages wait or are kept.
	pub(super) fn sensors(&self) -> BTreeSet<SensorId> {
		let waiting = self.waiting.iter().map(|entry| entry.sensor);
		waiting.chain(self.kept.keys().copied()).collect()
	}

	/// The messages to hand over next.
	pub(super) fn batch(&self) -> Vec<&Bytes> {
		self.waiting
			.iter()
			.take(BATCH)
			.map(|entry| &entry.bytes)
			.collect()
	}

	/// Takes in what the node said of the batch.
	pub(super) fn take(&mut self, receipts: &[Receipt]) -> Result<Outcome, Lost> {
		let count = receipts.len().min(self.waiting.len());
		let batch: Vec<_> = self.waiting.drain(..count).collect();
		let mut outcome = Outcome::default();
		let mut heads = BTreeMap::new();
		let mut left = VecDeque::new();
		for (entry, receipt) in batch.into_iter().zip(receipts) {
			match receipt.status {
				Status::Accepted | Status::Duplicate => {
					outcome.accepted += 1;
					self.keep(entry);
					continue;
				},
				Status::Gap => {
					heads.extend(receipt.expected.map(|head| (entry.sensor, head)));
				},
				Status::Refused => {
					outcome.refusal.get_or_insert_with(|| Refusal {
						sensor: entry.sensor,
						sequence: entry.sequence,
						reason: receipt.reason.clone().unwrap_or_default(),
					});
				},
			}
			left.push_back(entry);
		}
		left.append(&mut self.waiting);
		self.waiting = left;
		for (sensor, head) in heads {
			self.resume(sensor, head)?;
		}
		Ok(outcome)
	}

	/// Goes on from the message that the node expects next of the sensor.
	pub(super) fn resume(&mut self, sensor: SensorId, head: Sequence) -> Result<(), Lost> {
		let (had, mut waiting): (VecDeque<_>, VecDeque<_>) = self
			.waiting
			.drain(..)
			.partition(|entry| entry.sensor == sensor && entry.sequence < head);
		for entry in had {
			self.keep(entry);
		}
		let kept = self.kept.entry(sensor).or_default();
		while kept.back().is_some_and(|entry| entry.sequence >= head) {
			waiting.extend(kept.pop_back());
			waiting.rotate_right(1);
		}
		self.waiting = waiting;
		let next = self.waiting.iter().find(|entry| entry.sensor == sensor);
		match next {
			Some(entry) if entry.sequence > head => Err(Lost { sensor, head }),
			_ => Ok(()),
		}
	}

	fn keep(&mut self, entry: Arc<Entry>) {
		let kept = self.kept.entry(entry.sensor).or_default();
		kept.push_back(entry);
		if kept.len() > KEPT {
			kept.pop_front();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// A node that stores messages in sequence, as a real one does.
	#[derive(Default)]
	struct Node {
		heads: BTreeMap<SensorId, Sequence>,
		stored: Vec<(SensorId, Sequence)>,
		/// Refuses everything of this sensor.
		refuses: Option<SensorId>,
	}

	impl Node {
		fn submit(&mut self, queue: &Queue) -> Vec<Receipt> {
			let batch = queue.batch().len();
			let entries: Vec<_> = queue.waiting.iter().take(batch).cloned().collect();
			entries.iter().map(|entry| self.receive(entry)).collect()
		}

		fn receive(&mut self, entry: &Entry) -> Receipt {
			let head = self.heads.entry(entry.sensor).or_default();
			let status = match entry.sequence.cmp(head) {
				_ if self.refuses == Some(entry.sensor) => Status::Refused,
				std::cmp::Ordering::Less => Status::Duplicate,
				std::cmp::Ordering::Greater => Status::Gap,
				std::cmp::Ordering::Equal => {
					*head += 1;
					self.stored.push((entry.sensor, entry.sequence));
					Status::Accepted
				},
			};
			Receipt {
				status,
				reason: None,
				expected: Some(*head),
			}
		}
	}

	fn queue(entries: impl IntoIterator<Item = (SensorId, Sequence)>) -> Queue {
		let mut queue = Queue::default();
		for (sensor, sequence) in entries {
			queue.push(Arc::new(Entry {
				sensor,
				sequence,
				bytes: Bytes(vec![]),
			}));
		}
		queue
	}

	#[test]
	fn messages_arrive_in_the_order_in_which_they_were_made() {
		let made: Vec<_> = (0..100).flat_map(|i| [(1, i), (2, i)]).collect();
		let (mut queue, mut node) = (queue(made.clone()), Node::default());
		while queue.len() > 0 {
			let receipts = node.submit(&queue);
			queue.take(&receipts).unwrap();
		}
		assert_eq!(node.stored, made);
	}

	#[test]
	fn a_refused_sensor_does_not_hold_up_the_others() {
		let mut queue = queue([(1, 0), (2, 0), (1, 1), (2, 1)]);
		let mut node = Node {
			refuses: Some(1),
			..Default::default()
		};
		let outcome = queue.take(&node.submit(&queue)).unwrap();
		assert_eq!(outcome.accepted, 2);
		assert_eq!(
			outcome
				.refusal
				.map(|refusal| (refusal.sensor, refusal.sequence)),
			Some((1, 0))
		);
		node.refuses = None;
		queue.take(&node.submit(&queue)).unwrap();
		assert_eq!(queue.len(), 0);
		assert_eq!(node.stored, [(2, 0), (2, 1), (1, 0), (1, 1)]);
	}

	#[test]
	fn what_a_crashed_node_lost_is_sent_again() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		let mut node = Node::default();
		queue.take(&node.submit(&queue)).unwrap();
		node.heads.insert(1, 6);
		queue.resume(1, 6).unwrap();
		assert_eq!(queue.len(), 4);
		queue.take(&node.submit(&queue)).unwrap();
		assert_eq!(node.heads[&1], 10);
	}

	#[test]
	fn a_gap_is_filled_from_what_was_kept() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		let mut node = Node::default();
		queue.take(&node.submit(&queue)).unwrap();
		node.heads.insert(1, 3);
		queue.push(Arc::new(Entry {
			sensor: 1,
			sequence: 10,
			bytes: Bytes(vec![]),
		}));
		queue.take(&node.submit(&queue)).unwrap();
		assert_eq!(queue.len(), 8);
		queue.take(&node.submit(&queue)).unwrap();
		assert_eq!((queue.len(), node.heads[&1]), (0, 11));
	}

	#[test]
	fn messages_that_the_node_has_are_not_sent_again() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		queue.resume(1, 8).unwrap();
		assert_eq!(queue.len(), 2);
	}

	#[test]
	fn messages_that_nobody_has_any_more_are_an_error() {
		let mut queue = queue([(1, 5)]);
		assert_eq!(queue.resume(1, 3), Err(Lost { sensor: 1, head: 3 }));
	}

	#[test]
	fn memory_is_bounded() {
		let (mut queue, mut node) = (Queue::default(), Node::default());
		for i in 0..2_000 {
			queue.push(Arc::new(Entry {
				sensor: 1,
				sequence: i,
				bytes: Bytes(vec![]),
			}));
			queue.take(&node.submit(&queue)).unwrap();
		}
		assert_eq!(queue.kept[&1].len(), KEPT);
	}
}
