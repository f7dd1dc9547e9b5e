//! The off-chain worker of an intermediary.
//!
//! A node runs its worker on new best blocks, one run at a time. A run gives a turn to every agreement
//! that one of the node's keys computes for, and until the next block comes it computes the
//! windows whose messages have come, listens to the peers, and drives the protocol's state machine
//! ([`syngraph_protocol::Session`]). One that has not come to all agreements by then leaves the others to the
//! next run, which begins with them: nothing that was done is lost. The state is saved before anything that follows
//! from it is said, so that a node that dies at any moment goes on where it was, and never says two different things.
//!
//! Beside it runs a watchtower for access servers that trust the node ([`tower`]).
//!
//! The worker knows the chain and the machine only by the traits [`Chain`] and [`Host`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod chain;
mod congestion;
mod host;
mod presence;
mod retention;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scheduler;
pub mod state;
pub mod store;
mod task;
#[cfg(test)]
mod testing;
pub mod tower;
pub mod traces;
mod turns;

pub use chain::{AgreementInfo, Chain, Keys};
pub use host::{is_publication, Channel, Host, Node, LIFETIME_SECONDS, SYNC_KEY};
pub use presence::{ABSENCE, BOOT_KEY, BRIEF, LISTEN_MILLIS};
pub use retention::session_key;
pub use task::Record;
pub use turns::{FINAL_KEY, NEWEST_KEY};

use alloc::{collections::BTreeSet, vec::Vec};
use sp_core::sr25519;
use syngraph_primitives::{Heartbeat, IntermediaryId, Payload};

use presence::Presence;
use scheduler::Scheduler;
use turns::{Name, Time, Turns};

/// The target of the worker's log lines.
pub const LOG: &str = "syngraph";
/// How long to wait before looking for news again.
const POLL_MILLIS: u64 = 100;

/// One run of the worker. Returns when most of the slot is over, or there is a newer block.
pub fn run(chain: &impl Chain, host: &impl Host) {
	run_within(chain, host, scheduler::ROOM);
}

/// The same with room for so many bytes of agreements' states between their turns, however few or many these are.
pub fn run_within(chain: &impl Chain, host: &impl Host, room: usize) {
	// A keystore may name a key twice: nobody is to be worked for twice.
	let keys: BTreeSet<_> = host.keys().into_iter().collect();
	let own: Vec<_> = keys
		.into_iter()
		.filter_map(|key| Some((key, chain.intermediary(&key)?)))
		// A key that was rotated out may still lie in the keystore.
		.filter(|(key, id)| chain.keys(*id, 0).is_some_and(|keys| keys.now == *key))
		.collect();
	if own.is_empty() {
		return;
	}
	own.iter().for_each(|(key, id)| beat(chain, host, key, *id));
	let time = Time::new(chain, host);
	let all = agreements(chain, host, &own);
	let names = || all.iter().map(|(name, _)| name);
	let presence = Presence::note(chain, host, || names().map(|(_, id)| *id).collect());
	let full = congestion::note(chain, host);
	let Some(mut turns) = Turns::new(host, names().copied()) else {
		return;
	};
	let mut scheduler = Scheduler::new(chain, host, &presence, &full, room, &all);
	let mut is_first = true;
	let mut turns_taken = 0u32;
	loop {
		let is_done = turns.round(
			|| time.is_over(),
			|place| {
				turns_taken = turns_taken.saturating_add(1);
				scheduler.turn(place);
			},
		);
		scheduler.act();
		if is_first {
			retention::drop_data(chain, host, names());
		}
		is_first = false;
		if !is_done || !time.rest(POLL_MILLIS) {
			log::debug!(
				target: LOG, "block {}: {turns_taken} turns of {} agreements in {} ms",
				chain.number(), all.len(), time.taken(),
			);
			return;
		}
	}
}

/// The agreements of these intermediaries in the order of their names, with the keys with which is signed for them.
/// What is stored for others that have left the chain is removed.
fn agreements(
	chain: &impl Chain,
	host: &impl Host,
	own: &[(sr25519::Public, IntermediaryId)],
) -> Vec<(Name, sr25519::Public)> {
	let mut all = Vec::new();
	for (key, id) in own {
		let agreements = chain.agreements(*id);
		retention::forget_ended(chain, host, *id, &agreements);
		all.extend(
			agreements
				.into_iter()
				.map(|agreement| ((*id, agreement), *key)),
		);
	}
	all.sort_by_key(|(name, _)| *name);
	all
}

/// Shows that an intermediary is alive, if it is time, whether it is in an agreement or not.
fn beat(chain: &impl Chain, host: &impl Host, key: &sr25519::Public, intermediary: IntermediaryId) {
	if !chain.heartbeat_due(intermediary) {
		return;
	}
	let at = chain.number();
	let heartbeat = Heartbeat { intermediary, at };
	if let Some(signature) = host.sign(key, &heartbeat.signing_bytes(&chain.genesis())) {
		chain.heartbeat(intermediary, at, signature);
	}
}
