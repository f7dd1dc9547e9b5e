//! What the chain knows of channels.

use codec::DecodeAll;
use sc_client_api::StorageProvider;
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use std::sync::Arc;
use syngraph_primitives::{BlockNumber, ChannelId};
use syngraph_runtime::{AccountId, Balance, Runtime};

use super::refusal::Refusal;
use crate::service::Client;

/// A channel.
pub type Channel = pallet_channels::Channel<AccountId, Balance, BlockNumber>;

/// A block whose state is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
	/// The best block.
	Best,
	/// The last final block.
	Finalized,
}

/// Knows the channels.
pub trait Channels: Send + Sync + 'static {
	/// A channel as a block left it, and the number of that block.
	fn channel(
		&self,
		id: &ChannelId,
		head: Head,
	) -> Result<Option<(BlockNumber, Channel)>, Refusal>;
}

/// The channels of the node's chain.
pub struct ChainChannels(Arc<Client>);

impl ChainChannels {
	/// The channels of a chain.
	pub fn new(client: Arc<Client>) -> Self {
		Self(client)
	}
}

impl Channels for ChainChannels {
	fn channel(
		&self,
		id: &ChannelId,
		head: Head,
	) -> Result<Option<(BlockNumber, Channel)>, Refusal> {
		let info = self.0.info();
		let (block, number) = match head {
			Head::Best => (info.best_hash, info.best_number),
			Head::Finalized => (info.finalized_hash, info.finalized_number),
		};
		let unavailable = |error: &dyn std::fmt::Display| {
			log::warn!(target: "syngraph", "channel {id:?} at block {block:?}: {error}");
			Refusal::Unavailable
		};
		let key = pallet_channels::Channels::<Runtime>::hashed_key_for(id);
		let found = self.0.storage(block, &StorageKey(key));
		let Some(data) = found.map_err(|error| unavailable(&error))? else {
			return Ok(None);
		};
		let channel = Channel::decode_all(&mut &data.0[..]).map_err(|error| unavailable(&error))?;
		Ok(Some((number, channel)))
	}
}
