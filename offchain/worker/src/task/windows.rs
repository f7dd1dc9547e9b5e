//! The messages of windows, and what is computed from them.

use alloc::vec::Vec;
use codec::DecodeAll;
use syngraph_primitives::{
	BlockNumber, SensorId, SensorKeys, Sequence, SignedMessage, WindowIndex,
};
use syngraph_protocol::{shown_key, Ask, Computed, Input, Output, Part, Subject};

use super::Task;
use crate::{
	chain::Chain,
	host::Host,
	traces::{Rules, Traces},
};

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// Computes a window, if all its messages are here and it can settle.
	pub(super) fn compute(&self, window: WindowIndex) -> Option<Computed> {
		let version = self.sources().version(window)?;
		let (parts, messages) = (self.parts(window)?, self.messages(window)?);
		let subject = Subject {
			fold: &self.fold,
			parts: &parts,
			schemas: &self.info.schemas,
			times: self.info.times,
		};
		let messages = messages.iter().flatten().map(|signed| &signed.message);
		let contents = subject.compute(messages)?;
		let result = contents.result;
		#[cfg(feature = "sabotage")]
		let result = crate::sabotage::spoil(result);
		Some(Computed {
			window,
			result,
			root: contents.root,
			digest: contents.digest,
			version,
			secret: self.host.secret(),
		})
	}

	/// The messages of a window by sensor, if all of them are here. Numbers that are void are none.
	pub(super) fn messages(&self, window: WindowIndex) -> Option<Vec<Vec<SignedMessage>>> {
		let parts = self.parts(window)?.into_iter();
		parts
			.zip(&self.sources().keys)
			.map(|(part, keys)| {
				let rules = self.rules(part.sensor)?;
				let mut numbers = part.numbers();
				// The last ones are missing most often.
				let head = Traces::new(self.host).head(part.sensor);
				let complete = head >= part.numbers().last().map(|last| last.saturating_add(1));
				numbers.try_fold(Vec::new(), |mut found, at| {
					let stored = complete.then(|| self.stored(part.sensor, &rules, at));
					let message = stored
						.flatten()
						.or_else(|| self.shown_at(part.sensor, keys, at));
					found.push(message?);
					Some(found)
				})
			})
			.collect()
	}

	/// For each sensor a message that is none before the last of a window; none for those of which all in the window
	/// are void. Whoever has computed the window has them.
	pub(super) fn heads(&self, window: WindowIndex) -> Option<Vec<SignedMessage>> {
		let parts = self.parts(window)?.into_iter().zip(&self.sources().keys);
		parts
			.filter_map(|(part, keys)| Some((part.sensor, keys, part.last()?)))
			.map(|(sensor, keys, last)| {
				let head = Traces::new(self.host).head(sensor);
				let end = head.unwrap_or(last).max(last.saturating_add(1));
				let rules = self.rules(sensor)?;
				keys.sent(last..end).find_map(|at| {
					let stored = self.stored(sensor, &rules, at);
					stored.or_else(|| self.shown_at(sensor, keys, at))
				})
			})
			.collect()
	}

	/// Those messages that are asked for and that were shown on chain, without a gap.
	pub(super) fn shown(&self, asks: &[Ask]) -> Vec<SignedMessage> {
		let known = asks.iter();
		known
			.filter_map(|ask| Some((ask, self.keys_of(ask.sensor)?)))
			.flat_map(|(ask, keys)| {
				let numbers = keys.sent(ask.from..ask.to);
				numbers.map_while(|at| self.shown_at(ask.sensor, keys, at))
			})
			.collect()
	}

	/// Which messages of a sensor are valid, if it is one of the agreement.
	pub(super) fn keys_of(&self, sensor: SensorId) -> Option<&SensorKeys<BlockNumber>> {
		let sources = self.sources();
		let mut feeds = sources.feeds.iter().zip(&sources.keys);
		Some(feeds.find(|(feed, _)| feed.sensor == sensor)?.1)
	}

	/// Passes over windows whose messages were dropped, because all members were done with them.
	pub(super) fn pass_over(&mut self) -> Vec<Output> {
		let disputed = self.session.disputed();
		let mut wanted = self.session.wanted();
		let lowest = wanted.find(|window| Some(*window) != disputed);
		let below = lowest.and_then(|lowest| self.kept_from(lowest));
		let gone = below.filter(|below| Some(*below) != lowest);
		gone.map(|below| self.session.step(Input::Gone(below)))
			.unwrap_or_default()
	}

	/// The lowest window from `window` on of which no message was dropped.
	fn kept_from(&self, window: WindowIndex) -> Option<WindowIndex> {
		let traces = Traces::new(self.host);
		let sources = self.sources();
		let is_kept = |window: &WindowIndex| {
			sources.feeds.iter().all(|feed| {
				let range = feed.range(&sources.shape, *window);
				let tail = traces.tail(feed.sensor);
				tail.zip(range)
					.is_none_or(|(tail, range)| tail <= range.start)
			})
		};
		(window..self.info.standing.progress.end()).find(is_kept)
	}

	/// Which messages of each sensor make up a window.
	fn parts(&self, window: WindowIndex) -> Option<Vec<Part>> {
		let (sources, now) = (self.sources(), self.chain.number());
		let feeds = sources.feeds.iter().zip(&sources.keys);
		feeds
			.map(|(feed, keys)| Part::new(feed, &sources.shape, window, keys, now))
			.collect()
	}

	/// A message that the sensor sent here. It was checked when it came; but the chain may have known another key or
	/// another schema then.
	pub(super) fn stored(
		&self,
		sensor: SensorId,
		rules: &Rules<'_>,
		at: Sequence,
	) -> Option<SignedMessage> {
		rules.key(at)?;
		Traces::new(self.host).valid(sensor, at, rules)
	}

	/// The rules for what a sensor sent here, if it is one of the agreement.
	pub(super) fn rules(&self, sensor: SensorId) -> Option<Rules<'_>> {
		let sources = self.sources();
		let known = sources.keys.iter().zip(&self.info.schemas);
		let mut known = sources.feeds.iter().zip(known);
		let (_, (keys, schema)) = known.find(|(feed, _)| feed.sensor == sensor)?;
		Some(Rules::new(keys, schema))
	}

	/// A message that was shown on chain.
	fn shown_at(
		&self,
		sensor: SensorId,
		keys: &SensorKeys<BlockNumber>,
		at: Sequence,
	) -> Option<SignedMessage> {
		let key = keys.key(at)?;
		let bytes = self.host.get(&shown_key(sensor, at))?;
		let shown = SignedMessage::decode_all(&mut &bytes[..]).ok()?;
		let same = shown.message.sensor == sensor && shown.message.sequence == at;
		(same && shown.verify(&self.genesis, key)).then_some(shown)
	}
}
