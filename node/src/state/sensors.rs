//! The sensors that are registered.

use parking_lot::RwLock;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use std::{collections::HashMap, sync::Arc};
use syngraph_intake::sensors::{Sensors, Unavailable};
use syngraph_primitives::{api::SensorsApi, SensorId, SensorInfo};
use syngraph_runtime::{Hash, OpaqueBlock as Block};

use crate::client::Client;

/// The most sensors that are remembered. Beyond it all are forgotten.
const MAX_REMEMBERED: usize = 65_536;
/// The most blocks between two of which sensors are remembered: so many are asked what they have changed.
const MAX_BLOCKS: u32 = 16;

/// The sensors as they are registered in the best block.
pub struct ChainSensors {
	client: Arc<Client>,
	known: RwLock<Known>,
}

/// What was learnt by one block.
#[derive(Default)]
struct Known {
	block: Hash,
	/// Whether it goes back to blocks before that one.
	is_lasting: bool,
	sensors: HashMap<SensorId, Option<Arc<SensorInfo>>>,
}

impl ChainSensors {
	/// The sensors of a chain.
	pub fn new(client: Arc<Client>) -> Self {
		Self {
			client,
			known: RwLock::default(),
		}
	}

	/// Asks the runtime of a block for a sensor, if it answers in the form that this node reads.
	fn ask(&self, block: Hash, id: SensorId) -> Result<Option<SensorInfo>, ApiError> {
		let api = self.client.runtime_api();
		if !api.has_api::<dyn SensorsApi<Block>>(block)? {
			let other = "the runtime describes sensors in a form that this node cannot read";
			return Err(ApiError::Application(other.into()));
		}
		api.sensor(block, id)
	}

	/// Goes on to a block: forgets the sensors that may be registered otherwise in it than in the one before.
	fn follow(&self, best: Hash) {
		if self.known.read().block == best {
			return;
		}
		let mut known = self.known.write();
		if known.block == best {
			return;
		}
		let changed = self.changed(known.block, best);
		// A migration of the state follows in the next block after its code, and has no event. So what is learnt in a
		// block that may have changed anything holds for that one only.
		match changed.as_ref().filter(|_| known.is_lasting) {
			Some(changed) => changed.iter().for_each(|sensor| {
				known.sensors.remove(sensor);
			}),
			None => known.sensors.clear(),
		}
		known.is_lasting = changed.is_some();
		known.block = best;
	}

	/// The sensors that may be registered otherwise in a block than in another one before it. None if that is not
	/// known: the other one is of another branch, or lies too far back, or the runtime does not say.
	fn changed(&self, since: Hash, mut block: Hash) -> Option<Vec<SensorId>> {
		let mut changed = Vec::new();
		for _ in 0..MAX_BLOCKS {
			if block == since {
				return Some(changed);
			}
			changed.extend(self.client.runtime_api().changed(block).ok()??);
			block = self.client.header(block).ok()??.parent_hash;
		}
		None
	}

	/// A sensor, if it is known what it is in a block.
	fn remembered(&self, block: Hash, id: SensorId) -> Option<Option<Arc<SensorInfo>>> {
		let known = self.known.read();
		let sensor = known.sensors.get(&id);
		sensor.filter(|_| known.block == block).cloned()
	}
}

impl Sensors for ChainSensors {
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable> {
		let best = self.client.info().best_hash;
		self.follow(best);
		if let Some(sensor) = self.remembered(best, id) {
			return Ok(sensor);
		}
		let sensor = self.ask(best, id).map_err(|error| {
			log::warn!(target: "syngraph", "sensor {id} at block {best:?}: {error}");
			Unavailable
		})?;
		let sensor = sensor.map(Arc::new);
		let mut known = self.known.write();
		// Somebody may have gone on meanwhile.
		if known.block == best {
			if known.sensors.len() >= MAX_REMEMBERED {
				known.sensors.clear();
			}
			known.sensors.insert(id, sensor.clone());
		}
		Ok(sensor)
	}
}
