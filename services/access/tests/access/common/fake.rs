//! A chain for tests.

use std::{collections::HashMap, mem, sync::Arc, time::Duration};

use anyhow::{bail, ensure};
use parking_lot::Mutex;
use sp_core::H256;
use syngraph_access::{
	Chain, Channel, Collected, Costs, Funds, Heads, Lag, Lane, News, Seen, SignedReceipt,
};
use syngraph_client::Postage;
use syngraph_primitives::{BlockNumber, ChannelId};
use tokio::sync::RwLock;

use super::GENESIS;

/// A chain that does what a test says.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<State>>, pub Arc<Gates>);

/// What a test can hold up.
pub struct Gates {
	/// Transactions.
	pub transactions: RwLock<()>,
	/// What the public asks for.
	pub public: RwLock<()>,
	/// News.
	pub news: RwLock<()>,
}

impl Default for Gates {
	fn default() -> Self {
		Self {
			transactions: RwLock::new(()),
			public: RwLock::new(()),
			news: RwLock::new(()),
		}
	}
}

#[derive(Default)]
pub struct State {
	pub heads: Heads,
	pub finalized: HashMap<ChannelId, Channel>,
	pub best: HashMap<ChannelId, Channel>,
	/// Whether it cannot be reached.
	pub is_away: bool,
	/// Whether it refuses transactions.
	pub refuses: bool,
	/// How many transactions it was given.
	pub attempts: usize,
	/// What channels were closed with.
	pub closed: Vec<SignedReceipt>,
	/// What was redeemed.
	pub redeemed: Vec<SignedReceipt>,
	/// What the payee has.
	pub funds: Funds,
	/// What closing costs.
	pub costs: Costs,
	/// What has happened to channels and was not told yet.
	pub news: Vec<News>,
	/// So many blocks later does a block include a transaction.
	pub lag: BlockNumber,
	/// What closes when.
	pub coming: Vec<(BlockNumber, SignedReceipt)>,
	/// How many channels each lane was asked for, by request.
	pub read: Vec<(Lane, usize)>,
	/// Whether it was upgraded.
	pub is_strange: bool,
	/// Whether that is not final yet.
	pub is_upgrading: bool,
	/// Whether its node takes itself to be catching up.
	pub is_syncing: bool,
	/// Whether its node does not say so.
	pub is_mute: bool,
	/// When its best block was made, if it says so.
	pub time: Option<Duration>,
	/// About how many channels each transaction was, and how it was sent.
	pub sent: Vec<(usize, Postage)>,
	/// Whether channels cannot be read, while blocks come.
	pub hides_channels: bool,
}

impl Fake {
	/// Puts a channel into a final block.
	pub fn open(&self, id: ChannelId, channel: Channel) {
		let mut state = self.0.lock();
		state.finalized.insert(id, channel.clone());
		state.best.insert(id, channel);
	}

	/// Changes a channel in the best block.
	pub fn change(&self, id: ChannelId, change: impl FnOnce(&mut Channel)) {
		change(self.0.lock().best.get_mut(&id).unwrap());
	}

	/// Makes the best block the one with this number, and everything in it final.
	pub fn reach(&self, block: BlockNumber) {
		let mut state = self.0.lock();
		let coming = mem::take(&mut state.coming);
		for (at, receipt) in coming {
			match at <= block {
				true => drop(state.best.remove(&receipt.receipt.channel)),
				false => state.coming.push((at, receipt)),
			}
		}
		state.finalized = state.best.clone();
		state.heads = Heads {
			finalized: block,
			best: block,
		};
	}

	/// Makes a transaction, and tells in which block it will be.
	async fn transact(
		&self,
		channels: usize,
		postage: Postage,
		apply: impl FnOnce(&mut State, BlockNumber),
	) -> anyhow::Result<Collected> {
		self.0.lock().attempts += 1;
		self.0.lock().sent.push((channels, postage));
		let _open = self.1.transactions.read().await;
		let mut state = self.0.lock();
		ensure!(!state.refuses, "refused");
		let block = state.heads.best + state.lag;
		apply(&mut state, block);
		Ok(Collected {
			block,
			refused: vec![],
		})
	}
}

impl Chain for Fake {
	fn genesis(&self) -> H256 {
		GENESIS
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		let state = self.0.lock();
		ensure!(!state.is_away, "away");
		if state.is_strange {
			bail!(syngraph_client::Error::OtherRuntime {
				theirs: "new".into(),
				ours: "old".into()
			});
		}
		Ok(state.heads)
	}

	async fn lag(&self) -> anyhow::Result<Lag> {
		let state = self.0.lock();
		ensure!(!state.is_mute, "no answer");
		Ok(Lag {
			time: state.time,
			is_catching_up: state.is_syncing,
			is_upgrading: state.is_upgrading,
		})
	}

	async fn channels(&self, lane: Lane, ids: &[ChannelId]) -> anyhow::Result<Vec<Seen>> {
		if lane == Lane::Public {
			drop(self.1.public.read().await);
		}
		let mut state = self.0.lock();
		ensure!(!state.is_away && !state.hides_channels, "away");
		state.read.push((lane, ids.len()));
		let seen = ids.iter().map(|id| Seen {
			heads: state.heads,
			finalized: state.finalized.get(id).cloned(),
			best: state.best.get(id).cloned(),
		});
		Ok(seen.collect())
	}

	async fn news(&self) -> anyhow::Result<Vec<News>> {
		drop(self.1.news.read().await);
		Ok(mem::take(&mut self.0.lock().news))
	}

	async fn funds(&self) -> anyhow::Result<Funds> {
		Ok(self.0.lock().funds)
	}

	async fn costs(&self, _: &SignedReceipt) -> anyhow::Result<Costs> {
		Ok(self.0.lock().costs)
	}

	async fn close(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> anyhow::Result<Collected> {
		let closing = self.transact(receipts.len(), postage, |state, block| {
			for receipt in receipts {
				match state.lag {
					0 => drop(state.best.remove(&receipt.receipt.channel)),
					_ => state.coming.push((block, receipt.clone())),
				}
				state.closed.push(receipt);
			}
		});
		closing.await
	}

	async fn redeem(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> anyhow::Result<Collected> {
		let redeeming = self.transact(receipts.len(), postage, |state, _| {
			for receipt in receipts {
				let channel = state.best.get_mut(&receipt.receipt.channel).unwrap();
				channel.paid = receipt.receipt.amount;
				state.redeemed.push(receipt);
			}
		});
		redeeming.await
	}
}
