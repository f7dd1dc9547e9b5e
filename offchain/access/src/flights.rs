//! Transactions under way.

use std::{collections::HashMap, future::Future, sync::Arc};

use anyhow::anyhow;
use syngraph_primitives::{BlockNumber, ChannelId};
use tokio::task::{Id, JoinError, JoinSet};

use crate::{desk, Chain, Collected, Receipt, Server};

/// For how many blocks' worth of closings there are transactions under way: until one is known to be in a
/// block, others follow.
const BLOCKS: usize = 3;

/// A transaction that came to an end.
pub(crate) struct Landed {
	/// The channels that it was about.
	pub(crate) ids: Vec<ChannelId>,
	/// What came of it.
	pub(crate) result: anyhow::Result<Collected>,
}

/// The transactions under way, each with its channels.
pub(crate) struct Flights {
	/// In how many blocks one is to be included: if it is not, there is time to send another.
	blocks: BlockNumber,
	/// How many there are at most.
	most: usize,
	tasks: JoinSet<anyhow::Result<Collected>>,
	ids: HashMap<Id, Vec<ChannelId>>,
}

impl Flights {
	/// How many channels are closed with one.
	pub(crate) const BATCH: usize = pallet_channels::MAX_BATCH as usize;

	pub(crate) fn new(margin: BlockNumber, per_block: u32) -> Self {
		let batches = (per_block as usize).div_ceil(Self::BATCH);
		Self {
			blocks: (margin / 4).max(8),
			most: batches.saturating_mul(BLOCKS),
			tasks: JoinSet::new(),
			ids: HashMap::new(),
		}
	}

	pub(crate) fn is_empty(&self) -> bool {
		self.tasks.is_empty()
	}

	/// How many others there may be.
	pub(crate) fn room(&self) -> usize {
		self.most.saturating_sub(self.tasks.len())
	}

	/// Closes channels.
	pub(crate) fn close<C: Chain>(&mut self, server: &Arc<Server<C>>, receipts: Vec<Receipt>) {
		let ids = receipts.iter().map(desk::channel).collect();
		let (server, blocks) = (server.clone(), self.blocks);
		self.start(ids, async move {
			server.watch().chain().close(receipts, blocks).await
		});
	}

	/// Redeems a receipt.
	pub(crate) fn redeem<C: Chain>(&mut self, server: &Arc<Server<C>>, receipt: Receipt) {
		let ids = vec![desk::channel(&receipt)];
		let (server, blocks) = (server.clone(), self.blocks);
		self.start(ids, async move {
			server.watch().chain().redeem(receipt, blocks).await
		});
	}

	fn start(
		&mut self,
		ids: Vec<ChannelId>,
		flight: impl Future<Output = anyhow::Result<Collected>> + Send + 'static,
	) {
		let task = self.tasks.spawn(flight);
		self.ids.insert(task.id(), ids);
	}

	/// Waits for one to come to an end; for ever, if there is none. Nothing is lost if this is dropped.
	pub(crate) async fn next(&mut self) -> Landed {
		match self.tasks.join_next_with_id().await {
			Some(ended) => self.land(ended),
			None => std::future::pending().await,
		}
	}

	/// One that has come to an end, if any has.
	pub(crate) fn try_next(&mut self) -> Option<Landed> {
		let ended = self.tasks.try_join_next_with_id()?;
		Some(self.land(ended))
	}

	fn land(&mut self, ended: Result<(Id, anyhow::Result<Collected>), JoinError>) -> Landed {
		let (task, result) = match ended {
			Ok((task, result)) => (task, result),
			Err(error) => (error.id(), Err(anyhow!("the attempt broke off: {error}"))),
		};
		Landed {
			ids: self.ids.remove(&task).unwrap_or_default(),
			result,
		}
	}
}
