//! Messages that some members have and others lack.
//!
//! Whoever lacks messages that peers have committed to says so in its bundle. The others take turns to
//! publish them. Whoever asked verifies them and hands them to its node, which checks and stores them as if
//! the sensors had sent them.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use core::ops::Range;
use sp_core::H256;
use syngraph_primitives::{SensorId, Sequence, SignedMessage, WindowIndex};
use syngraph_protocol::{Ask, Publication, Repair, MAX_REPAIR_BYTES, TURN};

use super::{counting, Task};
use crate::{
	chain::Chain,
	host::{Channel, Host},
	traces::Traces,
	LOG,
};

/// The most bytes of messages that wait for the node: it takes them in several times in a slot.
const MAX_WAITING_BYTES: usize = 8 * MAX_REPAIR_BYTES;

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// What is missing of the messages of some windows.
	pub(super) fn missing(&self, first: WindowIndex, last: WindowIndex) -> Vec<Ask> {
		let traces = Traces::new(self.host);
		let sources = self.sources();
		sources
			.feeds
			.iter()
			.filter_map(|feed| {
				let start = feed.range(&sources.shape, first.max(feed.since))?.start;
				let to = feed.range(&sources.shape, last)?.end;
				let head = next(&traces, feed.sensor, start);
				let from = self
					.doubtful(feed.sensor, start..head.min(to))
					.unwrap_or(head);
				(from < to).then_some(Ask {
					sensor: feed.sensor,
					from,
					to,
				})
			})
			.collect()
	}

	/// The first of some numbers of a sensor whose message here does not count: it is signed with a key that
	/// was replaced since.
	fn doubtful(&self, sensor: SensorId, numbers: Range<Sequence>) -> Option<Sequence> {
		let keys = self.keys_of(sensor)?;
		let first = Traces::new(self.host).tail(sensor)?.max(numbers.start);
		let rules = self.rules(sensor)?;
		keys.sent(first..numbers.end)
			.find(|at| self.stored(sensor, &rules, *at).is_none())
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

	/// Takes in messages that a peer passed on. Those that there was no room for are looked at again.
	pub(super) fn take_repair(&mut self, publication: H256, messages: &[SignedMessage]) {
		if !self.hand_over(messages) {
			self.seen.remove(&publication);
			return;
		}
		let traces = Traces::new(self.host);
		let has_come = |signed: &SignedMessage| {
			let (sensor, at) = (signed.message.sensor, signed.message.sequence);
			self.keys_of(sensor).is_none() || traces.head(sensor).is_some_and(|head| at < head)
		};
		// Those that have come have been held against what is here.
		if messages.iter().all(has_come) {
			self.record.used_up.insert(publication);
		}
	}

	/// Hands those messages over to the node that it lacks and asked for, and those that contradict what it
	/// has, once their signatures are verified. Tells whether there was room for all of them.
	///
	/// Only what the node is going to take waits there: so nobody can keep others' messages out of it.
	pub(super) fn hand_over(&self, messages: &[SignedMessage]) -> bool {
		let traces = Traces::new(self.host);
		let mut waiting = traces.handed_over().unwrap_or_default();
		let before = waiting.len();
		let mut bytes = waiting.encoded_size();
		let mut messages: Vec<_> = messages.iter().collect();
		messages.sort_by_key(|signed| (signed.message.sensor, signed.message.sequence));
		let mut fits = true;
		for signed in messages {
			if !self.is_wanted(&traces, &waiting, signed) {
				continue;
			}
			bytes = bytes.saturating_add(signed.encoded_size());
			if bytes > MAX_WAITING_BYTES {
				fits = false;
				break;
			}
			// Whoever passed on one that the sensor did not sign is not worth any more work.
			if !self.is_signed(signed) {
				log::debug!(target: LOG, "{:?}: a repair is not valid", self.agreement);
				break;
			}
			waiting.push(signed.clone());
		}
		if waiting.len() > before {
			traces.hand_over(&waiting);
		}
		fits
	}

	/// Whether a message is the next of those that are asked for, or evidence against its sensor.
	fn is_wanted(
		&self,
		traces: &Traces<&H>,
		waiting: &[SignedMessage],
		signed: &SignedMessage,
	) -> bool {
		let (sensor, at) = (signed.message.sensor, signed.message.sequence);
		let of_sensor = || {
			waiting
				.iter()
				.filter(move |other| other.message.sensor == sensor)
		};
		let Some((keys, rules)) = self.keys_of(sensor).zip(self.rules(sensor)) else {
			return false;
		};
		// What was taken for missing once is asked for until the node has looked again, which it does when it comes.
		let stored = self.stored(sensor, &rules, at);
		if let Some(stored) = stored.filter(|_| traces.head(sensor) != Some(at)) {
			let other = stored.message != signed.message && keys.can_convict(at);
			let waits = || of_sensor().any(|other| other.message.sequence == at);
			let known = || traces.evidence(sensor, &self.genesis, keys).is_some();
			return other && !waits() && !known();
		}
		let mut asks = self.session().asks().iter();
		let Some(ask) = asks.find(|ask| ask.sensor == sensor) else {
			return false;
		};
		// Those that wait and are not stored yet come one after the other.
		let new = of_sensor().map(|other| other.message.sequence.saturating_add(1));
		let next = new.max().unwrap_or(ask.from).max(ask.from);
		keys.sent(next..ask.to).next() == Some(at)
	}

	/// Whether a sensor signed a message, by the rules of the chain.
	fn is_signed(&self, signed: &SignedMessage) -> bool {
		let (sensor, at) = (signed.message.sensor, signed.message.sequence);
		let keys = self.keys_of(sensor);
		let key = keys.and_then(|keys| keys.key(at));
		key.is_some_and(|key| signed.verify(&self.genesis, key))
	}

	/// What others ask for of the messages that are here, as far as it fits into one publication.
	fn lacked(&self) -> Vec<SignedMessage> {
		let mut found = BTreeMap::<(SensorId, Sequence), SignedMessage>::new();
		let mut bytes = 0usize;
		let askers = counting(&self.bundles, self.intermediary);
		let asks = askers
			.filter(|bundle| self.is_helper_of(bundle.intermediary))
			.flat_map(|bundle| &bundle.asks);
		let known =
			asks.filter_map(|ask| Some((ask, self.keys_of(ask.sensor)?, self.rules(ask.sensor)?)));
		for (ask, keys, rules) in known {
			for at in keys.sent(ask.from..ask.to) {
				if found.contains_key(&(ask.sensor, at)) {
					continue;
				}
				let Some(message) = self.stored(ask.sensor, &rules, at) else {
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
		let roster = &self.info.standing.roster;
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
fn next<S: crate::store::LocalStore>(
	traces: &Traces<S>,
	sensor: SensorId,
	start: Sequence,
) -> Sequence {
	let needed = traces.needed(sensor).unwrap_or(start);
	traces.head(sensor).unwrap_or(start).max(needed)
}
