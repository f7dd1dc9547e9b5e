//! Which version of their sources the windows within reach have, and what becomes of rounds when it moves.
//!
//! The chain may learn at any time that a number of a sensor is void, or that a message was to be signed with
//! another key. Then what was computed from it does not count any more: everybody commits anew, with a fresh
//! secret, under the new version. What was said before is put on the *shelf*. If the block in which the chain
//! learnt of it is retracted, the round goes on where it was, so that nothing else is said about the same
//! version. Two branches that know different things have different versions, even if as many: whoever moves
//! from one to the other and back has a round of each.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::ops::Range;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Feed, SensorKeys, SourceVersion, WindowIndex, WindowShape};

use super::{entry::Entry, Session};
use crate::{
	round::{Computed, Round},
	sources::Facts,
};

/// What the chain knows about the messages that an agreement's windows are made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sources {
	/// Which sensor takes part from which window on, in the order of the terms.
	pub feeds: Vec<Feed>,
	/// Which messages of these sensors are valid, in the same order.
	pub keys: Vec<SensorKeys<BlockNumber>>,
	/// Which messages make up a window.
	pub shape: WindowShape,
	/// How often a sensor was replaced by another.
	pub replaced: u32,
	/// What is seen in a message, see [`crate::grounds`].
	pub grounds: H256,
}

impl Sources {
	/// The version of a window's sources; none if it cannot settle.
	pub fn version(&self, window: WindowIndex) -> Option<SourceVersion> {
		self.facts(window).map(|facts| facts.version())
	}

	/// The block in which something last became known of a window's messages.
	pub fn altered(&self, window: WindowIndex) -> BlockNumber {
		let sensors = self.feeds.iter().zip(&self.keys);
		let altered = sensors.filter_map(|(feed, keys)| {
			let range = feed.range(&self.shape, window)?;
			keys.altered(&range)
		});
		altered.max().unwrap_or(0)
	}

	/// Whether a window has no version only until a sensor has another key.
	fn awaits_key(&self, window: WindowIndex) -> bool {
		let mut sensors = self.feeds.iter().zip(&self.keys);
		sensors.any(|(feed, keys)| {
			let range = feed.range(&self.shape, window);
			range.is_some_and(|range| keys.awaits_key(&range))
		})
	}

	/// What decides which messages a window holds; none if it cannot settle.
	fn facts(&self, window: WindowIndex) -> Option<Facts> {
		let (feeds, keys) = (&self.feeds, &self.keys);
		Facts::new(
			self.replaced,
			self.grounds,
			feeds,
			&self.shape,
			window,
			keys,
		)
	}
}

/// The versions of the windows within reach.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Versions {
	/// Each run of windows of which the same is known.
	runs: Vec<Run>,
	/// How often a sensor was replaced by another.
	replaced: u32,
}

/// With which windows members are done, and as of when.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Stand {
	/// The lowest window that they are not done with.
	pub below: WindowIndex,
	/// The block as of which that is meant.
	pub at: BlockNumber,
	/// How often a sensor had been replaced by then.
	pub replaced: u32,
}

impl Stand {
	/// What two declare together.
	pub fn least(self, other: Self) -> Self {
		Self {
			below: self.below.min(other.below),
			at: self.at.min(other.at),
			replaced: self.replaced.min(other.replaced),
		}
	}
}

/// Windows of which the same is known.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Run {
	/// The first of them.
	first: WindowIndex,
	version: Option<SourceVersion>,
	/// Whether they have none only until a sensor has another key.
	awaits_key: bool,
	/// The block in which something last became known of their messages.
	altered: BlockNumber,
}

impl Versions {
	/// Those of some windows.
	pub(super) fn new(windows: Range<WindowIndex>, sources: &Sources) -> Self {
		let mut runs = Vec::new();
		// Most windows are like the one before: only what differs is hashed.
		let mut last = None;
		for window in windows {
			let known = Some((
				sources.facts(window),
				sources.altered(window),
				sources.awaits_key(window),
			));
			if known == last {
				continue;
			}
			if let Some((facts, altered, awaits_key)) = &known {
				runs.push(Run {
					first: window,
					version: facts.as_ref().map(Facts::version),
					awaits_key: *awaits_key,
					altered: *altered,
				});
			}
			last = known;
		}
		Self {
			runs,
			replaced: sources.replaced,
		}
	}

	/// That of one of them.
	pub(super) fn of(&self, window: WindowIndex) -> Option<SourceVersion> {
		self.run(window)?.version
	}

	/// Whether one of them has none only until a sensor has another key.
	pub(super) fn awaits_key(&self, window: WindowIndex) -> bool {
		self.run(window).is_some_and(|run| run.awaits_key)
	}

	/// How often a sensor was replaced by another.
	pub(super) fn replaced(&self) -> u32 {
		self.replaced
	}

	/// Whether members are done with a window as it is now.
	pub(super) fn is_over(&self, window: WindowIndex, stand: Stand) -> bool {
		let altered = self.run(window).map_or(0, |run| run.altered);
		stand.below > window && stand.at >= altered && stand.replaced >= self.replaced
	}

	/// Whether what members declare takes in all that is known of the windows below one.
	pub(super) fn is_known_below(&self, below: WindowIndex, stand: Stand) -> bool {
		let mut runs = self.runs.iter().take_while(|run| run.first < below);
		runs.all(|run| stand.at >= run.altered) && stand.replaced >= self.replaced
	}

	fn run(&self, window: WindowIndex) -> Option<&Run> {
		let mut begun = self.runs.iter().rev();
		begun.find(|run| run.first <= window)
	}
}

impl Session {
	/// The version under which a window can be worked on; none if it is decided or frozen, beyond reach, or
	/// cannot settle.
	pub(super) fn version(&self, window: WindowIndex) -> Option<SourceVersion> {
		if self.frozen() == Some(window) {
			return None;
		}
		self.progress.check(window).ok()?;
		self.versions.of(window)
	}

	/// Whether the round of a window could be opened now, with nothing said under this version yet, or just
	/// what is on the shelf.
	pub(super) fn can_open(&self, window: WindowIndex) -> bool {
		let version = self.version(window);
		version.is_some_and(|version| self.epoch.can_open(window, version))
	}

	/// Puts those rounds on the shelf that are about another version than the present one.
	pub(super) fn renew(&mut self) {
		let open = self.open();
		let stale = open.filter(|(window, entry)| {
			let reachable = self.progress.check(*window).is_ok();
			reachable && self.versions.of(*window) != Some(entry.round.version())
		});
		let stale: Vec<_> = stale.map(|(window, _)| window).collect();
		for window in stale {
			self.epoch.shelve(window);
		}
	}

	/// Opens the round of a window that was computed, or takes it from the shelf. Nothing is said if something
	/// else was said about this version before.
	pub(super) fn on_computed(&mut self, computed: Computed) {
		let (window, version) = (computed.window, computed.version);
		let wanted = self.wanted().any(|wanted| wanted == window);
		let Some(next) = window.checked_add(1).filter(|_| wanted) else {
			return;
		};
		if self.version(window) != Some(version) {
			return;
		}
		let round = match self.epoch.shelf.remove(&(window, version)) {
			Some(known) if !known.is_same(&computed) => return,
			Some(known) => known,
			None => Round::open(self.seat(), computed),
		};
		let base = self.progress.base();
		let again = window < self.epoch.next;
		self.epoch.pass_to(base, next);
		self.epoch.note(window, version, again);
		let entry = Entry::new(round, self.now);
		self.epoch.rounds.insert(window, entry);
	}
}
