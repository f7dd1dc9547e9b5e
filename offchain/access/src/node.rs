//! The chain, through a node.

use anyhow::{ensure, Context};
use codec::Encode;
use frame_support::{dispatch::DispatchClass, weights::Weight, BoundedVec};
use futures::try_join;
use parking_lot::Mutex;
use serde::Deserialize;
use sp_core::{ecdsa, sr25519, H256};
use syngraph_client::{account, describe, Client, Head};
use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash, Membership, MAX_GROUP_LEVELS};
use syngraph_runtime::{configs::EXISTENTIAL_DEPOSIT, Hash, Nonce, Runtime, RuntimeEvent};

use crate::{Balance, Chain, Channel, Funds, Heads, Receipt, Seen};

type Accounts = frame_system::Account<Runtime>;
type Call = pallet_channels::Call<Runtime>;
type Channels = pallet_channels::Channels<Runtime>;
type Event = pallet_channels::Event<Runtime>;

/// A node that the server trusts, and the payee's key.
pub struct Node {
	client: Client,
	payee: sr25519::Pair,
	/// The last final and the best block when they were last asked for.
	places: Mutex<Option<(Place, Place)>>,
}

/// A block's number and hash.
type Place = (BlockNumber, Hash);

/// The part of a node's health that matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
	is_syncing: bool,
}

impl Node {
	/// The chain of a node, used with the payee's key.
	pub fn new(client: Client, payee: sr25519::Pair) -> Self {
		Self {
			client,
			payee,
			places: Mutex::default(),
		}
	}

	async fn look(&self) -> anyhow::Result<(Place, Place)> {
		let params = jsonrpsee::rpc_params![];
		let health = self.client.connection().request("system_health", params);
		let health: Health = health.await?;
		ensure!(
			!health.is_syncing,
			"the node is catching up with the others"
		);
		let (finalized, best) = (
			self.client.head(Head::Finalized),
			self.client.head(Head::Best),
		);
		let places = try_join!(finalized, best)?;
		*self.places.lock() = Some(places);
		Ok(places)
	}

	async fn channel_at(&self, id: ChannelId, block: Hash) -> anyhow::Result<Option<Channel>> {
		Ok(self.client.map::<Channels, _, _>(&id, Some(block)).await?)
	}

	/// The fee of closing a channel of the largest group there can be.
	async fn closing_fee(&self) -> Result<Balance, syngraph_client::Error> {
		let membership = Membership {
			client: account(&self.payee),
			index: 0,
			siblings: BoundedVec::truncate_from(vec![H256::zero(); MAX_GROUP_LEVELS as usize]),
		};
		let receipt = Receipt {
			receipt: syngraph_primitives::Receipt {
				channel: ChannelId::zero(),
				amount: Balance::MAX,
			},
			signature: ecdsa::Signature::default().into(),
			membership: Some(membership),
		};
		let call = Call::close { receipt };
		// As a transaction, with its signature and what goes with it.
		let call = self.client.sign(&self.payee, call.into(), Nonce::MAX);
		let length = u32::try_from(call.encoded_size()).unwrap_or(u32::MAX);
		let question = (call.function, length);
		let (_, _, fee): (Weight, DispatchClass, Balance) = self
			.client
			.call_api("TransactionPaymentCallApi_query_call_info", question, None)
			.await?;
		Ok(fee)
	}

	async fn execute(&self, call: Call) -> anyhow::Result<Vec<RuntimeEvent>> {
		Ok(self.client.execute(&self.payee, call).await?.events)
	}
}

impl Chain for Node {
	fn genesis(&self) -> GenesisHash {
		self.client.genesis()
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		let (finalized, best) = self.look().await?;
		Ok(heads(finalized, best))
	}

	async fn channel(&self, id: ChannelId) -> anyhow::Result<Seen> {
		let known = *self.places.lock();
		let (final_place, best_place) = match known {
			Some(places) => places,
			None => self.look().await?,
		};
		let (finalized, best) = try_join!(
			self.channel_at(id, final_place.1),
			self.channel_at(id, best_place.1)
		)?;
		Ok(Seen {
			heads: heads(final_place, best_place),
			finalized,
			best,
		})
	}

	async fn funds(&self) -> anyhow::Result<Funds> {
		let account = account(&self.payee);
		let account = self.client.map::<Accounts, _, _>(&account, None);
		let (account, fee) = try_join!(account, self.closing_fee())?;
		let data = account.unwrap_or_default().data;
		// An account keeps at least the existential deposit, or what is frozen, if that is more.
		let frozen = data.frozen.saturating_sub(data.reserved);
		let kept = frozen.max(EXISTENTIAL_DEPOSIT);
		Ok(Funds {
			spendable: data.free.saturating_sub(kept),
			fee,
		})
	}

	async fn close(&self, mut receipts: Vec<Receipt>) -> anyhow::Result<()> {
		if receipts.len() == 1 {
			if let Some(receipt) = receipts.pop() {
				self.execute(Call::close { receipt }).await?;
			}
			return Ok(());
		}
		let receipts = BoundedVec::try_from(receipts)
			.ok()
			.context("too many at a time")?;
		let events = self.execute(Call::close_batch { receipts }).await?;
		let failed: Vec<_> = events.iter().filter_map(not_closed).collect();
		ensure!(failed.is_empty(), "not closed: {}", failed.join(", "));
		Ok(())
	}

	async fn redeem(&self, receipt: Receipt) -> anyhow::Result<()> {
		self.execute(Call::redeem { receipt }).await.map(drop)
	}
}

fn heads(finalized: Place, best: Place) -> Heads {
	Heads {
		finalized: finalized.0,
		best: best.0,
	}
}

/// What an event says of a channel that could not be closed.
fn not_closed(event: &RuntimeEvent) -> Option<String> {
	match event {
		RuntimeEvent::Channels(Event::NotClosed { channel, error }) => {
			Some(format!("{channel:?} ({})", describe(error)))
		},
		_ => None,
	}
}
