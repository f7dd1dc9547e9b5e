//! Messages that some members have and others lack.
//!
//! Whoever lacks messages that peers have committed to says so in its bundle. The others take turns to
//! publish them. Whoever asked hands them to its node, which checks and stores them as if the sensors had
//! sent them.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use syngraph_primitives::{SensorId, Sequence, SignedMessage, WindowIndex};
use syngraph_protocol::{Ask, Publication, Repair, MAX_REPAIR_BYTES, TURN};

use super::Task;
use crate::{
	chain::Chain,
	host::{Channel, Host},
	traces::Traces,
};

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// What is missing of the messages of some windows.
	pub(super) fn missing(&self, first: WindowIndex, last: WindowIndex) -> Vec<Ask> {
		let traces = Traces::new(self.host);
		let sources = self.sources();
		sources
			.feeds
			.iter()
			.filter_map(|feed| {
				let start = feed.range(&sources.shape, first)?.start;
				let to = feed.range(&sources.shape, last)?.end;
				let from = next(&traces, feed.sensor, start);
				(from < to).then_some(Ask {
					sensor: feed.sensor,
					from,
					to,
				})
			})
			.collect()
	}

	/// Publishes, once in a run, what others lack and this intermediary has, if it is its turn.
	pub(super) fn repair(&mut self) {
		if self.repaired {
			return;
		}
		let messages = self.lacked();
		if messages.is_empty() {
			return;
		}
		self.repaired = true;
		let repair = Repair {
			agreement: self.agreement,
			messages,
		};
		self.say(Channel::Repairs, Publication::Repair(repair));
	}

	/// Hands those messages over to the node that it lacks and asked for, and those that contradict what it
	/// has. Tells whether it could, or had none to hand over.
	pub(super) fn hand_over(&self, messages: Vec<SignedMessage>) -> bool {
		let traces = Traces::new(self.host);
		let asked = self.session.lacks().is_some();
		let news: Vec<_> = messages
			.into_iter()
			.filter(|signed| {
				let (sensor, at) = (signed.message.sensor, signed.message.sequence);
				let source = self.sensors().any(|known| known == sensor);
				let other = traces
					.message(sensor, at)
					.is_some_and(|stored| stored.message != signed.message);
				source && (other || (asked && at >= next(&traces, sensor, 0)))
			})
			.collect();
		news.is_empty() || traces.hand_over(&news)
	}

	/// What others ask for of the messages that are here, as far as it fits into one publication.
	fn lacked(&self) -> Vec<SignedMessage> {
		let traces = Traces::new(self.host);
		let mut found = BTreeMap::<(SensorId, Sequence), SignedMessage>::new();
		let mut bytes = 0usize;
		let askers = self.bundles.values();
		let asks = askers
			.map(|(_, bundle)| bundle)
			.filter(|bundle| self.is_helper_of(bundle.intermediary))
			.flat_map(|bundle| &bundle.asks);
		let known = asks.filter_map(|ask| Some((ask, self.keys_of(ask.sensor)?)));
		for (ask, keys) in known {
			for at in ask.from..ask.to {
				if found.contains_key(&(ask.sensor, at)) || keys.is_void(at) {
					continue;
				}
				let Some(message) = traces.message(ask.sensor, at) else {
					break;
				};
				bytes = bytes.saturating_add(message.encoded_size());
				if bytes > MAX_REPAIR_BYTES {
					return found.into_values().collect();
				}
				found.insert((ask.sensor, at), message);
			}
		}
		found.into_values().collect()
	}

	/// Whether, of all others, it is the turn of this intermediary to help a member.
	fn is_helper_of(&self, asker: u64) -> bool {
		let roster = &self.view.standing.roster;
		let count = roster.members.len();
		let (Some(asker), Some(own)) = (roster.place(asker), roster.place(self.intermediary))
		else {
			return false;
		};
		let others = count.saturating_sub(1).max(1);
		let turn = (self.chain.number() / TURN) as usize % others;
		let distance = own.saturating_add(count).saturating_sub(asker) % count.max(1);
		distance == turn.saturating_add(1)
	}
}

/// The number of the message that has to come next from a sensor, of which the first that is needed is
/// number `start`.
fn next<S: crate::traces::LocalStore>(
	traces: &Traces<S>,
	sensor: SensorId,
	start: Sequence,
) -> Sequence {
	let needed = traces.needed(sensor).unwrap_or(start);
	traces.head(sensor).unwrap_or(start).max(needed)
}
