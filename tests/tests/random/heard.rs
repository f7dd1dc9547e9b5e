//! Workers hear of whatever changes how an agreement stands, and look at no other: see `Chain::happened` of the worker.
//! And nodes hear of whatever changes what they know of a sensor: see `SensorsApi`.

use std::collections::{BTreeMap, BTreeSet};

use pallet_agreements::{Agreements, AgreementsOf};
use pallet_registry::Sensors;
use sp_core::H256;
use syngraph_primitives::{
	api::{runtime_decl_for_sensors_api::SensorsApiV2, SensorInfo},
	AgreementId, IntermediaryId, SensorId,
};
use syngraph_runtime::{worker::BestBlock, Block, Runtime, System};
use syngraph_worker::{AgreementInfo, Chain as _, Happened};

/// What workers see.
pub struct Seen {
	agreements: BTreeMap<AgreementId, AgreementInfo>,
	bound: BTreeSet<(IntermediaryId, AgreementId)>,
	stored: BTreeSet<AgreementId>,
	sensors: BTreeMap<SensorId, SensorInfo>,
}

impl Seen {
	/// What they see now.
	pub fn now() -> Self {
		let (block, stored) = (block(), Agreements::<Runtime>::iter_keys());
		let known = |id: SensorId| Some((id, <Runtime as SensorsApiV2<Block>>::sensor(id)?));
		let stored: BTreeSet<_> = stored.collect();
		let seen = |id: &AgreementId| Some((*id, block.agreement(id)?));
		Self {
			agreements: stored.iter().filter_map(seen).collect(),
			bound: AgreementsOf::<Runtime>::iter_keys().collect(),
			stored,
			sensors: Sensors::<Runtime>::iter_keys().filter_map(known).collect(),
		}
	}

	/// Checks that they heard of all that has changed since.
	pub fn check(&self) {
		let (block, now) = (block(), Self::now());
		if let Some(changed) = <Runtime as SensorsApiV2<Block>>::changed() {
			let mut ids = self.sensors.keys().chain(now.sensors.keys());
			let told = |id: &SensorId| changed.contains(id);
			let is_heard = |id| told(id) || self.sensors.get(id) == now.sensors.get(id);
			assert!(ids.all(is_heard), "nodes did not hear of a sensor");
		}
		let Some(happened) = block.happened() else {
			return;
		};
		let ids = self.agreements.keys().chain(now.agreements.keys());
		for id in ids.collect::<BTreeSet<_>>() {
			let both = [self.agreements.get(id), now.agreements.get(id)];
			assert!(is_heard(id, both, &happened), "{id:?}: {both:?}");
		}
		let is_bound_otherwise = self.bound != now.bound || !self.stored.is_subset(&now.stored);
		assert!(happened.bindings || !is_bound_otherwise);
	}
}

/// The block that was begun, as a worker would see it if it ended now.
fn block() -> BestBlock {
	BestBlock(System::block_number(), H256::zero())
}

/// Whether an agreement that stood in one way stands as before in another, or workers look at it: for it says so
/// itself, or an event does. Those in dispute have a turn in each block.
fn is_heard(
	id: &AgreementId,
	[before, after]: [Option<&AgreementInfo>; 2],
	happened: &Happened,
) -> bool {
	let is_disputed = |info: &AgreementInfo| info.standing.dispute.is_some();
	let in_dispute = [before, after].map(|info| info.is_some_and(is_disputed));
	let is_due = before.and_then(|info| info.changes);
	let feeds = before.into_iter().flat_map(|info| &info.sources.feeds);
	let mut sensors = feeds.map(|feed| feed.sensor);
	text(before) == text(after)
		|| in_dispute == [true, true]
		|| happened.agreements.contains(id)
		|| is_due.is_some_and(|due| due <= System::block_number())
		|| sensors.any(|sensor| happened.sensors.contains(&sensor))
}

/// All that a worker goes by. How far is looked back changes with each block of a dispute, and in no other.
fn text(info: Option<&AgreementInfo>) -> Option<String> {
	let info = info?.clone();
	let lookback = 0;
	Some(format!("{:?}", AgreementInfo { lookback, ..info }))
}
