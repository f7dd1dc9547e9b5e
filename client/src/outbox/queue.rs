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
pub struct Answer {
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
pub(super) struct Handover {
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
	pub(super) fn take(&mut self, batch: &[Arc<Entry>], answers: &[Answer]) -> Handover {
		let before = self.waiting.len();
		let mut handover = Handover {
			is_unclear: answers.len() != batch.len(),
			..Default::default()
		};
		let mut accepted = BTreeSet::new();
		let mut heads = BTreeMap::new();
		for (entry, answer) in batch.iter().zip(answers) {
			match (answer.status, answer.expected) {
				(Status::Accepted | Status::Duplicate, _) => {
					accepted.insert((entry.sensor, entry.sequence));
					handover.accepted.insert(entry.sensor);
					self.keep(entry.clone());
				},
				(Status::Gap, Some(head)) => drop(heads.insert(entry.sensor, head)),
				(Status::Gap, None) => handover.is_unclear = true,
				(Status::Refused, _) => {
					let refusal = || Refusal {
						sequence: entry.sequence,
						reason: short(answer.reason.as_deref().unwrap_or_default()),
					};
					handover.refused.entry(entry.sensor).or_insert_with(refusal);
				},
			}
		}
		self.remove(&accepted);
		for (sensor, head) in heads {
			if let Err(hole) = self.resume(sensor, head) {
				handover.holes.insert(sensor, hole);
			}
		}
		handover.advanced = self.waiting.len() < before;
		handover
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
mod tests;
