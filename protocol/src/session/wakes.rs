//! When there is something to do or to note though nothing comes but blocks.
//!
//! A session is told about every block, and in most of them nothing follows from that. So that a worker with very many
//! agreements need not look at each of them in each block, it asks for the next block that matters. The answer is found
//! by looking ahead: a copy of the session is told about the blocks to come, as long as it neither says nor wants
//! anything and stays what it is. So it is right whatever sessions come to do, and there is no second account of their
//! deadlines.

use syngraph_primitives::BlockNumber;

use super::{Input, Session, Standing};

/// For how many blocks something may still follow from what came last, where nothing is under way and no window waits.
const AFTERMATH: BlockNumber = 8;

impl Session {
	/// The next block in which something is to be done or noted, if the agreement stands as it does now and nothing
	/// else comes. It is looked for `ahead` blocks far: if there is none among these it is to be looked for again after
	/// them. None if there will be none whatever number of blocks come.
	///
	/// No more blocks are taken for final than are now. What is forgotten once they are is forgotten in the next turn:
	/// nobody needs a turn for that, and nobody knows when it is.
	pub fn wakes(&self, standing: &Standing, ahead: BlockNumber) -> Option<BlockNumber> {
		let is_idle = self.is_idle();
		let ahead = match is_idle {
			true => AFTERMATH,
			false => ahead.max(1),
		};
		let (now, _) = self.clock();
		let last = now.saturating_add(ahead);
		let mut known = self.clone();
		// Whoever waits for room in blocks waits longer, the more of them are full.
		known.full = 0;
		let mut later = known.clone();
		let mut blocks = now.saturating_add(1)..=last;
		let stirring = blocks.find(|block| later.stirs_in(*block, &known, standing));
		stirring.or((!is_idle).then_some(last))
	}

	/// Whether anything comes of a block for a session that was like another one before.
	fn stirs_in(&mut self, block: BlockNumber, before: &Self, standing: &Standing) -> bool {
		let (_, finalized) = before.clock();
		let told = self.step(Input::Block(block, finalized, standing));
		let caught_up = self.step(Input::CaughtUp);
		let rests = told.is_empty()
			&& caught_up.is_empty()
			&& self.lacks().is_none()
			&& self.plan().is_none()
			&& self.joining().is_none()
			&& self.wanted() == before.wanted();
		self.set_clock(before.clock());
		!rests || *self != *before
	}

	/// Whether nothing is under way and no window waits, so that no number of blocks changes anything.
	fn is_idle(&self) -> bool {
		let fresh = self.fresh();
		let (_, full) = self.reach(fresh);
		let nothing_waits = !full && self.ready.results(fresh, self.ready.end()) == 0;
		nothing_waits
			&& self.rounds.is_empty()
			&& self.memory.is_empty()
			&& self.calls.of(&self.id(fresh)).is_none()
			&& self.behind.is_none()
			&& self.case.is_none()
			&& self.asks.is_empty()
	}
}
