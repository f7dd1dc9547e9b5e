//! What this machine stores for agreements: their states, and the messages that they need.

use alloc::{
	collections::{btree_map::Entry, BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Decode, Encode};
use syngraph_primitives::{AgreementId, BlockNumber, IntermediaryId, SensorId, Sequence};
use syngraph_protocol::KEEP_UNTIL_FINAL;

use crate::{
	chain::Chain, host::Host, joint::Purse, state, store::LocalStore, traces::Traces, turns::Name,
};

/// The first messages of sensors that an agreement needs.
type Needs = Vec<(SensorId, Sequence)>;

/// The agreements for which something is kept.
type Known = BTreeMap<AgreementId, Origin>;

/// With what an agreement began here.
#[derive(Encode, Decode)]
struct Origin {
	/// The sensors whose messages are kept for it.
	sensors: Vec<SensorId>,
	/// The first block in which it was there.
	since: BlockNumber,
}

/// Where the state of an agreement at an intermediary is stored.
pub fn session_key(intermediary: IntermediaryId, agreement: &AgreementId) -> Vec<u8> {
	(b"syngraph/session/", intermediary, agreement).encode()
}

/// Where it is noted what an agreement needed in its last turn: it need not be read to be taken into account.
fn needs_key(name: &Name) -> Vec<u8> {
	(b"syngraph/needs/", name).encode()
}

/// Notes which messages an agreement needs. Tells whether that is news.
pub fn note_needs(store: &impl LocalStore, name: &Name, needs: &[(SensorId, Sequence)]) -> bool {
	let (key, needs) = (needs_key(name), state::encode(&needs));
	let is_new = store.get(&key).as_deref() != Some(&needs[..]);
	if is_new {
		store.set(&key, &needs);
	}
	is_new
}

/// Notes that an agreement needs no messages. Tells whether that is news.
pub fn forget_needs(store: &impl LocalStore, name: &Name) -> bool {
	let key = needs_key(name);
	let is_new = store.get(&key).is_some();
	if is_new {
		store.remove(&key);
	}
	is_new
}

/// What an agreement needed in its last turn. None if it never had any.
fn needs(store: &impl LocalStore, name: &Name) -> Option<Needs> {
	state::read(store, &needs_key(name))
}

/// Drops those messages of some sensors that no agreement of this machine needs any more, and tells the node which ones
/// it does need. `agreements` are all of the machine that may be about one of these sensors, each with its own.
///
/// An agreement that had no turn yet needs what it needed when it had its last one. One that never had any has not said
/// what it needs.
pub fn drop_data<'n>(
	host: &impl Host,
	sensors: &BTreeSet<SensorId>,
	agreements: impl Iterator<Item = (&'n Name, &'n [SensorId])>,
) {
	let mut needed = BTreeMap::<SensorId, Sequence>::new();
	let mut unsaid = BTreeSet::<SensorId>::new();
	for (name, own) in agreements {
		if !own.iter().any(|sensor| sensors.contains(sensor)) {
			continue;
		}
		let Some(needs) = needs(host, name) else {
			unsaid.extend(own);
			continue;
		};
		for (sensor, first) in needs {
			let lowest = needed.entry(sensor).or_insert(first);
			*lowest = first.min(*lowest);
		}
	}
	let traces = Traces::new(host);
	let is_said = |sensor: &SensorId| sensors.contains(sensor) && !unsaid.contains(sensor);
	for (sensor, first) in needed.into_iter().filter(|(sensor, _)| is_said(sensor)) {
		traces.drop_before(sensor, first);
		traces.need(sensor, Some(first));
	}
}

/// The sensors of an agreement, if there is anything to do for it.
pub fn sensors(chain: &impl Chain, agreement: &AgreementId) -> Vec<SensorId> {
	let info = chain.agreement(agreement);
	let feeds = info.into_iter().flat_map(|info| info.sources.feeds);
	feeds.map(|feed| feed.sensor).collect()
}

/// Removes what is stored for agreements that have left the chain; `forget_more` what others have stored for one. The
/// list of those there were is kept, because local storage cannot be enumerated. `current` are those that an
/// intermediary is bound to.
///
/// One that is not on the chain may not be there yet: if the block in which it began is retracted it begins in another
/// one. Messages that were accepted for it do not come again, so that it is waited for as long as for any round.
pub fn forget_ended(
	chain: &impl Chain,
	host: &impl Host,
	intermediary: IntermediaryId,
	current: &[AgreementId],
	forget_more: impl Fn(&Name),
) {
	let key = (b"syngraph/agreements/", intermediary).encode();
	let stored = host.get(&key);
	let known = stored
		.as_ref()
		.and_then(|bytes| state::interpret::<Known>(host, &key, bytes));
	let current: BTreeSet<_> = current.iter().copied().collect();
	// One that has ended may be in force again if a block is retracted; one that has left the chain
	// will not.
	let now = chain.number();
	let is_new = |origin: &Origin| now < origin.since.saturating_add(KEEP_UNTIL_FINAL);
	let stays = |(agreement, origin): &(AgreementId, Origin)| {
		current.contains(agreement) || !chain.is_forgotten(agreement) || is_new(origin)
	};
	let known = known.unwrap_or_default().into_iter();
	let (mut list, gone): (Known, Known) = known.partition(stays);
	for agreement in current {
		if let Entry::Vacant(place) = list.entry(agreement) {
			let (sensors, since) = (sensors(chain, &agreement), now);
			if !sensors.is_empty() {
				place.insert(Origin { sensors, since });
			}
		}
	}
	for (agreement, origin) in gone {
		forget_more(&(intermediary, agreement));
		forget(chain, host, &(intermediary, agreement), origin.sensors);
	}
	let encoded = state::encode(&list);
	if stored.as_ref() != Some(&encoded) {
		host.replace(&key, stored.as_deref(), &encoded);
	}
}

/// Removes what is stored for an agreement that began with these sensors. Others may have taken their places.
fn forget(chain: &impl Chain, host: &impl Host, name: &Name, sensors: Vec<SensorId>) {
	let (intermediary, agreement) = name;
	host.remove(&session_key(*intermediary, agreement));
	Purse::new(host, name).forget();
	let later = needs(host, name).unwrap_or_default();
	forget_needs(host, name);
	let traces = Traces::new(host);
	let later = later.into_iter().map(|(sensor, _)| sensor);
	for sensor in sensors.into_iter().chain(later) {
		if !chain.is_needed(sensor) {
			traces.forget(sensor);
		}
	}
}
