//! The sensors that are registered.

use parking_lot::RwLock;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use std::{collections::HashMap, sync::Arc};
use syngraph_intake::sensors::{Sensors, Unavailable};
use syngraph_primitives::{api::SensorsApi, SensorId, SensorInfo};
use syngraph_runtime::{Hash, OpaqueBlock as Block};

use crate::client::Client;

/// The most sensors that are remembered for one block. Beyond it, and with every new block, all are
/// forgotten.
const MAX_REMEMBERED: usize = 65_536;

/// The sensors as they are registered in the best block.
pub struct ChainSensors {
	client: Arc<Client>,
	known: RwLock<Known>,
}

/// What was learnt in one block.
#[derive(Default)]
struct Known {
	block: Hash,
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
}

impl Sensors for ChainSensors {
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable> {
		let best = self.client.info().best_hash;
		{
			let known = self.known.read();
			if known.block == best {
				if let Some(sensor) = known.sensors.get(&id) {
					return Ok(sensor.clone());
				}
			}
		}
		let sensor = self.ask(best, id).map_err(|error| {
			log::warn!(target: "syngraph", "sensor {id} at block {best:?}: {error}");
			Unavailable
		})?;
		let sensor = sensor.map(Arc::new);
		let mut known = self.known.write();
		if known.block != best || known.sensors.len() >= MAX_REMEMBERED {
			*known = Known {
				block: best,
				..Default::default()
			};
		}
		known.sensors.insert(id, sensor.clone());
		Ok(sensor)
	}
}
