//! What a node asks its runtime.

use codec::{Decode, Encode};
use scale_info::TypeInfo;

use crate::{Schema, SensorId, SensorKeys, Sequence};

/// What a node needs to know of a sensor to accept its messages.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct SensorInfo {
	/// Which of its messages are valid.
	pub keys: SensorKeys<u32>,
	/// What it declared about its messages.
	pub schema: Schema,
	/// The first message that any agreement in force needs; none if no agreement needs any.
	pub first: Option<Sequence>,
}

sp_api::decl_runtime_apis! {
	/// Tells nodes about the sensors whose messages they receive.
	pub trait SensorsApi {
		/// The sensor called `sensor`, if it is registered.
		fn sensor(sensor: SensorId) -> Option<SensorInfo>;
	}
}
