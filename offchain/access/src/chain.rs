//! What the server needs of the chain.

use std::future::Future;

use sp_core::crypto::AccountId32;
use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash, Payer};

use crate::{Balance, Channel, Receipt};

/// How far a chain has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Heads {
	/// The number of its last final block.
	pub finalized: BlockNumber,
	/// The number of its best block.
	pub best: BlockNumber,
}

/// What the payee can spend, and on what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Funds {
	/// All that its account can pay fees with.
	pub spendable: Balance,
	/// The fee of closing a channel, with the longest receipt that there can be.
	pub fee: Balance,
}

/// A chain, read through a node that the server trusts, and used with the payee's key.
pub trait Chain: Send + Sync + 'static {
	/// The hash of its first block.
	fn genesis(&self) -> GenesisHash;

	/// How far it has come. Fails while the node is catching up with the others: what it knows is old.
	fn heads(&self) -> impl Future<Output = anyhow::Result<Heads>> + Send;

	/// A channel.
	fn channel(&self, id: ChannelId) -> impl Future<Output = anyhow::Result<Seen>> + Send;

	/// What the payee has to pay for closing channels with.
	fn funds(&self) -> impl Future<Output = anyhow::Result<Funds>> + Send;

	/// Closes channels, each with its receipt, and waits until a block has tried.
	fn close(&self, receipts: Vec<Receipt>) -> impl Future<Output = anyhow::Result<()>> + Send;

	/// Redeems a receipt and waits until a block includes it.
	fn redeem(&self, receipt: Receipt) -> impl Future<Output = anyhow::Result<()>> + Send;
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
	pub fn view(&self) -> Option<View> {
		let (finalized, best) = (self.finalized.as_ref()?, self.best.as_ref()?);
		let now = self.heads.best;
		let payer = best.payer_at(now);
		let announced = best.change.as_ref().map(|change| change.from);
		let changes = match payer == finalized.payer_at(now) {
			true => announced.filter(|from| *from > now),
			false => Some(now),
		};
		Some(View {
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

/// What a receipt can rely on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
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

impl View {
	/// The first block in which this payer's receipts do not count any more.
	pub fn deadline(&self) -> BlockNumber {
		let changes = self.changes.unwrap_or(BlockNumber::MAX);
		self.expires.min(changes)
	}
}
