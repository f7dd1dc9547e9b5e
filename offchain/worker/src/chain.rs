//! What the worker needs of the chain.

use alloc::vec::Vec;
use sp_core::{ed25519, sr25519};
use syngraph_primitives::{
	AgreementId, BlockNumber, ChannelId, Function, GenesisHash, IntermediaryId, Schema, SensorId,
	Sequence, SignedDone, SignedMessage, SignedStatement, Source, WindowIndex, WindowShape,
};
use syngraph_protocol::{Proof, Showing, Standing, Utterance};

use crate::tower::Receipt;

/// What an intermediary needs to know of an agreement that is in force or in dispute.
#[derive(Clone, Debug)]
pub struct View {
	/// The sensors, in the order of the terms, with what they declared.
	pub sources: Vec<(Source, Schema)>,
	/// Which messages make up a window.
	pub shape: WindowShape,
	/// What is computed.
	pub function: Function,
	/// How it stands.
	pub standing: Standing,
}

/// The chain as it is in the block to which a run of the worker belongs, and the way into its
/// transaction pool.
///
/// Submitting never tells whether a transaction was included. Only the state of a later block does.
pub trait Chain {
	/// The block's number.
	fn number(&self) -> BlockNumber;
	/// The hash of the chain's first block.
	fn genesis(&self) -> GenesisHash;
	/// How long a slot lasts, in milliseconds.
	fn slot_millis(&self) -> u64;
	/// The most messages that can be shown at once.
	fn max_shown(&self) -> u32;
	/// The intermediary that `key` is or was a key of.
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId>;
	/// The key by which an intermediary signs now.
	fn key(&self, intermediary: IntermediaryId) -> Option<sr25519::Public>;
	/// The agreements, in force or in dispute, of which an intermediary is a member or a spare.
	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId>;
	/// One of them.
	fn agreement(&self, agreement: &AgreementId) -> Option<View>;
	/// Whether an agreement that ended has left the chain's state for good.
	fn is_forgotten(&self, agreement: &AgreementId) -> bool;
	/// Whether any agreement in force needs a sensor's messages.
	fn is_needed(&self, sensor: SensorId) -> bool;
	/// The key by which a sensor signs the message with a number, if it may.
	fn sensor_key(&self, sensor: SensorId, sequence: Sequence) -> Option<ed25519::Public>;
	/// Whether a sensor may go on sending messages: its key is not revoked.
	fn is_valid(&self, sensor: SensorId) -> bool;
	/// The first block in which those receipts of a channel do not count any more that count now. None if
	/// there is no such channel.
	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber>;
	/// Whether a receipt could be rescued now.
	fn is_rescuable(&self, receipt: &Receipt) -> bool;
	/// Rescues a receipt.
	fn rescue(&self, receipt: Receipt);
	/// Submits a settlement.
	fn settle(&self, agreement: AgreementId, window: WindowIndex, proof: Proof);
	/// Reports statements that contradict each other.
	fn report(&self, left: SignedStatement, right: SignedStatement);
	/// Complains that others are silent, with the last message of the window of each sensor.
	fn complain(&self, utterance: Utterance, heads: Vec<SignedMessage>);
	/// Puts on file what a member signed.
	fn file(&self, statement: SignedStatement, assent: Option<sr25519::Signature>);
	/// Shows messages of a disputed window.
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature);
	/// Has a dispute judged.
	fn judge(&self, agreement: AgreementId, window: WindowIndex);
	/// Has a dispute dismissed about a window that all members have declared themselves done with.
	fn dismiss(&self, agreement: AgreementId, window: WindowIndex, declarations: Vec<SignedDone>);
	/// Accuses a sensor of having signed two messages with one number.
	fn accuse(&self, agreement: AgreementId, left: SignedMessage, right: SignedMessage);
}
