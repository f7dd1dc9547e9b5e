//! Payment channels on the chain of the machines.

use std::collections::BTreeMap;

use syngraph_primitives::{BlockNumber, ChannelId};
use syngraph_worker::tower::SignedReceipt;

/// How long before it stops counting a receipt can be rescued.
pub const TOWER_PERIOD: BlockNumber = 100;

/// A channel.
pub struct Account {
	/// The first block in which receipts do not count.
	pub until: BlockNumber,
	pub paid: u128,
}

/// All channels, and the rescues that wait for a block.
#[derive(Default)]
pub struct Accounts {
	pub channels: BTreeMap<ChannelId, Account>,
	/// The last block.
	number: BlockNumber,
	/// How many rescues were submitted.
	pub rescues: u32,
	/// Whether the pool loses them.
	pub loses: bool,
	pool: Vec<SignedReceipt>,
}

impl Accounts {
	pub fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber> {
		Some(self.channels.get(channel)?.until)
	}

	pub fn is_rescuable(&self, receipt: &SignedReceipt) -> bool {
		let claim = &receipt.receipt;
		self.channels.get(&claim.channel).is_some_and(|account| {
			let soon = self.number < account.until && account.until <= self.number + TOWER_PERIOD;
			soon && account.paid < claim.amount
		})
	}

	pub fn rescue(&mut self, receipt: SignedReceipt) {
		self.rescues += 1;
		if !self.loses {
			self.pool.push(receipt);
		}
	}

	pub fn make_block(&mut self, number: BlockNumber) {
		self.number = number;
		for receipt in std::mem::take(&mut self.pool) {
			if self.is_rescuable(&receipt) {
				let account = self.channels.get_mut(&receipt.receipt.channel);
				account.unwrap().paid = receipt.receipt.amount;
			}
		}
	}
}
