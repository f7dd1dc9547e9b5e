//! What the chain says of the channels, and whether it is what the clients and devices say.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{bail, Context, Result};
use frame_system::Phase;
use pallet_channels::Event as Channels;
use pallet_transaction_payment::Event as Payment;
use syngraph_client::{Block, Client, Head};
use syngraph_primitives::ChannelId;
use syngraph_runtime::{AccountId, Balance, BlockNumber, Hash, Runtime, RuntimeEvent};
use tokio::time::timeout;

/// How a channel was closed.
#[derive(Clone, Copy)]
pub struct Closing {
	/// What the payee was paid.
	pub paid: Balance,
	/// What the depositor got back, the deposit for the channel included.
	pub returned: Balance,
	/// What the payee paid for the transaction.
	pub fee: Balance,
}

/// What happened on the chain.
#[derive(Default)]
pub struct Audit {
	/// How each channel was closed.
	pub closings: BTreeMap<ChannelId, Closing>,
	/// What each account paid for transactions.
	pub fees: BTreeMap<AccountId, Balance>,
	/// The last block.
	pub last: Hash,
}

impl Audit {
	/// Follows the final blocks from `from` on until these channels are closed.
	pub async fn follow(
		client: &Client,
		from: BlockNumber,
		channels: &[ChannelId],
		patience: Duration,
	) -> Result<Self> {
		let mut audit = Self::default();
		let mut blocks = client.blocks(Head::Finalized, from);
		let all = async {
			while !channels.iter().all(|id| audit.closings.contains_key(id)) {
				audit.read(&blocks.next().await?)?;
			}
			anyhow::Ok(())
		};
		match timeout(patience, all).await {
			Ok(followed) => followed.map(|()| audit),
			Err(_) => bail!("the access server has not closed the channels in time"),
		}
	}

	fn read(&mut self, block: &Block) -> Result<()> {
		self.last = block.hash;
		let mut fees = BTreeMap::new();
		for record in &block.events {
			if let (
				Phase::ApplyExtrinsic(index),
				RuntimeEvent::TransactionPayment(Payment::TransactionFeePaid {
					who,
					actual_fee,
					..
				}),
			) = (&record.phase, &record.event)
			{
				fees.insert(*index, *actual_fee);
				*self.fees.entry(who.clone()).or_default() += actual_fee;
			}
		}
		for (index, closed) in closed(block) {
			let fee = *fees.get(&index).context("nobody paid for a closing")?;
			self.enter(closed, fee);
		}
		Ok(())
	}

	/// Enters the channels that one transaction closed: they share its fee.
	fn enter(&mut self, closed: Vec<(ChannelId, Balance, Balance)>, fee: Balance) {
		let count = closed.len() as Balance;
		for ((channel, paid, returned), place) in closed.into_iter().zip(0..) {
			// What cannot be divided falls on the first ones.
			let fee = fee / count + Balance::from(place < fee % count);
			let closing = Closing {
				paid,
				returned,
				fee,
			};
			self.closings.insert(channel, closing);
		}
	}

	/// What an account paid for transactions.
	pub fn fees(&self, account: &AccountId) -> Balance {
		self.fees.get(account).copied().unwrap_or(0)
	}
}

/// The channels that each transaction of a block closed.
fn closed(block: &Block) -> BTreeMap<u32, Vec<(ChannelId, Balance, Balance)>> {
	let mut closed: BTreeMap<u32, Vec<_>> = BTreeMap::new();
	for record in &block.events {
		if let (
			Phase::ApplyExtrinsic(index),
			RuntimeEvent::Channels(Channels::Closed {
				channel,
				paid,
				returned,
			}),
		) = (&record.phase, &record.event)
		{
			let one = (*channel, *paid, *returned);
			closed.entry(*index).or_default().push(one);
		}
	}
	closed
}

/// All that accounts own after a block, what is held from them included.
pub async fn wealth(client: &Client, accounts: &[AccountId], block: Hash) -> Result<Vec<Balance>> {
	let mut wealth = Vec::new();
	for account in accounts {
		let found = client
			.map::<frame_system::Account<Runtime>, _, _>(account, Some(block))
			.await?;
		let data = found.unwrap_or_default().data;
		wealth.push(data.free + data.reserved);
	}
	Ok(wealth)
}
