//! The chain, through a node.

use std::{mem, time::Duration};

use anyhow::ensure;
use codec::Encode;
use frame_support::{
	dispatch::DispatchClass, storage::storage_prefix, weights::Weight, BoundedVec,
};
use futures::try_join;
use pallet_channels::MAX_BATCH;
use pallet_utility::Event as Item;
use parking_lot::Mutex;
use serde::Deserialize;
use sp_core::{ecdsa, sr25519, H256};
use syngraph_client::{
	account, describe, Blocks, Client,
	Error::{OtherStorage, Unreachable, Unreadable},
	Head, Included, Lifetime, Postage, LIFETIME,
};
use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash, Membership, MAX_GROUP_LEVELS};
use syngraph_runtime::{Hash, Nonce, Runtime, RuntimeCall, RuntimeEvent};

use crate::{
	decision, Balance, Chain, Collected, Costs, Funds, Heads, Lag, Lane, News, Seen, SignedReceipt,
	Upgrading,
};

type Call = pallet_channels::Call<Runtime>;
type Channels = pallet_channels::Channels<Runtime>;
type Event = pallet_channels::Event<Runtime>;

/// How long the node may be away before a request of somebody else fails: who asked does not wait longer.
const PUBLIC_TIMEOUT: Duration = Duration::from_secs(5);
/// How far back the first look for news goes, in blocks: what a depositor asked for while the server was
/// away. A node keeps the state of some 256 blocks.
const LOOK_BACK: BlockNumber = 200;
/// How many blocks are heard at a time: a block is several requests, and what is due does not wait for them.
const HEARD: usize = 32;
/// How often a block may break the connection of a node that answers everything else. Its events are too many then.
const TRIES: u32 = 3;

/// A node that the server trusts, and the payee's key.
pub struct Node {
	/// The lane of the collector,
	collector: Client,
	/// and that of everybody else.
	public: Client,
	payee: sr25519::Pair,
	/// The last final and the best block when they were last asked for.
	places: Mutex<Option<(Place, Place)>>,
	/// The news that have not been told.
	news: tokio::sync::Mutex<Gazette>,
}

/// News as they come in.
#[derive(Default)]
struct Gazette {
	/// Where they come from. None before the first look.
	blocks: Option<Blocks>,
	heard: Vec<News>,
	/// How often the next block could not be heard, although the node answered.
	failures: u32,
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
	/// Connects to a node, retrying for `patience`, to use it with the payee's key.
	pub async fn connect(
		url: &str,
		patience: Duration,
		payee: sr25519::Pair,
	) -> Result<Self, syngraph_client::Error> {
		let collector = Client::connect(url, patience);
		let public = Client::connect(url, patience.min(PUBLIC_TIMEOUT));
		Ok(Self {
			collector: collector.await?,
			public: public.await?,
			payee,
			places: Mutex::default(),
			news: Default::default(),
		})
	}

	/// The connection of the collector.
	pub fn client(&self) -> &Client {
		&self.collector
	}

	async fn look(&self) -> anyhow::Result<(Place, Place)> {
		let (_, (), finalized, best) = try_join!(
			self.collector.runtime(),
			self.collector.ensure_storage("Channels", None),
			self.collector.head(Head::Finalized),
			self.collector.head(Head::Best),
		)?;
		let places = (finalized, best);
		*self.places.lock() = Some(places);
		Ok(places)
	}

	/// When a block was made, since 1970.
	async fn time(&self, block: Hash) -> Result<Option<Duration>, syngraph_client::Error> {
		let place = storage_prefix(b"Timestamp", b"Now");
		let millis = self.collector.read("Timestamp.Now", &place, Some(block));
		Ok(millis.await?.map(Duration::from_millis))
	}

	/// Whether a block, which is final, stores channels in another form than the best one.
	async fn is_upgrading(&self, finalized: Hash) -> Result<bool, syngraph_client::Error> {
		let stored = self.collector.ensure_storage("Channels", Some(finalized));
		match stored.await {
			Err(OtherStorage { .. }) => Ok(true),
			stored => stored.map(|()| false),
		}
	}

	/// The blocks as they were last seen.
	async fn places(&self) -> anyhow::Result<(Place, Place)> {
		let known = *self.places.lock();
		match known {
			Some(places) => Ok(places),
			None => self.look().await,
		}
	}

	fn lane(&self, lane: Lane) -> &Client {
		match lane {
			Lane::Collector => &self.collector,
			Lane::Public => &self.public,
		}
	}

	/// The fee of closing a channel of the largest group there can be.
	async fn closing_fee(&self) -> Result<Balance, syngraph_client::Error> {
		let membership = Membership {
			client: account(&self.payee),
			index: 0,
			siblings: BoundedVec::truncate_from(vec![H256::zero(); MAX_GROUP_LEVELS as usize]),
		};
		let receipt = SignedReceipt {
			receipt: syngraph_primitives::Receipt {
				channel: ChannelId::zero(),
				amount: Balance::MAX,
			},
			signature: ecdsa::Signature::default().into(),
			membership: Some(membership),
		};
		self.fee(Call::close { receipt }.into()).await
	}

	/// The fee of a call.
	async fn fee(&self, call: RuntimeCall) -> Result<Balance, syngraph_client::Error> {
		// As a transaction: what goes with a call, the signature too, costs as much as many a call.
		let client = &self.collector;
		let lifetime = Lifetime::after(0, client.genesis(), LIFETIME);
		let runtime = client.runtime().await?;
		let transaction = client.sign(runtime, &self.payee, call, Nonce::MAX, &lifetime, 0);
		let length = u32::try_from(transaction.encoded_size()).unwrap_or(u32::MAX);
		let (_, _, fee): (Weight, DispatchClass, Balance) = client
			.call_api(
				"TransactionPaymentApi_query_info",
				(transaction, length),
				None,
			)
			.await?;
		Ok(fee)
	}

	/// Whether a block that could not be heard is to be left out. Not as long as the node is away.
	async fn gives_up(&self, error: &syngraph_client::Error, failures: &mut u32) -> bool {
		if !self.collector.answers().await {
			return false;
		}
		*failures = failures.saturating_add(1);
		let may_be_chance =
			matches!(error, Unreachable { .. } | Unreadable(_)) && *failures < TRIES;
		!may_be_chance
	}

	async fn execute(&self, call: RuntimeCall, postage: Postage) -> anyhow::Result<Included> {
		let pending = self.collector.submit_as(&self.payee, call, postage).await?;
		Ok(pending.in_block().await?)
	}
}

impl Chain for Node {
	fn genesis(&self) -> GenesisHash {
		self.collector.genesis()
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		let (finalized, best) = self.look().await?;
		Ok(heads(finalized, best))
	}

	async fn lag(&self) -> anyhow::Result<Lag> {
		let (finalized, best) = self.places().await?;
		let params = jsonrpsee::rpc_params![];
		let health = self.collector.connection().request("system_health", params);
		let (health, time, is_upgrading): (Health, _, _) =
			try_join!(health, self.time(best.1), self.is_upgrading(finalized.1))?;
		Ok(Lag {
			time,
			is_catching_up: health.is_syncing,
			is_upgrading,
		})
	}

	async fn channels(&self, lane: Lane, ids: &[ChannelId]) -> anyhow::Result<Vec<Seen>> {
		let (final_place, best_place) = self.places().await?;
		let client = self.lane(lane);
		// One after the other: a lane takes turns, and is not held up by what comes back on it.
		let finalized = client.map_all::<Channels, _, _>(ids, Some(final_place.1));
		let finalized = finalized.await;
		let best = client.map_all::<Channels, _, _>(ids, Some(best_place.1));
		let best = best.await?;
		let mut heads = heads(final_place, best_place);
		let finalized = match (lane, finalized) {
			(Lane::Collector, Err(OtherStorage { .. })) => {
				// Nothing is closed for good, for all that is known.
				heads.finalized = 0;
				best.clone()
			},
			(Lane::Public, Err(OtherStorage { .. })) => return Err(Upgrading.into()),
			(_, finalized) => finalized?,
		};
		let both = finalized.into_iter().zip(best);
		let seen = both.map(|(finalized, best)| Seen {
			heads,
			finalized,
			best,
		});
		Ok(seen.collect())
	}

	async fn news(&self) -> anyhow::Result<Vec<News>> {
		let (_, (newest, _)) = self.places().await?;
		let mut gazette = self.news.lock().await;
		let Gazette {
			blocks,
			heard,
			failures,
		} = &mut *gazette;
		let first = newest.saturating_sub(LOOK_BACK).max(1);
		let blocks = blocks.get_or_insert_with(|| self.collector.blocks(Head::Best, first));
		if blocks.coming() < first {
			*blocks = self.collector.blocks(Head::Best, first);
			heard.push(News::Missed);
			*failures = 0;
		}
		for _ in 0..HEARD {
			if blocks.coming() > newest {
				break;
			}
			match blocks.next().await {
				Ok(block) => heard.extend(block.events.iter().filter_map(news)),
				Err(error) => {
					if !self.gives_up(&error, failures).await {
						return Err(error.into());
					}
					// The node may not have its state any more, or it has more events than can be read at once.
					tracing::warn!("block {} is left out: {error}", blocks.coming());
					blocks.leave_out();
					heard.push(News::Missed);
				},
			}
			*failures = 0;
		}
		// What was asked for in one block may have been taken back in a later one.
		Ok(match blocks.coming() > newest {
			true => mem::take(heard),
			false => Vec::new(),
		})
	}

	async fn funds(&self) -> anyhow::Result<Funds> {
		let account = account(&self.payee);
		let (spendable, fee) = try_join!(self.collector.spendable(&account), self.closing_fee())?;
		Ok(Funds { spendable, fee })
	}

	async fn costs(&self, receipt: &SignedReceipt) -> anyhow::Result<Costs> {
		let one = || vec![receipt.clone()];
		let all = || vec![receipt.clone(); MAX_BATCH as usize];
		let (closed, redeemed, all_closed, all_redeemed) = try_join!(
			self.fee(closing(one())),
			self.fee(redeeming(one())),
			self.fee(closing(all())),
			self.fee(redeeming(all()))
		)?;
		Ok(Costs {
			alone: closed.max(redeemed),
			share: all_closed.max(all_redeemed).div_ceil(MAX_BATCH.into()),
		})
	}

	async fn close(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> anyhow::Result<Collected> {
		ensure!(receipts.len() <= MAX_BATCH as usize, "too many at a time");
		let included = self.execute(closing(receipts), postage).await?;
		Ok(Collected {
			block: included.number,
			refused: included.events.iter().filter_map(not_closed).collect(),
		})
	}

	async fn redeem(
		&self,
		receipts: Vec<SignedReceipt>,
		postage: Postage,
	) -> anyhow::Result<Collected> {
		let ids: Vec<_> = receipts.iter().map(decision::channel).collect();
		let included = self.execute(redeeming(receipts), postage).await?;
		Ok(Collected {
			block: included.number,
			refused: not_redeemed(&ids, &included.events),
		})
	}
}

/// Closes channels, as many as there may be. A receipt that does not count keeps none of the others from it.
fn closing(mut receipts: Vec<SignedReceipt>) -> RuntimeCall {
	let call = match (receipts.len(), receipts.pop()) {
		(1, Some(receipt)) => Call::close { receipt },
		(_, last) => {
			receipts.extend(last);
			let receipts = BoundedVec::truncate_from(receipts);
			Call::close_batch { receipts }
		},
	};
	call.into()
}

/// Redeems receipts. One that does not count keeps none of the others from it.
fn redeeming(receipts: Vec<SignedReceipt>) -> RuntimeCall {
	let calls = receipts.into_iter();
	let calls = calls.map(|receipt| RuntimeCall::from(Call::redeem { receipt }));
	let mut calls: Vec<_> = calls.collect();
	match (calls.len(), calls.pop()) {
		(1, Some(call)) => call,
		(_, last) => {
			calls.extend(last);
			pallet_utility::Call::<Runtime>::force_batch { calls }.into()
		},
	}
}

fn heads(finalized: Place, best: Place) -> Heads {
	Heads {
		finalized: finalized.0,
		best: best.0,
	}
}

/// What an event says of a channel that could not be closed.
fn not_closed(event: &RuntimeEvent) -> Option<(ChannelId, String)> {
	match event {
		RuntimeEvent::Channels(Event::NotClosed { channel, error }) => {
			Some((*channel, describe(error)))
		},
		_ => None,
	}
}

/// What the events of a batch say of receipts that could not be redeemed: there is one for each, in their order.
fn not_redeemed(ids: &[ChannelId], events: &[RuntimeEvent]) -> Vec<(ChannelId, String)> {
	let reasons = events.iter().filter_map(|event| match event {
		RuntimeEvent::Utility(Item::ItemCompleted) => Some(None),
		RuntimeEvent::Utility(Item::ItemFailed { error }) => Some(Some(describe(error))),
		_ => None,
	});
	let all = ids.iter().zip(reasons);
	all.filter_map(|(id, reason)| Some((*id, reason?)))
		.collect()
}

/// What an event says of a channel.
fn news(record: &syngraph_client::Event) -> Option<News> {
	let RuntimeEvent::Channels(event) = &record.event else {
		return None;
	};
	match event {
		Event::CloseRequested { channel, expires } => {
			Some(News::CloseRequested(*channel, *expires))
		},
		Event::ToppedUp {
			channel, expires, ..
		} => Some(News::ToppedUp(*channel, *expires)),
		Event::PayerChanged { channel, .. }
		| Event::Redeemed { channel, .. }
		| Event::Closed { channel, .. } => Some(News::Changed(*channel)),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_core::ed25519;
	use sp_runtime::{DispatchError, MultiSignature};

	use super::*;

	/// A receipt of a member of the largest group there can be, or of a client by itself.
	fn receipt(signature: MultiSignature, is_member: bool) -> SignedReceipt {
		let siblings = vec![H256::zero(); MAX_GROUP_LEVELS as usize];
		let membership = is_member.then(|| Membership {
			client: [1; 32].into(),
			index: 0,
			siblings: BoundedVec::truncate_from(siblings),
		});
		SignedReceipt {
			receipt: syngraph_primitives::Receipt {
				channel: ChannelId::zero(),
				amount: 1,
			},
			signature,
			membership,
		}
	}

	/// Channels are planned with one rate, whatever is to be done about them.
	#[test]
	fn a_batch_that_redeems_takes_about_as_much_of_a_block_as_one_that_closes() {
		let signatures: [MultiSignature; 3] = [
			ed25519::Signature::default().into(),
			sr25519::Signature::default().into(),
			ecdsa::Signature::default().into(),
		];
		for signature in signatures {
			for is_member in [false, true] {
				let all = vec![receipt(signature.clone(), is_member); MAX_BATCH as usize];
				let weight = |call: RuntimeCall| call.get_dispatch_info().call_weight;
				let closed = weight(closing(all.clone()));
				let redeemed = weight(redeeming(all));
				assert!(
					redeemed.ref_time() < closed.ref_time() / 10 * 11,
					"{redeemed:?} for {closed:?}"
				);
				assert!(
					redeemed.proof_size() < closed.proof_size() / 10 * 11,
					"{redeemed:?} for {closed:?}"
				);
			}
		}
	}

	#[test]
	fn one_is_sent_as_it_is_and_many_in_a_batch() {
		let receipt = receipt(sr25519::Signature::default().into(), false);
		let one = || vec![receipt.clone()];
		let many = || vec![receipt.clone(); 3];
		let redeem = RuntimeCall::from(Call::redeem {
			receipt: receipt.clone(),
		});
		assert_eq!(redeeming(one()), redeem);
		let RuntimeCall::Utility(pallet_utility::Call::force_batch { calls }) = redeeming(many())
		else {
			panic!("no batch");
		};
		assert_eq!(calls, vec![redeem; 3]);
		let RuntimeCall::Channels(Call::close_batch { receipts }) = closing(many()) else {
			panic!("no batch");
		};
		assert_eq!(receipts.to_vec(), many());
		let close = RuntimeCall::from(Call::close {
			receipt: receipt.clone(),
		});
		assert_eq!(closing(one()), close);
	}

	#[test]
	fn what_could_not_be_redeemed_is_known_by_its_place() {
		let ids = [1, 2, 3].map(ChannelId::repeat_byte);
		let redeemed = |channel| RuntimeEvent::Channels(Event::Redeemed { channel, paid: 1 });
		let error = DispatchError::Other("stale");
		let mut events = vec![
			redeemed(ids[0]),
			Item::ItemCompleted.into(),
			Item::ItemFailed { error }.into(),
			redeemed(ids[2]),
			Item::ItemCompleted.into(),
			Item::BatchCompletedWithErrors.into(),
		];
		assert_eq!(not_redeemed(&ids, &events), [(ids[1], describe(&error))]);
		// One that is sent by itself is no item.
		events.truncate(1);
		assert!(not_redeemed(&ids[..1], &events).is_empty());
	}
}
