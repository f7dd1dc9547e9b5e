//! Where the messages of a window come from: which of them count, and what tells apart what was known of
//! them at different times.

use alloc::vec::Vec;
use codec::Encode;
use core::ops::Range;
use syngraph_primitives::{
	Feed, Message, SensorId, SensorKeys, Sequence, SourceVersion, Timestamp, WindowIndex,
	WindowShape,
};

/// By how much a version grows when a sensor of the agreement is replaced: more than by anything that can
/// become known of the sensors, so that it never shrinks.
const REPLACEMENT: SourceVersion = 1 << 20;

/// The messages of one sensor in a window: those with the numbers that the terms say, but for void ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
	/// The sensor.
	pub sensor: SensorId,
	range: Range<Sequence>,
	/// The numbers in the range that count as never sent.
	void: Vec<Sequence>,
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
		let void = keys.void().iter().map(|void| void.sequence);
		let mut void: Vec<_> = void
			.filter(|number| range.contains(number) && keys.was_void(*number, known))
			.collect();
		void.sort_unstable();
		void.dedup();
		Some(Self {
			sensor: feed.sensor,
			range,
			void,
		})
	}

	/// The numbers of the messages, in ascending order.
	pub fn numbers(&self) -> impl Iterator<Item = Sequence> + '_ {
		let all = self.range.clone();
		all.filter(|number| !self.void.contains(number))
	}

	/// How many messages there are.
	pub fn count(&self) -> u32 {
		let all = self.range.end.saturating_sub(self.range.start);
		u32::try_from(all.saturating_sub(self.void.len() as u64)).unwrap_or(u32::MAX)
	}
}

/// Whether what is computed from a window looks at a message: its time lies between `times`, both included.
/// A sensor that said another time did not know it.
pub fn is_timely(times: (Timestamp, Timestamp), message: &Message) -> bool {
	let (first, last) = times;
	(first..=last).contains(&message.timestamp)
}

/// The version of a window's sources: tells apart what the chain knew, at different times, of the messages
/// that make it up. It never shrinks.
///
/// `replaced` is how often a sensor of the agreement was replaced by another, and `keys` are those of the
/// feeds' sensors, in the same order. None if the window lacks messages for good, so that it cannot
/// settle: one of them is not valid any more, or its key is forgotten, or a sensor begins with a later
/// window.
pub fn version<Block: Copy + Ord>(
	replaced: u32,
	feeds: &[Feed],
	shape: &WindowShape,
	window: WindowIndex,
	keys: &[SensorKeys<Block>],
) -> Option<SourceVersion> {
	if feeds.len() != keys.len() {
		return None;
	}
	let mut known: SourceVersion = 0;
	for (feed, keys) in feeds.iter().zip(keys) {
		let range = feed.range(shape, window)?;
		known = known.checked_add(keys.version(&range)?)?;
	}
	let replacements = replaced.checked_mul(REPLACEMENT)?;
	replacements
		.checked_add(known)
		.filter(|_| known < REPLACEMENT)
}

/// Where a node keeps a message that was shown to the chain, so that whoever lacked it finds it there: the
/// encoding of the [`syngraph_primitives::SignedMessage`].
pub fn shown_key(sensor: SensorId, sequence: Sequence) -> Vec<u8> {
	(b"syngraph/shown/", sensor, sequence).encode()
}

#[cfg(test)]
mod tests;
