//! What the intake asks the chain's state.

mod channels;
mod sensors;

pub use channels::ChainChannels;
pub use sensors::ChainSensors;
