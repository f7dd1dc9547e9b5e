//! The payment channels.

use codec::{DecodeAll, Encode};
use sc_client_api::StorageProvider;
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use std::{
	fmt::Display,
	sync::{
		atomic::{AtomicBool, Ordering::Relaxed},
		Arc,
	},
};
use syngraph_intake::tower::{Channel, Channels, Head, Refusal, SignedReceipt};
use syngraph_primitives::{BlockNumber, ChannelId};
use syngraph_runtime::{migrations::storage_version, Balance, Runtime};

use crate::client::Client;

/// What the pallet is called in the runtime.
const PALLET: &str = "Channels";

/// The channels of the node's chain.
pub struct ChainChannels {
	client: Arc<Client>,
	/// Whether the log says already that they cannot be read: one line is enough for thousands of channels.
	is_told: AtomicBool,
}

impl ChainChannels {
	/// The channels of a chain.
	pub fn new(client: Arc<Client>) -> Self {
		Self {
			client,
			is_told: AtomicBool::default(),
		}
	}
}

impl Channels for ChainChannels {
	fn channel(
		&self,
		id: &ChannelId,
		head: Head,
	) -> Result<Option<(BlockNumber, Channel)>, Refusal> {
		let info = self.client.info();
		let (block, number) = match head {
			Head::Best => (info.best_hash, info.best_number),
			Head::Finalized => (info.finalized_hash, info.finalized_number),
		};
		let read = |place: Vec<u8>| {
			let found = self.client.storage(block, &StorageKey(place));
			found.map(|data| data.map(|data| data.0))
		};
		let found = find(id, read);
		let was_told = self.is_told.swap(found.is_err(), Relaxed);
		let found = found.map_err(|error| {
			if !was_told {
				log::warn!(target: "syngraph", "channel {id:?} at block {block:?}: {error}");
			}
			Refusal::Unavailable
		})?;
		Ok(found.map(|channel| (number, channel)))
	}

	fn least_rescued(&self, receipt: &SignedReceipt) -> Balance {
		pallet_channels::Pallet::<Runtime>::least_rescued(receipt)
	}
}

/// A channel in the state of one block, of which `read` tells what lies at a place.
///
/// The state may be that of another runtime than this node was built with. Where that keeps its channels elsewhere, or
/// in another form, they must not pass for closed: so it is looked first whether the pallet's storage has the version
/// that is read here.
fn find<E: Display>(
	id: &ChannelId,
	read: impl Fn(Vec<u8>) -> Result<Option<Vec<u8>>, E>,
) -> Result<Option<Channel>, String> {
	let read = |place| read(place).map_err(|error| error.to_string());
	let (place, ours) = storage_version(PALLET).ok_or("its pallet has no version")?;
	// A pallet that notes none has the first one.
	let theirs = read(place.to_vec())?.unwrap_or_else(|| 0_u16.encode());
	if theirs != ours.encode() {
		return Err(format!(
			"the chain stores channels in a form that this node cannot read, {ours:?}: install a newer one"
		));
	}
	let Some(data) = read(pallet_channels::Channels::<Runtime>::hashed_key_for(id))? else {
		return Ok(None);
	};
	let channel = Channel::decode_all(&mut &data[..]).map_err(|error| error.to_string())?;
	Ok(Some(channel))
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::H256;
	use std::collections::BTreeMap;
	use syngraph_primitives::Payer;

	const ID: ChannelId = H256::repeat_byte(1);

	fn channel() -> Channel {
		Channel {
			depositor: [1; 32].into(),
			payee: [2; 32].into(),
			payer: Payer::Delegated([3; 32].into()),
			change: None,
			funds: 5,
			paid: 0,
			expires: 9,
			deposit: 1,
		}
	}

	/// What lies in a state in which the pallet's storage has a version, if any is noted, and the one channel there is.
	fn state(version: Option<u16>) -> BTreeMap<Vec<u8>, Vec<u8>> {
		let (place, _) = storage_version(PALLET).expect("it has one");
		let version = version.map(|version| (place.to_vec(), version.encode()));
		let place = pallet_channels::Channels::<Runtime>::hashed_key_for(ID);
		let channel = (place, channel().encode());
		version.into_iter().chain([channel]).collect()
	}

	fn find_in(
		state: &BTreeMap<Vec<u8>, Vec<u8>>,
		id: ChannelId,
	) -> Result<Option<Channel>, String> {
		find(&id, |place| Ok::<_, String>(state.get(&place).cloned()))
	}

	fn ours() -> u16 {
		let (_, ours) = storage_version(PALLET).expect("it has one");
		u16::decode_all(&mut &ours.encode()[..]).expect("it is a number")
	}

	#[test]
	fn a_channel_is_found_in_a_form_that_is_known() {
		let state = state(Some(ours()));
		assert_eq!(find_in(&state, ID), Ok(Some(channel())));
		assert_eq!(find_in(&state, H256::zero()), Ok(None));
	}

	/// As long as that is so, the tower must not drop what it has.
	#[test]
	fn of_another_form_nothing_is_said_not_even_that_there_is_no_channel() {
		for version in [None, Some(ours() - 1), Some(ours() + 1)] {
			let state = state(version);
			for id in [ID, H256::zero()] {
				let said = find_in(&state, id).expect_err("it cannot be read");
				assert!(said.contains("a form that this node cannot read"), "{said}");
			}
		}
	}

	#[test]
	fn what_cannot_be_read_is_no_channel_that_is_not_there() {
		let mut state = state(Some(ours()));
		let place = pallet_channels::Channels::<Runtime>::hashed_key_for(ID);
		state.get_mut(&place).expect("it is there").pop();
		assert!(find_in(&state, ID).is_err());
		let broken = find(&ID, |_| Err("the disk is gone"));
		assert_eq!(broken, Err("the disk is gone".into()));
	}
}
