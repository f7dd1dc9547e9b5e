//! Since when the worker of this machine has had its runs one after the other.
//!
//! A machine that was started again, or stood still, may have been set back to a state that is older than what it said.
//! So it listens before it says anything more. Only its runs tell whether it did, and not when an agreement had its
//! last turn: on a machine with very many agreements, turns may lie as far apart.
//!
//! It listens for some blocks ([`syngraph_protocol::LISTEN`]), and, if it was away for long, for a time by its clock:
//! blocks right behind the newest one come all at once, and what it said itself may come from its peers only long after
//! them. The clock decides about nothing but when it speaks. Agreements that came into force since are spared: nothing
//! was said about them before.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{AgreementId, BlockNumber};

use crate::{chain::Chain, host::Host, state, LOG};

/// Where a node keeps something that is another one after every start: random, and written before the first
/// run. A worker that sees it for the first time knows that its state may be older than what it said.
pub const BOOT_KEY: &[u8] = b"syngraph/boot";
/// After how many blocks in which it had no run a machine listens again.
pub const ABSENCE: BlockNumber = 32;
/// For how many blocks at most a machine may have been away without listening by its clock: it takes longer to put a
/// copy of a disk in the place of that disk, and to be started again must not look like silence to others.
pub const BRIEF: BlockNumber = 16;
/// For how many milliseconds by its clock a machine listens at least. As long as a node takes itself to be far behind
/// it drops what peers pass on, and it lets a peer send that again only 60 s later; then it takes some seconds.
pub const LISTEN_MILLIS: u64 = 70_000;
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
	/// The time of the first one, and the agreements that there were then, as long as it listens by its clock. Who is
	/// started again meanwhile goes on with that.
	listens: Option<(u64, Vec<AgreementId>)>,
}

impl Presence {
	/// Notes that there is a run. `agreements` are those there are.
	pub fn note(
		chain: &impl Chain,
		host: &impl Host,
		agreements: impl FnOnce() -> Vec<AgreementId>,
	) -> Self {
		let (boot, block, time) = (host.get(BOOT_KEY), chain.number(), host.now());
		let known = state::read::<Self>(host, KEY);
		let goes_on =
			|known: &Self| known.boot == boot && block <= known.last.saturating_add(ABSENCE);
		let mut presence = match known {
			Some(known) if goes_on(&known) => known,
			known => {
				let listens = match known {
					Some(known) if block <= known.last.saturating_add(BRIEF) => known.listens,
					_ => Some((time, agreements())),
				};
				let (since, last) = (block, block);
				let begun = Self {
					boot,
					since,
					last,
					listens,
				};
				begun.tell();
				begun
			},
		};
		presence.last = block;
		presence.look_at_clock(time);
		state::write(host, KEY, &presence);
		presence
	}

	/// Notes whether it has listened for long enough. If the clock was set back it begins anew.
	fn look_at_clock(&mut self, time: u64) {
		let Some((begun, agreements)) = self.listens.take() else {
			return;
		};
		let begun = begun.min(time);
		if time < begun.saturating_add(LISTEN_MILLIS) {
			self.listens = Some((begun, agreements));
		} else if !agreements.is_empty() {
			log::info!(target: LOG, "listened for {} s: goes on with {} agreements", LISTEN_MILLIS / 1000, agreements.len());
		}
	}

	/// Tells the operator why nothing is said for a while.
	fn tell(&self) {
		let agreements = self
			.listens
			.as_ref()
			.map_or(0, |(_, agreements)| agreements.len());
		if agreements > 0 {
			log::info!(
				target: LOG, "away for more than {BRIEF} blocks, or new: listens for {} s before it says anything about {agreements} agreements",
				LISTEN_MILLIS / 1000,
			);
		}
	}

	/// The block since which there have been runs.
	pub fn since(&self) -> BlockNumber {
		self.since
	}

	/// Whether it listens by its clock.
	pub fn listens(&self) -> bool {
		self.listens.is_some()
	}

	/// Whether it is too early, by the clock, to say anything about an agreement.
	pub fn is_early(&self, agreement: &AgreementId) -> bool {
		let listens = self.listens.as_ref();
		listens.is_some_and(|(_, agreements)| agreements.contains(agreement))
	}
}
