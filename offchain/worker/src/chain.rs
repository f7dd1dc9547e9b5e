//! What the worker needs of the chain.

use alloc::vec::Vec;
use sp_core::sr25519;
use syngraph_primitives::{
	AgreementId, Function, GenesisHash, IntermediaryId, Progress, Schema, SensorId,
	SignedStatement, Source, WindowIndex, WindowShape,
};
use syngraph_protocol::Proof;

/// What an intermediary needs to know of an agreement in force.
#[derive(Clone, Debug)]
pub struct View {
	/// All intermediaries, in the order of the terms.
	pub members: Vec<IntermediaryId>,
	/// The sensors, in the order of the terms, with what they declared.
	pub sources: Vec<(Source, Schema)>,
	/// Which messages make up a window.
	pub shape: WindowShape,
	/// What is computed.
	pub function: Function,
	/// Which windows are decided.
	pub progress: Progress,
}

/// The chain as it is in the block to which a run of the worker belongs, and the way into its
/// transaction pool.
///
/// Submitting never tells whether a transaction was included. Only the state of a later block does.
pub trait Chain {
	/// The block's number.
	fn number(&self) -> u64;
	/// The hash of the chain's first block.
	fn genesis(&self) -> GenesisHash;
	/// How long a slot lasts, in milliseconds.
	fn slot_millis(&self) -> u64;
	/// The intermediary that `key` is or was a key of.
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId>;
	/// The key by which an intermediary signs now.
	fn key(&self, intermediary: IntermediaryId) -> Option<sr25519::Public>;
	/// The agreements in force for which an intermediary computes.
	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId>;
	/// One of them.
	fn agreement(&self, agreement: &AgreementId) -> Option<View>;
	/// Whether an agreement that ended has left the chain's state for good.
	fn is_forgotten(&self, agreement: &AgreementId) -> bool;
	/// Whether any agreement in force needs a sensor's messages.
	fn is_needed(&self, sensor: SensorId) -> bool;
	/// Submits a settlement.
	fn settle(&self, agreement: AgreementId, window: WindowIndex, proof: Proof);
	/// Reports statements that contradict each other.
	fn report(&self, left: SignedStatement, right: SignedStatement);
}
