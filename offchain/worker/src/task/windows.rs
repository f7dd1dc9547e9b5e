//! The messages of windows, and what is computed from them.

use alloc::vec::Vec;
use codec::DecodeAll;
use syngraph_primitives::{
	BlockNumber, Fate, SensorId, SensorKeys, Sequence, SignedMessage, WindowIndex,
};
use syngraph_protocol::{shown_key, Ask, Computed, Fold, Input, Part, Subject};

use super::Task;
use crate::{
	chain::{AgreementInfo, Chain},
	host::Host,
	traces::{Rules, Traces},
	LOG,
};

/// About how many messages are computed from in a turn, and how many are looked through for those that do not count,
/// lest other agreements wait for it too long: as many as the largest window has.
pub(super) const MESSAGES_PER_TURN: u32 = syngraph_primitives::MAX_WINDOW_MESSAGES;

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// Computes the windows that the session wants, one after the other, as far as their messages have come. Tells
	/// whether there was any.
	pub(super) fn compute_all(&mut self) -> bool {
		let sources = self.sources();
		let messages = sources
			.shape
			.size
			.saturating_mul(sources.feeds.len() as u32);
		let windows = MESSAGES_PER_TURN.checked_div(messages).unwrap_or(1).max(1);
		let mut count = 0u32;
		self.stuck = None;
		for _ in 0..windows {
			let wanted = self.session().wanted();
			let Some(computed) = wanted.and_then(|window| self.compute(window)) else {
				self.stuck = wanted;
				break;
			};
			log::debug!(
				target: LOG, "{:?}: window {} computed: {:?}",
				self.agreement, computed.window, computed.result,
			);
			self.step(Input::Computed(computed));
			count = count.saturating_add(1);
		}
		// If there is more to compute, others come first.
		self.unfinished |= count == windows;
		count > 0
	}

	/// Computes a window, if it can be told which messages count and all of them are here.
	fn compute(&self, window: WindowIndex) -> Option<Computed> {
		match self.sources().fate(window) {
			Fate::Live => self.compute_live(window),
			Fate::Dead => Some(Computed::dead(window)),
			Fate::Waiting => None,
		}
	}

	fn compute_live(&self, window: WindowIndex) -> Option<Computed> {
		let (parts, messages) = (self.parts(window)?, self.messages(window)?);
		let subject = Subject {
			fold: self.fold()?,
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
		})
	}

	/// What is computed. It is read only once there is something to compute it from.
	fn fold(&self) -> Option<&Fold> {
		let AgreementInfo {
			function, schemas, ..
		} = &self.info;
		let fold = || Fold::prepare(function, schemas).ok();
		self.fold.get_or_init(fold).as_ref()
	}

	/// The messages of a window by sensor, if all of them are here. Numbers that are void are none.
	pub(super) fn messages(&self, window: WindowIndex) -> Option<Vec<Vec<SignedMessage>>> {
		let parts = self.parts(window)?;
		let parts: Vec<_> = parts.into_iter().zip(&self.sources().keys).collect();
		// The last ones are missing most often: nothing is read before all sensors have sent theirs.
		let complete = parts.iter().map(|(part, keys)| self.has_last(part, keys));
		let complete: Vec<bool> = complete.collect::<Option<_>>()?;
		parts
			.into_iter()
			.zip(complete)
			.map(|((part, keys), complete)| {
				let rules = self.rules(part.sensor)?;
				let mut numbers = part.numbers();
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

	/// Whether what a sensor sent here goes beyond a window. None if its last message in it is not here in another way
	/// either.
	fn has_last(&self, part: &Part, keys: &SensorKeys<BlockNumber>) -> Option<bool> {
		let Some(last) = part.last() else {
			return Some(true);
		};
		let head = Traces::new(self.host).head(part.sensor);
		let complete = head > Some(last);
		(complete || self.shown_at(part.sensor, keys, last).is_some()).then_some(complete)
	}

	/// For each sensor a message that is none before the last of a window; none for those of which all in the window
	/// are void, and none at all if the window lacks messages for good. Whoever has computed the window has them.
	pub(super) fn heads(&self, window: WindowIndex) -> Option<Vec<SignedMessage>> {
		if self.sources().fate(window) == Fate::Dead {
			return Some(Vec::new());
		}
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

	/// Which messages of each sensor make up a window.
	fn parts(&self, window: WindowIndex) -> Option<Vec<Part>> {
		self.sources().parts(window, self.chain.number())
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
