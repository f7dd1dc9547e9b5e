//! The payment channels.

use codec::DecodeAll;
use sc_client_api::StorageProvider;
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use std::sync::Arc;
use syngraph_intake::tower::{Channel, Channels, Head, Receipt, Refusal};
use syngraph_primitives::{BlockNumber, ChannelId};
use syngraph_runtime::{Balance, Runtime};

use crate::client::Client;

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

	fn least_rescued(&self, receipt: &Receipt) -> Balance {
		pallet_channels::Pallet::<Runtime>::least_rescued(receipt)
	}
}
