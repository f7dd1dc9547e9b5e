//! When an agreement needs another turn.

use alloc::vec::Vec;
use sp_core::sr25519;
use syngraph_primitives::{BlockNumber, IntermediaryId, SensorId};
use syngraph_protocol::RETRY;

use super::Task;
use crate::{chain::Chain, host::Host, traces::Traces};

/// How many blocks are looked ahead for the next one in which there is something to do.
const AHEAD: BlockNumber = 64;

/// What is known of an agreement between its turns.
pub struct Rest {
	/// The block in which it needs another turn though nothing comes. The present one if it is not done with this one.
	pub until: BlockNumber,
	/// The sensors whose messages it waits for.
	pub sensors: Vec<SensorId>,
	/// Those by whose keys it goes.
	pub members: Vec<IntermediaryId>,
	/// The keys by which they publish what it listens to.
	pub authors: Vec<sr25519::Public>,
	/// For how many blocks the key that one of them has replaced counts.
	pub lookback: BlockNumber,
	/// Whether it needs other messages than before.
	pub needs_moved: bool,
	/// Whether its state is another one than before its turn.
	pub moved: bool,
}

impl Rest {
	/// Of an agreement for which there is nothing to do until something happens to it.
	pub fn over(needs_moved: bool) -> Self {
		Self {
			until: BlockNumber::MAX,
			sensors: Vec::new(),
			members: Vec::new(),
			authors: Vec::new(),
			lookback: 0,
			needs_moved,
			moved: false,
		}
	}
}

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// What is to be known until it has another turn.
	pub fn rest(&mut self) -> Rest {
		let needs_moved = core::mem::take(&mut self.needs_moved);
		let standing = &self.info.standing;
		let mut members = standing.roster.members.to_vec();
		if !members.contains(&self.intermediary) {
			members.push(self.intermediary);
		}
		Rest {
			until: self.wakes(),
			sensors: self.sources().feeds.iter().map(|it| it.sensor).collect(),
			members,
			authors: self.authors.clone(),
			// In a dispute it has a turn in each block, and looks back further in each.
			lookback: match standing.dispute {
				Some(_) => 0,
				None => self.info.lookback,
			},
			needs_moved,
			moved: self.moved,
		}
	}

	/// The block in which it needs another turn though nothing comes.
	fn wakes(&self) -> BlockNumber {
		let now = self.chain.number();
		let next = now.saturating_add(1);
		if self.outrun {
			return next;
		}
		let has_heard_all = self.record.view == self.view();
		let session = self.session();
		let goes_on = session.plan().is_some() || session.joining().is_some();
		if self.unfinished || !has_heard_all || goes_on || self.has_to_compute() {
			return now;
		}
		let standing = &self.info.standing;
		// Of a dispute, the chain tells more than what happens to it. And to look ahead takes about as long as a turn:
		// where something was done, more is likely to follow in the next block.
		let is_restless = self.moved || standing.dispute.is_some() || session.lacks().is_some();
		if is_restless {
			return next;
		}
		let settles = session.needs().and(self.record.needs.settles());
		let accuses = self.accuses().filter(|_| standing.in_force);
		let session = session.wakes(standing, AHEAD);
		let known = [
			session,
			self.info.changes,
			settles,
			accuses,
			self.helps(AHEAD),
		];
		let first = known.into_iter().flatten().min();
		first.unwrap_or(BlockNumber::MAX).max(next)
	}

	/// Whether the session wants a window that this turn has not tried to compute.
	///
	/// A turn computes before it listens: what it computes it may say at once. But what it hears may be what the
	/// session waited for before it wants any more windows: as soon as all have revealed, those of the next round.
	/// Their messages may have come long since, and what came is told once: nothing would wake the agreement for them.
	/// One that looks at everything computes them when it looks again, in the same run. So does this one, by another
	/// turn: others come first, and it computes no more in one turn than it may. Of a window that lacks messages the
	/// next one will tell.
	fn has_to_compute(&self) -> bool {
		let wanted = self.session().wanted();
		wanted.is_some() && wanted != self.stuck
	}

	/// The block in which it next accuses a sensor, if there is one to accuse.
	fn accuses(&self) -> Option<BlockNumber> {
		let (traces, sources) = (Traces::new(self.host), self.sources());
		let mut sensors = sources.feeds.iter().zip(&sources.keys);
		let guilty =
			sensors.any(|(feed, keys)| traces.evidence(feed.sensor, &self.genesis, keys).is_some());
		let now = self.chain.number();
		let since = now.checked_rem(RETRY).unwrap_or(0);
		guilty.then(|| now.saturating_sub(since).saturating_add(RETRY))
	}
}
