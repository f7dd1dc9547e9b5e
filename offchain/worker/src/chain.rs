//! What the worker needs of the chain.

use alloc::{collections::BTreeSet, vec::Vec};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	AgreementId, BlockNumber, ChannelId, Function, GenesisHash, IntermediaryId, Lack, Schema,
	SensorId, SignedMessage, Timestamp, Utterance, WindowIndex,
};
use syngraph_protocol::{Challenge, Hashes, Proof, Showing, Sources, Standing};

/// A receipt of the chain's currency.
pub type SignedReceipt = syngraph_primitives::SignedReceipt<u128>;

/// What an intermediary needs to know of an agreement that is in force or in dispute.
#[derive(Clone, Debug)]
pub struct AgreementInfo {
	/// What its windows are made of.
	pub sources: Sources<BlockNumber>,
	/// What the sensors declared, in the order of the sources.
	pub schemas: Vec<Schema>,
	/// What is computed.
	pub function: Function,
	/// The earliest and the latest time of a message that is looked at.
	pub times: (Timestamp, Timestamp),
	/// For how many blocks the key that a member has replaced counts. The longer a dispute has been open the more there
	/// are, since the chain looks back from its beginning.
	pub lookback: BlockNumber,
	/// How it stands. Its version is that of the sources.
	pub standing: Standing,
	/// The next block in which it may stand otherwise though nothing happens to it; none if there is none.
	pub changes: Option<BlockNumber>,
}

/// What happened in a block, as far as workers have to know.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Happened {
	/// Agreements that may stand otherwise than before.
	pub agreements: BTreeSet<AgreementId>,
	/// Sensors of which other messages may count than before, or were shown.
	pub sensors: BTreeSet<SensorId>,
	/// Whether intermediaries may be bound to other agreements than before, or agreements may have left the chain.
	pub bindings: bool,
}

/// The keys by which an intermediary's signatures count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keys {
	/// The one by which it signs now.
	pub now: sr25519::Public,
	/// The one before, as long as the chain takes what it signed.
	pub former: Option<sr25519::Public>,
	/// Whether the former one was replaced so lately that members take in what it signed, too: not a third of that time
	/// is over.
	///
	/// What counts for the last time when a member answers it binds the member alone. What is left of the time after
	/// the third is enough to complain, however long a round can wait, and once a dispute is open the chain looks back
	/// from its beginning.
	pub is_recent: bool,
}

impl Keys {
	/// Those by which the chain takes what is signed, the present one first.
	pub fn all(&self) -> Vec<sr25519::Public> {
		core::iter::once(self.now).chain(self.former).collect()
	}

	/// Those by which members take in what is published, the present one first.
	pub fn heard(&self) -> Vec<sr25519::Public> {
		let former = self.former.filter(|_| self.is_recent);
		core::iter::once(self.now).chain(former).collect()
	}
}

/// The chain as it is in the block to which a run of the worker belongs, and the way into its
/// transaction pool.
///
/// Submitting never tells whether a transaction was included. Only the state of a later block does.
pub trait Chain {
	/// The block's number.
	fn number(&self) -> BlockNumber;
	/// Whether the block has hardly any room left for what nobody pays for in advance, such as a settlement.
	fn is_full(&self) -> bool;
	/// The hash of the block, and that of the one before it.
	fn hashes(&self) -> [H256; 2];
	/// What happened in the block. None if it may have been anything.
	fn happened(&self) -> Option<Happened>;
	/// The hash of the chain's first block.
	fn genesis(&self) -> GenesisHash;
	/// How long a slot lasts, in milliseconds.
	fn slot_millis(&self) -> u64;
	/// The most messages that can be shown at once.
	fn max_shown(&self) -> u32;
	/// The intermediary that `key` is or was a key of.
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId>;
	/// The keys by which an intermediary signs now, and signed before, as far as that was replaced in the last
	/// `lookback` blocks.
	fn keys(&self, intermediary: IntermediaryId, lookback: BlockNumber) -> Option<Keys>;
	/// Whether an intermediary has to show that it is alive.
	fn heartbeat_due(&self, intermediary: IntermediaryId) -> bool;
	/// Shows that an intermediary is alive in block `at`, by its signature over a
	/// [`syngraph_primitives::Heartbeat`].
	fn heartbeat(
		&self,
		intermediary: IntermediaryId,
		at: BlockNumber,
		signature: sr25519::Signature,
	);
	/// The agreements, in force or in dispute, of which an intermediary is a member or a spare.
	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId>;
	/// One of them.
	fn agreement(&self, agreement: &AgreementId) -> Option<AgreementInfo>;
	/// Whether an agreement that ended has left the chain's state for good.
	fn is_forgotten(&self, agreement: &AgreementId) -> bool;
	/// Whether any agreement in force needs a sensor's messages.
	fn is_needed(&self, sensor: SensorId) -> bool;
	/// The first block in which those receipts of a channel do not count any more that count now. None if
	/// there is no such channel.
	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber>;
	/// Whether a receipt could be rescued now.
	fn is_rescuable(&self, receipt: &SignedReceipt) -> bool;
	/// Rescues a receipt.
	fn rescue(&self, receipt: SignedReceipt);
	/// Submits the settlement of the round that begins with window `first`.
	fn settle(&self, agreement: AgreementId, first: WindowIndex, proof: Proof);
	/// Reports two utterances that contradict each other.
	fn report(&self, left: Utterance, right: Utterance);
	/// Complains that others are silent, with what members said in the first attempt at a round, the author's own
	/// first. For each sensor there is a message that is none before the last of the author's range; there is none for
	/// those of which all in the last window are void, and none at all if that window lacks messages for good.
	fn complain(
		&self,
		utterances: Vec<Utterance>,
		heads: Vec<SignedMessage>,
		signature: sr25519::Signature,
	);
	/// Puts on file what a member said.
	fn file(&self, utterance: Utterance);
	/// Puts on file that a member lacks messages of the disputed round.
	fn lack(&self, lack: Lack, signature: sr25519::Signature);
	/// Challenges a member to show that it has the windows that it committed to.
	fn challenge(&self, challenge: Challenge, signature: sr25519::Signature);
	/// Lays open the tree of the member at a place.
	fn open(&self, agreement: AgreementId, place: u8, hashes: Hashes);
	/// Shows messages of the window in question.
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature);
	/// Has a dispute judged.
	fn judge(&self, agreement: AgreementId);
	/// Accuses a sensor of having signed two messages with one number.
	fn accuse(&self, left: SignedMessage, right: SignedMessage);
}
