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
/// How many messages wait for a node at most. Beyond that, the oldest are lost to it.
pub(super) const CAPACITY: usize = 8192;
/// How much is kept of what a node says.
const MAX_REASON: usize = 200;

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
	pub(super) sequence: Sequence,
	pub(super) reason: String,
}

/// The node lacks messages of a sensor, from this number on, that are no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole(pub(super) Sequence);

/// What came of handing over a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
	/// Whether fewer messages wait than before.
	pub(super) advanced: bool,
	/// The sensors of which the node has a message that it did not have before.
	pub(super) accepted: BTreeSet<SensorId>,
	/// The first message of each sensor that was refused.
	pub(super) refused: BTreeMap<SensorId, Refusal>,
	/// The sensors of which the node lacks what is no longer kept.
	pub(super) holes: BTreeMap<SensorId, Hole>,
	/// Whether the node's answer leaves open what became of some message.
	pub(super) is_unclear: bool,
}

/// The messages for one node, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Queue {
	waiting: VecDeque<Arc<Entry>>,
	/// The last accepted messages of each sensor.
	kept: BTreeMap<SensorId, BTreeMap<Sequence, Arc<Entry>>>,
	lost: u64,
}

impl Queue {
	/// Puts a message in. If too many wait, the oldest is lost to the node: its peers may still have it.
	pub(super) fn push(&mut self, entry: Arc<Entry>) {
		self.waiting.push_back(entry);
		while self.waiting.len() > CAPACITY {
			self.waiting.pop_front();
			self.lost += 1;
		}
	}

	/// How many messages the node does not have yet, as far as is known.
	pub(super) fn len(&self) -> usize {
		self.waiting.len()
	}

	/// How many messages were lost to the node.
	pub(super) fn lost(&self) -> u64 {
		self.lost
	}

	/// Everything is dropped: the node is not to get it any more.
	pub(super) fn clear(&mut self) {
		self.waiting.clear();
		self.kept.clear();
	}

	/// All sensors of which messages wait or are kept.
	pub(super) fn sensors(&self) -> BTreeSet<SensorId> {
		let waiting = self.waiting.iter().map(|entry| entry.sensor);
		waiting.chain(self.kept.keys().copied()).collect()
	}

	/// The messages to hand over next, not more of each sensor than `allowed`.
	pub(super) fn batch(&self, allowed: impl Fn(SensorId) -> usize) -> Vec<Arc<Entry>> {
		let mut allowances = BTreeMap::new();
		let is_allowed = |entry: &&Arc<Entry>| {
			let left = allowances
				.entry(entry.sensor)
				.or_insert_with(|| allowed(entry.sensor));
			let rest = left.checked_sub(1);
			*left = rest.unwrap_or(0);
			rest.is_some()
		};
		let entries = self.waiting.iter().filter(is_allowed);
		entries.take(BATCH).cloned().collect()
	}

	/// Takes in what the node said of a batch.
	pub(super) fn take(&mut self, batch: &[Arc<Entry>], receipts: &[Receipt]) -> Outcome {
		let before = self.waiting.len();
		let mut outcome = Outcome {
			is_unclear: receipts.len() != batch.len(),
			..Default::default()
		};
		let mut accepted = BTreeSet::new();
		let mut heads = BTreeMap::new();
		for (entry, receipt) in batch.iter().zip(receipts) {
			match (receipt.status, receipt.expected) {
				(Status::Accepted | Status::Duplicate, _) => {
					accepted.insert((entry.sensor, entry.sequence));
					outcome.accepted.insert(entry.sensor);
					self.keep(entry.clone());
				},
				(Status::Gap, Some(head)) => drop(heads.insert(entry.sensor, head)),
				(Status::Gap, None) => outcome.is_unclear = true,
				(Status::Refused, _) => {
					let refusal = || Refusal {
						sequence: entry.sequence,
						reason: short(receipt.reason.as_deref().unwrap_or_default()),
					};
					outcome.refused.entry(entry.sensor).or_insert_with(refusal);
				},
			}
		}
		self.remove(&accepted);
		for (sensor, head) in heads {
			if let Err(hole) = self.resume(sensor, head) {
				outcome.holes.insert(sensor, hole);
			}
		}
		outcome.advanced = self.waiting.len() < before;
		outcome
	}

	/// Removes what the node has now.
	fn remove(&mut self, accepted: &BTreeSet<(SensorId, Sequence)>) {
		let before = self.waiting.len();
		self.waiting
			.retain(|entry| !accepted.contains(&(entry.sensor, entry.sequence)));
		// What was dropped while it was on its way is not lost after all.
		let arrived = accepted.len().saturating_sub(before - self.waiting.len());
		self.lost = self.lost.saturating_sub(arrived as u64);
	}

	/// Goes on from the message that the node expects next of the sensor.
	pub(super) fn resume(&mut self, sensor: SensorId, head: Sequence) -> Result<(), Hole> {
		let (had, waiting): (VecDeque<_>, VecDeque<_>) = self
			.waiting
			.drain(..)
			.partition(|entry| entry.sensor == sensor && entry.sequence < head);
		self.waiting = waiting;
		for entry in had {
			self.keep(entry);
		}
		if let Some(kept) = self.kept.get_mut(&sensor) {
			for entry in kept.split_off(&head).into_values().rev() {
				self.waiting.push_front(entry);
			}
		}
		let next = self.waiting.iter().find(|entry| entry.sensor == sensor);
		match next {
			Some(entry) if entry.sequence > head => Err(Hole(head)),
			_ => Ok(()),
		}
	}

	fn keep(&mut self, entry: Arc<Entry>) {
		let kept = self.kept.entry(entry.sensor).or_default();
		kept.insert(entry.sequence, entry);
		if kept.len() > KEPT {
			kept.pop_first();
		}
	}
}

/// The beginning of what a node says.
pub(super) fn short(text: &str) -> String {
	text.chars().take(MAX_REASON).collect()
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
		/// Hands a batch over.
		fn submit(&mut self, queue: &mut Queue) -> Outcome {
			let batch = queue.batch(|_| usize::MAX);
			let receipts: Vec<_> = batch.iter().map(|entry| self.receive(entry)).collect();
			queue.take(&batch, &receipts)
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
			queue.push(entry(sensor, sequence));
		}
		queue
	}

	fn entry(sensor: SensorId, sequence: Sequence) -> Arc<Entry> {
		Arc::new(Entry {
			sensor,
			sequence,
			bytes: Bytes(vec![]),
		})
	}

	/// The numbers of the messages that wait.
	fn waiting(queue: &Queue) -> Vec<Sequence> {
		queue.waiting.iter().map(|entry| entry.sequence).collect()
	}

	#[test]
	fn messages_arrive_in_the_order_in_which_they_were_made() {
		let made: Vec<_> = (0..100).flat_map(|i| [(1, i), (2, i)]).collect();
		let (mut queue, mut node) = (queue(made.clone()), Node::default());
		while queue.len() > 0 {
			assert!(node.submit(&mut queue).advanced);
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
		let outcome = node.submit(&mut queue);
		assert_eq!(outcome.accepted, BTreeSet::from([2]));
		assert_eq!(outcome.refused[&1].sequence, 0);
		node.refuses = None;
		node.submit(&mut queue);
		assert_eq!(queue.len(), 0);
		assert_eq!(node.stored, [(2, 0), (2, 1), (1, 0), (1, 1)]);
	}

	#[test]
	fn what_a_crashed_node_lost_is_sent_again() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		let mut node = Node::default();
		node.submit(&mut queue);
		node.heads.insert(1, 6);
		queue.resume(1, 6).unwrap();
		assert_eq!(queue.len(), 4);
		node.submit(&mut queue);
		assert_eq!(node.heads[&1], 10);
	}

	#[test]
	fn a_gap_is_filled_from_what_was_kept() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		let mut node = Node::default();
		node.submit(&mut queue);
		node.heads.insert(1, 3);
		queue.push(entry(1, 10));
		node.submit(&mut queue);
		assert_eq!(queue.len(), 8);
		node.submit(&mut queue);
		assert_eq!((queue.len(), node.heads[&1]), (0, 11));
	}

	#[test]
	fn messages_that_the_node_has_are_not_sent_again() {
		let mut queue = queue((0..10).map(|i| (1, i)));
		queue.resume(1, 8).unwrap();
		assert_eq!(queue.len(), 2);
	}

	#[test]
	fn messages_that_are_no_longer_kept_leave_a_hole() {
		let mut queue = queue([(1, 5)]);
		assert_eq!(queue.resume(1, 3), Err(Hole(3)));
	}

	#[test]
	fn memory_is_bounded() {
		let (mut queue, mut node) = (Queue::default(), Node::default());
		for i in 0..2_000 {
			queue.push(entry(1, i));
			node.submit(&mut queue);
		}
		assert_eq!(queue.kept[&1].len(), KEPT);
	}

	#[test]
	fn a_node_that_is_too_far_behind_loses_the_oldest() {
		let last = CAPACITY as Sequence + 10;
		let mut queue = queue((0..last).map(|i| (1, i)));
		assert_eq!((queue.len(), queue.lost()), (CAPACITY, 10));
		assert_eq!(queue.resume(1, 0), Err(Hole(0)));
		// Its peers give it the others.
		assert_eq!(queue.resume(1, 20), Ok(()));
		assert_eq!(waiting(&queue), (20..last).collect::<Vec<_>>());
	}

	#[test]
	fn what_arrives_while_it_is_dropped_is_not_lost() {
		let mut queue = queue((0..CAPACITY as Sequence).map(|i| (1, i)));
		let batch = queue.batch(|_| usize::MAX);
		queue.push(entry(2, 0));
		assert_eq!(queue.lost(), 1);
		let receipt = |entry| Node::default().receive(entry);
		let first = receipt(&batch[0]);
		queue.take(&batch[..1], &[first]);
		assert_eq!((queue.len(), queue.lost()), (CAPACITY, 0));
	}

	#[test]
	fn an_answer_that_says_nothing_is_no_progress() {
		let gap = Receipt {
			status: Status::Gap,
			reason: None,
			expected: None,
		};
		for receipts in [vec![], vec![gap.clone(), gap]] {
			let mut queue = queue([(1, 0), (1, 1)]);
			let batch = queue.batch(|_| usize::MAX);
			let outcome = queue.take(&batch, &receipts);
			assert!(outcome.is_unclear && !outcome.advanced, "{receipts:?}");
			assert_eq!(queue.len(), 2);
		}
	}

	#[test]
	fn what_is_accepted_and_denied_in_turn_is_no_progress() {
		let mut queue = queue([(1, 0), (1, 1)]);
		let batch = queue.batch(|_| usize::MAX);
		let receipt = |status, expected| Receipt {
			status,
			reason: None,
			expected,
		};
		let receipts = [
			receipt(Status::Accepted, None),
			receipt(Status::Gap, Some(0)),
		];
		assert!(!queue.take(&batch, &receipts).advanced);
		assert_eq!(waiting(&queue), [0, 1]);
	}

	#[test]
	fn a_batch_has_no_more_of_a_sensor_than_is_allowed() {
		let made = (0..100).map(|i| (1, i)).chain((0..100).map(|i| (2, i)));
		let batch = queue(made).batch(|sensor| if sensor == 1 { 1 } else { usize::MAX });
		assert_eq!(batch.len(), BATCH);
		assert_eq!((batch[0].sensor, batch[1].sensor), (1, 2));
		assert!(batch[1..].iter().all(|entry| entry.sensor == 2));
	}

	#[test]
	fn a_long_reason_is_cut() {
		assert_eq!(short(&"ä".repeat(1_000)).chars().count(), MAX_REASON);
	}
}
