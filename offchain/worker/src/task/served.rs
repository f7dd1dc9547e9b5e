//! What was published of the messages that others lack.
//!
//! Gossip may lose a publication, so that what is asked for again is published again. But to ask costs a few bytes, and
//! to publish costs everybody many: so who has not moved on waits, and the longer the more often it has asked.

use alloc::collections::BTreeMap;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, IntermediaryId, SensorId, Sequence};
use syngraph_protocol::{Ask, RETRY};

/// For how many blocks the same is not published once more,
const PAUSE: BlockNumber = RETRY;
/// and for how many at most, however often it was asked for: what was lost comes in the end.
const LONGEST_PAUSE: BlockNumber = 64;

/// What was published for each member.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Served(BTreeMap<IntermediaryId, Service>);

/// What was published for one member. It waits for all sensors together: else it could ask for another one in every
/// block.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
struct Service {
	/// Of each sensor the number after that of the last message, and the block in which there last was any.
	sensors: BTreeMap<SensorId, (Sequence, BlockNumber)>,
	/// The block in which something was last published once more.
	repeated: BlockNumber,
	/// For how many blocks nothing is after that.
	pause: BlockNumber,
}

impl Service {
	/// For how many blocks the same is not published once more now. Who has not asked for long begins anew.
	fn pause(&self, now: BlockNumber) -> BlockNumber {
		let long_ago = self.repeated.saturating_add(2 * LONGEST_PAUSE) <= now;
		match long_ago {
			true => PAUSE,
			false => self.pause.max(PAUSE),
		}
	}
}

impl Served {
	/// Whether messages that a member asks for are to be published now: those that were not yet, or so long ago that
	/// they must have been lost.
	pub fn is_due(&self, asker: IntermediaryId, ask: &Ask, now: BlockNumber) -> bool {
		let Some(service) = self.0.get(&asker) else {
			return true;
		};
		let Some((next, at)) = service.sensors.get(&ask.sensor) else {
			return true;
		};
		let since = service.repeated.max(*at);
		*next <= ask.from || since.saturating_add(service.pause(now)) <= now
	}

	/// Takes in that of what a member asks for, the messages before number `next` are published.
	pub fn note(&mut self, asker: IntermediaryId, ask: &Ask, next: Sequence, now: BlockNumber) {
		let service = self.0.entry(asker).or_default();
		let known = service.sensors.get(&ask.sensor).map(|(known, _)| *known);
		let known = known.unwrap_or(0);
		if ask.from < known && service.repeated != now {
			let pause = service.pause(now).saturating_mul(2);
			service.pause = pause.min(LONGEST_PAUSE);
			service.repeated = now;
		}
		// Who has lost what it had goes on from there.
		service.sensors.insert(ask.sensor, (next, now));
	}

	/// Forgets what was published for others than members, and of sensors that are none of the agreement any more.
	pub fn retain(
		&mut self,
		is_member: impl Fn(IntermediaryId) -> bool,
		is_source: impl Fn(SensorId) -> bool,
	) {
		self.0.retain(|asker, _| is_member(*asker));
		for service in self.0.values_mut() {
			service.sensors.retain(|sensor, _| is_source(*sensor));
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec::Vec;

	/// An ask for messages of a sensor from a number on.
	fn ask(sensor: SensorId, from: Sequence) -> Ask {
		Ask {
			sensor,
			from,
			to: 100,
		}
	}

	/// The blocks of some in which a member that never moves on is served.
	fn served(served: &mut Served, blocks: core::ops::Range<BlockNumber>) -> Vec<BlockNumber> {
		let is_served = |now: &BlockNumber| {
			let due = served.is_due(7, &ask(1, 0), *now);
			if due {
				served.note(7, &ask(1, 0), 20, *now);
			}
			due
		};
		blocks.filter(is_served).collect()
	}

	#[test]
	fn who_does_not_move_on_is_served_ever_more_rarely_and_not_never() {
		let mut all = Served::default();
		let blocks = served(&mut all, 1..200);
		assert_eq!(blocks, [1, 5, 13, 29, 61, 125, 189]);
		// After a long time in which nobody asked, something else may be lost.
		assert_eq!(served(&mut all, 400..420), [400, 408]);
	}

	#[test]
	fn who_moves_on_is_served_at_once() {
		let mut served = Served::default();
		served.note(7, &ask(1, 0), 20, 1);
		assert!(!served.is_due(7, &ask(1, 19), 2));
		assert!(served.is_due(7, &ask(1, 20), 2));
		assert!(served.is_due(7, &ask(2, 0), 2), "another sensor");
		assert!(served.is_due(8, &ask(1, 0), 2), "another member");
		served.note(7, &ask(1, 20), 40, 2);
		assert!(!served.is_due(7, &ask(1, 20), 5), "none of it came");
		assert!(served.is_due(7, &ask(1, 20), 6));
		// It has lost all that it had.
		served.note(7, &ask(1, 0), 20, 9);
		assert!(served.is_due(7, &ask(1, 20), 10));
	}

	#[test]
	fn sensors_do_not_take_turns_to_be_asked_for() {
		let mut served = Served::default();
		(1..=31).for_each(|sensor| served.note(7, &ask(sensor, 0), 20, 1));
		served.note(7, &ask(1, 0), 20, 5);
		let due = |now| (1..=31).any(|sensor| served.is_due(7, &ask(sensor, 0), now));
		assert!(!(6..13).any(due) && due(13));
	}

	#[test]
	fn only_members_and_sensors_of_the_agreement_are_remembered() {
		let mut served = Served::default();
		for (asker, sensor) in [(7, 1), (7, 2), (8, 1)] {
			served.note(asker, &ask(sensor, 0), 20, 1);
		}
		served.retain(|asker| asker == 7, |sensor| sensor == 1);
		let due = |asker, sensor| served.is_due(asker, &ask(sensor, 0), 2);
		assert_eq!([due(7, 1), due(7, 2), due(8, 1)], [false, true, true]);
	}
}
