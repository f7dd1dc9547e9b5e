//! Which sensors there are.

use std::sync::Arc;
use syngraph_primitives::{SensorId, SensorInfo};

/// The chain's state could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unavailable;

/// Knows the registered sensors.
pub trait Sensors: Send + Sync + 'static {
	/// The sensor called `id`, if it is registered.
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable>;
}
