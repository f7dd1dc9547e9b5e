//! Where the messages of a window come from: which of them count, and what tells apart what was known of
//! them at different times.

use alloc::vec::Vec;
use codec::Encode;
use core::ops::Range;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	Feed, Message, Schema, SensorId, SensorKeys, Sequence, SourceVersion, Timestamp, Validity,
	WindowIndex, WindowShape,
};

/// How many changes it counts for when a sensor of the agreement is replaced: more than can become known of
/// the sensors, so that a version never shrinks.
const REPLACEMENT: u32 = 1 << 20;

/// How often a sensor of the agreement had been replaced by another, as a version of its windows' sources tells.
pub fn replacements(version: SourceVersion) -> u32 {
	version.changes / REPLACEMENT
}

/// The messages of one sensor in a window: those with the numbers that the terms say, but for void ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
	/// The sensor.
	pub sensor: SensorId,
	range: Range<Sequence>,
	/// The numbers in the range that count as never sent, in runs.
	void: Vec<Range<Sequence>>,
}

impl Part {
	/// The part of a feed's sensor in a window, as far as the chain knew at the end of block `known`. None
	/// if the window is before the feed's first, or beyond the largest sequence number.
	pub fn new<Block: Copy + Ord>(
		feed: &Feed,
		shape: &WindowShape,
		window: WindowIndex,
		keys: &SensorKeys<Block>,
		known: Block,
	) -> Option<Self> {
		let range = feed.range(shape, window)?;
		Some(Self {
			sensor: feed.sensor,
			void: keys.void_within(&range, known),
			range,
		})
	}

	/// The numbers that the terms say, with the void ones.
	pub fn range(&self) -> &Range<Sequence> {
		&self.range
	}

	/// The numbers of the messages, in ascending order.
	pub fn numbers(&self) -> impl Iterator<Item = Sequence> + '_ {
		let all = self.range.clone();
		all.filter(|number| self.is_sent(*number))
	}

	/// The number of the last message, if there is any.
	pub fn last(&self) -> Option<Sequence> {
		let mut all = self.range.clone().rev();
		all.find(|number| self.is_sent(*number))
	}

	fn is_sent(&self, number: Sequence) -> bool {
		!self.void.iter().any(|run| run.contains(&number))
	}

	/// How many messages there are.
	pub fn count(&self) -> u32 {
		let length = |run: &Range<Sequence>| run.end.saturating_sub(run.start);
		let void = self.void.iter().map(length);
		let void = void.fold(0, Sequence::saturating_add);
		let count = length(&self.range).saturating_sub(void);
		u32::try_from(count).unwrap_or(u32::MAX)
	}
}

/// Whether what is computed from a window looks at a message: its time lies between `times`, both included.
/// A sensor that said another time did not know it.
pub fn is_timely(times: (Timestamp, Timestamp), message: &Message) -> bool {
	let (first, last) = times;
	(first..=last).contains(&message.timestamp)
}

/// What decides, in all windows of an agreement alike, what is seen in a message, beside its terms: the earliest
/// and the latest time of one that counts, and what the sensors declared. Both are as they were when the
/// agreement came into force, which may be in other blocks on other branches.
pub fn grounds(times: (Timestamp, Timestamp), schemas: &[Schema]) -> H256 {
	let tag: &[u8] = b"syngraph/grounds/1";
	BlakeTwo256::hash_of(&(tag, times, schemas))
}

/// All that decides which messages a window holds, which of them are valid and what is seen in them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
	changes: u32,
	grounds: H256,
	sensors: Vec<(Feed, Validity)>,
}

impl Facts {
	/// Those of a window. `replaced` is how often a sensor of the agreement was replaced by another, and `keys`
	/// are those of the feeds' sensors, in the same order. For the `grounds` see [`grounds`].
	///
	/// None if the window lacks messages for good, so that it cannot settle: one of them is not valid any
	/// more, or its key is forgotten, or a sensor begins with a later window.
	pub fn new<Block: Copy + Ord>(
		replaced: u32,
		grounds: H256,
		feeds: &[Feed],
		shape: &WindowShape,
		window: WindowIndex,
		keys: &[SensorKeys<Block>],
	) -> Option<Self> {
		if feeds.len() != keys.len() {
			return None;
		}
		let sensors = feeds.iter().zip(keys).map(|(feed, keys)| {
			let range = feed.range(shape, window)?;
			Some((*feed, keys.validity(&range)?))
		});
		let sensors: Vec<_> = sensors.collect::<Option<_>>()?;
		let mut known = sensors.iter().map(|(_, validity)| validity.changes);
		let known = known.try_fold(0u32, |sum, changes| sum.checked_add(changes))?;
		let replacements = replaced.checked_mul(REPLACEMENT)?;
		let changes = replacements.checked_add(known);
		Some(Self {
			changes: changes.filter(|_| known < REPLACEMENT)?,
			grounds,
			sensors,
		})
	}

	/// What tells them apart from what was known at other times, or is known on other branches. On one branch
	/// it never shrinks. Windows that nothing sets apart have the same.
	pub fn version(&self) -> SourceVersion {
		let tag: &[u8] = b"syngraph/sources/1";
		let facts = (tag, self.grounds, &self.sensors);
		SourceVersion {
			changes: self.changes,
			facts: BlakeTwo256::hash_of(&facts),
		}
	}
}

/// Where a node keeps a message that was shown to the chain, so that whoever lacked it finds it there: the
/// encoding of the [`syngraph_primitives::SignedMessage`].
pub fn shown_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/shown/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests;
