//! Since when the worker of this machine has had its runs one after the other.
//!
//! A machine that was started again, or stood still, may have been set back to a state that is older than what it said. So it
//! listens before it says anything more. Only its runs tell whether it did, and not when an agreement had its last turn: on a
//! machine with very many agreements, turns may lie as far apart.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::BlockNumber;

use crate::{chain::Chain, host::Host, state};

/// Where a node keeps something that is another one after every start: random, and written before the first
/// run. A worker that sees it for the first time knows that its state may be older than what it said.
pub const BOOT_KEY: &[u8] = b"syngraph/boot";
/// After how many blocks in which it had no run a machine listens again.
pub const ABSENCE: BlockNumber = 32;
/// Where the last runs are noted.
const KEY: &[u8] = b"syngraph/presence";

/// Runs that came one after the other.
#[derive(Encode, Decode)]
pub struct Presence {
	/// What tells apart the starts of the node.
	boot: Option<Vec<u8>>,
	/// The block of the first run.
	since: BlockNumber,
	/// The block of the last one.
	last: BlockNumber,
}

impl Presence {
	/// Notes that there is a run.
	pub fn note(chain: &impl Chain, host: &impl Host) -> Self {
		let (boot, now) = (host.get(BOOT_KEY), chain.number());
		let known = state::read::<Self>(host, KEY);
		let goes_on =
			|known: &Self| known.boot == boot && now <= known.last.saturating_add(ABSENCE);
		let since = known.filter(goes_on).map_or(now, |known| known.since);
		let presence = Self {
			boot,
			since,
			last: now,
		};
		state::write(host, KEY, &presence);
		presence
	}

	/// The block since which there have been runs.
	pub fn since(&self) -> BlockNumber {
		self.since
	}
}
