//! What the server needs of the chain.

use std::{
	future::{ready, Future},
	time::Duration,
};

use sp_core::crypto::AccountId32;
use syngraph_client::Postage;
use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash, Payer};

use crate::{Balance, Channel, SignedReceipt};

/// How far a chain has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Heads {
	/// The number of its last final block.
	pub finalized: BlockNumber,
	/// The number of its best block.
	pub best: BlockNumber,
}

/// How far behind its chain a node may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lag {
	/// When its best block was made, since 1970. None if the block does not say so, which only the first does not.
	pub time: Option<Duration>,
	/// Whether the node takes itself to be behind the others. It goes by what they claim, so a few of them can
	/// make it do so.
	pub is_catching_up: bool,
	/// Whether the chain is [`Upgrading`].
	pub is_upgrading: bool,
}

/// What the payee can spend, and on what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Funds {
	/// All that its account can pay fees with.
	pub spendable: Balance,
	/// The fee of closing a channel, with the longest receipt that there can be.
	pub fee: Balance,
}

/// What closing channels, or redeeming their receipts, costs: whichever costs more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Costs {
	/// The fee for one channel by itself.
	pub alone: Balance,
	/// Its share of the fee for as many together as there may be.
	pub share: Balance,
}

/// What came of a transaction that a block included.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Collected {
	/// The block's number.
	pub block: BlockNumber,
	/// The channels that were passed over, each with the reason.
	pub refused: Vec<(ChannelId, String)>,
}

/// Something that happened to a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
	/// Its depositor wants it closed, and it expires in this block now.
	CloseRequested(ChannelId, BlockNumber),
	/// Its depositor put more in, and it expires in this block now. If that is later than by a request to close, it
	/// takes the request back.
	ToppedUp(ChannelId, BlockNumber),
	/// Something else.
	Changed(ChannelId),
	/// What happened in a block cannot be read: it may be anything, to any channel.
	Missed,
}

/// A way to the node. Who uses one does not wait for those who use another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
	/// For what money depends on.
	Collector,
	/// For what anybody may ask for.
	Public,
}

/// The last final block stores channels in another form than the best one: nothing is known of what is final.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{UPGRADING}")]
pub struct Upgrading;

/// What that means to clients.
pub(crate) const UPGRADING: &str = "the chain was upgraded, and that is not final yet";

/// A chain, read through a node that the server trusts, and used with the payee's key.
pub trait Chain: Send + Sync + 'static {
	/// The hash of its first block.
	fn genesis(&self) -> GenesisHash;

	/// How far it has come, however far behind the node may be: what is due must be closed all the same. Fails with
	/// [`syngraph_client::Error::OtherRuntime`] or [`syngraph_client::Error::OtherStorage`] if the server does not know
	/// the chain as it is now.
	fn heads(&self) -> impl Future<Output = anyhow::Result<Heads>> + Send;

	/// How far behind the node may be. That matters to sales alone. What has no node is never behind.
	fn lag(&self) -> impl Future<Output = anyhow::Result<Lag>> + Send {
		ready(Ok(Lag::default()))
	}

	/// Channels, in the order in which they are asked for. While the chain is [`Upgrading`], it fails with that; but
	/// the collector, who has to collect all the same, is told the best state alone, as if no block after the first
	/// were final.
	fn channels(
		&self,
		lane: Lane,
		ids: &[ChannelId],
	) -> impl Future<Output = anyhow::Result<Vec<Seen>>> + Send;

	/// What has happened to channels since this was last told; the first time, in the last minutes. Some blocks are
	/// heard at a time, and nothing is told before the last of them.
	fn news(&self) -> impl Future<Output = anyhow::Result<Vec<News>>> + Send;

	/// What the payee has to pay for closing channels with.
	fn funds(&self) -> impl Future<Output = anyhow::Result<Funds>> + Send;

	/// What collecting from a channel with a receipt of this kind costs: with a signature of the same scheme, and of a
	/// group of about the same size.
	fn costs(&self, receipt: &SignedReceipt) -> impl Future<Output = anyhow::Result<Costs>> + Send;

	/// Closes channels, each with its receipt, and waits until one of the next blocks has tried, about so many as
	/// the postage says. Fails if none will.
	fn close(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> impl Future<Output = anyhow::Result<Collected>> + Send;

	/// Redeems receipts in the same way, which leaves the channels open.
	fn redeem(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> impl Future<Output = anyhow::Result<Collected>> + Send;
}

/// A channel as two states of the chain have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
	/// When it was looked at.
	pub heads: Heads,
	/// In the last final block.
	pub finalized: Option<Channel>,
	/// In the best block.
	pub best: Option<Channel>,
}

impl Seen {
	/// What a receipt can rely on: whichever state is the stricter one. None if either lacks the
	/// channel: it is not final yet, or closed in a block that may become final.
	pub fn safe_state(&self) -> Option<SafeState> {
		let (finalized, best) = (self.finalized.as_ref()?, self.best.as_ref()?);
		let now = self.heads.best;
		let payer = best.payer_at(now);
		let announced = best.change.as_ref().map(|change| change.from);
		let changes = match payer == finalized.payer_at(now) {
			true => announced.filter(|from| *from > now),
			false => Some(now),
		};
		Some(SafeState {
			heads: self.heads,
			depositor: best.depositor.clone(),
			payee: best.payee.clone(),
			payer: payer.clone(),
			funds: finalized.funds.min(best.funds),
			paid: finalized.paid.max(best.paid),
			expires: finalized.expires.min(best.expires),
			changes,
		})
	}
}

/// The state of a channel that a receipt can rely on, whatever becomes final.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SafeState {
	/// When the channel was looked at.
	pub heads: Heads,
	/// Who put the funds in.
	pub depositor: AccountId32,
	/// Who is paid from them.
	pub payee: AccountId32,
	/// Whose receipts count now.
	pub payer: Payer,
	/// What was put in.
	pub funds: Balance,
	/// What has been paid of it.
	pub paid: Balance,
	/// The first block in which no receipt counts any more.
	pub expires: BlockNumber,
	/// The first block in which another payer's receipts count, if a change is announced; this one if the
	/// states do not agree on whose receipts count now.
	pub changes: Option<BlockNumber>,
}

impl SafeState {
	/// The first block in which this payer's receipts do not count any more.
	pub fn deadline(&self) -> BlockNumber {
		let changes = self.changes.unwrap_or(BlockNumber::MAX);
		self.expires.min(changes)
	}
}
