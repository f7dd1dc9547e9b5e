//! The off-chain worker of an intermediary.
//!
//! A node runs its worker on new best blocks, one run at a time. A run takes up the state of every agreement
//! that one of the node's keys computes for, and until the next block comes it computes the
//! windows whose messages have come, listens to the peers, and drives the protocol's state machine
//! ([`syngraph_protocol::Session`]). One that has not come to all agreements by then leaves the others to the
//! next run, which begins with them: nothing that was done is lost. The state is saved before anything that follows from it is said, so
//! that a node that dies at any moment goes on where it was, and never says two different things.
//!
//! Beside it runs a watchtower for access servers that trust the node ([`tower`]).
//!
//! The worker knows the chain and the machine only by the traits [`Chain`] and [`Host`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod chain;
mod host;
mod presence;
#[cfg(feature = "sabotage")]
mod sabotage;
pub mod state;
pub mod store;
mod task;
#[cfg(test)]
mod testing;
pub mod tower;
pub mod traces;
mod turns;

pub use chain::{AgreementInfo, Chain, Keys};
pub use host::{is_publication, Channel, Host, Node, SYNC_KEY};
pub use presence::{ABSENCE, BOOT_KEY, LISTEN_MILLIS};
pub use task::{session_key, Record};
pub use turns::{FINAL_KEY, NEWEST_KEY};

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::Encode;
use sp_core::sr25519;
use syngraph_primitives::{AgreementId, Heartbeat, IntermediaryId, Payload, SensorId, Sequence};

use presence::Presence;
use task::Task;
use traces::Traces;
use turns::{Time, Turns};

/// The target of the worker's log lines.
pub const LOG: &str = "syngraph";
/// How long to wait before looking for news again.
const POLL_MILLIS: u64 = 100;
/// For how many agreements it is waited for the disk at once: few enough that nobody's word is held back for long.
const TOGETHER: usize = 16;

/// One run of the worker. Returns when most of the slot is over, or there is a newer block.
pub fn run(chain: &impl Chain, host: &impl Host) {
	// A keystore may name a key twice: nobody is to be worked for twice.
	let keys: BTreeSet<_> = host.keys().into_iter().collect();
	let own: Vec<_> = keys
		.into_iter()
		.filter_map(|key| Some((key, chain.intermediary(&key)?)))
		// A key that was rotated out may still lie in the keystore.
		.filter(|(key, id)| chain.keys(*id).is_some_and(|keys| keys.now == *key))
		.collect();
	if own.is_empty() {
		return;
	}
	own.iter().for_each(|(key, id)| beat(chain, host, key, *id));
	let time = Time::new(chain, host);
	let presence = Presence::note(chain, host, || {
		let agreements = own.iter().flat_map(|(_, id)| chain.agreements(*id));
		agreements.collect()
	});
	let mut tasks = load(chain, host, &presence, &own);
	let Some(mut turns) = Turns::new(host, tasks.iter().map(Task::name)) else {
		return;
	};
	let finalized = turns::finalized(host);
	let mut is_first = true;
	let mut waiting = Vec::new();
	let mut turns_taken = 0u32;
	loop {
		let all = turns.round(
			|| time.is_over(),
			|place| {
				turns_taken = turns_taken.saturating_add(1);
				let Some(task) = tasks.get_mut(place) else {
					return;
				};
				if is_first {
					task.on_block(finalized);
				}
				task.poll();
				waiting.push(place);
				if waiting.len() >= TOGETHER {
					act(host, &mut tasks, &mut waiting);
				}
			},
		);
		act(host, &mut tasks, &mut waiting);
		if is_first {
			drop_data(host, &tasks);
		}
		is_first = false;
		if !all || !time.rest(POLL_MILLIS) {
			log::debug!(
				target: LOG, "block {}: {turns_taken} turns of {} agreements in {} ms",
				chain.number(), tasks.len(), time.taken(),
			);
			return;
		}
	}
}

/// Has agreements do what their turns came to, once the state from which it follows is on disk: a machine that dies
/// right then finds the secrets of what others have heard, and goes on. One wait serves all of them.
fn act<C: Chain, H: Host>(host: &H, tasks: &mut [Task<'_, C, H>], places: &mut Vec<usize>) {
	let has_to_act = |place: &usize| tasks.get(*place).is_some_and(Task::has_to_act);
	places.retain(has_to_act);
	if places.is_empty() || !host.sync() {
		return;
	}
	for place in places.drain(..) {
		if let Some(task) = tasks.get_mut(place) {
			task.act();
		}
	}
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

/// Takes up the agreements of these intermediaries, in the order of their names.
fn load<'a, C: Chain, H: Host>(
	chain: &'a C,
	host: &'a H,
	presence: &Presence,
	own: &[(sr25519::Public, IntermediaryId)],
) -> Vec<Task<'a, C, H>> {
	let mut tasks = Vec::new();
	for (key, id) in own {
		let load = |agreement| Task::load(chain, host, presence, *key, *id, agreement);
		let current: Vec<_> = chain.agreements(*id).into_iter().filter_map(load).collect();
		forget_ended(chain, host, *id, &current);
		tasks.extend(current);
	}
	tasks.sort_by_key(Task::name);
	tasks
}

/// Drops the messages that no agreement of this machine needs any more, and tells the node which ones it
/// does need.
///
/// An agreement that had no turn yet needs what it needed when it had its last one. One that never had any
/// has not said what it needs.
fn drop_data<C: Chain, H: Host>(host: &H, tasks: &[Task<'_, C, H>]) {
	let mut needed = BTreeMap::<SensorId, Sequence>::new();
	for (sensor, first) in tasks.iter().flat_map(Task::needs) {
		let lowest = needed.entry(sensor).or_insert(first);
		*lowest = first.min(*lowest);
	}
	let fresh = tasks.iter().filter(|task| task.is_new());
	for sensor in fresh.flat_map(Task::sensors) {
		needed.remove(&sensor);
	}
	let traces = Traces::new(host);
	for (sensor, first) in needed {
		traces.drop_before(sensor, first);
		traces.need(sensor, Some(first));
	}
}

/// An agreement and the sensors whose messages are kept for it.
type Known = (AgreementId, Vec<SensorId>);

/// Removes what is stored for agreements that have left the chain. The list of those there were is
/// kept, because local storage cannot be enumerated.
fn forget_ended<C: Chain, H: Host>(
	chain: &C,
	host: &H,
	intermediary: IntermediaryId,
	current: &[Task<'_, C, H>],
) {
	let key = (b"syngraph/agreements/", intermediary).encode();
	let stored = host.get(&key);
	let known = stored
		.as_ref()
		.and_then(|bytes| state::interpret::<Vec<Known>>(host, &key, bytes));
	let mut list: Vec<Known> = current
		.iter()
		.map(|task| (task.agreement(), task.sensors().collect()))
		.collect();
	for (agreement, sensors) in known.unwrap_or_default() {
		if list.iter().any(|(live, _)| *live == agreement) {
			continue;
		}
		// One that has ended may be in force again if a block is retracted; one that has left the chain
		// will not.
		if !chain.is_forgotten(&agreement) {
			list.push((agreement, sensors));
			continue;
		}
		host.remove(&session_key(intermediary, &agreement));
		for sensor in sensors {
			let traces = Traces::new(host);
			if !chain.is_needed(sensor) {
				traces.forget(sensor);
			}
		}
	}
	list.sort();
	let encoded = state::encode(&list);
	if stored.as_ref() != Some(&encoded) {
		host.replace(&key, stored.as_deref(), &encoded);
	}
}
