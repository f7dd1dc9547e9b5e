//! Where the messages of a window come from: which of them count, and what tells apart what was known of
//! them at different times.

use alloc::vec::Vec;
use codec::Encode;
use core::ops::Range;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	Fate, Feed, Message, Schema, SensorId, SensorKeys, Sequence, SourceVersion, Timestamp,
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

/// What the chain knows about the messages that an agreement's windows are made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sources<Block> {
	/// Which sensor takes part from which window on, in the order of the terms.
	pub feeds: Vec<Feed>,
	/// Which messages of these sensors are valid, in the same order.
	pub keys: Vec<SensorKeys<Block>>,
	/// Which messages make up a window.
	pub shape: WindowShape,
	/// How often a sensor was replaced by another.
	pub replaced: u32,
	/// What is seen in a message, see [`grounds`].
	pub grounds: H256,
}

impl<Block: Copy + Ord> Sources<Block> {
	/// What tells apart what is known of the messages from what was known at other times, or is known on other
	/// branches. On one branch it never shrinks.
	///
	/// It is about all messages, those of windows that are decided too: what becomes known of a sensor is rare, and
	/// whatever it is, everybody commits anew to the round that is open.
	pub fn version(&self) -> SourceVersion {
		let sensors = self.sensors().map(|(feed, keys)| (*feed, keys.outlook()));
		let sensors: Vec<_> = sensors.collect();
		let known = sensors.iter().map(|(_, outlook)| outlook.changes);
		let known = known.fold(0, u32::saturating_add).min(REPLACEMENT - 1);
		let tag: &[u8] = b"syngraph/sources/2";
		let facts = (tag, self.grounds, &sensors);
		SourceVersion {
			changes: self
				.replaced
				.saturating_mul(REPLACEMENT)
				.saturating_add(known),
			facts: BlakeTwo256::hash_of(&facts),
		}
	}

	/// Whether the messages of a window can be told to be valid.
	///
	/// Those of a dead one are lacking for good: a key is forgotten, or a sensor begins with a later window. Such a
	/// window is null. One that waits is worked on by nobody until its sensor has another key, or another sensor its
	/// place. Below some window all are dead, and from some window on all wait: between the two they are live.
	pub fn fate(&self, window: WindowIndex) -> Fate {
		let fates = self
			.sensors()
			.map(|(feed, keys)| match feed.range(&self.shape, window) {
				Some(range) => keys.fate(&range),
				None if window < feed.since => Fate::Dead,
				// No trace is long enough.
				None => Fate::Waiting,
			});
		fates.max().unwrap_or(Fate::Waiting)
	}

	/// The messages of each sensor in a window, as far as the chain knew at the end of block `known`. None if a sensor
	/// has none in it.
	pub fn parts(&self, window: WindowIndex, known: Block) -> Option<Vec<Part>> {
		self.sensors()
			.map(|(feed, keys)| Part::new(feed, &self.shape, window, keys, known))
			.collect()
	}

	fn sensors(&self) -> impl Iterator<Item = (&Feed, &SensorKeys<Block>)> {
		self.feeds.iter().zip(&self.keys)
	}
}

/// Where a node keeps a message that was shown to the chain, so that whoever lacked it finds it there: the
/// encoding of the [`syngraph_primitives::SignedMessage`].
pub fn shown_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/shown/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests;
