//! Channels on the chain.

use std::time::Duration;

use codec::Encode;
use pallet_channels::{Call, Channels, Event};
use sp_core::{sr25519, Get, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError, TokenError,
};
use syngraph_client::{account, secret, Client, Head};
use syngraph_primitives::ChannelId;
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, RuntimeCall, RuntimeEvent};

use crate::{
	intent::{self, found, Executed},
	record::Known,
	Channel, ChannelState, Error, Hex, Key, Opening, Records,
};

/// How long to try to reach the node.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The chain, with what can be done about channels.
pub struct Chain(Client);

impl Chain {
	/// Connects to the node at a `ws://` or `wss://` address.
	pub async fn connect(url: &str) -> Result<Self, Error> {
		Ok(Self(Client::connect(url, TIMEOUT).await?))
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
	pub async fn state(&self, id: ChannelId) -> Result<ChannelState, Error> {
		let (block, hash) = self.0.head(Head::Best).await?;
		let channel = self
			.0
			.map::<Channels<Runtime>, _, _>(&id, Some(hash))
			.await?;
		Ok(ChannelState {
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

	/// Opens a channel, and waits until that is final: before, its receipts are worth nothing to the payee.
	///
	/// Whoever is cut off meanwhile, and asks for the same with the same records, gets the same channel, until
	/// it has been [told](Once::told), or was given up by [`Chain::prepare_open`].
	pub async fn open<'a>(
		&self,
		records: &'a Records,
		key: &Key,
		opening: &Opening,
	) -> Result<Once<'a, ChannelId>, Error> {
		let purpose = self.purpose_of_open(key, opening, &opening.payee);
		let call = Call::<Runtime>::open {
			payee: opening.payee.clone(),
			payer: opening.payer.clone(),
			funds: opening.funds,
			expires: self.block().await?.saturating_add(opening.blocks),
		};
		let known = Known {
			server: opening.server().cloned(),
			..Known::default()
		};
		let executed = self.once(records, purpose, key, call, known).await?;
		Ok(Once {
			result: self.channel_of(executed).await?,
			records,
			purpose,
		})
	}

	/// The channel that was opened.
	pub(crate) async fn channel_of(&self, executed: Executed) -> Result<ChannelId, Error> {
		match executed {
			Executed::Done(events) => first(&events, |event| match event {
				Event::Opened { channel, .. } => Some(*channel),
				_ => None,
			})
			.ok_or(Error::NoEffect("an open channel")),
			Executed::Forgotten {
				intent,
				block,
				reason,
			} => self.find_opened(&intent, block, reason).await,
		}
	}

	/// Puts more into a channel, and makes it expire so many blocks from now if that is later. Returns
	/// all that was put in so far, and when it expires. It is done once, as [`Chain::open`] is.
	pub async fn top_up<'a>(
		&self,
		records: &'a Records,
		key: &Key,
		channel: ChannelId,
		amount: Balance,
		blocks: Option<BlockNumber>,
	) -> Result<Once<'a, (Balance, BlockNumber)>, Error> {
		let purpose = self.purpose(key, "top-up", (channel, amount, blocks));
		let state = self.state(channel).await?;
		let later = |blocks| {
			state
				.block
				.saturating_add(blocks)
				.max(state.channel.expires)
		};
		let call = Call::<Runtime>::top_up {
			channel,
			amount,
			expires: blocks.map(later),
		};
		let known = Known {
			held: Some(Hex(state.channel.funds)),
			..Known::default()
		};
		let executed = self.once(records, purpose, key, call, known).await?;
		Ok(Once {
			result: self.topped_up(executed).await?,
			records,
			purpose,
		})
	}

	/// What a channel holds that was topped up, and when it expires.
	async fn topped_up(&self, executed: Executed) -> Result<(Balance, BlockNumber), Error> {
		match executed {
			Executed::Done(events) => first(&events, |event| match event {
				Event::ToppedUp { funds, expires, .. } => Some((*funds, *expires)),
				_ => None,
			})
			.ok_or(Error::NoEffect("more funds")),
			Executed::Forgotten {
				intent,
				block,
				reason,
			} => self.find_topped_up(&intent, block, reason).await,
		}
	}

	/// Gives up a [`Chain::top_up`] that was cut off, unless it can be found out that it took effect: the same call
	/// puts the same in once more then. Fails as long as the first may still come.
	pub async fn give_up_top_up(
		&self,
		records: &Records,
		key: &Key,
		channel: ChannelId,
		amount: Balance,
		blocks: Option<BlockNumber>,
	) -> Result<(), Error> {
		let purpose = self.purpose(key, "top-up", (channel, amount, blocks));
		if let Some(executed) = intent::look_back(&self.0, records, purpose).await? {
			if found(self.topped_up(executed).await)?.is_some() {
				return Ok(());
			}
		}
		records.forget(purpose)
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

	/// Gives the depositor of an expired channel what is left. Returns how much. Before it expires, nothing is sent: it
	/// would cost the fee and fail.
	pub async fn claim(&self, key: &Key, channel: ChannelId) -> Result<Balance, Error> {
		let state = self.state(channel).await?;
		let (block, expires) = (state.block, state.channel.expires);
		if block.saturating_add(1) < expires {
			return Err(Error::NotExpired { expires, block });
		}
		let call = Call::<Runtime>::claim { channel };
		let claimed = self.execute(key, call, |event| match event {
			Event::Closed { returned, .. } => Some(*returned),
			_ => None,
		});
		claimed.await?.ok_or(Error::NoEffect("a closed channel"))
	}

	/// Fails unless the chain is one on which this key may be used.
	pub async fn ensure_fit(&self, key: &Key) -> Result<(), Error> {
		if key.is_well_known() {
			secret::ensure_development(&self.0).await?;
		}
		Ok(())
	}

	/// What something is known by that is asked for again.
	fn purpose(&self, key: &Key, what: &str, asked: impl Encode) -> H256 {
		BlakeTwo256::hash_of(&(self.0.genesis(), key.client(), what, asked))
	}

	/// What opening a channel is known by, if it is to pay this payee.
	pub(crate) fn purpose_of_open(&self, key: &Key, opening: &Opening, payee: &AccountId) -> H256 {
		let Opening {
			payer,
			funds,
			blocks,
			..
		} = opening;
		self.purpose(key, "open", (payee, payer, funds, blocks))
	}

	/// Executes a call once, and waits until it is final.
	async fn once(
		&self,
		records: &Records,
		purpose: H256,
		key: &Key,
		call: Call<Runtime>,
		known: Known,
	) -> Result<Executed, Error> {
		let (pair, takes) = (key.for_transactions()?, takes(&call));
		let call = RuntimeCall::Channels(call);
		let executed = intent::execute(&self.0, records, purpose, pair, call, known).await;
		match executed {
			Err(Error::Node(error)) => Err(self.explain(error, pair, takes).await),
			executed => executed,
		}
	}

	/// Executes a call, waits until it is final, and finds what it brought about.
	async fn execute<T>(
		&self,
		key: &Key,
		call: Call<Runtime>,
		find: impl Fn(&Event<Runtime>) -> Option<T>,
	) -> Result<Option<T>, Error> {
		let (pair, takes) = (key.for_transactions()?, takes(&call));
		let included = async {
			let pending = self.0.submit(pair, RuntimeCall::Channels(call)).await?;
			pending.finalized().await
		};
		match included.await {
			Ok(included) => Ok(first(&included.events, find)),
			Err(error) => Err(self.explain(error, pair, takes).await),
		}
	}

	/// Says how much the account has, if it is too little for a call that `takes` so much.
	async fn explain(
		&self,
		error: syngraph_client::Error,
		key: &sr25519::Pair,
		takes: Balance,
	) -> Error {
		if !is_lack_of_money(&error) {
			return error.into();
		}
		let account = account(key);
		match self.0.spendable(&account).await {
			Ok(spendable) => Error::TooPoor {
				account,
				spendable,
				takes,
			},
			Err(_) => error.into(),
		}
	}
}

/// What a call takes from the account besides the fee.
fn takes(call: &Call<Runtime>) -> Balance {
	match call {
		Call::open { funds, .. } => {
			let deposit = <Runtime as pallet_channels::Config>::ChannelDeposit::get();
			funds.saturating_add(deposit)
		},
		Call::top_up { amount, .. } => *amount,
		_ => 0,
	}
}

/// Whether the account could not pay the fee, or what the call takes.
fn is_lack_of_money(error: &syngraph_client::Error) -> bool {
	match error {
		syngraph_client::Error::Failed(error) => {
			matches!(error, DispatchError::Token(TokenError::FundsUnavailable))
		},
		error => error.is_unpaid(),
	}
}

/// The first event of the pallet in which something is found.
fn first<T>(events: &[RuntimeEvent], find: impl Fn(&Event<Runtime>) -> Option<T>) -> Option<T> {
	events.iter().find_map(|event| match event {
		RuntimeEvent::Channels(event) => find(event),
		_ => None,
	})
}

/// What came of something that is done once. Until it has been told, it is what the same request gets again.
#[must_use = "it has to be told"]
pub struct Once<'a, T> {
	result: T,
	records: &'a Records,
	purpose: H256,
}

impl<T> Once<'_, T> {
	/// What came of it.
	pub fn result(&self) -> &T {
		&self.result
	}

	/// It was told: whoever asks for the same from now on wants another.
	pub fn told(self) -> Result<T, Error> {
		self.records.forget(self.purpose)?;
		Ok(self.result)
	}
}
