//! Channels on the chain.

use std::time::Duration;

use pallet_channels::{Call, Channels, Event};
use syngraph_client::{Client, Head};
use syngraph_primitives::{ChannelId, Payer};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, RuntimeCall, RuntimeEvent};

use crate::{Channel, Error, Key, View};

/// How long to try to reach the node.
const PATIENCE: Duration = Duration::from_secs(10);

/// The chain, with what can be done about channels.
pub struct Chain(Client);

impl Chain {
	/// Connects to the node at a `ws://` or `wss://` address.
	pub async fn connect(url: &str) -> Result<Self, Error> {
		Ok(Self(Client::connect(url, PATIENCE).await?))
	}

	/// The connection to the node.
	pub fn client(&self) -> &Client {
		&self.0
	}

	/// The number of the newest block.
	pub async fn block(&self) -> Result<BlockNumber, Error> {
		Ok(self.0.head(Head::Best).await?.0)
	}

	/// A channel as it is now.
	pub async fn view(&self, id: ChannelId) -> Result<View, Error> {
		let (block, hash) = self.0.head(Head::Best).await?;
		let channel = self
			.0
			.map::<Channels<Runtime>, _, _>(&id, Some(hash))
			.await?;
		Ok(View {
			genesis: self.0.genesis(),
			block,
			channel: channel.ok_or(Error::UnknownChannel(id))?,
		})
	}

	/// The channels that an account opened.
	pub async fn channels_of(
		&self,
		depositor: &AccountId,
	) -> Result<Vec<(ChannelId, Channel)>, Error> {
		let mut channels = self.0.list::<Channels<Runtime>>(None).await?;
		channels.retain(|(_, channel)| channel.depositor == *depositor);
		Ok(channels)
	}

	/// Opens a channel that expires after so many blocks, and waits until that is final: before, its
	/// receipts are worth nothing to the payee.
	pub async fn open(
		&self,
		key: &Key,
		payee: AccountId,
		payer: Payer,
		funds: Balance,
		blocks: BlockNumber,
	) -> Result<ChannelId, Error> {
		let call = Call::<Runtime>::open {
			payee,
			payer,
			funds,
			expires: self.block().await?.saturating_add(blocks),
		};
		let opened = self.execute(key, call, |event| match event {
			Event::Opened { channel, .. } => Some(*channel),
			_ => None,
		});
		opened.await?.ok_or(Error::NoEffect("an open channel"))
	}

	/// Puts more into a channel, and makes it expire so many blocks from now if that is later. Returns
	/// all that was put in so far, and when it expires.
	pub async fn top_up(
		&self,
		key: &Key,
		channel: ChannelId,
		amount: Balance,
		blocks: Option<BlockNumber>,
	) -> Result<(Balance, BlockNumber), Error> {
		let expires = match blocks {
			Some(blocks) => {
				let view = self.view(channel).await?;
				let later = view.block.saturating_add(blocks);
				Some(later.max(view.channel.expires))
			},
			None => None,
		};
		let call = Call::<Runtime>::top_up {
			channel,
			amount,
			expires,
		};
		let topped_up = self.execute(key, call, |event| match event {
			Event::ToppedUp { funds, expires, .. } => Some((*funds, *expires)),
			_ => None,
		});
		topped_up.await?.ok_or(Error::NoEffect("more funds"))
	}

	/// Makes a channel expire early. Returns when.
	pub async fn request_close(&self, key: &Key, channel: ChannelId) -> Result<BlockNumber, Error> {
		let call = Call::<Runtime>::request_close { channel };
		let requested = self.execute(key, call, |event| match event {
			Event::CloseRequested { expires, .. } => Some(*expires),
			_ => None,
		});
		requested
			.await?
			.ok_or(Error::NoEffect("a request to close"))
	}

	/// Gives the depositor of an expired channel what is left. Returns how much.
	pub async fn claim(&self, key: &Key, channel: ChannelId) -> Result<Balance, Error> {
		let call = Call::<Runtime>::claim { channel };
		let claimed = self.execute(key, call, |event| match event {
			Event::Closed { returned, .. } => Some(*returned),
			_ => None,
		});
		claimed.await?.ok_or(Error::NoEffect("a closed channel"))
	}

	/// Executes a call, waits until it is final, and finds what it brought about.
	async fn execute<T>(
		&self,
		key: &Key,
		call: Call<Runtime>,
		find: impl Fn(&Event<Runtime>) -> Option<T>,
	) -> Result<Option<T>, Error> {
		let pending = self
			.0
			.submit(key.for_transactions()?, RuntimeCall::Channels(call));
		let included = pending.await?.finalized().await?;
		Ok(included.events.iter().find_map(|event| match event {
			RuntimeEvent::Channels(event) => find(event),
			_ => None,
		}))
	}
}
