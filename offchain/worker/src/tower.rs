//! The watchtower: the last receipts of access servers that trust this node, and their rescue.
//!
//! The node takes the receipts and keeps them in local storage, one for each channel; it alone writes them.
//! The worker looks at them with every block. It acts only when the payee does not: when the depositor
//! announced that a receipt will stop counting sooner than it was to, and the payee has had its head start,
//! or when there are few blocks left.

use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use syngraph_primitives::{BlockNumber, ChannelId};

pub use crate::chain::SignedReceipt;
use crate::{chain::Chain, state, store::LocalStore, LOG};

/// The most channels that a node watches.
pub const MAX_WATCHED: usize = 4096;
/// How many of them the worker looks at in one block. If there are more, they take turns.
const PER_BLOCK: usize = 256;
/// How many blocks before a receipt stops counting the worker redeems it, whether or not its payee is about
/// to: access servers close their channels some time before.
pub const LAST_BLOCKS: BlockNumber = 40;

// All have had their turn twice before it is too late.
const _: () = assert!(2 * MAX_WATCHED <= PER_BLOCK * LAST_BLOCKS as usize);

/// A receipt that is watched over.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Watched {
	/// The receipt.
	pub receipt: SignedReceipt,
	/// The first block in which it would not count any more, as far as was known when it was handed over.
	pub until: BlockNumber,
	/// The account that the channel pays.
	pub payee: [u8; 32],
	/// What it added to what had been paid when that was last looked at.
	pub worth: u128,
}

/// [`MAX_WATCHED`] channels are watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// The receipts in a local store.
pub struct Tower<S>(S);

impl<S: LocalStore> Tower<S> {
	/// The receipts in `store`.
	pub fn new(store: S) -> Self {
		Self(store)
	}

	/// The store.
	pub fn store(&self) -> &S {
		&self.0
	}

	/// The channels that are watched.
	pub fn channels(&self) -> Vec<ChannelId> {
		self.read(LIST_KEY).unwrap_or_default()
	}

	/// What is kept of a channel.
	pub fn watched(&self, channel: &ChannelId) -> Option<Watched> {
		self.read(&receipt_key(channel))
	}

	/// Keeps a receipt, in place of the channel's last.
	pub fn watch(&self, watched: &Watched) -> Result<(), Full> {
		let channel = watched.receipt.receipt.channel;
		let mut channels = self.channels();
		let is_new = !channels.contains(&channel);
		if is_new && channels.len() >= MAX_WATCHED {
			return Err(Full);
		}
		self.write(&receipt_key(&channel), watched);
		// Last, so that what is listed is there.
		if is_new {
			channels.push(channel);
			self.write(LIST_KEY, &channels);
		}
		Ok(())
	}

	/// Drops all channels but those that `keep` wants.
	pub fn retain(&self, keep: impl Fn(&ChannelId) -> bool) {
		let (kept, gone): (Vec<_>, Vec<_>) = self.channels().into_iter().partition(keep);
		if gone.is_empty() {
			return;
		}
		self.write(LIST_KEY, &kept);
		for channel in gone {
			self.0.remove(&receipt_key(&channel));
		}
	}

	fn read<T: DecodeAll>(&self, key: &[u8]) -> Option<T> {
		state::read(&self.0, key)
	}

	fn write(&self, key: &[u8], value: &impl Encode) {
		state::write(&self.0, key, value)
	}
}

/// Where the list of watched channels is: local storage cannot be enumerated.
const LIST_KEY: &[u8] = b"syngraph/watched";

fn receipt_key(channel: &ChannelId) -> Vec<u8> {
	(b"syngraph/receipt/", channel).encode()
}

/// Rescues the receipts that nobody else redeems in time. What is not on the chain in the next block is
/// tried again.
pub fn run(chain: &impl Chain, store: &impl LocalStore) {
	let tower = Tower::new(store);
	let channels = tower.channels();
	let turns = channels.chunks(PER_BLOCK).count().max(1);
	let turn = chain.number() as usize % turns;
	for channel in channels.chunks(PER_BLOCK).nth(turn).unwrap_or_default() {
		if let Some(watched) = tower.watched(channel) {
			look_after(chain, watched);
		}
	}
}

fn look_after(chain: &impl Chain, watched: Watched) {
	let receipt = watched.receipt;
	let channel = receipt.receipt.channel;
	let Some(until) = chain.counts_until(&channel) else {
		return;
	};
	let is_late = until <= chain.number().saturating_add(LAST_BLOCKS);
	if (until < watched.until || is_late) && chain.is_rescuable(&receipt) {
		log::info!(
			target: LOG, "channel {channel:?}: rescuing a receipt over {} that counts until block {until}",
			receipt.receipt.amount,
		);
		chain.rescue(receipt);
	}
}

#[cfg(test)]
mod tests;
