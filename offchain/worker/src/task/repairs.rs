//! Messages that some members have and others lack.
//!
//! Whoever lacks messages that peers have committed to says so in its bundle. The others take turns to
//! publish them, and do not publish the same in every block because somebody goes on asking. Whoever asked
//! verifies them and hands them to its node, which checks and stores them as if the sensors had sent them.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use core::ops::Range;
use sp_core::H256;
use syngraph_primitives::{
	BlockNumber, IntermediaryId, SensorId, Sequence, SignedMessage, WindowIndex,
};
use syngraph_protocol::{Ask, Publication, Repair, MAX_REPAIR_BYTES, TURN};

use super::{counting, windows::MESSAGES_PER_TURN, Task};
use crate::{
	chain::Chain,
	host::{Channel, Host},
	traces::{Looked, Traces},
	LOG,
};

/// The most bytes of messages that wait for the node: it takes them in several times in a slot.
const MAX_WAITING_BYTES: usize = 8 * MAX_REPAIR_BYTES;

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// What is missing of the messages of some windows, as far as that is known: there may be very many to look
	/// through, which takes several runs.
	pub(super) fn missing(&mut self, first: WindowIndex, last: WindowIndex) -> Vec<Ask> {
		let mut all = core::mem::take(&mut self.record.looked);
		let traces = Traces::new(self.host);
		let sources = self.sources();
		all.retain(|sensor, _| sources.feeds.iter().any(|feed| feed.sensor == *sensor));
		let missing = sources.feeds.iter().filter_map(|feed| {
			let start = feed.range(&sources.shape, first.max(feed.since))?.start;
			let to = feed.range(&sources.shape, last)?.end;
			let head = next(&traces, feed.sensor, start);
			let looked = all.entry(feed.sensor).or_default();
			let from = self
				.doubtful(feed.sensor, start..head.min(to), looked)
				.unwrap_or(head);
			(from < to).then_some(Ask {
				sensor: feed.sensor,
				from,
				to,
			})
		});
		let missing = missing.collect();
		self.record.looked = all;
		missing
	}

	/// The first of some numbers of a sensor whose message here does not count: it is signed with a key that
	/// was replaced since. In a turn each sensor has its share of those that are looked through: the next window is
	/// within it.
	fn doubtful(
		&self,
		sensor: SensorId,
		numbers: Range<Sequence>,
		looked: &mut Looked,
	) -> Option<Sequence> {
		let traces = Traces::new(self.host);
		let first = traces.tail(sensor)?.max(numbers.start);
		let rules = self.rules(sensor)?;
		let most = MESSAGES_PER_TURN.checked_div(self.sources().feeds.len() as u32)?;
		traces.doubtful(sensor, first..numbers.end, &rules, looked, most)
	}

	/// Publishes, once in a run, what others lack and this intermediary has, if it is its turn. Tells whether it did.
	pub(super) fn repair(&mut self) -> bool {
		if self.repaired {
			return false;
		}
		let messages = self.lacked();
		if messages.is_empty() {
			return false;
		}
		self.repaired = true;
		let repair = Repair {
			agreement: self.agreement,
			messages,
		};
		self.say(Channel::Repairs, Publication::Repair(repair));
		true
	}

	/// Takes in messages that a peer passed on. Those that there was no room for are looked at again.
	pub(super) fn take_repair(&mut self, publication: H256, messages: &[SignedMessage]) {
		if !self.hand_over(messages) {
			self.seen.remove(&publication);
			self.unfinished = true;
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

	/// What others ask for of the messages that are here and is due, as far as it fits into one publication. It counts
	/// as published.
	fn lacked(&mut self) -> Vec<SignedMessage> {
		let now = self.chain.number();
		let mut found = Found::default();
		let asked = self.asked().into_iter();
		let due = asked.filter(|(asker, ask)| self.is_due(*asker, ask, now));
		for (asker, ask) in due.collect::<Vec<_>>() {
			if let Some(next) = self.find(&ask, &mut found) {
				self.record.served.note(asker, &ask, next, now);
			}
		}
		let (roster, feeds) = (&self.info.standing.roster, &self.info.sources.feeds);
		self.record.served.retain(
			|asker| roster.place(asker).is_some(),
			|sensor| feeds.iter().any(|feed| feed.sensor == sensor),
		);
		found.messages.into_values().collect()
	}

	/// The next block, of so many, in which others are to be helped that ask for messages which are here; the last one
	/// if it is a later one. None if nobody does: whoever asks for others keeps nobody busy, and is heard again once
	/// they come.
	pub(super) fn helps(&self, blocks: BlockNumber) -> Option<BlockNumber> {
		let mut asked = self.asked();
		asked.retain(|(_, ask)| self.has(ask));
		let now = self.chain.number();
		let last = now.saturating_add(blocks);
		let mut next = now.saturating_add(1)..=last;
		let due = next.find(|block| {
			let mut asked = asked.iter();
			asked.any(|(asker, ask)| self.is_due(*asker, ask, *block))
		});
		(!asked.is_empty()).then(|| due.unwrap_or(last))
	}

	/// What others ask for, and who, as far as an open round may need it.
	fn asked(&self) -> Vec<(IntermediaryId, Ask)> {
		let end = self.end_of_rounds();
		let askers = counting(&self.bundles, self.intermediary);
		askers
			.filter(|bundle| bundle.intermediary != self.intermediary)
			.flat_map(|bundle| {
				let asks = bundle.asks.iter();
				asks.map(move |ask| (bundle.intermediary, ask))
			})
			.filter_map(|(asker, ask)| Some((asker, self.needed_of(ask, end)?)))
			.collect()
	}

	/// Whether a member that asks for messages is to be helped in a block: it is this intermediary's turn, and the same
	/// was not published lately.
	fn is_due(&self, asker: IntermediaryId, ask: &Ask, block: BlockNumber) -> bool {
		self.is_helper_of(asker, block) && self.record.served.is_due(asker, ask, block)
	}

	/// Whether the first message that is asked for is here: without it none is published.
	fn has(&self, ask: &Ask) -> bool {
		let sensor = self.keys_of(ask.sensor).zip(self.rules(ask.sensor));
		sensor.is_some_and(|(keys, rules)| {
			let first = keys.sent(ask.from..ask.to).next();
			first.is_some_and(|at| self.stored(ask.sensor, &rules, at).is_some())
		})
	}

	/// The first window that belongs to no round which is open: nobody needs messages of it yet. One that was begun
	/// here may be longer than it should be.
	fn end_of_rounds(&self) -> WindowIndex {
		let standing = &self.info.standing;
		let longest = standing
			.progress
			.base
			.saturating_add(standing.longest.into());
		let begun = self.session().open_rounds();
		begun
			.map(|round| round.span().end)
			.fold(longest, WindowIndex::max)
	}

	/// What is asked for of the messages of windows before one.
	fn needed_of(&self, ask: &Ask, end: WindowIndex) -> Option<Ask> {
		let sources = self.sources();
		let mut feeds = sources.feeds.iter();
		let feed = feeds.find(|feed| feed.sensor == ask.sensor)?;
		let last = feed.range(&sources.shape, end.checked_sub(1)?)?;
		let to = ask.to.min(last.end);
		(ask.from < to).then_some(Ask { to, ..*ask })
	}

	/// Adds what is asked for to what was found for others, as far as it is here and there is room for it. Gives the
	/// number after that of the last message, if there is any.
	fn find(&self, ask: &Ask, found: &mut Found) -> Option<Sequence> {
		let (keys, rules) = (self.keys_of(ask.sensor)?, self.rules(ask.sensor)?);
		let mut next = None;
		for at in keys.sent(ask.from..ask.to) {
			let is_there = found.messages.contains_key(&(ask.sensor, at));
			if !is_there && !found.add(self.stored(ask.sensor, &rules, at)) {
				break;
			}
			next = Some(at.saturating_add(1));
		}
		next
	}

	/// Whether, of all others, it is the turn of this intermediary to help a member in a block.
	fn is_helper_of(&self, asker: IntermediaryId, block: BlockNumber) -> bool {
		let roster = &self.info.standing.roster;
		let count = roster.members.len();
		let (Some(asker), Some(own)) = (roster.place(asker), roster.place(self.intermediary))
		else {
			return false;
		};
		let others = count.saturating_sub(1).max(1);
		let turn = (block / TURN) as usize % others;
		let distance = own.saturating_add(count).saturating_sub(asker) % count.max(1);
		distance == turn.saturating_add(1)
	}
}

/// Messages of sensors, as many as fit into one publication.
#[derive(Default)]
struct Found {
	messages: BTreeMap<(SensorId, Sequence), SignedMessage>,
	bytes: usize,
}

impl Found {
	/// Adds one, if there is one and room for it. Tells whether it did.
	fn add(&mut self, message: Option<SignedMessage>) -> bool {
		let Some(signed) = message else {
			return false;
		};
		let bytes = self.bytes.saturating_add(signed.encoded_size());
		if bytes > MAX_REPAIR_BYTES {
			return false;
		}
		self.bytes = bytes;
		let place = (signed.message.sensor, signed.message.sequence);
		self.messages.insert(place, signed);
		true
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
