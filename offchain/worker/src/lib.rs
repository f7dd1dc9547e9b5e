//! The off-chain worker of an intermediary.
//!
//! A node runs its worker on new best blocks, one run at a time. A run gives a turn to every agreement that one of the
//! node's keys computes for and that something came for, or whose time has come (`agenda`); and until the next block
//! comes it computes the windows whose messages have come, listens to the peers, and drives the protocol's state
//! machine ([`syngraph_protocol::Session`]). One that has not come to all agreements by then leaves the others to the
//! next run, which begins with them: nothing that was done is lost. The state is saved before anything that follows
//! from it is said, so that a node that dies at any moment goes on where it was, and never says two different things.
//!
//! Beside it runs a watchtower for access servers that trust the node ([`tower`]).
//!
//! The worker knows the chain and the machine only by the traits [`Chain`] and [`Host`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod agenda;
mod bulletin;
mod chain;
mod chunks;
mod congestion;
mod host;
mod joint;
mod presence;
mod report;
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

pub use bulletin::{Arrival, Bulletin, News, NEWS_KEY};
pub use chain::{AgreementInfo, Chain, Happened, Keys};
pub use host::{arrival, is_publication, Channel, Host, Node, LIFETIME_SECONDS, SYNC_KEY};
pub use joint::{VOLATILE, VOLATILE_KEY};
pub use presence::{ABSENCE, BOOT_KEY, BRIEF, LISTEN_MILLIS};
pub use report::RunReport;
pub use retention::session_key;
pub use task::Record;
pub use turns::{FINAL_KEY, NEWEST_KEY};

use alloc::{collections::BTreeSet, vec::Vec};
use sp_core::sr25519;
use syngraph_primitives::{Heartbeat, IntermediaryId, Payload};

use agenda::Agenda;
use presence::Presence;
use scheduler::Scheduler;
use turns::{Time, Turns};

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
	let mut agenda = Agenda::open(chain, host, own);
	let presence = Presence::note(chain, host, || agenda.agreements());
	agenda.attend(&presence);
	let full = congestion::note(chain, host);
	if agenda.count() == 0 {
		return agenda.close();
	}
	let mut scheduler = Scheduler::new(chain, host, &presence, &full, room);
	let mut report = RunReport {
		agreements: agenda.count(),
		..Default::default()
	};
	loop {
		let begun = host.now();
		agenda.hear();
		let due = agenda.due();
		let turns = Turns::new(host, due.iter().map(|(_, name, _)| *name));
		let is_done = turns.is_none_or(|mut turns| {
			turns.round(
				|| time.is_over(),
				|at| {
					if let Some((place, name, key)) = due.get(at) {
						report.turns = report.turns.saturating_add(1);
						agenda.rest(*place, scheduler.turn(*place, *name, *key));
					}
				},
			)
		});
		scheduler.act();
		agenda.drop_data();
		report.millis = report
			.millis
			.saturating_add(host.now().saturating_sub(begun));
		if !is_done || !time.rest(POLL_MILLIS) {
			break;
		}
	}
	log::debug!(
		target: LOG, "block {}: {} turns of {} agreements in {} ms of {}",
		chain.number(), report.turns, report.agreements, report.millis, time.taken(),
	);
	report.note(host);
	agenda.close();
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
