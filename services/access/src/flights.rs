//! Transactions under way.

use std::{collections::HashMap, sync::Arc};

use anyhow::anyhow;
use syngraph_client::Postage;
use syngraph_primitives::{BlockNumber, ChannelId};
use tokio::task::{Id, JoinError, JoinSet};

use crate::{batch, decision, duty::Duty, Balance, Chain, Collected, Server, SignedReceipt};

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
	/// In how many blocks one is to be included: if it is not, there is time to send another. It may be included
	/// in more, since a lifetime is a power of two and begins before the best block; the least margin is such that
	/// there is time all the same.
	blocks: BlockNumber,
	/// About how many channels they are at most.
	most: usize,
	tasks: JoinSet<anyhow::Result<Collected>>,
	ids: HashMap<Id, Vec<ChannelId>>,
}

impl Flights {
	pub(crate) fn new(margin: BlockNumber, per_block: u32) -> Self {
		let batches = (per_block as usize).div_ceil(batch::MOST);
		Self {
			blocks: margin / 4,
			most: batches.saturating_mul(batch::MOST).saturating_mul(BLOCKS),
			tasks: JoinSet::new(),
			ids: HashMap::new(),
		}
	}

	pub(crate) fn is_empty(&self) -> bool {
		self.tasks.is_empty()
	}

	/// About how many more channels there may be transactions under way.
	pub(crate) fn room(&self) -> usize {
		let sizes = self.ids.values().map(|ids| batch::size(ids.len()));
		self.most.saturating_sub(sizes.sum())
	}

	/// Closes channels, or redeems their receipts.
	pub(crate) fn start<C: Chain>(
		&mut self,
		server: &Arc<Server<C>>,
		duty: Duty,
		receipts: Vec<SignedReceipt>,
		tip: Balance,
	) {
		let ids = receipts.iter().map(decision::channel).collect();
		let blocks = self.blocks;
		let server = server.clone();
		let task = self.tasks.spawn(async move {
			let (chain, postage) = (server.watch().chain(), Postage { blocks, tip });
			match duty {
				_ if receipts.is_empty() => Ok(Collected::default()),
				Duty::Redeem => chain.redeem(receipts, postage).await,
				_ => chain.close(receipts, postage).await,
			}
		});
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
